//! Requests and answers.

use super::address::Address;
use super::error::Error;
use super::line::{Line, Receive, Transmit};
use crate::frame::{self, FRAME_LEN, FrameReader, Kind};
use crate::hello::{Dialect, Features, Hello, Welcome};
use crate::message::{Activity, Answer, Beat, Outcome, PAYLOAD_LEN, Pulse, Request, Task};
use core::fmt;
use core::ops::ControlFlow;
use core::time::Duration;
use kaztoken_core::Millis;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use zeroize::{Zeroize, Zeroizing};

/// How often a harmless request is sent at most.
const TRIES: u32 = 3;
/// How often a hello is sent at most, and how long each is waited for. A board that starts anew when its port
/// is opened needs a while.
const HELLOS: u32 = 6;
const HELLO_WAIT: Duration = Duration::from_millis(500);
/// How much longer than a request's budget its answer is waited for: longer than the rig waits for its bench.
const GRACE: Duration = Duration::from_secs(3);
/// A request without an answer for so long is asked after, and again as long as there is none.
const ASK_AFTER: Duration = Duration::from_millis(250);
/// The wait hook is called at least this often.
const SLICE: Duration = Duration::from_millis(100);
/// A rig without any sign of life for so long is silent. Its bench must not wait longer inside one call.
const SILENT: Duration = Duration::from_secs(4);
/// The most that is thrown away before a request: a line with more on it is no rig's.
const MAX_DRAINED: usize = 1 << 20;

/// Where the bytes of the rig's log go, as they come. With defmt they are what `defmt-print` reads.
pub type LogSink = Box<dyn FnMut(&[u8]) + Send>;

/// Called several times a second while the rig works; [`ControlFlow::Break`] gives the request up.
pub type WaitHook = Box<dyn FnMut(Millis) -> ControlFlow<()>>;

/// How a [`Rig`] is opened.
#[derive(Default)]
pub struct Options {
    /// Where the rig's log goes.
    pub log: Option<LogSink>,
    /// Called while waiting.
    pub on_wait: Option<WaitHook>,
    /// How long to wait for a rig to say that it is one. `None`: 3 seconds.
    pub patience: Option<Duration>,
    /// No thread shows the rig that this program lives while no request is under way.
    pub quiet: bool,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("quiet", &self.quiet).finish_non_exhaustive()
    }
}

/// What a rig says of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct About {
    /// Name and version of the firmware.
    pub firmware: String,
    /// The board's name.
    pub board: String,
    /// What it can do.
    pub features: Features,
    /// How long this program may be silent.
    pub silence: Millis,
}

/// What came over the line, seen from here.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct HostCounters {
    /// Frames that were damaged, too long or unknown.
    pub damaged: u32,
    /// Answers to requests that nobody waits for any more.
    pub stale: u32,
    /// Requests that were sent again.
    pub repeated: u32,
}

/// A rig that understands this program.
///
/// As long as it lives, a thread shows the rig that this program lives. After an error that leaves the line
/// in doubt every request is [`Error::Broken`] until [`reconnect`](Self::reconnect).
pub struct Rig {
    receive: Box<dyn Receive>,
    sender: Arc<Mutex<Sender>>,
    /// Dropped, it ends the thread.
    _keeper: Option<std::sync::mpsc::Sender<()>>,
    address: Option<Address>,
    options: Options,
    about: About,
    inbox: Inbox,
    next: u32,
    broken: bool,
    counters: HostCounters,
}

impl fmt::Debug for Rig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rig")
            .field("about", &self.about)
            .field("broken", &self.broken)
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}

impl Rig {
    /// Opens the line to the rig at this address and says hello.
    ///
    /// # Errors
    /// [`Error::Open`], [`Error::NotARig`], [`Error::WrongVersion`], or of the line.
    pub fn open(address: &Address, options: Options) -> Result<Self, Error> {
        let mut rig = Self::over(Line::open(address)?, options)?;
        rig.address = Some(address.clone());
        Ok(rig)
    }

    /// Says hello over a line of the caller's own.
    ///
    /// # Errors
    /// [`Error::NotARig`], [`Error::WrongVersion`], or of the line.
    pub fn over(line: Line, options: Options) -> Result<Self, Error> {
        let Line { receive, transmit } = line;
        let about = About {
            firmware: String::new(),
            board: String::new(),
            features: Features::default(),
            silence: crate::server::SILENCE,
        };
        let mut rig = Self {
            receive,
            sender: Arc::new(Mutex::new(Sender::new(transmit))),
            _keeper: None,
            address: None,
            options,
            about,
            inbox: Inbox::new(),
            next: 0,
            broken: true,
            counters: HostCounters::default(),
        };
        rig.greet()?;
        Ok(rig)
    }

