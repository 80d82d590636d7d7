//! What is known of the token's PINs, and what may be sent because of it.
//!
//! The token owns the truth; this is what its answers said last. Anything that may have changed it
//! behind our back (a lost answer, a reset, another program) makes it unknown, and an unknown
//! counter is read before a PIN is sent.

use crate::apdu::{Status, StatusWord};
use core::fmt;

/// Whose PIN.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Role {
    /// The administrator (security officer), PIN reference 1.
    Admin,
    /// The user, PIN reference 2.
    User,
}

impl Role {
    /// The PIN reference in P2 of VERIFY.
    #[must_use]
    pub const fn reference(self) -> u8 {
        match self {
            Self::Admin => 1,
            Self::User => 2,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Admin => "administrator",
            Self::User => "user",
        })
    }
}

/// What is known of one PIN.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum State {
    /// Nothing: ask the token.
    Unknown,
    /// Not verified, with this many tries left (1 to 15).
    NotVerified {
        /// The tries left.
        tries: u8,
    },
    /// Verified: the token grants this role's rights.
    Verified,
    /// No tries left.
    Blocked,
    /// The token has no such PIN: it was erased, or a format stopped half-way.
    Absent,
}

/// Consent to spend the last try.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum LastTry {
    /// Refuse to send a PIN when a wrong one would block it.
    Refuse,
    /// Send it all the same: the person knows that a wrong one blocks it.
    Accept,
}

/// Why a PIN is not sent. The token was not asked and no try was spent.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Refusal {
    /// The counter is not known.
    CounterUnknown,
    /// One try is left and nobody agreed to spend it.
    LastTry,
    /// The PIN is blocked.
    Blocked,
    /// The token has no such PIN.
    Absent,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CounterUnknown => "the tries left are not known; the PIN was not sent",
            Self::LastTry => "one try is left and a wrong PIN blocks it; the PIN was not sent",
            Self::Blocked => "the PIN is blocked; it was not sent",
            Self::Absent => "the token has no such PIN: a format is unfinished, format it again",
        })
    }
}

impl core::error::Error for Refusal {}

/// What is known of both PINs of one connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Access {
    admin: State,
    user: State,
    /// A VERIFY was sent, or another program may have sent one, and no logout since.
    may_be_verified: bool,
}

impl Access {
    /// Nothing is known: the start of a connection.
    #[must_use]
    pub const fn unknown() -> Self {
        Self { admin: State::Unknown, user: State::Unknown, may_be_verified: false }
    }

    /// What is known of one PIN.
    #[must_use]
    pub const fn state(&self, role: Role) -> State {
        match role {
            Role::Admin => self.admin,
            Role::User => self.user,
        }
    }

    /// Whether the token may still grant rights that this connection asked for.
    #[must_use]
    pub const fn may_be_verified(&self) -> bool {
        self.may_be_verified
    }

    /// An answer was lost or the token was reset: nothing is known any more.
    pub const fn forget(&mut self) {
        self.admin = State::Unknown;
        self.user = State::Unknown;
    }

    /// Whether a PIN may be sent now.
    pub const fn permit(&self, role: Role, last_try: LastTry) -> Result<(), Refusal> {
        match self.state(role) {
            State::Unknown | State::Verified => Err(Refusal::CounterUnknown),
            State::Blocked => Err(Refusal::Blocked),
            State::Absent => Err(Refusal::Absent),
            State::NotVerified { tries: 0 | 1 } if matches!(last_try, LastTry::Refuse) => {
                Err(Refusal::LastTry)
            }
            State::NotVerified { .. } => Ok(()),
        }
    }

    /// A VERIFY is about to be sent: from here to its answer nothing is known.
    pub const fn verify_sent(&mut self, role: Role) {
        self.may_be_verified = true;
        self.set(role, State::Unknown);
    }

    /// The answer to a VERIFY with a PIN. After 6300 the counter is unknown until it is read.
    pub const fn verify_answered(&mut self, role: Role, sw: StatusWord) {
        let state = match sw.status() {
            Status::Success => State::Verified,
            Status::TriesLeft(0) | Status::Blocked => State::Blocked,
            Status::TriesLeft(tries) => State::NotVerified { tries },
            _ => State::Unknown,
        };
        self.set(role, state);
        if matches!(state, State::Verified) {
            // One PIN at a time: the other one's rights are gone.
            let other = match role {
                Role::Admin => Role::User,
                Role::User => Role::Admin,
            };
            if matches!(self.state(other), State::Verified) {
                self.set(other, State::Unknown);
            }
        }
    }

