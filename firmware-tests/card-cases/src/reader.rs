//! A reader on two sockets: it moves contacts and characters, and speaks T=1 with the core's machine.

use kaztoken_core::Millis;
use kaztoken_core::drive::ApduLink;
use kaztoken_core::tpdu::t1::{Step, T1};
use kaztoken_lines::{CardLevels, FromCard, ReaderLevels};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// Longer than anything takes; the card's clock is not the reader's.
const PATIENCE: Duration = Duration::from_secs(20);
/// S(WTX request).
pub(crate) const WTX: u8 = 0xC3;

/// The reader.
pub(crate) struct Reader {
    line: UnixStream,
    levels: UnixStream,
    t1: T1,
    /// Requests for time so far.
    pub(crate) extensions: u32,
    /// The reader loses its power instead of granting this many requests for time.
    pub(crate) fails_after: Option<u32>,
}

impl Reader {
    pub(crate) fn new(line: UnixStream, levels: UnixStream) -> Self {
        for port in [&line, &levels] {
            let _ = port.set_read_timeout(Some(PATIENCE));
        }
        Self { line, levels, t1: T1::new(32), extensions: 0, fails_after: None }
    }

    /// Waits until the card says that it is there.
    pub(crate) fn wait_for_card(&mut self) -> io::Result<()> {
        let mut byte = [0];
        self.levels.read_exact(&mut byte)?;
        let present = CardLevels { present: true, ..CardLevels::default() };
        match FromCard::from_byte(byte[0]) {
            Some(FromCard::Levels(levels)) if levels == present => Ok(()),
            _ => Err(io::Error::other(format!("the card says {byte:02X?} instead of being there"))),
        }
    }

    fn set(&mut self, [vcc, clk, rst]: [bool; 3]) -> io::Result<()> {
        self.levels.write_all(&[ReaderLevels { vcc, rst, clk }.to_byte()])
    }

    /// Cold reset (ISO/IEC 7816-3, 6.2): the answer to reset.
    pub(crate) fn power_on(&mut self) -> io::Result<Vec<u8>> {
        self.set([true, false, false])?;
        self.set([true, true, false])?;
        self.rise()
    }

    /// Reset of a card with power.
    pub(crate) fn reset(&mut self) -> io::Result<Vec<u8>> {
        self.set([true, true, false])?;
        self.rise()
    }

    /// Deactivation (6.4). What was on the line is dropped.
    pub(crate) fn power_off(&mut self) -> io::Result<()> {
        self.set([true, true, false])?;
        self.set([true, false, false])?;
        self.set([false; 3])
    }

    fn rise(&mut self) -> io::Result<Vec<u8>> {
        // Whatever the card said before it heard of the reset.
        self.drain(Duration::from_millis(100))?;
        self.set([true; 3])?;
        let mut atr = vec![0; 12];
        self.line.read_exact(&mut atr)?;
        self.t1 = T1::new(32);
        Ok(atr)
    }

    /// What the card sends until it is silent for so long.
    pub(crate) fn drain(&mut self, silence: Duration) -> io::Result<Vec<u8>> {
        self.line.set_read_timeout(Some(silence))?;
        let mut all = Vec::new();
        let mut chunk = [0; 64];
        while let Ok(len @ 1..) = self.line.read(&mut chunk) {
            all.extend_from_slice(&chunk[..len]);
        }
        self.line.set_read_timeout(Some(PATIENCE))?;
        Ok(all)
    }

    /// Sends characters.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.line.write_all(bytes)
    }

    /// Reads one block.
    pub(crate) fn block(&mut self) -> io::Result<Vec<u8>> {
        let mut block = vec![0; 3];
        self.line.read_exact(&mut block)?;
        let len = usize::from(block[2]) + 4;
        block.resize(len, 0);
        self.line.read_exact(&mut block[3..])?;
        Ok(block)
    }

    /// Sends a block with its check byte and reads one.
    pub(crate) fn exchange(&mut self, prologue_and_data: &[u8]) -> io::Result<Vec<u8>> {
        let mut block = prologue_and_data.to_vec();
        block.push(block.iter().fold(0, |sum, byte| sum ^ byte));
        self.send(&block)?;
        self.block()
    }

    /// Tells the card that blocks may be long.
    pub(crate) fn negotiate(&mut self) -> io::Result<()> {
        self.t1.negotiate_ifsd(254).map_err(io::Error::other)?;
        self.carry_out(&[], &mut []).map(|_| ())
    }

    fn carry_out(&mut self, command: &[u8], response: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut out = [0; 258];
            let len = self.t1.block(command, &mut out);
            self.send(&out[..len])?;
            let block = self.block()?;
            if block[1] == WTX {
                self.extensions += 1;
                if self.fails_after.is_some_and(|most| self.extensions > most) {
                    return Err(io::ErrorKind::ConnectionAborted.into());
                }
            }
            match self.t1.handle_block(&block, response) {
                Step::Send => {}
                Step::Done(len) => return Ok(len),
                Step::Failed(error) => return Err(io::Error::other(error)),
            }
        }
    }
}

impl ApduLink for Reader {
    type Error = io::Error;

    fn transmit(&mut self, command: &[u8], response: &mut [u8], _budget: Millis) -> io::Result<usize> {
        self.t1.exchange(command).map_err(io::Error::other)?;
        self.carry_out(command, response)
    }
}
