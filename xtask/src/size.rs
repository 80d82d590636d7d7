//! The bare-metal image: how large the core is, that it brings no allocator, and that it runs.

use std::fs;
use std::path::PathBuf;

use crate::commands::{cargo, command, root, run, target};
use crate::elf;
use crate::packages;
use crate::report::{Count, Failure};

const TARGET: &str = "thumbv7em-none-eabi";
/// What any use of an allocator would link.
const ALLOCATOR: &[&str] = &["__rust_alloc", "__rust_dealloc", "__rust_realloc", "__rg_", "__rdl_", "malloc"];

/// Builds, measures and runs the image.
pub(crate) fn run_all() -> Result<Count, Failure> {
    packages::debian(&[packages::SIZE])?;
    let image = build()?;
    let file = fs::read(&image).map_err(|error| format!("{}: {error}", image.display()))?;
    let elf = elf::read(&file)?;
    let elf::Sizes { text, data, bss } = elf.sizes;
    println!("kaztoken-core without `gost` on {TARGET}: text {text}, data {data}, bss {bss} bytes");

    let mut count = Count::default();
    let allocator: Vec<_> =
        elf.symbols.iter().filter(|name| ALLOCATOR.iter().any(|part| name.contains(part))).collect();
    // An image without any symbol would prove nothing.
    let seen = elf.symbols.iter().any(|name| name == "main");
    match (seen, allocator.first()) {
        (true, None) => count.passed += 1,
        (false, _) => return Err(Failure::from("the image has no symbol table".to_owned())),
        (true, Some(symbol)) => {
            println!("FAILED no allocator: the image links {symbol}");
            count.failed += 1;
        }
    }
    println!("no allocator among {} symbols: {}", elf.symbols.len(), count.failed == 0);

    match run(command("timeout")
        .args(["60", "qemu-system-arm", "-M", "mps2-an386", "-display", "none", "-monitor", "none"])
        .args(["-serial", "none", "-semihosting-config", "enable=on,target=native", "-kernel"])
        .arg(&image))
    {
        Ok(_) => count.passed += 1,
        Err(failure) => {
            println!("FAILED the image's run: {}", failure.reason);
            count.failed += 1;
        }
    }
    Ok(count)
}

fn build() -> Result<PathBuf, Failure> {
    let folder = target().join("firmware");
    // In its own folder: cargo then reads that folder's target and linker settings.
    run(cargo()
        .current_dir(root().join("firmware-tests"))
        .args(["build", "--release", "--bin", "size", "--target-dir"])
        .arg(&folder))?;
    Ok(folder.join(TARGET).join("release/size"))
}
