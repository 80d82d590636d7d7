//! The token as a USB device on an STM32F407 (Cortex-M4). NOT RUN ON HARDWARE: it builds, and its registers are those
//! of the manual.
//!
//! ```text
//! PA11 PA12   USB D- D+ (full speed)
//! PH0  PH1    a crystal of 8 MHz, as on ST's Discovery and Nucleo boards
//!
//! cargo build --release -p kaztoken-card-firmware --features usb --bin card-stm32f407-usb \
//!     --target thumbv7em-none-eabi
//! probe-rs run --chip STM32F407VGTx target/thumbv7em-none-eabi/release/card-stm32f407-usb
//! ```
//!
//! It has the identity of the virtual token, which is a vendor's: for a test bench, not to be given away. Its files
//! live in RAM and are those of the factory after every plugging in. Its random numbers are made from the chip's own
//! source by ChaCha20; what that source is worth was not examined.
//!
//! Registers: ST RM0090 rev 19 (3: flash, 7: clocks, 8: GPIO, 12: vector table, 24: random numbers, 34: USB OTG).
#![no_std]
#![no_main]

extern crate alloc;

#[path = "../../../rig/src/boards/registers.rs"]
mod registers;

use card::job::Job;
use card::plug::Plug;
use card::token;
use card::usb::{CcidClass, device};
use chacha20::ChaCha20Rng;
use core::cell::RefCell;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicU32, Ordering};
use cortex_m::interrupt::InterruptNumber;
use cortex_m::peripheral::NVIC;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::exception;
use critical_section::Mutex;
use embedded_alloc::LlffHeap;
use kaztoken_core::Millis;
use kaztoken_virtual::{Card, Model};
use rand_core::SeedableRng;
use registers::Register;
use synopsys_usb_otg::{UsbBus, UsbPeripheral};
use usb_device::bus::UsbBusAllocator;
use usb_device::device::UsbDevice;
use zeroize::{Zeroize, Zeroizing};

const MODEL: Model = Model::Kaztoken;
/// For the allocator, and for the token's files. A file takes 32 bytes of the latter at least, and up to 140 of the
/// former; while one is changed, all are there twice.
const HEAP: usize = 96 * 1024;
const MEMORY: u32 = 8 * 1024;
/// A response APDU: 256 bytes and the status word.
const RESPONSE: usize = 258;

const FLASH_ACR: Register = Register(0x4002_3C00);
const RCC_CR: Register = Register(0x4002_3800);
const RCC_PLLCFGR: Register = Register(0x4002_3804);
const RCC_CFGR: Register = Register(0x4002_3808);
const RCC_AHB1ENR: Register = Register(0x4002_3830);
const RCC_AHB2ENR: Register = Register(0x4002_3834);
const GPIOA: u32 = 0x4002_0000;
const RNG_CR: Register = Register(0x5006_0800);
const RNG_SR: Register = Register(0x5006_0804);
const RNG_DR: Register = Register(0x5006_0808);

/// The processor's clock.
const CLOCK: u32 = 168_000_000;
/// OTG_FS global interrupt.
const OTG_FS: u16 = 67;
/// How often a clock or a random number is waited for.
const PATIENCE: u32 = 1_000_000;

#[global_allocator]
static ALLOCATOR: LlffHeap = LlffHeap::empty();

type Bus = UsbBus<OtgFs>;
type Device = (UsbDevice<'static, Bus>, CcidClass<'static, Bus>);
static BUS: Mutex<RefCell<Option<Device>>> = Mutex::new(RefCell::new(None));
/// Milliseconds since the start. Wraps after 49 days.
static NOW: AtomicU32 = AtomicU32::new(0);

/// USB OTG_FS (RM0090, 34).
struct OtgFs;

// SAFETY: the registers are those of the manual's memory map, and there is one value of this type.
unsafe impl UsbPeripheral for OtgFs {
    const REGISTERS: *const () = 0x5000_0000 as *const ();
    const HIGH_SPEED: bool = false;
    // 1.25 KB.
    const FIFO_DEPTH_WORDS: usize = 320;
    const ENDPOINT_COUNT: usize = 4;

    fn enable() {
        RCC_AHB2ENR.change(0, 1 << 7);
    }

    fn ahb_frequency_hz(&self) -> u32 {
        CLOCK
    }
}

#[derive(Copy, Clone)]
struct Interrupt(u16);

// SAFETY: the numbers are those of the vector table and do not change.
unsafe impl InterruptNumber for Interrupt {
    fn number(self) -> u16 {
        self.0
    }
}

#[cortex_m_rt::entry]
fn main() -> ! {
    // SAFETY: once, before anything is allocated; the memory is a static of the macro's own.
    unsafe {
        embedded_alloc::init!(ALLOCATOR, HEAP);
    }
    start_clocks();
    let mut token = token::factory(MODEL, MEMORY, random_numbers());
    start_usb();
    let mut response = Zeroizing::new(alloc::vec::Vec::with_capacity(RESPONSE));
    loop {
        let mut job = None;
        // An interrupt that comes in between is held back, and wakes the processor all the same.
        cortex_m::interrupt::free(|_| {
            job = with(|_, class| class.plug().job());
            if job.is_none() {
                cortex_m::asm::wfi();
            }
        });
        match job {
            None => {}
            Some(Job::Reset) => {
                token.reset();
            }
            Some(Job::Command { ticket, command }) => {
                token.process(&command, &mut response);
                with(|_, class| {
                    class.plug().respond(ticket, &response);
                    class.serve(now());
                    None::<()>
                });
                response.zeroize();
            }
        }
    }
}

