use super::*;
use proptest::prelude::*;
use std::vec;
use std::vec::Vec;

/// Runs a command against a script of (expected raw command, answer).
fn run(
    command: Command<'_>,
    t0: bool,
    script: &[(&[u8], &[u8])],
) -> Result<(Vec<u8>, StatusWord), ExchangeError> {
    let mut exchange = Exchange::new(command, t0);
    let (mut raw, mut out) = ([0; 261], [0; 600]);
    for (expected, answer) in script {
        let Next::Send(n) = exchange.next(&mut raw)? else { panic!("ended before {expected:02X?}") };
        assert_eq!(&raw[..n], *expected);
        exchange.take(answer, &mut out)?;
    }
    assert_eq!(exchange.next(&mut raw)?, Next::Done);
    let reply = exchange.reply().unwrap();
    Ok((out[..reply.len].to_vec(), reply.sw))
}

const SELECT: Command<'static> = Command::new(0, 0xA4, 8, 0).data(&[0x50, 0]).ne(256);

#[test]
fn case_4_over_t1_and_t0() {
    let t1 = run(SELECT, false, &[(&[0, 0xA4, 8, 0, 2, 0x50, 0, 0], &[7, 8, 0x90, 0])]);
    let t0 = run(
        SELECT,
        true,
        &[(&[0, 0xA4, 8, 0, 2, 0x50, 0], &[0x61, 2]), (&[0, 0xC0, 0, 0, 2], &[7, 8, 0x90, 0])],
    );
    assert_eq!(t1, Ok((vec![7, 8], StatusWord::SUCCESS)));
    assert_eq!(t0, t1);
}

#[test]
fn case_1_over_t0_has_a_fifth_byte() {
    let tries = Command::new(0, ins::VERIFY, 0, 2);
    assert_eq!(run(tries, true, &[(&[0, 0x20, 0, 2, 0], &[0x63, 0xC4])]).unwrap().1, StatusWord(0x63C4));
    assert_eq!(run(tries, false, &[(&[0, 0x20, 0, 2], &[0x63, 0xC4])]).unwrap().1, StatusWord(0x63C4));
}

#[test]
fn a_long_data_field_is_chained_and_a_long_answer_collected() {
    let data = [5; 512];
    let part = |cla, n: usize, le: Option<u8>| {
        let mut apdu = vec![cla, 0x2A, 0x9E, 0x9A, n as u8];
        apdu.extend(&data[..n]);
        apdu.extend(le);
        apdu
    };
    let first = [&[1; 256][..], &[0x61, 0]].concat();
    let second = [&[2; 256][..], &[0x90, 0]].concat();
    let (out, sw) = run(
        Command::new(0, 0x2A, 0x9E, 0x9A).data(&data).ne(512),
        false,
        &[
            (&part(0x10, 255, None), &[0x90, 0]),
            (&part(0x10, 255, None), &[0x90, 0]),
            (&part(0x00, 2, Some(0)), &first),
            (&[0, 0xC0, 0, 0, 0], &second),
        ],
    )
    .unwrap();
    assert_eq!((out.len(), sw), (512, StatusWord::SUCCESS));
    assert_eq!((out[255], out[256]), (1, 2));
}

#[test]
fn a_refused_part_ends_the_chain() {
    let data = [5; 300];
    let first = [&[0x10, 0x24, 1, 0, 255][..], &data[..255]].concat();
    let (_, sw) = run(Command::new(0, 0x24, 1, 0).data(&data), false, &[(&first, &[0x69, 0x82])]).unwrap();
    assert_eq!(sw, StatusWord::ACCESS_DENIED);
}

#[test]
fn wrong_le_is_corrected_once_and_only_where_there_is_an_le() {
    let random = Command::new(0, 0x84, 0, 0).ne(256);
    let ok =
        run(random, false, &[(&[0, 0x84, 0, 0, 0], &[0x6C, 2]), (&[0, 0x84, 0, 0, 2], &[1, 2, 0x90, 0])]);
    assert_eq!(ok, Ok((vec![1, 2], StatusWord::SUCCESS)));
    let twice = run(random, false, &[(&[0, 0x84, 0, 0, 0], &[0x6C, 2]), (&[0, 0x84, 0, 0, 2], &[0x6C, 2])]);
    assert_eq!(twice, Err(ExchangeError::Endless));
    let verify = Command::new(0, ins::VERIFY, 0, 2).data(b"12345678");
    let raw = [&[0, 0x20, 0, 2, 8][..], b"12345678"].concat();
    assert_eq!(run(verify, false, &[(&raw, &[0x6C, 2])]).unwrap().1, StatusWord(0x6C02));
    assert_eq!(run(verify, true, &[(&raw, &[0x6C, 2])]).unwrap().1, StatusWord(0x6C02));
    // The odd numbers of the commands that cost a try are secret, too.
    for ins in [0x21, 0x25, 0x2D] {
        let odd = Command::new(0, ins, 0, 2).ne(256);
        let answer = run(odd, false, &[(&[0, ins, 0, 2, 0], &[0x6C, 2])]);
        assert_eq!(answer.unwrap().1, StatusWord(0x6C02), "{ins:02X}");
    }
}

