//! The engine as a microcontroller has it: CCID at every exchange level, T=1, T=0, and the APDU exchange above.
//!
//! What the image takes beyond `engine_device`, which is the same without the engine, is the engine's.
#![no_std]
#![no_main]

use core::hint::black_box;
use core::ops::ControlFlow;
use core::panic::PanicInfo;

use cortex_m as _;
use kaztoken_core::Millis;
use kaztoken_core::apdu::{Command, Exchange, ExchangeError, Next};
use kaztoken_core::ccid::drivers::blocking;
use kaztoken_core::ccid::{CcidError, ClassDescriptor, LinkError, Outcome, Quirks, Rung, Slot};
use kaztoken_firmware_tests::reader::{PACKET, Reader, Step};
use kaztoken_firmware_tests::talk::{Apdus, Host, Message, run};
use semihosting::process::exit;

/// Budget of every operation.
const BUDGET: Millis = Millis(1000);

/// One slot and the memory for one packet.
struct Engine<'m> {
    slot: Slot<&'m mut Message>,
    reader: Reader,
    packet: [u8; PACKET],
    now: u64,
}

/// The error is looked at, as any caller looks at it.
#[inline(never)]
fn look_at(error: &CcidError) -> i32 {
    black_box(error);
    11
}

impl Engine<'_> {
    /// Carries a command that was started to its end.
    #[inline(never)]
    fn drive(&mut self, command: &[u8], response: &mut [u8]) -> Result<usize, i32> {
        let Self { slot, reader, packet, now } = self;
        let clock = || {
            *now = now.wrapping_add(10);
            Millis(*now)
        };
        let on_wait = |_| if black_box(false) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        match blocking(slot, reader, packet, (command, response), clock, on_wait) {
            Ok(outcome) => Ok(Outcome::response_len(outcome)),
            Err(LinkError::Ccid(error)) => Err(look_at(&error)),
            Err(_) => Err(15),
        }
    }
}

impl<'m> Host<'m> for Engine<'m> {
    const RESIDENT: usize = size_of::<Slot<&'m mut Message>>();

    #[inline(never)]
    fn open(message: &'m mut Message, descriptor: &[u8], script: &'static [Step]) -> Result<Self, i32> {
        let descriptor = ClassDescriptor::parse(black_box(descriptor)).map_err(|error| {
            black_box(error);
            12
        })?;
        let slot = Slot::open(message, &descriptor, 64).map_err(|error| look_at(&error))?;
        let slot = slot.quirks(Quirks::of(black_box(0x0483), black_box(0x0001)));
        Ok(Self { slot, reader: Reader::new(black_box(script)), packet: [0; PACKET], now: 0 })
    }

    #[inline(never)]
    fn power_on(&mut self) -> Result<(), i32> {
        self.slot.power_on(Millis(self.now), BUDGET).map_err(|error| look_at(&error))?;
        self.drive(&[], &mut []).map(drop)
    }

    #[inline(never)]
    fn power_off(&mut self) -> Result<(), i32> {
        self.slot.power_off(Millis(self.now), BUDGET).map_err(|error| look_at(&error))?;
        self.drive(&[], &mut []).map(drop)
    }

    #[inline(never)]
    fn transmit(&mut self, command: &[u8], response: &mut [u8]) -> Result<usize, i32> {
        self.slot.exchange(Millis(self.now), command, BUDGET).map_err(|error| look_at(&error))?;
        self.drive(command, response)
    }

    #[inline(never)]
    fn exchange(&mut self, command: &Command<'_>, apdus: &mut Apdus) -> Result<(usize, u16), i32> {
        let strange = |error: ExchangeError| {
            black_box(error);
            13
        };
        let mut exchange = Exchange::new(*command, false);
        while let Next::Send(len) = exchange.next(&mut apdus.command).map_err(strange)? {
            let command = apdus.command.get(..len).unwrap_or_default();
            let len = self.transmit(command, &mut apdus.response)?;
            exchange.take(apdus.response.get(..len).unwrap_or_default(), &mut apdus.data).map_err(strange)?;
        }
        exchange.reply().map(|reply| (reply.len, reply.sw.0)).ok_or(14)
    }

    #[inline(never)]
    fn rung(&self) -> Option<Rung> {
        self.slot.recovery().next()
    }

    fn finished(&self) -> bool {
        self.reader.finished()
    }
}

#[cortex_m_rt::entry]
fn main() -> ! {
    let mut messages = [[0; _]; 4];
    exit(run::<Engine<'_>>(&mut messages).map_or_else(|step| step, |()| 0))
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    exit(101)
}
