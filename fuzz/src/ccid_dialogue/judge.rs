//! What the machine hands over must follow from what the reader sent, and in time.

use kaztoken_core::Millis;
use kaztoken_core::ccid::{CcidError, Outcome};

use super::{Activity, Pending, Rig, reader};
use crate::card;
use crate::spy::CANARY;

/// An abort sequence takes no longer.
const ABORT: Millis = Millis(800);

impl Rig {
    /// Bodies of the messages that may have answered the last message sent: type, slot, number and status are
    /// right, all bytes are there, and the last of them came last.
    pub(super) fn answers(&self) -> Vec<Vec<u8>> {
        let (Some(pending), Some(&kind)) = (&self.pending, self.message.first()) else { return vec![] };
        let transfers = &pending.transfers;
        let answer = |first: usize| {
            let (header, body) = transfers[first].split_first_chunk::<10>()?;
            let length = u32::from_le_bytes([header[1], header[2], header[3], header[4]]) as usize;
            let fits = header[0] == reader::answering(kind)
                && header[5..7] == self.message[5..7]
                && header[7] >> 6 == 0;
            let active = header[7] & 3 == 0 || header[0] != 0x80;
            let mut joined = body.to_vec();
            let mut full = transfers[first].len();
            for next in &transfers[first + 1..] {
                if joined.len() >= length || full == 0 || full % self.max_packet != 0 {
                    return None;
                }
                joined.extend_from_slice(next);
                full = next.len();
            }
            (fits && active && joined.len() >= length).then(|| joined[..length].to_vec())
        };
        (0..transfers.len()).filter_map(answer).collect()
    }

    /// No wait goes beyond the budget and the abort sequence.
    pub(super) fn in_time(&self) {
        let Some(due) = self.slot.poll_timeout() else { return };
        let pending = self.pending.as_ref().expect("a wait without a command");
        assert!(due > self.now || self.now == Millis(0) || pending.messages == 0, "nothing at {due:?}");
        assert!(due <= pending.deadline.max(self.now.after(ABORT)), "a wait beyond the budget");
    }

    pub(super) fn done(&mut self, result: Result<Outcome, CcidError>) {
        let last = self.answers();
        let pending = self.pending.take().expect("the end of no command");
        self.ended = Some(result);
        match result {
            Ok(outcome) => {
                assert!(pending.abort.is_none(), "success after an abort sequence");
                let expected = match pending.activity {
                    Activity::PowerOn => outcome == Outcome::PoweredOn,
                    Activity::PowerOff => outcome == Outcome::PoweredOff,
                    Activity::Status => matches!(outcome, Outcome::Status(_)),
                    Activity::Exchange => matches!(outcome, Outcome::Response { .. }),
                    Activity::Command => outcome == Outcome::Replied,
                };
                assert!(expected && pending.messages > 0, "{outcome:?}");
                if matches!(pending.activity, Activity::Exchange | Activity::Command) {
                    assert!(!last.is_empty(), "{outcome:?} without an answer: {:02X?}", pending.transfers);
                }
                if pending.activity == Activity::PowerOn {
                    let atr = self.slot.atr_bytes();
                    let sent = pending.answers.iter().chain([&last]).flatten().any(|answer| answer == atr);
                    assert!(sent && self.slot.closed().is_none() && self.slot.recovery().next().is_none());
                }
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
        let len = result.map_or(0, Outcome::response_len);
        let Pending { mut answers, response, .. } = pending;
        if !last.is_empty() {
            answers.push(last);
        }
        if len > 0 {
            assert!(
                self.was_sent(&answers, &response[..len]),
                "{answers:02X?}, and yet {:02X?}",
                &response[..len]
            );
        }
        let most: usize = answers.iter().flatten().map(Vec::len).sum();
        let untouched = response.iter().skip(most).all(|byte| *byte == CANARY);
        assert!(untouched, "{result:?} after {answers:02X?}, and yet {response:02X?}");
        // Of command and answer nothing stays behind in the buffer.
        if result != Ok(Outcome::Replied) {
            let memory = self.spy.look(|| _ = self.slot.reply());
            assert!(memory.iter().all(|byte| *byte == 0));
        }
    }

    /// Whether the response follows from what the reader answered to one message after another.
    fn was_sent(&self, answers: &[Vec<Vec<u8>>], response: &[u8]) -> bool {
        if self.is_tpdu() {
            let all = answers.concat();
            return card::is_t1_response(&all, response) || card::is_t0_response(&all, response);
        }
        // One body of each list, joined; a body that was no answer data is empty.
        let mut reached = vec![0];
        for bodies in answers {
            let next = |start: &usize| {
                let start = *start;
                let fits = move |body: &&Vec<u8>| response[start..].starts_with(body);
                bodies.iter().filter(fits).map(move |body| start + body.len())
            };
            reached = reached.iter().flat_map(next).collect();
            reached.dedup();
        }
        reached.contains(&response.len())
    }
}
