//! Which steps there are, and in which order.

use crate::bench;
use crate::beside::Beside;
use crate::commands::{cargo, command, count_cases, count_libtest, root, run, run_counting, target};
use crate::constant_time as time;
use crate::corpus as readers;
use crate::dist;
use crate::firmware as cortex_m;
use crate::fuzz;
use crate::on_target as boards;
use crate::other_machines;
use crate::packages;
use crate::report::{Count, Failure, Report};
use crate::rigs::{self, Rig};
use crate::size as image;

/// The features that nothing of the workspace switches on, or not for its own tests.
const FEATURES: &str = "kaztoken-core/ciphers,kaztoken-core/elliptic-curve,kaztoken-rig/virtual";

/// What is missing, then every test.
pub(crate) fn everything(report: &mut Report) {
    setup(report);
    lint(report);
    report.step("tests", || {
        run_counting(
            cargo().args(["test", "--workspace", "--features", FEATURES, "--no-fail-fast"]),
            count_libtest,
        )
    });
    vectors(report);
    corpus(report);
    fuzz(report);
    let on_32_bits = Beside::begin(&["test-32"], "32");
    miri(report);
    report.step("bare metal", bare_metal);
    size(report, false);
    report.step("firmware: equal counts", cortex_m::equality);
    // From here on time matters: the rigs' patience, and the clock.
    report.step("tests, 32-bit target", || on_32_bits?.finish());
    on_target(report);
    constant_time(report);
    report.step("instruction budget", bench::gate);
    report.step("rig libccid", rigs::libccid::run);
    report.step("rig umockdev", rigs::umockdev::run);
    report.step("other systems", dist::other_systems);
    if report.step("release build", release_build) {
        report.step("tour", || run(command(target().join("release/kaztoken")).arg("tour")));
        report.step("rig pcsc", rigs::pcsc::run);
        report.step("rig linux-usb", rigs::linux_usb::run);
        report.step("rig mcu", rigs::mcu::run_all);
        report.step("rig usb-host", rigs::usb_host::run_rig);
        report.step("rig package", rigs::package::run);
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
            packages::RIG_LIBCCID,
            packages::RIG_UMOCKDEV,
            packages::SIZE,
            packages::VECTORS,
            packages::VALGRIND,
            packages::FUZZ,
            packages::POINTERS_32,
            packages::DIST,
            packages::STATIC,
            packages::WINDOWS,
            packages::RIG_PACKAGE,
        ])?;
        Ok(Count::default())
    });
}

/// Formatting, clippy, documentation: no warning is left.
pub(crate) fn lint(report: &mut Report) {
    report.step("format", || {
        run(cargo().args(["fmt", "--all", "--check"]))?;
        run(cargo().args(["fmt", "--all", "--check"]).current_dir(root().join("firmware-tests")))?;
        run(cargo().args(["fmt", "--check"]).current_dir(root().join("fuzz")))
    });
    report.step("clippy", || {
        run(cargo().args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--features",
            FEATURES,
            "--",
            "-D",
            "warnings",
        ]))?;
        run(cargo()
            .args(["clippy", "--release", "--target-dir"])
            .arg(target().join("firmware"))
            .args(["--", "-D", "warnings"])
            .current_dir(root().join("firmware-tests")))?;
        boards::clippy()?;
        rigs::usb_host::clippy()?;
        rigs::mcu::clippy()?;
        run(cargo()
            .args(["clippy", "--all-targets", "--no-default-features", "--target-dir"])
            .arg(target().join("fuzz"))
            .args(["--", "-D", "warnings"])
            .current_dir(root().join("fuzz")))
    });
    report.step("documentation", || {
        run(cargo()
            .args(["doc", "--workspace", "--features", FEATURES, "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings"))
    });
}

