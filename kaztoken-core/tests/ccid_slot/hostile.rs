//! Devices that send anything at any time.

use kaztoken_core::Millis;
use kaztoken_core::ccid::{ControlAnswer, Outcome, Poll, Slot};
use proptest::prelude::*;

use super::{SELECT, descriptor};

/// Something between noise and a good answer to command 0.
fn transfer() -> impl Strategy<Value = Vec<u8>> {
    let noise = proptest::collection::vec(any::<u8>(), 0..80);
    let code = |good: u8| prop_oneof![4 => Just(good), 1 => any::<u8>()];
    let status = prop_oneof![3 => Just(0u8), 1 => Just(0x40), 1 => Just(0x80), 1 => any::<u8>()];
    let header = (code(0x80), code(0), code(0), status, any::<u8>(), code(0));
    let body = (proptest::collection::vec(any::<u8>(), 0..60), -2i64..4);
    let message = (header, body).prop_map(|((kind, slot, sequence, status, error, last), (body, off))| {
        let declared = (body.len() as i64 + if off > 1 { 0 } else { off }) as u32;
        let mut bytes = vec![kind];
        bytes.extend(declared.to_le_bytes());
        bytes.extend([slot, sequence, status, error, last]);
        bytes.extend(body);
        bytes
    });
    prop_oneof![1 => noise, 4 => message]
}

proptest! {
    /// Never a panic, never past the budget, and an answer only from a message with the right type,
    /// slot and number.
    #[test]
    fn nothing_a_device_sends_is_believed_without_reason(
        inputs in proptest::collection::vec((transfer(), 0u64..3_000), 0..120),
        power_on: bool,
    ) {
        let mut slot = Slot::open([0; 271], &descriptor(), 512).unwrap();
        let budget = Millis(30_000);
        if power_on {
            slot.power_on(Millis(0), budget).unwrap();
        } else {
            slot.exchange(Millis(0), SELECT, budget).unwrap();
        }
        let mut now = Millis(0);
        let mut seen: Vec<(u8, Vec<u8>)> = vec![];
        let mut sequence = 0;
        let command = if power_on { &[] } else { SELECT };
        let mut response = [0xEE; 300];
        for (input, later) in inputs {
            if slot.poll_control().is_some() {
                slot.control_done(now, ControlAnswer::Impossible);
            }
            if let Some(message) = slot.poll_transmit() {
                sequence = message[6];
                slot.transmitted(now);
            }
            now = now.after(Millis(later));
            seen.push((sequence, input.clone()));
            slot.handle_input(now, &input);
            let aborting = slot.poll_control().is_some();
            prop_assert!(slot.poll_timeout().is_none_or(|due| now < due && (aborting || due <= budget)));
            if let Poll::Done(Ok(outcome)) = slot.poll(command, &mut response) {
                let answer = if power_on { slot.atr_bytes() } else { &response[..outcome.response_len()] };
                prop_assert_eq!(outcome == Outcome::PoweredOn, power_on);
                let sent_so = seen.iter().any(|(sequence, message)| {
                    message.len() >= 10
                        && message[0] == 0x80
                        && message[1..5] == (answer.len() as u32).to_le_bytes()
                        && message[5] == 0
                        && message[6] == *sequence
                        && message[7] & 0xC3 == 0
                        && message[10..].starts_with(answer)
                });
                prop_assert!(sent_so);
            }
            if now >= budget && !aborting {
                prop_assert!(slot.poll_timeout().is_none(), "past the budget");
            }
        }
    }

    /// However a good answer is cut at packet boundaries, it is the same answer.
    #[test]
    fn cuts_at_packet_boundaries_do_not_matter(
        body in proptest::collection::vec(any::<u8>(), 2..=261),
        cuts in proptest::collection::vec(any::<bool>(), 5),
    ) {
        let mut message = vec![0x80];
        message.extend((body.len() as u32).to_le_bytes());
        message.extend([0; 5]);
        message.extend(&body);
        let mut slot = Slot::open([0; 271], &descriptor(), 64).unwrap();
        slot.exchange(Millis(0), SELECT, Millis(10)).unwrap();
        slot.transmitted(Millis(0));
        let mut transfer = vec![];
        for (packet, cut) in message.chunks(64).zip(cuts) {
            transfer.extend(packet);
            if cut {
                slot.handle_input(Millis(1), &core::mem::take(&mut transfer));
            }
        }
        if !transfer.is_empty() {
            slot.handle_input(Millis(1), &transfer);
        }
        let mut response = [0; 261];
        let done = Poll::Done(Ok(Outcome::Response { len: body.len() }));
        prop_assert_eq!(slot.poll(SELECT, &mut response), done);
        prop_assert_eq!(&response[..body.len()], &body[..]);
    }
}
