//! A card on its contacts: reset, both conventions, PPS, T=0, T=1, and everything that goes wrong.

#![allow(unused_must_use, reason = "what is said goes to the machine, whatever it does next")]

use kaztoken_core::contact::{
    Action, Clock, Contact, ContactError, DEFAULT_ETU, Levels, LineError, Memory, Parity, inverse,
};
use kaztoken_core::tpdu::pps::PpsError;
use proptest::prelude::*;

/// One clock is a microsecond.
const CLOCK: Clock = Clock { hertz: 1_000_000, slack: 0 };
const T0_ATR: &[u8] = &[0x3B, 0x00];
/// T=1, TCK.
const T1_ATR: &[u8] = &[0x3B, 0x80, 0x01, 0x81];
const VERIFY: &[u8] = &[0x00, 0x20, 0x00, 0x81, 0x04, 0x31, 0x32, 0x33, 0x34];

/// The contacts' owner, with a clock that goes on only where the test says.
struct Bench<'m> {
    contact: Contact<'m>,
    now: u64,
    response: [u8; 300],
    levels: Vec<(u64, Levels)>,
    sent: Vec<Vec<u8>>,
    etu: u16,
    parity: Parity,
}

impl<'m> Bench<'m> {
    fn new(memory: &'m mut Memory) -> Self {
        let mut contact = Contact::new(memory, CLOCK);
        contact.handle_card(true, false);
        let (levels, sent) = (Vec::new(), Vec::new());
        Self { contact, now: 0, response: [0; 300], levels, sent, etu: 0, parity: Parity::Even }
    }

    /// Carries out what the machine says until it waits, is ready or has ended.
    fn settle(&mut self, command: &[u8]) -> Action {
        for _ in 0..100 {
            match self.contact.poll(self.now, command, &mut self.response) {
                Action::SetContacts(levels) => self.levels.push((self.now, levels)),
                Action::SetEtu(etu) => self.etu = etu,
                Action::SetParity(parity) => self.parity = parity,
                Action::Send(len) => {
                    assert_eq!(len, self.contact.outgoing().len());
                    self.sent.push(self.contact.outgoing().to_vec());
                    self.contact.handle_sent(self.now);
                }
                Action::Wait(until) if until <= self.now && !self.contact.is_powered() => panic!("stuck"),
                end => return end,
            }
        }
        panic!("never waits");
    }

    /// Lets time pass until something goes out or it has ended.
    fn wait(&mut self, command: &[u8]) -> Action {
        let sent = self.sent.len();
        for _ in 0..2_000 {
            match self.settle(command) {
                _ if self.sent.len() > sent => return Action::Wait(0),
                Action::Wait(until) => self.now = self.now.max(until) + 1,
                end => return end,
            }
        }
        panic!("never ends");
    }

    fn say(&mut self, bytes: &[u8], command: &[u8]) -> Action {
        for &byte in bytes {
            self.now += 12 * 372;
            self.contact.handle_byte(self.now, Ok(byte));
        }
        self.settle(command)
    }

    /// Until RST is high and the card may answer.
    fn power(&mut self) {
        self.contact.begin_reset(self.now, true).unwrap();
        for _ in 0..10 {
            match self.settle(&[]) {
                Action::Wait(until) if !self.contact.levels().rst => self.now = until,
                Action::Wait(_) => break,
                end => panic!("{end:?}"),
            }
        }
        self.now += 500;
    }

    fn ready(&mut self, atr: &[u8]) {
        self.power();
        assert_eq!(self.say(atr, &[]), Action::Done(atr.len()));
        assert!(self.contact.is_ready());
    }

    /// Begins a command; the first of it is out.
    fn begin(&mut self, command: &[u8]) {
        self.contact.begin_apdu(command).unwrap();
        assert_eq!(self.wait(command), Action::Wait(0));
    }

    fn last(&self) -> &[u8] {
        self.sent.last().unwrap()
    }
}

/// Ends a test: it must have failed so, the contacts are off, and nothing is left.
fn failed(bench: Bench<'_>, action: Action, error: ContactError) {
    assert_eq!(action, Action::Failed(error));
    assert_eq!(bench.contact.levels(), Levels::OFF);
    assert!(bench.response.iter().all(|&byte| byte == 0));
    assert!(!format!("{error}").is_empty());
}

