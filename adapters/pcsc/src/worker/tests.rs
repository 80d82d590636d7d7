use super::*;
use std::sync::{Arc, Mutex};

/// Writes down what is done to it.
#[derive(Clone, Default)]
struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    fn write(&self, entry: impl Into<String>) {
        self.0.lock().unwrap().push(entry.into());
    }

    fn entries(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// A card that echoes; `F0` fails with a reset, `F1` blocks until the test lets go, `F2` panics.
struct FakeCard {
    diary: Diary,
    gate: Receiver<()>,
    refuse_transactions: bool,
}

impl Transmit for FakeCard {
    fn transmit(&mut self, command: &[u8], response: &mut [u8]) -> Result<usize, pcsc::Error> {
        self.diary.write(format!("transmit {command:02X?}"));
        match command {
            [0xF0] => return Err(pcsc::Error::ResetCard),
            [0xF1] => drop(self.gate.recv()),
            [0xF2] => panic!("as the pcsc crate does on unknown codes"),
            _ => {}
        }
        response[..command.len()].copy_from_slice(command);
        Ok(command.len())
    }

    fn reconnect(&mut self) -> Result<(), pcsc::Error> {
        self.diary.write("reconnect");
        Ok(())
    }
}

impl Handle for FakeCard {
    fn transaction(&mut self, inside: &mut dyn FnMut(&mut dyn Transmit)) -> Result<(), pcsc::Error> {
        if self.refuse_transactions {
            return Err(pcsc::Error::ResetCard);
        }
        self.diary.write("begin");
        inside(self);
        self.diary.write("end");
        Ok(())
    }

    fn disconnect(self, disposition: Disposition) {
        self.diary.write(format!("disconnect {disposition:?}"));
    }
}

const LONG: Duration = Duration::from_secs(10);
const SHORT: Duration = Duration::from_millis(20);

fn start(refuse_transactions: bool) -> (Worker, Diary, Sender<()>) {
    let diary = Diary::default();
    let (open, gate) = channel();
    let card = FakeCard { diary: diary.clone(), gate, refuse_transactions };
    let (worker, ()) = Worker::start(LONG, move || Ok((card, ()))).unwrap();
    (worker, diary, open)
}

#[test]
fn commands_inside_and_outside_a_transaction() {
    let (worker, diary, _open) = start(false);
    assert_eq!(*worker.transmit(&[1], LONG).unwrap(), [1]);
    worker.begin(LONG).unwrap();
    worker.begin(LONG).unwrap();
    worker.transmit(&[2], LONG).unwrap();
    worker.end();
    worker.end();
    worker.transmit(&[3], LONG).unwrap();
    worker.finish(Disposition::LeaveCard);
    let expected =
        ["transmit [01]", "begin", "transmit [02]", "end", "transmit [03]", "disconnect LeaveCard"];
    assert_eq!(diary.entries(), expected);
}

#[test]
fn finish_ends_an_open_transaction() {
    let (worker, diary, _open) = start(false);
    worker.begin(LONG).unwrap();
    worker.finish(Disposition::LeaveCard);
    assert_eq!(diary.entries(), ["begin", "end", "disconnect LeaveCard"]);
}

#[test]
fn reset_is_reported_once_and_the_next_command_reaches_the_card() {
    let (worker, diary, _open) = start(false);
    let reset = NoAnswer::Failed(pcsc::Error::ResetCard);
    assert_eq!(worker.transmit(&[0xF0], LONG).unwrap_err(), reset);
    assert_eq!(*worker.transmit(&[1], LONG).unwrap(), [1]);
    worker.finish(Disposition::ResetCard);
    assert_eq!(diary.entries(), ["transmit [F0]", "reconnect", "transmit [01]", "disconnect ResetCard"]);

    let (worker, diary, _open) = start(true);
    assert_eq!(worker.begin(LONG).unwrap_err(), reset);
    assert_eq!(*worker.transmit(&[1], LONG).unwrap(), [1]);
    assert_eq!(diary.entries(), ["reconnect", "transmit [01]"]);
}

#[test]
fn a_command_given_up_leads_to_a_reset_when_it_ends() {
    let (worker, diary, open) = start(false);
    worker.begin(LONG).unwrap();
    assert_eq!(worker.transmit(&[0xF1], SHORT).unwrap_err(), NoAnswer::InTime);
    let Worker { requests, answers, thread } = worker;
    drop((requests, answers));
    assert_eq!(diary.entries(), ["begin", "transmit [F1]"]);
    open.send(()).unwrap();
    thread.join().unwrap();
    assert_eq!(diary.entries(), ["begin", "transmit [F1]", "end", "disconnect ResetCard"]);
}

#[test]
fn a_dead_thread_is_an_error() {
    let (worker, _diary, _open) = start(false);
    assert_eq!(worker.transmit(&[0xF2], LONG).unwrap_err(), NoAnswer::Gone);
    assert_eq!(worker.transmit(&[1], LONG).unwrap_err(), NoAnswer::Gone);
    worker.finish(Disposition::ResetCard);
}

#[test]
fn connecting_fails_or_takes_too_long() {
    let refused = || Err::<(FakeCard, ()), _>(pcsc::Error::SharingViolation);
    let failed = Worker::start(LONG, refused).unwrap_err();
    assert_eq!(failed, NoAnswer::Failed(pcsc::Error::SharingViolation));

    let (release, hold) = channel::<()>();
    let slow = move || {
        let _ = hold.recv();
        refused()
    };
    assert_eq!(Worker::start(SHORT, slow).unwrap_err(), NoAnswer::InTime);
    drop(release);
}

#[test]
fn errors_mean_what_the_moment_makes_them_mean() {
    use pcsc::Error as E;
    for (error, connecting, sending) in [
        (E::NoService, Error::NoService, Error::NoService),
        (E::SecurityViolation, Error::NoPermission, Error::NoPermission),
        (E::UnknownReader, Error::NothingThere, Error::Removed),
        (E::ReaderUnavailable, Error::NothingThere, Error::Removed),
        (E::NoSmartcard, Error::NoCard, Error::Removed),
        (E::RemovedCard, Error::NoCard, Error::Removed),
        (E::SharingViolation, Error::Held, Error::Held),
        (E::ResetCard, Error::Reset, Error::Reset),
        (E::UnresponsiveCard, Error::Mute, Error::Mute),
        (E::NotTransacted, Error::Communication(E::NotTransacted), Error::Communication(E::NotTransacted)),
        (E::NoMemory, Error::Service(E::NoMemory), Error::Service(E::NoMemory)),
    ] {
        assert_eq!(Error::of_service(error), connecting);
        assert_eq!(NoAnswer::Failed(error).of_command(Error::WorkerGone), sending);
    }
}
