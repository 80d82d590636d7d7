//! The fuzz targets of `fuzz/`, with libFuzzer and the stable toolchain.
//!
//! libFuzzer needs counters in the code, which rustc puts there by stable flags; a sanitizer, which needs
//! nightly, would look for what safe Rust does not do. The flags are those of `cargo fuzz run --sanitizer none`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::commands::{cargo, command, output, root, run, target};
use crate::packages;
use crate::report::{Count, Failure};

const FLAGS: &[&str] = &[
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];
/// Of each target as a step of the tests.
const BOUNDED: Limit = Limit::Seconds(3);
/// Of each target when nothing else is said.
const LONG: Limit = Limit::Seconds(600);
/// One input that takes longer has found a loop, in seconds.
const LONGEST_INPUT: u32 = 10;

/// When a target has run enough.
#[derive(Clone, Copy)]
enum Limit {
    Seconds(u32),
    Runs(u64),
}

/// Every target for a few seconds from a fixed seed, as many at once as there are processors.
pub(crate) fn bounded() -> Result<Count, Failure> {
    let (targets, next) = (build()?, AtomicUsize::new(0));
    let count = Mutex::new(Count::default());
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..processors {
            scope.spawn(|| {
                while let Some(target) = targets.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // What an earlier run found would make this one another one.
                    let found = work(&["bounded", target]);
                    let _ = fs::remove_dir_all(&found);
                    let verdict = fuzz(target, &found, BOUNDED, Some(1));
                    let Ok(mut count) = count.lock() else { return };
                    judge(target, verdict, &mut count);
                }
            });
        }
    });
    Ok(count.into_inner().unwrap_or(Count { passed: 0, failed: 1 }))
}

/// `[TARGET..] [--seconds N | --runs N]`: the targets one after another, on top of what was found before.
pub(crate) fn long(options: &[&str]) -> Result<Count, Failure> {
    let (mut named, mut limit, mut words) = (vec![], LONG, options.iter());
    while let Some(&word) = words.next() {
        let mut number = || words.next().and_then(|number| number.parse::<u64>().ok());
        let wrong = || format!("{word} needs a number");
        match word {
            "--seconds" => {
                limit = Limit::Seconds(number().and_then(|n| n.try_into().ok()).ok_or_else(wrong)?);
            }
            "--runs" => limit = Limit::Runs(number().ok_or_else(wrong)?),
            name => named.push(name),
        }
    }
    let targets = build()?;
    if let Some(unknown) = named.iter().find(|name| !targets.iter().any(|target| target == *name)) {
        return Err(Failure::from(format!("no target {unknown}; there are {}", targets.join(", "))));
    }
    let mut count = Count::default();
    for target in targets.iter().filter(|target| named.is_empty() || named.contains(&target.as_str())) {
        judge(target, fuzz(target, &work(&["corpus", target]), limit, None), &mut count);
    }
    Ok(count)
}

fn folder() -> PathBuf {
    root().join("fuzz")
}

/// A folder for what fuzzing leaves behind.
fn work(parts: &[&str]) -> PathBuf {
    parts.iter().fold(target().join("fuzz"), |path, part| path.join(part))
}

fn host() -> Result<String, String> {
    let printed = output(command("rustc").arg("-vV"))?;
    let host = printed.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc does not say what this machine is".to_owned())
}

/// Builds the executables and names them.
fn build() -> Result<Vec<String>, Failure> {
    packages::debian(&[packages::FUZZ])?;
    let host = host()?;
    // With a target named the flags do not reach build scripts and macros.
    run(cargo()
        .current_dir(folder())
        .args(["build", "--release", "--target", &host, "--target-dir"])
        .arg(target().join("fuzz"))
        .env("RUSTFLAGS", FLAGS.join(" ")))?;
    let sources = folder().join("fuzz_targets");
    let entries = fs::read_dir(&sources).map_err(|error| format!("{}: {error}", sources.display()))?;
    let stem = |path: PathBuf| Some(path.file_stem()?.to_str()?.to_owned());
    let mut targets: Vec<_> = entries.flatten().filter_map(|entry| stem(entry.path())).collect();
    targets.sort();
    Ok(targets)
}

