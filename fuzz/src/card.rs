//! The card's side of T=1 and T=0: blocks, a card that behaves, and what a card has sent.

/// A block with a right LRC.
pub(crate) fn block(pcb: u8, inf: &[u8]) -> Vec<u8> {
    let mut block = vec![0, pcb, inf.len() as u8];
    block.extend_from_slice(inf);
    block.push(block.iter().fold(0, |lrc, byte| lrc ^ byte));
    block
}

/// PCB and INF, if this is a block that a card may send: NAD 00, LEN and LRC right, no reserved bits.
pub(crate) fn parse(block: &[u8]) -> Option<(u8, &[u8])> {
    let (&[nad, pcb, len], rest) = block.split_first_chunk()?;
    let (_, inf) = rest.split_last()?;
    let sound = nad == 0 && len != 0xFF && inf.len() == usize::from(len);
    (sound && block.iter().fold(0, |lrc, byte| lrc ^ byte) == 0).then_some((pcb, inf))
}

/// A T=1 card that behaves. It knows no command: every one is answered with [`ANSWER`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Card {
    /// N(S) of its next I-block.
    pub(crate) sequence: u8,
}

pub(crate) const ANSWER: [u8; 3] = [0xAA, 0x90, 0x00];

impl Card {
    /// The answer to a block.
    pub(crate) fn answer(&mut self, sent: &[u8]) -> Vec<u8> {
        let (pcb, inf) = parse(sent).unwrap_or((0x80, &[]));
        match pcb {
            // An I-block with the more-data bit: the next one, please.
            0x20 | 0x60 => block(0x80 | (!pcb & 0x40) >> 2, &[]),
            0x00 | 0x40 => {
                let answer = block(self.sequence << 6, &ANSWER);
                self.sequence ^= 1;
                answer
            }
            0xC0 => {
                self.sequence = 0;
                block(0xE0, &[])
            }
            0xC1..=0xC3 => block(pcb | 0x20, inf),
            // The host says which one it expects.
            _ => {
                self.sequence = pcb >> 4 & 1;
                let answer = block(self.sequence << 6, &ANSWER);
                self.sequence ^= 1;
                answer
            }
        }
    }

    /// It sent this.
    pub(crate) fn sent(&mut self, block: &[u8]) {
        if let Some((pcb @ 0..=0x7F, _)) = parse(block) {
            self.sequence = pcb >> 6 & 1 ^ 1;
        }
    }
}

/// Whether these bytes are the INF fields of I-blocks among `blocks`, joined: the last of them is the last
/// block and has no more-data bit, the others have it, and N(S) alternates.
pub(crate) fn is_t1_response(blocks: &[Vec<u8>], response: &[u8]) -> bool {
    let Some((last, before)) = blocks.split_last() else { return false };
    let Some((pcb @ (0x00 | 0x40), end)) = parse(last) else { return false };
    // Whether the first bytes of the response can have come, with N(S) 0 or 1 to follow.
    let mut reached = vec![[false; 2]; response.len() + 1];
    reached[0] = [true; 2];
    for (pcb, inf) in before.iter().filter_map(|block| parse(block)) {
        if !matches!(pcb, 0x20 | 0x60) {
            continue;
        }
        let sequence = usize::from(pcb >> 6);
        for start in (0..=response.len().saturating_sub(inf.len())).rev() {
            if reached[start][sequence] && response[start..].starts_with(inf) {
                reached[start + inf.len()][sequence ^ 1] = true;
            }
        }
    }
    response
        .len()
        .checked_sub(end.len())
        .is_some_and(|start| response[start..] == *end && reached[start][usize::from(pcb >> 6)])
}

/// What a host may send of a command over T=1: its I-blocks in order, one again only if that is allowed.
#[derive(Debug)]
pub(crate) struct Sent {
    /// Where the last I-block begins, its N(S) and its length.
    last: Option<(usize, u8, usize)>,
    /// The card answered S(RESYNCH response).
    resynchronised: bool,
}

impl Sent {
    pub(crate) const fn new() -> Self {
        Self { last: None, resynchronised: false }
    }

    /// The host sent a block of `command`; the card takes INF of up to `ifsc` bytes.
    pub(crate) fn block(
        &mut self,
        sent: &[u8],
        command: &[u8],
        ifsc: u8,
        may_repeat: bool,
        may_restart: bool,
    ) {
        let (pcb, inf) = parse(sent).expect("a sound block");
        assert!(inf.len() <= 254);
        if pcb & 0x80 != 0 {
            assert!(matches!(pcb, 0x80..=0x82 | 0x90..=0x92 | 0xC0..=0xC1 | 0xE1..=0xE3), "PCB {pcb:02X}");
            return;
        }
        assert_eq!(pcb & 0x1F, 0);
        assert!((1..=ifsc.into()).contains(&inf.len()), "{} bytes for a card that takes {ifsc}", inf.len());
        let sequence = pcb >> 6;
        let offset = match self.last {
            None => 0,
            Some(_) if self.resynchronised => {
                assert!(may_restart, "a command that changes the card was started again");
                assert_eq!(sequence, 0);
                0
            }
            Some((offset, number, _)) if number == sequence => {
                assert!(may_repeat, "an I-block of a command that costs a try was repeated");
                offset
            }
            Some((offset, _, len)) => offset + len,
        };
        self.resynchronised = false;
        self.last = Some((offset, sequence, inf.len()));
        assert!(command[offset..].starts_with(inf));
        assert_eq!(pcb & 0x20 != 0, offset + inf.len() < command.len());
    }

    /// The card answered a block.
    pub(crate) fn answered(&mut self, sent: &[u8], answer: &[u8]) {
        let asked = matches!(parse(sent), Some((0xC0, _)));
        self.resynchronised |= asked && matches!(parse(answer), Some((0xE0, [])));
    }
}

/// Whether these bytes are the data of the answers, joined, and the last status word.
pub(crate) fn is_t0_response(answers: &[Vec<u8>], response: &[u8]) -> bool {
    let Some((last, before)) = answers.split_last() else { return false };
    let data = before.iter().flat_map(|answer| &answer[..answer.len().saturating_sub(2)]);
    data.chain(last).eq(response)
}
