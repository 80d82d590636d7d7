//! The rig's end of the line: frames in, tasks to the [`Bench`], frames out.
//!
//! The firmware's loop is four calls:
//!
//! ```text
//! server.handle_input(now, bytes from the host);
//! server.poll(now, &mut bench);
//! let sent = write to the host what fits of server.poll_transmit();
//! server.transmitted(sent);
//! ```
//!
//! All input that is there is handed over before [`poll`](Server::poll), so that a rig that was busy itself
//! does not take the host for dead.
//!
//! The token's power is taken when the host is silent for longer than the silence that the rig was made with,
//! whether a command is under way or not, and when another host says hello. A host shows that it lives by
//! [`Beat`]s.

use crate::bench::Bench;
use crate::frame::{self, FRAME_LEN, FrameError, FrameReader, Kind};
use crate::hello::{Dialect, Hello, WELCOME_LEN, Welcome};
use crate::message::{
    Activity, Answer, Beat, LineCounters, Octets, Outcome, PAYLOAD_LEN, Pulse, Request, Task, Timing,
    UsbAbout,
};
use crate::{Fault, Micros};
use core::fmt;
use kaztoken_core::Millis;
use zeroize::Zeroize;

/// How long a host may be silent, unless the firmware says otherwise. A host beats four times as often.
pub const SILENCE: Millis = Millis(2_000);

/// How much longer than its budget a bench may take until it is stopped.
const GRACE: Millis = Millis(1_000);

/// Enough for a hello or a beat while a request lies in the other buffer.
const SIDE_LEN: usize = 32;

/// The most log bytes in a frame.
const LOG_LEN: usize = 128;

/// The memory of a [`Server`]. A PIN may stand in it while a request is under way; then it is wiped.
pub struct Buffers {
    request: [u8; FRAME_LEN],
    side: [u8; SIDE_LEN],
    response: [u8; PAYLOAD_LEN],
    output: [u8; FRAME_LEN + 2],
}

impl Buffers {
    /// Empty.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            request: [0; FRAME_LEN],
            side: [0; SIDE_LEN],
            response: [0; PAYLOAD_LEN],
            output: [0; FRAME_LEN + 2],
        }
    }

    /// Nothing but zeros in it?
    #[must_use]
    pub fn is_wiped(&self) -> bool {
        let parts: [&[u8]; 4] = [&self.request, &self.side, &self.response, &self.output];
        parts.into_iter().flatten().all(|&byte| byte == 0)
    }

    fn wipe(&mut self) {
        self.request.zeroize();
        self.side.zeroize();
        self.response.zeroize();
        self.output.zeroize();
    }
}

impl Default for Buffers {
    fn default() -> Self {
        Self::new()
    }
}

/// Without the bytes.
impl fmt::Debug for Buffers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffers").finish_non_exhaustive()
    }
}

/// What is under way.
#[derive(Copy, Clone, Debug)]
enum Work {
    Nothing,
    /// A request of this length lies in its buffer.
    Received(usize),
    /// The bench works on it.
    Running {
        len: usize,
        id: u32,
        started: Micros,
        deadline: Micros,
    },
}

/// The rig's end of the line. It does no input or output and owns no clock.
#[derive(Debug)]
pub struct Server<'b> {
    buffers: &'b mut Buffers,
    reader: FrameReader,
    side: FrameReader,
    work: Work,
    silence: Millis,
    session: Option<u32>,
    /// The last request that was taken up in this session.
    last: Option<u32>,
    /// When the host was heard last.
    heard: Micros,
    hello: Option<Hello>,
    beat: Option<Beat>,
    /// What of the output is still to be sent.
    sent: usize,
    to_send: usize,
    timing: Timing,
    line: LineCounters,
}

impl<'b> Server<'b> {
    /// A server that has heard nothing yet. The token loses its power when the host is silent for longer than
    /// `silence`.
    #[must_use]
    pub fn new(buffers: &'b mut Buffers, silence: Millis) -> Self {
        buffers.wipe();
        Self {
            buffers,
            reader: FrameReader::new(),
            side: FrameReader::new(),
            work: Work::Nothing,
            silence,
            session: None,
            last: None,
            heard: Micros(0),
            hello: None,
            beat: None,
            sent: 0,
            to_send: 0,
            timing: Timing { micros: 0, sent: 0, received: 0 },
            line: LineCounters { frames: 0, damaged: 0, too_long: 0, foreign: 0, silences: 0 },
        }
    }

