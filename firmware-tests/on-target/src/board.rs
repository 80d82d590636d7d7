//! The board: its RAM, and how a test ends that does not come to its end.

use core::panic::PanicInfo;
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering};

use cortex_m_rt::{ExceptionFrame, exception};
use semihosting::process::exit;

use crate::console::line;

include!(concat!(env!("OUT_DIR"), "/board.rs"));

/// Exit statuses that the runner knows.
const PANIC: i32 = 101;
const FAULT: i32 = 102;

/// Bytes below the stack pointer that are left alone.
const SPARED: u32 = 32;

unsafe extern "C" {
    /// The first byte of the RAM and the one after the last; from the memory map.
    static _ram_start: u8;
    static _ram_end: u8;
}

/// Hands every byte of the RAM over with its address, in their order: variables, free memory, and the whole
/// stack.
///
/// The bytes are read one by one, so that no copy of a part of the RAM comes to be.
#[inline(always)]
pub fn for_each_byte_of_ram(mut look: impl FnMut(u32, u8)) {
    let (mut place, end) = (&raw const _ram_start, &raw const _ram_end);
    while place != end {
        // SAFETY: RAM from its beginning to its end, as the memory map has it; reading it changes nothing,
        // and as volatile it is whatever is there, written by this program or not.
        look(place as u32, unsafe { ptr::read_volatile(place) });
        place = place.wrapping_add(1);
    }
}

/// Writes zeros to the memory between the variables and the stack, where the dead part of the stack is.
#[inline(never)]
pub fn wipe_free_ram() {
    unsafe extern "C" {
        /// Where the stack's room ends; the linker puts it there (cortex-m-rt, link.x).
        static mut _stack_end: u32;
    }
    let mut place = &raw mut _stack_end;
    let end = cortex_m::register::msp::read().wrapping_sub(SPARED);
    while (place as u32) < end {
        // SAFETY: between the end of all static variables and the stack pointer there is nothing but what
        // this function may have below it, which is smaller than what is spared.
        unsafe { place.write_volatile(0) };
        place = place.wrapping_add(1);
    }
}

/// Shall the handler of faults make one more?
static FAULT_AGAIN: AtomicBool = AtomicBool::new(false);

/// Makes a fault in the handler of faults: the processor locks up.
pub fn lock_up() -> ! {
    FAULT_AGAIN.store(true, Ordering::Relaxed);
    fault()
}

/// Makes a fault.
pub fn fault() -> ! {
    cortex_m::asm::udf()
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    line(format_args!("{info}"));
    exit(PANIC)
}

// SAFETY: the handler uses nothing of the code that it interrupts, and does not return.
#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    if FAULT_AGAIN.load(Ordering::Relaxed) {
        fault();
    }
    line(format_args!("fault at {:#010x}, called from {:#010x}", frame.pc(), frame.lr()));
    exit(FAULT)
}
