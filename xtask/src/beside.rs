//! A step beside others: what keeps one core busy leaves the other one to it.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::commands::{count_libtest, target};
use crate::report::{Count, Failure};

/// A part of `cargo xtask` in a process of its own, whose output goes to a file until it is waited for.
pub(crate) struct Beside {
    child: Child,
    log: PathBuf,
}

impl Beside {
    /// Begins it, with a folder for its builds alone: cargo lets one at a time into each.
    pub(crate) fn begin(words: &[&str], builds: &str) -> Result<Self, Failure> {
        let folder = target().join("beside");
        let log = folder.join(format!("{}.log", words.join("-")));
        let begin = || {
            std::fs::create_dir_all(&folder)?;
            let output = File::create(&log)?;
            Command::new(std::env::current_exe()?)
                .args(words)
                .env("CARGO_TARGET_DIR", target().join(builds))
                .stdin(Stdio::null())
                .stdout(output.try_clone()?)
                .stderr(output)
                .spawn()
        };
        let child = begin().map_err(|error| Failure::from(format!("{}: {error}", log.display())))?;
        Ok(Self { child, log })
    }

    /// Waits for its end, prints what it printed, counts its tests.
    pub(crate) fn finish(mut self) -> Result<Count, Failure> {
        let status = self.child.wait().map_err(|error| error.to_string())?;
        let text = std::fs::read(&self.log).map_err(|error| error.to_string())?;
        let mut count = Count::default();
        for line in String::from_utf8_lossy(&text).lines() {
            println!("{line}");
            count_libtest(line, &mut count);
        }
        if count.failed > 0 || (status.success() && count.passed > 0) {
            return Ok(count);
        }
        Err(Failure { reason: format!("it ended with {status}"), count })
    }
}
