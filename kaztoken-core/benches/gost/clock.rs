//! Measuring: a loop over processor time, and the function that an instruction counter looks for.

/// What callgrind counts; it knows it by this name, so it is never merged with another function.
#[inline(never)]
pub(crate) fn counted_operation(operation: &mut dyn FnMut()) {
    operation();
    // Not a tail call, which would leave this function before the work begins.
    std::hint::black_box(());
}

/// Nanoseconds of one operation: the mean over at least so many nanoseconds of processor time.
pub(crate) fn nanoseconds(operation: &mut dyn FnMut(), at_least: f64) -> f64 {
    let (mut done, mut batch) = (0_u64, 1_u64);
    let begin = now();
    loop {
        for _ in 0..batch {
            operation();
        }
        done += batch;
        let spent = now() - begin;
        if spent >= at_least {
            return spent / done as f64;
        }
        if spent < at_least / 16.0 {
            batch *= 2;
        }
    }
}

/// Processor time of this process in nanoseconds: time that other programs take is not in it.
#[cfg(unix)]
fn now() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// Time on the wall, where there is no clock of the processor's.
#[cfg(not(unix))]
fn now() -> f64 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_nanos() as f64
}
