//! What the host asks and the rig answers.
//!
//! The messages are postcard (its wire format 1.0) of the types here. [`SCHEMA`] is a hash of all of them, made
//! by the compiler; [`hello`](crate::hello) compares it, so two ends with different types never talk.

use crate::Fault;
use core::fmt;
use kaztoken_core::ccid::ClassRequest;
use postcard_schema::Schema;
use postcard_schema::key::hash::fnv1a64::hash_ty_path;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The longest byte string in a message: a CCID message at the short APDU level.
pub const PAYLOAD_LEN: usize = 271;

/// The hash over every message.
pub const SCHEMA: u64 = schema_of::<(Request<'static>, Answer<'static>, Beat, Pulse)>();

/// The hash over a type as it lies on the wire: names of fields and variants, their types and their order.
#[must_use]
pub const fn schema_of<T: Schema>() -> u64 {
    u64::from_le_bytes(hash_ty_path::<T>("kaztoken-rig"))
}

/// Bytes of a message. Shown as their number only: there may be a PIN in them.
#[derive(Copy, Clone, PartialEq, Eq, Default)]
pub struct Octets<'a>(pub &'a [u8]);

impl fmt::Debug for Octets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Octets<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "{} bytes", self.0.len());
    }
}

impl Serialize for Octets<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Octets<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&'a [u8]>::deserialize(deserializer).map(Self)
    }
}

impl Schema for Octets<'_> {
    const SCHEMA: &'static postcard_schema::schema::NamedType = <[u8] as Schema>::SCHEMA;
}

/// One thing that the rig shall do.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Schema)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Request<'a> {
    /// Larger by one than that of the request before. The answer repeats it.
    pub id: u32,
    /// What to do.
    #[serde(borrow)]
    pub task: Task<'a>,
}

/// What the rig can be asked to do. Budgets are in milliseconds; the rig gives up when they are over.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Schema)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Task<'a> {
    /// Power on and cold reset. Answer: [`Outcome::Atr`].
    PowerOn {
        /// Until the whole answer to reset has come.
        budget: u32,
    },
    /// Power off. Answer: [`Outcome::Done`].
    PowerOff,
    /// Warm reset of a token that has power. Answer: [`Outcome::Atr`].
    Reset {
        /// Until the whole answer to reset has come.
        budget: u32,
    },
    /// The answer to the last reset. Answer: [`Outcome::Atr`].
    Atr,
    /// A command APDU. Answer: [`Outcome::Response`].
    Apdu {
        /// Until the response has come.
        budget: u32,
        /// The command.
        #[serde(borrow)]
        command: Octets<'a>,
    },
    /// One T=1 block, prologue and epilogue included, over the contacts. Answer: [`Outcome::Block`].
    Block {
        /// Until the token's block has come.
        budget: u32,
        /// The block.
        #[serde(borrow)]
        block: Octets<'a>,
    },
    /// What the token on USB says of itself. Answer: [`Outcome::Usb`].
    UsbDescribe,
    /// One CCID message to the token on USB. Answer: [`Outcome::Done`].
    UsbSend {
        /// Until it is sent.
        budget: u32,
        /// The bulk-OUT message.
        #[serde(borrow)]
        message: Octets<'a>,
    },
    /// One transfer from the token on USB. Answer: [`Outcome::Message`].
    UsbReceive {
        /// Until there is one.
        budget: u32,
    },
    /// A class request on the control pipe. Answer: [`Outcome::Message`].
    UsbClass {
        /// Until it is carried out.
        budget: u32,
        /// Which.
        request: ClassTask,
    },
    /// Reset of the bus, and the token enumerated anew. Answer: [`Outcome::Done`].
    UsbReset {
        /// Until it is enumerated.
        budget: u32,
    },
    /// Is there a token? Answer: [`Outcome::Card`].
    Card,
    /// The levels of the contacts. Answer: [`Outcome::Pins`].
    Pins,
    /// How long the last exchange took. Answer: [`Outcome::Timing`].
    Timing,
    /// What came over the line so far. Answer: [`Outcome::Line`].
    Line,
    /// The rig's test of itself. Answer: [`Outcome::SelfTest`].
    SelfTest {
        /// Until it is through.
        budget: u32,
    },
    /// How much the rig logs. Answer: [`Outcome::Done`].
    Log {
        /// From here up.
        level: LogLevel,
    },
}

impl Task<'_> {
    /// May it be sent again when its answer did not come? Only what leaves the token as it is, or leaves it
    /// the same however often it is done.
    #[must_use]
    pub const fn is_harmless(&self) -> bool {
        match self {
            Self::PowerOff
            | Self::Atr
            | Self::UsbDescribe
            | Self::Card
            | Self::Pins
            | Self::Timing
            | Self::Line
            | Self::SelfTest { .. }
            | Self::Log { .. } => true,
            Self::PowerOn { .. }
            | Self::Reset { .. }
            | Self::Apdu { .. }
            | Self::Block { .. }
            | Self::UsbSend { .. }
            // What was received once is gone.
            | Self::UsbReceive { .. }
            | Self::UsbClass { .. }
            | Self::UsbReset { .. } => false,
        }
    }

    /// How long the rig may take; a second for what needs no token.
    #[must_use]
    pub const fn budget(&self) -> kaztoken_core::Millis {
        let budget = match self {
            Self::PowerOn { budget }
            | Self::Reset { budget }
            | Self::Apdu { budget, .. }
            | Self::Block { budget, .. }
            | Self::UsbSend { budget, .. }
            | Self::UsbReceive { budget }
            | Self::UsbClass { budget, .. }
            | Self::UsbReset { budget }
            | Self::SelfTest { budget } => *budget,
            _ => 1_000,
        };
        kaztoken_core::Millis(budget as u64)
    }
}

