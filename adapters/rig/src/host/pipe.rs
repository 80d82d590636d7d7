//! CCID messages through a rig that has the token on USB.

use super::error::Error;
use super::link::millis;
use super::rig::Rig;
use crate::Fault;
use crate::message::{Octets, Outcome, Task};
use kaztoken_core::Millis;
use kaztoken_core::ccid::{ClassDescriptor, ClassRequest, LinkOptions};
use kaztoken_core::drive::BulkPipe;

/// How long enumerating may take.
const RESET_BUDGET: Millis = Millis(5_000);

/// The bulk endpoints of the token on a rig's USB port. [`CcidLink`](kaztoken_core::ccid::CcidLink) makes it a
/// link for APDUs.
#[derive(Debug)]
pub struct RigPipe {
    rig: Rig,
    class: ClassDescriptor,
    max_packet: u16,
    ids: (u16, u16),
}

impl RigPipe {
    /// Asks what is on the port. The token is not powered on.
    ///
    /// # Errors
    /// [`Error`].
    pub fn open(mut rig: Rig) -> Result<Self, Error> {
        let Outcome::Usb(about) = rig.ask(&Task::UsbDescribe)? else { return Err(Error::WrongAnswer) };
        let class = ClassDescriptor::read(about.class.0).map_err(|_| Error::Fault(Fault::Ccid))?;
        let (max_packet, ids) = (about.max_packet, (about.vendor, about.product));
        Ok(Self { rig, class, max_packet, ids })
    }

    /// What the token says of itself.
    #[must_use]
    pub const fn class(&self) -> &ClassDescriptor {
        &self.class
    }

    /// idVendor and idProduct.
    #[must_use]
    pub const fn ids(&self) -> (u16, u16) {
        self.ids
    }

    /// How a link over this pipe is opened.
    #[must_use]
    pub fn options(&self) -> LinkOptions {
        LinkOptions { max_packet: self.max_packet, ..LinkOptions::default() }
    }

    /// The rig, for what is no CCID message.
    pub const fn rig(&mut self) -> &mut Rig {
        &mut self.rig
    }

    fn done(&mut self, task: Task<'_>) -> Result<(), Error> {
        match self.rig.ask(&task)? {
            Outcome::Done => Ok(()),
            _ => Err(Error::WrongAnswer),
        }
    }

    fn message(&mut self, task: Task<'_>, buffer: &mut [u8]) -> Result<Option<usize>, Error> {
        let len = match self.rig.ask(&task)? {
            Outcome::Message(None) => return Ok(None),
            Outcome::Message(Some(Octets(message))) => {
                let (needed, got) = (message.len(), buffer.len());
                let place = buffer.get_mut(..needed).ok_or(Error::BufferTooSmall { needed, got })?;
                place.copy_from_slice(message);
                needed
            }
            _ => return Err(Error::WrongAnswer),
        };
        self.rig.wipe();
        Ok(Some(len))
    }
}

impl BulkPipe for RigPipe {
    type Error = Error;

    fn send(&mut self, message: &[u8], timeout: Millis) -> Result<(), Error> {
        self.done(Task::UsbSend { budget: millis(timeout), message: Octets(message) })
    }

    fn receive(&mut self, buffer: &mut [u8], timeout: Millis) -> Result<Option<usize>, Error> {
        self.message(Task::UsbReceive { budget: millis(timeout) }, buffer)
    }

    fn has_control_pipe(&self) -> bool {
        true
    }

    fn class_request(
        &mut self,
        request: ClassRequest,
        data: &mut [u8],
        timeout: Millis,
    ) -> Result<Option<usize>, Error> {
        let task = Task::UsbClass { budget: millis(timeout), request: request.into() };
        match self.message(task, data) {
            // What the rig cannot do is as if there were no control pipe.
            Err(Error::Fault(Fault::Unsupported)) => Ok(None),
            result => result,
        }
    }

    fn reset(&mut self) -> Result<bool, Error> {
        if self.rig.is_broken() {
            self.rig.reconnect()?;
        }
        match self.done(Task::UsbReset { budget: millis(RESET_BUDGET) }) {
            Ok(()) => Ok(true),
            Err(Error::Fault(Fault::Unsupported)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
