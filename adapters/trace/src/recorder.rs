//! Making a trace while a program works.

use crate::file::mask;
use crate::{Entry, Failure, Masker, Opened, Record};
use core::fmt;
use kaztoken_core::Millis;
use kaztoken_core::ccid::ClassRequest;
use kaztoken_core::drive::BulkPipe;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What an error of a link is in a trace.
pub trait Fault: core::error::Error {
    /// A word for programs, without blanks.
    fn code(&self) -> &'static str;
}

/// Writes a trace entry by entry: what was seen is in the file, whatever happens next.
#[derive(Clone)]
pub struct Recorder(Arc<Mutex<Inner>>);

/// Where an entry is shown when it happens.
type Live = Box<dyn FnMut(&Entry) + Send>;

struct Inner {
    start: Instant,
    links: u16,
    files: Vec<Box<dyn Write + Send>>,
    live: Option<Live>,
    /// The file could not be written, and nobody was told yet.
    failed: Option<io::Error>,
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new()
    }
}

impl Recorder {
    /// A recorder that keeps nothing yet.
    #[must_use]
    pub fn new() -> Self {
        let inner = Inner { start: Instant::now(), links: 0, files: Vec::new(), live: None, failed: None };
        Self(Arc::new(Mutex::new(inner)))
    }

    /// Writes entries to `file`, too, after the first line and these facts.
    ///
    /// # Errors
    /// The file's.
    pub fn write_to(&self, mut file: Box<dyn Write + Send>, about: &[(String, String)]) -> io::Result<()> {
        let head = crate::Trace { about: about.to_vec(), entries: Vec::new() };
        file.write_all(head.to_string().as_bytes())?;
        file.flush()?;
        self.lock().files.push(file);
        Ok(())
    }

    /// Shows every entry when it happens.
    pub fn show(&self, live: impl FnMut(&Entry) + Send + 'static) {
        self.lock().live = Some(Box::new(live));
    }

    /// A connection begins.
    #[must_use]
    pub fn open(&self, opened: Opened) -> Track {
        let mut inner = self.lock();
        inner.links = inner.links.saturating_add(1);
        let link = inner.links;
        drop(inner);
        let mut track = Track { recorder: self.clone(), link, masker: Masker::default() };
        track.put(Record::Open(opened));
        track
    }

    /// Why entries are missing in the file, told once.
    pub fn take_failure(&self) -> Option<io::Error> {
        self.lock().failed.take()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection's part of a trace.
#[derive(Clone, Debug)]
pub struct Track {
    recorder: Recorder,
    link: u16,
    masker: Masker,
}

impl Track {
    /// Adds an entry. Bytes to the card are masked here, so that it does not matter who made them.
    pub fn put(&mut self, mut record: Record) {
        mask(&mut record, &mut self.masker);
        self.write(record);
    }

    fn write(&self, record: Record) {
        let mut inner = self.recorder.lock();
        let at = u64::try_from(inner.start.elapsed().as_micros()).unwrap_or(u64::MAX);
        let entry = Entry { at, link: self.link, record };
        if let Some(live) = &mut inner.live {
            live(&entry);
        }
        let mut failed = None;
        inner.files.retain_mut(|file| match writeln!(file, "{entry}").and_then(|()| file.flush()) {
            Ok(()) => true,
            Err(error) => {
                // A full disk does not end what is done with the token.
                failed = Some(error);
                false
            }
        });
        inner.failed = failed.or(inner.failed.take());
    }

    /// A command APDU goes out.
    pub fn command(&mut self, command: &[u8]) {
        self.write(Record::Command(Masker::command(command)));
    }

    /// The layer below failed.
    pub fn failed(&mut self, fault: &impl Fault) {
        self.put(Record::Failed(Failure { code: fault.code().to_owned(), text: fault.to_string() }));
    }

    /// A bulk-OUT message goes out.
    pub fn message(&mut self, message: &[u8]) {
        let masked = self.masker.message(message);
        self.write(Record::Send(masked));
    }
}

/// A pipe whose messages are recorded. Its errors are those of the program that records.
#[derive(Debug)]
pub struct RecordedPipe<P, F> {
    pipe: P,
    track: Track,
    fault: core::marker::PhantomData<F>,
}

impl<P, F> RecordedPipe<P, F> {
    /// Records what goes through `pipe`.
    #[must_use]
    pub const fn new(pipe: P, track: Track) -> Self {
        Self { pipe, track, fault: core::marker::PhantomData }
    }
}

impl<P, F> RecordedPipe<P, F>
where
    P: BulkPipe,
    P::Error: Into<F>,
    F: Fault,
{
    fn failed(&mut self, error: P::Error) -> F {
        let fault: F = error.into();
        self.track.failed(&fault);
        fault
    }
}

impl<P, F> BulkPipe for RecordedPipe<P, F>
where
    P: BulkPipe,
    P::Error: Into<F>,
    F: Fault,
{
    type Error = F;

    fn send(&mut self, message: &[u8], timeout: Millis) -> Result<(), F> {
        self.track.message(message);
        self.pipe.send(message, timeout).map_err(|error| self.failed(error))
    }

    fn receive(&mut self, buffer: &mut [u8], timeout: Millis) -> Result<Option<usize>, F> {
        match self.pipe.receive(buffer, timeout) {
            Ok(Some(len)) => {
                self.track.put(Record::Receive(buffer.get(..len).unwrap_or_default().to_vec()));
                Ok(Some(len))
            }
            Ok(None) => {
                self.track.put(Record::Silence);
                Ok(None)
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    fn has_control_pipe(&self) -> bool {
        self.pipe.has_control_pipe()
    }

    fn class_request(
        &mut self,
        request: ClassRequest,
        data: &mut [u8],
        timeout: Millis,
    ) -> Result<Option<usize>, F> {
        match self.pipe.class_request(request, data, timeout) {
            Ok(len) => {
                let answer = len.map(|len| data.get(..len).unwrap_or_default().to_vec());
                self.track.put(Record::Control(request, answer));
                Ok(len)
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    fn reset(&mut self) -> Result<bool, F> {
        match self.pipe.reset() {
            Ok(done) => {
                self.track.put(Record::Reset(done));
                Ok(done)
            }
            Err(error) => Err(self.failed(error)),
        }
    }
}
