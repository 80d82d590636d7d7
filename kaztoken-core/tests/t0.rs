//! T=0 at the TPDU level: every case of a short APDU, GET RESPONSE, the right Le, and their limits.

use kaztoken_core::apdu::{Command, Exchange, Next};
use kaztoken_core::tpdu::t0::{Step, T0, T0Error};
use proptest::prelude::*;

/// Plays a script of (TPDU expected, answer) and returns how it ended and the response.
fn play(class: u8, command: &[u8], script: &[(&[u8], &[u8])]) -> Result<Vec<u8>, T0Error> {
    let (mut out, mut response) = ([0; 260], [0xEE; 258]);
    let mut t0 = T0::new(class);
    t0.exchange(command)?;
    for (at, (tpdu, answer)) in script.iter().enumerate() {
        let len = t0.tpdu(command, &mut out);
        assert_eq!(&out[..len], *tpdu, "TPDU {at}");
        match t0.handle_answer(answer, command, &mut response) {
            Step::Send => {}
            Step::Done(n) => {
                assert_eq!(at + 1, script.len(), "ended early");
                assert_eq!(t0.tpdu(command, &mut out), 0, "nothing more to send");
                return Ok(response[..n].to_vec());
            }
            Step::Failed(error) => {
                assert_eq!(at + 1, script.len(), "failed early");
                assert_eq!(t0.tpdu(command, &mut out), 0, "nothing more to send");
                return Err(error);
            }
        }
    }
    let len = t0.tpdu(command, &mut out);
    panic!("the script ended, the machine sends {:02X?}", &out[..len]);
}

const SELECT_4S: &[u8] = &[0x00, 0xA4, 0x08, 0x00, 0x02, 0x50, 0x00, 0x00];
const SELECT_TPDU: &[u8] = &[0x00, 0xA4, 0x08, 0x00, 0x02, 0x50, 0x00];
const CHALLENGE: &[u8] = &[0x00, 0x84, 0x00, 0x00, 0x00];

fn with_status(len: usize, sw: [u8; 2]) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..len).map(|n| n as u8).collect();
    bytes.extend(sw);
    bytes
}

#[test]
fn z01_case_1_goes_with_p3_00() {
    let played = play(0xFF, &[0, 0x20, 0, 2], &[(&[0, 0x20, 0, 2, 0], &[0x63, 0xC8])]);
    assert_eq!(played, Ok(vec![0x63, 0xC8]));
    // No Le was sent, so 6Cxx and 61xx are the caller's.
    for sw in [[0x6C, 8], [0x61, 8]] {
        let played = play(0xFF, &[0, 0x44, 0, 0], &[(&[0, 0x44, 0, 0, 0], &sw)]);
        assert_eq!(played, Ok(sw.to_vec()));
    }
}

#[test]
fn z02_case_4_goes_without_le_and_is_fetched() {
    let played = play(
        0xFF,
        SELECT_4S,
        &[(SELECT_TPDU, &[0x61, 0x03]), (&[0, 0xC0, 0, 0, 3], &[0x6F, 0x01, 0xAA, 0x90, 0x00])],
    );
    assert_eq!(played, Ok(vec![0x6F, 0x01, 0xAA, 0x90, 0x00]));
}

#[test]
fn z02_the_class_of_get_response() {
    for (configured, command_class, sent) in [
        (0x00, 0x80, 0x00),
        (0xA0, 0x00, 0xA0),
        (0xFF, 0x00, 0x00),
        (0xFF, 0x03, 0x03),
        // Chaining and both bits of secure messaging go, the channel stays.
        (0xFF, 0x1E, 0x02),
        (0xFF, 0x7B, 0x4B),
        (0xFF, 0x45, 0x45),
        // Proprietary: as it is.
        (0xFF, 0x80, 0x80),
        (0xFF, 0x9C, 0x9C),
        (0xFF, 0xA0, 0xA0),
    ] {
        let command = [command_class, 0x2A, 0, 0, 1, 0xAA, 0];
        let played = play(
            configured,
            &command,
            &[(&command[..6], &[0x61, 0x01]), (&[sent, 0xC0, 0, 0, 1], &[0x55, 0x90, 0x00])],
        );
        assert_eq!(played, Ok(vec![0x55, 0x90, 0x00]), "{configured:02X} {command_class:02X}");
    }
}

