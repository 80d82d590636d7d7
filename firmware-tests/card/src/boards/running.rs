//! What every board of this package has: memory for the allocator, the interrupts, the main loop.

use super::{CLOCK, HEAP, INTERRUPTS, LEVELS, LINE, MEMORY, Uart};
use card::chip::Chip;
use card::contacts::Contacts;
use card::job::Job;
use card::token;
use core::cell::RefCell;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicU32, Ordering};
use cortex_m::interrupt::InterruptNumber;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m::peripheral::{NVIC, SCB};
use cortex_m_rt::exception;
use critical_section::Mutex;
use embedded_alloc::LlffHeap;
use kaztoken_core::Millis;
use kaztoken_lines::CardLevels;
use kaztoken_virtual::{Card, Model};
use zeroize::{Zeroize, Zeroizing};

/// A response APDU: 256 bytes and the status word.
const RESPONSE: usize = 258;

#[global_allocator]
static ALLOCATOR: LlffHeap = LlffHeap::empty();

static CHIP: Mutex<RefCell<Option<Chip<Uart>>>> = Mutex::new(RefCell::new(None));
/// Milliseconds since the start. Wraps after 49 days.
static NOW: AtomicU32 = AtomicU32::new(0);

/// An interrupt by its number.
#[derive(Copy, Clone)]
struct Interrupt(u16);

// SAFETY: the numbers are those of the board's documents and do not change.
unsafe impl InterruptNumber for Interrupt {
    fn number(self) -> u16 {
        self.0
    }
}

/// Starts the card and is one for ever.
pub fn run(model: Model) -> ! {
    // SAFETY: once, before anything is allocated; the memory is a static of the macro's own.
    unsafe {
        embedded_alloc::init!(ALLOCATOR, HEAP);
    }
    let contacts = Contacts::new(model, token::LONGEST_COMMAND);
    let mut token = token::factory(model, MEMORY, token::test_numbers());
    with(|chip| *chip = Some(Chip::new(contacts, LINE, LEVELS)));
    start_interrupts();
    let mut response = Zeroizing::new(alloc::vec::Vec::with_capacity(RESPONSE));
    loop {
        let mut job = None;
        // An interrupt that comes in between is held back, and wakes the processor all the same.
        cortex_m::interrupt::free(|_| {
            job = with(|chip| chip.as_mut().and_then(Chip::job));
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
                with(|chip| {
                    if let Some(chip) = chip {
                        chip.contacts().respond(ticket, &response);
                        chip.serve(now());
                    }
                });
                response.zeroize();
            }
        }
    }
}

fn with<T>(work: impl FnOnce(&mut Option<Chip<Uart>>) -> T) -> T {
    critical_section::with(|cs| work(&mut CHIP.borrow_ref_mut(cs)))
}

fn now() -> Millis {
    Millis(NOW.load(Ordering::Relaxed).into())
}

fn start_interrupts() {
    // The ports first: the first tick may come at once, and what is given to a port that is off is lost.
    for uart in [LINE, LEVELS] {
        uart.start();
    }
    // SAFETY: the one use of the processor's peripherals, before any interrupt.
    let mut processor = unsafe { cortex_m::Peripherals::steal() };
    processor.SYST.set_clock_source(SystClkSource::Core);
    processor.SYST.set_reload(CLOCK / 1_000 - 1);
    processor.SYST.clear_current();
    processor.SYST.enable_counter();
    processor.SYST.enable_interrupt();
    for number in INTERRUPTS {
        // SAFETY: the handler is there, and what it shares with the main loop is behind a critical section.
        unsafe { NVIC::unmask(Interrupt(number)) };
    }
}

fn serve() {
    with(|chip| {
        if let Some(chip) = chip {
            chip.serve(now());
        }
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
    for uart in [LINE, LEVELS] {
        uart.acknowledge();
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

/// The card is dead: as far as the reader sees, it is pulled out.
fn end() -> ! {
    cortex_m::interrupt::disable();
    let absent = CardLevels::default().to_byte();
    while !card::chip::Port::put(&LEVELS, absent) {}
    loop {
        SCB::set_pendsv();
        cortex_m::asm::wfi();
    }
}
