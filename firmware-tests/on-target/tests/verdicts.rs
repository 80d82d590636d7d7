//! Tests that end in every way there is, so that each way is known to be seen. Most must not pass: they are
//! ignored, and `cargo xtask on-target` runs them and looks at what the runner says.
#![no_std]
#![no_main]

use cortex_m as _;
use cortex_m_rt as _;

#[embedded_test::tests]
mod verdicts {
    use kaztoken_on_target::board;
    use kaztoken_on_target::cases::{Cases, Failed, check};

    #[test]
    fn passes() {}

    #[test]
    #[ignore]
    fn fails_in_one_case() -> Result<(), Failed> {
        let mut cases = Cases::new();
        cases.run("right", || Ok(()));
        cases.run("wrong", || check(false, "as planned"));
        cases.run("right again", || Ok(()));
        cases.end(3)
    }

    #[test]
    #[ignore]
    fn has_too_few_cases() -> Result<(), Failed> {
        Cases::new().end(1)
    }

    #[test]
    #[ignore]
    fn panics() -> Result<(), Failed> {
        let mut cases = Cases::new();
        cases.run("the panicking one", || panic!("as planned"));
        cases.end(1)
    }

    #[test]
    #[ignore]
    #[should_panic]
    fn does_not_panic() {}

    #[test]
    #[should_panic]
    fn panics_as_it_should() {
        panic!("as planned");
    }

    #[test]
    #[ignore]
    fn faults() {
        board::fault();
    }

    #[test]
    #[ignore]
    fn locks_up() {
        board::lock_up();
    }

    #[test]
    #[ignore]
    #[timeout(1)]
    fn never_ends() {
        loop {
            cortex_m::asm::nop();
        }
    }
}
