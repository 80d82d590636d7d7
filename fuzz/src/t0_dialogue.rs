//! Cards that send anything, against the host's side of T=0.

use kaztoken_core::tpdu::Repetition;
use kaztoken_core::tpdu::t0::{Step, T0, T0Error};

use crate::card::is_t0_response;
use crate::source::Source;
use crate::spy::CANARY;
use crate::{PIN, is_secret};

/// Exchanges of one script.
const MAX_EXCHANGES: usize = 8;
/// TPDUs of one exchange: the command, again with the right Le, and as much for each GET RESPONSE.
const MAX_TPDUS: usize = 2 * (1 + 64);

/// One exchange after another with a card whose answers are the script's.
pub fn t0_dialogue(data: &[u8]) {
    let mut source = Source::new(data);
    let class = source.byte();
    let mut t0 = T0::new(class);
    assert!(matches!(t0.handle_answer(&[0x90, 0], &[], &mut [0; 2]), Step::Failed(T0Error::NoCommand)));
    for _ in 0..MAX_EXCHANGES {
        if source.is_empty() {
            break;
        }
        exchange(&mut t0, class, &mut source);
    }
    // Whatever was before, a card that behaves is understood.
    let (command, mut response) = ([0, 0xA4, 0, 0, 2, 0x50, 0, 0], [0; 12]);
    assert_eq!(t0.exchange(&command), Ok(()));
    assert_eq!(t0.handle_answer(&[0x61, 2], &command, &mut response), Step::Send);
    assert_eq!(t0.handle_answer(&[1, 2, 0x90, 0], &command, &mut response), Step::Done(4));
    assert_eq!(response[..4], [1, 2, 0x90, 0]);
}

/// Header, data field, Ne, taken apart anew; `None`: no short command APDU.
fn parts(command: &[u8]) -> Option<(&[u8], &[u8], usize)> {
    let ne = |le: u8| if le == 0 { 256 } else { usize::from(le) };
    let (header, body) = command.split_at_checked(4)?;
    match *body {
        [] => Some((header, &[], 0)),
        [le] => Some((header, &[], ne(le))),
        [lc, ref rest @ ..] if lc != 0 => match rest.split_at_checked(lc.into())? {
            (data, []) => Some((header, data, 0)),
            (data, &[le]) => Some((header, data, ne(le))),
            _ => None,
        },
        _ => None,
    }
}

fn exchange(t0: &mut T0, class: u8, source: &mut Source<'_>) {
    let command = command(source);
    let parts = parts(&command);
    let started = t0.exchange(&command);
    assert_eq!(started.is_ok(), parts.is_some());
    let Some((header, data, ne)) = parts else { return };
    let mut response = vec![CANARY; usize::from(source.byte()) * 2];
    let mut answers: Vec<Vec<u8>> = vec![];
    let (mut got, mut commands) = (0, 0);
    for number in 0..=MAX_TPDUS {
        let mut out = [CANARY; 261];
        let len = t0.tpdu(&command, &mut out);
        assert!(len >= 5 && out[len..].iter().all(|byte| *byte == CANARY));
        assert_eq!(t0.tpdu(&command, &mut [0; 261][..len - 1]), 0);
        let (tpdu, p3) = (&out[..len], usize::from(out[4]));
        let asks = if p3 == 0 { 256 } else { p3 };
        // A command that is itself GET RESPONSE cannot be told from one.
        let ambiguous = header[1..] == [0xC0, 0, 0] && data.is_empty();
        let is_get_response = number > 0 && tpdu[1..4] == [0xC0, 0, 0] && !ambiguous;
        let may_bring = if is_get_response {
            assert!(len == 5 && (class == 0xFF || tpdu[0] == class) && asks <= ne - got);
            asks
        } else {
            assert!(&tpdu[..4] == header || ambiguous);
            commands += 1;
            assert!(commands == 1 || !is_secret(header[1]), "a command that costs a try was sent twice");
            assert!(commands <= 2 || ambiguous);
            if data.is_empty() {
                assert!(len == 5 && (ne == 0 && p3 == 0 || ne > 0 && asks <= ne));
                ne.min(asks)
            } else {
                assert!(p3 == data.len() && tpdu[5..] == *data);
                0
            }
        };
        let answer = answer(number, may_bring, source);
        let step = t0.handle_answer(&answer, &command, &mut response);
        answers.push(answer);
        let answer = &answers[number];
        if matches!(step, Step::Send | Step::Done(_)) {
            assert!(answer.len() >= 2 && answer.len() - 2 <= may_bring, "more than was asked for");
            got += answer.len() - 2;
        }
        let sent: usize = answers.iter().map(Vec::len).sum();
        assert!(response.iter().skip(sent).all(|byte| *byte == CANARY));
        match step {
            Step::Send => {}
            Step::Done(len) => {
                assert!(
                    got <= ne && is_t0_response(&answers, &response[..len]),
                    "{answers:02X?} {response:02X?}"
                );
                assert_eq!(t0.tpdu(&command, &mut [0; 261]), 0);
                return;
            }
            Step::Failed(error) => {
                assert!(!error.to_string().is_empty());
                assert_eq!(t0.tpdu(&command, &mut [0; 261]), 0);
                return;
            }
        }
    }
    panic!("no end after {MAX_TPDUS} TPDUs");
}

/// Data and a status; where the script has ended, one byte more and still more to come.
fn answer(number: usize, may_bring: usize, source: &mut Source<'_>) -> Vec<u8> {
    if source.is_empty() {
        let data = &[number as u8][..may_bring.min(1)];
        return [data, &[0x61, 1]].concat();
    }
    let choice = source.byte();
    let mut answer: Vec<u8> = match choice & 3 {
        0 => vec![],
        1 => (0..may_bring).map(|at| at as u8 ^ number as u8).collect(),
        2 => source.take((choice >> 4).into()).to_vec(),
        _ => source.bytes().to_vec(),
    };
    match choice >> 2 & 3 {
        0 => answer.extend([0x90, 0]),
        1 => answer.extend([0x61, source.byte()]),
        2 => answer.extend([0x6C, source.byte()]),
        _ => answer.extend_from_slice(source.take(usize::from(choice >> 6))),
    }
    answer
}

fn command(source: &mut Source<'_>) -> Vec<u8> {
    let choice = source.byte();
    if choice & 7 == 7 {
        return source.bytes().to_vec();
    }
    let instruction = source.pick(&[0x84, 0x20, 0xA4, 0x24, 0xB0, 0x46, 0xC0, 0x2D]);
    assert_eq!(Repetition::of(&[0, instruction]) == Repetition::Never, is_secret(instruction));
    let mut command = vec![choice >> 4, instruction, 0, source.pick(&[0, 2])];
    if choice & 1 != 0 {
        command.push(8);
        command.extend(PIN);
    }
    if choice & 2 != 0 {
        command.push(source.byte());
    }
    command
}
