//! Cards that send anything, against the host's side of T=1.

use kaztoken_core::tpdu::Repetition;
use kaztoken_core::tpdu::t1::{MAX_BLOCK_LEN, Step, T1, T1Error};

use crate::card::{self, Card, Sent};
use crate::source::Source;
use crate::spy::CANARY;
use crate::{PIN, is_secret};

/// Exchanges of one script.
const MAX_EXCHANGES: usize = 8;

/// What the card does about a block.
enum Does {
    Sends(Vec<u8>),
    Nothing,
    Damage,
}

/// One exchange after another with a card whose blocks are the script's; where the script ends, the card does
/// the last few things again and again.
pub fn t1_dialogue(data: &[u8]) {
    let mut source = Source::new(data);
    let ifsc = source.byte();
    let mut t1 = T1::new(ifsc);
    let first_ifsc = if matches!(ifsc, 0 | 0xFF) { 32 } else { ifsc };
    let mut rig = Rig { first_ifsc, ifsc: first_ifsc, card: Card::default(), habit: vec![] };
    for number in 0..MAX_EXCHANGES {
        if source.is_empty() {
            break;
        }
        let negotiates = number == 0 && source.byte() & 1 != 0;
        if !rig.exchange(&mut t1, negotiates, &mut source) {
            assert_eq!(t1.exchange(&[0; 4]), Err(T1Error::NeedsReset));
            let (mut t1, mut out) = (T1::new(ifsc), [0; MAX_BLOCK_LEN]);
            assert_eq!(t1.block(&[], &mut out), 0);
            assert!(matches!(t1.handle_block(&[], &mut out), Step::Failed(T1Error::NotExchanging)));
            return;
        }
    }
    rig.behaves(&mut t1);
}

struct Rig {
    /// The longest INF that the card takes: after the reset, and now.
    first_ifsc: u8,
    ifsc: u8,
    card: Card,
    /// What the card did so far: how it goes on when the script has ended.
    habit: Vec<u8>,
}

impl Rig {
    /// One exchange. False when the card must be reset.
    fn exchange(&mut self, t1: &mut T1, negotiates: bool, source: &mut Source<'_>) -> bool {
        let command = command(source);
        let repetition = Repetition::of(&command);
        assert_eq!(repetition == Repetition::Never, is_secret(command[1]));
        let mut response = vec![CANARY; usize::from(source.byte()) * 2];
        let ifsd = source.byte();
        let started = if negotiates { t1.negotiate_ifsd(ifsd) } else { t1.exchange(&command) };
        assert_eq!(started, Ok(()));
        let (mut sent, mut blocks, mut waits, mut wait) = (Sent::new(), vec![], 0, 0);
        // Each byte either way may cost every idle block there is, three times over; and then the waits.
        let limit = (command.len() + response.len() + 4) * 17 * 4 + 1000;
        for _ in 0..limit {
            let mut out = [CANARY; MAX_BLOCK_LEN];
            let len = t1.block(&command, &mut out);
            assert!((4..=MAX_BLOCK_LEN).contains(&len) && out[len..].iter().all(|byte| *byte == CANARY));
            let out = &out[..len];
            if negotiates {
                assert_eq!(out, card::block(0xC1, &[ifsd.clamp(1, 254)]));
            } else {
                sent.block(
                    out,
                    &command,
                    self.ifsc,
                    repetition != Repetition::Never,
                    repetition == Repetition::Command,
                );
            }
            let is_wait = out[1] == 0xE3;
            assert_eq!(t1.waiting_multiplier(), if is_wait { wait } else { 0 });
            assert!(!is_wait || out[3] == wait);
            waits += usize::from(is_wait);
            assert!(waits <= 1000 * 17);
            match out[1] {
                // The host has taken the card's new size, and says which I-block it expects.
                0xE1 => self.ifsc = out[3],
                0x80..=0x9F => self.card.sequence = out[1] >> 4 & 1,
                _ => {}
            }
            let step = match self.act(out, source) {
                Does::Sends(block) => {
                    if let Some((0xC3, &[multiplier])) = card::parse(&block) {
                        wait = multiplier;
                    }
                    sent.answered(out, &block);
                    if matches!((out[1], card::parse(&block)), (0xC0, Some((0xE0, _)))) {
                        self.ifsc = self.ifsc.min(self.first_ifsc);
                        self.card.sequence = 0;
                    }
                    blocks.push(block);
                    t1.handle_block(&blocks[blocks.len() - 1], &mut response)
                }
                Does::Nothing => t1.handle_silence(),
                Does::Damage => t1.handle_corruption(),
            };
            match step {
                Step::Send => {}
                Step::Done(0) if negotiates => return true,
                Step::Done(len) => {
                    assert!(!negotiates && len >= 2);
                    assert!(
                        card::is_t1_response(&blocks, &response[..len]),
                        "{blocks:02X?} {:02X?}",
                        &response[..len]
                    );
                    let most: usize =
                        blocks.iter().filter_map(|block| card::parse(block)).map(|(_, inf)| inf.len()).sum();
                    assert!(response.iter().skip(most).all(|byte| *byte == CANARY));
                    self.card.sent(&blocks[blocks.len() - 1]);
                    assert_eq!(t1.block(&command, &mut [0; MAX_BLOCK_LEN]), 0);
                    return true;
                }
                Step::Failed(error) => {
                    assert!(!error.to_string().is_empty());
                    let in_step = matches!(error, T1Error::OutcomeUnknown | T1Error::Aborted);
                    assert!(in_step || t1.needs_reset(), "{error:?}");
                    return !t1.needs_reset();
                }
            }
        }
        panic!("no end after {limit} blocks");
    }

