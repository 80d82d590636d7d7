//! What is done with a token.

use super::pki::{Purpose, Trust, purpose};
use super::serial;
use clap::{Args, Subcommand, ValueEnum};
use kaztoken_core::token::Serial;
use kaztoken_pki::ObjectIdentifier;
use std::path::PathBuf;

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
pub(crate) enum TokenCommand {
    /// Copy what is public into a new folder: certificates, public keys, data objects and a list of them; needs no PIN
    Backup {
        /// The folder, which is empty or not there yet
        folder: PathBuf,
    },
    /// Compare a backup with the token, and its files with their sums
    RestoreCheck {
        /// The folder that `token backup` wrote
        folder: PathBuf,
    },
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
    /// What is made: the signature alone, a signed message (CMS, CAdES-BES) with the certificate, or the XML document with
    /// the signature in it
    #[arg(long, value_enum, default_value_t = SignatureFormat::Raw)]
    pub(crate) format: SignatureFormat,
    /// Leave the document out of the signed message
    #[arg(long)]
    pub(crate) detached: bool,
    /// The certificate of the signed message (default: the one on the token that fits the key)
    #[arg(long, value_name = "FILE")]
    pub(crate) cert: Option<PathBuf>,
    /// Sign with the key in a key store (PKCS#12) instead of one on the token
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    pub(crate) key_store: Option<PathBuf>,
    /// Where the key store's password comes from: prompt (default), env:VARIABLE, fd:NUMBER or file:PATH
    #[arg(long, value_name = "SOURCE", requires = "key_store")]
    pub(crate) password_source: Option<String>,
    /// A signed message of the same document whose signatures stay in the new one, beside this signature
    #[arg(long, value_name = "FILE")]
    pub(crate) with_signers: Option<PathBuf>,
    /// Ask this time stamp authority (http://HOST:PORT/PATH) when it was, and put its stamp into the message
    #[arg(long, value_name = "AUTHORITY")]
    pub(crate) time_stamp: Option<String>,
    /// By which policy the time stamp shall be, an object identifier (default: the authority's)
    #[arg(long, value_name = "OID", requires = "time_stamp")]
    pub(crate) stamp_policy: Option<ObjectIdentifier>,
    /// The name of the XML element that the signature goes into, last (default: the root element)
    #[arg(long, value_name = "NAME")]
    pub(crate) element: Option<String>,
    /// The hash function (default: by the key)
    #[arg(long, value_enum)]
    pub(crate) hash: Option<Hash>,
    /// The signature's form
    #[arg(long, value_enum, default_value_t = Form::Kazakh)]
    pub(crate) form: Form,
    /// Where the signature goes (default: FILE.sig, FILE.p7s, or FILE.signed.xml)
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// The public key to check the signature with, if the token does not give it
    #[arg(long, value_name = "FILE")]
    pub(crate) public_key: Option<PathBuf>,
}

/// What a signature is put into.
#[derive(Copy, Clone, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum SignatureFormat {
    /// The signature alone
    Raw,
    /// A signed message
    Cms,
    /// An XML document with the signature in it
    Xml,
}

#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// The file that was signed, or a signed message (CMS) with the document in it, or an XML document with signatures
    pub(crate) file: PathBuf,
    /// Its signature, or a signed message without the document
    pub(crate) signature: Option<PathBuf>,
    /// Write the document that is in the signed message there, if every signature is good
    #[arg(long, value_name = "FILE")]
    pub(crate) extract: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) trust: Trust,
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
    /// Show what is in files: certificates, revocation lists, OCSP responses, requests, signed messages, time stamps;
    /// needs no token
    Show {
        /// DER, PEM or base64
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Judge a certificate: chain, dates, revocation; needs no token and asks no server
    Verify {
        /// The certificate
        file: PathBuf,
        #[command(flatten)]
        trust: Trust,
        /// What it shall be good for: any, signature, entry, time-stamps, or a role's object identifier
        #[arg(long, value_name = "PURPOSE", default_value = "any", value_parser = purpose)]
        purpose: Purpose,
    },
}
