//! The command line's grammar.

use crate::exit::{Code, Problem, Result};
use clap::{Args, Parser, Subcommand, ValueEnum};
use kaztoken_core::Millis;
use kaztoken_core::token::Serial;
use kaztoken_rig::host::{Address, AddressError};
use kaztoken_virtual::Model;
use kaztoken_virtual::fault::FaultPlan;
use kaztoken_virtual::reader::ReaderConfig;
use kaztoken_virtual::usb::UsbId;
use kaztoken_virtual::vpcd;
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
}

/// The way as it was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Asked {
    Usb,
    Pcsc,
    Virtual,
    Rig(Address),
}

fn asked(text: &str) -> Result<Asked, String> {
    match text {
        "usb" => Ok(Asked::Usb),
        "pcsc" => Ok(Asked::Pcsc),
        "virtual" => Ok(Asked::Virtual),
        _ => match text.strip_prefix("rig:") {
            Some(address) => address.parse().map(Asked::Rig).map_err(|error: AddressError| error.to_string()),
            None => Err("expected usb, pcsc, virtual or rig:PORT".to_owned()),
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
    /// build with `--features pcsc`); virtual, a virtual token in a file; or rig:PORT, a test rig on a serial port
    /// (/dev/ttyACM0, COM3@921600), a Unix socket or tcp:HOST:PORT
    #[arg(long, global = true, value_name = "WAY", value_parser = asked)]
    via: Option<Asked>,
    /// Where a rig's log goes, as it comes (defmt: read it with `defmt-print -e FIRMWARE`)
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) rig_log: Option<PathBuf>,
    /// A virtual token's file (implies --via virtual); several make several tokens
    #[arg(long = "virtual", global = true, value_name = "FILE")]
    pub(crate) virtual_files: Vec<PathBuf>,
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
}

impl Global {
    /// How the token is reached.
    pub(crate) fn via(&self) -> Result<Via> {
        let via = match self.via {
            Some(Asked::Virtual) if self.virtual_files.is_empty() => {
                let message = "--via virtual needs the token's file: --virtual FILE";
                return Err(Problem::new(Code::Usage, message));
            }
            Some(Asked::Virtual) => Via::Virtual,
            Some(Asked::Usb) => Via::Usb,
            Some(Asked::Pcsc) => Via::Pcsc,
            Some(Asked::Rig(_)) => Via::Rig,
            None if self.virtual_files.is_empty() => Via::Usb,
            None => Via::Virtual,
        };
        if via != Via::Virtual && !self.virtual_files.is_empty() {
            let message = "--virtual is a virtual token, --via names another way; give one";
            return Err(Problem::new(Code::Usage, message));
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
    Serial::parse(text)
        .ok_or_else(|| "expected the decimal number on the case, or 0x and hexadecimal".to_owned())
}

fn seconds(text: &str) -> Result<f64, String> {
    let within = |seconds: &f64| (0.0..=3600.0).contains(seconds);
    text.parse().ok().filter(within).ok_or_else(|| "expected seconds, 0 to 3600".to_owned())
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Show the tokens that are attached, and why one cannot be used
    List,
    /// Show what the token is: model, serial number, memory, layouts
    Info,
    /// Show the token's state: label, tries left, keys, certificates
    Status,
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
    /// Sign a file; the signature goes to FILE.sig
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
    /// Virtual tokens, for tests
    #[command(subcommand)]
    Virtual(Virtual),
    /// Smart card readers on USB
    #[command(subcommand)]
    Usb(UsbCommand),
    /// Test rigs: a microcontroller with a token on it
    #[command(subcommand)]
    Rig(RigCommand),
    /// See the main job done on a fresh virtual token, step by step
    Tour,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Pin {
    /// Check the user PIN (a wrong one costs a try)
    Verify {
        /// Check the administrator PIN instead
        #[arg(long)]
        admin: bool,
    },
    /// Change the user PIN
    Change(NewPin),
    /// Give the user PIN its tries back, as the administrator; the PIN stays
    Unblock,
    /// Set a new user PIN, as the administrator
    Set(NewPin),
}

#[derive(Subcommand, Debug)]
pub(crate) enum AdminPin {
    /// Change the administrator PIN
    Change(NewPin),
}

#[derive(Args, Debug)]
pub(crate) struct NewPin {
    /// What the new PIN must look like
    #[arg(long, value_enum, default_value_t = Policy::Token)]
    pub(crate) policy: Policy,
}

/// What a new PIN must look like. The token's own limits always hold.
#[derive(Copy, Clone, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Policy {
    /// The token's own limits
    Token,
    /// The bank's rule: 8 or more Latin letters and digits, both, no runs such as 123 or cba
    Bank,
}

#[derive(Args, Debug)]
pub(crate) struct Format {
    /// The token's name, at most 32 bytes
    #[arg(long)]
    pub(crate) label: Option<String>,
    /// The serial number of the token to erase, instead of typing it (needs --yes)
    #[arg(long, value_name = "SERIAL", value_parser = serial)]
    pub(crate) serial: Option<Serial>,
    /// Erase it even though keys or certificates are on it
    #[arg(long)]
    pub(crate) erase_keys: bool,
    /// The shortest administrator PIN
    #[arg(long, value_name = "LENGTH", default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=31))]
    pub(crate) min_admin_len: u8,
    /// The shortest user PIN
    #[arg(long, value_name = "LENGTH", default_value_t = 6, value_parser = clap::value_parser!(u8).range(1..=31))]
    pub(crate) min_user_len: u8,
    /// Wrong administrator PINs until it is blocked
    #[arg(long, value_name = "TRIES", default_value_t = 10, value_parser = clap::value_parser!(u8).range(3..=10))]
    pub(crate) admin_tries: u8,
    /// Wrong user PINs until it is blocked
    #[arg(long, value_name = "TRIES", default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=10))]
    pub(crate) user_tries: u8,
    /// Who may change the user PIN
    #[arg(long, value_enum, default_value_t = UserPinChange::Both)]
    pub(crate) user_pin_change: UserPinChange,
    /// Where the new administrator PIN comes from (default: it stays as it is)
    #[arg(long, value_name = "SOURCE")]
    pub(crate) new_admin_pin_source: Option<String>,
}

/// Who may change the user PIN.
#[derive(Copy, Clone, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum UserPinChange {
    Admin,
    User,
    Both,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Object {
    /// List all objects
    List,
    /// Delete a data object or a certificate
    Delete {
        /// Its label, identifier (hexadecimal) or file, such as 5000/0400
        object: String,
    },
}

#[derive(Subcommand, Debug)]
pub(crate) enum Key {
    /// Generate a key pair on the token (minutes on a real one)
    Generate(Generate),
    /// List the key pairs
    List,
    /// Write a public key, as SubjectPublicKeyInfo
    Public {
        /// The key: number, identifier (hexadecimal) or label
        key: String,
        /// Where to (default: PEM on stdout); .der makes DER
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Delete a key pair for good
    Delete {
        /// The key: number, identifier (hexadecimal) or label
        key: String,
    },
}

#[derive(Args, Debug)]
pub(crate) struct Generate {
    /// gost2001-a|b|c, gost2012-256[:A|B|C], gost2012-512, rsa2048, rsa4096
    #[arg(long, default_value = "gost2012-256")]
    pub(crate) alg: String,
    /// The key's name (default: its algorithm)
    #[arg(long)]
    pub(crate) label: Option<String>,
    /// The key's identifier, hexadecimal (default: the SHA-1 of the public key, as OpenSC does)
    #[arg(long, value_name = "HEX")]
    pub(crate) id: Option<String>,
    /// Write the public key there too; .der makes DER, anything else PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) public_key: Option<PathBuf>,
}

/// Hash functions.
#[derive(Copy, Clone, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Hash {
    /// GOST R 34.11-2012, 256 bits
    Streebog256,
    /// GOST R 34.11-2012, 512 bits
    Streebog512,
    /// GOST R 34.11-94 with the test S-box, as Kazakhstan uses it
    Gost94,
    /// GOST R 34.11-94 with the CryptoPro S-box
    Gost94CryptoPro,
    /// SHA-256, for RSA keys
    Sha256,
}

/// How the two numbers of a GOST signature are written. An RSA signature has one form only.
#[derive(Copy, Clone, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Form {
    /// r, s, least significant byte first: Kazakhstan's certificates and CMS
    #[value(alias = "raw-kz")]
    Kazakh,
    /// s, r, most significant byte first: RFC 4491, PKCS#11, OpenSSL
    Russian,
    /// r, s, most significant byte first: RFC 7091
    Standard,
    /// As the token sends it (equal to kazakh)
    Token,
}

#[derive(Args, Debug)]
pub(crate) struct Sign {
    /// The file to sign
    pub(crate) file: PathBuf,
    /// The key: number, identifier (hexadecimal) or label (default: the only one)
    #[arg(long)]
    pub(crate) key: Option<String>,
    /// The hash function (default: by the key)
    #[arg(long, value_enum)]
    pub(crate) hash: Option<Hash>,
    /// The signature's form
    #[arg(long, value_enum, default_value_t = Form::Kazakh)]
    pub(crate) form: Form,
    /// Where the signature goes (default: FILE.sig)
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// The public key to check the signature with, if the token does not give it
    #[arg(long, value_name = "FILE")]
    pub(crate) public_key: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// The file that was signed
    pub(crate) file: PathBuf,
    /// Its signature
    pub(crate) signature: PathBuf,
    /// The public key or certificate, PEM or DER; then no token is needed
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    pub(crate) public_key: Option<PathBuf>,
    /// The key on the token: number, identifier (hexadecimal) or label (default: the only one)
    #[arg(long)]
    pub(crate) key: Option<String>,
    /// The hash function (default: by the key)
    #[arg(long, value_enum)]
    pub(crate) hash: Option<Hash>,
    /// The signature's form
    #[arg(long, value_enum, default_value_t = Form::Kazakh)]
    pub(crate) form: Form,
}

#[derive(Args, Debug)]
pub(crate) struct Random {
    /// How many bytes
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1_048_576))]
    pub(crate) bytes: u32,
    /// Write them there as they are (default: hexadecimal on stdout)
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Apdu {
    /// Short command APDUs in hexadecimal, one an argument
    #[arg(required = true, value_name = "HEX")]
    pub(crate) commands: Vec<String>,
    /// Send commands that may change the token or spend a PIN try
    #[arg(long)]
    pub(crate) allow_destructive: bool,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Cert {
    /// List the certificates
    List,
    /// Store a certificate
    Import {
        /// The certificate, DER or PEM
        file: PathBuf,
        /// Its name (default: the common name in it)
        #[arg(long)]
        label: Option<String>,
        /// Its identifier, hexadecimal (default: that of its key)
        #[arg(long, value_name = "HEX")]
        id: Option<String>,
    },
    /// Write a certificate into a file
    Export {
        /// Its label or identifier (hexadecimal) (default: the only one)
        cert: Option<String>,
        /// Where to (default: PEM on stdout); .der makes DER
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
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
        _ => Err("expected short, extended or tpdu".to_owned()),
    }
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
}

fn model(text: &str) -> Result<Model, String> {
    Model::from_name(text).ok_or_else(|| {
        let names: Vec<_> = Model::ALL.iter().map(|model| model.name()).collect();
        format!("expected one of {}", names.join(", "))
    })
}

impl Command {
    /// The command's name in JSON.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Info => "info",
            Self::Status => "status",
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
            Self::Virtual(Virtual::New { .. }) => "virtual new",
            Self::Virtual(Virtual::Serve { .. }) => "virtual serve",
            Self::Usb(UsbCommand::Describe { .. }) => "usb describe",
            Self::Rig(RigCommand::List { .. }) => "rig list",
            Self::Rig(RigCommand::Info { .. }) => "rig info",
            Self::Rig(RigCommand::Console { .. }) => "rig console",
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
