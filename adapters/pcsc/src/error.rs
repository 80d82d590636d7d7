//! What can go wrong, and what the person at the computer can do about it.

use core::fmt;
use kaztoken_core::Millis;

/// The kinds of [`Error`], for exit codes.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The PC/SC service does not run.
    NoService,
    /// The service refuses this user.
    NoPermission,
    /// There is no reader, or not the one named.
    NothingThere,
    /// The reader is empty.
    NoCard,
    /// Another program uses the card.
    Held,
    /// The card or its reader is gone.
    Removed,
    /// The card lost power or was reset; every login is gone.
    Reset,
    /// The card does not answer to reset as it should.
    Mute,
    /// No answer within the budget.
    Timeout,
    /// The exchange failed.
    Communication,
    /// Anything else.
    Other,
}

/// What can go wrong with PC/SC.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Error {
    /// The PC/SC service does not run.
    NoService,
    /// The service refuses this user (on Linux: polkit).
    NoPermission,
    /// There is no reader, or not the one named.
    NothingThere,
    /// The reader is empty.
    NoCard,
    /// Another program uses the card.
    Held,
    /// The card or its reader is gone; what the last command did is unknown.
    Removed,
    /// The card was reset, by another program or by a loss of power; every login is gone. The link goes on.
    Reset,
    /// The card does not answer to reset as it should.
    Mute,
    /// No answer within the budget; what the card did is unknown. The link is given up: every later call
    /// says the same.
    Timeout {
        /// The budget.
        budget: Millis,
    },
    /// The exchange failed; what the card did is unknown.
    Communication(pcsc::Error),
    /// The card's answer does not fit into the caller's buffer. The command was carried out.
    ResponseTooLong {
        /// Bytes of the answer.
        needed: usize,
        /// Bytes of the buffer.
        got: usize,
    },
    /// The thread that talks to the service is gone, or never came to be.
    WorkerGone,
    /// Any other answer of the service.
    Service(pcsc::Error),
}

impl Error {
    /// What kind of error this is.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::NoService => ErrorKind::NoService,
            Self::NoPermission => ErrorKind::NoPermission,
            Self::NothingThere => ErrorKind::NothingThere,
            Self::NoCard => ErrorKind::NoCard,
            Self::Held => ErrorKind::Held,
            Self::Removed => ErrorKind::Removed,
            Self::Reset => ErrorKind::Reset,
            Self::Mute => ErrorKind::Mute,
            Self::Timeout { .. } => ErrorKind::Timeout,
            Self::Communication(_) | Self::ResponseTooLong { .. } => ErrorKind::Communication,
            Self::WorkerGone | Self::Service(_) => ErrorKind::Other,
        }
    }

    /// An answer to anything but a command for a card.
    pub(crate) const fn of_service(error: pcsc::Error) -> Self {
        use pcsc::Error as E;
        match error {
            E::NoService | E::ServiceStopped | E::Shutdown => Self::NoService,
            E::SecurityViolation => Self::NoPermission,
            E::NoReadersAvailable | E::UnknownReader | E::ReaderUnavailable => Self::NothingThere,
            E::NoSmartcard | E::RemovedCard => Self::NoCard,
            E::SharingViolation => Self::Held,
            E::ResetCard => Self::Reset,
            E::UnresponsiveCard | E::UnpoweredCard | E::UnsupportedCard | E::ProtoMismatch => Self::Mute,
            E::CommError | E::CommDataLost | E::NotTransacted => Self::Communication(error),
            error => Self::Service(error),
        }
    }

    /// An answer to a command for a card that was there before: what is missing now was taken away.
    pub(crate) const fn of_command(error: pcsc::Error) -> Self {
        match Self::of_service(error) {
            Self::NothingThere | Self::NoCard => Self::Removed,
            other => other,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoService if cfg!(target_os = "linux") => f.write_str(
                "the PC/SC service does not run; install pcscd and libccid and start it \
                 (`systemctl start pcscd.socket` as root)",
            ),
            Self::NoService => f.write_str("the system's smart card service does not run; start it"),
            Self::NoPermission => f.write_str(
                "the PC/SC service refuses this user (polkit: org.debian.pcsc-lite.access_pcsc, \
                 access_card); log in at the computer itself or ask the administrator",
            ),
            Self::NothingThere => f.write_str("PC/SC sees no such reader; plug the token in"),
            Self::NoCard => f.write_str("there is no card in the reader; insert it"),
            Self::Held => f.write_str(
                "another program uses the card; close it (browser, signing program, gpg's scdaemon) or share \
                 the card with it",
            ),
            Self::Removed => f.write_str(
                "the token was removed; what the last command did is unknown; plug it in and check its state",
            ),
            Self::Reset => f.write_str("the card was reset, by another program perhaps; log in again"),
            Self::Mute => {
                f.write_str("the card does not answer as it should; take it out and insert it anew")
            }
            Self::Timeout { budget } => write!(
                f,
                "no answer within {} ms; what the token did is unknown; replug it and check its state",
                budget.0
            ),
            Self::Communication(error) => {
                write!(f, "the exchange failed ({error}); what the token did is unknown; replug it")
            }
            Self::ResponseTooLong { needed, got } => {
                write!(f, "the answer has {needed} bytes and the buffer {got}; the command was carried out")
            }
            Self::WorkerGone => f.write_str("the connection to the PC/SC service broke; connect again"),
            Self::Service(error) => write!(f, "PC/SC: {error}"),
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Communication(error) | Self::Service(error) => Some(error),
            _ => None,
        }
    }
}
