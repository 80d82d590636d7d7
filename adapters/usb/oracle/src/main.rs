//! The system's libccid as an oracle: the cases in `kaztoken-core/vectors/ccid` on our engine and on
//! libccid, both over the same scripted reader.
//!
//! ```text
//! kaztoken-libccid-oracle                 runs all, compares with adapters/usb/oracle/expected.txt
//! kaztoken-libccid-oracle --update        writes that file anew; explanations are kept
//! kaztoken-libccid-oracle --bench         nanoseconds for one APDU
//! kaztoken-libccid-oracle --libccid CASE  one case on libccid, in this process
//! ```
//!
//! `--markdown FILE` also writes the table. libccid is only loaded, from Debian's package, and calls this
//! program's functions instead of libusb's. Nothing of it is copied here.

#[cfg(target_os = "linux")]
mod bench;
#[cfg(target_os = "linux")]
mod cases;
#[cfg(target_os = "linux")]
mod device;
#[cfg(target_os = "linux")]
mod expected;
#[cfg(target_os = "linux")]
mod libccid;
#[cfg(target_os = "linux")]
mod ours;
#[cfg(target_os = "linux")]
mod outcome;
#[cfg(target_os = "linux")]
mod quick;
#[cfg(target_os = "linux")]
mod shim;
#[cfg(target_os = "linux")]
mod table;

use std::process::ExitCode;

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    eprintln!("libccid is compared on Linux only");
    ExitCode::FAILURE
}

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words[..] {
        [] => table::check(None),
        ["--markdown", file] => table::check(Some(file.as_ref())),
        ["--update"] => table::update(),
        ["--bench"] => bench::run(),
        ["--libccid", label] => one(label).map(|()| true),
        _ => Err("usage: kaztoken-libccid-oracle [--markdown FILE | --update | --bench]".to_owned()),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

#[cfg(target_os = "linux")]
fn one(label: &str) -> Result<(), String> {
    let cases = cases::read(&table::folder())?;
    let case = cases.iter().find(|case| case.label == label);
    libccid::child(case.ok_or_else(|| format!("there is no case {label}"))?)
}