/// A class request of CCID 1.1, 5.3.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Schema)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ClassTask {
    /// The control half of an abort.
    Abort {
        /// bSlot.
        slot: u8,
        /// bSeq.
        sequence: u8,
    },
    /// GET_CLOCK_FREQUENCIES.
    ClockFrequencies,
    /// GET_DATA_RATES.
    DataRates,
}

impl From<ClassRequest> for ClassTask {
    fn from(request: ClassRequest) -> Self {
        match request {
            ClassRequest::Abort { slot, sequence } => Self::Abort { slot, sequence },
            ClassRequest::GetClockFrequencies => Self::ClockFrequencies,
            ClassRequest::GetDataRates => Self::DataRates,
        }
    }
}

impl From<ClassTask> for ClassRequest {
    fn from(task: ClassTask) -> Self {
        match task {
            ClassTask::Abort { slot, sequence } => Self::Abort { slot, sequence },
            ClassTask::ClockFrequencies => Self::GetClockFrequencies,
            ClassTask::DataRates => Self::GetDataRates,
        }
    }
}

/// How much the rig logs.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize, Schema)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// What failed.
    Error,
    /// What may fail.
    Warn,
    /// What is done.
    #[default]
    Info,
    /// How it is done.
    Debug,
    /// Every byte's time. Never its value: it may be part of a PIN.
    Trace,
}

/// What came of a request.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Schema)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Answer<'a> {
    /// The request's.
    pub id: u32,
    /// What came of it.
    #[serde(borrow)]
    pub outcome: Outcome<'a>,
}

/// What came of a task.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Schema)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Outcome<'a> {
    /// It failed.
    Failed(Fault),
    /// It is done.
    Done,
    /// The answer to reset.
    Atr(#[serde(borrow)] Octets<'a>),
    /// The response APDU, status word included.
    Response(#[serde(borrow)] Octets<'a>),
    /// The token's T=1 block.
    Block(#[serde(borrow)] Octets<'a>),
    /// What came from USB. `None`: nothing; empty: a zero-length packet.
    Message(#[serde(borrow)] Option<Octets<'a>>),
    /// What the token on USB says of itself.
    Usb(#[serde(borrow)] UsbAbout<'a>),
    /// Whether there is a token.
    Card(CardState),
    /// The levels of the contacts.
    Pins(Pins),
    /// How long the last exchange took.
    Timing(Timing),
    /// What came over the line so far.
    Line(LineCounters),
    /// What the rig found of itself.
    SelfTest(SelfTest),
}

/// What a token on USB says of itself.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Schema)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct UsbAbout<'a> {
    /// idVendor.
    pub vendor: u16,
    /// idProduct.
    pub product: u16,
    /// wMaxPacketSize of the bulk-IN endpoint.
    pub max_packet: u16,
    /// The CCID class descriptor, 54 bytes.
    #[serde(borrow)]
    pub class: Octets<'a>,
}

/// Whether there is a token.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, Schema)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct CardState {
    /// It is there. `None`: this rig has no contact or port that would tell.
    pub present: Option<bool>,
    /// It has power.
    pub powered: bool,
}

/// The levels of the contacts of ISO 7816-2: `true` is high. `None`: this rig cannot see that one.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, Schema)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Pins {
    /// C1, the power.
    pub vcc: Option<bool>,
    /// C2, reset.
    pub rst: Option<bool>,
    /// C3: the clock runs.
    pub clk: Option<bool>,
    /// C7, the byte line.
    pub io: Option<bool>,
    /// The switch that tells a token.
    pub detect: Option<bool>,
    /// The token draws more current than it may.
    pub over_current: Option<bool>,
}

/// How long the last exchange with the token took.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, Schema)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Timing {
    /// From the first byte to the token until the answer was whole, in microseconds.
    pub micros: u64,
    /// Bytes of the request to the token.
    pub sent: u16,
    /// Bytes of its answer.
    pub received: u16,
}

/// What came over the line from the host since the rig started.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, Schema)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LineCounters {
    /// Whole frames.
    pub frames: u32,
    /// Frames with a wrong checksum or coding.
    pub damaged: u32,
    /// Frames longer than the buffer, skipped.
    pub too_long: u32,
    /// Whole frames that were no message for a rig.
    pub foreign: u32,
    /// How often the host fell silent, so that the rig took the token's power.
    pub silences: u32,
}

/// What the rig found of itself; a bit for each test. Which test is which is the firmware's own.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, Schema)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SelfTest {
    /// Tests that ran.
    pub ran: u32,
    /// Those of them that failed.
    pub failed: u32,
}

/// A sign of life from the host.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Schema)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Beat {
    /// Larger by one than that of the beat before.
    pub number: u32,
    /// The rig shall answer with a [`Pulse`].
    pub answer: bool,
}

/// The rig's answer to a [`Beat`]. It is sent in order with the answers to requests, so it tells whether a
/// request or its answer was lost.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Schema)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Pulse {
    /// The beat's.
    pub number: u32,
    /// What the rig is doing.
    pub state: Activity,
}

/// What the rig is doing.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Schema)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Activity {
    /// Nothing: it has heard no hello, or the host was silent since. The token has no power.
    Asleep,
    /// It waits for a request.
    Waiting {
        /// The last one that it took up.
        last: Option<u32>,
    },
    /// It works on a request.
    Working {
        /// This one.
        id: u32,
    },
}