    /// What the rig says of itself.
    #[must_use]
    pub const fn about(&self) -> &About {
        &self.about
    }

    /// What came over the line.
    #[must_use]
    pub const fn counters(&self) -> HostCounters {
        self.counters
    }

    /// Is the line in doubt?
    #[must_use]
    pub const fn is_broken(&self) -> bool {
        self.broken
    }

    /// Begins anew: opens the line again where that was closed, and says hello with another session number. The
    /// rig takes the token's power.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn reconnect(&mut self) -> Result<(), Error> {
        self.broken = true;
        match self.greet_again() {
            Err(Error::Disconnected | Error::Line(_)) if self.address.is_some() => {}
            result => return result,
        }
        let Some(address) = &self.address else { return Err(Error::Disconnected) };
        // The old port is closed first: it may be the one that is opened.
        self._keeper = None;
        self.receive = Box::new(Closed);
        lock(&self.sender).transmit = Box::new(Closed);
        let Line { receive, transmit } = Line::open(address)?;
        self.receive = receive;
        self.sender = Arc::new(Mutex::new(Sender::new(transmit)));
        self.greet_again()
    }

    /// What was decided of a rig holds only for this one: another one that answers in its place is none.
    fn greet_again(&mut self) -> Result<(), Error> {
        let before = self.about.clone();
        self.greet()?;
        if self.about == before {
            return Ok(());
        }
        self.broken = true;
        let now = core::mem::replace(&mut self.about, before);
        Err(Error::AnotherRig { board: now.board })
    }

    /// The same for a caller who cannot wait.
    pub(super) fn reconnect_within(&mut self, patience: Duration) -> Result<(), Error> {
        let usual = self.options.patience.replace(patience);
        let result = self.greet_again();
        self.options.patience = usual;
        result
    }

    /// Nothing of the last answer is left in memory.
    pub fn wipe(&mut self) {
        self.inbox.wipe();
    }

    fn greet(&mut self) -> Result<(), Error> {
        self.inbox.clear();
        let (mut session, mut start) = ([0; 4], [0; 4]);
        let random = |bytes: &mut [u8]| {
            getrandom::fill(bytes).map_err(|error| Error::Line(std::io::Error::other(error.to_string())))
        };
        random(&mut session)?;
        random(&mut start)?;
        self.next = u32::from_le_bytes(start);
        let hello = Hello { dialect: Dialect::OURS, session: u32::from_le_bytes(session) };
        let patience = self.options.patience.unwrap_or(HELLO_WAIT * HELLOS);
        let begun = Instant::now();
        let mut bytes = 0;
        for turn in 1..=HELLOS {
            lock(&self.sender).frame(|out| frame::write_bytes(out, Kind::Hello, &hello.to_bytes()))?;
            let until = (begun + HELLO_WAIT * turn).min(begun + patience);
            while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
            {
                let Some((kind, len)) = self.inbox.next(&mut *self.receive, left, &mut bytes)? else {
                    continue;
                };
                let Ok(kind) = kind else { continue };
                self.pass_on_log(kind, len);
                let Some(welcome) = Welcome::parse(self.inbox.body(len)).filter(|_| kind == Kind::Welcome)
                else {
                    continue;
                };
                if welcome.dialect != Dialect::OURS {
                    let firmware = welcome.firmware.to_owned();
                    return Err(Error::WrongVersion { rig: welcome.dialect, firmware });
                }
                if welcome.session != hello.session {
                    continue;
                }
                self.about = About {
                    firmware: welcome.firmware.to_owned(),
                    board: welcome.board.to_owned(),
                    features: welcome.features,
                    silence: welcome.silence,
                };
                self.broken = false;
                self.keep_alive();
                return Ok(());
            }
            if begun.elapsed() >= patience {
                break;
            }
        }
        Err(Error::NotARig { bytes })
    }

    /// Starts the thread that beats while nothing else is sent.
    fn keep_alive(&mut self) {
        self._keeper = None;
        if self.options.quiet {
            return;
        }
        let every = self.beat_every();
        let (stop, stopped) = channel::<()>();
        let sender = Arc::clone(&self.sender);
        std::thread::spawn(move || {
            while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                // The line's fault shows at the next request, too.
                if lock(&sender).beat(false).is_err() {
                    break;
                }
            }
        });
        self._keeper = Some(stop);
    }

    fn beat_every(&self) -> Duration {
        Duration::from_millis((self.about.silence.0 / 4).clamp(20, 10_000))
    }

    /// Carries out one task. What came of it stands in memory of the rig's; a fault is [`Error::Fault`].
    ///
    /// # Errors
    /// [`Error`].
    pub fn ask(&mut self, task: &Task<'_>) -> Result<Outcome<'_>, Error> {
        let result = self.exchange(task);
        match result {
            Ok(len) => {
                let outcome = match postcard::from_bytes::<Answer<'_>>(self.inbox.body(len)) {
                    Ok(answer) => answer.outcome,
                    Err(_) => return Err(Error::WrongAnswer),
                };
                match outcome {
                    Outcome::Failed(fault) => {
                        let error = Error::from(fault);
                        self.broken = !error.leaves_the_line_sound();
                        Err(error)
                    }
                    outcome => Ok(outcome),
                }
            }
            Err(error) => {
                self.broken |= !error.leaves_the_line_sound();
                self.inbox.wipe();
                Err(error)
            }
        }
    }

    /// Sends a task until there is an answer. Returns the length of its body in the inbox.
    fn exchange(&mut self, task: &Task<'_>) -> Result<usize, Error> {
        if self.broken {
            return Err(Error::Broken);
        }
        let len = octets(task);
        if len > PAYLOAD_LEN {
            return Err(Error::TooLong { len });
        }
        self.drain()?;
        let id = self.next;
        self.next = id.wrapping_add(1);
        let request = Request { id, task: *task };
        let tries = if task.is_harmless() { TRIES } else { 1 };
        let mut last = Error::Timeout;
        for turn in 0..tries {
            if turn > 0 {
                self.counters.repeated = self.counters.repeated.saturating_add(1);
            }
            let mark = {
                let mut sender = lock(&self.sender);
                sender.frame(|out| frame::write(out, Kind::Request, &request))?;
                sender.beats
            };
            match self.await_answer(id, mark, task.budget()) {
                Err(error @ (Error::RequestLost | Error::AnswerLost | Error::Timeout)) => last = error,
                result => return result,
            }
        }
        Err(last)
    }

    /// Throws away what came since the last answer: logs, and answers that came too late.
    fn drain(&mut self) -> Result<(), Error> {
        let mut bytes = 0;
        while bytes < MAX_DRAINED {
            let before = bytes;
            if let Some((frame, len)) = self.inbox.next(&mut *self.receive, Duration::ZERO, &mut bytes)? {
                match frame {
                    Ok(Kind::Log) => self.pass_on_log(Kind::Log, len),
                    Ok(Kind::Answer) => self.counters.stale = self.counters.stale.saturating_add(1),
                    Ok(_) => {}
                    Err(()) => self.counters.damaged = self.counters.damaged.saturating_add(1),
                }
            } else if bytes == before {
                return Ok(());
            }
        }
        Err(Error::NotARig { bytes })
    }

    fn pass_on_log(&mut self, kind: Kind, len: usize) {
        if let (Kind::Log, Some(log)) = (kind, &mut self.options.log) {
            log(self.inbox.body(len));
        }
    }

    /// Waits for the answer with this number. `mark` is the number of the last beat before the request.
    fn await_answer(&mut self, id: u32, mark: u32, budget: Millis) -> Result<usize, Error> {
        let start = Instant::now();
        let limit = Duration::from_millis(budget.0) + GRACE;
        let (mut heard, mut asked) = (start, start);
        let mut bytes = 0;
        loop {
            let waited = start.elapsed();
            if waited > limit {
                return Err(Error::Timeout);
            }
            if heard.elapsed() > SILENT {
                return Err(Error::Silent);
            }
            if asked.elapsed() >= ASK_AFTER {
                lock(&self.sender).beat(true)?;
                asked = Instant::now();
            }
            let hook = self.options.on_wait.as_mut();
            let passed = Millis(u64::try_from(waited.as_millis()).unwrap_or(u64::MAX));
            if waited > SLICE && hook.is_some_and(|hook| hook(passed).is_break()) {
                return Err(Error::Cancelled);
            }
            let Some((frame, len)) = self.inbox.next(&mut *self.receive, SLICE, &mut bytes)? else {
                continue;
            };
            let Ok(kind) = frame else {
                self.counters.damaged = self.counters.damaged.saturating_add(1);
                continue;
            };
            match kind {
                Kind::Answer => {
                    match postcard::take_from_bytes::<u32>(self.inbox.body(len)) {
                        Ok((number, _)) if number == id => return Ok(len),
                        _ => self.counters.stale = self.counters.stale.saturating_add(1),
                    }
                    heard = Instant::now();
                }
                Kind::Pulse => {
                    let pulse = postcard::from_bytes::<Pulse>(self.inbox.body(len));
                    // One that was asked for before the request tells nothing of it.
                    if let Some(pulse) = pulse.ok().filter(|pulse| is_after(pulse.number, mark)) {
                        judge(pulse.state, id)?;
                        heard = Instant::now();
                    }
                }
                Kind::Log => {
                    self.pass_on_log(kind, len);
                    heard = Instant::now();
                }
                _ => self.counters.damaged = self.counters.damaged.saturating_add(1),
            }
        }
    }
}

