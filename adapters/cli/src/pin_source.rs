//! Where PINs come from: a hidden prompt, the standard input, an environment variable, a file descriptor or a file.
//! Never from the command line, which every program on the machine can read.

use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::note;
use crate::progress::watch_for_interrupt;
use crate::said::Said as _;
use crate::terminal::ask_hidden;
use core::str::FromStr;
use kaztoken_core::pin::{Pin, Role};
use std::fs::File;
use std::io::{BufRead, IsTerminal, Read};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// More than any PIN, so that an over-long one is refused and not cut.
const MAX_LINE: usize = 1024;

/// Where a PIN comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum PinSource {
    /// Asked for; from the standard input when that is no terminal.
    Prompt,
    Env(String),
    Fd(u32),
    File(PathBuf),
}

impl FromStr for PinSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "prompt" => Ok(Self::Prompt),
            Some(("env", name)) if !name.is_empty() => Ok(Self::Env(name.to_owned())),
            Some(("fd", number)) => number.parse().map(Self::Fd).map_err(|_| say!("pin-source-fd")),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            _ => Err(say!("pin-source-expected")),
        }
    }
}

impl PinSource {
    /// Reads a PIN that is going to be verified.
    pub(crate) fn read(&self, what: &str) -> Result<Pin> {
        let line = self.line(what)?;
        Pin::new(&line).map_err(|error| Problem::from(error).while_doing(what))
    }

    /// Reads a password that is not a token's: any text.
    pub(crate) fn text(&self, what: &str) -> Result<Zeroizing<String>> {
        let mut line = self.line(what)?;
        let text = String::from_utf8(core::mem::take(&mut *line));
        text.map(Zeroizing::new).map_err(|error| {
            drop(Zeroizing::new(error.into_bytes()));
            Problem::new(Code::Usage, say!("password-no-text")).while_doing(what)
        })
    }

    /// Reads a new PIN; at a prompt, twice.
    pub(crate) fn read_new(&self, what: &str) -> Result<Pin> {
        let pin = self.read(what)?;
        if self.is_asked() {
            let again = self.read(&say!("pin-again", name = what))?;
            if !pin.is_same(&again) {
                return Err(Problem::new(Code::Usage, say!("pin-entries-differ")));
            }
        }
        Ok(pin)
    }

    /// Whether a person types it at a terminal.
    pub(crate) fn is_asked(&self) -> bool {
        *self == Self::Prompt && std::io::stdin().is_terminal()
    }

    fn line(&self, what: &str) -> Result<Zeroizing<Vec<u8>>> {
        let failed = |place: String, error: std::io::Error| {
            let text = error.said();
            Problem::new(Code::Failed, say!("pin-source-failed", name = what, place = place, text = text))
        };
        match self {
            Self::Prompt if self.is_asked() => {
                watch_for_interrupt();
                let text = ask_hidden(&format!("{what}: ")).map_err(|error| match error.kind() {
                    std::io::ErrorKind::Interrupted => Problem::new(Code::Interrupted, say!("pin-stopped")),
                    _ => failed(say!("pin-place-terminal"), error),
                })?;
                Ok(Zeroizing::new(text.into_bytes()))
            }
            Self::Prompt | Self::Fd(0) => {
                let line = stdin_line().map_err(|error| failed(say!("pin-place-stdin"), error))?;
                line.ok_or_else(|| Problem::new(Code::Usage, say!("pin-stdin-ended")).while_doing(what))
            }
            Self::Env(name) => {
                let value = std::env::var_os(name).ok_or_else(|| {
                    let message = say!("pin-no-variable", name = what, variable = name.as_str());
                    Problem::new(Code::Usage, message)
                })?;
                Ok(Zeroizing::new(value.into_encoded_bytes()))
            }
            Self::Fd(number) => {
                let place = format!("/dev/fd/{number}");
                first_line(place.as_ref())
                    .map_err(|error| failed(say!("pin-place-fd", number = *number), error))
            }
            Self::File(path) => first_line(path).map_err(|error| failed(path.display().to_string(), error)),
        }
    }
}

/// The next line of the standard input, without its end; `None` when there is none.
pub(crate) fn stdin_line() -> std::io::Result<Option<Zeroizing<Vec<u8>>>> {
    let mut line = Zeroizing::new(Vec::with_capacity(MAX_LINE));
    let read = std::io::stdin().lock().take(MAX_LINE as u64).read_until(b'\n', &mut line)?;
    trim_end(&mut line);
    Ok((read > 0).then_some(line))
}

/// Byte by byte: what follows the line stays for whoever reads the same pipe next.
fn first_line(path: &Path) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let mut file = File::open(path)?;
    let mut line = Zeroizing::new(Vec::with_capacity(MAX_LINE));
    let mut byte = [0];
    while line.len() < MAX_LINE && file.read(&mut byte)? == 1 && byte != *b"\n" {
        line.extend_from_slice(&byte);
    }
    trim_end(&mut line);
    Ok(line)
}

fn trim_end(line: &mut Vec<u8>) {
    for end in *b"\n\r" {
        if line.last() == Some(&end) {
            line.pop();
        }
    }
}

/// Says how many tries there are, before a PIN is asked for.
pub(crate) fn announce_tries(role: Role, left: u8) {
    let role = role.to_string();
    note(&match left {
        1 => say!("pin-last-try", role = role),
        _ => say!("pin-tries", role = role, count = left),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources() {
        assert_eq!("prompt".parse(), Ok(PinSource::Prompt));
        assert_eq!("env:PIN".parse(), Ok(PinSource::Env("PIN".into())));
        assert_eq!("fd:3".parse(), Ok(PinSource::Fd(3)));
        assert_eq!("file:/a:b".parse(), Ok(PinSource::File("/a:b".into())));
        for bad in ["", "12345678", "env:", "fd:x", "fd:-1", "file:", "Prompt"] {
            let error = bad.parse::<PinSource>().unwrap_err();
            assert!(!error.contains("12345678"), "{error}");
        }
    }

    #[test]
    fn line_ends() {
        for (text, expected) in [("a\n", "a"), ("a\r\n", "a"), ("a", "a"), ("a \n", "a "), ("\n", "")] {
            let mut line = text.as_bytes().to_vec();
            trim_end(&mut line);
            assert_eq!(line, expected.as_bytes());
        }
    }
}