    /// A PIN is about to be changed. Whether its role stays verified and how many tries it has
    /// afterwards is the token's affair, and not public.
    pub const fn change_sent(&mut self, role: Role) {
        self.set(role, State::Unknown);
    }

    /// The token refused a command for want of rights (6982): who is verified must be asked anew.
    /// It may also be that the role never had that right.
    pub const fn denied(&mut self) {
        self.doubt_verified();
    }

    /// The answer to an empty VERIFY, which changes nothing in the token. What a token answers for
    /// a PIN that it does not have is not public; not found and wrong data or parameters count as that.
    pub const fn counter_read(&mut self, role: Role, sw: StatusWord) {
        let state = match sw.status() {
            Status::Success => State::Verified,
            Status::TriesLeft(0) | Status::Blocked => State::Blocked,
            Status::TriesLeft(tries) => State::NotVerified { tries },
            Status::NotFound | Status::DataNotFound | Status::WrongData | Status::WrongParameters => {
                State::Absent
            }
            _ => State::Unknown,
        };
        if matches!(state, State::Verified) {
            self.may_be_verified = true;
        }
        self.set(role, state);
    }

    /// RESET ACCESS RIGHTS succeeded.
    pub const fn logged_out(&mut self) {
        self.may_be_verified = false;
        self.doubt_verified();
    }

    const fn doubt_verified(&mut self) {
        if matches!(self.admin, State::Verified) {
            self.admin = State::Unknown;
        }
        if matches!(self.user, State::Verified) {
            self.user = State::Unknown;
        }
    }

    const fn set(&mut self, role: Role, state: State) {
        match role {
            Role::Admin => self.admin = state,
            Role::User => self.user = state,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(tries: u8) -> Access {
        let mut access = Access::unknown();
        access.counter_read(Role::User, StatusWord::tries(tries));
        access
    }

    #[test]
    fn nothing_is_sent_before_the_counter_was_read() {
        assert_eq!(Access::unknown().permit(Role::User, LastTry::Accept), Err(Refusal::CounterUnknown));
        assert_eq!(with(5).permit(Role::User, LastTry::Refuse), Ok(()));
    }

    #[test]
    fn the_last_try_needs_consent() {
        assert_eq!(with(2).permit(Role::User, LastTry::Refuse), Ok(()));
        assert_eq!(with(1).permit(Role::User, LastTry::Refuse), Err(Refusal::LastTry));
        assert_eq!(with(1).permit(Role::User, LastTry::Accept), Ok(()));
        assert_eq!(with(0).permit(Role::User, LastTry::Accept), Err(Refusal::Blocked));
    }

    #[test]
    fn a_verify_without_answer_leaves_nothing_known() {
        let mut access = with(5);
        access.verify_sent(Role::User);
        assert_eq!(access.state(Role::User), State::Unknown);
        assert_eq!(access.permit(Role::User, LastTry::Accept), Err(Refusal::CounterUnknown));
        assert!(access.may_be_verified());
    }

    #[test]
    fn answers_to_verify() {
        for (sw, expected) in [
            (0x9000, State::Verified),
            (0x6300, State::Unknown),
            (0x63C3, State::NotVerified { tries: 3 }),
            (0x63C0, State::Blocked),
            (0x6983, State::Blocked),
            (0x6F86, State::Unknown),
            (0x6D00, State::Unknown),
        ] {
            let mut access = with(5);
            access.verify_sent(Role::User);
            access.verify_answered(Role::User, StatusWord(sw));
            assert_eq!(access.state(Role::User), expected, "{sw:04X}");
        }
    }

    #[test]
    fn a_change_or_a_refusal_leaves_nothing_claimed() {
        let mut access = with(5);
        access.verify_answered(Role::User, StatusWord::SUCCESS);
        access.denied();
        assert_eq!(access.state(Role::User), State::Unknown);
        access.verify_sent(Role::User);
        access.verify_answered(Role::User, StatusWord::SUCCESS);
        access.change_sent(Role::User);
        assert_eq!(access.state(Role::User), State::Unknown);
        assert!(access.may_be_verified());
        // A counter that was read stays: nothing about it is in doubt.
        let mut access = with(5);
        access.denied();
        assert_eq!(access.state(Role::User), State::NotVerified { tries: 5 });
    }

    #[test]
    fn one_pin_at_a_time() {
        let mut access = with(5);
        access.verify_answered(Role::User, StatusWord::SUCCESS);
        access.verify_answered(Role::Admin, StatusWord::SUCCESS);
        assert_eq!(access.state(Role::User), State::Unknown);
        access.logged_out();
        assert_eq!(access.state(Role::Admin), State::Unknown);
        assert!(!access.may_be_verified());
    }
}
