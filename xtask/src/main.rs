//! `cargo xtask`: everything the project is tested with, in one command and in parts.
//!
//! ```text
//! cargo xtask test            installs what is missing, then every test there is
//! cargo xtask lint            formatting, clippy, documentation
//! cargo xtask rig pcsc        the virtual token on pcscd, OpenSC as the judge
//! cargo xtask rig linux-usb   the virtual token on a real Linux USB stack in QEMU
//! cargo xtask rig libccid     Debian's libccid beside our CCID engine on the same scripted readers
//! cargo xtask rig umockdev    raw USB with the real libusb on devices that umockdev makes up
//! cargo xtask rig mcu         the test rig's firmware in QEMU: a token on a microcontroller's contacts
//! cargo xtask rig package     the Debian package installed, used and removed; the static program; the recipes
//! cargo xtask rig usb-host    the virtual token on a USB host without an operating system, in QEMU
//! cargo xtask size            what each part takes of a Cortex-M4: flash, RAM, stack, instructions; no allocator, no
//!                             panic (--update: record it)
//! cargo xtask firmware        what GOST costs on a Cortex-M4 (--update: record it), the same for every secret
//! cargo xtask on-target       the core's vectors and machines on Cortex-M0, M3, M4 and M33 in QEMU
//! cargo xtask constant-time   that running times tell nothing of secrets: valgrind, then the clock
//! cargo xtask fuzz            the fuzz targets one after another; [TARGET..] [--seconds N | --runs N]
//! cargo xtask miri            the core's tests in Miri (installs nightly Rust)
//! cargo xtask test-32         the core's and the virtual token's tests on a 32-bit target
//! cargo xtask bench gost      the GOST primitives beside other libraries; their instruction budget
//! cargo xtask bench ccid      what one APDU costs, beside libccid
//! cargo xtask bench pki       certificates verified beside OpenSSL, messages around large files
//! cargo xtask corpus          recorded descriptors of real readers as judge (downloads them)
//! cargo xtask windows         the command line built for Windows (not run)
//! cargo xtask dist            what is released, into target/dist; [--url https://...] [--windows]
//! cargo xtask setup           only installs what is missing
//! ```
//!
//! The exit status is 0 when everything passed. Nothing reads the terminal.

#![forbid(unsafe_code)]

mod bench;
mod beside;
mod commands;
mod constant_time;
mod corpus;
mod dist;
mod elf;
mod firmware;
mod fuzz;
mod initrd;
mod on_target;
mod other_machines;
mod packages;
mod report;
mod rigs;
mod size;
mod suite;

use std::process::ExitCode;

use report::Report;

const USAGE: &str = "usage: cargo xtask test | lint | rig pcsc | rig linux-usb | rig libccid | rig umockdev | rig usb-host | rig mcu | rig package | size | \
firmware | on-target | constant-time | fuzz [TARGET..] [--seconds N | --runs N] | miri | test-32 | bench gost | bench ccid | bench pki | \
corpus | windows | dist [--url URL] [--windows] | setup";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut report = Report::new();
    match words[..] {
        ["test"] => suite::everything(&mut report),
        ["lint"] => suite::lint(&mut report),
        ["rig", "pcsc"] => suite::rig(&mut report, rigs::Rig::Pcsc),
        ["rig", "linux-usb"] => suite::rig(&mut report, rigs::Rig::LinuxUsb),
        ["rig", "libccid"] => suite::rig(&mut report, rigs::Rig::Libccid),
        ["rig", "umockdev"] => suite::rig(&mut report, rigs::Rig::Umockdev),
        ["rig", "mcu"] => suite::rig(&mut report, rigs::Rig::Mcu),
        ["rig", "usb-host"] => suite::rig(&mut report, rigs::Rig::UsbHost),
        ["rig", "package"] => suite::rig(&mut report, rigs::Rig::Package),
        ["windows"] => suite::windows(&mut report),
        ["dist", ref options @ ..] => match dist::Options::parse(options) {
            Ok(options) => suite::dist(&mut report, &options),
            Err(reason) => {
                eprintln!("{reason}\n{USAGE}");
                return ExitCode::from(2);
            }
        },
        ["bench", "ccid"] => return rigs::libccid::bench(),
        ["bench", "pki", ref options @ ..] => return bench::pki(options),
        ["bench", "gost", ref options @ ..] => return bench::gost(options),
        ["size"] => suite::size(&mut report, false),
        ["size", "--update"] => suite::size(&mut report, true),
        ["firmware"] => suite::firmware(&mut report, false),
        ["firmware", "--update"] => suite::firmware(&mut report, true),
        ["on-target"] => suite::on_target(&mut report),
        ["constant-time"] => suite::constant_time(&mut report),
        ["corpus"] => suite::corpus(&mut report),
        ["fuzz", ref options @ ..] => suite::fuzz_long(&mut report, options),
        ["miri"] => suite::miri(&mut report),
        ["test-32"] => suite::pointers_of_32_bits(&mut report),
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
