//! Times the GOST primitives, or runs one operation for an instruction counter.
//!
//! `cargo xtask bench gost` runs it beside the programs of other libraries (`peers/`). By itself:
//!
//! ```text
//! cargo bench -p kaztoken-core --bench gost                              everything, nanoseconds each
//! cargo bench -p kaztoken-core --bench gost -- time tc26-512-A sign 500   one operation for 500 ms
//! cargo bench -p kaztoken-core --bench gost -- serve                      commands from standard input
//! ```
//!
//! The commands are those of `peers/protocol.c`.

#[path = "gost/clock.rs"]
mod clock;
#[path = "gost/curves.rs"]
mod curves;
#[path = "../tests/support/gost_rng.rs"]
mod gost_rng;
#[path = "gost/hashes.rs"]
mod hashes;

use std::io::{BufRead, Write};
use std::process::ExitCode;

use curves::Curve;
use kaztoken_core::gost::ParameterSet;

/// One operation, ready to be run any number of times.
type Operation<'a> = Box<dyn FnMut() + 'a>;

/// Milliseconds an operation is run for when nobody says how many.
const SAMPLE: &str = "100";

fn main() -> ExitCode {
    // `cargo bench` adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let mut bench = Bench::new();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words[..] {
        [] => bench.everything(),
        ["serve"] => bench.serve(),
        _ => bench.answer(&words).map(|answer| println!("{answer}")),
    };
    if let Err(reason) = result {
        eprintln!("{reason}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

struct Bench {
    curves: Vec<Curve>,
}

impl Bench {
    /// Every set but those of the standards' worked examples.
    fn new() -> Self {
        let sets = ParameterSet::ALL.iter().copied().filter(|set| !set.name().starts_with("Test"));
        Self { curves: sets.map(Curve::new).collect() }
    }

    fn list(&self) -> Vec<(&'static str, &'static str)> {
        let curves = self
            .curves
            .iter()
            .flat_map(|curve| curves::OPERATIONS.iter().map(|operation| (curve.name(), *operation)));
        let hashes = hashes::ALL
            .iter()
            .flat_map(|(name, _)| hashes::operations(name).into_iter().map(|operation| (*name, operation)));
        curves.chain(hashes).collect()
    }

    fn everything(&mut self) -> Result<(), String> {
        for (subject, operation) in self.list() {
            println!("{subject} {operation} {}", self.answer(&["time", subject, operation, SAMPLE])?);
        }
        Ok(())
    }

    fn serve(&mut self) -> Result<(), String> {
        for line in std::io::stdin().lock().lines() {
            let line = line.map_err(|error| error.to_string())?;
            let answer = self.answer(&line.split_whitespace().collect::<Vec<_>>())?;
            println!("{answer}");
            std::io::stdout().flush().map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn answer(&mut self, words: &[&str]) -> Result<String, String> {
        Ok(match *words {
            ["list"] => {
                let lines = self.list().into_iter();
                lines.map(|(subject, operation)| format!("has {subject} {operation}\n")).collect::<String>()
                    + "."
            }
            ["version"] => env!("CARGO_PKG_VERSION").to_owned(),
            ["public", curve] => self.curve(curve)?.public_key(),
            ["sign", curve] => self.curve(curve)?.sign(),
            ["secret", curve] => self.curve(curve)?.secret(),
            ["accept", curve, signature] => {
                let good = self.curve(curve)?.accept(&octets(signature)?);
                if good { "ok" } else { "bad" }.to_owned()
            }
            ["digest", hash, length] => hashes::digest(hash, length)?,
            ["time", subject, operation, milliseconds] => {
                let milliseconds: f64 = milliseconds
                    .parse()
                    .map_err(|_| "the time must be a number of milliseconds".to_owned())?;
                format!(
                    "{:.1}",
                    clock::nanoseconds(&mut *self.operation(subject, operation)?, milliseconds * 1e6)
                )
            }
            ["time", subject, operation] => return self.answer(&["time", subject, operation, SAMPLE]),
            ["once", subject, operation] => {
                let mut operation = self.operation(subject, operation)?;
                // What is worked out only once must not be counted.
                operation();
                clock::counted_operation(&mut *operation);
                "ok".to_owned()
            }
            _ => return Err(format!("no such command: {}", words.join(" "))),
        })
    }

    fn curve(&mut self, name: &str) -> Result<&mut Curve, String> {
        self.curves.iter_mut().find(|curve| curve.name() == name).ok_or_else(|| format!("no curve {name}"))
    }

    fn operation(&mut self, subject: &str, operation: &str) -> Result<Operation<'_>, String> {
        if let Some(hash) = hashes::operation(subject, operation)? {
            return Ok(hash);
        }
        let curve = self.curve(subject)?;
        curve.operation(operation).ok_or_else(|| format!("{subject} has no operation {operation}"))
    }
}

/// Hexadecimal digits of octets.
fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn octets(hex: &str) -> Result<Vec<u8>, String> {
    let digits: Option<Vec<u8>> =
        hex.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.ok_or("not hexadecimal digits")?;
    Ok(digits.chunks(2).map(|pair| pair.iter().fold(0, |octet, digit| octet << 4 | digit)).collect())
}
