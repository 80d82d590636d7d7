//! The core's vectors and state machines on Cortex-M0, M3, M4 and M33: `firmware-tests/on-target` in QEMU.
//!
//! One build for all boards; then every image of every board, one start of QEMU for each of its tests, as
//! many at a time as there are processors.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use crate::commands::{cargo, command, count_libtest, output, root, run, target};
use crate::packages;
use crate::report::{Count, Failure};

/// Target, QEMU's board, processor.
const BOARDS: [(&str, &str, &str); 4] = [
    ("thumbv6m-none-eabi", "microbit", "Cortex-M0"),
    ("thumbv7m-none-eabi", "lm3s6965evb", "Cortex-M3"),
    ("thumbv7em-none-eabi", "mps2-an386", "Cortex-M4"),
    ("thumbv8m.main-none-eabi", "mps2-an505", "Cortex-M33"),
];
/// Images of tests that must pass, those first that take longest.
const IMAGES: [&str; 4] = ["gost_512", "gost_256", "hashes", "protocol"];
/// The image of tests that end in all ways, and what must be said of each: that a failure is seen as what it
/// is.
const VERDICTS: &str = "verdicts";
const EXPECTED: [&str; 9] = [
    "test verdicts::does_not_panic ... FAILED: did not panic as it should",
    "test verdicts::fails_in_one_case ... FAILED (3 cases): failed",
    "test verdicts::faults ... FAILED: fault of the processor",
    "test verdicts::has_too_few_cases ... FAILED: failed",
    "test verdicts::locks_up ... FAILED: the processor locked up",
    "test verdicts::never_ends ... FAILED: timed out after 1 s",
    "test verdicts::panics ... FAILED (1 case): panicked",
    "test verdicts::panics_as_it_should ... ok",
    "test verdicts::passes ... ok",
];
/// Lines that name what was under way.
const NAMED: [&str; 2] = ["case wrong: as planned", "in case the panicking one"];

/// Builds and runs all boards.
pub(crate) fn run_all() -> Result<Count, Failure> {
    packages::debian(&[packages::SIZE])?;
    packages::rust_targets()?;
    run(cargo().args(["build", "-q", "-p", "kaztoken-runner"]))?;
    let start = Instant::now();
    let images = build()?;
    println!("built in {:.1} s", start.elapsed().as_secs_f32());
    let mut jobs = Vec::new();
    for name in IMAGES.into_iter().chain([VERDICTS]) {
        for (target_name, board, _) in BOARDS {
            let image = images.iter().find(|image| image.is(target_name, name));
            let image = image.ok_or_else(|| format!("cargo did not build {name} for {target_name}"))?;
            jobs.push(Job { board, name, file: image.file.clone() });
        }
    }
    let done = execute(&jobs)?;
    let mut total = Count::default();
    for (_, board, _) in BOARDS {
        for (_, done) in jobs.iter().zip(&done).filter(|(job, _)| job.board == board) {
            print!("{}", done.printed);
            total = total.and(done.count);
        }
    }
    println!(
        "{:<12} {:<11} {:>6} {:>6} {:>6} {:>8}",
        "board", "processor", "tests", "cases", "failed", "seconds"
    );
    let mut left_out: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (_, board, processor) in BOARDS {
        let of_board = || jobs.iter().zip(&done).filter(|(job, _)| job.board == board).map(|(_, done)| done);
        let Count { passed, failed } = of_board().fold(Count::default(), |sum, done| sum.and(done.count));
        let cases: usize = of_board().map(|done| done.cases).sum();
        let seconds: f32 = of_board().map(|done| done.seconds).sum();
        println!("{board:<12} {processor:<11} {:>6} {cases:>6} {failed:>6} {seconds:>8.1}", passed + failed);
        for line in of_board().flat_map(|done| done.printed.lines()) {
            if let Some(subject) = line.strip_prefix("left out: ") {
                left_out.entry(subject.to_owned()).or_default().push(board);
            }
        }
    }
    for (subject, boards) in left_out {
        println!("left out on {}: {subject}", boards.join(", "));
    }
    Ok(total)
}

/// The lints of the images, on the target of the workspace.
pub(crate) fn clippy() -> Result<Count, Failure> {
    run(cargo()
        .current_dir(root().join("firmware-tests"))
        .args(["clippy", "-p", "kaztoken-on-target", "--profile", "on-target", "--tests", "--target-dir"])
        .arg(target().join("firmware"))
        .args(["--", "-D", "warnings"]))
}

/// An image that was built.
struct Image {
    file: PathBuf,
}

impl Image {
    /// cargo appends a hash to the name.
    fn is(&self, target_name: &str, name: &str) -> bool {
        let stem = self.file.file_stem().unwrap_or_default().to_string_lossy();
        let own = stem.rsplit_once('-').map_or(&*stem, |(own, _)| own);
        own == name && self.file.components().any(|part| part.as_os_str() == target_name)
    }
}

