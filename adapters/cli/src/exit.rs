//! Why a command ends without its result: one message, one exit code.

use crate::language::say;
use crate::said::Said as _;
use core::fmt;
use kaztoken_core::apdu::Status;
use kaztoken_core::ccid::{CcidError, LinkError};
use kaztoken_core::drive;
use kaztoken_core::gost;
use kaztoken_core::pin::{PinError, Refusal, Role};
use kaztoken_core::token::{self, Step, WrongSerial};
use kaztoken_rig::host::safety::{GuardError, LedgerError};
use kaztoken_usb::ErrorKind;
use kaztoken_virtual::link;
use kaztoken_virtual::store::{FileStoreError, Problem as StoreProblem};
use std::path::Path;

/// The exit codes; scripts rely on them.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Code {
    Failed = 1,
    Usage = 2,
    NoToken = 3,
    SeveralTokens = 4,
    NoPermission = 5,
    Busy = 6,
    WrongPin = 7,
    PinBlocked = 8,
    Refused = 9,
    Unsupported = 10,
    Timeout = 11,
    Removed = 12,
    Data = 13,
    Protocol = 14,
    Interrupted = 130,
}

impl Code {
    const ALL: [Self; 15] = [
        Self::Failed,
        Self::Usage,
        Self::NoToken,
        Self::SeveralTokens,
        Self::NoPermission,
        Self::Busy,
        Self::WrongPin,
        Self::PinBlocked,
        Self::Refused,
        Self::Unsupported,
        Self::Timeout,
        Self::Removed,
        Self::Data,
        Self::Protocol,
        Self::Interrupted,
    ];

    /// The code with this number; of another program's exit it is [`Code::Failed`].
    pub(crate) fn of(number: i32) -> Self {
        Self::ALL.into_iter().find(|code| *code as i32 == number).unwrap_or(Self::Failed)
    }

    /// The name in JSON.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::NoToken => "no-token",
            Self::SeveralTokens => "several-tokens",
            Self::NoPermission => "no-permission",
            Self::Busy => "busy",
            Self::WrongPin => "wrong-pin",
            Self::PinBlocked => "pin-blocked",
            Self::Refused => "refused",
            Self::Unsupported => "unsupported",
            Self::Timeout => "timeout",
            Self::Removed => "removed",
            Self::Data => "data",
            Self::Protocol => "protocol",
            Self::Interrupted => "interrupted",
        }
    }
}

/// Why a command ends without its result.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) code: Code,
    pub(crate) message: String,
    /// Whose PIN it is about, and the tries left where they are known.
    pub(crate) pin: Option<(Role, Option<u8>)>,
}

pub(crate) type Result<T, E = Problem> = core::result::Result<T, E>;

impl Problem {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), pin: None }
    }

    /// What happened when it was recorded.
    pub(crate) fn recorded(failure: kaztoken_trace::Failure) -> Self {
        let code = Code::ALL.into_iter().find(|code| code.name() == failure.code);
        Self::new(code.unwrap_or(Code::Failed), failure.text)
    }

    /// The same with what was being done in front.
    pub(crate) fn while_doing(mut self, what: &str) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }

    /// The same with what to do next.
    pub(crate) fn and(mut self, next: &str) -> Self {
        self.message = format!("{}; {next}", self.message);
        self
    }

    /// A file of the person's own that cannot be read or written.
    pub(crate) fn file(path: &Path, error: &std::io::Error) -> Self {
        let (code, advice) = match error.kind() {
            std::io::ErrorKind::NotFound => (Code::Failed, say!("problem-file-name")),
            std::io::ErrorKind::PermissionDenied => (Code::Failed, say!("problem-file-rights")),
            std::io::ErrorKind::AlreadyExists => (Code::Refused, say!("problem-file-exists")),
            _ => (Code::Failed, say!("problem-file-space")),
        };
        let path = path.display().to_string();
        Self::new(code, say!("problem-file", path = path, text = error.said(), advice = advice))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl core::error::Error for Problem {}

impl kaztoken_trace::Fault for Problem {
    fn code(&self) -> &'static str {
        self.code.name()
    }
}

impl From<kaztoken_trace::ReplayError> for Problem {
    fn from(error: kaztoken_trace::ReplayError) -> Self {
        match error {
            kaztoken_trace::ReplayError::Recorded(failure) => Self::recorded(failure),
            error => Self::new(Code::Data, error.said()),
        }
    }
}

impl From<drive::Failure<Self>> for Problem {
    fn from(failure: drive::Failure<Self>) -> Self {
        match failure {
            drive::Failure::Link(problem) => problem,
            drive::Failure::Token(error) => error.into(),
            other => Self::new(Code::Failed, other.to_string()),
        }
    }
}