#[test]
fn z02_never_more_than_ne_is_fetched() {
    let mut command = SELECT_4S.to_vec();
    command[7] = 4;
    let played = play(
        0xFF,
        &command,
        &[(SELECT_TPDU, &[0x61, 0x26]), (&[0, 0xC0, 0, 0, 4], &[1, 2, 3, 4, 0x61, 0x22])],
    );
    // What is left stays announced.
    assert_eq!(played, Ok(vec![1, 2, 3, 4, 0x61, 0x22]));
}

#[test]
fn z02_case_4_that_ends_at_once() {
    for sw in [[0x90, 0x00], [0x6A, 0x82], [0x6C, 0x10]] {
        assert_eq!(play(0xFF, SELECT_4S, &[(SELECT_TPDU, &sw)]), Ok(sw.to_vec()));
    }
}

#[test]
fn z03_the_right_le_is_sent_once() {
    let played = play(
        0xFF,
        CHALLENGE,
        &[(CHALLENGE, &[0x6C, 0x08]), (&[0, 0x84, 0, 0, 8], &with_status(8, [0x90, 0x00]))],
    );
    assert_eq!(played, Ok(with_status(8, [0x90, 0x00])));
    // Of GET RESPONSE, too.
    let played = play(
        0xFF,
        SELECT_4S,
        &[
            (SELECT_TPDU, &[0x61, 0x10]),
            (&[0, 0xC0, 0, 0, 0x10], &[0x6C, 0x02]),
            (&[0, 0xC0, 0, 0, 2], &[1, 2, 0x90, 0x00]),
        ],
    );
    assert_eq!(played, Ok(vec![1, 2, 0x90, 0x00]));
    // More than Ne would be fetched: the caller's decision.
    let played = play(0xFF, &[0, 0x84, 0, 0, 4], &[(&[0, 0x84, 0, 0, 4], &[0x6C, 0x08])]);
    assert_eq!(played, Ok(vec![0x6C, 0x08]));
}

#[test]
fn z03_a_secret_command_is_not_sent_again() {
    for ins in [0x20, 0x21, 0x24, 0x25, 0x2C, 0x2D] {
        let command = [0, ins, 0, 2, 0];
        assert_eq!(play(0xFF, &command, &[(&command, &[0x6C, 0x08])]), Ok(vec![0x6C, 0x08]));
    }
}

#[test]
fn z04_61_00_is_256() {
    let played = play(
        0xFF,
        SELECT_4S,
        &[(SELECT_TPDU, &[0x61, 0x00]), (&[0, 0xC0, 0, 0, 0], &with_status(256, [0x90, 0x00]))],
    );
    assert_eq!(played, Ok(with_status(256, [0x90, 0x00])));
}

#[test]
fn z05_announcements_for_ever_end() {
    // Without data.
    let script: &[(&[u8], &[u8])] = &[(SELECT_TPDU, &[0x61, 0x10]), (&[0, 0xC0, 0, 0, 0x10], &[0x61, 0x10])];
    assert_eq!(play(0xFF, SELECT_4S, script), Err(T0Error::Endless));
    // A byte each.
    let mut t0 = T0::new(0xFF);
    t0.exchange(SELECT_4S).unwrap();
    let (mut response, mut answer, mut rounds) = ([0; 300], &[0x61, 1][..], 0);
    while t0.handle_answer(answer, SELECT_4S, &mut response) == Step::Send {
        answer = &[0xAA, 0x61, 1];
        rounds += 1;
    }
    assert_eq!(rounds, 64);
    // More than the buffer holds.
    let mut response = [0; 20];
    t0.exchange(SELECT_4S).unwrap();
    assert_eq!(t0.handle_answer(&[0x61, 0x10], SELECT_4S, &mut response), Step::Send);
    assert_eq!(t0.handle_answer(&with_status(16, [0x61, 0x10]), SELECT_4S, &mut response), Step::Send);
    assert_eq!(
        t0.handle_answer(&with_status(16, [0x61, 0x10]), SELECT_4S, &mut response),
        Step::Failed(T0Error::BufferTooSmall { needed: 34, got: 20 })
    );
}

