//! What the numbers hold for.

use std::fs;

use super::program::Program;
use crate::commands::{command, output};

/// Processor, compiler, programs.
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) rustc: String,
    pub(crate) programs: Vec<String>,
}

/// Asks the system.
pub(crate) fn describe(programs: &[Program]) -> Machine {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    Machine {
        processor: processor(&info).unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
        rustc: rustc(),
        programs: programs.iter().map(|program| format!("{} {}", program.name, program.version)).collect(),
    }
}

/// The compiler as it names itself: `rustc 1.95.0 (59807616e 2026-04-14)`.
pub(crate) fn rustc() -> String {
    output(command("rustc").arg("--version"))
        .map_or_else(|_| "rustc".to_owned(), |version| version.trim().to_owned())
}

/// `AMD EPYC (family 25, model 17), 2 cores` of Linux's table.
fn processor(info: &str) -> Option<String> {
    let value = |key: &str| {
        let line = info.lines().find(|line| line.split(':').next().is_some_and(|name| name.trim() == key))?;
        line.split_once(':').map(|(_, value)| value.trim())
    };
    let cores = info.lines().filter(|line| line.starts_with("processor")).count();
    let family = match (value("cpu family"), value("model")) {
        (Some(family), Some(model)) => format!(" (family {family}, model {model})"),
        _ => String::new(),
    };
    Some(format!("{}{family}, {cores} cores", value("model name")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_named() {
        let core = "processor\t: 0\ncpu family\t: 25\nmodel\t\t: 17\nmodel name\t: AMD EPYC\n";
        let info = format!("{core}\n{core}");
        assert_eq!(processor(&info).as_deref(), Some("AMD EPYC (family 25, model 17), 2 cores"));
        assert_eq!(processor(""), None);
    }
}
