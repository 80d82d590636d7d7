//! What a trace is made of.

use crate::MaskedBytes;
use kaztoken_core::ccid::{ClassDescriptor, ClassRequest, LinkOptions};

/// Something that happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Microseconds since the trace began.
    pub at: u64,
    /// Which of the connections, from 1; several tokens make several.
    pub link: u16,
    /// What happened.
    pub record: Record,
}

/// What happened.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Record {
    /// A connection begins.
    Open(Opened),
    /// A bulk-OUT message.
    Send(MaskedBytes),
    /// A bulk-IN transfer.
    Receive(Vec<u8>),
    /// Nothing came in the time allowed.
    Silence,
    /// An interrupt-IN transfer.
    Interrupt(Vec<u8>),
    /// A class request on the control pipe, and what came back: `None` is a stall.
    Control(ClassRequest, Option<Vec<u8>>),
    /// The device was reset on the bus, or could not be.
    Reset(bool),
    /// A command APDU.
    Command(MaskedBytes),
    /// A response APDU, status word included.
    Response(Vec<u8>),
    /// The link was brought back to work, or could not be.
    Recover(bool),
    /// The card's power was taken.
    PowerOff,
    /// The layer below failed.
    Failed(Failure),
}

/// How a device was reached.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Opened {
    /// usb, pcsc, virtual, rig.
    pub way: String,
    /// Where it was.
    pub place: String,
    /// What it calls itself.
    pub name: String,
    /// idVendor and idProduct.
    pub ids: Option<(u16, u16)>,
    /// The CCID class descriptor, where CCID messages follow.
    pub class: Option<ClassDescriptor>,
    /// wMaxPacketSize of the bulk-IN endpoint.
    pub max_packet: u16,
    /// The answer to reset, where no CCID messages follow that hold it.
    pub atr: Vec<u8>,
}

impl Opened {
    /// The same with CCID messages to follow.
    #[must_use]
    pub fn with_class(self, class: &ClassDescriptor, options: LinkOptions) -> Self {
        Self { class: Some(*class), max_packet: options.max_packet, ..self }
    }

    /// The same with APDUs only to follow.
    #[must_use]
    pub fn with_atr(self, atr: &[u8]) -> Self {
        Self { atr: atr.to_vec(), ..self }
    }
}

/// Why the layer below did not do what was asked.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Failure {
    /// A word for programs.
    pub code: String,
    /// A sentence for people.
    pub text: String,
}
