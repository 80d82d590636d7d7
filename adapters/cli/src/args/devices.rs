//! Virtual tokens, USB and rigs: what needs no token, or makes one.

use super::serial;
use crate::language::say;
use clap::{Args, Subcommand, ValueEnum};
use core::time::Duration;
use kaztoken_core::token::Serial;
use kaztoken_rig::host::Address;
use kaztoken_virtual::Model;
use kaztoken_virtual::reader::ReaderConfig;
use kaztoken_virtual::usb::UsbId;
use kaztoken_virtual::vpcd;
use std::path::PathBuf;

#[derive(Args, Debug)]
pub(crate) struct Watch {
    /// How often the bus is looked at, 0.2 to 60
    #[arg(long, value_name = "SECONDS", default_value = "0.5", value_parser = interval)]
    pub(crate) interval: Duration,
    /// Stop after so long
    #[arg(long = "for", value_name = "SECONDS", value_parser = period)]
    pub(crate) lasts: Option<Duration>,
    /// Stop after so many events
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) events: Option<u64>,
}

fn interval(text: &str) -> Result<Duration, String> {
    within(text, 0.2, 60.0).ok_or_else(|| "expected seconds, 0.2 to 60".to_owned())
}

fn period(text: &str) -> Result<Duration, String> {
    within(text, 0.0, 31_536_000.0).ok_or_else(|| say!("usage-period-expected"))
}

