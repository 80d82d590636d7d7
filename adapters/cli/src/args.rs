//! The command line's grammar.

mod devices;
mod pki;
mod token;

pub(crate) use devices::{Doctor, Kind, RigCommand, TraceCommand, TraceLayer, UsbCommand, Virtual, Watch};
pub(crate) use pki::{Ca, Enroll, EnrolledKey, Holds, Keystore, Purpose, Role, StoreForm, Trust};
pub(crate) use token::{
    AdminPin, Apdu, Cert, Form, Format, Generate, Hash, Key, NewPin, Object, Pin, Policy, Random, Sign,
    SignatureFormat, TokenCommand, UserPinChange, Verify,
};

use crate::commands::trace::Kept;
use crate::exit::{Code, Problem, Result};
use crate::language::{Language, say};
use crate::said::Said as _;
use clap::{Args, Parser, Subcommand};
use kaztoken_core::Millis;
use kaztoken_core::token::Serial;
use kaztoken_rig::host::{Address, AddressError};
use kaztoken_trace::Recorder;
use kaztoken_virtual::fault::FaultPlan;
use std::path::PathBuf;

/// The KAZTOKEN USB crypto token: PINs, format, keys, signatures, certificates.
///
/// Nothing of this was ever run on a real KAZTOKEN: see the README. `kaztoken tour` shows the main job on a virtual
/// token; `kaztoken list` and `kaztoken status` change nothing and need no PIN.
#[derive(Parser, Debug)]
#[command(
    name = "kaztoken",
    version,
    propagate_version = true,
    disable_help_subcommand = true,
    max_term_width = 110
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How the token is reached.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Via {
    Usb,
    Pcsc,
    Virtual,
    Rig,
    Replay,
}

/// The way as it was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Asked {
    Usb,
    Pcsc,
    Virtual,
    Rig(Address),
    Replay(PathBuf),
}

fn asked(text: &str) -> Result<Asked, String> {
    match text {
        "usb" => Ok(Asked::Usb),
        "pcsc" => Ok(Asked::Pcsc),
        "virtual" => Ok(Asked::Virtual),
        _ => match text.split_once(':') {
            Some(("rig", address)) => {
                address.parse().map(Asked::Rig).map_err(|error: AddressError| error.said())
            }
            Some(("replay", file)) if !file.is_empty() => Ok(Asked::Replay(file.into())),
            _ => Err(say!("usage-way-expected")),
        },
    }
}

impl Via {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Usb => "usb",
            Self::Pcsc => "pcsc",
            Self::Virtual => "virtual",
            Self::Rig => "rig",
            Self::Replay => "replay",
        }
    }
}

