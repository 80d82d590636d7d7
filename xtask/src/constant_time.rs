//! The running time of the GOST primitives tells nothing of the secrets: by valgrind, then by the clock.
//!
//! What is judged, and how, is in `kaztoken-core/constant-time`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::commands::{cargo, command, count_cases, output, root, run, run_counting, target};
use crate::packages;
use crate::report::{Count, Failure};

const PACKAGE: &str = "kaztoken-constant-time";
/// Valgrind's exit status when it has something to report; the program itself ends with 0, 1 or 2.
const REPORTED: i32 = 9;
/// Word sizes of the arithmetic: what desktops use, and what 32-bit machines use.
const LIMBS: [&str; 2] = ["64", "32"];

/// All cases with both word sizes under valgrind, and the controls, which must be reported.
pub(crate) fn valgrind() -> Result<Count, Failure> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(Failure::from("memory is marked as secret for valgrind on x86-64 Linux only".to_owned()));
    }
    packages::debian(&[packages::VALGRIND])?;
    let mut total = Count::default();
    for limbs in LIMBS {
        let program = build(limbs)?;
        let controls = output(command(&program).arg("controls"))?;
        let cases = output(command(&program).arg("list"))?;
        let runs: Vec<(&str, bool)> = controls
            .lines()
            .map(|name| (name, true))
            .chain(cases.lines().map(|name| (name, false)))
            .collect();
        println!(
            "{} cases and {} controls, {limbs}-bit words",
            cases.lines().count(),
            controls.lines().count()
        );
        let Count { passed, failed } = judge_all(&program, limbs, &runs);
        total.passed += passed;
        total.failed += failed;
    }
    Ok(total)
}

/// The clock's verdict, with the machine's own word size.
pub(crate) fn clock() -> Result<Count, Failure> {
    let program = build(LIMBS[0])?;
    run_counting(command(program).arg("clock"), count_cases)
}

fn build(limbs: &str) -> Result<PathBuf, Failure> {
    // Other flags, other folder: otherwise each build would throw the other's away.
    let folder = target().join(format!("constant-time-{limbs}"));
    run(cargo()
        .args(["build", "-p", PACKAGE, "--profile", "constant-time", "--target-dir"])
        .arg(&folder)
        .env("RUSTFLAGS", format!("--cfg kaztoken_limbs=\"{limbs}\"")))?;
    Ok(folder.join("constant-time").join(PACKAGE))
}

/// Runs each case in a valgrind of its own, as many at once as there are processors.
fn judge_all(program: &Path, limbs: &str, runs: &[(&str, bool)]) -> Count {
    let next = AtomicUsize::new(0);
    let count = Mutex::new(Count::default());
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..processors {
            scope.spawn(|| {
                while let Some((case, is_control)) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let verdict = judge(program, case, *is_control);
                    // One thread at a time has the screen, and the count.
                    let Ok(mut count) = count.lock() else { return };
                    match verdict {
                        Ok(()) => {
                            println!("ok {case}, {limbs}-bit words");
                            count.passed += 1;
                        }
                        Err(reason) => {
                            println!("FAILED {case}, {limbs}-bit words: {reason}");
                            count.failed += 1;
                        }
                    }
                }
            });
        }
    });
    count.into_inner().unwrap_or(Count { passed: 0, failed: 1 })
}

fn judge(program: &Path, case: &str, is_control: bool) -> Result<(), String> {
    let result = valgrind_command(program, case).output().map_err(|error| format!("valgrind: {error}"))?;
    let said = String::from_utf8_lossy(&result.stderr).trim().replace('\n', "\n  | ");
    match (result.status.code(), is_control) {
        (Some(0), false) | (Some(REPORTED), true) => Ok(()),
        (Some(0), true) => Err("this leaks on purpose, and valgrind did not report it".to_owned()),
        (Some(REPORTED), false) => Err(format!("time or addresses depend on a secret:\n  | {said}")),
        _ => Err(format!("ended with {}:\n  | {said}", result.status)),
    }
}

fn valgrind_command(program: &Path, case: &str) -> Command {
    let mut valgrind = command("timeout");
    valgrind.args(["120", "valgrind", "--quiet", "--num-callers=8"]);
    valgrind.arg(format!("--error-exitcode={REPORTED}"));
    let suppressions = root().join("kaztoken-core/constant-time/valgrind.supp");
    valgrind.arg(format!("--suppressions={}", suppressions.display()));
    valgrind.arg(program).arg("run").args(case.split(' '));
    valgrind
}
