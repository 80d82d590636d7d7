//! Which steps there are, and in which order.

use crate::bench;
use crate::commands::{cargo, count_libtest, root, run, run_counting, target};
use crate::packages;
use crate::report::{Count, Failure, Report};
use crate::rigs::{self, Rig};
use crate::size as image;

/// What is missing, then every test.
pub(crate) fn everything(report: &mut Report) {
    setup(report);
    lint(report);
    report.step("tests", || {
        run_counting(cargo().args(["test", "--workspace", "--no-fail-fast"]), count_libtest)
    });
    report.step("tests, elliptic-curve", elliptic_curve);
    report.step("tests, 32-bit words", words_of_32_bits);
    report.step("bare metal", bare_metal);
    size(report);
    report.step("instruction budget", bench::gate);
    // The README's first command as it stands there.
    report.step("tour", || run(cargo().args(["run", "--release", "--", "tour"])));
    if report.step("release build", release_build) {
        report.step("rig pcsc", rigs::pcsc::run);
        report.step("rig linux-usb", rigs::linux_usb::run);
    }
}

/// Installs what the other steps need.
pub(crate) fn setup(report: &mut Report) {
    report.step("setup", || {
        packages::rust_components()?;
        packages::rust_targets()?;
        packages::debian(&[
            packages::BUILD,
            packages::RIG_PCSC,
            packages::RIG_LINUX_USB,
            packages::SIZE,
            packages::BENCH,
        ])?;
        Ok(Count::default())
    });
}

/// Formatting, clippy, documentation: no warning is left.
pub(crate) fn lint(report: &mut Report) {
    report.step("format", || {
        run(cargo().args(["fmt", "--all", "--check"]))?;
        run(cargo().args(["fmt", "--check"]).current_dir(root().join("firmware-tests")))
    });
    report.step("clippy", || {
        run(cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
        run(cargo()
            .args(["clippy", "--release", "--target-dir"])
            .arg(target().join("firmware"))
            .args(["--", "-D", "warnings"])
            .current_dir(root().join("firmware-tests")))
    });
    report.step("documentation", || {
        run(cargo().args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
    });
}

/// One rig, on a fresh release build.
pub(crate) fn rig(report: &mut Report, rig: Rig) {
    if report.step("release build", release_build) {
        match rig {
            Rig::Pcsc => report.step("rig pcsc", rigs::pcsc::run),
            Rig::LinuxUsb => report.step("rig linux-usb", rigs::linux_usb::run),
        };
    }
}

/// The bare-metal image.
pub(crate) fn size(report: &mut Report) {
    report.step("size", image::run_all);
}

/// The curves of prime order through the traits of the crate `elliptic-curve`, a feature that is off by default.
fn elliptic_curve() -> Result<Count, Failure> {
    let test = ["test", "-p", "kaztoken-core", "--features", "elliptic-curve"];
    let mut count = run_counting(cargo().args(test).args(["--test", "gost_elliptic_curve"]), count_libtest)?;
    let examples = run_counting(cargo().args(test).args(["--doc", "elliptic_curve"]), count_libtest)?;
    count.passed += examples.passed;
    count.failed += examples.failed;
    Ok(count)
}

/// The GOST arithmetic on the words that microcontrollers have, on this machine.
fn words_of_32_bits() -> Result<Count, Failure> {
    run_counting(
        cargo()
            .args(["test", "-p", "kaztoken-core", "--lib", "--test", "gost_group", "--test", "gost_vectors"])
            .arg("--target-dir")
            .arg(target().join("words-32"))
            .env("RUSTFLAGS", "--cfg kaztoken_limbs=\"32\""),
        count_libtest,
    )
}

/// What is to run without an operating system: the core for a Cortex-M4 with and without software GOST and for a
/// Cortex-M0+, the card side of the virtual token for a Cortex-M4.
fn bare_metal() -> Result<Count, Failure> {
    packages::rust_targets()?;
    let builds: [(&str, &str, &[&str]); 4] = [
        ("kaztoken-core", "thumbv7em-none-eabi", &[]),
        ("kaztoken-core", "thumbv7em-none-eabi", &["--features", "gost"]),
        ("kaztoken-core", "thumbv6m-none-eabi", &[]),
        ("kaztoken-virtual", "thumbv7em-none-eabi", &[]),
    ];
    let mut count = Count::default();
    for (package, target, features) in builds {
        run(cargo()
            .args(["build", "--release", "--no-default-features", "-p", package, "--target", target])
            .args(features))?;
        count.passed += 1;
    }
    Ok(count)
}

/// The command line with all its ways to a token; the tour and the rigs use this one.
fn release_build() -> Result<Count, Failure> {
    packages::debian(&[packages::BUILD])?;
    run(cargo().args(["build", "--release", "-p", "kaztoken", "--features", "pcsc"]))
        .map(|_| Count::default())
}