    /// What the card does about a block.
    fn act(&mut self, sent: &[u8], source: &mut Source<'_>) -> Does {
        let start = source.byte();
        if source.is_empty() {
            // The habit once more, from where it is.
            let habit = core::mem::take(&mut self.habit);
            let mut again = Source::new(&habit);
            let does = self.choose(again.byte(), sent, &mut again);
            self.habit = [again.take(habit.len()), &habit[..1.min(habit.len())]].concat();
            return does;
        }
        if self.habit.len() < 32 {
            self.habit.push(start);
        }
        self.choose(start, sent, source)
    }

    fn choose(&mut self, choice: u8, sent: &[u8], source: &mut Source<'_>) -> Does {
        Does::Sends(match choice & 15 {
            // As it should be. What it says as an I-block counts when the host has taken it.
            0..=3 => {
                let mut card = self.card;
                card.answer(sent)
            }
            4 | 5 => card::block((self.card.sequence << 6) | 0x20, source.take((choice >> 4).into())),
            6 => card::block(self.card.sequence << 6, source.take((choice >> 4).into())),
            7 => card::block(0x80 | choice & 0x10 | choice >> 5 & 3, &[]),
            8 => card::block(0xC3, &[choice >> 4]),
            9 => card::block(0xC1, &[source.byte()]),
            10 => card::block(0xC0 | choice >> 4 & 3 | choice >> 1 & 0x20, &[]),
            11 => card::block(source.byte(), source.take((choice >> 4).into())),
            12 => {
                let mut block = card::block(self.card.sequence << 6, &card::ANSWER);
                let at = usize::from(choice >> 4) % block.len();
                block[at] ^= source.byte();
                block
            }
            13 => source.bytes().to_vec(),
            14 => return Does::Nothing,
            _ => return Does::Damage,
        })
    }

    /// After an exchange that ended well the next one does.
    fn behaves(&mut self, t1: &mut T1) {
        let (command, mut response) = ([0, 0x84, 0, 0, 8], [CANARY; 8]);
        t1.exchange(&command).expect("no reset is needed");
        for _ in 0..10 {
            let mut out = [0; MAX_BLOCK_LEN];
            let len = t1.block(&command, &mut out);
            let answer = self.card.answer(&out[..len]);
            match t1.handle_block(&answer, &mut response) {
                Step::Send => {}
                Step::Done(3) => {
                    return assert_eq!(response, [0xAA, 0x90, 0, CANARY, CANARY, CANARY, CANARY, CANARY]);
                }
                other => panic!("{other:?}"),
            }
        }
        panic!("no answer");
    }
}

fn command(source: &mut Source<'_>) -> Vec<u8> {
    let choice = source.byte();
    let instruction = source.pick(&[0x84, 0x20, 0xA4, 0x24, 0xB0, 0x46, 0x2A, 0x2C]);
    let mut command = vec![choice & 0x10, instruction, 0, 2];
    match choice & 3 {
        0 => command.push(8),
        1 => {
            command.push(8);
            command.extend(PIN);
        }
        2 => command.extend((0..source.byte()).map(|at| at ^ 0x3C)),
        _ => {}
    }
    command
}
