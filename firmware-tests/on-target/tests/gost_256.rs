//! GOST R 34.10 with keys of 256 bits.
#![no_std]
#![no_main]

use cortex_m as _;
use cortex_m_rt as _;

#[embedded_test::tests]
mod gost_256 {
    use kaztoken_on_target::cases::Failed;
    use kaztoken_on_target::gost::{self, OF_256};

    #[test]
    fn examples() -> Result<(), Failed> {
        gost::examples(&OF_256)
    }

    #[test]
    fn key_pairs() -> Result<(), Failed> {
        gost::key_pairs(&OF_256)
    }

    #[test]
    fn kazakh_signatures() -> Result<(), Failed> {
        gost::kazakh(&OF_256)
    }

    #[test]
    #[timeout(180)]
    fn open_vectors() -> Result<(), Failed> {
        gost::open_vectors(&OF_256)
    }
}
