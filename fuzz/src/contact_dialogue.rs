//! Cards that send anything at any time, against the machine of the contacts.

use kaztoken_core::contact::{Action, Clock, Contact, Levels, LineError, Memory};

use crate::PIN;
use crate::card::Card;
use crate::source::Source;

/// Polls until the machine waits: it never has more to say in a row.
const MAX_ACTIONS: usize = 16;
/// Waits until a card that is silent has come to an end. The longest are those that T=1 grants: each of the card's
/// own requests for time is one, and a silent card makes none.
const MAX_WAITS: usize = 200;
/// Answers to reset: T=0, T=1, T=1 with PPS, T=0 with PPS in the inverse convention, T=1 of the SC card.
const ATRS: [&[u8]; 5] = [
    &[0x3B, 0x00],
    &[0x3B, 0x80, 0x01, 0x81],
    &[0x3B, 0x90, 0x95, 0x01, 0x04],
    &[0x3F, 0x10, 0x95],
    &[0x3B, 0xF1, 0x11, 0x00, 0x81, 0x31, 0x40, 0x45, 0x55, 0x24],
];
const VERIFY: [u8; 13] = {
    let [a, b, c, d, e, f, g, h] = *PIN;
    [0x00, 0x20, 0x00, 0x02, 0x08, a, b, c, d, e, f, g, h]
};
const COMMANDS: [&[u8]; 4] = [
    &VERIFY,
    &[0x00, 0x84, 0x00, 0x00, 0x08],
    &[0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00, 0x00],
    &[0x80, 0x40, 0, 0],
];

/// The owner of the contacts.
struct Owner<'m> {
    contact: Contact<'m>,
    now: u64,
    levels: Levels,
    command: Vec<u8>,
    response: Vec<u8>,
    /// What went out since the command began.
    sent: Vec<Vec<u8>>,
    /// Nothing has ended since it began.
    under_way: bool,
}

/// Resets, commands, blocks, characters, time, as the script says; then a card that is silent.
pub fn contact_dialogue(data: &[u8]) {
    let mut source = Source::new(data);
    let hertz = source.pick(&[1_000_000, 3_571_200, 5_000_000]);
    let slack = source.pick(&[0, 0, 300_000]);
    let mut memory = Memory::new();
    let mut owner = Owner {
        contact: Contact::new(&mut memory, Clock { hertz, slack }),
        now: 0,
        levels: Levels::OFF,
        command: vec![],
        response: vec![],
        sent: vec![],
        under_way: false,
    };
    owner.contact.handle_card(true, false);
    let mut card = Card::default();
    while !source.is_empty() {
        owner.event(&mut source, &mut card);
        owner.settle();
    }
    for wait in 0.. {
        if !owner.under_way {
            break;
        }
        assert!(wait < MAX_WAITS, "a silent card has no end");
        if let Some(until) = owner.settle() {
            owner.now = owner.now.max(until) + 1;
        }
    }
    owner.contact.deactivate();
    owner.settle();
    assert_eq!(owner.levels, Levels::OFF);
    drop(owner);
    assert!(memory.is_wiped());
}

