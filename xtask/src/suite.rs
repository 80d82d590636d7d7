//! Which steps there are, in which order.

use crate::commands::{cargo, command, count_libtest, run, run_counting, target};
use crate::packages;
use crate::report::{Count, Failure, Report};
use crate::rigs::{self, Rig};

/// Runs one rig, after building the command line it uses.
pub(crate) fn rig(report: &mut Report, rig: Rig) {
    match rig {
        Rig::Pcsc => report.step("rig pcsc", rigs::pcsc::run),
        Rig::LinuxUsb => report.step("rig linux-usb", rigs::linux_usb::run),
    };
}
pub(crate) fn everything(report: &mut Report) {}
pub(crate) fn lint(report: &mut Report) {}
pub(crate) fn size(report: &mut Report) {}
pub(crate) fn setup(report: &mut Report) {}
