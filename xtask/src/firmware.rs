//! What the GOST primitives cost on a Cortex-M4, and that it is the same for every secret: images in QEMU.
//!
//! The images are in `firmware-tests`; they count instructions and stack themselves and print them.

pub(crate) mod budget;
mod equality;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::commands::{cargo, command, output, root, run, target};
use crate::elf::{self, Sizes};
use crate::packages;
use crate::report::{Count, Failure};

use budget::{Budget, Measured};

/// Cortex-M4.
const TARGETS: [&str; 1] = ["thumbv7em-none-eabi"];
/// Images with a budget; what the first takes is in all of them.
const BASELINE: &str = "baseline";
const BUDGETED: [&str; 3] = ["gost_256", "gost_512", "hashes"];
const EQUALITY: &str = "gost_equal";

/// Counts, sizes and stack against the budget.
pub(crate) fn budget(update: bool) -> Result<Count, Failure> {
    packages::debian(&[packages::SIZE])?;
    let [cortex_m4] = TARGETS;
    build(cortex_m4, &[&[BASELINE], &BUDGETED[..]].concat())?;
    let empty = sizes(cortex_m4, BASELINE)?;
    let mut measured = Measured::new();
    for image in BUDGETED {
        insert_costs(&mut measured, &run_image(cortex_m4, image)?);
        // Of what the image takes without the operation nothing is ours.
        let Sizes { text, data, bss } = sizes(cortex_m4, image)?;
        let flash = (text + data).saturating_sub(empty.text + empty.data);
        measured.insert((image.to_owned(), "flash"), flash.into());
        measured
            .insert((image.to_owned(), "ram"), (data + bss).saturating_sub(empty.data + empty.bss).into());
    }
    compare("budget.txt", &measured, update)
}

/// Holds the figures against a file in `firmware-tests`, or records them there.
pub(crate) fn compare(file: &str, measured: &Measured, update: bool) -> Result<Count, Failure> {
    let file = root().join("firmware-tests").join(file);
    let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut budget = Budget::parse(&text)?;
    let rustc = output(command("rustc").arg("--version"))?;
    if update {
        budget.record(rustc.trim(), measured);
        fs::write(&file, budget.print()).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    println!("{}", budget.table(measured));
    Ok(budget.judge(rustc.trim(), measured))
}

/// The instructions and the stack that an image prints.
pub(crate) fn insert_costs(measured: &mut Measured, printed: &str) {
    for (name, [instructions, stack]) in lines(printed, "cost ") {
        measured.insert((name.clone(), "instructions"), instructions);
        measured.insert((name, "stack"), stack);
    }
}

/// Equal instruction counts for all secrets, on a Cortex-M4 and with a Cortex-M0+'s instructions.
pub(crate) fn equality() -> Result<Count, Failure> {
    packages::debian(&[packages::SIZE])?;
    packages::rust_targets()?;
    let mut total = Count::default();
    for target in TARGETS {
        build(target, &[EQUALITY])?;
        let mut groups: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for (name, [instructions, _]) in lines(&run_image(target, EQUALITY)?, "equal ") {
            groups.entry(name).or_default().push(instructions);
        }
        let Count { passed, failed } = equality::judge(target, &groups);
        total.passed += passed;
        total.failed += failed;
    }
    Ok(total)
}

fn build(target_name: &str, images: &[&str]) -> Result<(), Failure> {
    // In its own folder: cargo then reads that folder's linker settings and lock file.
    run(cargo()
        .current_dir(root().join("firmware-tests"))
        .args(["build", "--profile", "measured", "--features", "gost"])
        .args(images.iter().flat_map(|image| ["--bin", image]))
        .args(["--target", target_name, "--target-dir"])
        .arg(target().join("firmware")))?;
    Ok(())
}

fn image(target_name: &str, name: &str) -> PathBuf {
    target().join("firmware").join(target_name).join("measured").join(name)
}

fn sizes(target_name: &str, name: &str) -> Result<Sizes, String> {
    let image = image(target_name, name);
    let file = fs::read(&image).map_err(|error| format!("{}: {error}", image.display()))?;
    Ok(elf::read(&file)?.sizes)
}

fn run_image(target_name: &str, name: &str) -> Result<String, String> {
    execute(&image(target_name, name)).map_err(|reason| format!("{name} on {target_name}: {reason}"))
}

/// What an image prints. `shift=7`: its meter counts instructions by a clock that QEMU advances by 128 ns for each.
pub(crate) fn execute(image: &Path) -> Result<String, String> {
    output(
        command("timeout")
            .args(["120", "qemu-system-arm", "-M", "mps2-an386", "-accel", "tcg", "-icount", "shift=7"])
            .args(["-display", "none", "-monitor", "none", "-serial", "none"])
            .args(["-semihosting-config", "enable=on,target=native,chardev=printed"])
            .args(["-chardev", "stdio,id=printed", "-kernel"])
            .arg(image),
    )
}

/// The lines of one kind: a name, which may have blanks, and two numbers.
pub(crate) fn lines(printed: &str, kind: &str) -> Vec<(String, [u64; 2])> {
    let parsed = |line: &str| {
        let (rest, second) = line.strip_prefix(kind)?.trim_end().rsplit_once(' ')?;
        let (name, first) = rest.rsplit_once(' ')?;
        Some((name.to_owned(), [first.parse().ok()?, second.parse().ok()?]))
    };
    printed.lines().filter_map(parsed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_have_blanks() {
        let printed = "cost sign-256 448380 2340\nequal CryptoPro-A sign, key 1 2\nequal x 1\n";
        assert_eq!(lines(printed, "cost "), [("sign-256".to_owned(), [448_380, 2340])]);
        assert_eq!(lines(printed, "equal "), [("CryptoPro-A sign, key".to_owned(), [1, 2])]);
    }
}