#[test]
fn z06_6c_twice_is_an_error() {
    let again: &[u8] = &[0, 0x84, 0, 0, 8];
    for second in [8, 9] {
        let script: &[(&[u8], &[u8])] = &[(CHALLENGE, &[0x6C, 0x08]), (again, &[0x6C, second])];
        assert_eq!(play(0xFF, CHALLENGE, script), Err(T0Error::WrongLengthTwice));
    }
}

#[test]
fn z07_no_status_word() {
    assert_eq!(play(0xFF, CHALLENGE, &[(CHALLENGE, &[0x60])]), Err(T0Error::NoStatusWord { got: 1 }));
    assert_eq!(play(0xFF, CHALLENGE, &[(CHALLENGE, &[])]), Err(T0Error::NoStatusWord { got: 0 }));
    for sw in [[0x60, 0x00], [0x00, 0x00], [0x84, 0x00], [0xA0, 0x00], [0x7F, 0xFF]] {
        let error = T0Error::InvalidStatus(sw[0], sw[1]);
        assert_eq!(play(0xFF, CHALLENGE, &[(CHALLENGE, &sw)]), Err(error));
    }
}

#[test]
fn z08_9f_is_passed_through() {
    assert_eq!(play(0xFF, SELECT_4S, &[(SELECT_TPDU, &[0x9F, 0x10])]), Ok(vec![0x9F, 0x10]));
}

#[test]
fn z09_longer_than_asked() {
    let command = &[0, 0x84, 0, 0, 4][..];
    let answer = with_status(5, [0x90, 0x00]);
    let error = Err(T0Error::AnswerTooLong { got: 5, max: 4 });
    assert_eq!(play(0xFF, command, &[(command, &answer)]), error);
    // Data where none was asked for.
    let error = Err(T0Error::AnswerTooLong { got: 1, max: 0 });
    assert_eq!(play(0xFF, SELECT_4S, &[(SELECT_TPDU, &[0xAA, 0x90, 0x00])]), error);
    let script: &[(&[u8], &[u8])] = &[(SELECT_TPDU, &[0x61, 2]), (&[0, 0xC0, 0, 0, 2], &[1, 2, 3, 0x90, 0])];
    assert_eq!(play(0xFF, SELECT_4S, script), Err(T0Error::AnswerTooLong { got: 3, max: 2 }));
}

#[test]
fn z10_le_256_has_an_answer_of_258_bytes() {
    let answer = with_status(256, [0x90, 0x00]);
    assert_eq!(play(0xFF, CHALLENGE, &[(CHALLENGE, &answer)]), Ok(answer.clone()));
    let answer = with_status(257, [0x90, 0x00]);
    let error = Err(T0Error::AnswerTooLong { got: 257, max: 256 });
    assert_eq!(play(0xFF, CHALLENGE, &[(CHALLENGE, &answer)]), error);
}

#[test]
fn case_2_continues_after_61() {
    let command = &[0, 0xB0, 0, 0, 0x10][..];
    let script: &[(&[u8], &[u8])] = &[
        (command, &[1, 2, 0x61, 0x20]),
        (&[0, 0xC0, 0, 0, 14], &[3, 4, 0x61, 0x02]),
        (&[0, 0xC0, 0, 0, 2], &[5, 6, 0x90, 0x00]),
    ];
    assert_eq!(play(0xFF, command, script), Ok(vec![1, 2, 3, 4, 5, 6, 0x90, 0x00]));
}

#[test]
fn case_3_with_61_fetches_nothing() {
    assert_eq!(play(0xFF, SELECT_TPDU, &[(SELECT_TPDU, &[0x61, 0x26])]), Ok(vec![0x61, 0x26]));
}

