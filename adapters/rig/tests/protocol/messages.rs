//! Messages: their bytes, the schema's hash, what may be repeated.

use kaztoken_core::Millis;
use kaztoken_rig::Fault;
use kaztoken_rig::frame::FRAME_LEN;
use kaztoken_rig::hello::{Dialect, Features, Hello, NAME_LEN, WELCOME_LEN, Welcome};
use kaztoken_rig::message::{
    Answer, ClassTask, LogLevel, Octets, Outcome, PAYLOAD_LEN, Request, SCHEMA, Task, schema_of,
};
use postcard_schema::Schema;

const LONGEST: &[u8] = &[0xA5; PAYLOAD_LEN];

fn tasks() -> [(Task<'static>, bool); 17] {
    let budget = u32::MAX;
    [
        (Task::PowerOn { budget }, false),
        (Task::PowerOff, true),
        (Task::Reset { budget }, false),
        (Task::Atr, true),
        (Task::Apdu { budget, command: Octets(LONGEST) }, false),
        (Task::Block { budget, block: Octets(LONGEST) }, false),
        (Task::UsbDescribe, true),
        (Task::UsbSend { budget, message: Octets(LONGEST) }, false),
        (Task::UsbReceive { budget }, false),
        (Task::UsbClass { budget, request: ClassTask::Abort { slot: 255, sequence: 255 } }, false),
        (Task::UsbReset { budget }, false),
        (Task::Card, true),
        (Task::Pins, true),
        (Task::Timing, true),
        (Task::Line, true),
        (Task::SelfTest { budget }, true),
        (Task::Log { level: LogLevel::Trace }, true),
    ]
}

#[test]
fn requests_survive_the_line_and_the_longest_fits() {
    for (task, harmless) in tasks() {
        let request = Request { id: u32::MAX, task };
        let mut out = [0; FRAME_LEN + 2];
        let len = kaztoken_rig::frame::write(&mut out, kaztoken_rig::frame::Kind::Request, &request).unwrap();
        assert!(len <= FRAME_LEN + 2);
        let mut bytes = [0; FRAME_LEN];
        let bytes = postcard::to_slice(&request, &mut bytes).unwrap();
        assert_eq!(postcard::take_from_bytes::<Request<'_>>(bytes), Ok((request, &[][..])));
        assert_eq!(task.is_harmless(), harmless, "{task:?}");
        // Nothing shorter is the same.
        for len in 0..bytes.len() {
            assert!(postcard::take_from_bytes::<Request<'_>>(&bytes[..len]).is_err());
        }
    }
}

#[test]
fn answers_survive_the_line() {
    for outcome in [
        Outcome::Failed(Fault::WrongTs(0x3C)),
        Outcome::Done,
        Outcome::Response(Octets(LONGEST)),
        Outcome::Message(None),
        Outcome::Message(Some(Octets(&[]))),
    ] {
        let answer = Answer { id: 7, outcome };
        let mut bytes = [0; FRAME_LEN];
        let bytes = postcard::to_slice(&answer, &mut bytes).unwrap();
        assert_eq!(postcard::take_from_bytes::<Answer<'_>>(bytes), Ok((answer, &[][..])));
    }
}

#[test]
fn the_bytes_of_an_apdu() {
    let task = Task::Apdu { budget: 300, command: Octets(&[0x00, 0x20, 0x00, 0x02]) };
    let mut bytes = [0; 32];
    let bytes = postcard::to_slice(&Request { id: 5, task }, &mut bytes).unwrap();
    // Number, the fifth task, 300 as varint, length, the command.
    assert_eq!(bytes, [5, 4, 0xAC, 0x02, 4, 0x00, 0x20, 0x00, 0x02]);
}

#[test]
fn a_pin_is_never_shown() {
    let pin = b"\x00\x20\x00\x02\x0812345678";
    let shown = format!("{:?}", Request { id: 1, task: Task::Apdu { budget: 1, command: Octets(pin) } });
    assert!(shown.contains("13 bytes") && !shown.contains("49"), "{shown}");
}

mod variants {
    use super::*;

    #[derive(Schema)]
    #[allow(dead_code)]
    pub(super) enum Base {
        One { budget: u32 },
        Two,
    }

    #[derive(Schema)]
    #[allow(dead_code)]
    pub(super) enum OtherType {
        One { budget: u64 },
        Two,
    }

    #[derive(Schema)]
    #[allow(dead_code)]
    pub(super) enum OtherName {
        One { time: u32 },
        Two,
    }

    #[derive(Schema)]
    #[allow(dead_code)]
    pub(super) enum OtherOrder {
        Two,
        One { budget: u32 },
    }

    #[derive(Schema)]
    #[allow(dead_code)]
    pub(super) enum Longer {
        One { budget: u32 },
        Two,
        Three,
    }
}

#[test]
fn the_schema_changes_when_a_type_does() {
    use variants::{Base, Longer, OtherName, OtherOrder, OtherType};
    let hashes = [
        schema_of::<Base>(),
        schema_of::<OtherType>(),
        schema_of::<OtherName>(),
        schema_of::<OtherOrder>(),
        schema_of::<Longer>(),
        schema_of::<(Base, Base)>(),
    ];
    for (at, hash) in hashes.iter().enumerate() {
        assert!(!hashes[..at].contains(hash), "{at}");
    }
    // The real messages are all in it: a request or answer more or less is another schema.
    assert_ne!(SCHEMA, schema_of::<(Request<'_>, Answer<'_>)>());
    // Whoever changes a message sees it here, and need do nothing but write the new number down.
    assert_eq!(SCHEMA, 0x7715_F915_738B_02B6, "{SCHEMA:#018X}");
}

#[test]
fn the_handshakes_bytes_never_change() {
    let dialect = Dialect { version: 0x0201, schema: 0x0A09_0807_0605_0403 };
    let hello = Hello { dialect, session: 0x0E0D_0C0B };
    let bytes = hello.to_bytes();
    assert_eq!(bytes, *b"KZRG\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E");
    assert_eq!(Hello::parse(&bytes), Some(hello));
    assert_eq!(Hello::parse(&[&bytes[..], b"more"].concat()), Some(hello));
    let welcome = Welcome {
        dialect,
        session: 0x0E0D_0C0B,
        features: Features(Features::APDU | Features::USB),
        silence: Millis(2_000),
        firmware: "fw",
        board: "b",
    };
    let mut out = [0; WELCOME_LEN];
    let len = welcome.emit(&mut out);
    let expected = [&bytes[..], b"\x05\0\0\0\xD0\x07\0\0\x02fw\x01b"].concat();
    assert_eq!(out[..len], expected);
    assert_eq!(Welcome::parse(&out[..len]), Some(welcome));
    for len in 0..expected.len() {
        assert_eq!(Welcome::parse(&expected[..len]), None);
        assert!(len >= Hello::LEN || Hello::parse(&expected[..len]).is_none());
    }
    assert_eq!(Hello::parse(b"KZRH5678901234567890"), None);
}

#[test]
fn names_that_are_too_long_are_cut_between_characters() {
    let long = "я".repeat(40);
    let welcome = Welcome {
        dialect: Dialect::OURS,
        session: 0,
        features: Features(!0),
        silence: Millis(u64::MAX),
        firmware: &long,
        board: &long[..NAME_LEN],
    };
    let mut out = [0; WELCOME_LEN];
    let len = welcome.emit(&mut out);
    assert_eq!(len, WELCOME_LEN);
    let read = Welcome::parse(&out).unwrap();
    assert_eq!((read.firmware, read.board), (&long[..NAME_LEN], &long[..NAME_LEN]));
    assert_eq!(read.features.names().count(), 8);
}
