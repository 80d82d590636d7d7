//! The guard: what it lets through to a token that is no virtual one, and what it writes down.

use core::fmt;
use kaztoken_core::Millis;
use kaztoken_core::apdu::{CommandView, Effect};
use kaztoken_core::drive::ApduLink;
use kaztoken_core::pin::Role;
use kaztoken_core::token::Serial;
use kaztoken_rig::host::safety::{
    Account, Event, Guard, GuardError, Kind, Ledger, LedgerError, Refusal, Rules, accounts,
};
use proptest::prelude::*;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

const SERIAL: Serial = Serial(1_198_752_865);
const SELECT: &[u8] = &[0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00, 0x00];
const RIGHT: &[u8] = b"\x00\x20\x00\x02\x0812345678";
const WRONG: &[u8] = b"\x00\x20\x00\x02\x09Canary999";
const ADMIN: &[u8] = b"\x00\x20\x00\x01\x0887654321";
const GENERATE: &[u8] = &[0x00, 0x46, 0x80, 0x01];
const UPDATE: &[u8] = &[0x00, 0xD6, 0x00, 0x00, 0x01, 0x00];
const FORMAT: &[u8] = &[0x80, 0x8A, 0x00, 0x00];
const UNKNOWN: &[u8] = &[0x80, 0xF0, 0x00, 0x00];

/// A token that counts tries, and remembers what reached it.
struct Token {
    serial: Option<Serial>,
    /// Of the user, of the administrator.
    tries: [u8; 2],
    tells_tries: bool,
    reached: Vec<Vec<u8>>,
    /// The answer to the next command with an effect is lost.
    loses: bool,
    ledger: PathBuf,
    /// The ledger when the last PIN came.
    at_pin: String,
}

#[derive(Debug)]
struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("lost")
    }
}

impl core::error::Error for Lost {}

impl Token {
    fn counter(&mut self, reference: u8) -> &mut u8 {
        let [user, admin] = &mut self.tries;
        if reference == 2 { user } else { admin }
    }

    fn answer(&mut self, raw: &[u8]) -> Vec<u8> {
        match *raw {
            [0x00, 0xCA, ..] => match self.serial {
                Some(serial) => [&serial.0.to_be_bytes()[..], &[0x90, 0x00]].concat(),
                None => vec![0x6A, 0x88],
            },
            [0x00, 0x20, 0x00, reference] if self.tells_tries => vec![0x63, 0xC0 | *self.counter(reference)],
            [0x00, 0x20, 0x00, _] => vec![0x6A, 0x88],
            [0x00, 0x20, 0x00, reference, _, ref pin @ ..] => {
                self.at_pin = fs::read_to_string(&self.ledger).unwrap_or_default();
                let counter = self.counter(reference);
                if pin == b"12345678" || pin == b"87654321" {
                    *counter = 10;
                    vec![0x90, 0x00]
                } else {
                    *counter = counter.saturating_sub(1);
                    vec![0x63, 0x00]
                }
            }
            _ => vec![0x90, 0x00],
        }
    }
}

impl ApduLink for Token {
    type Error = Lost;

    fn transmit(&mut self, command: &[u8], response: &mut [u8], _: Millis) -> Result<usize, Lost> {
        let answer = self.answer(command);
        let has_effect = effect(command) != Effect::Nothing;
        self.reached.extend(has_effect.then(|| command.to_vec()));
        if has_effect && core::mem::take(&mut self.loses) {
            return Err(Lost);
        }
        response[..answer.len()].copy_from_slice(&answer);
        Ok(answer.len())
    }
}

fn effect(command: &[u8]) -> Effect {
    CommandView::parse(command).map_or(Effect::Unknown, |view| Effect::of(&view.command()))
}

