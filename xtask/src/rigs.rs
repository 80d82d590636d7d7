//! The rigs: the virtual token where other people's software must take it for a real one.

pub(crate) mod libccid;
pub(crate) mod linux_usb;
pub(crate) mod mcu;
mod mcu_card;
pub(crate) mod package;
pub(crate) mod pcsc;
pub(crate) mod umockdev;
pub(crate) mod usb_host;

use std::fs;
use std::path::{Path, PathBuf};

use crate::commands::target;

/// Which rig.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rig {
    /// pcscd with a virtual reader; OpenSC judges.
    Pcsc,
    /// A Linux kernel with its USB stack in QEMU; our command line over libusb, then pcscd and OpenSC.
    LinuxUsb,
    /// Debian's libccid on the scripted readers of our own cases.
    Libccid,
    /// libusb on devices that umockdev makes up.
    Umockdev,
    /// The test rig's firmware in QEMU.
    Mcu,
    /// A USB host on bare metal, in QEMU.
    UsbHost,
    /// What is released, installed where nothing else is.
    Package,
}

/// The command line as the rigs use it: a release build.
fn kaztoken() -> Result<PathBuf, String> {
    let path = target().join("release/kaztoken");
    if path.exists() { Ok(path) } else { Err(format!("{} is not there", path.display())) }
}

/// An empty folder for one run.
pub(crate) fn fresh_folder(path: &Path) -> Result<(), String> {
    if path.exists() {
        fs::remove_dir_all(path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    fs::create_dir_all(path).map_err(|error| format!("{}: {error}", path.display()))
}
