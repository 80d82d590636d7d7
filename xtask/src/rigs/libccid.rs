//! libccid as an oracle: the same scripted readers, `kaztoken-core/vectors/ccid`, on our engine and on
//! Debian's libccid. What comes of each case, and why the two differ, is in
//! `adapters/usb/oracle/expected.txt`.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::commands::{cargo, command, count_cases, run as run_command, run_counting, target};
use crate::packages;
use crate::report::{Count, Failure};
use crate::rigs::fresh_folder;

/// Runs the rig.
pub(crate) fn run() -> Result<Count, Failure> {
    let program = program()?;
    let folder = target().join("rig/libccid");
    fresh_folder(&folder)?;
    let table = folder.join("table.md");
    let counted = run_counting(
        command("timeout").args(["--kill-after=5", "120"]).arg(program).arg("--markdown").arg(&table),
        count_cases,
    );
    let Count { passed, failed } = *counted.as_ref().unwrap_or_else(|failure| &failure.count);
    println!("rig libccid: {passed} passed, {failed} failed; the table is {}", table.display());
    counted
}

/// `cargo xtask bench ccid`: what one APDU costs, ours and libccid's.
pub(crate) fn bench() -> ExitCode {
    let measured = program().and_then(|program| run_command(command(program).arg("--bench")));
    match measured {
        Ok(_) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{}", failure.reason);
            ExitCode::FAILURE
        }
    }
}

fn program() -> Result<PathBuf, Failure> {
    if !cfg!(target_os = "linux") {
        return Err(Failure::from("the rig needs Linux: it loads Debian's libccid".to_owned()));
    }
    packages::debian(&[packages::RIG_LIBCCID])?;
    run_command(cargo().args(["build", "--release", "-p", "kaztoken-libccid-oracle"]))?;
    Ok(target().join("release/kaztoken-libccid-oracle"))
}