/// Is `number` later than `mark`? Numbers wrap.
const fn is_after(number: u32, mark: u32) -> bool {
    let ahead = number.wrapping_sub(mark);
    ahead >= 1 && ahead <= u32::MAX / 2
}

/// What a rig that was asked after a request says of it, without having answered it before.
fn judge(state: Activity, id: u32) -> Result<(), Error> {
    match state {
        Activity::Working { id: working } if working == id => Ok(()),
        Activity::Working { .. } => Err(Error::RequestLost),
        Activity::Waiting { last } if last == Some(id) => Err(Error::AnswerLost),
        Activity::Waiting { .. } => Err(Error::RequestLost),
        Activity::Asleep => Err(Error::Asleep),
    }
}

const fn octets(task: &Task<'_>) -> usize {
    match task {
        Task::Apdu { command, .. } => command.0.len(),
        Task::Block { block, .. } => block.0.len(),
        Task::UsbSend { message, .. } => message.0.len(),
        _ => 0,
    }
}

/// The end into which bytes go, shared with the thread that beats.
struct Sender {
    transmit: Box<dyn Transmit>,
    /// The number of the last beat.
    beats: u32,
}

impl Sender {
    fn new(transmit: Box<dyn Transmit>) -> Self {
        Self { transmit, beats: 0 }
    }

