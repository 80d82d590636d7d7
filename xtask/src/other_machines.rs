//! The same tests where something else judges or computes: Miri, and a 32-bit machine.

use std::process::{Command, Stdio};

use crate::commands::{cargo, command, count_libtest, run, run_counting, target};
use crate::packages;
use crate::report::{Count, Failure};

/// Tests that Miri is through with in a minute: whole files, and parts of larger ones. It takes a thousand
/// times as long as the machine, and the mutations of every byte and the GOST arithmetic much longer than that.
const FOR_MIRI: [&[&str]; 2] = [
    &["--test", "ccid_messages", "--test", "ccid_descriptor", "--test", "pps"],
    &["--test", "t1", "--", "scenarios::"],
];
/// x86 with 32-bit pointers: this machine runs it, and lengths of 32 bits fill a `usize`.
const TARGET_32: &str = "i686-unknown-linux-gnu";
/// The protocol, the GOST arithmetic as microcontrollers have it (32-bit words, no large tables), the virtual token.
const FOR_32: &[&str] = &[
    "-p",
    "kaztoken-core",
    "-p",
    "kaztoken-virtual",
    "--no-default-features",
    "--features",
    "kaztoken-core/gost,kaztoken-virtual/std",
    "--lib",
    "--test",
    "ccid_*",
    "--test",
    "t?",
    "--test",
    "pps",
    "--test",
    "atr_*",
    "--test",
    "gost_vectors",
    "--test",
    "conversations",
    "--test",
    "kill",
    "--test",
    "reader",
    "--test",
    "suite",
];

/// Whether Miri is there, or can be installed; if not, why not.
pub(crate) fn find_miri() -> Result<(), String> {
    let has_nightly = quiet(command("rustup").args(["run", "nightly", "rustc", "--version"]));
    let install: &[&str] = match has_nightly {
        true => &["component", "add", "--toolchain", "nightly", "miri", "rust-src"],
        false => &["toolchain", "install", "nightly", "--profile", "minimal", "-c", "miri", "-c", "rust-src"],
    };
    run(command("rustup").args(install)).map(|_| ()).map_err(|failure| failure.reason)
}

fn quiet(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// The core's tests in Miri: the interpreter that notices undefined behaviour, in dependencies, too.
pub(crate) fn miri() -> Result<Count, Failure> {
    let mut total = Count::default();
    for tests in FOR_MIRI {
        let mut miri = command("rustup");
        miri.args([
            "run",
            "nightly",
            "cargo",
            "miri",
            "test",
            "-p",
            "kaztoken-core",
            "--no-default-features",
        ]);
        miri.arg("--target-dir").arg(target().join("miri")).args(tests);
        // The tests' generator of cases reads the clock and keeps failures in files.
        miri.env("MIRIFLAGS", "-Zmiri-disable-isolation").env("PROPTEST_CASES", "2").env_remove("RUSTFLAGS");
        total = total.and(run_counting(&mut miri, count_libtest)?);
    }
    Ok(total)
}

/// The core's protocol and the virtual token on a 32-bit machine.
pub(crate) fn pointers_of_32_bits() -> Result<Count, Failure> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(Failure::from("32-bit programs run on x86-64 Linux only".to_owned()));
    }
    packages::debian(&[packages::POINTERS_32])?;
    packages::rust_target(TARGET_32)?;
    let arguments = [&["test", "--no-fail-fast", "--target", TARGET_32], FOR_32].concat();
    run_counting(cargo().args(arguments), count_libtest)
}