impl From<token::Error> for Problem {
    fn from(error: token::Error) -> Self {
        use token::Error as E;
        let (code, pin) = match error {
            E::WrongPin { role, tries_left } => (Code::WrongPin, Some((role, tries_left))),
            E::PinBlocked { role } | E::PinRefused { role, refusal: Refusal::Blocked } => {
                (Code::PinBlocked, Some((role, Some(0))))
            }
            E::PinRefused { role, refusal: Refusal::LastTry } => (Code::Refused, Some((role, Some(1)))),
            E::PinRefused { role, .. } => (Code::Failed, Some((role, None))),
            E::Weak(_) | E::FormatRefused(_) => (Code::Refused, None),
            E::AlreadyVerified => (Code::Busy, None),
            E::Exchange(_) | E::Malformed { .. } | E::Fci(_) | E::TooManyCommands => (Code::Protocol, None),
            E::WrongInput { .. } => (Code::Usage, None),
            E::Unsupported { .. } => (Code::Unsupported, None),
            E::Card { sw, .. } => match sw.status() {
                Status::UnknownInstruction | Status::UnknownClass | Status::NotSupported => {
                    (Code::Unsupported, None)
                }
                _ => (Code::Failed, None),
            },
            _ => (Code::Failed, None),
        };
        let problem = Self { code, message: error.said(), pin };
        match error {
            E::PinRefused { refusal: Refusal::LastTry, .. } => problem.and(&say!("pin-last-try-ok")),
            E::PinRefused { role: Role::User, refusal: Refusal::Blocked } => {
                problem.and(&say!("pin-admin-can-unblock"))
            }
            E::PinBlocked { role: Role::User } => problem.and(&say!("pin-see-unblock")),
            E::PinRefused { role: Role::Admin, refusal: Refusal::Blocked } => {
                problem.and(&say!("pin-nothing-unblocks"))
            }
            E::FormatRefused(token::FormatRefusal::NotEmpty(_)) => problem.and(&say!("said-erase-keys")),
            E::Card { step: Step::ChangePin, sw } if sw.status() == Status::WrongData => {
                problem.and(&say!("pin-wrong-length"))
            }
            E::Card { sw, .. } if sw.status() == Status::AccessDenied => problem.and(&say!("pin-no-right")),
            _ => problem,
        }
    }
}

impl From<WrongSerial> for Problem {
    fn from(error: WrongSerial) -> Self {
        Self::new(Code::Refused, error.said())
    }
}

impl From<PinError> for Problem {
    fn from(error: PinError) -> Self {
        Self::new(Code::Usage, error.said()).and(&say!("pin-not-sent"))
    }
}

impl From<gost::DecodeError> for Problem {
    fn from(error: gost::DecodeError) -> Self {
        Self::new(Code::Data, error.said())
    }
}

impl From<CcidError> for Problem {
    fn from(error: CcidError) -> Self {
        let code = match error {
            CcidError::UnsupportedLevel(_)
            | CcidError::UnsupportedPacketSize(_)
            | CcidError::ProtocolMismatch { .. } => Code::Unsupported,
            CcidError::Timeout { .. } => Code::Timeout,
            CcidError::Cancelled => return interrupted(),
            CcidError::PipeFailed => Code::Removed,
            CcidError::Violation(_)
            | CcidError::BadAtr(_)
            | CcidError::CardMute
            | CcidError::ResponseTooLong { .. }
            | CcidError::Pps(_)
            | CcidError::T0(_)
            | CcidError::T1(_)
            | CcidError::Unplug => Code::Protocol,
            CcidError::CardAbsent => Code::NoToken,
            CcidError::Busy(_) => Code::Busy,
            CcidError::CommandLength { .. } => Code::Usage,
            _ => Code::Failed,
        };
        Self::new(code, error.said())
    }
}

impl<E: Into<Self>> From<LinkError<E>> for Problem {
    fn from(error: LinkError<E>) -> Self {
        match error {
            LinkError::Pipe(error) => error.into(),
            LinkError::Ccid(error) => error.into(),
            _ => Self::new(Code::Failed, say!("problem-connection")),
        }
    }
}

impl From<kaztoken_usb::Error> for Problem {
    fn from(error: kaztoken_usb::Error) -> Self {
        let code = match error.kind() {
            ErrorKind::Start | ErrorKind::NothingThere => Code::NoToken,
            ErrorKind::Several => Code::SeveralTokens,
            ErrorKind::NoPermission => Code::NoPermission,
            ErrorKind::Held => Code::Busy,
            ErrorKind::Unplugged => Code::Removed,
            ErrorKind::Unusable => Code::Unsupported,
            ErrorKind::Timeout => Code::Timeout,
            ErrorKind::Misbehaved => Code::Protocol,
            _ => Code::Failed,
        };
        Self::new(code, error.said())
    }
}

#[cfg(feature = "pcsc")]
impl From<kaztoken_pcsc::Error> for Problem {
    fn from(error: kaztoken_pcsc::Error) -> Self {
        use kaztoken_pcsc::ErrorKind;
        let code = match error.kind() {
            ErrorKind::NothingThere | ErrorKind::NoCard | ErrorKind::NoService => Code::NoToken,
            ErrorKind::NoPermission => Code::NoPermission,
            ErrorKind::Held => Code::Busy,
            ErrorKind::Removed => Code::Removed,
            ErrorKind::Mute => Code::Protocol,
            ErrorKind::Timeout => Code::Timeout,
            _ => Code::Failed,
        };
        Self::new(code, error.said())
    }
}

