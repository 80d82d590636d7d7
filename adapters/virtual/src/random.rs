//! The system's random numbers.

use getrandom::SysRng;
use rand_core::{CryptoRng, UnwrapErr};

/// The generator of the operating system. Panics if the system has none: a token without randomness must not
/// go on.
#[must_use]
pub fn system_rng() -> impl CryptoRng + Send + 'static {
    UnwrapErr(SysRng)
}