/// Runs one target. What it finds new goes to `found`. Returns how far it came, or what went wrong.
fn fuzz(target: &str, found: &Path, limit: Limit, seed: Option<u32>) -> Result<String, String> {
    let artifacts = work(&["artifacts"]);
    for folder in [found, &artifacts] {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let mut fuzzer = Command::new(work(&[&host()?, "release", target]));
    fuzzer.arg(found);
    let committed = ["corpus", "regressions"].map(|kind| folder().join(kind).join(target));
    fuzzer.args(committed.iter().filter(|folder| folder.is_dir()));
    fuzzer.arg(match limit {
        Limit::Seconds(seconds) => format!("-max_total_time={seconds}"),
        Limit::Runs(runs) => format!("-runs={runs}"),
    });
    fuzzer.args(seed.map(|seed| format!("-seed={seed}")));
    fuzzer.arg(format!("-artifact_prefix={}/{target}-", artifacts.display()));
    fuzzer.arg(format!("-timeout={LONGEST_INPUT}"));
    fuzzer.args(["-print_final_stats=1", "-rss_limit_mb=1024"]);
    let ended = fuzzer.output().map_err(|error| format!("{target} cannot be run: {error}"))?;
    let said = String::from_utf8_lossy(&ended.stderr);
    if ended.status.success() { summary(&said) } else { Err(failure(&said)) }
}

fn judge(target: &str, verdict: Result<String, String>, count: &mut Count) {
    match verdict {
        Ok(summary) => {
            println!("ok {target}: {summary}");
            count.passed += 1;
        }
        Err(reason) => {
            println!("FAILED {target}:\n{reason}");
            count.failed += 1;
        }
    }
}

/// From libFuzzer's closing lines, `#NUMBER DONE cov: C ft: F corp: N/SIZE ... exec/s: R ...`.
fn summary(said: &str) -> Result<String, String> {
    let line = said.lines().rfind(|line| line.starts_with('#') && line.contains("DONE"));
    let words: Vec<&str> = line.unwrap_or_default().split_whitespace().collect();
    let after = |word: &str| words.iter().position(|other| *other == word).and_then(|at| words.get(at + 1));
    let runs = words.first().and_then(|first| first.strip_prefix('#'));
    match (runs, after("exec/s:"), after("cov:"), after("corp:")) {
        (Some(runs), Some(speed), Some(coverage), Some(corpus)) => {
            Ok(format!("{runs} executions, {speed}/s, coverage {coverage}, corpus {corpus}"))
        }
        _ => Err(format!("libFuzzer does not say how it ended:\n{said}")),
    }
}

/// What the target said when it failed, and the input as hexadecimal digits.
fn failure(said: &str) -> String {
    let panic: Vec<&str> = said
        .lines()
        .skip_while(|line| !line.contains("panicked at") && !line.contains("ERROR: libFuzzer"))
        .take(6)
        .collect();
    let file = said.lines().find_map(|line| line.split_once("Test unit written to ")).map(|(_, file)| file);
    let input = file.and_then(|file| fs::read(file).ok()).unwrap_or_default();
    let digits: String = input.iter().map(|byte| format!("{byte:02X}")).collect();
    format!("{}\ninput: {}\nas hexadecimal digits: {digits}", panic.join("\n"), file.unwrap_or("not written"))
}

#[cfg(test)]
mod tests {
    use super::{failure, summary};

    #[test]
    fn the_closing_line_is_read() {
        let said = "#2\tINITED cov: 3\n#4420238\tDONE   cov: 96 ft: 212 corp: 59/5730b lim: 9 exec/s: 491137 rss: 28Mb\n";
        assert_eq!(
            summary(said),
            Ok("4420238 executions, 491137/s, coverage 96, corpus 59/5730b".to_owned())
        );
        assert!(summary("").is_err());
    }

    #[test]
    fn a_failure_names_the_reason_and_the_input() {
        let said = "x\nthread panicked at src/atr.rs:1:2:\nno\nartifact_prefix='a'; Test unit written to /nowhere/a\n";
        let reason = failure(said);
        assert!(reason.starts_with("thread panicked at") && reason.contains("/nowhere/a"), "{reason}");
    }
}