    fn frame(&mut self, write: impl FnOnce(&mut [u8]) -> Result<usize, frame::Full>) -> Result<(), Error> {
        let mut out = Zeroizing::new([0; FRAME_LEN + 2]);
        let len = write(&mut *out).map_err(|_| Error::TooLong { len: FRAME_LEN })?;
        let bytes = out.get(..len).unwrap_or_default();
        self.transmit.transmit(bytes).map_err(Error::of_line)
    }

    fn beat(&mut self, answer: bool) -> Result<(), Error> {
        self.beats = self.beats.wrapping_add(1);
        let beat = Beat { number: self.beats, answer };
        self.frame(|out| frame::write(out, Kind::Beat, &beat))
    }
}

fn lock(sender: &Mutex<Sender>) -> MutexGuard<'_, Sender> {
    sender.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What came and is not taken yet.
struct Inbox {
    reader: FrameReader,
    frame: Zeroizing<[u8; FRAME_LEN]>,
    chunk: Zeroizing<[u8; 512]>,
    at: usize,
    end: usize,
}

impl Inbox {
    fn new() -> Self {
        Self {
            reader: FrameReader::new(),
            frame: Zeroizing::new([0; FRAME_LEN]),
            chunk: Zeroizing::new([0; 512]),
            at: 0,
            end: 0,
        }
    }

    fn clear(&mut self) {
        *self = Self::new();
    }

    /// Nothing of an answer is left.
    fn wipe(&mut self) {
        *self.frame = [0; FRAME_LEN];
        if let Some(used) = self.chunk.get_mut(..self.at) {
            used.zeroize();
        }
        self.reader.clear();
    }

    fn body(&self, len: usize) -> &[u8] {
        self.frame.get(..len).unwrap_or_default()
    }

    /// The next frame, waiting once for bytes: its kind (or that it is damaged) and the length of its body.
    #[expect(clippy::type_complexity, reason = "a frame, or nothing, or the line's fault")]
    fn next(
        &mut self,
        receive: &mut dyn Receive,
        timeout: Duration,
        bytes: &mut usize,
    ) -> Result<Option<(Result<Kind, ()>, usize)>, Error> {
        if self.at >= self.end {
            (self.at, self.end) = (0, 0);
            let Some(len) = receive.receive(&mut *self.chunk, timeout).map_err(Error::of_line)? else {
                return Ok(None);
            };
            *bytes = bytes.saturating_add(len);
            self.end = len.min(self.chunk.len());
        }
        while let Some(&byte) = self.chunk.get(self.at..self.end).and_then(<[u8]>::first) {
            self.at += 1;
            match self.reader.push(&mut *self.frame, byte) {
                None => {}
                Some(Ok((kind, len))) => return Ok(Some((Ok(kind), len))),
                Some(Err(_)) => return Ok(Some((Err(()), 0))),
            }
        }
        Ok(None)
    }
}

/// In place of a line that was closed.
struct Closed;

impl Receive for Closed {
    fn receive(&mut self, _: &mut [u8], _: Duration) -> std::io::Result<Option<usize>> {
        Err(std::io::ErrorKind::UnexpectedEof.into())
    }
}

impl Transmit for Closed {
    fn transmit(&mut self, _: &[u8]) -> std::io::Result<()> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }
}
