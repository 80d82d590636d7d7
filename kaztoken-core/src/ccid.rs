//! USB chip card interface devices (CCID, revision 1.1).
//!
//! From the bytes up:
//!
//! - [`ClassDescriptor`]: what the reader says of itself (5.1); [`UsbInterface`]: where it stands among the
//!   descriptors of a configuration, for hosts that enumerate by themselves.
//! - [`MessageView`], a checked lens over one message; [`PcToRdr`], [`RdrToPc`] and
//!   [`Notification`], the same messages as plain values that parse and emit (6.1 to 6.3). Host and
//!   device use the same types.
//! - [`Slot`]: the machine that carries out one command at a time, at the short APDU, extended APDU
//!   and TPDU levels, the last with T=1 and T=0 from [`crate::tpdu`]. It does no input or output and
//!   owns no clock.
//! - [`recovery`]: what has to be done after a fault, as a ladder with one rung after the other.
//! - [`drivers`]: the few lines that let a blocking, an `nb` or an async bulk pipe drive the machine.
//! - [`CcidLink`]: a pipe and a slot together, an [`ApduLink`](crate::drive::ApduLink).
//!
//! Not supported, and refused with a reason: the character level, where the host times single
//! characters, and ICCDs that speak over the control pipe (bInterfaceProtocol 1 and 2).

pub mod code;
mod command;
mod descriptor;
pub mod drivers;
mod error;
mod interface;
mod link;
pub(crate) mod message;
mod notification;
mod quirks;
pub mod recovery;
mod request;
mod response;
mod slot;

pub use code::{CommandStatus, ErrorCode, IccStatus, MessageType, PowerSelect, Status};
pub use command::{PcToRdr, PcToRdrMessage};
pub use descriptor::{
    ClassDescriptor, DescriptorError, ExchangeLevel, Features, SupportedValues, VoltageSupport,
};
pub use error::{CcidError, LinkError, Violation};
pub use interface::{BulkEndpoint, UsbInterface, UsbInterfaceError};
pub use link::{CcidLink, LinkOptions, NoHook};
pub use message::{HEADER_LEN, MessageError, MessageView, ProtocolData, Rates, T0Parameters, T1Parameters};
pub use notification::{Notification, SlotChange};
pub use quirks::{KnownReader, Quirks};
pub use recovery::{Recovery, Rung};
pub use request::ClassRequest;
pub use response::{RdrToPc, RdrToPcMessage};
pub use slot::{ControlAnswer, Counters, Outcome, Poll, SHORT_APDU_MESSAGE_LEN, Slot};
