//! A card that keeps the rules, and a line that does not.

use crate::script::framed;

/// What the line does to one host block and its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    None,
    /// The host's block does not arrive.
    LoseCommand,
    /// The card's block does not arrive.
    LoseAnswer,
    /// One byte of the host's block changes.
    CorruptCommand(u8, u8),
    /// One byte of the card's block changes.
    CorruptAnswer(u8, u8),
    /// The end of the card's block is missing.
    Truncate(u8),
    /// The card gets the host's block twice.
    RepeatCommand,
    /// The host's block is lost and the card's block before arrives again.
    RepeatAnswer,
    /// The card asks for time before it answers.
    Wait(u8),
    /// The card announces another IFSC before it answers.
    Ifs(u8),
}

/// The card's side of T=1.
pub(crate) struct Card {
    size: usize,
    response_len: usize,
    send: u8,
    expected: u8,
    command: Vec<u8>,
    response: Vec<u8>,
    /// Bytes of the I-block that is out, and what comes after them.
    out: Option<(Vec<u8>, Vec<u8>)>,
    /// S(request) that is out, and the answer that it holds back.
    asking: Option<(Vec<u8>, Vec<u8>)>,
    last: Vec<u8>,
    /// Commands carried out.
    pub(crate) done: Vec<Vec<u8>>,
}

impl Card {
    pub(crate) fn new(size: usize, response_len: usize) -> Self {
        Self {
            size,
            response_len,
            send: 0,
            expected: 0,
            command: Vec::new(),
            response: Vec::new(),
            out: None,
            asking: None,
            last: Vec::new(),
            done: Vec::new(),
        }
    }

    /// The response to the command carried out last.
    pub(crate) fn response(&self) -> &[u8] {
        &self.response
    }

    /// One turn over the line: what the host sees, `None` for silence.
    pub(crate) fn turn(&mut self, block: &[u8], fault: Fault) -> Option<Vec<u8>> {
        let mut block = block.to_vec();
        let answer = match fault {
            Fault::LoseCommand => return None,
            Fault::RepeatAnswer => return Some(self.last.clone()),
            Fault::CorruptCommand(at, with) => {
                let at = usize::from(at) % block.len();
                block[at] ^= with | 1;
                self.handle(&block)
            }
            Fault::RepeatCommand => {
                self.handle(&block);
                self.handle(&block)
            }
            Fault::Wait(multiplier) => {
                let answer = self.handle(&block);
                self.ask(framed(0xC3, &[multiplier.max(1)]), answer)
            }
            Fault::Ifs(ifsc) => {
                let answer = self.handle(&block);
                self.ask(framed(0xC1, &[ifsc.clamp(1, 254)]), answer)
            }
            _ => self.handle(&block),
        };
        self.last.clone_from(&answer);
        let mut seen = answer;
        match fault {
            Fault::LoseAnswer => return None,
            Fault::CorruptAnswer(at, with) => {
                let at = usize::from(at) % seen.len();
                seen[at] ^= with | 1;
            }
            Fault::Truncate(by) => seen.truncate(seen.len() - usize::from(by) % seen.len()),
            _ => {}
        }
        Some(seen)
    }

    fn ask(&mut self, request: Vec<u8>, answer: Vec<u8>) -> Vec<u8> {
        // Nothing comes between the host's S(request) and its answer, nor between two requests.
        if self.asking.is_some() || answer[1] & 0xC0 == 0xC0 {
            return answer;
        }
        self.asking = Some((request.clone(), answer));
        request
    }

    fn handle(&mut self, block: &[u8]) -> Vec<u8> {
        let valid = block.len() >= 4
            && block[0] == 0
            && block.len() == usize::from(block[2]) + 4
            && block.iter().fold(0, |lrc, byte| lrc ^ byte) == 0;
        if !valid {
            return framed(0x81 | self.expected << 4, &[]);
        }
        let (pcb, inf) = (block[1], &block[3..block.len() - 1]);
        if pcb == 0xC0 {
            self.send = 0;
            self.expected = 0;
            self.out = None;
            self.asking = None;
            self.command.clear();
            return framed(0xE0, &[]);
        }
        if pcb == 0xC1 {
            return framed(0xE1, inf);
        }
        if let Some((request, answer)) = self.asking.take() {
            if pcb == request[1] | 0x20 && inf == &request[3..4] {
                return answer;
            }
            if pcb & 0xC0 == 0x80 {
                self.asking = Some((request.clone(), answer));
                return request;
            }
        }
        match pcb {
            0x00..=0x7F => self.information(pcb, inf),
            0x80..=0xBF => self.receive_ready(pcb),
            _ => framed(0x82 | self.expected << 4, &[]),
        }
    }

    fn information(&mut self, pcb: u8, inf: &[u8]) -> Vec<u8> {
        if pcb >> 6 & 1 != self.expected {
            return framed(0x82 | self.expected << 4, &[]);
        }
        self.expected ^= 1;
        if self.out.take().is_some() {
            // A new command acknowledges the end of the response before.
            self.send ^= 1;
        }
        self.command.extend_from_slice(inf);
        if pcb & 0x20 != 0 {
            return framed(0x80 | self.expected << 4, &[]);
        }
        let command = std::mem::take(&mut self.command);
        self.done.push(command);
        let mark = self.done.len();
        self.response = (0..self.response_len).map(|at| (at * 7 + mark * 31) as u8).collect();
        self.response.extend_from_slice(&[0x90, mark as u8]);
        let rest = self.response.clone();
        self.part(rest)
    }

    fn part(&mut self, mut rest: Vec<u8>) -> Vec<u8> {
        let after = rest.split_off(rest.len().min(self.size));
        self.out = Some((rest, after));
        self.outstanding()
    }

    fn outstanding(&self) -> Vec<u8> {
        let (part, after) = self.out.as_ref().expect("an I-block that is out");
        framed(self.send << 6 | if after.is_empty() { 0 } else { 0x20 }, part)
    }

    fn receive_ready(&mut self, pcb: u8) -> Vec<u8> {
        let again = pcb >> 4 & 1 == self.send;
        match &self.out {
            Some((_, after)) if !again && !after.is_empty() => {
                let after = after.clone();
                self.send ^= 1;
                self.part(after)
            }
            Some(_) if again => self.outstanding(),
            _ => framed(0x80 | self.expected << 4, &[]),
        }
    }
}
