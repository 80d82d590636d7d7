//! The readers and what is in them.

use crate::{Error, PcscLink, Sharing};
use core::fmt;
use core::time::Duration;
use pcsc::{Context, ReaderState, Scope, State};
use std::ffi::CString;

/// What is in a reader.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum CardState {
    /// Nothing.
    Absent,
    /// A card that does not answer.
    Mute,
    /// A card that nobody uses.
    Free,
    /// A card that other programs use and share.
    InUse,
    /// A card that another program has for itself.
    Exclusive,
    /// The service does not tell.
    Unknown,
}

impl CardState {
    const fn of(state: State) -> Self {
        if state.intersects(State::EMPTY) {
            Self::Absent
        } else if state.intersects(State::MUTE) {
            Self::Mute
        } else if state.intersects(State::EXCLUSIVE) {
            Self::Exclusive
        } else if state.intersects(State::INUSE) {
            Self::InUse
        } else if state.intersects(State::PRESENT) {
            Self::Free
        } else {
            Self::Unknown
        }
    }

    /// Is there a card that answers?
    #[must_use]
    pub const fn has_card(self) -> bool {
        matches!(self, Self::Free | Self::InUse | Self::Exclusive)
    }
}

impl fmt::Display for CardState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absent => "empty",
            Self::Mute => "card does not answer",
            Self::Free => "card",
            Self::InUse => "card in use by another program",
            Self::Exclusive => "card held by another program",
            Self::Unknown => "state unknown",
        })
    }
}

/// A reader, as it was when the readers were listed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reader {
    name: CString,
    /// What is in it.
    pub state: CardState,
    /// The answer to reset of the card in it; empty without one.
    pub atr: Vec<u8>,
}

impl Reader {
    /// The name PC/SC gives it.
    #[must_use]
    pub fn name(&self) -> String {
        self.name.to_string_lossy().into_owned()
    }

    /// Connects to the card in it, powering it on where needed.
    ///
    /// # Errors
    /// [`Error`]; [`Error::Held`] when another program's use of the card and `sharing` exclude each other.
    pub fn connect(&self, sharing: Sharing) -> Result<PcscLink, Error> {
        PcscLink::connect(self.name.clone(), sharing)
    }
}

impl fmt::Display for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.state)
    }
}

/// The readers the service knows, none being no error. Sends nothing to the cards.
///
/// # Errors
/// [`Error::NoService`], [`Error::NoPermission`], [`Error::Service`].
pub fn readers() -> Result<Vec<Reader>, Error> {
    let context = Context::establish(Scope::User).map_err(Error::of_service)?;
    let names = match context.list_readers_owned() {
        Ok(names) => names,
        Err(pcsc::Error::NoReadersAvailable) => return Ok(Vec::new()),
        Err(error) => return Err(Error::of_service(error)),
    };
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut states: Vec<_> = names.into_iter().map(|name| ReaderState::new(name, State::UNAWARE)).collect();
    context.get_status_change(Duration::ZERO, &mut states).map_err(Error::of_service)?;
    Ok(states
        .iter()
        .map(|state| Reader {
            name: state.name().to_owned(),
            state: CardState::of(state.event_state()),
            atr: state.atr().to_vec(),
        })
        .collect())
}
