//! `cargo xtask`: everything the project is tested with, in one command and in parts.
//!
//! ```text
//! cargo xtask test            installs what is missing, then every test there is
//! cargo xtask lint            formatting, clippy, documentation
//! cargo xtask rig pcsc        the virtual token on pcscd, OpenSC as the judge
//! cargo xtask rig linux-usb   the virtual token on a real Linux USB stack in QEMU
//! cargo xtask size            the bare-metal images: size, no allocator, no panic, stack (--update: record it)
//! cargo xtask firmware        what GOST costs on a Cortex-M4 (--update: record it), the same for every secret
//! cargo xtask constant-time   that running times tell nothing of secrets: valgrind, then the clock
//! cargo xtask bench gost      the GOST primitives beside other libraries; their instruction budget
//! cargo xtask setup           only installs what is missing
//! ```
//!
//! The exit status is 0 when everything passed. Nothing reads the terminal.

#![forbid(unsafe_code)]

mod bench;
mod commands;
mod constant_time;
mod elf;
mod firmware;
mod initrd;
mod packages;
mod report;
mod rigs;
mod size;
mod suite;

use std::process::ExitCode;

use report::Report;

const USAGE: &str = "usage: cargo xtask test | lint | rig pcsc | rig linux-usb | size | firmware | \
constant-time | bench gost | setup";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut report = Report::new();
    match words[..] {
        ["test"] => suite::everything(&mut report),
        ["lint"] => suite::lint(&mut report),
        ["rig", "pcsc"] => suite::rig(&mut report, rigs::Rig::Pcsc),
        ["rig", "linux-usb"] => suite::rig(&mut report, rigs::Rig::LinuxUsb),
        ["bench", "gost", ref options @ ..] => return bench::gost(options),
        ["size"] => suite::size(&mut report, false),
        ["size", "--update"] => suite::size(&mut report, true),
        ["firmware"] => suite::firmware(&mut report, false),
        ["firmware", "--update"] => suite::firmware(&mut report, true),
        ["constant-time"] => suite::constant_time(&mut report),
        ["setup"] => suite::setup(&mut report),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    }
    report.close()
}