macro_rules! bench {
    ($bench:ident, $memory:ident) => {
        let mut $memory = Memory::new();
        #[allow(unused_mut)]
        let mut $bench = Bench::new(&mut $memory);
    };
}

fn lrc(block: &[u8]) -> Vec<u8> {
    let sum = block.iter().fold(0, |sum, byte| sum ^ byte);
    block.iter().copied().chain([sum]).collect()
}

#[test]
fn activation_and_deactivation_keep_the_order() {
    bench!(bench, memory);
    bench.ready(T0_ATR);
    assert_eq!(bench.etu, DEFAULT_ETU);
    let [(on, vcc), (clocked, clk), (high, rst)] = bench.levels[..] else { panic!("{:?}", bench.levels) };
    assert_eq!(vcc, Levels { vcc: true, rst: false, clk: false });
    assert_eq!(clk, Levels { vcc: true, rst: false, clk: true });
    assert_eq!(rst, Levels { vcc: true, rst: true, clk: true });
    assert!(clocked > on);
    assert_eq!(high - clocked, 400);
    bench.levels.clear();
    bench.contact.deactivate();
    assert_eq!(bench.settle(&[]), Action::Nothing);
    let order: Vec<_> = bench.levels.iter().map(|&(_, levels)| levels).collect();
    assert_eq!(order, [clk, vcc, Levels::OFF]);
}

#[test]
fn a_warm_reset_holds_rst_for_400_clocks() {
    bench!(bench, memory);
    assert_eq!(bench.contact.begin_reset(0, false), Err(ContactError::NotPowered));
    bench.ready(T0_ATR);
    bench.levels.clear();
    bench.contact.begin_reset(bench.now, false).unwrap();
    let Action::Wait(until) = bench.settle(&[]) else { panic!() };
    assert_eq!(until - bench.now, 400);
    bench.now = until - 1;
    assert_eq!(bench.settle(&[]), Action::Wait(until));
    bench.now = until;
    bench.settle(&[]);
    assert_eq!(bench.levels.len(), 2);
    bench.now += 400;
    assert_eq!(bench.say(T0_ATR, &[]), Action::Done(2));
}

#[test]
fn a_reset_before_the_reset_is_over() {
    bench!(bench, memory);
    bench.contact.begin_reset(0, true).unwrap();
    assert_eq!(bench.settle(&[]), Action::Wait(10_000), "whatever it had before is gone");
    assert_eq!(bench.contact.begin_reset(0, false), Err(ContactError::NotPowered));
    bench.now = 10_000;
    bench.settle(&[]);
    assert_eq!(bench.contact.begin_reset(bench.now, false), Err(ContactError::Busy), "there is no clock yet");
    bench.contact.deactivate();
    bench.settle(&[]);
    bench.power();
    assert_eq!(bench.contact.begin_apdu(VERIFY), Err(ContactError::Busy));
    // A card that is being reset can be reset.
    bench.contact.begin_reset(bench.now, false).unwrap();
    let Action::Wait(until) = bench.settle(&[]) else { panic!() };
    bench.now = until;
    bench.settle(&[]);
    bench.now += 400;
    assert_eq!(bench.say(T0_ATR, &[]), Action::Done(2));
}

#[test]
fn a_mute_card_has_40_000_clocks() {
    bench!(bench, memory);
    bench.power();
    let (reset, _) = *bench.levels.last().unwrap();
    bench.now = reset + 40_000 + 3_720;
    assert!(matches!(bench.settle(&[]), Action::Wait(_)));
    bench.now += 1;
    let end = bench.settle(&[]);
    failed(bench, end, ContactError::Mute);
}

#[test]
fn noise_before_400_clocks_is_no_answer() {
    bench!(bench, memory);
    bench.power();
    let (reset, _) = *bench.levels.last().unwrap();
    bench.contact.handle_byte(reset + 399, Ok(0xFF));
    bench.contact.handle_byte(reset + 399, Err(LineError::Framing));
    assert_eq!(bench.say(T0_ATR, &[]), Action::Done(2));
}

