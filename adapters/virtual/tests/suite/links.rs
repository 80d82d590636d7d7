//! The links in process, driven by the core's own host side, with planned faults.

use super::common::{SERIAL, Token, factory, hex, token};
use core::cell::Cell;
use kaztoken_core::Millis;
use kaztoken_core::ccid::{CcidLink, ClassDescriptor};
use kaztoken_core::drive::{ApduLink, BulkPipe, Connection, Failure};
use kaztoken_core::pin::{LastTry, Pin};
use kaztoken_core::token::Protocol;
use kaztoken_virtual::ccid::{CcidDevice, class_descriptor};
use kaztoken_virtual::link::{InProcess, LinkError, VirtualPipe};
use kaztoken_virtual::{Model, State};

/// A pipe to a factory token and its clock.
fn with_pipe<T>(
    plan: &str,
    test: impl FnOnce(VirtualPipe<Token, &dyn Fn(Millis)>, &dyn Fn() -> Millis) -> T,
) -> T {
    let now = Cell::new(0);
    let plan = if plan.is_empty() { Default::default() } else { plan.parse().unwrap() };
    let wait = |by: Millis| now.set(now.get() + by.0);
    let pipe = VirtualPipe::new(factory(), CcidDevice::new(plan), &wait as &dyn Fn(Millis));
    test(pipe, &|| Millis(now.get()))
}

fn transmit(link: &mut impl ApduLink, command: &str) -> Result<Vec<u8>, String> {
    let mut response = [0; 258];
    let len =
        link.transmit(&hex(command), &mut response, Millis(60_000)).map_err(|error| error.to_string())?;
    Ok(response[..len].to_vec())
}

#[test]
fn the_descriptor_is_the_one_of_the_rutoken_ecp() {
    let expected = "36 21 0001 00 01 02000000 FC0D0000 FC0D0000 00 80250000 80250000 00 \
                    FE000000 00000000 00000000 40080200 0F010000 FF FF 0000 00 01";
    let bytes = class_descriptor(Model::Kaztoken).to_bytes();
    assert_eq!(bytes.to_vec(), hex(expected));
    assert_eq!(ClassDescriptor::parse(&bytes), Ok(class_descriptor(Model::Kaztoken)));
}

#[test]
fn two_transfers_until_ready_and_two_an_apdu() {
    with_pipe("", |mut pipe, clock| {
        let mut link = CcidLink::open(&mut pipe, clock, &class_descriptor(Model::Kaztoken)).unwrap();
        assert_eq!(link.atr_bytes(), Model::Kaztoken.atr());
        for _ in 0..3 {
            assert_eq!(transmit(&mut link, "00 20 00 02").unwrap(), [0x63, 0xCA]);
        }
        drop(link);
        let transfers = pipe.transfers();
        assert_eq!((transfers.sent, transfers.received), (4, 4));
    });
}

#[test]
fn a_login_whose_answer_was_lost_does_not_outlive_the_connection() {
    // Messages: power on, log out, tries, VERIFY. The card carries it out, nobody hears of it. In the first row the
    // device confirms the abort sequence (message 5) and a logout follows; in the second it does not, and the power
    // goes.
    for (faults, expected) in [("drop@4", (12, 0x77, 0x00)), ("drop@4,drop@5", (10, 0x77, 0x41))] {
        with_pipe(faults, |mut pipe, clock| {
            let link = CcidLink::open(&mut pipe, clock, &class_descriptor(Model::Kaztoken)).unwrap();
            let mut connection = Connection::new(link, Protocol::T1);
            let pin = Pin::new(b"12345678").unwrap();
            let login = connection.run(async |s| s.login_user(&pin, LastTry::Refuse).await.map(|_| ()));
            assert!(matches!(login, Err(Failure::Link(_))), "{login:?}");
            drop(connection);
            // XfrBlock with an empty VERIFY, without powering on: tries left, or no power at all.
            pipe.send(&hex("6F 04000000 00 77 00 0000 00200002"), Millis(1000)).unwrap();
            let mut answer = [0; 64];
            let len = pipe.receive(&mut answer, Millis(1000)).unwrap().unwrap();
            assert_eq!((len, answer[6], answer[7]), expected, "{:02X?}", &answer[..len]);
            if len > 10 {
                assert_eq!(answer[10..12], [0x63, 0xCA], "nobody is logged in");
            }
        });
    }
}

