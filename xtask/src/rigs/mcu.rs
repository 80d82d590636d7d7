//! The test rig's firmware on every board: its size, what is linked into it, and, in QEMU, what a computer sees of it.
//! The cases are in `firmware-tests/rig-cases`. Beside it the virtual token as firmware, see [`mcu_card`].

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use crate::commands::{cargo, count_cases, root, run, run_counting, target};
use crate::elf;
use crate::packages;
use crate::report::{Count, Failure};
use crate::rigs::{fresh_folder, kaztoken, mcu_card};
use crate::size::{ALLOCATOR, links_none_of};

/// Boards and what they are built for. QEMU has all but the last.
const BOARDS: [(&str, &str); 5] = [
    ("mps2-an386", "thumbv7em-none-eabi"),
    ("lm3s6965evb", "thumbv7m-none-eabi"),
    ("mps2-an505", "thumbv8m.main-none-eabi"),
    ("microbit", "thumbv6m-none-eabi"),
    ("stm32f407", "thumbv7em-none-eabi"),
];
const TARGETS: [&str; 4] =
    ["thumbv7em-none-eabi", "thumbv7m-none-eabi", "thumbv8m.main-none-eabi", "thumbv6m-none-eabi"];
/// Bytes. What the stack needs of the RAM is what the linker leaves.
const FLASH_LIMIT: u32 = 64 * 1024;
const RAM_LIMIT: u32 = 16 * 1024;
/// The least that is left for the stack.
const STACK: u32 = 8 * 1024;
/// What code links that can panic by itself. Left out are two names: `panic_fmt`, to which the one deliberate
/// panic goes, on emulated boards, with a message without arguments; and `panic_const_async_fn_resumed`, which the
/// compiler adds to every async function for a caller that goes on with it after its end - the core's drivers never
/// do, but no optimisation proves it.
const PANIC: &[&str] = &[
    "_fail",
    "expect_failed",
    "panic_bounds_check",
    "panic_nounwind",
    "panicking5panic17",
    "4core3fmt",
    "core..fmt",
    "panic_already",
    "panic_const_add",
    "panic_const_sub",
    "panic_const_mul",
    "panic_const_div",
    "panic_const_rem",
    "panic_const_sh",
    "panic_const_neg",
];

/// Runs the rig.
pub(crate) fn run_all() -> Result<Count, Failure> {
    if !cfg!(unix) {
        return Err(Failure::from(
            "the rig needs Unix sockets: they are the boards' serial ports".to_owned(),
        ));
    }
    packages::debian(&[packages::SIZE])?;
    let mut count = Count::default();
    for target_name in TARGETS {
        packages::rust_target(target_name)?;
        let boards: Vec<_> = BOARDS.iter().filter(|(_, built_for)| *built_for == target_name).collect();
        build(target_name, &boards.iter().map(|(board, _)| *board).collect::<Vec<_>>())?;
        for (board, _) in boards {
            add(&mut count, judge(board, target_name)?);
        }
    }
    add(&mut count, mcu_card::build()?);
    let card = mcu_card::image();
    let kaztoken = kaztoken()?;
    let options = [Path::new("--kaztoken"), &kaztoken, Path::new("--card"), &card];
    // The card's boards sleep between commands and take nothing from the rig's.
    let (rig, card) = thread::scope(|scope| {
        let card = scope.spawn(|| cases("kaztoken-card-cases", &[]));
        (cases("kaztoken-rig-cases", &options), card.join())
    });
    add(&mut count, rig?);
    add(&mut count, card.map_err(|_| "the card's cases ended in a panic".to_owned())??);
    Ok(count)
}

/// Runs a program of cases on the images.
fn cases(program: &str, more: &[&Path]) -> Result<Count, Failure> {
    let folder = target().join("rig/mcu").join(program);
    fresh_folder(&folder)?;
    let count = run_counting(
        cargo()
            .args(["run", "-q", "--release", "-p", program, "--", "--images"])
            .arg(target().join("firmware"))
            .arg("--folder")
            .arg(&folder)
            .args(more),
        count_cases,
    )?;
    if count.passed + count.failed == 0 {
        return Err(Failure { reason: format!("{program}: no case was run"), count });
    }
    Ok(count)
}

fn add(count: &mut Count, more: Count) {
    count.passed += more.passed;
    count.failed += more.failed;
}

/// Builds the images of boards of one kind.
fn build(target_name: &str, boards: &[&str]) -> Result<(), Failure> {
    // In its own folder: cargo then reads that folder's linker settings and lock file.
    run(cargo()
        .current_dir(root().join("firmware-tests"))
        .env("DEFMT_LOG", "trace")
        .args(["build", "-q", "--release", "-p", "kaztoken-rig-firmware", "--features", "token"])
        .args(boards.iter().flat_map(|board| ["--bin", board]))
        .args(["--target", target_name, "--target-dir"])
        .arg(target().join("firmware")))?;
    Ok(())
}

/// The rig's lints on every board.
pub(crate) fn clippy() -> Result<(), Failure> {
    for target_name in TARGETS {
        packages::rust_target(target_name)?;
        let boards = BOARDS.iter().filter(|(_, built_for)| *built_for == target_name);
        run(cargo()
            .current_dir(root().join("firmware-tests"))
            .env("DEFMT_LOG", "trace")
            .args(["clippy", "-q", "--release", "-p", "kaztoken-rig-firmware", "--features", "token,gost"])
            .args(["--lib"])
            .args(boards.flat_map(|(board, _)| ["--bin", board]))
            .args(["--target", target_name, "--target-dir"])
            .arg(target().join("firmware"))
            .args(["--", "-D", "warnings"]))?;
    }
    mcu_card::clippy()
}

/// Looks at an image's size and at what is linked.
fn judge(board: &str, target_name: &str) -> Result<Count, Failure> {
    let image: PathBuf = target().join("firmware").join(target_name).join("release").join(board);
    let file = fs::read(&image).map_err(|error| format!("{}: {error}", image.display()))?;
    let elf = elf::read(&file)?;
    let (flash, ram) = (elf.sizes.text + elf.sizes.data, elf.sizes.data + elf.sizes.bss);
    println!("rig on {board}: {flash} bytes of flash, {ram} of RAM beside the stack");
    let mut count = links_none_of(&elf, "allocator", ALLOCATOR)?;
    add(&mut count, links_none_of(&elf, "panic of its own", PANIC)?);
    if flash <= FLASH_LIMIT && ram + STACK <= RAM_LIMIT {
        count.passed += 1;
    } else {
        println!("FAILED {board}: at most {FLASH_LIMIT} bytes of flash, {RAM_LIMIT} of RAM with the stack");
        count.failed += 1;
    }
    Ok(count)
}
