//! The way of an APDU to the token: host's end, frames, the rig's server, its bench, the card.
//!
//! The token is the test's, so the card of the bench only asks for it: what the bench wants of its card comes to
//! the test's thread while that waits for the host's end, which has a thread of its own.

use kaztoken_core::Millis;
use kaztoken_core::drive::ApduLink;
use kaztoken_rig::host::{Options, Rig, RigLink};
use kaztoken_rig::simulated::{ContactBench, in_process};
use kaztoken_virtual::store::MemoryStore;
use kaztoken_virtual::{Card, Model, VirtualToken};
use std::sync::mpsc::{Receiver, Sender, channel};

/// What the test's thread is told.
enum Event {
    Reset,
    Command(Vec<u8>),
    /// The host's end has its answer.
    Answered(Vec<u8>),
}

/// A card that asks for the real one.
struct Remote {
    model: Model,
    events: Sender<Event>,
    responses: Receiver<Vec<u8>>,
}

impl Card for Remote {
    fn model(&self) -> Model {
        self.model
    }

    fn reset(&mut self) -> &'static [u8] {
        // Nobody is there any more at the very end.
        let _ = self.events.send(Event::Reset);
        self.model.atr()
    }

    fn process(&mut self, command: &[u8], response: &mut Vec<u8>) {
        self.events.send(Event::Command(command.to_vec())).unwrap();
        *response = self.responses.recv().unwrap();
    }
}

pub(crate) struct Way {
    commands: Sender<Vec<u8>>,
    events: Receiver<Event>,
    responses: Sender<Vec<u8>>,
}

impl Way {
    pub(crate) fn power_on(token: &mut VirtualToken<MemoryStore>) -> Self {
        let (tell, events) = channel();
        let (responses, to_card) = channel();
        let (commands, to_host) = channel::<Vec<u8>>();
        let model = token.model();
        let card = Remote { model, events: tell.clone(), responses: to_card };
        std::thread::spawn(move || {
            let (line, _rig) = in_process(ContactBench::new(card), Millis(60_000));
            let rig = Rig::over(line, Options { quiet: true, ..Options::default() }).unwrap();
            let mut link = RigLink::open(rig).unwrap();
            assert_eq!(link.atr(), model.atr());
            tell.send(Event::Answered(link.atr().to_vec())).unwrap();
            for command in to_host {
                let mut response = [0; 258];
                let len = link.transmit(&command, &mut response, Millis(60_000)).unwrap();
                let counters = link.rig().counters();
                assert_eq!((counters.damaged, counters.stale, counters.repeated), (0, 0, 0));
                if tell.send(Event::Answered(response[..len].to_vec())).is_err() {
                    break;
                }
            }
        });
        let mut way = Self { commands, events, responses };
        way.wait(token);
        way
    }

    pub(crate) fn exchange(&mut self, token: &mut VirtualToken<MemoryStore>, command: &[u8]) -> Vec<u8> {
        self.commands.send(command.to_vec()).unwrap();
        self.wait(token)
    }

    fn wait(&mut self, token: &mut VirtualToken<MemoryStore>) -> Vec<u8> {
        loop {
            match self.events.recv().expect("the host's end is there") {
                Event::Reset => drop(token.reset()),
                Event::Command(command) => {
                    let mut response = Vec::new();
                    token.process(&command, &mut response);
                    self.responses.send(response).unwrap();
                }
                Event::Answered(answer) => return answer,
            }
        }
    }
}
