//! The images that are as small as it gets.

use std::fs;
use std::path::PathBuf;

use super::TARGET;
use crate::commands::{cargo, root, run, target};
use crate::elf::{self, Image};
use crate::report::Failure;

/// Builds some of them.
pub(super) fn build(images: &[&str]) -> Result<(), Failure> {
    run(cargo()
        .current_dir(root().join("firmware-tests"))
        .args(["build", "--profile", "small"])
        .args(images.iter().flat_map(|image| ["--bin", image]))
        .arg("--target-dir")
        .arg(target().join("firmware")))?;
    Ok(())
}

pub(super) fn image(name: &str) -> PathBuf {
    target().join("firmware").join(TARGET).join("small").join(name)
}

pub(super) fn read(name: &str) -> Result<Image, String> {
    let image = image(name);
    let file = fs::read(&image).map_err(|error| format!("{}: {error}", image.display()))?;
    elf::read(&file)
}
