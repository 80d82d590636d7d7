//! Any fault of the line, any bytes from the card.

use crate::card::{Card, Fault};
use crate::script::{SELECT, SIGN, VERIFY, framed, sent};
use kaztoken_core::tpdu::Repetition;
use kaztoken_core::tpdu::t1::{MAX_IDLE, MAX_TRIES, MAX_WAITS, Step, T1, T1Error};
use proptest::collection::vec;
use proptest::prelude::*;

const ROOM: usize = 96;

/// Every byte of command and response may be followed by [`MAX_IDLE`] blocks without one, in the first attempt
/// and in those after a resynchronisation.
fn most_blocks(command: &[u8]) -> usize {
    let attempts = 1 + usize::from(MAX_TRIES);
    attempts * (command.len() + ROOM + 1) * (usize::from(MAX_IDLE) + 1) + usize::from(MAX_WAITS)
}

/// Watches what goes out.
struct Watch {
    command: &'static [u8],
    information: Vec<u8>,
    blocks: usize,
}

impl Watch {
    fn new(command: &'static [u8]) -> Self {
        Self { command, information: Vec::new(), blocks: 0 }
    }

    fn next(&mut self, t1: &T1) -> Vec<u8> {
        let block = sent(t1, self.command);
        assert!(block.len() >= 4 && block.iter().fold(0, |lrc, byte| lrc ^ byte) == 0);
        self.blocks += 1;
        assert!(self.blocks <= most_blocks(self.command), "no end in sight");
        if block[1] < 0x80 {
            self.information.extend_from_slice(&block[3..block.len() - 1]);
            if Repetition::of(self.command) == Repetition::Never {
                assert!(self.command.starts_with(&self.information), "a part of the command went out twice");
            }
        }
        block
    }
}

fn commands() -> impl Strategy<Value = &'static [u8]> {
    prop_oneof![Just(SELECT), Just(SIGN), Just(VERIFY)]
}

fn faults() -> impl Strategy<Value = Fault> {
    prop_oneof![
        8 => Just(Fault::None),
        1 => Just(Fault::LoseCommand),
        1 => Just(Fault::LoseAnswer),
        1 => any::<(u8, u8)>().prop_map(|(at, with)| Fault::CorruptCommand(at, with)),
        1 => any::<(u8, u8)>().prop_map(|(at, with)| Fault::CorruptAnswer(at, with)),
        1 => any::<u8>().prop_map(Fault::Truncate),
        1 => Just(Fault::RepeatCommand),
        1 => Just(Fault::RepeatAnswer),
        1 => any::<u8>().prop_map(Fault::Wait),
        1 => any::<u8>().prop_map(Fault::Ifs),
    ]
}