fn within(text: &str, min: f64, max: f64) -> Option<Duration> {
    let seconds = text.parse().ok().filter(|seconds: &f64| (min..=max).contains(seconds))?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[derive(Subcommand, Debug)]
pub(crate) enum Virtual {
    /// Make a virtual token
    New {
        /// The file to keep it in; its keys and PINs lie there in the clear
        file: PathBuf,
        /// kaztoken, kaztoken-sc or rutoken-ecp
        #[arg(long, default_value = "kaztoken", value_parser = model)]
        model: Model,
        /// Its serial number (default: random)
        #[arg(long, value_name = "SERIAL", value_parser = serial)]
        serial: Option<Serial>,
        /// Erased and not formatted, without PINs
        #[arg(long)]
        blank: bool,
    },
    /// Let other programs use the virtual token given by --virtual
    Serve {
        /// Through vpcd, the virtual reader of PC/SC
        #[arg(long)]
        vpcd: bool,
        /// The port of vpcd
        #[arg(long, default_value_t = vpcd::DEFAULT_PORT)]
        port: u16,
        /// As a USB device for QEMU, on this Unix socket
        #[arg(long, value_name = "SOCKET")]
        usb_redir: Option<PathBuf>,
        /// On a test rig in software, at this Unix socket or tcp:HOST:PORT: for --via rig:
        #[arg(long, value_name = "ADDRESS")]
        rig: Option<Address>,
        /// That rig has the token on USB, not on contacts
        #[arg(long, requires = "rig")]
        rig_usb: bool,
        /// That rig does not say that it is simulated, so that --rig-rules hold for it: to try them out
        #[arg(long, requires = "rig")]
        rig_as_hardware: bool,
        /// The USB device's identity, such as 0a89:0030 (default: the model's)
        #[arg(long, value_name = "VENDOR:PRODUCT")]
        usb_id: Option<UsbId>,
        /// As a card in a USB reader that exchanges at this level: short, extended or tpdu (default: the token
        /// itself)
        #[arg(long, value_name = "LEVEL", requires = "usb_redir", value_parser = reader)]
        reader: Option<ReaderConfig>,
    },
}

fn reader(text: &str) -> Result<ReaderConfig, String> {
    match text {
        "short" => Ok(ReaderConfig::short_apdu()),
        "extended" => Ok(ReaderConfig::extended_apdu()),
        "tpdu" => Ok(ReaderConfig::tpdu()),
        _ => Err(say!("usage-level-expected")),
    }
}

#[derive(Args, Debug)]
pub(crate) struct Doctor {
    /// Write the udev rule or the reader list's entry that is missing, after showing it (as root)
    #[arg(long)]
    pub(crate) fix: bool,
    /// Write what was found, versions and descriptors into a new zip file, for a bug report; nothing secret, no names
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,
    /// Leave the serial numbers in that file
    #[arg(long, requires = "bundle")]
    pub(crate) with_serial: bool,
}

#[derive(Subcommand, Debug)]
pub(crate) enum UsbCommand {
    /// Show the descriptors of every smart card reader field by field, and whether it can be driven
    Describe {
        /// Descriptors from a file, binary or hexadecimal; - is stdin
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

#[derive(Subcommand, Debug)]
pub(crate) enum RigCommand {
    /// Ask every serial port, and each port that is named, whether a rig is there
    List {
        /// Ask these only: serial ports, Unix sockets, tcp:HOST:PORT
        ports: Vec<Address>,
    },
    /// Show what a rig is and what it sees; the token keeps no login
    Info {
        /// The rig's port (default: that of --via)
        port: Option<Address>,
        /// Have the rig test itself
        #[arg(long)]
        self_test: bool,
    },
    /// Tell a rig what to do, one line after the other; `help` lists the words
    Console {
        /// The rig's port (default: that of --via)
        port: Option<Address>,
        /// Send commands that may change the token or spend a PIN try
        #[arg(long)]
        allow_destructive: bool,
    },
    /// Run a plan: named cases with what the token shall answer
    Run {
        /// The plan, a TOML file
        plan: PathBuf,
        /// The rig's port (default: that of --via)
        port: Option<Address>,
        /// Only cases whose name contains this
        #[arg(long, value_name = "TEXT")]
        only: Option<String>,
        /// Write the results as JUnit XML, too
        #[arg(long, value_name = "FILE")]
        junit: Option<PathBuf>,
    },
    /// Show what was done to which token: PINs, generations, refusals
    Ledger {
        /// Of this token only, line by line
        #[arg(long, value_name = "SERIAL", value_parser = serial)]
        serial: Option<Serial>,
        /// Write down that it is known why a PIN was wrong: the next one may be sent
        #[arg(long, requires = "serial")]
        forgive: bool,
    },
}

fn model(text: &str) -> Result<Model, String> {
    Model::from_name(text).ok_or_else(|| {
        let names: Vec<_> = Model::ALL.iter().map(|model| model.name()).collect();
        say!("usage-model-expected", text = names.join(", "))
    })
}

/// Another program's record.
#[derive(Copy, Clone, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Kind {
    /// A capture of Linux's usbmon (tcpdump, Wireshark): pcap or pcapng
    Usbmon,
    /// libccid's log of CCID messages
    CcidLog,
    /// Lines of APDUs: >> 00A4000002 3F00 and << 9000
    Transcript,
}

/// What of a trace is shown.
#[derive(Copy, Clone, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum TraceLayer {
    /// Everything, the device on the bus too
    Usb,
    /// CCID messages, commands and responses
    Ccid,
    /// Commands and responses
    Apdu,
}

#[derive(Subcommand, Debug)]
pub(crate) enum TraceCommand {
    /// Run another command of kaztoken and record its dialogue (the same as its option --trace)
    Record {
        /// The file to write
        file: PathBuf,
        /// The command with its options, after --
        #[arg(required = true, last = true, value_name = "COMMAND")]
        command: Vec<std::ffi::OsString>,
    },
    /// Show a trace, decoded field by field
    Show {
        /// The trace
        file: PathBuf,
        /// What of it
        #[arg(long, value_enum, default_value_t = TraceLayer::Ccid)]
        level: TraceLayer,
        /// One line for each message
        #[arg(long)]
        brief: bool,
    },
    /// Run the recorded command again, with the trace as the token
    Replay {
        /// The trace
        file: PathBuf,
    },
    /// Take out what tells whose token it was: serial number, contents, names
    Redact {
        /// The trace
        file: PathBuf,
        /// The new file
        out: PathBuf,
        /// Leave the serial number in
        #[arg(long)]
        keep_serial: bool,
    },
    /// Compare the dialogues of two traces; exit code 1 when they differ
    Diff {
        /// One trace
        first: PathBuf,
        /// The other
        second: PathBuf,
    },
    /// Make a regression test of a trace: the trace, its command, and what it prints
    ToTest {
        /// The trace
        file: PathBuf,
        /// The folder to write it into
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
    },
    /// Make a trace of another program's record
    Import {
        /// What it is
        #[arg(value_enum)]
        kind: Kind,
        /// The record
        file: PathBuf,
        /// The new trace
        out: PathBuf,
    },
    /// Write a trace as another program would have recorded it
    Export {
        /// What to write
        #[arg(value_enum)]
        kind: Kind,
        /// The trace
        file: PathBuf,
        /// The new file
        out: PathBuf,
    },
}
