//! The engine alone - CCID at every exchange level, T=1, T=0, PPS, the APDU exchange - against its budget.
//!
//! Its flash is the image with it minus the same image without it, so that nothing that is inlined is forgotten.

use super::{ALLOCATOR, links_none_of, small};
use crate::firmware::budget::Measured;
use crate::firmware::{compare, execute, insert_costs, lines};
use crate::report::{Count, Failure};

/// The image with the engine, and the one without.
pub(super) const IMAGES: [&str; 2] = ["engine", "engine_device"];
/// What any code that can panic, or that formats, would link.
pub(super) const PANIC: &[&str] =
    &["panic", "4core3fmt", "core..fmt", "_fail", "rust_begin_unwind", "expect_failed"];

/// Measures and runs the images.
pub(super) fn measure(update: bool) -> Result<Count, Failure> {
    let [engine, device] = IMAGES;
    let (with, without) = (small::read(engine)?, small::read(device)?);
    let mut count = links_none_of(&with, "allocator", ALLOCATOR)?;
    add(&mut count, links_none_of(&with, "panic and no formatting", PANIC)?);

    let mut measured = Measured::new();
    let (more, less) = (with.sizes, without.sizes);
    let flash = (more.text + more.data).saturating_sub(less.text + less.data);
    let ram = (more.data + more.bss).saturating_sub(less.data + less.bss);
    println!("engine: image {} bytes, without the engine {}", more.text + more.data, less.text + less.data);
    measured.insert(("engine".to_owned(), "flash"), flash.into());
    measured.insert(("engine".to_owned(), "ram"), ram.into());
    // An exchange that goes wrong ends the image with another status than 0.
    let printed = execute(&small::image(engine))?;
    insert_costs(&mut measured, &printed);
    for (name, [bytes, _]) in lines(&printed, "resident ") {
        measured.insert((name, "ram"), bytes);
    }
    execute(&small::image(device))?;
    add(&mut count, compare("budget-engine.txt", &measured, update)?);
    Ok(count)
}

fn add(count: &mut Count, more: Count) {
    count.passed += more.passed;
    count.failed += more.failed;
}
