//! The APDU exchange beside a model of a card: command chaining, GET RESPONSE and the right Le, for all
//! lengths around the limits of short APDUs, over T=1 and over T=0.

use kaztoken_core::apdu::{Command, Exchange, Next, StatusWord};

use crate::cases::{Cases, Failed, Wrong, check, same, wrong};

/// The longest data either way.
const MAX: usize = 600;
/// Lengths of data and of answers.
const LENGTHS: [usize; 9] = [0, 1, 2, 254, 255, 256, 257, 511, MAX];
/// How many bytes the card gives at once.
const PARTS: [usize; 3] = [17, 100, 256];
/// INS of GET RESPONSE.
const GET_RESPONSE: u8 = 0xC0;
/// CLA's bit for all parts of a chain but the last.
const CHAINED: u8 = 0x10;
/// More commands than any of these exchanges needs.
const COMMANDS: usize = 100;

/// All lengths, all sizes of parts, both protocols.
///
/// # Errors
/// [`Failed`].
pub fn exchanges() -> Result<(), Failed> {
    let mut cases = Cases::new();
    for t0 in [false, true] {
        for data in LENGTHS {
            for answer in LENGTHS {
                let protocol = u8::from(!t0);
                let name = format_args!("T={protocol}, {data} bytes out, {answer} in");
                cases.run(name, || PARTS.into_iter().try_for_each(|part| exchange(t0, data, answer, part)));
            }
        }
    }
    cases.end(2 * LENGTHS.len() * LENGTHS.len())
}

/// Data without a pattern that could repeat within a part.
fn octet(at: usize) -> u8 {
    (at ^ (at >> 7)) as u8
}

fn exchange(t0: bool, data_len: usize, answer_len: usize, part: usize) -> Result<(), Wrong> {
    let data: [u8; MAX] = core::array::from_fn(octet);
    let data = &data[..data_len];
    let ne = u32::try_from(answer_len).unwrap_or(u32::MAX);
    let mut card = Card { t0, part, answer_len, received: [0; MAX], received_len: 0, given: None };
    let (mut raw, mut response, mut out) = ([0; 261], [0; 258], [0; MAX]);
    let mut exchange = Exchange::new(Command::new(0x00, 0x2A, 0x80, 0x86).data(data).ne(ne), t0);
    for _ in 0..COMMANDS {
        match exchange.next(&mut raw).map_err(|error| wrong(format_args!("{error:?}")))? {
            Next::Send(len) => {
                let len = card.process(&raw[..len], &mut response)?;
                exchange
                    .take(&response[..len], &mut out)
                    .map_err(|error| wrong(format_args!("{error:?}")))?;
            }
            Next::Done => {
                let reply = exchange.reply().ok_or_else(|| wrong(format_args!("no reply")))?;
                check(reply.sw == StatusWord::SUCCESS, "not 9000")?;
                same("the card's data", &card.received[..card.received_len], data)?;
                let expected: [u8; MAX] = core::array::from_fn(|at| !octet(at));
                return same("the answer", &out[..reply.len], &expected[..answer_len]);
            }
        }
    }
    Err(wrong(format_args!("endless")))
}

/// A card that takes data in chains and gives its answer in parts.
struct Card {
    t0: bool,
    part: usize,
    answer_len: usize,
    received: [u8; MAX],
    received_len: usize,
    /// Bytes of the answer that were given; `None` while the command is not complete.
    given: Option<usize>,
}

impl Card {
    fn process(&mut self, command: &[u8], out: &mut [u8; 258]) -> Result<usize, Wrong> {
        let (&[cla, ins, _, _], body) =
            command.split_first_chunk().ok_or_else(|| wrong(format_args!("{command:02X?}")))?;
        let (data, le) = match *body {
            [] => (&[][..], None),
            [le] => (&[][..], Some(le)),
            [lc, ref rest @ ..] => match rest.split_at_checked(lc.into()) {
                Some((data, [])) => (data, None),
                Some((data, [le])) if !self.t0 => (data, Some(*le)),
                _ => return Err(wrong(format_args!("Lc {lc} with {} bytes", rest.len()))),
            },
        };
        if ins != GET_RESPONSE {
            check(self.given.is_none(), "a second command")?;
            let place = self.received.get_mut(self.received_len..self.received_len + data.len());
            place.ok_or_else(|| wrong(format_args!("too much data")))?.copy_from_slice(data);
            self.received_len += data.len();
            if cla & CHAINED != 0 {
                return Ok(status(out, 0, 0x9000));
            }
            self.given = Some(0);
            // Over T=0 a command with data has no answer but the announcement.
            if (self.t0 && !data.is_empty()) || le.is_none() {
                return Ok(self.announce(out, 0));
            }
        }
        let Some(given) = self.given else {
            return Err(wrong(format_args!("GET RESPONSE without an answer")));
        };
        let asked = le.map_or(0, |le| if le == 0 { 256 } else { usize::from(le) });
        let rest = self.answer_len - given;
        // Once, at the beginning, the card wants the right Le.
        if asked != rest && rest > 0 && rest < 256 && rest < asked && given == 0 && rest <= self.part {
            return Ok(status(out, 0, 0x6C00 | rest as u16));
        }
        let len = rest.min(asked).min(self.part);
        out.iter_mut().zip(given..given + len).for_each(|(place, at)| *place = !octet(at));
        self.given = Some(given + len);
        Ok(self.announce(out, len))
    }

    /// The status word after `len` bytes: what is left, or 9000.
    fn announce(&self, out: &mut [u8; 258], len: usize) -> usize {
        let rest = self.answer_len - self.given.unwrap_or(0);
        let sw = if rest == 0 { 0x9000 } else { 0x6100 | rest.min(self.part) as u16 & 0xFF };
        status(out, len, sw)
    }
}

fn status(out: &mut [u8; 258], len: usize, sw: u16) -> usize {
    out[len..len + 2].copy_from_slice(&sw.to_be_bytes());
    len + 2
}
