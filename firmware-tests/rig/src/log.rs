//! The log: defmt into a queue of bytes, from which the main loop fills log frames.
//!
//! A message that does not fit the queue is dropped whole, so that the stream stays readable. How much is logged is
//! the host's wish and changes at run time; what is built in is `DEFMT_LOG`'s.

use crate::ring::Ring;
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU16, Ordering};
use defmt::Encoder;
use kaztoken_rig::message::LogLevel;

/// Bytes that wait for the host, coded as defmt's rzCOBS.
static QUEUE: Ring<1024> = Ring::new();
static LEVEL: AtomicU8 = AtomicU8::new(LogLevel::Info as u8);
static ENCODER: Shared = Shared(UnsafeCell::new(Encoder::new()));
/// A message is being written.
static WRITING: AtomicBool = AtomicBool::new(false);
/// The message under way did not fit.
static CUT: AtomicBool = AtomicBool::new(false);
/// Where it began.
static BEGAN: AtomicU16 = AtomicU16::new(0);

struct Shared(UnsafeCell<Encoder>);

// SAFETY: messages are written by the main loop and, when that will not run again, by the panic and fault
// handlers; there is one core and no other interrupt logs.
unsafe impl Sync for Shared {}

#[defmt::global_logger]
struct Logger;

// SAFETY: `acquire` to `release` is one message, in one context: see `Shared`. A handler that interrupts a
// message begins a new one, and the host sees the first as cut.
unsafe impl defmt::Logger for Logger {
    fn acquire() {
        WRITING.store(true, Ordering::Relaxed);
        CUT.store(false, Ordering::Relaxed);
        BEGAN.store(QUEUE.mark(), Ordering::Relaxed);
        // SAFETY: nobody else uses the encoder: see `Shared`.
        unsafe { (*ENCODER.0.get()).start_frame(put) }
    }

    unsafe fn flush() {}

    unsafe fn release() {
        // SAFETY: nobody else uses the encoder: see `Shared`.
        unsafe { (*ENCODER.0.get()).end_frame(put) }
        if CUT.load(Ordering::Relaxed) {
            QUEUE.back_to(BEGAN.load(Ordering::Relaxed));
        }
        WRITING.store(false, Ordering::Relaxed);
    }

    unsafe fn write(bytes: &[u8]) {
        // SAFETY: nobody else uses the encoder: see `Shared`.
        unsafe { (*ENCODER.0.get()).write(bytes, put) }
    }
}

fn put(bytes: &[u8]) {
    if !bytes.iter().all(|&byte| QUEUE.push(byte)) {
        CUT.store(true, Ordering::Relaxed);
    }
}

/// From now on, messages of this level and above.
pub fn set_level(level: LogLevel) {
    LEVEL.store(level as u8, Ordering::Relaxed);
}

/// Are messages of this level wanted?
#[must_use]
pub fn wanted(level: LogLevel) -> bool {
    level as u8 <= LEVEL.load(Ordering::Relaxed)
}

/// Moves bytes of whole messages into `out`; returns how many.
pub fn take(out: &mut [u8]) -> usize {
    let mut taken = 0;
    for (place, byte) in out.iter_mut().zip(core::iter::from_fn(|| QUEUE.pop())) {
        *place = byte;
        taken += 1;
    }
    taken
}

/// Logs at a level of [`LogLevel`], when the host wants it: `log!(Info, info, "..", ..)`.
#[macro_export]
macro_rules! log {
    ($level:ident, $macro:ident, $($rest:tt)*) => {
        if $crate::log::wanted(kaztoken_rig::message::LogLevel::$level) {
            defmt::$macro!($($rest)*);
        }
    };
}