/// One exchange over a bad line; whether the session can go on.
fn exchange(
    t1: &mut T1,
    card: &mut Card,
    command: &'static [u8],
    faults: &mut dyn Iterator<Item = Fault>,
) -> bool {
    let before = card.done.len();
    let mut watch = Watch::new(command);
    let mut response = [0xEE; ROOM];
    t1.exchange(command).unwrap();
    let end = loop {
        let block = watch.next(t1);
        let step = match card.turn(&block, faults.next().unwrap_or(Fault::None)) {
            Some(seen) => t1.handle_block(&seen, &mut response),
            None => t1.handle_silence(),
        };
        if step != Step::Send {
            break step;
        }
    };
    let carried_out = &card.done[before..];
    assert!(carried_out.iter().all(|done| done == command), "the card was given another command");
    if Repetition::of(command) != Repetition::Command {
        assert!(carried_out.len() <= 1, "carried out twice");
    }
    match end {
        Step::Done(len) => {
            assert!(!carried_out.is_empty());
            assert_eq!(&response[..len], card.response());
            true
        }
        Step::Failed(T1Error::OutcomeUnknown) => !t1.needs_reset(),
        Step::Failed(T1Error::Unrecovered) => {
            assert_eq!(Repetition::of(command), Repetition::Command);
            assert!(t1.needs_reset());
            false
        }
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_bad_line_gives_the_right_response_or_an_error(
        session in vec(commands(), 1..4),
        ifsc in 1_u8..=16,
        size in 1_usize..=16,
        response_len in 0_usize..=40,
        faults in vec(faults(), 0..60),
    ) {
        let mut t1 = T1::new(ifsc);
        let mut card = Card::new(size, response_len);
        let mut faults = faults.into_iter();
        for command in session {
            if !exchange(&mut t1, &mut card, command, &mut faults) {
                break;
            }
        }
    }

    #[test]
    fn a_good_line_gives_the_response(
        session in vec(commands(), 1..6), ifsc in 1_u8..=16, size in 1_usize..=16, response_len in 0_usize..=40,
    ) {
        let mut t1 = T1::new(ifsc);
        let mut card = Card::new(size, response_len);
        for (number, command) in session.into_iter().enumerate() {
            prop_assert!(exchange(&mut t1, &mut card, command, &mut std::iter::empty()));
            prop_assert_eq!(card.done.len(), number + 1);
        }
    }

    #[test]
    fn a_single_fault_costs_a_command_that_reads_nothing(
        ifsc in 1_u8..=16, size in 1_usize..=16, response_len in 0_usize..=40,
        good in 0_usize..20, fault in faults(),
    ) {
        let mut t1 = T1::new(ifsc);
        let mut card = Card::new(size, response_len);
        let mut faults = std::iter::repeat_n(Fault::None, good).chain([fault]);
        prop_assert!(exchange(&mut t1, &mut card, SELECT, &mut faults));
        prop_assert_eq!(card.done.len(), 1);
    }

    #[test]
    fn any_blocks_end_in_bounded_time(
        command in commands(),
        ifsc in any::<u8>(),
        blocks in vec(
            prop_oneof![
                (any::<u8>(), vec(0_u8..0x80, 0..6)).prop_map(|(pcb, inf)| Some(framed(pcb, &inf))),
                (prop_oneof![Just(0), Just(0x20), Just(0x40), Just(0x60)], vec(0_u8..0x80, 0..6))
                    .prop_map(|(pcb, inf)| Some(framed(pcb, &inf))),
                prop_oneof![Just(0x80), Just(0x90), Just(0xE0), Just(0xC2)].prop_map(|pcb| Some(framed(pcb, &[]))),
                (prop_oneof![Just(0xC1), Just(0xC3)], any::<u8>()).prop_map(|(pcb, inf)| Some(framed(pcb, &[inf]))),
                vec(any::<u8>(), 0..300).prop_map(Some),
                Just(None),
            ],
            1..40,
        ),
    ) {
        let mut t1 = T1::new(ifsc);
        let mut watch = Watch::new(command);
        let mut response = [0xEE; ROOM];
        let mut came = Vec::new();
        t1.exchange(command).unwrap();
        for block in blocks.iter().cycle() {
            watch.next(&t1);
            let step = match block {
                Some(block) => {
                    if let [_, 0..0x80, _, inf @ .., _] = &block[..] {
                        came.extend_from_slice(inf);
                    }
                    t1.handle_block(block, &mut response)
                }
                None => t1.handle_corruption(),
            };
            match step {
                Step::Send => {}
                Step::Failed(_) => break,
                Step::Done(len) => {
                    // What is returned came in this exchange, in this order.
                    let mut came = came.iter();
                    prop_assert!(len >= 2 && response[..len].iter().all(|byte| came.any(|other| other == byte)));
                    break;
                }
            }
        }
        if t1.needs_reset() {
            prop_assert_eq!(t1.exchange(command), Err(T1Error::NeedsReset));
        } else {
            prop_assert_eq!(t1.exchange(command), Ok(()));
        }
    }
}