    /// What came over the line so far.
    #[must_use]
    pub const fn line(&self) -> LineCounters {
        self.line
    }

    /// Is there a host?
    #[must_use]
    pub const fn has_session(&self) -> bool {
        self.session.is_some()
    }

    /// Is a request under way?
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        !matches!(self.work, Work::Nothing)
    }

    /// Takes bytes from the host, as many as there are.
    pub fn handle_input(&mut self, now: Micros, bytes: &[u8]) {
        for &byte in bytes {
            // What comes while a request lies in its buffer goes aside, to the end of its frame.
            if self.is_busy() || self.side.has_begun() {
                let frame = self.side.push(&mut self.buffers.side, byte);
                if let Some(frame) = frame {
                    self.on_frame(now, frame, true);
                    self.buffers.side.zeroize();
                }
            } else if let Some(frame) = self.reader.push(&mut self.buffers.request, byte) {
                self.on_frame(now, frame, false);
                if !self.is_busy() {
                    self.buffers.request.zeroize();
                }
            }
        }
    }

    fn on_frame(&mut self, now: Micros, frame: Result<(Kind, usize), FrameError>, aside: bool) {
        let counter = match frame {
            Ok(_) => &mut self.line.frames,
            Err(FrameError::TooLong) => &mut self.line.too_long,
            Err(_) => &mut self.line.damaged,
        };
        *counter = counter.saturating_add(1);
        let Ok((kind, len)) = frame else { return };
        let buffer: &[u8] = if aside { &self.buffers.side } else { &self.buffers.request };
        let body = buffer.get(..len).unwrap_or_default();
        let understood = match kind {
            Kind::Hello => {
                let hello = Hello::parse(body);
                self.hello = hello.or(self.hello);
                hello.is_some()
            }
            Kind::Beat => match postcard::from_bytes::<Beat>(body) {
                Ok(beat) => {
                    self.beat = Some(beat).filter(|beat| beat.answer).or(self.beat);
                    true
                }
                Err(_) => false,
            },
            // A host asks one thing at a time; what comes in between is for nobody.
            Kind::Request if !aside => {
                self.work = Work::Received(len);
                true
            }
            _ => false,
        };
        if understood {
            self.heard = now;
        } else {
            self.line.foreign = self.line.foreign.saturating_add(1);
        }
    }

    /// Goes on with whatever is to be done. Call it often: after input, and while something is under way.
    pub fn poll(&mut self, now: Micros, bench: &mut impl Bench) {
        if self.session.is_some() && now.since(self.heard) > self.silence_micros() {
            self.line.silences = self.line.silences.saturating_add(1);
            self.end_session(now, bench);
        }
        let newcomer = |hello: &Hello| Some(hello.session) != self.session || hello.dialect != Dialect::OURS;
        if self.hello.as_ref().is_some_and(newcomer) && (self.session.is_some() || bench.is_powered()) {
            self.end_session(now, bench);
        }
        if self.to_send > 0 {
            return;
        }
        if let Some(hello) = self.hello.take() {
            return self.welcome(hello, bench);
        }
        self.work(now, bench);
        if self.to_send == 0 {
            self.pulse();
        }
    }

    fn silence_micros(&self) -> Micros {
        Micros(0).after(self.silence)
    }

    /// When [`poll`](Self::poll) has something to do even if nothing happens.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Micros> {
        let silence = self.session.map(|_| Micros(self.heard.after(self.silence).0.saturating_add(1)));
        match self.work {
            Work::Running { deadline, .. } => Some(silence.map_or(deadline, |silence| silence.min(deadline))),
            _ => silence,
        }
    }

    /// Nobody is there any more: the token's power goes, and every byte of what was under way.
    fn end_session(&mut self, now: Micros, bench: &mut impl Bench) {
        bench.stop(now);
        self.session = None;
        self.last = None;
        self.work = Work::Nothing;
        self.beat = None;
        self.buffers.request.zeroize();
        self.buffers.response.zeroize();
        self.reader.clear();
    }

    fn welcome(&mut self, hello: Hello, bench: &impl Bench) {
        if hello.dialect == Dialect::OURS {
            self.session = Some(hello.session);
        }
        let identity = bench.identity();
        let welcome = Welcome {
            dialect: Dialect::OURS,
            session: hello.session,
            features: identity.features,
            silence: self.silence,
            firmware: identity.firmware,
            board: identity.board,
        };
        let mut bytes = [0; WELCOME_LEN];
        let len = welcome.emit(&mut bytes);
        let body = bytes.get(..len).unwrap_or_default();
        // The buffer holds any frame.
        self.to_send = frame::write_bytes(&mut self.buffers.output, Kind::Welcome, body).unwrap_or(0);
    }

    fn pulse(&mut self) {
        let Some(beat) = self.beat.take() else { return };
        let state = match (self.session, self.work) {
            (None, _) => Activity::Asleep,
            (_, Work::Running { id, .. }) => Activity::Working { id },
            _ => Activity::Waiting { last: self.last },
        };
        let pulse = Pulse { number: beat.number, state };
        self.to_send = frame::write(&mut self.buffers.output, Kind::Pulse, &pulse).unwrap_or(0);
    }

    fn work(&mut self, now: Micros, bench: &mut impl Bench) {
        let (len, running) = match self.work {
            Work::Nothing => return,
            Work::Received(len) => (len, None),
            Work::Running { len, started, deadline, .. } => (len, Some((started, deadline))),
        };
        let Buffers { request, response, output, .. } = &mut *self.buffers;
        let body = request.get(..len).unwrap_or_default();
        let answer = match postcard::take_from_bytes::<Request<'_>>(body) {
            Ok((request, [])) => {
                let (started, deadline) = match running {
                    Some(times) => times,
                    None => (now, now.after(request.task.budget()).after(GRACE)),
                };
                let refused = match running {
                    Some(_) => None,
                    None => refusal(self.session, self.last, &request),
                };
                let outcome = match refused {
                    Some(fault) => Outcome::Failed(fault),
                    None => {
                        self.last = Some(request.id);
                        let facts = Facts { now, started, timing: &mut self.timing, line: self.line };
                        match perform(bench, &request.task, facts, response) {
                            Ok(outcome) => outcome,
                            Err(nb::Error::Other(fault)) => Outcome::Failed(fault),
                            Err(nb::Error::WouldBlock) if now > deadline => {
                                bench.stop(now);
                                Outcome::Failed(Fault::Timeout)
                            }
                            Err(nb::Error::WouldBlock) => {
                                self.work = Work::Running { len, id: request.id, started, deadline };
                                return;
                            }
                        }
                    }
                };
                Some(Answer { id: request.id, outcome })
            }
            // As far as there is a number, the host is told.
            _ => postcard::take_from_bytes::<u32>(body)
                .ok()
                .map(|(id, _)| Answer { id, outcome: Outcome::Failed(Fault::Malformed) }),
        };
        match answer {
            Some(answer) => {
                self.to_send = frame::write(output, Kind::Answer, &answer).unwrap_or(0);
            }
            None => self.line.foreign = self.line.foreign.saturating_add(1),
        }
        self.work = Work::Nothing;
        self.buffers.request.zeroize();
        self.buffers.response.zeroize();
    }

    /// What is to be sent to the host now; empty when there is nothing.
    #[must_use]
    pub fn poll_transmit(&self) -> &[u8] {
        self.buffers.output.get(self.sent..self.to_send).unwrap_or_default()
    }

    /// So many bytes of [`poll_transmit`](Self::poll_transmit) are sent.
    pub fn transmitted(&mut self, bytes: usize) {
        self.sent = self.sent.saturating_add(bytes);
        if self.sent >= self.to_send {
            self.sent = 0;
            self.to_send = 0;
            self.buffers.output.zeroize();
        }
    }

    /// Offers bytes of the log. Returns how many were taken: none while something else is to be sent.
    pub fn log(&mut self, bytes: &[u8]) -> usize {
        if self.to_send > 0 || self.hello.is_some() || self.beat.is_some() || bytes.is_empty() {
            return 0;
        }
        let taken = bytes.get(..bytes.len().min(LOG_LEN)).unwrap_or_default();
        self.to_send = frame::write_bytes(&mut self.buffers.output, Kind::Log, taken).unwrap_or(0);
        taken.len()
    }
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        self.buffers.wipe();
    }
}

