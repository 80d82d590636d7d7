//! The card's end of vpcd, the virtual reader for PC/SC daemons.
//!
//! vpcd listens on TCP port 35963, the card connects. A message is a length (u16, big-endian) and that many
//! bytes. From the reader: one byte 00 power off, 01 power on, 02 reset (none is answered), 04 the ATR is
//! wanted; anything longer is a command APDU. Planned faults do not apply here: they belong to CCID.

use crate::card::{Card, is_key_generation};
use core::time::Duration;
use kaztoken_core::Millis;
use std::io::{self, Read, Write};
use std::time::Instant;
use zeroize::Zeroizing;

/// Where vpcd listens unless told otherwise.
pub const DEFAULT_PORT: u16 = 35963;

/// Serves one connection until the reader closes it. Generating a key takes `generation_time` at least.
///
/// # Errors
/// Of the stream. The reader closing it between two messages is none.
pub fn serve<C: Card, T: Read + Write>(
    card: &mut C,
    mut stream: T,
    generation_time: Millis,
) -> io::Result<()> {
    let mut message = Zeroizing::new(Vec::new());
    let mut response = Zeroizing::new(Vec::new());
    while let Some(len) = read_length(&mut stream)? {
        message.resize(len.into(), 0);
        stream.read_exact(&mut message)?;
        match message[..] {
            [] => {}
            [4] => send(&mut stream, card.model().atr())?,
            // Off, on and reset all leave the card as after a reset.
            [0..=2] => drop(card.reset()),
            [_] => {}
            ref command => {
                let start = Instant::now();
                card.process(command, &mut response);
                if is_key_generation(command) {
                    let whole = Duration::from_millis(generation_time.0);
                    std::thread::sleep(whole.saturating_sub(start.elapsed()));
                }
                send(&mut stream, &response)?;
            }
        }
    }
    Ok(())
}

/// The next message's length; `None` when the stream ends before it.
fn read_length(stream: &mut impl Read) -> io::Result<Option<u16>> {
    let mut length = [0; 2];
    loop {
        match stream.read(&mut length[..1]) {
            Ok(0) => return Ok(None),
            Ok(_) => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    stream.read_exact(&mut length[1..])?;
    Ok(Some(u16::from_be_bytes(length)))
}

/// Length and bytes in one write: two would wait for each other's acknowledgement.
fn send(stream: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    let len = u16::try_from(bytes.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let mut message = Zeroizing::new(Vec::with_capacity(bytes.len() + 2));
    message.extend_from_slice(&len.to_be_bytes());
    message.extend_from_slice(bytes);
    stream.write_all(&message)
}