/// Options of every command.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// The token with this serial number, decimal or 0x and hexadecimal
    #[arg(long, global = true, value_name = "SERIAL", value_parser = serial)]
    pub(crate) device: Option<Serial>,
    /// How the token is reached: usb, without a smart card daemon; pcsc, the system's smart card service (needs a
    /// build with `--features pcsc`); virtual, a virtual token in a file; rig:PORT, a test rig on a serial port
    /// (/dev/ttyACM0, COM3@921600), a Unix socket or tcp:HOST:PORT; or replay:FILE, what a trace has recorded
    #[arg(long, global = true, value_name = "WAY", value_parser = asked)]
    via: Option<Asked>,
    /// Record the dialogue with the token in a new file; PINs are not in it
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,
    /// Show the dialogue with the token on stderr: -v the commands, -vv every message
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Where a rig's log goes, as it comes (defmt: read it with `defmt-print -e FIRMWARE`)
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) rig_log: Option<PathBuf>,
    /// What may be done to tokens on rigs (default: kaztoken/rig.toml in the folder for settings; without one only
    /// virtual tokens are changed)
    #[arg(long, global = true, value_name = "FILE", env = "KAZTOKEN_RIG_RULES")]
    pub(crate) rig_rules: Option<PathBuf>,
    /// A virtual token's file (implies --via virtual); several make several tokens
    #[arg(long = "virtual", global = true, value_name = "FILE")]
    pub(crate) virtual_files: Vec<PathBuf>,
    /// The language: en, ru or kk (default: that of the environment)
    #[arg(long, global = true, value_name = "LANGUAGE")]
    pub(crate) lang: Option<Language>,
    /// Print one JSON document on stdout
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Answer the questions before something is deleted with yes
    #[arg(long, global = true)]
    pub(crate) yes: bool,
    /// Print the commands that would change the token instead of sending them
    #[arg(long, global = true)]
    pub(crate) dry_run: bool,
    /// Where the PIN comes from: prompt (default), env:VARIABLE, fd:NUMBER or file:PATH
    #[arg(long, global = true, value_name = "SOURCE")]
    pub(crate) pin_source: Option<String>,
    /// The same for the administrator PIN (default: as --pin-source)
    #[arg(long, global = true, value_name = "SOURCE")]
    pub(crate) admin_pin_source: Option<String>,
    /// The same for a new PIN
    #[arg(long, global = true, value_name = "SOURCE")]
    pub(crate) new_pin_source: Option<String>,
    /// Send a PIN even when one try is left
    #[arg(long, global = true)]
    pub(crate) last_try_ok: bool,
    /// Show elapsed time even when stderr is no terminal
    #[arg(long, global = true)]
    pub(crate) progress: bool,
    /// Faults of a virtual token, such as extend@46:5x1000ms,drop@7,unplug@9
    #[arg(long, global = true, value_name = "PLAN")]
    pub(crate) fault: Option<FaultPlan>,
    /// How many seconds a virtual token takes to generate a key
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 0.0, hide_default_value = true, value_parser = seconds)]
    keygen_time: f64,
    /// The command, for the ledger of rigs.
    #[arg(skip)]
    pub(crate) purpose: &'static str,
    /// The whole command line, for traces.
    #[arg(skip)]
    pub(crate) words: Vec<std::ffi::OsString>,
    /// The dialogue, when a command wants to have it itself.
    #[arg(skip)]
    pub(crate) kept: Option<Kept>,
    /// Where the dialogue is recorded.
    #[arg(skip)]
    pub(crate) recorder: Option<Recorder>,
}

impl Global {
    /// The usual options for the tokens in these files, or on USB.
    pub(crate) fn of(virtual_files: Vec<PathBuf>, device: Option<Serial>) -> Self {
        Self { virtual_files, device, ..Self::default() }
    }

    /// How the token is reached.
    pub(crate) fn via(&self) -> Result<Via> {
        let via = match self.via {
            Some(Asked::Virtual) if self.virtual_files.is_empty() => {
                return Err(Problem::new(Code::Usage, say!("token-via-virtual-needs-file")));
            }
            Some(Asked::Virtual) => Via::Virtual,
            Some(Asked::Usb) => Via::Usb,
            Some(Asked::Pcsc) => Via::Pcsc,
            Some(Asked::Rig(_)) => Via::Rig,
            Some(Asked::Replay(_)) => Via::Replay,
            None if self.virtual_files.is_empty() => Via::Usb,
            None => Via::Virtual,
        };
        if via != Via::Virtual && !self.virtual_files.is_empty() {
            return Err(Problem::new(Code::Usage, say!("token-two-ways")));
        }
        Ok(via)
    }

    /// The rig that `--via` names.
    pub(crate) const fn rig(&self) -> Option<&Address> {
        match &self.via {
            Some(Asked::Rig(address)) => Some(address),
            _ => None,
        }
    }

    /// The trace that `--via` names.
    pub(crate) fn replay(&self) -> Option<&std::path::Path> {
        match &self.via {
            Some(Asked::Replay(file)) => Some(file),
            _ => None,
        }
    }

    /// Whether the way was asked for and not just the usual one.
    #[cfg(feature = "pcsc")]
    pub(crate) const fn via_is_given(&self) -> bool {
        self.via.is_some()
    }

    /// How long a virtual token takes to generate a key.
    pub(crate) fn keygen_time(&self) -> Millis {
        Millis((self.keygen_time * 1000.0) as u64)
    }
}