/// Why a request is not even begun.
fn refusal(session: Option<u32>, last: Option<u32>, request: &Request<'_>) -> Option<Fault> {
    if session.is_none() {
        return Some(Fault::NoSession);
    }
    // Numbers wrap: what is less than half of them ahead is later.
    let is_later = last.is_none_or(|last| (1..=u32::MAX / 2).contains(&request.id.wrapping_sub(last)));
    if !is_later && !request.task.is_harmless() {
        return Some(Fault::Repeated);
    }
    let octets = match &request.task {
        Task::Apdu { command, .. } => command.0,
        Task::Block { block, .. } => block.0,
        Task::UsbSend { message, .. } => message.0,
        _ => &[],
    };
    (octets.len() > PAYLOAD_LEN).then_some(Fault::TooLong)
}

/// What a task is told beside itself.
struct Facts<'t> {
    now: Micros,
    started: Micros,
    timing: &'t mut Timing,
    line: LineCounters,
}

impl Facts<'_> {
    /// Notes how long an exchange took.
    fn took(self, bench: &impl Bench, sent: &[u8], received: usize) {
        let micros = bench.elapsed().unwrap_or(self.now.since(self.started).0);
        let len = |len| u16::try_from(len).unwrap_or(u16::MAX);
        *self.timing = Timing { micros, sent: len(sent.len()), received: len(received) };
    }
}

