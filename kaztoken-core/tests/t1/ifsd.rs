//! Scenarios 4 and 17: the host says how long blocks may be.

use crate::script::{GET_CHALLENGE, IFSC, run_with};
use kaztoken_core::tpdu::t1::{Step, T1, T1Error};

fn negotiating() -> T1 {
    let mut t1 = T1::new(IFSC);
    t1.negotiate_ifsd(0xFE).unwrap();
    t1
}

fn ends_done(before: &str) {
    let mut t1 = run_with("IFSD", negotiating(), GET_CHALLENGE, before);
    assert_eq!(t1.handle_block(&[0x00, 0xE1, 0x01, 0xFE, 0x1E], &mut []), Step::Done(0));
    let after = "> 00 00 05 00 84 00 00 04 85\n< 00 00 06 01 02 03 04 90 00 92\n= 01 02 03 04 90 00";
    run_with("after IFSD", t1, GET_CHALLENGE, after);
}

#[test]
fn s04_ifs_by_host() {
    ends_done("> 00 C1 01 FE 3E");
}

#[test]
fn s04_wrong_echo() {
    ends_done("> 00 C1 01 FE 3E\n< 00 E1 01 20 C0\n> 00 C1 01 FE 3E");
}

#[test]
fn s04_an_i_block_as_answer() {
    ends_done("> 00 C1 01 FE 3E\n< 00 00 02 90 00 92\n> 00 C1 01 FE 3E");
}

#[test]
fn s17_bad_lrc() {
    ends_done("> 00 C1 01 FE 3E\n< 00 E1 01 FE E1\n> 00 C1 01 FE 3E");
}

#[test]
fn silence_and_corruption_are_bounded() {
    let mut t1 = negotiating();
    assert_eq!(t1.handle_silence(), Step::Send);
    assert_eq!(t1.handle_corruption(), Step::Send);
    assert_eq!(t1.handle_silence(), Step::Failed(T1Error::NoIfsd));
    assert!(t1.needs_reset());
}

#[test]
fn sizes_that_do_not_exist_are_clamped() {
    for (asked, said) in [(0, 1), (1, 1), (254, 254), (255, 254)] {
        let mut t1 = T1::new(0);
        t1.negotiate_ifsd(asked).unwrap();
        let mut out = [0; 5];
        assert_eq!(t1.block(&[], &mut out), 5);
        assert_eq!(out[..4], [0x00, 0xC1, 0x01, said]);
    }
}