impl Owner<'_> {
    fn event(&mut self, source: &mut Source<'_>, card: &mut Card) {
        match source.byte() & 15 {
            0 => {
                let cold = source.byte() & 1 == 0;
                self.begin(cold, |contact, now, _| contact.begin_reset(now, cold).is_ok());
                *card = Card::default();
            }
            1 => {
                let command = source.pick(&COMMANDS).to_vec();
                let room = source.pick(&[258, 300, 2, 10]);
                self.offer(command, room, |contact, _, command| contact.begin_apdu(command).is_ok());
            }
            2 => {
                let block = source.bytes().to_vec();
                self.offer(block, 300, |contact, _, block| contact.begin_block(block).is_ok());
            }
            3 => {
                let what = source.byte();
                self.contact.handle_card(what & 1 == 0, what & 6 == 6);
                self.settle();
                self.contact.handle_card(true, false);
            }
            4 => {
                self.contact.deactivate();
                self.under_way = false;
            }
            5 => self.hear(Err(LineError::Parity(Some(source.byte())))),
            6 => self.hear(Err(source.pick(&[
                LineError::Framing,
                LineError::Overrun,
                LineError::Parity(None),
            ]))),
            7 | 8 => self.hear(Ok(source.byte())),
            9 => self.now += u64::from(source.word()),
            10 => self.now += u64::from(source.word()) << 8,
            // A card that knows what to do: the reset, a procedure byte, a block.
            11 => {
                self.pass_to_the_reset();
                for &byte in source.pick(&ATRS) {
                    self.hear(Ok(byte));
                }
            }
            12 | 13 => {
                let Some(last) = self.sent.last().cloned() else { return };
                for byte in card.answer(&last) {
                    self.hear(Ok(byte));
                }
            }
            14 => {
                let ins = self.command.get(1).copied().unwrap_or(0);
                self.hear(Ok(source.pick(&[ins, !ins, 0x60, 0x90, 0x00, 0x61, 0x6C, 0x08])));
            }
            // As the last thing that went out: a PPS that is agreed to.
            _ => {
                for byte in self.sent.last().cloned().unwrap_or_default() {
                    self.hear(Ok(byte));
                }
            }
        }
    }

    fn offer(
        &mut self,
        command: Vec<u8>,
        room: usize,
        begin: impl FnOnce(&mut Contact<'_>, u64, &[u8]) -> bool,
    ) {
        if self.under_way {
            assert!(!begin(&mut self.contact, self.now, &command), "two commands at once");
            return;
        }
        self.command = command;
        self.response = vec![0xA5; room];
        self.begin(false, begin);
    }

    fn begin(&mut self, gives_up: bool, begin: impl FnOnce(&mut Contact<'_>, u64, &[u8]) -> bool) {
        if gives_up {
            self.contact.deactivate();
            self.under_way = false;
            self.settle();
        }
        if begin(&mut self.contact, self.now, &self.command) {
            self.under_way = true;
            self.sent.clear();
        }
    }

    /// Lets time pass until the card may answer a reset.
    fn pass_to_the_reset(&mut self) {
        for _ in 0..4 {
            match self.settle() {
                Some(until) if self.levels.vcc && !self.levels.rst => self.now = self.now.max(until),
                _ => break,
            }
        }
        self.now += 1_000;
    }

    fn hear(&mut self, character: Result<u8, LineError>) {
        self.now += 100;
        self.contact.handle_byte(self.now, character);
        self.settle();
    }

    /// Does what the machine says. `Some`: until when it waits.
    fn settle(&mut self) -> Option<u64> {
        for _ in 0..MAX_ACTIONS {
            match self.contact.poll(self.now, &self.command, &mut self.response) {
                Action::SetContacts(levels) => self.set(levels),
                Action::SetEtu(etu) => assert!(etu > 0),
                Action::SetParity(_) => {}
                Action::Send(len) => self.send(len),
                Action::Wait(until) => {
                    assert!(self.under_way);
                    return Some(until);
                }
                Action::Nothing => {
                    assert!(!self.under_way || self.contact.is_powered());
                    return None;
                }
                Action::Done(len) => {
                    assert!(self.under_way && self.contact.is_ready());
                    assert!(len <= self.response.len().max(self.contact.atr().len()));
                    self.under_way = false;
                }
                Action::Failed(error) => {
                    assert!(!error.to_string().is_empty());
                    assert_eq!((self.levels, self.contact.levels()), (Levels::OFF, Levels::OFF));
                    assert!(self.response.iter().all(|byte| *byte == 0), "something is left of the response");
                    self.under_way = false;
                }
            }
        }
        panic!("the machine never waits");
    }

    /// One contact at a time; off: RST before CLK before VCC.
    fn set(&mut self, new: Levels) {
        let old = self.levels;
        let changed = [old.vcc != new.vcc, old.rst != new.rst, old.clk != new.clk];
        assert_eq!(changed.iter().filter(|changed| **changed).count(), 1, "{old:?} {new:?}");
        assert!(new.vcc || !(new.clk || new.rst), "{new:?}");
        assert!(new.clk || !new.rst, "{new:?}");
        self.levels = new;
    }

    fn send(&mut self, len: usize) {
        assert!(self.under_way && self.levels == Levels { vcc: true, rst: true, clk: true });
        let bytes = self.contact.outgoing().to_vec();
        assert_eq!(len, bytes.len());
        self.now += 12 * 372 * len as u64;
        self.contact.handle_sent(self.now);
        let holds_pin = |bytes: &[u8]| bytes.windows(PIN.len()).any(|window| window == PIN);
        if holds_pin(&bytes) {
            let resynchronised = self.sent.iter().any(|block| block.get(1) == Some(&0xC0));
            assert!(!resynchronised, "a PIN goes out again after RESYNCH");
            // A block that is sent again is the same block; T=0 has no such thing.
            let before = self.sent.iter().find(|block| holds_pin(block));
            assert!(
                before.is_none_or(|before| *before == bytes && bytes.len() > PIN.len()),
                "a PIN goes out twice"
            );
        }
        self.sent.push(bytes);
    }
}
