//! Where the state is kept.

#[cfg(feature = "std")]
mod file;

#[cfg(feature = "std")]
pub use file::{FileStore, FileStoreError, Problem};

use crate::state::State;
use core::convert::Infallible;

/// Keeps a token's state. A state that was saved is there after a loss of power; a save that failed left the
/// old one.
pub trait Store {
    /// What can go wrong.
    type Error: core::error::Error + Send + Sync + 'static;

    /// Reads the state.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    fn load(&mut self) -> Result<State, Self::Error>;

    /// Replaces the state. Returns when it is safe.
    ///
    /// # Errors
    /// When the new state could not be made safe; the old one is then still there.
    fn save(&mut self, state: &State) -> Result<(), Self::Error>;
}

/// Keeps the state in memory: gone with the program.
#[derive(Clone, Debug)]
pub struct MemoryStore(State);

impl MemoryStore {
    /// Begins with this state.
    #[must_use]
    pub const fn new(state: State) -> Self {
        Self(state)
    }
}

impl Store for MemoryStore {
    type Error = Infallible;

    fn load(&mut self) -> Result<State, Infallible> {
        Ok(self.0.clone())
    }

    fn save(&mut self, state: &State) -> Result<(), Infallible> {
        self.0 = state.clone();
        Ok(())
    }
}
