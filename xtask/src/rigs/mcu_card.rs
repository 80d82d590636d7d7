//! The virtual token's firmware: its size on every board, and, in QEMU, what a reader sees of it. The cases are in
//! `firmware-tests/card-cases`; those of two boards that talk to each other are in `firmware-tests/rig-cases`, and
//! need [`image`].

use std::fs;
use std::path::PathBuf;

use crate::commands::{self, cargo, count_cases, root, run_counting, target};
use crate::elf;
use crate::packages;
use crate::report::{Count, Failure};
use crate::rigs::fresh_folder;

/// One image.
struct Board {
    name: &'static str,
    target: &'static str,
    features: &'static str,
    /// Bytes of the chip; of the first, which has megabytes, what the image shall need.
    flash: u32,
    ram: u32,
}

const KB: u32 = 1024;
/// QEMU has all but the last.
const BOARDS: [Board; 3] = [
    Board {
        name: "card-mps2-an386",
        target: "thumbv7em-none-eabi",
        features: "",
        flash: 192 * KB,
        ram: 192 * KB,
    },
    Board {
        name: "card-lm3s6965evb",
        target: "thumbv7m-none-eabi",
        features: "",
        flash: 256 * KB,
        ram: 64 * KB,
    },
    Board {
        name: "card-stm32f407-usb",
        target: "thumbv7em-none-eabi",
        features: "usb",
        flash: 1024 * KB,
        ram: 128 * KB,
    },
];
/// The least that is left for the stack.
const STACK: u32 = 20 * KB;

/// The image that a rig in QEMU can talk to. [`run`] builds it.
pub(crate) fn image() -> PathBuf {
    path(&BOARDS[0])
}

/// Builds every image, looks at its size, and runs the cases.
pub(crate) fn run() -> Result<Count, Failure> {
    let mut count = Count::default();
    for board in &BOARDS {
        packages::rust_target(board.target)?;
        build(board, &mut count)?;
    }
    let folder = target().join("rig/card");
    fresh_folder(&folder)?;
    let cases = run_counting(
        cargo()
            .args(["run", "-q", "--release", "-p", "kaztoken-card-cases", "--", "--images"])
            .arg(target().join("firmware"))
            .arg("--folder")
            .arg(&folder),
        count_cases,
    )?;
    if cases.passed + cases.failed == 0 {
        return Err(Failure { reason: "no case was run".to_owned(), count });
    }
    count.passed += cases.passed;
    count.failed += cases.failed;
    Ok(count)
}

fn path(board: &Board) -> PathBuf {
    target().join("firmware").join(board.target).join("release").join(board.name)
}

fn build(board: &Board, count: &mut Count) -> Result<(), Failure> {
    // In its own folder: cargo then reads that folder's linker settings and lock file.
    commands::run(
        cargo()
            .current_dir(root().join("firmware-tests"))
            .args(["build", "-q", "--release", "-p", "kaztoken-card-firmware", "--features", board.features])
            .args(["--bin", board.name, "--target", board.target, "--target-dir"])
            .arg(target().join("firmware")),
    )?;
    let file = fs::read(path(board)).map_err(|error| format!("{}: {error}", path(board).display()))?;
    let sizes = elf::read(&file)?.sizes;
    let (flash, ram) = (sizes.text + sizes.data, sizes.data + sizes.bss);
    println!("{}: {flash} bytes of flash, {ram} of RAM with the allocator's, beside the stack", board.name);
    if flash <= board.flash && ram + STACK <= board.ram {
        count.passed += 1;
    } else {
        println!("FAILED {}: at most {} bytes of flash, {} of RAM", board.name, board.flash, board.ram);
        count.failed += 1;
    }
    Ok(())
}
