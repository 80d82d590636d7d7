//! A board with an STM32F407 (Cortex-M4). NOT RUN ON HARDWARE: it builds, and its registers are those of the manual.
//!
//! ```text
//! PB10 PB11   USART3 TX RX, 115,200 baud: the computer
//! PA2  PA4    USART2 in smart card mode: C7 (open drain, 20 kOhm to VCC) and C3, the clock of 4 MHz
//! PC1         C1: the switch of the card's power
//! PC2         C2: reset
//! PC4         the socket's switch, closed to ground without a card (pulled up here)
//! PC5         the power switch's over-current flag, low when it draws too much (pulled up here)
//! ```
//!
//! Flashing (not run, no board was at hand): `probe-rs run --chip STM32F407VGTx IMAGE`.
//!
//! Registers: ST RM0090 rev 19 (7: clocks, 8: GPIO, 18: timers, 30: USART); the alternate functions are those of the
//! data sheet of the STM32F405/407, table 9. The clock is the internal one of 16 MHz, good to 1 %: enough for a
//! serial line and for a card.
#![no_std]
#![no_main]

#[path = "../boards/registers.rs"]
mod registers;

use core::convert::Infallible;
use core::sync::atomic::{AtomicBool, Ordering};
use embedded_hal::digital::{ErrorType, InputPin, OutputPin};
use kaztoken_core::contact::LineError;
use registers::Register;
use rig::ring::Ring;
use rig::serial::{Port, Serial};
use rig::{Board, LastResort, Parts, Ticks};

const RCC_AHB1ENR: Register = Register(0x4002_3830);
const RCC_APB1ENR: Register = Register(0x4002_3840);
const NVIC_ISER1: Register = Register(0xE000_E104);

const GPIOA: Gpio = Gpio(0x4002_0000);
const GPIOB: Gpio = Gpio(0x4002_0400);
const GPIOC: Gpio = Gpio(0x4002_0800);
const USART2: Usart = Usart(0x4000_4400);
const USART3: Usart = Usart(0x4000_4800);
const TIM2: u32 = 0x4000_0000;

/// The processor's clock, and that of every bus.
const CLOCK: u32 = 16_000_000;
const CARD_CLOCK: u32 = 4_000_000;
const USART2_INTERRUPT: i16 = 38;
const USART3_INTERRUPT: i16 = 39;
const PATIENCE: u32 = 100_000;

const SR_PE: u32 = 1 << 0;
const SR_FE: u32 = 1 << 1;
const SR_ORE: u32 = 1 << 3;
const SR_RXNE: u32 = 1 << 5;
const SR_TXE: u32 = 1 << 7;

/// What came over USART3, and over USART2 in pairs: what is wrong with it (status bits), the character.
static FROM_HOST: Ring<512> = Ring::new();
static FROM_CARD: Ring<64> = Ring::new();
/// A character is on its way to the card: USART2 hears it, too.
static ECHO: AtomicBool = AtomicBool::new(false);

#[derive(Copy, Clone, Debug)]
struct Gpio(u32);

impl Gpio {
    fn mode(self, pin: u32, mode: u32) {
        Register(self.0).change(3 << (2 * pin), mode << (2 * pin));
    }

    fn alternate(self, pin: u32, function: u32) {
        let (register, at) = (Register(self.0 + 0x20 + pin / 8 * 4), pin % 8 * 4);
        register.change(0xF << at, function << at);
        self.mode(pin, 2);
    }

    fn open_drain(self, pin: u32) {
        Register(self.0 + 0x04).change(0, 1 << pin);
    }

    fn pull_up(self, pin: u32) {
        Register(self.0 + 0x0C).change(3 << (2 * pin), 1 << (2 * pin));
    }

    fn set(self, pin: u32, high: bool) {
        Register(self.0 + 0x18).write(1 << if high { pin } else { pin + 16 });
    }

    fn is_high(self, pin: u32) -> bool {
        Register(self.0 + 0x10).read() & 1 << pin != 0
    }
}

#[derive(Copy, Clone, Debug)]
struct Usart(u32);

impl Usart {
    const fn sr(self) -> Register {
        Register(self.0)
    }

    const fn dr(self) -> Register {
        Register(self.0 + 0x04)
    }

    const fn brr(self) -> Register {
        Register(self.0 + 0x08)
    }

    const fn cr1(self) -> Register {
        Register(self.0 + 0x0C)
    }