#[test]
fn wrong_answers_to_reset() {
    let endless: Vec<u8> = [0x3B, 0xF0].into_iter().chain([0x80; 40]).collect();
    for (atr, error) in [
        (&[0x3A][..], ContactError::InitialCharacter(0x3A)),
        (&[0x3B, 0x80, 0x01, 0x80], ContactError::AtrCheckByte),
        (&endless, ContactError::AtrTooLong),
    ] {
        bench!(bench, memory);
        bench.power();
        let end = bench.say(atr, &[]);
        let end = if matches!(end, Action::Wait(_)) { bench.wait(&[]) } else { end };
        failed(bench, end, error);
    }
}

#[test]
fn a_cut_answer_waits_9600_etu() {
    bench!(bench, memory);
    bench.power();
    let Action::Wait(until) = bench.say(&T1_ATR[..3], &[]) else { panic!() };
    assert_eq!(until - bench.now, 9_600 * 372);
    let end = bench.wait(&[]);
    failed(bench, end, ContactError::AtrCut { got: 3 });
}

#[test]
fn the_inverse_convention_turns_bytes_and_parity() {
    assert_eq!(inverse(0x3F), 0x03);
    for strict in [false, true] {
        bench!(bench, memory);
        bench.power();
        for byte in [0x3F, 0x00].map(inverse) {
            // Before the port knows, every good character looks wrong to one that checks.
            bench.now += 12 * 372;
            let seen = if strict { Err(LineError::Parity(Some(byte))) } else { Ok(byte) };
            bench.contact.handle_byte(bench.now, seen);
        }
        assert_eq!(bench.settle(&[]), Action::Done(2));
        assert_eq!((bench.contact.atr(), bench.parity), (&[0x3F, 0x00][..], Parity::Odd));
        bench.begin(VERIFY);
        assert_eq!(bench.last(), [0x00, 0x20, 0x00, 0x81, 0x04].map(inverse));
        bench.say(&[inverse(0x20)], VERIFY);
        bench.wait(VERIFY);
        assert_eq!(bench.last(), [0x31, 0x32, 0x33, 0x34].map(inverse));
        assert_eq!(bench.say(&[0x90, 0x00].map(inverse), VERIFY), Action::Done(2));
        assert_eq!(bench.response[..2], [0x90, 0x00]);
        // From here on a parity error is one.
        bench.begin(VERIFY);
        bench.contact.handle_byte(bench.now, Err(LineError::Parity(Some(inverse(0x20)))));
        let end = bench.settle(VERIFY);
        bench.response.fill(0);
        failed(bench, end, ContactError::Parity);
    }
}

#[test]
fn pps_accepted_refused_changed_silent() {
    let atr = &[0x3B, 0x10, 0x95];
    let request = [0xFF, 0x10, 0x95, 0x7A];
    for (answer, etu) in [(&request[..], 32), (&[0xFF, 0x00, 0xFF], 372)] {
        bench!(bench, memory);
        bench.power();
        bench.say(atr, &[]);
        bench.wait(&[]);
        assert_eq!(bench.last(), request);
        assert_eq!(bench.say(answer, &[]), Action::Done(3));
        assert_eq!(bench.etu, etu);
    }
    for (answer, error) in [
        (&[0xFF, 0x10, 0x96, 0x79][..], ContactError::Pps(PpsError::Speed { expected: 0x95, got: 0x96 })),
        (&[0xFF, 0x11, 0x95, 0x7B], ContactError::Pps(PpsError::Protocol { expected: 0, got: 1 })),
        (&[0x00], ContactError::Pps(PpsError::InitialCharacter(0))),
        (&[], ContactError::PpsSilent),
        (&[0xFF, 0x10], ContactError::PpsSilent),
    ] {
        bench!(bench, memory);
        bench.power();
        bench.say(atr, &[]);
        bench.wait(&[]);
        let end = bench.say(answer, &[]);
        let end = if matches!(end, Action::Wait(_)) { bench.wait(&[]) } else { end };
        failed(bench, end, error);
    }
}

/// What the card says after each part that goes out, and the response.
fn t0_case(command: &[u8], script: &[(&[u8], &[u8])], response: &[u8]) {
    bench!(bench, memory);
    bench.ready(T0_ATR);
    bench.begin(command);
    let mut end = Action::Nothing;
    for (at, (sent, answer)) in script.iter().enumerate() {
        assert_eq!(bench.last(), *sent, "part {at}");
        end = bench.say(answer, command);
        if at + 1 < script.len() {
            assert_eq!(bench.wait(command), Action::Wait(0), "part {at}");
        }
    }
    assert_eq!(end, Action::Done(response.len()));
    assert_eq!(&bench.response[..response.len()], response);
    // Bytes after the answer are nobody's.
    assert_eq!(bench.say(&[0x55; 20], &[]), Action::Nothing);
    assert!(bench.contact.is_ready());
    drop(bench);
    assert!(memory.is_wiped());
}