#[test]
fn no_more_is_fetched_than_was_asked_for() {
    // 61xx announces more than Ne: GET RESPONSE asks for what is left of Ne only.
    let wanted = SELECT.ne(2);
    let script: [(&[u8], &[u8]); 2] =
        [(&[0, 0xA4, 8, 0, 2, 0x50, 0], &[0x61, 9]), (&[0, 0xC0, 0, 0, 2], &[7, 8, 0x90, 0])];
    assert_eq!(run(wanted, true, &script), Ok((vec![7, 8], StatusWord::SUCCESS)));
    // All of Ne is there and still more is announced; 6Cxx names more than Ne.
    let more = run(wanted, false, &[(&[0, 0xA4, 8, 0, 2, 0x50, 0, 2], &[7, 8, 0x61, 9])]);
    assert_eq!(more, Err(ExchangeError::AnswerTooLong { got: 11, max: 2 }));
    let random = Command::new(0, 0x84, 0, 0).ne(8);
    let wrong = run(random, true, &[(&[0, 0x84, 0, 0, 8], &[0x6C, 9])]);
    assert_eq!(wrong, Err(ExchangeError::AnswerTooLong { got: 9, max: 8 }));
}

#[test]
fn the_fifth_byte_of_case_1_over_t0_is_no_le() {
    let start = Command::new(0x80, ins::FORMAT_START, 0, 0);
    let result = run(start, true, &[(&[0x80, 0x8A, 0, 0, 0], &[0x6C, 4])]);
    assert_eq!(result.unwrap().1, StatusWord(0x6C04));
}

#[test]
fn the_token_cannot_keep_it_busy() {
    let mut exchange = Exchange::new(Command::new(0, 0xB0, 0, 0).ne(65536), false);
    let (mut raw, mut out) = ([0; 261], vec![0; 65536]);
    let mut steps = 0;
    while exchange.next(&mut raw).is_ok_and(|n| n != Next::Done) {
        let _ = exchange.take(&[9, 0x61, 0x10], &mut out);
        steps += 1;
        assert!(steps < 100);
    }
    assert_eq!(exchange.next(&mut raw), Err(ExchangeError::Endless));
}

#[test]
fn too_much_and_too_little() {
    assert_eq!(
        run(SELECT.ne(1), false, &[(&[0, 0xA4, 8, 0, 2, 0x50, 0, 1], &[7, 8, 0x90, 0])]),
        Err(ExchangeError::AnswerTooLong { got: 2, max: 1 })
    );
    assert_eq!(
        run(SELECT, false, &[(&[0, 0xA4, 8, 0, 2, 0x50, 0, 0], &[0x90])]),
        Err(ExchangeError::NoStatusWord { got: 1 })
    );
}

proptest! {
    #[test]
    fn any_answers_end_it(
        ne in 0u32..1000,
        len in 0usize..700,
        t0: bool,
        answers in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..260), 1..20),
    ) {
        let data = vec![0; len];
        let mut exchange = Exchange::new(Command::new(0, 0x2A, 0x80, 0x86).data(&data).ne(ne), t0);
        let (mut raw, mut out) = ([0; 261], [0; 600]);
        for answer in answers.iter().cycle().take(200) {
            match exchange.next(&mut raw) {
                Ok(Next::Send(n)) => {
                    prop_assert!(n <= 261);
                    let _ = exchange.take(answer, &mut out);
                }
                Ok(Next::Done) => {
                    let reply = exchange.reply().unwrap();
                    prop_assert!(reply.len <= ne as usize && reply.len <= out.len());
                    return Ok(());
                }
                Err(_) => return Ok(()),
            }
        }
        prop_assert!(false, "still busy");
    }
}