    const fn cr2(self) -> Register {
        Register(self.0 + 0x10)
    }
}

/// USART3.
#[derive(Copy, Clone, Debug)]
struct Host;

impl Host {
    fn start() {
        GPIOB.alternate(10, 7);
        GPIOB.alternate(11, 7);
        USART3.brr().write(CLOCK / 115_200);
        // UE, RXNEIE, TE, RE.
        USART3.cr1().write(1 << 13 | 1 << 5 | 1 << 3 | 1 << 2);
    }
}

impl Port for Host {
    fn get(&self) -> Option<Result<u8, LineError>> {
        FROM_HOST.pop().map(Ok)
    }

    fn put(&self, byte: u8) -> bool {
        let free = USART3.sr().read() & SR_TXE != 0;
        if free {
            USART3.dr().write(byte.into());
        }
        free
    }
}

/// USART2 in smart card mode (RM0090, 30.3.11).
#[derive(Copy, Clone, Debug)]
struct Card;

impl Card {
    fn start() {
        GPIOA.open_drain(2);
        GPIOA.alternate(2, 7);
        // The clock's pin stays low until the clock runs.
        GPIOA.set(4, false);
        GPIOA.mode(4, 1);
        // GTPR: the card's clock is the bus's by 2 x 2; a guard time of 16 bits as the mode has it.
        Register(USART2.0 + 0x18).write(16 << 8 | 2);
        // STOP = 1.5 bits, CLKEN.
        USART2.cr2().write(0b11 << 12 | 1 << 11);
        // SCEN. Not NACK: T=1 knows no error signal, and a card of the inverse convention would get one for its first
        // character.
        Register(USART2.0 + 0x14).write(1 << 5);
        USART2.brr().write(372 * (CLOCK / CARD_CLOCK));
        // UE, 9 bits with the parity, PCE (even), RXNEIE, TE, RE.
        USART2.cr1().write(1 << 13 | 1 << 12 | 1 << 10 | 1 << 5 | 1 << 3 | 1 << 2);
    }
}

impl Port for Card {
    fn get(&self) -> Option<Result<u8, LineError>> {
        let status = u32::from(FROM_CARD.pop()?);
        let byte = FROM_CARD.pop()?;
        Some(match status {
            _ if status & SR_PE != 0 => Err(LineError::Parity(Some(byte))),
            _ if status & SR_FE != 0 => Err(LineError::Framing),
            _ if status & SR_ORE != 0 => Err(LineError::Overrun),
            _ => Ok(byte),
        })
    }

    fn put(&self, byte: u8) -> bool {
        // One at a time, so that each echo is told from the card's characters.
        let free = USART2.sr().read() & SR_TXE != 0 && !ECHO.load(Ordering::Acquire);
        if free {
            ECHO.store(true, Ordering::Release);
            USART2.dr().write(byte.into());
        }
        free
    }

    /// What was sent has been heard.
    fn is_idle(&self) -> bool {
        !ECHO.load(Ordering::Acquire)
    }
}

/// A line of port C that is driven.
#[derive(Copy, Clone, Debug)]
struct Output(u32);

impl ErrorType for Output {
    type Error = Infallible;
}

impl OutputPin for Output {
    fn set_low(&mut self) -> Result<(), Infallible> {
        GPIOC.set(self.0, false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        GPIOC.set(self.0, true);
        Ok(())
    }
}

/// C3: the pin is the USART's clock, or low.
#[derive(Copy, Clone, Debug)]
struct Clk;

impl ErrorType for Clk {
    type Error = Infallible;
}

impl OutputPin for Clk {
    fn set_low(&mut self) -> Result<(), Infallible> {
        GPIOA.mode(4, 1);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        GPIOA.alternate(4, 7);
        Ok(())
    }
}

/// A line of port C that is read; `high` is the level that means yes.
#[derive(Copy, Clone, Debug)]
struct Input {
    pin: u32,
    high: bool,
}

impl ErrorType for Input {
    type Error = Infallible;
}

impl InputPin for Input {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        Ok(GPIOC.is_high(self.pin) == self.high)
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        self.is_high().map(|high| !high)
    }
}

struct Stm32f407 {
    host: Serial<Host>,
    card: Serial<Card>,
    vcc: Output,
    rst: Output,
    clk: Clk,
    detect: Input,
    over_current: Input,
    ticks: Ticks,
}