#[test]
fn what_is_no_short_apdu_is_refused() {
    let mut t0 = T0::new(0xFF);
    let malformed: [&[u8]; 6] = [
        &[],
        &[0, 0xA4, 0],
        &[0, 0xA4, 0, 0, 2, 1],
        &[0, 0xA4, 0, 0, 1, 1, 1, 1],
        &[0; 6],
        &[0, 0, 0, 0, 3, 1],
    ];
    for command in malformed {
        assert_eq!(t0.exchange(command), Err(T0Error::Malformed { got: command.len() }));
        assert_eq!(t0.tpdu(command, &mut [0; 300]), 0);
    }
    for command in [&[0, 0xB0, 0, 0, 0, 1, 0][..], &[0, 0xD6, 0, 0, 0, 0, 1, 0xAA]] {
        assert_eq!(t0.exchange(command), Err(T0Error::Extended));
    }
    assert_eq!(t0.handle_answer(&[0x90, 0], &[], &mut [0; 8]), Step::Failed(T0Error::NoCommand));
    // A buffer that is too small gets nothing at all.
    t0.exchange(SELECT_4S).unwrap();
    let mut out = [0xEE; 6];
    assert_eq!((t0.tpdu(SELECT_4S, &mut out), out), (0, [0xEE; 6]));
}

/// A card that is read by T=0's rules: data waits for GET RESPONSE, a wrong Le is named.
struct Card {
    answer: Vec<u8>,
    waiting: Vec<u8>,
    piece: usize,
}

impl Card {
    fn take(&mut self, tpdu: &[u8], has_data: bool) -> Vec<u8> {
        let p3 = if tpdu[4] == 0 { 256 } else { usize::from(tpdu[4]) };
        if tpdu[1] != 0xC0 {
            self.waiting = self.answer.clone();
            if has_data {
                return self.status(&[]);
            }
        }
        let right = self.waiting.len().min(256);
        if right == 0 {
            return vec![0x90, 0x00];
        }
        if p3 > right {
            return vec![0x6C, right as u8];
        }
        let rest = self.waiting.split_off(p3.min(self.piece));
        let data = std::mem::replace(&mut self.waiting, rest);
        self.status(&data)
    }

    fn status(&self, data: &[u8]) -> Vec<u8> {
        let more = [0x61, self.waiting.len().min(256) as u8];
        [data, &if self.waiting.is_empty() { [0x90, 0x00] } else { more }].concat()
    }
}

#[test]
fn every_case_against_a_card() {
    for len in [1, 2, 7, 8, 255, 256, 300] {
        for ne in [1, 2, 7, 8, 254, 255, 256] {
            for piece in [4, 100, 256] {
                for data in [0, 1, 8, 255] {
                    let mut command = vec![0x00, 0xCA, 0x01, 0x02];
                    if data > 0 {
                        command.push(data as u8);
                        command.resize(5 + data, 0x5A);
                    }
                    command.push(ne as u8);
                    let mut card =
                        Card { answer: (0..len).map(|n| n as u8).collect(), waiting: vec![], piece };
                    let (mut t0, mut out, mut response) = (T0::new(0xFF), [0; 260], [0; 258]);
                    t0.exchange(&command).unwrap();
                    let mut tpdus = 0;
                    let end = loop {
                        let n = t0.tpdu(&command, &mut out);
                        let answer = card.take(&out[..n], data > 0);
                        tpdus += 1;
                        match t0.handle_answer(&answer, &command, &mut response) {
                            Step::Send => {}
                            end => break end,
                        }
                    };
                    let fetched = len.min(ne);
                    let Step::Done(n) = end else { panic!("{len} {ne} {piece} {data}: {end:?}") };
                    assert_eq!(&response[..n - 2], &card.answer[..fetched], "{len} {ne} {piece} {data}");
                    let sw = if len > fetched { 0x61 } else { 0x90 };
                    assert_eq!(response[n - 2], sw, "{len} {ne} {piece} {data}");
                    assert!(tpdus <= 66, "{tpdus}");
                }
            }
        }
    }
}