struct Bench {
    token: Token,
    rules: Rules,
    _folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = folder.path().join("state/ledger.jsonl");
        let token = Token {
            serial: Some(SERIAL),
            tries: [10, 10],
            tells_tries: true,
            reached: Vec::new(),
            loses: false,
            ledger: ledger.clone(),
            at_pin: String::new(),
        };
        let rules = Rules { allow: vec![SERIAL], ledger: Some(ledger), ..Rules::default() };
        Self { token, rules, _folder: folder }
    }

    fn guard(&mut self) -> Guard<&mut Token> {
        let mut guard = Guard::new(&mut self.token, self.rules.clone(), false);
        guard.set_purpose("a test");
        guard
    }

    /// What is refused has not reached the token.
    #[track_caller]
    fn refuses(&mut self, command: &[u8], refusal: Refusal) {
        let before = self.token.reached.len();
        match send(&mut self.guard(), command) {
            Err(GuardError::Refused(why)) => assert_eq!(why, refusal),
            other => panic!("{command:02X?}: {other:?} and not {refusal:?}"),
        }
        assert_eq!(self.token.reached.len(), before);
    }

    fn ledger(&self) -> Ledger {
        Ledger::open(self.rules.ledger.as_ref().unwrap()).unwrap()
    }

    fn account(&self) -> Account {
        self.ledger().account(SERIAL).unwrap()
    }
}

fn send<L: ApduLink>(guard: &mut Guard<L>, command: &[u8]) -> Result<Vec<u8>, GuardError<L::Error>> {
    let mut response = [0; 258];
    let len = guard.transmit(command, &mut response, Millis(1_000))?;
    Ok(response[..len].to_vec())
}

#[test]
fn a_token_that_is_not_on_the_list_is_only_read() {
    let mut bench = Bench::new();
    bench.rules.allow = vec![Serial(1)];
    assert!(send(&mut bench.guard(), SELECT).is_ok());
    assert!(send(&mut bench.guard(), &[0x00, 0x20, 0x00, 0x02]).is_ok());
    assert!(send(&mut bench.guard(), &[0x80, 0x40, 0x00, 0x00]).is_ok(), "a logout");
    for command in [RIGHT, ADMIN, UPDATE, GENERATE, FORMAT, UNKNOWN, &[0x00]] {
        bench.refuses(command, Refusal::NotAllowed(SERIAL));
    }
    bench.token.serial = None;
    bench.refuses(UPDATE, Refusal::NoSerial);
    assert_eq!(bench.account().refused, 7);
    assert!(Refusal::NotAllowed(SERIAL).to_string().contains("\"1198752865\""));
}

#[test]
fn no_pin_below_the_floor() {
    let mut bench = Bench::new();
    for (tries, role, command, passes) in [
        ([3, 10], Role::User, RIGHT, true),
        ([2, 10], Role::User, RIGHT, false),
        ([0, 10], Role::User, RIGHT, false),
        ([10, 5], Role::Admin, ADMIN, true),
        ([10, 4], Role::Admin, ADMIN, false),
    ] {
        bench.token.tries = tries;
        let floor = bench.rules.floor(role);
        if passes {
            assert_eq!(send(&mut bench.guard(), command).unwrap(), [0x90, 0x00]);
        } else {
            let tries = if role == Role::User { tries[0] } else { tries[1] };
            bench.refuses(command, Refusal::BelowFloor { role, tries, floor });
        }
    }
    // Whatever costs a try: the old PIN in CHANGE REFERENCE DATA.
    bench.rules.destructive = true;
    bench.token.tries = [2, 10];
    let change = b"\x00\x24\x00\x02\x1012345678CanaryPin";
    bench.refuses(change, Refusal::BelowFloor { role: Role::User, tries: 2, floor: 3 });
    assert!(send(&mut bench.guard(), &[0x00, 0x2C, 0x03, 0x02]).is_ok(), "the way out");
    bench.token.tells_tries = false;
    bench.refuses(RIGHT, Refusal::TriesUnknown(Role::User));
}