impl Board for Stm32f407 {
    const NAME: &'static str = "stm32f407 (never run on hardware)";
    const EMULATED: bool = false;

    type Host = Serial<Host>;
    type Card = Serial<Card>;
    type Vcc = Output;
    type Rst = Output;
    type Clk = Clk;
    type Detect = Input;
    type OverCurrent = Input;

    fn parts(&mut self) -> Parts<'_, Self> {
        Parts {
            host: &mut self.host,
            card: &mut self.card,
            vcc: &mut self.vcc,
            rst: &mut self.rst,
            clk: &mut self.clk,
            detect: &mut self.detect,
            over_current: &mut self.over_current,
        }
    }

    fn micros(&mut self) -> u64 {
        self.ticks.advance(Register(TIM2 + 0x24).read(), u32::MAX, 1)
    }

    fn card_clock(&self) -> u32 {
        CARD_CLOCK
    }

    fn set_etu(&mut self, cycles: u32) {
        USART2.brr().write(cycles.saturating_mul(CLOCK / CARD_CLOCK).clamp(16, 0xFFFF));
    }

    fn set_parity(&mut self, odd: bool) {
        // PS.
        USART2.cr1().change(1 << 9, u32::from(odd) << 9);
    }
}

impl LastResort for Stm32f407 {
    fn cut_power() {
        GPIOC.set(2, false);
        GPIOA.mode(4, 1);
        // C7 low: the pin is a plain one that pulls down.
        GPIOA.set(2, false);
        GPIOA.mode(2, 1);
        GPIOC.set(1, false);
    }

    fn say(byte: u8) {
        let _ = (0..PATIENCE).any(|_| Host.put(byte));
    }
}

/// The interrupts of the two USARTs.
// SAFETY: it shares nothing with the main loop but queues and flags made for that, and reads the data registers,
// which nobody else does.
#[cortex_m_rt::exception]
unsafe fn DefaultHandler(interrupt: i16) {
    match interrupt {
        USART3_INTERRUPT => {
            let status = USART3.sr().read();
            let byte = USART3.dr().read() as u8;
            // A damaged byte goes on as it is: the frame's checksum tells.
            if status & (SR_RXNE | SR_ORE) != 0 {
                let _ = FROM_HOST.push(byte);
            }
        }
        USART2_INTERRUPT => {
            let status = USART2.sr().read();
            let byte = USART2.dr().read() as u8;
            if status & SR_RXNE == 0 {
                return;
            }
            if ECHO.load(Ordering::Acquire) {
                ECHO.store(false, Ordering::Release);
            } else if FROM_CARD.room() >= 2 {
                let _ = FROM_CARD.push((status & (SR_PE | SR_FE | SR_ORE)) as u8);
                let _ = FROM_CARD.push(byte);
            }
        }
        other => rig::last_words::faulted::<Stm32f407>(other),
    }
}

rig::handlers!(Stm32f407);

#[cortex_m_rt::entry]
fn main() -> ! {
    // GPIOA, B, C; TIM2, USART2, USART3.
    RCC_AHB1ENR.change(0, 0b111);
    RCC_APB1ENR.change(0, 1 << 18 | 1 << 17 | 1);
    // A register of a peripheral that was just switched on is used two cycles later at the earliest.
    let _ = RCC_APB1ENR.read();
    // The card's contacts first, all low.
    for pin in [1, 2] {
        GPIOC.set(pin, false);
        GPIOC.mode(pin, 1);
    }
    for pin in [4, 5] {
        GPIOC.mode(pin, 0);
        GPIOC.pull_up(pin);
    }
    Card::start();
    Host::start();
    // TIM2: 1 MHz, 32 bits.
    Register(TIM2 + 0x28).write(CLOCK / 1_000_000 - 1);
    Register(TIM2 + 0x2C).write(u32::MAX);
    // UG takes the divider over, CEN starts.
    Register(TIM2 + 0x14).write(1);
    Register(TIM2).write(1);
    // Interrupts 38 and 39.
    NVIC_ISER1.write(1 << (38 - 32) | 1 << (39 - 32));
    rig::run(Stm32f407 {
        host: Serial(Host),
        card: Serial(Card),
        vcc: Output(1),
        rst: Output(2),
        clk: Clk,
        detect: Input { pin: 4, high: true },
        over_current: Input { pin: 5, high: false },
        ticks: Ticks::new(),
    })
}
