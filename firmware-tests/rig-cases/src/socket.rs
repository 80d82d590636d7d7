//! The socket on an emulated board, and the card in it: what the reader does with the contacts is written down, what
//! the card answers may be made wrong.

use crate::machine::CardPorts;
use kaztoken_lines::{CardLevels, FromCard, ReaderLevels};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// A card on its contacts.
pub(crate) trait CardSide: Send {
    /// The levels have changed. What the card sends goes to `out`.
    fn contacts(&mut self, now: u64, levels: ReaderLevels, out: &mut Vec<u8>);

    /// A character for the card.
    fn byte(&mut self, now: u64, byte: u8, out: &mut Vec<u8>);
}

/// What is wrong with the card, or its socket.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub(crate) enum Trouble {
    /// Nothing.
    #[default]
    None,
    /// There is no card.
    Absent,
    /// It sends nothing at all.
    Mute,
    /// It sends nothing from this character on, counted from power on.
    MuteFrom(usize),
    /// Its answer to reset begins with another character.
    WrongTs,
    /// Its answer to reset has no end.
    EndlessAtr,
    /// This character has wrong parity, counted from power on.
    ParityAt(usize),
    /// Every character from this one on has wrong parity.
    ParityFrom(usize),
    /// This character is another one.
    FlipAt(usize),
    /// It draws too much current after so many characters.
    OverCurrentAt(usize),
    /// It is pulled out after so many characters.
    PulledAt(usize),
}

/// What was seen at the contacts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Levels one after another.
    pub(crate) levels: Vec<ReaderLevels>,
    /// Characters from the reader since power on.
    pub(crate) from_reader: Vec<u8>,
    /// Characters from the card since power on.
    pub(crate) from_card: usize,
    /// How often the card got power.
    pub(crate) power_ons: usize,
}

impl Seen {
    /// All contacts are low.
    pub(crate) fn is_off(&self) -> bool {
        self.levels.last().is_none_or(|levels| *levels == ReaderLevels::default())
    }

    /// Every power-down went reset first, then the clock, then power (ISO 7816-3, 6.4), and every power-up power
    /// first, reset last (6.2.1).
    pub(crate) fn is_in_order(&self) -> bool {
        let before = std::iter::once(ReaderLevels::default()).chain(self.levels.iter().copied());
        before.zip(&self.levels).all(|(before, after)| {
            let clk_ok = before.clk || !after.clk || after.vcc;
            let rst_ok = before.rst || !after.rst || after.clk;
            let off_ok = !before.vcc || after.vcc || (!before.rst && !before.clk);
            let stop_ok = !before.clk || after.clk || !before.rst;
            clk_ok && rst_ok && off_ok && stop_ok
        })
    }
}

#[derive(Debug)]
enum Event {
    Levels(u8),
    Byte(u8),
    Tell(Trouble, Sender<()>),
    BreakDown,
}

/// A running socket.
#[derive(Debug)]
pub(crate) struct Socket {
    events: Sender<Event>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
}

impl Socket {
    /// Puts a card into the socket.
    pub(crate) fn start(ports: CardPorts, card: impl CardSide + 'static) -> io::Result<Self> {
        let (events, received) = channel();
        feed(ports.line.try_clone()?, events.clone(), Event::Byte);
        feed(ports.levels.try_clone()?, events.clone(), Event::Levels);
        let seen = Arc::new((Mutex::new(Seen::default()), Condvar::new()));
        let socket = Self { events, seen: Arc::clone(&seen) };
        let begun = Instant::now();
        let mut works =
            Works { ports, card, trouble: Trouble::None, over: false, seen, begun, later: Vec::new() };
        thread::spawn(move || {
            // The board is switched off: the end.
            let _ = works.serve(&received);
        });
        Ok(socket)
    }

    /// From the next power on. The board knows by then whether there is a card.
    pub(crate) fn trouble(&self, trouble: Trouble) {
        let (told, known) = channel();
        if self.events.send(Event::Tell(trouble, told)).is_ok() {
            let _ = known.recv_timeout(Duration::from_secs(2));
        }
    }

    /// Asks the firmware to panic.
    pub(crate) fn break_down(&self) {
        let _ = self.events.send(Event::BreakDown);
    }

    /// What was seen until now.
    pub(crate) fn seen(&self) -> Seen {
        lock(&self.seen.0).clone()
    }

