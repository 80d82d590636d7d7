//! The token itself: where its state is, and where its random numbers come from.

use chacha20::ChaCha20Rng;
use core::convert::Infallible;
use kaztoken_virtual::store::Store;
use kaztoken_virtual::{Model, State, VirtualToken};
use rand_core::{CryptoRng, SeedableRng};

/// The serial number of the token on a microcontroller.
pub const SERIAL: u64 = 0x4B5A_4D43;
/// The longest command: a chain of the token's ends at 2,048 bytes, each of its parts has a short APDU's 261.
pub const LONGEST_COMMAND: usize = 300;

/// Keeps the state nowhere but in the token: it lasts as long as the chip has power.
#[derive(Debug)]
pub struct RamOnly(Option<State>);

impl Store for RamOnly {
    type Error = Infallible;

    fn load(&mut self) -> Result<State, Infallible> {
        Ok(self.0.take().unwrap_or_else(|| State::factory(Model::default(), SERIAL)))
    }

    fn save(&mut self, _state: &State) -> Result<(), Infallible> {
        Ok(())
    }
}

/// A token as it leaves the factory, with so many bytes for files.
pub fn factory(model: Model, memory: u32, rng: impl CryptoRng + Send + 'static) -> VirtualToken<RamOnly> {
    let store = RamOnly(Some(State::factory(model, SERIAL).with_memory(memory)));
    let Ok(token) = VirtualToken::open(store, rng);
    token
}

/// FOR TESTS ONLY: random numbers from a constant, the same after every start. QEMU's boards have no source of
/// randomness.
#[must_use]
pub fn test_numbers() -> impl CryptoRng + Send + 'static {
    ChaCha20Rng::from_seed(*b"kaztoken in QEMU: not random....")
}
