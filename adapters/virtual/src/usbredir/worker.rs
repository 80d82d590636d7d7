//! The card in a thread of its own: it takes commands and resets strictly one after another.
//!
//! So a reset can neither overtake a command that was sent before it nor wait for a key to be generated.

use crate::card::Card;
use crate::model::Model;
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};
use zeroize::Zeroizing;

enum Job {
    Reset,
    Process(u64, Zeroizing<Vec<u8>>),
}

/// Stands for the card; what it is told happens later.
#[derive(Debug)]
pub(super) struct Worker {
    model: Model,
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// `answer` gets the number of each command and the card's response.
    pub(super) fn new<C, F>(mut card: C, mut answer: F) -> Self
    where
        C: Card + Send + 'static,
        F: FnMut(u64, Zeroizing<Vec<u8>>) + Send + 'static,
    {
        let model = card.model();
        let (jobs, received) = mpsc::channel();
        let thread = thread::spawn(move || {
            for job in received {
                match job {
                    Job::Reset => drop(card.reset()),
                    Job::Process(number, command) => {
                        let mut response = Zeroizing::new(Vec::new());
                        card.process(&command, &mut response);
                        answer(number, response);
                    }
                }
            }
        });
        Self { model, jobs: Some(jobs), thread: Some(thread) }
    }

    pub(super) const fn model(&self) -> Model {
        self.model
    }

    /// Resets the card after what it was told before.
    pub(super) fn reset(&self) {
        self.send(Job::Reset);
    }

    pub(super) fn process(&self, number: u64, command: Zeroizing<Vec<u8>>) {
        self.send(Job::Process(number, command));
    }

    fn send(&self, job: Job) {
        if let Some(jobs) = &self.jobs {
            // A worker that panicked answers nothing any more: the host runs into its own time limit.
            let _ = jobs.send(job);
        }
    }
}

/// Waits until the card has done what it was told.
impl Drop for Worker {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