    /// Waits until what is seen is like that.
    pub(crate) fn wait(&self, limit: Duration, like: impl Fn(&Seen) -> bool) -> bool {
        let seen = lock(&self.seen.0);
        let (seen, _) = self
            .seen
            .1
            .wait_timeout_while(seen, limit, |seen| !like(seen))
            .unwrap_or_else(PoisonError::into_inner);
        like(&seen)
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

fn feed(mut from: UnixStream, events: Sender<Event>, event: fn(u8) -> Event) {
    thread::spawn(move || {
        let mut chunk = [0; 512];
        while let Ok(len @ 1..) = from.read(&mut chunk) {
            for &byte in &chunk[..len] {
                if events.send(event(byte)).is_err() {
                    return;
                }
            }
        }
    });
}

struct Works<C> {
    ports: CardPorts,
    card: C,
    trouble: Trouble,
    /// The trouble with power or presence has begun.
    over: bool,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    begun: Instant,
    /// Bytes that came while an answer to levels was waited for.
    later: Vec<Event>,
}

impl<C: CardSide> Works<C> {
    fn serve(&mut self, events: &Receiver<Event>) -> io::Result<()> {
        self.announce(false, events)?;
        loop {
            let event = if self.later.is_empty() { events.recv().ok() } else { Some(self.later.remove(0)) };
            let Some(event) = event else { return Ok(()) };
            let mut out = Vec::new();
            match event {
                Event::Levels(byte) => self.on_levels(byte, &mut out),
                Event::Byte(byte) => {
                    self.note(|seen| seen.from_reader.push(byte));
                    if lock(&self.seen.0).levels.last().is_some_and(|levels| levels.vcc) {
                        self.card.byte(self.now(), byte, &mut out);
                    }
                }
                Event::Tell(trouble, told) => {
                    self.trouble = trouble;
                    self.over = false;
                    self.announce(false, events)?;
                    let _ = told.send(());
                }
                Event::BreakDown => self.ports.levels.write_all(&[FromCard::BREAK_DOWN])?,
            }
            self.send(&out, events)?;
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn note(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut lock(&self.seen.0));
        self.seen.1.notify_all();
    }

    fn on_levels(&mut self, byte: u8, out: &mut Vec<u8>) {
        let Some(levels) = ReaderLevels::from_byte(byte) else { return };
        let before = lock(&self.seen.0).levels.last().copied().unwrap_or_default();
        if levels == before {
            return;
        }
        self.note(|seen| {
            seen.levels.push(levels);
            if levels.vcc && !before.vcc {
                seen.from_reader.clear();
                seen.from_card = 0;
                seen.power_ons += 1;
            }
        });
        self.card.contacts(self.now(), levels, out);
        let is_reset = levels.rst && !before.rst;
        match self.trouble {
            Trouble::WrongTs if is_reset => out.iter_mut().take(1).for_each(|ts| *ts = 0x42),
            // T0 and then every TDi says that there is one more.
            Trouble::EndlessAtr if is_reset => {
                out.truncate(1);
                out.extend([0x80; 80]);
            }
            _ => {}
        }
    }

    /// Sends characters, as right or wrong as they shall be.
    fn send(&mut self, out: &[u8], events: &Receiver<Event>) -> io::Result<()> {
        if self.trouble == Trouble::None {
            self.ports.line.write_all(out)?;
            self.note(|seen| seen.from_card += out.len());
            return Ok(());
        }
        for &byte in out {
            let number = lock(&self.seen.0).from_card;
            let mut byte = byte;
            match self.trouble {
                Trouble::Mute | Trouble::Absent => return Ok(()),
                Trouble::MuteFrom(from) if number >= from => return Ok(()),
                Trouble::FlipAt(at) if number == at => byte ^= 0x20,
                Trouble::ParityAt(at) if number == at => self.announce(true, events)?,
                Trouble::ParityFrom(from) if number >= from => self.announce(true, events)?,
                Trouble::OverCurrentAt(at) | Trouble::PulledAt(at) if number >= at && !self.over => {
                    self.over = true;
                    self.announce(false, events)?;
                }
                _ => {}
            }
            self.ports.line.write_all(&[byte])?;
            self.note(|seen| seen.from_card += 1);
        }
        Ok(())
    }

    fn say(&mut self, wrong_parity: bool) -> io::Result<()> {
        let pulled = self.over && matches!(self.trouble, Trouble::PulledAt(_));
        let levels = CardLevels {
            present: self.trouble != Trouble::Absent && !pulled,
            over_current: self.over && matches!(self.trouble, Trouble::OverCurrentAt(_)),
            wrong_parity,
        };
        self.ports.levels.write_all(&[levels.to_byte()])
    }

    /// Says how things stand. The reader has heard it when it answers.
    fn announce(&mut self, wrong_parity: bool, events: &Receiver<Event>) -> io::Result<()> {
        self.say(wrong_parity)?;
        loop {
            match events.recv_timeout(Duration::from_secs(1)) {
                Ok(Event::Levels(byte)) => {
                    let same =
                        lock(&self.seen.0).levels.last().is_some_and(|levels| levels.to_byte() == byte);
                    if !same {
                        // The reader has given up; no need to go on.
                        self.later.push(Event::Levels(byte));
                    }
                    return Ok(());
                }
                Ok(other) => self.later.push(other),
                Err(RecvTimeoutError::Timeout) => return Ok(()),
                Err(RecvTimeoutError::Disconnected) => return Err(io::ErrorKind::BrokenPipe.into()),
            }
        }
    }
}
