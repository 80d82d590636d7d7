//! The USB adapter with the real libusb on devices that umockdev makes up; the cases are in
//! `adapters/usb/tests/umockdev.rs`.

use crate::commands::{cargo, count_cases, run_counting};
use crate::packages;
use crate::report::{Count, Failure};

/// Runs the rig.
pub(crate) fn run() -> Result<Count, Failure> {
    if !cfg!(target_os = "linux") {
        return Err(Failure::from("the rig needs Linux: umockdev stands in for its usbfs".to_owned()));
    }
    packages::debian(&[packages::BUILD, packages::RIG_UMOCKDEV])?;
    let count =
        run_counting(cargo().args(["test", "-p", "kaztoken-usb", "--test", "umockdev"]), count_cases)?;
    match count.passed + count.failed {
        0 => Err(Failure::from("no case was run".to_owned())),
        _ => Ok(count),
    }
}