/// One rig, on a fresh release build.
pub(crate) fn rig(report: &mut Report, rig: Rig) {
    // These two do not use the command line.
    if matches!(rig, Rig::Libccid | Rig::Umockdev) || report.step("release build", release_build) {
        match rig {
            Rig::Pcsc => report.step("rig pcsc", rigs::pcsc::run),
            Rig::LinuxUsb => report.step("rig linux-usb", rigs::linux_usb::run),
            Rig::Libccid => report.step("rig libccid", rigs::libccid::run),
            Rig::Umockdev => report.step("rig umockdev", rigs::umockdev::run),
            Rig::Mcu => report.step("rig mcu", rigs::mcu::run_all),
            Rig::UsbHost => report.step("rig usb-host", rigs::usb_host::run_rig),
            Rig::Package => report.step("rig package", rigs::package::run),
        };
    }
}

/// What is released.
pub(crate) fn dist(report: &mut Report, options: &dist::Options<'_>) {
    if report.step("release build", release_build) {
        report.step("dist", || dist::run_all(options));
    }
}

/// The command line for Windows.
pub(crate) fn windows(report: &mut Report) {
    report.step("Windows build", dist::windows);
}

/// The open test vectors: that the committed ones are what their generator writes, and that OpenSSL agrees.
fn vectors(report: &mut Report) {
    for (name, argument) in [("vectors as generated", "--check"), ("vectors by OpenSSL", "--judge")] {
        report.step(name, || {
            run_counting(cargo().args(["run", "-q", "-p", "kaztoken-vectors", "--", argument]), count_cases)
        });
    }
}

/// What libccid recorded of real readers.
pub(crate) fn corpus(report: &mut Report) {
    report.step("recorded readers", readers::run);
}

/// The bare-metal images and the engine's budget.
pub(crate) fn size(report: &mut Report, update: bool) {
    report.step("size", || image::run_all(update));
}

/// What GOST costs on a microcontroller.
pub(crate) fn firmware(report: &mut Report, update: bool) {
    report.step("firmware: budget", || cortex_m::budget(update));
    report.step("firmware: equal counts", cortex_m::equality);
}

/// The core's tests on four microcontrollers.
pub(crate) fn on_target(report: &mut Report) {
    report.step("on target", boards::run_all);
}

/// What running times tell of secrets.
pub(crate) fn constant_time(report: &mut Report) {
    report.step("constant time: valgrind", time::valgrind);
    report.step("constant time: clock", time::clock);
}

/// The core and the virtual token where pointers have 32 bits.
pub(crate) fn pointers_of_32_bits(report: &mut Report) {
    report.step("tests, 32-bit target", other_machines::pointers_of_32_bits);
}

/// The fuzz targets, for some seconds each.
fn fuzz(report: &mut Report) {
    report.step("fuzz", fuzz::bounded);
}

/// What fuzzing finds in a longer time.
pub(crate) fn fuzz_long(report: &mut Report, options: &[&str]) {
    report.step("fuzz", || fuzz::long(options));
}

/// The core in Miri, where nightly Rust is to be had.
pub(crate) fn miri(report: &mut Report) {
    match other_machines::find_miri() {
        Ok(()) => _ = report.step("Miri", other_machines::miri),
        Err(reason) => report.skip("Miri", reason),
    }
}

/// What is to run without an operating system: the core for a Cortex-M4 without and with software GOST and
/// its ciphers, and for a Cortex-M0+, the card side of the virtual token for a Cortex-M4, the driver of the
/// MAX3421E for a Cortex-M0+.
fn bare_metal() -> Result<Count, Failure> {
    packages::rust_targets()?;
    let builds: [(&str, &str, &[&str]); 8] = [
        ("kaztoken-core", "thumbv7em-none-eabi", &[]),
        ("kaztoken-core", "thumbv7em-none-eabi", &["--features", "gost"]),
        ("kaztoken-core", "thumbv7em-none-eabi", &["--features", "ciphers"]),
        ("kaztoken-core", "thumbv6m-none-eabi", &[]),
        ("kaztoken-virtual", "thumbv7em-none-eabi", &[]),
        ("kaztoken-max3421e", "thumbv6m-none-eabi", &[]),
        ("kaztoken-rig", "thumbv7em-none-eabi", &[]),
        ("kaztoken-rig", "thumbv6m-none-eabi", &[]),
    ];
    let mut count = Count::default();
    for (package, target, features) in builds {
        run(cargo()
            .args(["check", "--release", "--no-default-features", "-p", package, "--target", target])
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