#[test]
fn t0_all_cases() {
    t0_case(&[0, 0x44, 0, 0], &[(&[0, 0x44, 0, 0, 0], &[0x60, 0x60, 0x90, 0])], &[0x90, 0]);
    t0_case(&[0, 0x84, 0, 0, 2], &[(&[0, 0x84, 0, 0, 2], &[0x84, 1, 2, 0x90, 0])], &[1, 2, 0x90, 0]);
    // One byte, then the rest.
    t0_case(
        &[0, 0x84, 0, 0, 2],
        &[(&[0, 0x84, 0, 0, 2], &[0x7B, 1, 0x60, 0x84, 2, 0x90, 0])],
        &[1, 2, 0x90, 0],
    );
    t0_case(
        &VERIFY[..9],
        &[
            (&VERIFY[..5], &[0x60, 0xDF]),
            (&[0x31], &[0xDF]),
            (&[0x32], &[0x20]),
            (&[0x33, 0x34], &[0x63, 0xC2]),
        ],
        &[0x63, 0xC2],
    );
    t0_case(
        &[0, 0xA4, 0, 0, 1, 7, 0],
        &[(&[0, 0xA4, 0, 0, 1], &[0xA4]), (&[7], &[0x61, 1]), (&[0, 0xC0, 0, 0, 1], &[0xC0, 9, 0x90, 0])],
        &[9, 0x90, 0],
    );
    t0_case(
        &[0, 0xB0, 0, 0, 5],
        &[(&[0, 0xB0, 0, 0, 5], &[0x6C, 1]), (&[0, 0xB0, 0, 0, 1], &[0xB0, 9, 0x90, 0])],
        &[9, 0x90, 0],
    );
}

#[test]
fn t0_ends_of_the_bad_kind() {
    let nulls = [0x60; 65_536];
    for (said, error) in [
        (&[][..], ContactError::Timeout),
        (&[0x20, 0x20], ContactError::Timeout),
        (&[0x01], ContactError::ProcedureByte(1)),
        (&nulls, ContactError::TooManyNulls),
    ] {
        bench!(bench, memory);
        bench.ready(T0_ATR);
        bench.begin(VERIFY);
        let mut end = bench.say(said, VERIFY);
        for _ in 0..3 {
            end = if matches!(end, Action::Wait(_)) { bench.wait(VERIFY) } else { end };
        }
        failed(bench, end, error);
        assert!(memory.is_wiped());
    }
}

#[test]
fn t1_chaining_and_waiting() {
    bench!(bench, memory);
    bench.ready(T1_ATR);
    let command = [0x00, 0xCA, 0x00, 0x00, 0x00];
    bench.begin(&command);
    assert_eq!(bench.last(), lrc(&[0x00, 0xC1, 0x01, 0xFE]));
    bench.say(&lrc(&[0x00, 0xE1, 0x01, 0xFE]), &command);
    bench.wait(&command);
    assert_eq!(bench.last(), lrc(&[0x00, 0x00, 0x05, 0x00, 0xCA, 0x00, 0x00, 0x00]));
    bench.say(&lrc(&[0x00, 0xC3, 0x01, 0x05]), &command);
    bench.wait(&command);
    assert_eq!(bench.last(), lrc(&[0x00, 0xE3, 0x01, 0x05]));
    let Action::Wait(until) = bench.settle(&command) else { panic!() };
    assert!(until - bench.now > 4_000_000, "five times the waiting time");
    bench.say(&lrc(&[0x00, 0x20, 0x01, 0x07]), &command);
    bench.wait(&command);
    assert_eq!(bench.last(), lrc(&[0x00, 0x90, 0x00]));
    assert_eq!(bench.say(&lrc(&[0x00, 0x40, 0x02, 0x90, 0x00]), &command), Action::Done(3));
    assert_eq!(bench.response[..3], [0x07, 0x90, 0x00]);
}

