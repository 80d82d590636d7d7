//! Exact numbers of executed instructions and bytes of stack, in QEMU.
//!
//! QEMU must run with `-icount shift=7`: then each instruction takes 128 ns of the machine's time, whatever it takes
//! in truth, and a timer of the machine counts them. The timer's tick is 40 ns, so each number of ticks belongs to
//! one number of instructions. Instructions are not cycles: a Cortex-M4 takes some 1.2 to 1.5 of them for each.

use core::ffi::CStr;
use core::hint::black_box;
use core::ptr;

use cortex_m::register::msp;
use semihosting::sys::arm_compat::sys_write0;

/// Timer 0 of the CMSDK, as the board mps2-an386 has it.
const TIMER: usize = 0x4000_0000;
const CONTROL: *mut u32 = TIMER as *mut u32;
const VALUE: *mut u32 = (TIMER + 4) as *mut u32;
const RELOAD: *mut u32 = (TIMER + 8) as *mut u32;

/// What unused stack is filled with.
const PAINT: u32 = 0x5aa5_c33c;
/// Bytes below the stack pointer that stay as they are: room for the painter itself.
const SPARED: u32 = 64;

/// What one call took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Instructions, without those of the measurement.
    pub instructions: u32,
    /// Bytes of stack, no fewer than 64.
    pub stack: u32,
}

/// Counts instructions and stack.
#[derive(Clone, Copy, Debug)]
pub struct Meter {
    overhead: u32,
}

impl Meter {
    /// Starts the timer.
    #[must_use]
    pub fn start() -> Self {
        // SAFETY: registers of a device that nothing else uses; the image runs on no other board.
        unsafe {
            RELOAD.write_volatile(u32::MAX);
            VALUE.write_volatile(u32::MAX);
            CONTROL.write_volatile(1);
        }
        let mut meter = Self { overhead: 0 };
        meter.overhead = meter.cost(|| ()).instructions;
        meter
    }

    /// Does the work once.
    pub fn cost<T>(&self, work: impl FnOnce() -> T) -> Cost {
        let (ticks, stack) = observe(work);
        // 3.2 ticks an instruction; the difference of two readings is less than one tick off.
        let instructions = (u64::from(ticks) * 10 + 16) / 32;
        Cost { instructions: u32::try_from(instructions).unwrap_or(u32::MAX) - self.overhead, stack }
    }
}

/// Ticks and bytes of stack, with what the measuring itself takes.
#[inline(never)]
fn observe<T>(work: impl FnOnce() -> T) -> (u32, u32) {
    let top = paint();
    // SAFETY: reading the timer's value changes nothing.
    let start = unsafe { VALUE.read_volatile() };
    black_box(work());
    // SAFETY: as above.
    let end = unsafe { VALUE.read_volatile() };
    (start.wrapping_sub(end), top - lowest_used())
}

unsafe extern "C" {
    /// Where the stack's room ends; the linker puts it there (cortex-m-rt, link.x).
    static mut _stack_end: u32;
}

/// Fills the free part of the stack and returns the stack pointer.
#[inline(never)]
fn paint() -> u32 {
    let top = msp::read();
    let mut place = ptr::addr_of_mut!(_stack_end);
    while (place as u32) < top - SPARED {
        // SAFETY: between the end of all static variables and the stack pointer there is nothing but this
        // function's frame, which is smaller than what is spared.
        unsafe {
            place.write_volatile(PAINT);
            place = place.add(1);
        }
    }
    top
}

/// The lowest address whose paint is gone.
#[inline(never)]
fn lowest_used() -> u32 {
    let mut place = ptr::addr_of_mut!(_stack_end).cast_const();
    // SAFETY: RAM, of which everything was written by `paint` or is in use; the caller's frame ends the loop.
    unsafe {
        while place.read_volatile() == PAINT {
            place = place.add(1);
        }
    }
    place as u32
}

/// Prints `KIND NAME NUMBER NUMBER`. Without `core::fmt`, which would be half of a small image.
pub fn print(kind: &CStr, name: &str, numbers: [u32; 2]) {
    sys_write0(kind);
    for octet in name.bytes() {
        put(octet);
    }
    for number in numbers {
        put(b' ');
        let mut power = 1_000_000_000;
        while power > 0 {
            if number >= power || power == 1 {
                put(b'0' + (number / power % 10) as u8);
            }
            power /= 10;
        }
    }
    put(b'\n');
}

fn put(octet: u8) {
    if let Ok(text) = CStr::from_bytes_with_nul(&[octet, 0]) {
        sys_write0(text);
    }
}
