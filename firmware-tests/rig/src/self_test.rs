//! The rig's test of itself: a bit for each test.
//!
//! ```text
//! 0  the clock runs          3  the token says who it is (feature `token`)
//! 1  frames come back        4  the token tells how many tries its PINs have left (feature `token`)
//! 2  the current watch       5  a GOST hash is right (feature `gost`)
//! ```
//!
//! 3 and 4 run when there is a token without power; it has none again afterwards. One with power is left alone.

use crate::bench::ContactBench;
use crate::board::Board;
use kaztoken_core::Millis;
#[cfg(feature = "gost")]
use kaztoken_core::gost::HashAlgorithm;
use kaztoken_rig::frame::{self, FrameReader, Kind};
use kaztoken_rig::message::SelfTest;

/// Runs them.
pub(crate) fn run<B: Board>(bench: &mut ContactBench<'_, B>, budget: Millis) -> SelfTest {
    let mut result = SelfTest { ran: 0, failed: 0 };
    let mut test = |bit: u32, passed: bool| {
        result.ran |= 1 << bit;
        if !passed {
            result.failed |= 1 << bit;
        }
    };
    test(0, clock(bench));
    test(1, frames());
    test(2, bench.contacts.is_powered() || !bench.contacts.is_overloaded());
    #[cfg(feature = "token")]
    if !bench.contacts.is_powered() && bench.contacts.is_present() {
        let (identified, status) = token::ask(bench, budget);
        test(3, identified);
        test(4, status);
    }
    let _ = budget;
    #[cfg(feature = "gost")]
    test(5, gost());
    result
}

/// A hundred thousand looks see the time pass.
fn clock<B: Board>(bench: &mut ContactBench<'_, B>) -> bool {
    let begun = bench.contacts.now();
    (0..100_000).any(|_| bench.contacts.now() > begun)
}

fn frames() -> bool {
    const BODY: &[u8] = b"\0rig\xFF\0";
    let (mut line, mut buffer, mut reader) = ([0; 32], [0; 32], FrameReader::new());
    let Ok(len) = frame::write_bytes(&mut line, Kind::Log, BODY) else { return false };
    let found = line.iter().take(len).find_map(|&byte| reader.push(&mut buffer, byte));
    matches!(found, Some(Ok((Kind::Log, len))) if buffer.get(..len) == Some(BODY))
}

/// Example 1 of GOST R 34.11-2012 (RFC 6986, 10.1).
#[cfg(feature = "gost")]
fn gost() -> bool {
    let message = b"012345678901234567890123456789012345678901234567890123456789012";
    let digest = HashAlgorithm::Streebog256.digest(message);
    digest.as_slice().starts_with(&[0x9D, 0x15, 0x1E, 0xEF, 0xD8, 0x59, 0x0B, 0x89])
}

#[cfg(feature = "token")]
mod token {
    use super::ContactBench;
    use crate::board::Board;
    use kaztoken_core::Millis;
    use kaztoken_core::drive::{ApduLink, run};
    use kaztoken_core::pin::{Access, Role};
    use kaztoken_core::token::{BUFFER_LEN, Card, Protocol, Session};
    use kaztoken_rig::Fault;
    use kaztoken_rig::bench::Bench;

    /// The computer is not heard meanwhile, so it does not take longer than this, whatever the budget.
    const LONGEST: Millis = Millis(1_500);

    /// Waits for the contacts.
    struct Waiting<'b, 'm, B> {
        bench: &'b mut ContactBench<'m, B>,
        until: kaztoken_rig::Micros,
    }

    impl<B: Board> Waiting<'_, '_, B> {
        fn wait<T>(
            &mut self,
            mut step: impl FnMut(&mut ContactBench<'_, B>, kaztoken_rig::Micros) -> nb::Result<T, Fault>,
        ) -> Result<T, Fault> {
            loop {
                let now = self.bench.contacts.now();
                if now > self.until {
                    return Err(self.bench.contacts.fail(Fault::Timeout));
                }
                self.bench.contacts.watch();
                match step(self.bench, now) {
                    Err(nb::Error::WouldBlock) => {}
                    Err(nb::Error::Other(fault)) => return Err(fault),
                    Ok(done) => return Ok(done),
                }
            }
        }
    }

    impl<B: Board> ApduLink for Waiting<'_, '_, B> {
        type Error = Fault;

        fn transmit(&mut self, command: &[u8], response: &mut [u8], budget: Millis) -> Result<usize, Fault> {
            self.wait(|bench, now| bench.apdu(now, command, budget, response))
        }
    }

    /// Who it is, and how many tries are left: did both come?
    pub(super) fn ask<B: Board>(bench: &mut ContactBench<'_, B>, budget: Millis) -> (bool, bool) {
        let begun = bench.contacts.now();
        let mut link = Waiting { bench, until: begun.after(budget.min(LONGEST)) };
        let mut atr = [0; 33];
        let powered = link.wait(|bench, now| bench.power_on(now, LONGEST, &mut atr));
        let result = match powered {
            Ok(_) => converse(&mut link),
            Err(_) => (false, false),
        };
        let now = link.bench.contacts.now();
        link.bench.stop(now);
        result
    }

    fn converse<B: Board>(link: &mut Waiting<'_, '_, B>) -> (bool, bool) {
        let mut buffer = [0; BUFFER_LEN];
        // What the contacts exchange is whole APDUs, with T=0, too.
        let card = Card::new(&mut buffer, Protocol::T1);
        let mut access = Access::unknown();
        let mut session = Session::new(&card, &mut access);
        let serial = run(link, &card, session.serial());
        let layouts = run(link, &card, session.layouts());
        let status = run(link, &card, session.pin_info(Role::User));
        (serial.is_ok() && layouts.is_ok(), status.is_ok())
    }
}
