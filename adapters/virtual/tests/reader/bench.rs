//! A reader on the table, and cards of glass.

use crate::common::{SERIAL, Seeded, hex, hex_of};
use kaztoken_core::Millis;
use kaztoken_core::ccid::ClassRequest;
use kaztoken_core::drive::BulkPipe;
use kaztoken_virtual::reader::{CardTraits, Reader, ReaderConfig, ReaderPipe};
use kaztoken_virtual::store::MemoryStore;
use kaztoken_virtual::{Card, Model, State, VirtualToken};
use std::sync::{Arc, Mutex};

/// What reached a card.
pub(crate) type Log = Arc<Mutex<Vec<Vec<u8>>>>;

/// A card that answers every command alike.
pub(crate) struct Glass {
    pub(crate) atr: &'static [u8],
    pub(crate) answer: Vec<u8>,
    pub(crate) log: Log,
}

impl Card for Glass {
    fn model(&self) -> Model {
        Model::Kaztoken
    }

    fn reset(&mut self) -> &'static [u8] {
        self.atr
    }

    fn process(&mut self, command: &[u8], response: &mut Vec<u8>) {
        self.log.lock().unwrap().push(command.to_vec());
        response.clone_from(&self.answer);
    }
}

pub(crate) type AnyCard = Box<dyn Card>;

/// T=1, IFSC 32.
pub(crate) const PLAIN: &[u8] = &[0x3B, 0x80, 0x01, 0x81];
/// T=1, IFSC 5.
pub(crate) const NARROW: &[u8] = &[0x3B, 0x80, 0x81, 0x11, 0x05, 0x15];

pub(crate) fn glass(atr: &'static [u8], answer: &str) -> AnyCard {
    Box::new(Glass { atr, answer: hex(answer), log: Log::default() })
}

pub(crate) fn token(model: Model) -> AnyCard {
    let token = VirtualToken::open(MemoryStore::new(State::factory(model, SERIAL)), Seeded(7)).unwrap();
    Box::new(token)
}

pub(crate) struct Bench {
    pub(crate) pipe: ReaderPipe<AnyCard, fn(Millis)>,
}

impl Bench {
    pub(crate) fn new(config: ReaderConfig, card: AnyCard) -> Self {
        Self::with_traits(config, card, CardTraits::default())
    }

    pub(crate) fn with_traits(config: ReaderConfig, card: AnyCard, traits: CardTraits) -> Self {
        let mut reader = Reader::new(config);
        reader.insert_with(0, card, traits);
        Self::of(reader)
    }

    pub(crate) fn with_faults(config: ReaderConfig, card: AnyCard, plan: &str) -> Self {
        Self::of(Reader::with_card(config, card).faults(plan.parse().unwrap()))
    }

    pub(crate) fn of(reader: Reader<AnyCard>) -> Self {
        Self { pipe: ReaderPipe::new(reader, |_| {}) }
    }

    pub(crate) fn send(&mut self, message: &str) {
        self.pipe.send(&hex(message), Millis(1)).unwrap();
    }

    /// The next transfer, within this time.
    pub(crate) fn within(&mut self, time: u64) -> Option<Vec<u8>> {
        let mut buffer = [0; 1024];
        let len = self.pipe.receive(&mut buffer, Millis(time)).unwrap()?;
        Some(buffer[..len].to_vec())
    }

    /// The next transfer, at once.
    #[track_caller]
    pub(crate) fn expect(&mut self, answer: &str) {
        let got = self.within(1).unwrap_or_else(|| panic!("no answer, expected {answer}"));
        assert_eq!(hex_of(&got), hex_of(&hex(answer)));
    }

    #[track_caller]
    pub(crate) fn silent(&mut self) {
        assert_eq!(self.within(100), None);
    }

    /// Sends a message and compares the one transfer that answers it.
    #[track_caller]
    pub(crate) fn ask(&mut self, message: &str, answer: &str) {
        self.send(message);
        let got = self.within(600_000).unwrap_or_else(|| panic!("no answer to {message}"));
        assert_eq!(hex_of(&got), hex_of(&hex(answer)), "answer to {message}");
        assert_eq!(self.within(1), None, "more than one answer to {message}");
    }

    /// A TPDU there, a TPDU back.
    #[track_caller]
    pub(crate) fn block(&mut self, block: &str, answer: &str) {
        let (block, answer) = (hex(block), hex(answer));
        let header = |kind: &str, len: usize| format!("{kind} {len:02X}000000 00 09 000000 ");
        self.ask(
            &(header("6F", block.len()) + &hex_of(&block)),
            &(header("80", answer.len()) + &hex_of(&answer)),
        );
    }

    pub(crate) fn abort(&mut self, slot: u8, sequence: u8) -> Option<usize> {
        self.pipe.class_request(ClassRequest::Abort { slot, sequence }, &mut [], Millis(1)).unwrap()
    }

    /// Powers slot 0 on with automatic voltage or 5 V.
    pub(crate) fn power_on(&mut self) -> Vec<u8> {
        self.send("62 00000000 00 00 010000");
        let answer = self.within(1_000).unwrap();
        assert_eq!(answer[7], 0, "{}", hex_of(&answer));
        answer[10..].to_vec()
    }
}

/// Powered and, at the TPDU level, told the card's parameters at the default speed.
pub(crate) fn t1_bench(atr: &'static [u8], answer: &str, traits: CardTraits) -> Bench {
    let mut bench = Bench::with_traits(ReaderConfig::tpdu(), glass(atr, answer), traits);
    bench.power_on();
    bench.ask(
        "61 07000000 00 01 010000 11 10 00 4D 00 20 00",
        "82 07000000 00 01 00 00 01 11 10 00 4D 00 20 00",
    );
    bench
}