#[test]
fn after_a_wrong_pin_there_is_no_other() {
    let mut bench = Bench::new();
    let mut guard = bench.guard();
    assert_eq!(send(&mut guard, WRONG).unwrap(), [0x63, 0x00]);
    for command in [RIGHT, WRONG] {
        let refused = send(&mut guard, command);
        assert!(matches!(refused, Err(GuardError::Refused(Refusal::WrongBefore(Role::User)))), "{refused:?}");
    }
    assert!(send(&mut guard, ADMIN).is_ok(), "the other PIN was not wrong");
    assert_eq!(bench.token.tries, [9, 10]);
    // Nor by the next program, tomorrow night.
    bench.refuses(RIGHT, Refusal::WrongBefore(Role::User));
    bench.ledger().note(Serial(1), "of another token", Event::Forgiven).unwrap();
    bench.refuses(RIGHT, Refusal::WrongBefore(Role::User));
    bench.ledger().note(SERIAL, "a person", Event::Forgiven).unwrap();
    assert!(send(&mut bench.guard(), RIGHT).is_ok());
    bench.token.loses = true;
    let mut guard = bench.guard();
    assert!(matches!(send(&mut guard, RIGHT), Err(GuardError::Link(Lost))));
    assert!(matches!(send(&mut guard, RIGHT), Err(GuardError::Refused(Refusal::WrongBefore(Role::User)))));
}

#[test]
fn what_erases_and_what_is_unknown_is_locked() {
    let mut bench = Bench::new();
    bench.refuses(FORMAT, Refusal::Destructive { cla: 0x80, ins: 0x8A });
    bench.refuses(&[0x00, 0x2C, 0x03, 0x02], Refusal::Destructive { cla: 0x00, ins: 0x2C });
    bench.refuses(&[0x00, 0xE4, 0x00, 0x00], Refusal::Destructive { cla: 0x00, ins: 0xE4 });
    bench.refuses(UNKNOWN, Refusal::Unknown { cla: 0x80, ins: 0xF0 });
    bench.refuses(&[0x00, 0xF0], Refusal::Unknown { cla: 0x00, ins: 0xF0 });
    bench.refuses(&[0x00], Refusal::Unknown { cla: 0x00, ins: 0x00 });
    bench.refuses(&[0x00, 0x46], Refusal::Unknown { cla: 0x00, ins: 0x46 });
    bench.rules.destructive = true;
    assert!(send(&mut bench.guard(), FORMAT).is_ok());
    bench.refuses(UNKNOWN, Refusal::Unknown { cla: 0x80, ins: 0xF0 });
    bench.rules.unknown = true;
    assert!(send(&mut bench.guard(), UNKNOWN).is_ok());
    // Unlocked or not: other references and channels, the odd instruction, lengths that are wrong.
    for disguised in [
        &b"\x00\x20\x00\x03\x0812345678"[..],
        b"\x10\x20\x00\x02\x041234",
        b"\x01\x20\x00\x02\x0812345678",
        b"\x00\x21\x00\x02\x0812345678",
        b"\x00\x20\x00\x02\x0912345678",
        b"\x0C\x24\x00\x02\x0812345678",
        b"\x00\x20",
    ] {
        let refusal = Refusal::Disguised { cla: disguised[0], ins: disguised[1] };
        bench.refuses(disguised, refusal);
    }
    let account = bench.account();
    assert_eq!((account.destructive, account.refused), (2, 15));
    // Unusual forms of what is locked are locked, too.
    bench.rules.destructive = false;
    for (command, ins) in
        [(&[0x01, 0xE4, 0x00, 0x00][..], 0xE4), (&[0x84, 0x8A, 0x00, 0x00], 0x8A), (&[0x81, 0x84], 0x84)]
    {
        bench.refuses(command, Refusal::Destructive { cla: command[0], ins });
    }
}

#[test]
fn keys_are_generated_up_to_the_budget() {
    let mut bench = Bench::new();
    bench.rules.generations = 3;
    for _ in 0..3 {
        assert!(send(&mut bench.guard(), GENERATE).is_ok());
    }
    bench.refuses(GENERATE, Refusal::WornOut { generations: 3 });
    bench.rules.unknown = true;
    bench.refuses(&[0x00, 0x47, 0x80, 0x01], Refusal::WornOut { generations: 3 });
    bench.refuses(&[0x01, 0x46, 0x80, 0x01], Refusal::WornOut { generations: 3 });
    // Reading the public key of one is no generation.
    assert!(send(&mut bench.guard(), &[0x00, 0x46, 0x81, 0x01, 0x00]).is_ok());
    assert_eq!(bench.account().generations, 3);
}

