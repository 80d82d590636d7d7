//! The virtual token as firmware: a smart card on two boards that QEMU has, a USB token on one that it has not.
//!
//! It is a whole token with an allocator, so no small image. The cases are in `firmware-tests/card-cases`.

use std::fs;
use std::path::PathBuf;

use crate::commands::{cargo, root, run, target};
use crate::elf;
use crate::packages;
use crate::report::{Count, Failure};

/// Images, what they are built for, which features they need, and the flash and RAM of their chips: ARM DAI 0386,
/// the LM3S6965 and STM32F407xG data sheets.
const IMAGES: [(&str, &str, &[&str], [u32; 2]); 3] = [
    ("card-mps2-an386", "thumbv7em-none-eabi", &[], [4 << 20, 4 << 20]),
    ("card-lm3s6965evb", "thumbv7m-none-eabi", &[], [256 << 10, 64 << 10]),
    ("card-stm32f407-usb", "thumbv7em-none-eabi", &["--features", "usb"], [1 << 20, 128 << 10]),
];

/// Builds the images; each must fit its chip.
pub(crate) fn build() -> Result<Count, Failure> {
    let mut count = Count::default();
    for (image, target_name, features, [flash_limit, ram_limit]) in IMAGES {
        packages::rust_target(target_name)?;
        each(&["build", "-q"], image, target_name, features, &[])?;
        let path = target().join("firmware").join(target_name).join("release").join(image);
        let file = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let sizes = elf::read(&file)?.sizes;
        let (flash, ram) = (sizes.text + sizes.data, sizes.data + sizes.bss);
        let fits = flash <= flash_limit && ram <= ram_limit;
        println!(
            "{} {image}: {flash} of {flash_limit} bytes of flash, {ram} of {ram_limit} of RAM beside the stack",
            if fits { "ok" } else { "FAILED" }
        );
        count = count.and(Count { passed: fits.into(), failed: (!fits).into() });
    }
    Ok(count)
}

/// The card that the rig's firmware talks to.
pub(crate) fn image() -> PathBuf {
    let (image, target_name, ..) = IMAGES[0];
    target().join("firmware").join(target_name).join("release").join(image)
}

/// Its lints.
pub(crate) fn clippy() -> Result<(), Failure> {
    for (image, target_name, features, _) in IMAGES {
        packages::rust_target(target_name)?;
        each(&["clippy", "-q", "--lib"], image, target_name, features, &["--", "-D", "warnings"])?;
    }
    Ok(())
}

fn each(
    command: &[&str],
    image: &str,
    target_name: &str,
    features: &[&str],
    last: &[&str],
) -> Result<(), Failure> {
    // In its own folder: cargo then reads that folder's linker settings and lock file.
    run(cargo()
        .current_dir(root().join("firmware-tests"))
        .args(command)
        .args(["--release", "-p", "kaztoken-card-firmware", "--bin", image, "--target", target_name])
        .args(features)
        .arg("--target-dir")
        .arg(target().join("firmware"))
        .args(last))?;
    Ok(())
}
