//! The engine's image without the engine: readers, scripts, meter and printing. It fails in the first session.
#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;

use cortex_m as _;
use kaztoken_core::Millis;
use kaztoken_core::apdu::Command;
use kaztoken_core::ccid::{ClassRequest, Rung};
use kaztoken_core::drive::BulkPipe;
use kaztoken_firmware_tests::reader::{PACKET, Reader, Step};
use kaztoken_firmware_tests::talk::{Apdus, Host, Message, run};
use semihosting::process::exit;

/// Does nothing with the reader that makes sense, and nothing that the compiler can foresee.
struct Nobody<'m> {
    message: &'m mut Message,
    reader: Reader,
    packet: [u8; PACKET],
}

impl Nobody<'_> {
    #[inline(never)]
    fn poke(&mut self) -> Result<(), i32> {
        let request = black_box(ClassRequest::Abort { slot: 0, sequence: 0 });
        let _ = self.reader.send(black_box(self.message), Millis(1));
        let _ = self.reader.class_request(request, &mut [], Millis(1));
        let _ = self.reader.receive(&mut self.packet, Millis(1));
        black_box(&self.packet);
        if black_box(true) { Err(20) } else { Ok(()) }
    }
}

impl<'m> Host<'m> for Nobody<'m> {
    const RESIDENT: usize = 0;

    #[inline(never)]
    fn open(message: &'m mut Message, descriptor: &[u8], script: &'static [Step]) -> Result<Self, i32> {
        black_box(descriptor);
        Ok(Self { message, reader: Reader::new(black_box(script)), packet: [0; PACKET] })
    }

    #[inline(never)]
    fn power_on(&mut self) -> Result<(), i32> {
        self.poke()
    }

    #[inline(never)]
    fn power_off(&mut self) -> Result<(), i32> {
        black_box(self).poke()
    }

    #[inline(never)]
    fn transmit(&mut self, command: &[u8], response: &mut [u8]) -> Result<usize, i32> {
        black_box((command, response));
        self.poke().map(|()| black_box(0))
    }

    #[inline(never)]
    fn exchange(&mut self, command: &Command<'_>, apdus: &mut Apdus) -> Result<(usize, u16), i32> {
        black_box((command, apdus));
        self.poke().map(|()| black_box((0, 0)))
    }

    #[inline(never)]
    fn rung(&self) -> Option<Rung> {
        black_box(None)
    }

    fn finished(&self) -> bool {
        self.reader.finished()
    }
}

#[cortex_m_rt::entry]
fn main() -> ! {
    let mut messages = [[0; _]; 4];
    exit(if run::<Nobody<'_>>(&mut messages) == Err(120) { 0 } else { 1 })
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    exit(101)
}