#[test]
fn time_extensions_are_sent_and_waited_for() {
    with_pipe("extend@20:5x1000ms", |mut pipe, clock| {
        let mut link = CcidLink::open(&mut pipe, clock, &class_descriptor(Model::Kaztoken)).unwrap();
        assert_eq!(transmit(&mut link, "00 20 00 02").unwrap(), [0x63, 0xCA]);
        assert_eq!(clock(), Millis(5001), "one of them to look for what others left");
        assert_eq!(transmit(&mut link, "00 CA 01 81 08").unwrap().len(), 10);
        assert_eq!(clock(), Millis(5001), "one of them to look for what others left");
        drop(link);
        assert_eq!(pipe.transfers().received, 8);
    });
}

#[test]
fn key_generation_takes_its_time() {
    let now = Cell::new(0);
    let device = CcidDevice::new(Default::default()).generation_time(Millis(2500));
    let mut pipe = VirtualPipe::new(factory(), device, |by: Millis| now.set(now.get() + by.0));
    let mut link =
        CcidLink::open(&mut pipe, || Millis(now.get()), &class_descriptor(Model::Kaztoken)).unwrap();
    assert_eq!(transmit(&mut link, "00 46 80 01 00").unwrap(), [0x6A, 0x88]);
    drop(link);
    // One millisecond of it looks for what others left on the way.
    assert_eq!((now.get(), pipe.transfers().received), (2501, 4));
}

#[test]
fn each_fault_reaches_the_host() {
    // Message 2 is the first APDU.
    for (plan, result) in [
        ("duplicate@1", Ok(())),
        ("late@2:3000ms", Ok(())),
        ("drop@2", Err(())),
        ("corrupt@2", Err(())),
        ("corrupt@2:5", Err(())),
        ("unplug@2", Err(())),
    ] {
        with_pipe(plan, |pipe, clock| {
            let mut link = CcidLink::open(pipe, clock, &class_descriptor(Model::Kaztoken)).unwrap();
            let answer = transmit(&mut link, "00 CA 01 81 08");
            assert_eq!(answer.as_ref().map(|_| ()).map_err(|_| ()), result, "{plan}: {answer:?}");
        });
    }
}

#[test]
fn an_unplugged_token_has_forgotten_the_pin_but_not_the_try() {
    let plan = "unplug@3".parse().unwrap();
    let mut link = InProcess::with_faults(factory(), plan);
    assert_eq!(transmit(&mut link, "00 20 00 02 08 \"12345679\"").unwrap(), [0x63, 0]);
    assert_eq!(transmit(&mut link, "00 20 00 02 08 \"12345678\"").unwrap(), [0x90, 0]);
    for _ in 0..2 {
        let answer = link.transmit(&hex("00 20 00 02"), &mut [0; 258], Millis(1));
        assert_eq!(answer, Err(LinkError::Unplugged));
    }
    link.power_cycle();
    assert_eq!(transmit(&mut link, "00 20 00 02").unwrap(), [0x63, 0xCA]);
}

#[test]
fn a_dropped_answer_belongs_to_a_command_carried_out() {
    let mut link = InProcess::with_faults(factory(), "drop@1".parse().unwrap());
    let answer = link.transmit(&hex("00 20 00 02 08 \"12345679\""), &mut [0; 258], Millis(1));
    assert_eq!(answer, Err(LinkError::NoAnswer));
    assert_eq!(transmit(&mut link, "00 20 00 02").unwrap(), [0x63, 0xC9]);
    assert_eq!(link.commands(), 2);
    assert_eq!(
        link.transmit(&hex("00 CA 01 81 08"), &mut [0; 4], Millis(1)),
        Err(LinkError::BufferTooSmall { needed: 10, got: 4 })
    );
}

/// Sends a message and takes the one answer.
fn answer(pipe: &mut impl BulkPipe, message: &str) -> Vec<u8> {
    let mut buffer = [0; 320];
    pipe.send(&hex(message), Millis(1)).unwrap();
    let len = pipe.receive(&mut buffer, Millis(1)).unwrap().unwrap();
    buffer[..len].to_vec()
}

