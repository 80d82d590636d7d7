//! What the rig's hardware has to do.

use crate::hello::Features;
use crate::message::{CardState, LogLevel, Pins, SelfTest};
use crate::{Fault, Micros};
use kaztoken_core::Millis;
use kaztoken_core::ccid::ClassRequest;

/// Who the rig is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Identity {
    /// Name and version of the firmware.
    pub firmware: &'static str,
    /// The board's name.
    pub board: &'static str,
    /// What it can do.
    pub features: Features,
}

/// What the token on USB is, beside its class descriptor.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct UsbIds {
    /// idVendor.
    pub vendor: u16,
    /// idProduct.
    pub product: u16,
    /// wMaxPacketSize of the bulk-IN endpoint.
    pub max_packet: u16,
    /// Bytes of the class descriptor that were written.
    pub class_len: usize,
}

/// The rig's hardware with a token on it: one method for each task.
///
/// Methods that take time follow `nb`: they do what can be done now and return
/// [`WouldBlock`](nb::Error::WouldBlock); the [`Server`](crate::Server) then calls the same method again, with
/// the same arguments and a later `now`, until there is a result. The first call after a result begins anew.
/// A bench may also wait inside the call; then nobody notices meanwhile that the host died.
///
/// `out` takes the answer, at most [`PAYLOAD_LEN`](crate::message::PAYLOAD_LEN) bytes; its length is returned.
/// What a rig cannot do is [`Fault::Unsupported`], which is what every method does by itself.
#[expect(unused_variables, reason = "the names are what callers see")]
pub trait Bench {
    /// Who the rig is.
    fn identity(&self) -> Identity;

    /// Has the token power, as far as the rig can tell?
    fn is_powered(&self) -> bool;

    /// Gives up whatever is under way and takes the token's power. It comes at any time, also between two calls
    /// of a method that had no result yet, and more often than needed.
    fn stop(&mut self, now: Micros);

    /// How many microseconds the last exchange took, where the bench measures it better than by the server's
    /// calls.
    fn elapsed(&self) -> Option<u64> {
        None
    }

    /// Power on with a cold reset. `out` takes the answer to reset.
    fn power_on(&mut self, now: Micros, budget: Millis, out: &mut [u8]) -> nb::Result<usize, Fault> {
        Err(Fault::Unsupported.into())
    }

    /// Power off, in the order that the token needs.
    fn power_off(&mut self, now: Micros) -> nb::Result<(), Fault> {
        self.stop(now);
        Ok(())
    }

    /// Warm reset. `out` takes the answer to reset.
    fn reset(&mut self, now: Micros, budget: Millis, out: &mut [u8]) -> nb::Result<usize, Fault> {
        Err(Fault::Unsupported.into())
    }

    /// The answer to the last reset.
    fn atr(&mut self, out: &mut [u8]) -> Result<usize, Fault> {
        Err(Fault::Unsupported)
    }

    /// Exchanges a command APDU for `out`, the response. It is never sent to the token twice.
    fn apdu(
        &mut self,
        now: Micros,
        command: &[u8],
        budget: Millis,
        out: &mut [u8],
    ) -> nb::Result<usize, Fault> {
        Err(Fault::Unsupported.into())
    }

    /// Exchanges one T=1 block for `out`, as it is.
    fn block(
        &mut self,
        now: Micros,
        block: &[u8],
        budget: Millis,
        out: &mut [u8],
    ) -> nb::Result<usize, Fault> {
        Err(Fault::Unsupported.into())
    }

    /// What the token on USB is. `class` takes its class descriptor.
    fn usb_describe(&mut self, class: &mut [u8]) -> Result<UsbIds, Fault> {
        Err(Fault::Unsupported)
    }

    /// Sends one bulk-OUT message.
    fn usb_send(&mut self, now: Micros, message: &[u8], budget: Millis) -> nb::Result<(), Fault> {
        Err(Fault::Unsupported.into())
    }

    /// Waits for one bulk-IN transfer. `None`: nothing came within the budget.
    fn usb_receive(
        &mut self,
        now: Micros,
        budget: Millis,
        out: &mut [u8],
    ) -> nb::Result<Option<usize>, Fault> {
        Err(Fault::Unsupported.into())
    }

    /// Carries out a class request. `None`: the token stalled it.
    fn usb_class(
        &mut self,
        now: Micros,
        request: ClassRequest,
        budget: Millis,
        out: &mut [u8],
    ) -> nb::Result<Option<usize>, Fault> {
        Err(Fault::Unsupported.into())
    }

    /// Resets the bus and enumerates the token anew.
    fn usb_reset(&mut self, now: Micros, budget: Millis) -> nb::Result<(), Fault> {
        Err(Fault::Unsupported.into())
    }

    /// Is there a token?
    fn card(&mut self) -> Result<CardState, Fault> {
        Ok(CardState { present: None, powered: self.is_powered() })
    }

    /// The levels of the contacts.
    fn pins(&mut self) -> Result<Pins, Fault> {
        Err(Fault::Unsupported)
    }

    /// Tests the rig itself. A token that is there is left alone.
    fn self_test(&mut self, now: Micros, budget: Millis) -> nb::Result<SelfTest, Fault> {
        Err(Fault::Unsupported.into())
    }

    /// Sets how much is logged.
    fn log_level(&mut self, level: LogLevel) -> Result<(), Fault> {
        Err(Fault::Unsupported)
    }
}