/// Builds all images for all boards at once, so that what is for the host is built once.
fn build() -> Result<Vec<Image>, Failure> {
    let mut build = cargo();
    build
        .current_dir(root().join("firmware-tests"))
        .args(["build", "-q", "-p", "kaztoken-on-target", "--profile", "on-target", "--tests"])
        .args(["--message-format", "json-render-diagnostics"])
        .args(BOARDS.iter().flat_map(|(target_name, ..)| ["--target", target_name]))
        .arg("--target-dir")
        .arg(target().join("firmware"))
        // The boards that QEMU has.
        .env_remove("KAZTOKEN_BOARD");
    Ok(executables(&output(&mut build)?))
}

/// What cargo says it built.
fn executables(messages: &str) -> Vec<Image> {
    let executable = |line: &str| {
        let (_, rest) = line.split_once("\"executable\":\"")?;
        Some(Image { file: rest.split_once('"')?.0.into() })
    };
    messages.lines().filter_map(executable).collect()
}

/// One image on one board.
struct Job {
    board: &'static str,
    name: &'static str,
    file: PathBuf,
}

/// What came of it.
struct Done {
    count: Count,
    cases: usize,
    seconds: f32,
    printed: String,
}

/// Runs as many at a time as there are processors; the results are in the order of the jobs.
fn execute(jobs: &[Job]) -> Result<Vec<Done>, Failure> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<Result<Done, String>>>> = Mutex::new(jobs.iter().map(|_| None).collect());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((number, job)) = {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    jobs.get(number).map(|job| (number, job))
                } {
                    let result = Some(one(job));
                    if let Ok(mut results) = results.lock() {
                        results[number] = result;
                    }
                }
            });
        }
    });
    let results = results.into_inner().unwrap_or_default();
    let missing = || Failure::from("a run has no result".to_owned());
    results.into_iter().map(|result| result.ok_or_else(missing)?.map_err(Failure::from)).collect()
}

fn one(job: &Job) -> Result<Done, String> {
    let start = Instant::now();
    let mut runner = command(target().join("debug/kaztoken-runner"));
    runner.arg(&job.file).args(["--test-threads", "1"]);
    if job.name == VERDICTS {
        runner.arg("--include-ignored");
    }
    let output = runner.output().map_err(|error| format!("kaztoken-runner cannot be run: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let seconds = start.elapsed().as_secs_f32();
    let title = format!("\n{} on {}", job.name, job.board);
    if job.name == VERDICTS {
        let count = verdicts(&said);
        let printed = if count.failed == 0 {
            format!("{title}: every way in which a test can end is told from the others\n")
        } else {
            format!("{title}: not as expected:\n{said}")
        };
        return Ok(Done { count, cases: 0, seconds, printed });
    }
    let mut count = Count::default();
    said.lines().for_each(|line| count_libtest(line, &mut count));
    if !output.status.success() && count.failed == 0 {
        let complaint = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{} of {}: {}: {complaint}", output.status, job.name, job.board));
    }
    Ok(Done { count, cases: cases(&said), seconds, printed: title + &said })
}

/// The sum of the lines `cases: 12 passed; 0 failed`.
fn cases(said: &str) -> usize {
    let numbers = said.lines().filter_map(|line| line.strip_prefix("cases: ")).flat_map(|line| {
        line.split("; ").filter_map(|part| part.split(' ').next()?.parse::<usize>().ok()).collect::<Vec<_>>()
    });
    numbers.sum()
}

/// How many of the expected lines are there.
fn verdicts(said: &str) -> Count {
    let is_there = |expected: &&str| said.lines().any(|line| line == *expected);
    let (there, missing): (Vec<&str>, Vec<&str>) = EXPECTED.into_iter().chain(NAMED).partition(is_there);
    missing.iter().for_each(|line| println!("FAILED not said: {line}"));
    Count { passed: there.len(), failed: missing.len() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_found_among_what_cargo_says() {
        let messages = "{\"reason\":\"compiler-artifact\",\"executable\":null}\n{\"reason\":\"compiler-artifact\",\
                        \"executable\":\"/t/thumbv6m-none-eabi/on-target/deps/gost_256-01ab\",\"fresh\":true}";
        let images = executables(messages);
        assert_eq!(images.len(), 1);
        assert!(images[0].is("thumbv6m-none-eabi", "gost_256"));
        assert!(
            !images[0].is("thumbv6m-none-eabi", "gost") && !images[0].is("thumbv7m-none-eabi", "gost_256")
        );
    }

    #[test]
    fn cases_are_summed() {
        assert_eq!(cases("cases: 12 passed; 1 failed\nin case 7\ncases: 3 passed; 0 failed\n"), 16);
    }

    #[test]
    fn a_verdict_that_is_missing_is_a_failure() {
        let all = [&EXPECTED[..], &NAMED].concat();
        assert_eq!(verdicts(&all.join("\n")), Count { passed: 11, failed: 0 });
        assert_eq!(verdicts(&all[1..].join("\n")), Count { passed: 10, failed: 1 });
    }
}