/// 168 MHz from the crystal, and the 48 MHz that USB and the random numbers need.
fn start_clocks() {
    // HSEON, HSERDY.
    RCC_CR.change(0, 1 << 16);
    wait(|| RCC_CR.read() & 1 << 17 != 0);
    // M = 8, N = 336, P = 2, the crystal, Q = 7.
    RCC_PLLCFGR.write(8 | 336 << 6 | 1 << 22 | 7 << 24);
    // Five wait states; prefetch, both caches.
    FLASH_ACR.write(5 | 1 << 8 | 1 << 9 | 1 << 10);
    // APB1 by 4, APB2 by 2.
    RCC_CFGR.write(0b101 << 10 | 0b100 << 13);
    // PLLON, PLLRDY.
    RCC_CR.change(0, 1 << 24);
    wait(|| RCC_CR.read() & 1 << 25 != 0);
    // SW, SWS: the PLL.
    RCC_CFGR.change(0b11, 0b10);
    wait(|| RCC_CFGR.read() & 0b1100 == 0b1000);
}

/// A generator with a seed from the chip's source.
///
/// # Panics
/// The source gives none, or says that it is faulty: a token without randomness must not go on.
fn random_numbers() -> ChaCha20Rng {
    // RNGEN of RCC, RNGEN of RNG.
    RCC_AHB2ENR.change(0, 1 << 6);
    RNG_CR.write(1 << 2);
    // The first one is only for comparison (24.3.1).
    let mut last = random_word();
    let mut seed = [0; 32];
    for bytes in seed.chunks_exact_mut(4) {
        let word = random_word();
        assert!(word != last, "the same random number twice");
        last = word;
        bytes.iter_mut().zip(word.to_le_bytes()).for_each(|(place, byte)| *place = byte);
    }
    let generator = ChaCha20Rng::from_seed(seed);
    seed.zeroize();
    generator
}

fn random_word() -> u32 {
    // DRDY; CECS, SECS, CEIS, SEIS.
    wait(|| RNG_SR.read() & 1 != 0);
    assert!(RNG_SR.read() & 0b110_0110 == 0, "the source of random numbers is faulty");
    RNG_DR.read()
}

fn wait(mut done: impl FnMut() -> bool) {
    assert!((0..PATIENCE).any(|_| done()), "the chip does not do what its manual says");
}

fn start_usb() {
    // GPIOA; PA11 and PA12: alternate function 10, fast.
    RCC_AHB1ENR.change(0, 1);
    Register(GPIOA + 0x24).change(0xFF << 12, 0xAA << 12);
    Register(GPIOA + 0x08).change(0, 0b1111 << 22);
    Register(GPIOA).change(0b1111 << 22, 0b1010 << 22);

    // For the packets that lie in the controller. Given once; nobody asks twice.
    let Some(packets) = cortex_m::singleton!(: [u32; 128] = [0; 128]) else { return };
    let bus: &'static UsbBusAllocator<Bus> =
        alloc::boxed::Box::leak(alloc::boxed::Box::new(UsbBus::new(OtgFs, packets)));
    let parts = device(Plug::new(MODEL), bus).ok();
    critical_section::with(|cs| *BUS.borrow_ref_mut(cs) = parts);

    // SAFETY: the one use of the processor's peripherals, before any interrupt.
    let mut processor = unsafe { cortex_m::Peripherals::steal() };
    processor.SYST.set_clock_source(SystClkSource::Core);
    processor.SYST.set_reload(CLOCK / 1_000 - 1);
    processor.SYST.clear_current();
    processor.SYST.enable_counter();
    processor.SYST.enable_interrupt();
    // SAFETY: the handler is there, and what it shares with the main loop is behind a critical section.
    unsafe { NVIC::unmask(Interrupt(OTG_FS)) };
}

fn with<T>(
    work: impl FnOnce(&mut UsbDevice<'static, Bus>, &mut CcidClass<'static, Bus>) -> Option<T>,
) -> Option<T> {
    critical_section::with(|cs| {
        let mut parts = BUS.borrow_ref_mut(cs);
        let (device, class) = parts.as_mut()?;
        work(device, class)
    })
}

fn now() -> Millis {
    Millis(NOW.load(Ordering::Relaxed).into())
}

fn serve() {
    with(|device, class| {
        while device.poll(&mut [&mut *class]) {}
        class.serve(now());
        None::<()>
    });
}

#[exception]
fn SysTick() {
    NOW.store(NOW.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    serve();
}

// SAFETY: uses nothing that is not behind a critical section.
#[exception]
unsafe fn DefaultHandler(number: i16) {
    if number < 0 {
        end();
    }
    serve();
}

// SAFETY: it never returns and uses nothing of what it interrupted.
#[exception]
unsafe fn HardFault(_: &cortex_m_rt::ExceptionFrame) -> ! {
    end()
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    end()
}

/// The device is dead: the host's commands find nobody.
fn end() -> ! {
    cortex_m::interrupt::disable();
    loop {
        cortex_m::asm::wfi();
    }
}
