//! The board: BCM2836 as QEMU's raspi2b has it. Start, timer, where the USB controller is.
//!
//! Addresses: "BCM2835 ARM Peripherals" (Broadcom, 2012) sections 1.2.3 (bus addresses) and 12 (system
//! timer); the BCM2836 has the peripherals at 0x3F00_0000 instead of 0x2000_0000.

use core::arch::global_asm;
use core::ptr::read_volatile;
use core::task::Waker;

/// The DWC2 USB controller.
pub(crate) const USB: usize = 0x3F98_0000;
/// What the bus masters add to an address so as to bypass the second level cache.
pub(crate) const UNCACHED: u32 = 0xC000_0000;
/// The system timer's counter of microseconds, low and high word.
const COUNTER_LOW: *const u32 = 0x3F00_3004 as *const u32;
const COUNTER_HIGH: *const u32 = 0x3F00_3008 as *const u32;

// One core works, the others wait for ever. Stack, cleared .bss, and off we go. Caches and MMU stay off.
global_asm!(
    r#"
    .section .text.start, "ax"
    .global _start
_start:
    mrc     p15, 0, r0, c0, c0, 5
    ands    r0, r0, #3
1:  wfene
    bne     1b
    ldr     sp, =__stack_top
    ldr     r0, =__bss_start
    ldr     r1, =__bss_end
    mov     r2, #0
2:  cmp     r0, r1
    strlo   r2, [r0], #4
    blo     2b
    bl      start
3:  b       3b
"#
);

/// Microseconds since the board has power.
pub(crate) fn microseconds() -> u64 {
    // SAFETY: the counter is readable at all times, and reading it changes nothing.
    let (before, low, after) =
        unsafe { (read_volatile(COUNTER_HIGH), read_volatile(COUNTER_LOW), read_volatile(COUNTER_HIGH)) };
    // The low word wrapped between the readings: it is a small number of the later high word.
    let low = if before == after || low < u32::MAX / 2 { low } else { 0 };
    u64::from(after) << 32 | u64::from(low)
}

/// embassy's clock. Nobody sleeps here: who waits is asked again at once.
struct SystemTimer;

impl embassy_time_driver::Driver for SystemTimer {
    fn now(&self) -> u64 {
        microseconds()
    }

    fn schedule_wake(&self, _at: u64, waker: &Waker) {
        waker.wake_by_ref();
    }
}

embassy_time_driver::time_driver_impl!(static TIMER: SystemTimer = SystemTimer);

struct OneCore;

critical_section::set_impl!(OneCore);

// SAFETY: one core runs, and no interrupt is ever enabled: nothing can come in between.
unsafe impl critical_section::Impl for OneCore {
    unsafe fn acquire() -> critical_section::RawRestoreState {}

    unsafe fn release(_: critical_section::RawRestoreState) {}
}
