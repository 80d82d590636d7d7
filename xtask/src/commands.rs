//! Starting other programs: never with a terminal's input, their output shown and, where it holds results, counted.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::report::{Count, Failure};

/// The workspace's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Where cargo puts what it builds, and the rigs what they need.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// The same cargo that started this program.
pub(crate) fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// A program in the workspace's root with its input closed.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root()).stdin(Stdio::null());
    command
}

/// Runs to the end; an exit status other than 0 is a failure.
pub(crate) fn run(command: &mut Command) -> Result<Count, Failure> {
    show(command);
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    if status.success() {
        Ok(Count::ONE)
    } else {
        Err(Failure::from(format!("{} ended with {status}", name(command))))
    }
}

/// Runs to the end and counts its results with `count`, which is given every line it prints.
///
/// Failed checks alone are `Ok`: the count says it. An exit status that no failed check explains is a failure.
pub(crate) fn run_counting(
    command: &mut Command,
    mut count: impl FnMut(&str, &mut Count),
) -> Result<Count, Failure> {
    show(command);
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| cannot_start(command, &error))?;
    let mut total = Count::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            count(&line, &mut total);
        }
    }
    let status = child.wait().map_err(|error| cannot_start(command, &error))?;
    if status.success() || total.failed > 0 {
        return Ok(total);
    }
    Err(Failure { reason: format!("{} ended with {status}", name(command)), count: total })
}

/// What a program prints, when it succeeds.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| cannot_start(command, &error))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(format!("{} ended with {}: {said}", name(command), output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Counts libtest's closing lines: `test result: ok. 12 passed; 0 failed; 1 ignored; ...`.
pub(crate) fn count_libtest(line: &str, count: &mut Count) {
    let Some(result) = line.strip_prefix("test result: ") else {
        return;
    };
    let number_before = |word: &str| {
        let words: Vec<&str> = result.split([' ', ';']).filter(|part| !part.is_empty()).collect();
        let at = words.iter().position(|part| *part == word)?;
        words.get(at.checked_sub(1)?)?.parse::<usize>().ok()
    };
    count.passed += number_before("passed").unwrap_or(0);
    count.failed += number_before("failed").unwrap_or(0);
}

/// Counts the rigs' lines: `ok NAME` and `FAILED NAME`.
pub(crate) fn count_cases(line: &str, count: &mut Count) {
    if line.starts_with("ok ") {
        count.passed += 1;
    } else if line.starts_with("FAILED ") {
        count.failed += 1;
    }
}

fn show(command: &Command) {
    let arguments: Vec<_> = command.get_args().map(|argument| argument.to_string_lossy()).collect();
    println!("$ {} {}", name(command), arguments.join(" "));
}

fn name(command: &Command) -> String {
    Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!("{} cannot be run: {error}", name(command))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(by: fn(&str, &mut Count), lines: &[&str]) -> Count {
        let mut count = Count::default();
        for line in lines {
            by(line, &mut count);
        }
        count
    }

    #[test]
    fn libtest_results_are_summed() {
        let lines = [
            "test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.02s",
            "test gost::failed ... ok",
            "test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s",
        ];
        assert_eq!(counted(count_libtest, &lines), Count { passed: 17, failed: 2 });
    }

    #[test]
    fn only_lines_that_begin_with_a_verdict_are_cases() {
        let lines =
            ["ok format (0.4 s)", "FAILED sign", "  | ok not a case", "okay", "rig pcsc: 1 passed, 1 failed"];
        assert_eq!(counted(count_cases, &lines), Count { passed: 1, failed: 1 });
    }
}