#[test]
fn a_pin_is_written_down_before_it_is_sent() {
    let mut bench = Bench::new();
    assert!(send(&mut bench.guard(), RIGHT).is_ok());
    assert!(bench.token.at_pin.contains("begun") && bench.token.at_pin.ends_with('\n'));
    assert!(!bench.token.at_pin.contains("ended"));
    assert!(send(&mut bench.guard(), WRONG).is_ok());
    bench.token.loses = true;
    assert!(send(&mut bench.guard(), ADMIN).is_err());
    let (entries, unreadable) = bench.ledger().entries().unwrap();
    let events: Vec<_> = entries.into_iter().map(|entry| (entry.purpose, entry.event)).collect();
    let begun = |command, tries| ("a test".to_owned(), Event::Begun { command, tries });
    let ended = |status: &str| {
        ("a test".to_owned(), Event::Ended { command: Kind::UserPin, status: status.to_owned() })
    };
    assert_eq!(unreadable, 0);
    assert_eq!(
        events,
        [
            begun(Kind::UserPin, Some(10)),
            ended("9000"),
            begun(Kind::UserPin, Some(10)),
            ended("6300"),
            // What lost its answer counts as one that was wrong.
            begun(Kind::AdminPin, Some(10)),
        ]
    );
    let account = bench.account();
    assert_eq!((account.pins, account.not_accepted), (3, 2));
    let text = fs::read_to_string(bench.rules.ledger.as_ref().unwrap()).unwrap();
    for secret in ["Canary", "43616E617279", "12345678", "3132333435363738"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
fn without_a_ledger_nothing_is_sent() {
    let mut bench = Bench::new();
    let ledger = bench.rules.ledger.take();
    for command in [RIGHT, GENERATE] {
        let refused = send(&mut bench.guard(), command);
        assert!(matches!(refused, Err(GuardError::Ledger(LedgerError::NoFile))), "{refused:?}");
    }
    // A folder in the place of the file.
    fs::create_dir_all(ledger.as_ref().unwrap()).unwrap();
    bench.rules.ledger = ledger;
    let refused = send(&mut bench.guard(), RIGHT);
    assert!(matches!(refused, Err(GuardError::Ledger(LedgerError::File { .. }))), "{refused:?}");
    assert!(bench.token.reached.is_empty());
    assert!(send(&mut bench.guard(), UPDATE).is_ok(), "writing costs no try");
}

#[test]
fn a_ledger_that_was_cut_off_or_damaged_goes_on() {
    let mut bench = Bench::new();
    send(&mut bench.guard(), RIGHT).unwrap();
    let path = bench.rules.ledger.clone().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes.truncate(bytes.len() - 20);
    fs::write(&path, &bytes).unwrap();
    // How it ended is lost: nobody knows that it was right.
    bench.refuses(RIGHT, Refusal::WrongBefore(Role::User));
    bench.ledger().note(SERIAL, "a person", Event::Forgiven).unwrap();
    send(&mut bench.guard(), RIGHT).unwrap();
    let (entries, unreadable) = bench.ledger().entries().unwrap();
    assert_eq!((entries.len(), unreadable), (5, 1));
    assert_eq!(bench.account().generations, 1, "what cannot be read may have been one");
    // The end of the first was lost: it counts as wrong.
    assert_eq!(bench.account().not_accepted, 1);
    bytes.splice(3..9, [0xFF, 0x00, 0x80, b'"', b'{', b'\\']);
    bytes.extend_from_slice(b"\n\n\xC3\n{}\n");
    fs::write(&path, bytes).unwrap();
    assert_eq!(bench.ledger().entries().unwrap(), (Vec::new(), 4));
}

#[test]
fn two_programs_write_into_one_ledger() {
    let bench = Bench::new();
    std::thread::scope(|scope| {
        for serial in 1..=4 {
            let mut ledger = bench.ledger();
            scope.spawn(move || {
                for _ in 0..50 {
                    let event = Event::Begun { command: Kind::Generate, tries: None };
                    ledger.note(Serial(serial), "together", event).unwrap();
                }
            });
        }
    });
    let (entries, unreadable) = bench.ledger().entries().unwrap();
    let accounts = accounts(&entries);
    assert_eq!((unreadable, accounts.len()), (0, 4));
    assert!(accounts.values().all(|account| account.generations == 50), "{accounts:?}");
}

#[test]
fn after_an_error_it_may_be_another_token() {
    let mut bench = Bench::new();
    bench.token.loses = true;
    let mut guard = Guard::new(Swapped { token: &mut bench.token }, bench.rules.clone(), false);
    assert!(matches!(send(&mut guard, UPDATE), Err(GuardError::Link(Lost))));
    let refused = send(&mut guard, UPDATE);
    assert!(matches!(refused, Err(GuardError::Refused(Refusal::NotAllowed(Serial(2))))), "{refused:?}");
}

/// Once an answer was lost, there is another token.
struct Swapped<'t> {
    token: &'t mut Token,
}

impl ApduLink for Swapped<'_> {
    type Error = Lost;

    fn transmit(&mut self, command: &[u8], response: &mut [u8], budget: Millis) -> Result<usize, Lost> {
        let outcome = self.token.transmit(command, response, budget);
        if outcome.is_err() {
            self.token.serial = Some(Serial(2));
        }
        outcome
    }
}

