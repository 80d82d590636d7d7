//! One scripted device behind all three kinds of pipe.

use core::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use kaztoken_core::Millis;
use kaztoken_core::ccid::ClassRequest;
use kaztoken_core::drive::{BulkPipe, asynchronous, nonblocking};

/// The plug was pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unplugged;

impl core::fmt::Display for Unplugged {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("unplugged")
    }
}

impl core::error::Error for Unplugged {}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) now: u64,
    pub(crate) sent: Vec<Vec<u8>>,
    pub(crate) received: usize,
    pub(crate) waits: Vec<u64>,
    pub(crate) buffer_lens: Vec<usize>,
    pub(crate) unplugged: bool,
    /// Is there a control pipe, and what was asked on it?
    pub(crate) control: bool,
    pub(crate) requests: Vec<ClassRequest>,
    pub(crate) unplug_at_request: bool,
    /// Does a reset of the bus help?
    pub(crate) resets: VecDeque<bool>,
    scripts: VecDeque<String>,
    replies: VecDeque<Vec<u8>>,
}

/// Answers the n-th message with the n-th script; time passes only while waiting.
#[derive(Clone, Default)]
pub(crate) struct Device(pub(crate) Rc<RefCell<State>>);

impl Device {
    pub(crate) fn new(scripts: &[&str]) -> Self {
        let device = Self::default();
        device.expect(scripts);
        device
    }

    pub(crate) fn expect(&self, scripts: &[&str]) {
        self.0.borrow_mut().scripts.extend(scripts.iter().map(|script| script.to_string()));
    }

    pub(crate) fn clock(&self) -> impl FnMut() -> Millis + use<> {
        let state = Rc::clone(&self.0);
        move || Millis(state.borrow().now)
    }

    /// Answers to somebody else, not read yet.
    pub(crate) fn leave(&self, scripts: &[&str]) {
        let mut state = self.0.borrow_mut();
        scripts.iter().for_each(|script| state.replies.extend(super::transfers(script, 0)));
    }

    /// The same with a control pipe, which takes every request.
    pub(crate) fn with_control(self) -> Self {
        self.0.borrow_mut().control = true;
        self
    }

    fn request(&self, request: ClassRequest) -> Result<Option<usize>, Unplugged> {
        let mut state = self.0.borrow_mut();
        state.requests.push(request);
        state.unplugged |= state.unplug_at_request;
        if state.unplugged { Err(Unplugged) } else { Ok(Some(0)) }
    }

    fn take(&self, message: &[u8]) -> Result<(), Unplugged> {
        let mut state = self.0.borrow_mut();
        if state.unplugged {
            return Err(Unplugged);
        }
        state.sent.push(message.to_vec());
        if let Some(script) = state.scripts.pop_front() {
            state.replies.extend(super::transfers(&script, message[6]));
        }
        Ok(())
    }

    fn give(&self, buffer: &mut [u8]) -> Result<Option<usize>, Unplugged> {
        let mut state = self.0.borrow_mut();
        state.buffer_lens.push(buffer.len());
        if state.unplugged {
            return Err(Unplugged);
        }
        let Some(reply) = state.replies.pop_front() else { return Ok(None) };
        state.received += 1;
        buffer[..reply.len()].copy_from_slice(&reply);
        Ok(Some(reply.len()))
    }

    fn give_within(&self, buffer: &mut [u8], timeout: Millis) -> Result<Option<usize>, Unplugged> {
        assert_ne!(timeout, Millis(0), "zero means for ever to libusb");
        let given = self.give(buffer)?;
        if given.is_none() {
            let mut state = self.0.borrow_mut();
            state.now += timeout.0;
            state.waits.push(timeout.0);
        }
        Ok(given)
    }
}

impl BulkPipe for Device {
    type Error = Unplugged;

    fn send(&mut self, message: &[u8], _: Millis) -> Result<(), Unplugged> {
        self.take(message)
    }

    fn receive(&mut self, buffer: &mut [u8], timeout: Millis) -> Result<Option<usize>, Unplugged> {
        self.give_within(buffer, timeout)
    }

    fn has_control_pipe(&self) -> bool {
        self.0.borrow().control
    }

    fn class_request(
        &mut self,
        request: ClassRequest,
        _: &mut [u8],
        _: Millis,
    ) -> Result<Option<usize>, Unplugged> {
        self.request(request)
    }

    fn reset(&mut self) -> Result<bool, Unplugged> {
        Ok(self.0.borrow_mut().resets.pop_front().unwrap_or(false))
    }
}

impl nonblocking::BulkPipe for Device {
    type Error = Unplugged;

    fn send(&mut self, message: &[u8]) -> nb::Result<(), Unplugged> {
        self.take(message).map_err(nb::Error::Other)
    }

    fn receive(&mut self, buffer: &mut [u8]) -> nb::Result<usize, Unplugged> {
        self.give(buffer).map_err(nb::Error::Other)?.ok_or(nb::Error::WouldBlock)
    }

    fn has_control_pipe(&self) -> bool {
        self.0.borrow().control
    }

    fn class_request(&mut self, request: ClassRequest, _: &mut [u8]) -> nb::Result<Option<usize>, Unplugged> {
        self.request(request).map_err(nb::Error::Other)
    }
}

impl asynchronous::BulkPipe for Device {
    type Error = Unplugged;

    async fn send(&mut self, message: &[u8], _: Millis) -> Result<(), Unplugged> {
        self.take(message)
    }

    async fn receive(&mut self, buffer: &mut [u8], timeout: Millis) -> Result<Option<usize>, Unplugged> {
        self.give_within(buffer, timeout)
    }

    fn has_control_pipe(&self) -> bool {
        self.0.borrow().control
    }

    async fn class_request(
        &mut self,
        request: ClassRequest,
        _: &mut [u8],
        _: Millis,
    ) -> Result<Option<usize>, Unplugged> {
        self.request(request)
    }
}
