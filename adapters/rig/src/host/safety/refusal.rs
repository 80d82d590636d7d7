//! Why the guard did not send a command.

use super::ledger::LedgerError;
use core::fmt;
use kaztoken_core::pin::Role;
use kaztoken_core::token::Serial;

/// Why a command was not sent.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Refusal {
    /// The token is not on the list.
    NotAllowed(Serial),
    /// The token does not tell its serial number.
    NoSerial,
    /// Too few tries are left.
    BelowFloor {
        /// Whose.
        role: Role,
        /// Tries left.
        tries: u8,
        /// The least that must be left.
        floor: u8,
    },
    /// The token does not tell how many tries are left.
    TriesUnknown(Role),
    /// A PIN of this role was wrong already.
    WrongBefore(Role),
    /// It erases, unblocks or deletes.
    Destructive {
        /// CLA.
        cla: u8,
        /// INS.
        ins: u8,
    },
    /// It is not known.
    Unknown {
        /// CLA.
        cla: u8,
        /// INS.
        ins: u8,
    },
    /// It may carry a PIN in a form that nobody can watch over.
    Disguised {
        /// CLA.
        cla: u8,
        /// INS.
        ins: u8,
    },
    /// The token has generated as many keys as it may.
    WornOut {
        /// Generations so far.
        generations: u32,
    },
    /// It goes to the token without being a command APDU, so that nobody can see what it does.
    Opaque,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NotAllowed(serial) => write!(
                f,
                "the token {serial} on the rig is not on the list of tokens for tests; nothing was sent (put \
                 \"{serial}\" into `allow` of the rig's rules if it may be changed)"
            ),
            Self::NoSerial => f.write_str(
                "the token on the rig does not tell its serial number, so it is on no list of tokens for tests; \
                 nothing was sent",
            ),
            Self::BelowFloor { role, tries, floor } => write!(
                f,
                "{tries} tries of the {role} PIN are left and the rig's rules ask for {floor}; no PIN was sent"
            ),
            Self::TriesUnknown(role) => {
                write!(f, "the token does not tell how many tries of the {role} PIN are left; no PIN was sent")
            }
            Self::WrongBefore(role) => write!(
                f,
                "the last {role} PIN that a rig sent was wrong, or its answer was lost; no PIN was sent (find the \
                 right one, then `kaztoken rig ledger --serial ... --forgive`)"
            ),
            Self::Destructive { cla, ins } => write!(
                f,
                "{cla:02X} {ins:02X} erases, deletes, unblocks or sets a PIN; nothing was sent (`destructive = true` \
                 in the rig's rules unlocks it)"
            ),
            Self::Unknown { cla, ins } => write!(
                f,
                "nobody has published what {cla:02X} {ins:02X} does; nothing was sent (`unknown = true` in the rig's \
                 rules unlocks it)"
            ),
            Self::Disguised { cla, ins } => write!(
                f,
                "{cla:02X} {ins:02X} may carry a PIN in a form that cannot be watched over; nothing was sent (send it \
                 as VERIFY, 00 20 00 01 or 02)"
            ),
            Self::WornOut { generations } => write!(
                f,
                "this token has generated {generations} keys on rigs, as many as it may; nothing was sent \
                 (`generations` in the rig's rules)"
            ),
            Self::Opaque => f.write_str("only command APDUs go to a token, nothing that they are made of"),
        }
    }
}

impl core::error::Error for Refusal {}

/// What a guarded link can say.
#[derive(Debug)]
#[non_exhaustive]
pub enum GuardError<E> {
    /// Of the link.
    Link(E),
    /// The rules do not allow it. Nothing was sent.
    Refused(Refusal),
    /// It cannot be written down. Nothing was sent.
    Ledger(LedgerError),
}

impl<E: fmt::Display> fmt::Display for GuardError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link(error) => error.fmt(f),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Ledger(error) => error.fmt(f),
        }
    }
}

impl<E: core::error::Error> core::error::Error for GuardError<E> {}

impl<E> From<LedgerError> for GuardError<E> {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}