fn serial(text: &str) -> Result<Serial, String> {
    Serial::parse(text).ok_or_else(|| say!("usage-serial-expected"))
}

fn seconds(text: &str) -> Result<f64, String> {
    let within = |seconds: &f64| (0.0..=3600.0).contains(seconds);
    text.parse().ok().filter(within).ok_or_else(|| say!("usage-seconds-expected"))
}

/// What a completion script asks for.
#[derive(Copy, Clone, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum What {
    /// The serial numbers of the tokens that are attached
    Serials,
    /// The keys on the token
    Keys,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Show the tokens that are attached, and why one cannot be used
    List,
    /// Show what the token is: model, serial number, memory, layouts
    Info,
    /// Show the token's state: label, tries left, keys, certificates
    Status,
    /// Tell what happens, until Ctrl-C: tokens that come and go, tries, labels, keys; sends no PIN
    ///
    /// Looking at the bus opens nothing. A token is powered on and read once when it comes, and again when it shows
    /// from outside that another program has used it; in between it is free for other programs.
    Watch(Watch),
    /// The control panel in the terminal: tokens, PINs, what is on them, format
    Panel,
    /// The user PIN
    #[command(subcommand)]
    Pin(Pin),
    /// The administrator PIN
    #[command(subcommand)]
    AdminPin(AdminPin),
    /// Erase the token and set it up anew
    Format(Format),
    /// Objects: directory entries with their files
    #[command(subcommand)]
    Object(Object),
    /// Key pairs
    #[command(subcommand)]
    Key(Key),
    /// Sign a file: the signature alone, a signed message, or an XML document
    Sign(Sign),
    /// Check a file's signature
    Verify(Verify),
    /// Read random bytes from the token's generator
    Random(Random),
    /// Send command APDUs of your own
    Apdu(Apdu),
    /// Certificates
    #[command(subcommand)]
    Cert(Cert),
    /// Key stores in files: PKCS#12 and PKCS#8, such as the bank's initial key
    #[command(subcommand)]
    Keystore(Keystore),
    /// From the bank's initial key to a certificate on the token; run it again after any failure, and it goes on
    ///
    /// The token must be formatted and empty. Everything that was done is written down without secrets, so that the same
    /// command continues after a power failure, an unplugged token or a lost connection. While an enrolment is unfinished or
    /// finished, format is refused.
    Enroll(Enroll),
    /// A test authority, for tests and for trying enroll without a bank
    #[command(subcommand)]
    Ca(Ca),
    /// The token as a whole
    #[command(subcommand)]
    Token(TokenCommand),
    /// Virtual tokens, for tests
    #[command(subcommand)]
    Virtual(Virtual),
    /// Smart card readers on USB
    #[command(subcommand)]
    Usb(UsbCommand),
    /// Find out what is in the way between this computer and a token; needs no PIN and changes nothing on the token
    Doctor(Doctor),
    /// Explain codes: status words, errors of CCID, libusb, PC/SC and PKCS#11, exit codes
    Explain {
        /// 6983, ccid:FE, LIBUSB_ERROR_BUSY or -6, 0x8010001D, CKR_PIN_LOCKED, exit:7
        #[arg(required = true, value_name = "CODE", allow_negative_numbers = true)]
        codes: Vec<String>,
    },
    /// Traces: the dialogue with a token, recorded without PINs
    #[command(subcommand)]
    Trace(TraceCommand),
    /// Test rigs: a microcontroller with a token on it
    #[command(subcommand)]
    Rig(RigCommand),
    /// Print a completion script for a shell
    Completions {
        /// bash, zsh, fish, elvish or powershell
        shell: clap_complete::Shell,
    },
    /// What completion scripts ask, one word a line
    #[command(hide = true)]
    Complete {
        /// What is wanted
        #[arg(value_enum)]
        what: What,
        /// The command line as far as it is typed
        #[arg(last = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
    /// Write the manual pages, one for each command
    Manual {
        /// The folder to write them into
        folder: PathBuf,
    },
    /// Print the JSON Schema of what a command prints with --json, or the names of all that have one
    Schema {
        /// The command, such as: pin change
        command: Vec<String>,
    },
    /// See the main job done on a fresh virtual token, step by step
    Tour,
}