#[test]
fn a_virtual_token_is_treated_as_one_likes() {
    let mut bench = Bench::new();
    bench.rules = Rules::default();
    bench.token.tries = [1, 1];
    let mut guard = Guard::new(&mut bench.token, bench.rules.clone(), true);
    for command in [WRONG, RIGHT, ADMIN, FORMAT, UNKNOWN, GENERATE, UPDATE] {
        assert!(send(&mut guard, command).is_ok(), "{command:02X?}");
    }
    assert_eq!(bench.token.reached.len(), 7);
}

fn commands() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        SELECT,
        RIGHT,
        WRONG,
        ADMIN,
        GENERATE,
        UPDATE,
        FORMAT,
        UNKNOWN,
        b"\x10\x20\x00\x02\x03can",
        b"\x00\x20\x00\x01\x03can",
    ]);
    prop_oneof![
        3 => known.prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..12),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever is asked for, in whatever order, on whatever token: what reaches it was allowed.
    #[test]
    fn nothing_forbidden_reaches_the_token(
        sequence in prop::collection::vec((commands(), any::<bool>()), 1..20),
        tries in prop::array::uniform2(0u8..=10),
        allowed in any::<bool>(),
        destructive in any::<bool>(),
        unknown in any::<bool>(),
        generations in 0u32..3,
    ) {
        let mut bench = Bench::new();
        bench.rules = Rules { destructive, unknown, generations, ..bench.rules };
        if !allowed {
            bench.rules.allow.clear();
        }
        let rules = bench.rules.clone();
        bench.token.tries = tries;
        let (mut generated, mut pins) = (0, [0; 2]);
        for (command, loses) in sequence {
            let before = bench.token.tries;
            bench.token.loses = loses;
            let count = bench.token.reached.len();
            let _ = send(&mut bench.guard(), &command);
            for reached in &bench.token.reached[count..] {
                prop_assert_eq!(reached, &command);
                match effect(reached) {
                    Effect::Pin(2) => { prop_assert!(allowed && before[0] >= rules.user_floor); pins[0] += 1; }
                    Effect::Pin(1) => { prop_assert!(allowed && before[1] >= rules.admin_floor); pins[1] += 1; }
                    Effect::Pin(_) => prop_assert!(false, "a PIN of nobody's"),
                    Effect::Unknown => prop_assert!(allowed && unknown),
                    Effect::Destroy => prop_assert!(allowed && destructive),
                    Effect::Generate => { generated += 1; prop_assert!(allowed && generated <= generations); }
                    Effect::Change => prop_assert!(allowed),
                    _ => {}
                }
            }
            prop_assert!(bench.token.reached.len() <= count + 1, "sent twice");
        }
        prop_assert_eq!(bench.account().pins, pins[0] + pins[1]);
    }
}
