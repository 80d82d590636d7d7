//! The bare-metal images: how large the core is, that it brings no allocator, that it runs, what its parts take.

mod engine;
mod parts;
mod small;

use std::fs;
use std::path::PathBuf;

use crate::commands::{cargo, command, root, run, target};
use crate::elf;
use crate::firmware;
use crate::packages;
use crate::report::{Count, Failure};

const TARGET: &str = "thumbv7em-none-eabi";
/// What any use of an allocator would link.
pub(crate) const ALLOCATOR: &[&str] =
    &["__rust_alloc", "__rust_dealloc", "__rust_realloc", "__rg_", "__rdl_", "malloc"];

/// Builds, measures and runs the images: CCID, T=1, T=0, PPS, APDUs; the token's operations; GOST.
pub(crate) fn run_all(update: bool) -> Result<Count, Failure> {
    packages::debian(&[packages::SIZE])?;
    let whole = whole_core()?;
    small::build(&[&engine::IMAGES[..], &parts::IMAGES].concat())?;
    let measured = [engine::measure(update)?, parts::measure(update)?, firmware::budget(update)?];
    Ok(measured.iter().fold(whole, |sum, part| Count {
        passed: sum.passed + part.passed,
        failed: sum.failed + part.failed,
    }))
}

/// Everything but GOST: CCID, APDUs, PINs, token operations.
fn whole_core() -> Result<Count, Failure> {
    let image = build()?;
    let file = fs::read(&image).map_err(|error| format!("{}: {error}", image.display()))?;
    let elf = elf::read(&file)?;
    let elf::Sizes { text, data, bss } = elf.sizes;
    println!("kaztoken-core without `gost` on {TARGET}: text {text}, data {data}, bss {bss} bytes");

    let mut count = links_none_of(&elf, "allocator", ALLOCATOR)?;
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

/// Whether nothing is linked whose name has one of these parts.
pub(crate) fn links_none_of(image: &elf::Image, what: &str, parts: &[&str]) -> Result<Count, Failure> {
    // An image without any symbol would prove nothing.
    if !image.symbols.iter().any(|symbol| symbol.name == "main") {
        return Err(Failure::from("the image has no symbol table".to_owned()));
    }
    let mut count = Count::default();
    for symbol in &image.symbols {
        if parts.iter().any(|part| symbol.name.contains(part)) {
            println!("FAILED no {what}: the image links {}", symbol.name);
            count.failed += 1;
        }
    }
    println!("no {what} among {} symbols: {}", image.symbols.len(), count.failed == 0);
    count.passed += usize::from(count.failed == 0);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn image(names: &[&str]) -> elf::Image {
        let symbols = names.iter().map(|name| elf::Symbol { name: (*name).to_owned(), size: 0 }).collect();
        elf::Image { sizes: elf::Sizes::default(), symbols }
    }

    #[test]
    fn a_symbol_that_must_not_be_there_is_found() {
        let clean = ["main", "_ZN13kaztoken_core4ccid4slot13Slot$LT$B$GT$4poll17h0123456789abcdefE"];
        assert_eq!(links_none_of(&image(&clean), "panic", engine::PANIC).map_err(|_| ()), Ok(Count::ONE));
        for name in [
            "_ZN4core9panicking9panic_fmt17h0123456789abcdefE",
            "_ZN4core9panicking18panic_bounds_check17h0123456789abcdefE",
            "_RNvNvNtCs1_4core5slice20copy_from_slice_impl17len_mismatch_fail",
            "_ZN4core6option13unwrap_failed17h0123456789abcdefE",
            "_ZN4core5slice5index26slice_start_index_len_fail17h0123456789abcdefE",
            "_ZN4core3fmt5write17h0123456789abcdefE",
            "_RNvCs1_7___rustc17rust_begin_unwind",
        ] {
            let count = links_none_of(&image(&["main", name]), "panic", engine::PANIC).map_err(|_| ());
            assert_eq!(count, Ok(Count { passed: 0, failed: 1 }), "{name}");
        }
    }

    #[test]
    fn an_image_without_symbols_proves_nothing() {
        assert!(links_none_of(&image(&[]), "panic", engine::PANIC).is_err());
    }
}
