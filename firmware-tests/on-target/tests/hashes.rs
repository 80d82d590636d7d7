//! Streebog and GOST R 34.11-94.
#![no_std]
#![no_main]

use cortex_m as _;
use cortex_m_rt as _;

#[embedded_test::tests]
mod hashes {
    use kaztoken_core::gost::HashAlgorithm::{Gost94CryptoPro, Gost94Test, Streebog256, Streebog512};
    use kaztoken_on_target::cases::Failed;
    use kaztoken_on_target::hashes::digests;

    #[test]
    #[timeout(120)]
    fn streebog() -> Result<(), Failed> {
        digests([Streebog256, Streebog512], 424)
    }

    #[test]
    #[timeout(120)]
    fn gost94() -> Result<(), Failed> {
        digests([Gost94Test, Gost94CryptoPro], 427)
    }
}
