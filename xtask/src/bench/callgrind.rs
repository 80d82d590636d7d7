//! Instruction counts. One run of callgrind counts all operations of a program: it counts only inside the
//! function `counted_operation` and writes one file each time that ends.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use super::operation;
use super::program::Program;
use crate::commands::{command, output, target};

/// What to type where it is missing.
pub(crate) const ABSENT: &str = "skipped: instruction counts; not installed: valgrind (apt install valgrind)";

/// The function; with the star because Rust writes its module before it.
const COUNTED: &str = "*counted_operation";

/// Whether it can be run here.
pub(crate) fn is_there() -> bool {
    output(command("valgrind").arg("--version").stderr(Stdio::null())).is_ok()
}

/// Instructions of each operation. `signatures` are what is to be verified on each curve.
pub(crate) fn count(
    program: &Program,
    operations: &[(&str, &str)],
    signatures: &[(String, String)],
) -> Result<Vec<u64>, String> {
    let folder = target().join("bench-counts");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let file = folder.join("counts");
    let mut child = command("valgrind")
        .args(["-q", "--tool=callgrind", "--collect-atstart=no"])
        .arg(format!("--toggle-collect={COUNTED}"))
        .arg(format!("--dump-after={COUNTED}"))
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(&program.path)
        .args(program.command().get_args())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("valgrind cannot be run: {error}"))?;
    let mut commands = String::new();
    for (curve, signature) in signatures.iter().filter(|(curve, _)| program.has(curve, "verify")) {
        commands += &format!("accept {curve} {signature}\n");
    }
    for (subject, operation) in operations {
        commands += &format!("once {subject} {operation}\n");
    }
    // Short enough for the pipe together with the answers, so neither side waits for the other.
    if let Some(mut input) = child.stdin.take() {
        input.write_all(commands.as_bytes()).map_err(|error| format!("{}: {error}", program.name))?;
    }
    let ended = child.wait_with_output().map_err(|error| format!("valgrind: {error}"))?;
    let answers = String::from_utf8_lossy(&ended.stdout);
    if !ended.status.success() || answers.lines().any(|answer| answer != "ok") {
        return Err(format!(
            "{} under callgrind ended with {}, having said: {answers}",
            program.name, ended.status
        ));
    }
    let counts = operations.iter().zip(1..).map(|((_, operation), part)| {
        let total = total(&file.with_extension(part.to_string()))?;
        Ok(total / u64::from(operation::batch(operation)))
    });
    let counts = counts.collect();
    let _ = fs::remove_dir_all(&folder);
    counts
}

/// The line `totals: 123` of a dump.
fn total(file: &Path) -> Result<u64, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    parse_total(&text).ok_or_else(|| format!("{} has no count of instructions", file.display()))
}

fn parse_total(text: &str) -> Option<u64> {
    let total = text.lines().find_map(|line| line.strip_prefix("totals: "))?;
    total.trim().parse().ok().filter(|count| *count > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_read() {
        assert_eq!(parse_total("events: Ir\nfn=(1) f\n\ntotals: 2910158\n"), Some(2_910_158));
        assert_eq!(parse_total("totals: 0\n"), None, "nothing was counted: the function was not found");
        assert_eq!(parse_total(""), None);
    }
}
