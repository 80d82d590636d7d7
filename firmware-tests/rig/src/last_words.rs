//! The end: power off, say so, stop. For the panic handler and for faults of the processor.

use crate::LastResort;
use crate::log;
use core::panic::PanicInfo;
use kaztoken_rig::frame::{self, Kind};

/// Log bytes in a frame, and room for the frame.
const CHUNK: usize = 64;

/// After a panic.
pub fn panicked<B: LastResort>(info: &PanicInfo<'_>) -> ! {
    B::cut_power();
    // The place alone: formatting the message would link what formats.
    match info.location() {
        Some(place) => {
            defmt::error!("panic at {=str}:{=u32}; the token has no power", place.file(), place.line());
        }
        None => defmt::error!("panic; the token has no power"),
    }
    stop::<B>()
}

/// After a fault of the processor: the exception's number is that of the architecture.
pub fn faulted<B: LastResort>(exception: i16) -> ! {
    B::cut_power();
    defmt::error!("exception {=i16}; the token has no power", exception);
    stop::<B>()
}

/// Sends the rest of the log, and is silent: the computer sees that no answer comes.
fn stop<B: LastResort>() -> ! {
    let mut bytes = [0; CHUNK];
    // The queue is finite, whatever is wrong with it.
    for _ in 0..64 {
        let len = log::take(&mut bytes);
        let mut out = [0; CHUNK + 16];
        let frame = frame::write_bytes(&mut out, Kind::Log, bytes.get(..len).unwrap_or_default());
        if len == 0 {
            break;
        }
        let whole = frame.ok().and_then(|whole| out.get(..whole)).unwrap_or_default();
        whole.iter().for_each(|&byte| B::say(byte));
    }
    loop {
        core::sync::atomic::compiler_fence(core::sync::atomic::Ordering::SeqCst);
    }
}

/// The handlers of a board's image: `handlers!(TypeThatIsALastResort);`.
#[macro_export]
macro_rules! handlers {
    ($board:ty) => {
        #[panic_handler]
        fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
            $crate::last_words::panicked::<$board>(info)
        }

        // SAFETY: it never returns and uses nothing of what it interrupted but the log's queue.
        #[cortex_m_rt::exception]
        unsafe fn HardFault(_: &cortex_m_rt::ExceptionFrame) -> ! {
            $crate::last_words::faulted::<$board>(3)
        }
    };
}