/// Has the bench carry out a task, or go on with it.
fn perform<'r>(
    bench: &mut impl Bench,
    task: &Task<'_>,
    facts: Facts<'_>,
    out: &'r mut [u8; PAYLOAD_LEN],
) -> nb::Result<Outcome<'r>, Fault> {
    let budget = task.budget();
    let now = facts.now;
    Ok(match *task {
        Task::PowerOn { .. } => {
            let len = bench.power_on(now, budget, out)?;
            facts.took(bench, &[], len);
            Outcome::Atr(octets(out, len))
        }
        Task::PowerOff => {
            bench.power_off(now)?;
            Outcome::Done
        }
        Task::Reset { .. } => {
            let len = bench.reset(now, budget, out)?;
            facts.took(bench, &[], len);
            Outcome::Atr(octets(out, len))
        }
        Task::Atr => {
            let len = bench.atr(out)?;
            Outcome::Atr(octets(out, len))
        }
        Task::Apdu { command, .. } => {
            let len = bench.apdu(now, command.0, budget, out)?;
            facts.took(bench, command.0, len);
            Outcome::Response(octets(out, len))
        }
        Task::Block { block, .. } => {
            let len = bench.block(now, block.0, budget, out)?;
            facts.took(bench, block.0, len);
            Outcome::Block(octets(out, len))
        }
        Task::UsbDescribe => {
            let ids = bench.usb_describe(out)?;
            Outcome::Usb(UsbAbout {
                vendor: ids.vendor,
                product: ids.product,
                max_packet: ids.max_packet,
                class: octets(out, ids.class_len),
            })
        }
        Task::UsbSend { message, .. } => {
            bench.usb_send(now, message.0, budget)?;
            facts.took(bench, message.0, 0);
            Outcome::Done
        }
        Task::UsbReceive { .. } => {
            let len = bench.usb_receive(now, budget, out)?;
            facts.took(bench, &[], len.unwrap_or(0));
            Outcome::Message(len.map(|len| octets(out, len)))
        }
        Task::UsbClass { request, .. } => {
            let len = bench.usb_class(now, request.into(), budget, out)?;
            Outcome::Message(len.map(|len| octets(out, len)))
        }
        Task::UsbReset { .. } => {
            bench.usb_reset(now, budget)?;
            Outcome::Done
        }
        Task::Card => Outcome::Card(bench.card()?),
        Task::Pins => Outcome::Pins(bench.pins()?),
        Task::Timing => Outcome::Timing(*facts.timing),
        Task::Line => Outcome::Line(facts.line),
        Task::SelfTest { .. } => Outcome::SelfTest(bench.self_test(now, budget)?),
        Task::Log { level } => {
            bench.log_level(level)?;
            Outcome::Done
        }
    })
}

fn octets(out: &[u8], len: usize) -> Octets<'_> {
    Octets(out.get(..len).unwrap_or_default())
}