#[test]
fn the_ccid_device_answers_every_message() {
    with_pipe("", |mut pipe, _| {
        for (message, expected) in [
            ("65 00000000 00 01 000000", "81 00000000 00 01 01 00 01"),
            ("6F 04000000 00 02 000000 00200002", "80 00000000 00 02 41 FE 00"),
            ("62 00000000 00 03 020000", "80 00000000 00 03 41 07 00"),
            ("62 00000000 00 04 010000", "80 0C000000 00 04 00 00 00 3B8801 \"KAZTOKEN\" 82"),
            ("65 00000000 00 05 000000", "81 00000000 00 05 00 00 00"),
            ("6F 04000000 00 06 000000 00200002", "80 02000000 00 06 00 00 00 63CA"),
            ("6F 04000000 01 07 000000 00200002", "80 00000000 01 07 42 05 00"),
            ("6F 05000000 00 08 000000 00200002", "80 00000000 00 08 40 01 00"),
            ("6F 00000000 00 09 000000", "80 00000000 00 09 40 01 00"),
            ("6C 00000000 00 0A 000000", "82 07000000 00 0A 00 00 01 1110004D00FE00"),
            ("6B 00000000 00 0B 000000", "83 00000000 00 0B 40 00 00"),
            ("69 00000000 00 0C 000000", "80 00000000 00 0C 40 00 00"),
            ("77 00000000 00 0D 000000", "81 00000000 00 0D 40 00 00"),
            ("72 00000000 00 0E 000000", "81 00000000 00 0E 00 00 00"),
            ("63 00000000 00 0F 000000", "81 00000000 00 0F 01 00 01"),
        ] {
            assert_eq!(answer(&mut pipe, message), hex(expected), "{message}");
        }
        pipe.send(&[0x62, 0, 0], Millis(1)).unwrap();
        assert_eq!(pipe.receive(&mut [0; 320], Millis(1)), Ok(None));
    });
}

#[test]
fn power_off_drops_the_pin() {
    with_pipe("", |mut pipe, _| {
        answer(&mut pipe, "62 00000000 00 00 000000");
        let verified = answer(&mut pipe, "6F 0D000000 00 01 000000 0020000208 \"12345678\"");
        assert!(verified.ends_with(&[0x90, 0]));
        answer(&mut pipe, "63 00000000 00 02 000000");
        answer(&mut pipe, "62 00000000 00 03 000000");
        assert!(answer(&mut pipe, "6F 04000000 00 04 000000 00200002").ends_with(&[0x63, 0xCA]));
    });
}

#[test]
fn the_t0_dialogue() {
    let mut link = InProcess::new(token(State::factory(Model::KaztokenSc, SERIAL)));
    for (command, response) in [
        ("00 A4 00 00 02 3F00", "61 26"),
        ("00 C0 00 00 00", "6C 26"),
        (
            "00 C0 00 00 26",
            "6F24 8002 0000 8102 0020 8202 3800 8302 3F00 8A0105 860F 47020201000000FF 00*7 9000",
        ),
        ("00 C0 00 00 26", "6985"),
        ("00 20 00 02 08 \"12345678\"", "9000"),
        ("00 20 00 02 00", "9000"),
        ("00 CA 01 81 00", "6C 08"),
        ("00 CA 01 81 08", "0000000047738461 9000"),
        ("00 A4 08 00 04 1000 1004", "61 26"),
        // The vendor employee's example on a real card: a file for the user alone.
        ("00 E0 00 00 1F 6F 1D 80 02 00 06 82 02 01 00 83 02 AA AA 86 0F 43 02 02 00*12", "9000"),
        ("00 A4 08 00 06 10 00 10 04 AA AA", "61 26"),
        ("00 D6 00 00 06 73 65 63 72 65 74", "9000"),
        ("00 B0 00 00 00", "6C 06"),
        ("00 B0 00 00 06", "\"secret\" 9000"),
        ("80 40 00 00 00", "9000"),
        ("00 B0 00 00 06", "6982"),
        ("00 A4 03 00 00", "61 26"),
    ] {
        assert_eq!(transmit(&mut link, command).unwrap(), hex(response), "{command}");
    }
}