#[test]
fn t1_parity_is_mended_by_r_blocks_and_then_named() {
    bench!(bench, memory);
    bench.ready(T1_ATR);
    bench.begin(VERIFY);
    bench.say(&lrc(&[0x00, 0xE1, 0x01, 0xFE]), VERIFY);
    bench.wait(VERIFY);
    bench.contact.handle_byte(bench.now, Err(LineError::Parity(None)));
    bench.wait(VERIFY);
    assert_eq!(bench.last(), lrc(&[0x00, 0x81, 0x00]));
    let mut end = Action::Wait(0);
    let mut tries = 0;
    while end == Action::Wait(0) && tries < 50 {
        bench.contact.handle_byte(bench.now, Err(LineError::Parity(None)));
        end = bench.wait(VERIFY);
        tries += 1;
    }
    assert!(bench.sent.iter().any(|block| block[1] == 0xC0), "RESYNCH");
    let commands = bench.sent.iter().filter(|block| block.windows(4).any(|pin| pin == b"1234")).count();
    assert_eq!(commands, 1);
    failed(bench, end, ContactError::Parity);
    assert!(memory.is_wiped());
}

#[test]
fn pulled_or_overloaded_in_every_phase() {
    for (present, overloaded, error) in
        [(false, false, ContactError::NoCard), (true, true, ContactError::OverCurrent)]
    {
        for (atr, steps) in [(T0_ATR, 9), (T1_ATR, 20)] {
            for stop in 0..steps {
                bench!(bench, memory);
                bench.contact.begin_reset(0, true).unwrap();
                let said: Vec<u8> = atr.iter().copied().chain([0x00; 16]).collect();
                let mut said = said.iter();
                for _ in 0..stop {
                    match bench.settle(VERIFY) {
                        Action::Wait(until) if !bench.contact.levels().rst => bench.now = until,
                        Action::Done(_) => bench.contact.begin_apdu(VERIFY).unwrap(),
                        Action::Wait(_)
                            if !bench.contact.is_ready() && bench.contact.atr().len() < atr.len() =>
                        {
                            bench.now += 500;
                            bench.contact.handle_byte(bench.now, Ok(*said.next().unwrap()));
                        }
                        Action::Wait(until) if bench.sent.is_empty() => bench.now = until,
                        Action::Failed(other) => panic!("{other:?}"),
                        _ => {}
                    }
                }
                bench.contact.handle_card(present, overloaded);
                let end = bench.settle(VERIFY);
                failed(bench, end, error);
                assert!(memory.is_wiped());
            }
        }
    }
}

proptest! {
    /// Whatever comes and whenever: an end in bounded time, no power after a failure, no command twice.
    #[test]
    fn any_line_ends(
        t1 in any::<bool>(),
        events in prop::collection::vec((0_u64..200_000, 0_u8..12, any::<u8>()), 0..80),
    ) {
        let mut memory = Memory::new();
        let mut bench = Bench::new(&mut memory);
        bench.ready(if t1 { T1_ATR } else { T0_ATR });
        bench.contact.begin_apdu(VERIFY).unwrap();
        let mut end = Action::Nothing;
        for (later, kind, byte) in events {
            bench.now += later;
            let byte = match kind {
                0 => Err(LineError::Parity(Some(byte))),
                1 => Err(LineError::Framing),
                2 => Ok(0x20),
                3 => Ok(0x90),
                4 => Ok(0x60),
                _ => Ok(byte),
            };
            bench.contact.handle_byte(bench.now, byte);
            end = bench.settle(VERIFY);
            if !matches!(end, Action::Wait(_)) {
                break;
            }
        }
        for _ in 0..200 {
            if matches!(end, Action::Done(_) | Action::Failed(_)) {
                break;
            }
            end = bench.wait(VERIFY);
        }
        match end {
            Action::Done(_) => prop_assert!(bench.contact.is_ready()),
            Action::Failed(_) => prop_assert_eq!(bench.contact.levels(), Levels::OFF),
            other => prop_assert!(false, "{:?}", other),
        }
        let header = |sent: &&Vec<u8>| sent.starts_with(&VERIFY[..5]);
        prop_assert!(t1 || bench.sent.iter().filter(header).count() <= 1);
        drop(bench);
        prop_assert!(memory.is_wiped());
    }
}