impl Command {
    /// The command's name in JSON.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Info => "info",
            Self::Status => "status",
            Self::Watch(_) => "watch",
            Self::Panel => "panel",
            Self::Pin(Pin::Verify { .. }) => "pin verify",
            Self::Pin(Pin::Change(_)) => "pin change",
            Self::Pin(Pin::Unblock) => "pin unblock",
            Self::Pin(Pin::Set(_)) => "pin set",
            Self::AdminPin(AdminPin::Change(_)) => "admin-pin change",
            Self::Format(_) => "format",
            Self::Object(Object::List) => "object list",
            Self::Object(Object::Delete { .. }) => "object delete",
            Self::Key(Key::Generate(_)) => "key generate",
            Self::Key(Key::List) => "key list",
            Self::Key(Key::Public { .. }) => "key public",
            Self::Key(Key::Delete { .. }) => "key delete",
            Self::Sign(_) => "sign",
            Self::Verify(_) => "verify",
            Self::Random(_) => "random",
            Self::Apdu(_) => "apdu",
            Self::Cert(Cert::List) => "cert list",
            Self::Cert(Cert::Import { .. }) => "cert import",
            Self::Cert(Cert::Export { .. }) => "cert export",
            Self::Cert(Cert::Show { .. }) => "cert show",
            Self::Cert(Cert::Verify { .. }) => "cert verify",
            Self::Keystore(Keystore::Show { .. }) => "keystore show",
            Self::Keystore(Keystore::Verify { .. }) => "keystore verify",
            Self::Keystore(Keystore::Export { .. }) => "keystore export",
            Self::Enroll(_) => "enroll",
            Self::Ca(Ca::New { .. }) => "ca new",
            Self::Ca(Ca::Initial { .. }) => "ca initial",
            Self::Ca(Ca::Issue { .. }) => "ca issue",
            Self::Ca(Ca::Revoke { .. }) => "ca revoke",
            Self::Ca(Ca::Crl { .. }) => "ca crl",
            Self::Ca(Ca::List { .. }) => "ca list",
            Self::Ca(Ca::Serve { .. }) => "ca serve",
            Self::Token(TokenCommand::Backup { .. }) => "token backup",
            Self::Token(TokenCommand::RestoreCheck { .. }) => "token restore-check",
            Self::Virtual(Virtual::New { .. }) => "virtual new",
            Self::Virtual(Virtual::Serve { .. }) => "virtual serve",
            Self::Usb(UsbCommand::Describe { .. }) => "usb describe",
            Self::Rig(RigCommand::List { .. }) => "rig list",
            Self::Rig(RigCommand::Info { .. }) => "rig info",
            Self::Rig(RigCommand::Console { .. }) => "rig console",
            Self::Rig(RigCommand::Run { .. }) => "rig run",
            Self::Rig(RigCommand::Ledger { .. }) => "rig ledger",
            Self::Doctor(_) => "doctor",
            Self::Explain { .. } => "explain",
            Self::Trace(TraceCommand::Record { .. }) => "trace record",
            Self::Trace(TraceCommand::Show { .. }) => "trace show",
            Self::Trace(TraceCommand::Replay { .. }) => "trace replay",
            Self::Trace(TraceCommand::Redact { .. }) => "trace redact",
            Self::Trace(TraceCommand::Diff { .. }) => "trace diff",
            Self::Trace(TraceCommand::ToTest { .. }) => "trace to-test",
            Self::Trace(TraceCommand::Import { .. }) => "trace import",
            Self::Trace(TraceCommand::Export { .. }) => "trace export",
            Self::Completions { .. } => "completions",
            Self::Complete { .. } => "complete",
            Self::Manual { .. } => "manual",
            Self::Schema { .. } => "schema",
            Self::Tour => "tour",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_grammar_is_sound() {
        Cli::command().debug_assert();
    }
}
