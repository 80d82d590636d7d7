//! One logical command against a card that answers anything.

use kaztoken_core::apdu::{Command, CommandView, Exchange, Next};

use crate::is_secret;
use crate::source::Source;
use crate::spy::CANARY;

/// GET RESPONSE commands, parts of a chain, and one repetition: more than any exchange may send.
const MAX_ROUNDS: usize = 64 + 4 + 2;

/// The bytes as a command APDU; then the bytes as a command and the card's answers to it.
pub fn apdu_exchange(data: &[u8]) {
    encodings(data);
    let mut source = Source::new(data);
    let flags = source.byte();
    let header: [u8; 4] = core::array::from_fn(|_| source.byte());
    let body: Vec<u8> = (0..usize::from(source.word() % 800)).map(|at| at as u8 ^ 0x5A).collect();
    let ne = match flags >> 2 & 7 {
        0 => 0,
        1 => 256,
        2 => 65536,
        3 => u32::from(source.word()) * 65537,
        _ => source.word().into(),
    };
    let [cla, ins, p1, p2] = header;
    let command = Command { cla: cla & !0x10, ins, p1, p2, data: &body, ne };
    let t0 = flags & 1 != 0;
    let mut out = vec![CANARY; usize::from(source.byte()) * 8];
    let mut raw = vec![CANARY; if flags & 2 != 0 { source.byte().into() } else { 261 }];
    let mut exchange = Exchange::new(command, t0);
    let (mut sent, mut offset, mut repeated, mut gathered) = (0, 0, false, vec![]);
    let reply = loop {
        let len = match exchange.next(&mut raw) {
            Ok(Next::Send(len)) => len,
            Ok(Next::Done) => break exchange.reply().expect("it says it is done"),
            Err(error) => {
                assert!(!error.to_string().is_empty() && exchange.reply().is_none());
                assert_eq!(exchange.next(&mut raw), Err(error), "an exchange that failed goes on");
                return check(&out, &gathered, ne);
            }
        };
        assert!(exchange.reply().is_none());
        sent += 1;
        assert!(sent <= MAX_ROUNDS);
        let apdu = CommandView::parse(&raw[..len]).expect("only command APDUs are sent");
        assert!(!apdu.is_extended());
        let part = apdu.command();
        let again = sent > 1 && offset == body.len();
        if !again || [part.cla, part.ins, part.p1, part.p2] != [0, 0xC0, 0, 0] || !part.data.is_empty() {
            if again {
                assert!(!is_secret(ins) && !repeated && body.len() <= 255, "{command:?} was sent again");
                (repeated, offset) = (true, 0);
            }
            assert_eq!(apdu.is_chained(), body.len() - offset > 255);
            assert_eq!([part.cla & !0x10, part.ins, part.p1, part.p2], [cla & !0x10, ins, p1, p2]);
            assert_eq!(part.data, &body[offset..offset + part.data.len()]);
            offset += part.data.len();
        }
        assert!(part.ne <= ne.min(256) || t0 && part.ne == 256 && part.data.is_empty());
        // The card's answer: some data and a status word that may mean anything.
        let mut answer = vec![];
        let kind = source.byte();
        if kind & 0x80 != 0 {
            answer.extend((0..source.byte()).map(|at| at ^ sent as u8));
        } else {
            answer.extend_from_slice(source.take((kind & 0x0F).into()));
        }
        match kind >> 4 & 7 {
            0 => answer.extend([0x90, 0]),
            1 | 2 => answer.extend([0x61, source.byte()]),
            3 => answer.extend([0x6C, source.byte()]),
            4 => answer.truncate(usize::from(kind & 1)),
            _ => answer.extend([source.byte(), source.byte()]),
        }
        // So that what was written can be told from what was not.
        for byte in &mut answer {
            *byte = if *byte == CANARY { 0 } else { *byte };
        }
        let taken = exchange.take(&answer, &mut out);
        // A part before the last, and a command that is repeated, have no answer data.
        if out.get(gathered.len()).is_some_and(|byte| *byte != CANARY) {
            assert!(!apdu.is_chained());
            gathered.extend_from_slice(&answer[..answer.len() - 2]);
        }
        if let Err(error) = taken {
            assert_eq!(exchange.take(&[0x90, 0], &mut out), Err(error));
        }
        check(&out, &gathered, ne);
    };
    assert_eq!(reply.len, gathered.len());
}

/// Only what the card sent, no more than asked for, and nothing behind it.
fn check(out: &[u8], gathered: &[u8], ne: u32) {
    assert!(gathered.len() as u64 <= u64::from(ne));
    assert!(out.starts_with(gathered) && out[gathered.len()..].iter().all(|byte| *byte == CANARY));
}

/// A command APDU that parses is encoded as the same bytes.
fn encodings(data: &[u8]) {
    let view = match CommandView::parse(data) {
        Ok(view) => view,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let mut out = vec![0; data.len()];
    let len = if view.is_extended() {
        view.command().encode_extended(&mut out)
    } else {
        view.command().encode_short(&mut out)
    };
    assert_eq!((len, &out[..]), (Ok(data.len()), data));
    assert!(!format!("{view:?}").is_empty());
}