/// The exchange above, in both of its forms, over the machine, over the card.
#[test]
fn the_exchange_above_gets_everything_in_both_forms() {
    for t0_form in [false, true] {
        for (len, ne) in [(0, 256), (8, 256), (256, 256), (300, 600), (600, 600), (8, 8)] {
            for piece in [100, 256] {
                for data in [&[][..], &[0x50, 0x00]] {
                    let label = format!("{t0_form} {len} {ne} {piece} {}", data.len());
                    let mut card =
                        Card { answer: (0..len).map(|n| n as u8).collect(), waiting: vec![], piece };
                    let mut t0 = T0::new(0xFF);
                    let (mut apdu, mut tpdu) = ([0; 261], [0; 260]);
                    let (mut response, mut out) = ([0; 258], [0; 600]);
                    let command = Command::new(0, 0xCA, 1, 2).data(data).ne(ne);
                    let mut exchange = Exchange::new(command, t0_form);
                    while let Next::Send(n) = exchange.next(&mut apdu).expect(&label) {
                        let apdu = &apdu[..n];
                        t0.exchange(apdu).expect(&label);
                        let n = loop {
                            let n = t0.tpdu(apdu, &mut tpdu);
                            let answer = card.take(&tpdu[..n], n > 5);
                            match t0.handle_answer(&answer, apdu, &mut response) {
                                Step::Send => {}
                                Step::Done(n) => break n,
                                Step::Failed(error) => panic!("{label}: {error}"),
                            }
                        };
                        exchange.take(&response[..n], &mut out).expect(&label);
                    }
                    let reply = exchange.reply().unwrap();
                    assert_eq!((&out[..reply.len], reply.sw.0), (&card.answer[..], 0x9000), "{label}");
                }
            }
        }
    }
}

fn arbitrary_answer() -> impl Strategy<Value = Vec<u8>> {
    let sw = prop_oneof![
        (Just(0x61), any::<u8>()),
        (Just(0x6C), any::<u8>()),
        Just((0x90, 0x00)),
        (any::<u8>(), any::<u8>()),
    ];
    prop_oneof![
        4 => (0..20usize, sw).prop_map(|(len, (sw1, sw2))| with_status(len, [sw1, sw2])),
        1 => proptest::collection::vec(any::<u8>(), 0..300),
    ]
}

proptest! {
    #[test]
    fn arbitrary_answers_end_and_invent_nothing(
        class: u8,
        // Not GET RESPONSE itself: below, C0 tells the machine's own TPDUs from the command.
        ins in prop_oneof![Just(0x20u8), Just(0x2C), 0..0xC0u8, 0xC1..=0xFFu8],
        data in proptest::collection::vec(any::<u8>(), 0..255),
        le: Option<u8>,
        answers in proptest::collection::vec(arbitrary_answer(), 1..8),
        room in 0..300usize,
    ) {
        let mut command = vec![class, ins, 0, 0];
        if !data.is_empty() {
            command.push(data.len() as u8);
            command.extend(&data);
        }
        command.extend(le);
        let ne = match le { None => 0, Some(0) => 256, Some(le) => usize::from(le) };
        let mut t0 = T0::new(0xFF);
        t0.exchange(&command).unwrap();
        let (mut out, mut response) = ([0; 260], vec![0; room]);
        let (mut commands, mut gathered) = (0, Vec::new());
        let mut ended = false;
        for answer in answers.iter().cycle().take(200) {
            let n = t0.tpdu(&command, &mut out);
            prop_assert!(n >= 5);
            if out[1] == ins {
                commands += 1;
            } else {
                prop_assert!(gathered.len() < ne);
                let asked = if out[4] == 0 { 256 } else { usize::from(out[4]) };
                prop_assert!(gathered.len() + asked <= ne, "never more than Ne is asked for");
            }
            match t0.handle_answer(answer, &command, &mut response) {
                Step::Send => gathered.extend(&answer[..answer.len() - 2]),
                Step::Done(n) => {
                    gathered.extend(answer);
                    prop_assert_eq!(&response[..n], &gathered[..]);
                    prop_assert!(n <= ne + 2);
                    ended = true;
                }
                Step::Failed(_) => ended = true,
            }
            if ended {
                break;
            }
        }
        prop_assert!(ended, "not ended after 200 answers");
        let secret = matches!(ins, 0x20 | 0x21 | 0x24 | 0x25 | 0x2C | 0x2D);
        let most = if secret { 1 } else { 2 };
        prop_assert!(commands <= most);
    }
}
