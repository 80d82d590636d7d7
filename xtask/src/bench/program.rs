//! A program that times one library: ours or a peer's. How it is talked to says `benches/peers/protocol.c`.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::commands::{cargo, command, output};

/// A program that is built and has answered what it can do.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    pub(crate) version: String,
    pub(crate) path: PathBuf,
    arguments: &'static [&'static str],
    /// Pairs of a curve or hash function and an operation, in the table's order.
    pub(crate) can: Vec<(String, String)>,
}

impl Program {
    /// Builds our own in the ordinary release profile.
    pub(crate) fn ours() -> Result<Self, String> {
        Self::open("kaztoken", build(&[])?, &["serve"])
    }

    /// Ours as it is for small machines.
    pub(crate) fn ours_small() -> Result<Self, String> {
        let path = build(&["--no-default-features", "--features", "gost"])?;
        Self::open("without tables", path, &["serve"])
    }

    /// Asks a program what it can do.
    pub(crate) fn open(
        name: &'static str,
        path: PathBuf,
        arguments: &'static [&'static str],
    ) -> Result<Self, String> {
        let mut program = Self { name, version: String::new(), path, arguments, can: Vec::new() };
        let mut session = program.start()?;
        program.version = session.ask("version")?;
        session.say("list")?;
        loop {
            let line = session.hear()?;
            let words: Vec<&str> = line.split(' ').collect();
            match words[..] {
                ["has", subject, operation] => program.can.push((subject.to_owned(), operation.to_owned())),
                ["."] => return Ok(program),
                _ => return Err(format!("{name} says `{line}` where it should list its operations")),
            }
        }
    }

    /// Starts it to take commands.
    pub(crate) fn start(&self) -> Result<Session, String> {
        let mut child = self
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{} cannot be run: {error}", self.path.display()))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(format!("{} has no pipes", self.name));
        };
        Ok(Session { name: self.name, child, input: Some(input), output: BufReader::new(output) })
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = command(&self.path);
        command.args(self.arguments);
        command
    }

    pub(crate) fn has(&self, subject: &str, operation: &str) -> bool {
        self.can.iter().any(|(curve, name)| curve == subject && name == operation)
    }

    /// Curves, which are the subjects with this operation.
    pub(crate) fn curves(&self) -> Vec<&str> {
        self.can.iter().filter(|(_, name)| name == "keygen").map(|(curve, _)| curve.as_str()).collect()
    }
}

fn build(features: &[&str]) -> Result<PathBuf, String> {
    let messages = output(
        cargo()
            .args(["build", "--release", "-p", "kaztoken-core", "--bench", "gost"])
            .args(features)
            .arg("--message-format=json-render-diagnostics")
            .stderr(Stdio::inherit()),
    )?;
    executable(&messages).ok_or_else(|| "cargo named no program for the benchmark".to_owned())
}

/// The path in cargo's message about a program: `"executable":"/.../gost-0123"`.
fn executable(messages: &str) -> Option<PathBuf> {
    let (_, path) = messages.rsplit_once("\"executable\":\"")?;
    let (path, _) = path.split_once('"')?;
    Some(path.replace("\\\\", "\\").into())
}

/// A running program. Ends when this is dropped.
pub(crate) struct Session {
    name: &'static str,
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Session {
    /// One command, one line of answer.
    pub(crate) fn ask(&mut self, command: &str) -> Result<String, String> {
        self.say(command)?;
        self.hear().map_err(|error| format!("{error}, asked `{command}`"))
    }

    fn say(&mut self, command: &str) -> Result<(), String> {
        let input = self.input.as_mut().ok_or("the program has ended")?;
        writeln!(input, "{command}").map_err(|error| format!("{}: {error}", self.name))
    }

    fn hear(&mut self) -> Result<String, String> {
        let mut line = String::new();
        let length = self.output.read_line(&mut line).map_err(|error| format!("{}: {error}", self.name))?;
        if length == 0 {
            return Err(format!("{} ended without an answer", self.name));
        }
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The end of its input ends it.
        self.input = None;
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_program_that_cargo_names_is_ours() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","executable":"/t/release/deps/gost-1","fresh":true}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        assert_eq!(executable(messages), Some(PathBuf::from("/t/release/deps/gost-1")));
        assert_eq!(executable("{}"), None);
    }
}
