//! The protocol's machines and the PINs; and what is left out on this board.
#![no_std]
#![no_main]

use cortex_m as _;
use cortex_m_rt as _;

#[embedded_test::tests]
mod board {
    use kaztoken_on_target::{board, console};

    /// Says which board this is, and what is not tested on it.
    #[test]
    fn what_is_left_out() {
        console::line(format_args!("board {}", board::NAME));
        for (what, why) in board::LEFT_OUT {
            console::line(format_args!("left out {what}: {why}"));
        }
    }
}

#[embedded_test::tests]
mod protocol {
    use kaztoken_on_target::cases::Failed;
    use kaztoken_on_target::{apdu, atr, ccid, scripts, tpdu};

    #[test]
    fn atr_models() -> Result<(), Failed> {
        atr::models()
    }

    #[test]
    fn atr_damaged() -> Result<(), Failed> {
        atr::damaged()
    }

    #[test]
    fn apdu_exchange() -> Result<(), Failed> {
        apdu::exchanges()
    }

    #[test]
    fn ccid_chains() -> Result<(), Failed> {
        ccid::dialogues(scripts::CHAINS, 19)
    }

    #[test]
    fn ccid_frames() -> Result<(), Failed> {
        ccid::dialogues(scripts::FRAMES, 27)
    }

    #[test]
    fn ccid_power() -> Result<(), Failed> {
        ccid::dialogues(scripts::POWER, 25)
    }

    #[test]
    fn ccid_status() -> Result<(), Failed> {
        ccid::dialogues(scripts::STATUS, 26)
    }

    #[test]
    fn ccid_t0() -> Result<(), Failed> {
        ccid::dialogues(scripts::T0, 10)
    }

    #[test]
    fn ccid_t1_blocks() -> Result<(), Failed> {
        ccid::dialogues(scripts::T1_BLOCKS, 32)
    }

    #[test]
    fn ccid_t1_scenarios() -> Result<(), Failed> {
        ccid::dialogues(scripts::T1_SCENARIOS, 35)
    }

    #[test]
    fn ccid_time() -> Result<(), Failed> {
        ccid::dialogues(scripts::TIME, 15)
    }

    #[test]
    fn t1_alone() -> Result<(), Failed> {
        tpdu::alone(&[scripts::T1_SCENARIOS, scripts::T1_BLOCKS], 1, 63)
    }

    #[test]
    fn t0_alone() -> Result<(), Failed> {
        tpdu::alone(&[scripts::T0], 0, 10)
    }
}

#[embedded_test::tests]
mod pin {
    use kaztoken_on_target::cases::Failed;
    use kaztoken_on_target::{pins, residue};

    #[test]
    fn states() -> Result<(), Failed> {
        pins::states()
    }

    #[test]
    fn logins() -> Result<(), Failed> {
        pins::logins()
    }

    #[test]
    fn gone_from_the_ram_after_logout() -> Result<(), Failed> {
        residue::after_logout()
    }

    #[test]
    fn copies_in_the_ram_are_found() -> Result<(), Failed> {
        residue::copies_are_found()
    }
}