impl From<kaztoken_rig::host::Error> for Problem {
    fn from(error: kaztoken_rig::host::Error) -> Self {
        use kaztoken_rig::Fault;
        use kaztoken_rig::host::Error as E;
        use std::io::ErrorKind as K;
        let code = match &error {
            E::Open { error, .. } => match error.kind() {
                K::NotFound | K::ConnectionRefused => Code::NoToken,
                K::PermissionDenied => Code::NoPermission,
                K::ResourceBusy => Code::Busy,
                _ => Code::Failed,
            },
            E::NotARig { .. } => Code::NoToken,
            E::WrongVersion { .. } => Code::Unsupported,
            E::AnotherRig { .. } => Code::Refused,
            E::Disconnected | E::Line(_) => Code::Removed,
            E::Silent | E::RequestLost | E::AnswerLost | E::Timeout => Code::Timeout,
            E::Asleep | E::Broken => Code::Failed,
            E::Cancelled => return interrupted(),
            E::TooLong { .. } => Code::Usage,
            E::WrongAnswer | E::BufferTooSmall { .. } => Code::Protocol,
            E::Fault(fault) => match fault {
                Fault::NoCard => Code::NoToken,
                Fault::Unsupported => Code::Unsupported,
                Fault::Timeout => Code::Timeout,
                Fault::Unplugged | Fault::NotPowered | Fault::Stopped => Code::Removed,
                Fault::TooLong => Code::Usage,
                Fault::OverCurrent | Fault::Hardware(_) => Code::Failed,
                _ => Code::Protocol,
            },
            _ => Code::Failed,
        };
        Self::new(code, error.said())
    }
}

impl<E: Into<Self>> From<GuardError<E>> for Problem {
    fn from(error: GuardError<E>) -> Self {
        use kaztoken_rig::host::safety::Refusal as R;
        match error {
            GuardError::Link(error) => error.into(),
            GuardError::Refused(refusal) => {
                let pin = match refusal {
                    R::BelowFloor { role, tries, .. } => Some((role, Some(tries))),
                    R::TriesUnknown(role) | R::WrongBefore(role) => Some((role, None)),
                    _ => None,
                };
                Self { code: Code::Refused, message: refusal.said(), pin }
            }
            GuardError::Ledger(error) => error.into(),
            _ => Self::new(Code::Failed, say!("problem-guard")),
        }
    }
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        Self::new(Code::Failed, error.said())
    }
}

impl From<link::LinkError> for Problem {
    fn from(error: link::LinkError) -> Self {
        let code = match error {
            link::LinkError::Unplugged => Code::Removed,
            link::LinkError::NoAnswer => Code::Timeout,
            _ => Code::Protocol,
        };
        Self::new(code, error.said())
    }
}

impl From<FileStoreError> for Problem {
    fn from(error: FileStoreError) -> Self {
        let code = match error.problem() {
            StoreProblem::NotFound => Code::NoToken,
            StoreProblem::Exists => Code::Refused,
            StoreProblem::Invalid(_) => Code::Data,
            StoreProblem::Locked => Code::Busy,
            StoreProblem::Io(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                Code::NoPermission
            }
            _ => Code::Failed,
        };
        Self::new(code, error.said())
    }
}

/// The person pressed Ctrl-C.
pub(crate) fn interrupted() -> Problem {
    Problem::new(Code::Interrupted, say!("problem-interrupted"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kaztoken_core::Millis;
    use kaztoken_core::ccid::Violation;

    #[test]
    fn what_ends_an_exchange_has_a_code_of_its_own() {
        for (error, code) in [
            (CcidError::Timeout { budget: Millis(1) }, Code::Timeout),
            (CcidError::Cancelled, Code::Interrupted),
            (CcidError::Violation(Violation::Status(3)), Code::Protocol),
            (CcidError::CardAbsent, Code::NoToken),
        ] {
            assert_eq!(Problem::from(error).code, code, "{error}");
        }
        let pipe = LinkError::Pipe(kaztoken_usb::Error::Unplugged);
        assert_eq!(Problem::from(pipe).code, Code::Removed);
        assert_eq!(Problem::from(kaztoken_usb::Error::NoPermission(None)).code, Code::NoPermission);
        assert_eq!(Problem::from(kaztoken_usb::Error::Held(Box::default())).code, Code::Busy);
    }

    #[test]
    fn a_pins_problem_says_whose_and_how_many_tries() {
        let problem = Problem::from(token::Error::WrongPin { role: Role::User, tries_left: Some(3) });
        assert_eq!((problem.code, problem.pin), (Code::WrongPin, Some((Role::User, Some(3)))));
        let problem =
            Problem::from(token::Error::PinRefused { role: Role::Admin, refusal: Refusal::Blocked });
        assert_eq!((problem.code, problem.pin), (Code::PinBlocked, Some((Role::Admin, Some(0)))));
    }
}
