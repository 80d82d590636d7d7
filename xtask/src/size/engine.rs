//! The engine alone - CCID at every exchange level, T=1, T=0, PPS, the APDU exchange - against its budget.
//!
//! Its flash is the image with it minus the same image without it, so that nothing that is inlined is forgotten.

use std::fs;
use std::path::PathBuf;

use super::{ALLOCATOR, TARGET, links_none_of};
use crate::commands::{cargo, root, run, target};
use crate::elf::{self, Image};
use crate::firmware::budget::Measured;
use crate::firmware::{compare, execute, insert_costs, lines};
use crate::report::{Count, Failure};

/// The image with the engine, and the one without.
const IMAGES: [&str; 2] = ["engine", "engine_device"];
/// What any code that can panic, or that formats, would link.
pub(super) const PANIC: &[&str] =
    &["panic", "4core3fmt", "core..fmt", "_fail", "rust_begin_unwind", "expect_failed"];
/// Parts by what their symbols have in their names.
const PARTS: [(&str, &[&str]); 7] = [
    (
        "CCID slot",
        &["13kaztoken_core4ccid4slot", "13kaztoken_core4ccid8recovery", "13kaztoken_core4ccid7message"],
    ),
    (
        "drivers, power on and off, what is inlined there",
        &["6engine..Engine", "6engine6Engine", "engine..Engine"],
    ),
    (
        "descriptor, codes, answer to reset",
        &["13kaztoken_core3atr", "13kaztoken_core4ccid", "kaztoken_core..atr"],
    ),
    ("T=1", &["13kaztoken_core4tpdu2t1"]),
    ("T=0", &["13kaztoken_core4tpdu2t0"]),
    ("PPS", &["13kaztoken_core4tpdu3pps"]),
    ("APDU exchange", &["13kaztoken_core4apdu", "13kaztoken_core4tpdu10Repetition"]),
];

/// Builds, measures and runs the images.
pub(super) fn run_all(update: bool) -> Result<Count, Failure> {
    let [engine, device] = IMAGES;
    build()?;
    let (with, without) = (read(engine)?, read(device)?);
    let mut count = links_none_of(&with, "allocator", ALLOCATOR)?;
    add(&mut count, links_none_of(&with, "panic and no formatting", PANIC)?);

    let mut measured = Measured::new();
    let (more, less) = (with.sizes, without.sizes);
    let flash = (more.text + more.data).saturating_sub(less.text + less.data);
    let ram = (more.data + more.bss).saturating_sub(less.data + less.bss);
    println!("engine: image {} bytes, without the engine {}", more.text + more.data, less.text + less.data);
    parts(&with);
    measured.insert(("engine".to_owned(), "flash"), flash.into());
    measured.insert(("engine".to_owned(), "ram"), ram.into());
    // An exchange that goes wrong ends the image with another status than 0.
    let printed = execute(&image(engine))?;
    insert_costs(&mut measured, &printed);
    for (name, [bytes, _]) in lines(&printed, "resident ") {
        measured.insert((name, "ram"), bytes);
    }
    execute(&image(device))?;
    add(&mut count, compare("budget-engine.txt", &measured, update)?);
    Ok(count)
}

/// What the parts take, as far as their functions have not become one.
fn parts(image: &Image) {
    let mut sizes = [0; PARTS.len()];
    for symbol in &image.symbols {
        let named = |(_, parts): &(&str, &[&str])| parts.iter().any(|part| symbol.name.contains(part));
        if let Some(part) = PARTS.iter().position(named) {
            sizes[part] += symbol.size;
        }
    }
    for ((name, _), size) in PARTS.iter().zip(sizes) {
        println!("  {name}: {size}");
    }
    println!("  (where a function was inlined its bytes are its caller's)");
}

fn add(count: &mut Count, more: Count) {
    count.passed += more.passed;
    count.failed += more.failed;
}

fn build() -> Result<(), Failure> {
    run(cargo()
        .current_dir(root().join("firmware-tests"))
        .args(["build", "--profile", "small"])
        .args(IMAGES.iter().flat_map(|image| ["--bin", image]))
        .arg("--target-dir")
        .arg(target().join("firmware")))?;
    Ok(())
}

fn image(name: &str) -> PathBuf {
    target().join("firmware").join(TARGET).join("small").join(name)
}

fn read(name: &str) -> Result<Image, String> {
    let image = image(name);
    let file = fs::read(&image).map_err(|error| format!("{}: {error}", image.display()))?;
    elf::read(&file)
}
