//! What is done with files of the public key infrastructure.

use crate::language::say;
use clap::{Args, Subcommand, ValueEnum};
use kaztoken_pki::chain::Usage;
use kaztoken_pki::name::IdentificationNumber;
use kaztoken_pki::{DateTime, ObjectIdentifier, oid};
use std::path::PathBuf;

/// What certificates are judged by.
#[derive(Args, Debug, Default)]
pub(crate) struct Trust {
    /// Certificates that are trusted, such as the roots; nothing else is (several: give the option again)
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Vec<PathBuf>,
    /// Certificates that may stand between
    #[arg(long, value_name = "FILE")]
    pub(crate) chain: Vec<PathBuf>,
    /// Revocation lists, whole and delta
    #[arg(long, value_name = "FILE")]
    pub(crate) crl: Vec<PathBuf>,
    /// OCSP responses
    #[arg(long, value_name = "FILE")]
    pub(crate) ocsp: Vec<PathBuf>,
    /// At which moment: YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ, universal time (default: now)
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) at: Option<DateTime>,
    /// Refuse a certificate of which nothing says whether it was revoked
    #[arg(long)]
    pub(crate) require_revocation: bool,
}

/// From the bank's initial key to a certificate on the token.
#[derive(Args, Debug)]
pub(crate) struct Enroll {
    /// The bank's initial key, GOST.pfx or Key.pfx
    #[arg(long, value_name = "FILE")]
    pub(crate) initial: Option<PathBuf>,
    /// Where its password comes from, the 11 characters of the DSN code: prompt (default), env:VARIABLE, fd:NUMBER or
    /// file:PATH
    #[arg(long, value_name = "SOURCE")]
    pub(crate) dsn_source: Option<String>,
    /// The user's identifier at the bank
    #[arg(long, value_name = "ID")]
    pub(crate) user: Option<String>,
    /// The token's name, at most 32 bytes (default: it stays as it is)
    #[arg(long)]
    pub(crate) label: Option<String>,
    /// The kind of key
    #[arg(long, value_enum, default_value_t = EnrolledKey::Gost256)]
    pub(crate) alg: EnrolledKey,
    /// Who gives the certificate: http://HOST:PORT/PATH (CMP), files:FOLDER (the request is put there, and the certificate
    /// is taken from there), or kisc:TEMPLATE:FOLDER (the same in the settlement centre's form, which is unconfirmed)
    #[arg(long, value_name = "AUTHORITY")]
    pub(crate) authority: Option<String>,
    /// Certificates that are trusted to give it, such as the roots (several: give the option again)
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Vec<PathBuf>,
    /// Certificates that may stand between
    #[arg(long, value_name = "FILE")]
    pub(crate) chain: Vec<PathBuf>,
    /// Whose certificate it is
    #[arg(long, value_enum, default_value_t = Role::Individual)]
    pub(crate) role: Role,
    /// How many seconds to wait for the authority's answer
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    pub(crate) wait: u32,
    /// Which password holds, when an earlier run was cut off while it was changed
    #[arg(long, value_enum)]
    pub(crate) password_holds: Option<Holds>,
    /// Only tell how far the enrolment of this token is
    #[arg(long, conflicts_with = "give_up")]
    pub(crate) status: bool,
    /// Give up the enrolment of this token, so that the token may be formatted
    #[arg(long)]
    pub(crate) give_up: bool,
}

/// Key stores in files: the bank's initial key, the national centre's keys, and any other PKCS#12 or PKCS#8.
#[derive(Subcommand, Debug)]
pub(crate) enum Keystore {
    /// Show what is in a key store; private keys are not shown
    Show {
        /// PKCS#12 or PKCS#8; DER, PEM or base64
        file: PathBuf,
        /// Where its password comes from: prompt (default), env:VARIABLE, fd:NUMBER or file:PATH
        #[arg(long, value_name = "SOURCE")]
        password_source: Option<String>,
    },
    /// Judge a key store: whether it was changed, whether keys and certificates belong together, whether the certificates
    /// are good
    Verify {
        /// PKCS#12 or PKCS#8; DER, PEM or base64
        file: PathBuf,
        /// Where its password comes from: prompt (default), env:VARIABLE, fd:NUMBER or file:PATH
        #[arg(long, value_name = "SOURCE")]
        password_source: Option<String>,
        #[command(flatten)]
        trust: Trust,
    },
    /// Write what is in a key store in another form
    Export {
        /// PKCS#12 or PKCS#8; DER, PEM or base64
        file: PathBuf,
        /// Where its password comes from: prompt (default), env:VARIABLE, fd:NUMBER or file:PATH
        #[arg(long, value_name = "SOURCE")]
        password_source: Option<String>,
        /// The file to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// In which form
        #[arg(long, value_enum, default_value_t = StoreForm::Aes)]
        form: StoreForm,
        /// Where the new file's password comes from: prompt (default), env:VARIABLE, fd:NUMBER or file:PATH
        #[arg(long, value_name = "SOURCE")]
        new_password_source: Option<String>,
    },
}

/// Forms of key stores.
#[derive(Copy, Clone, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum StoreForm {
    /// PKCS#12 as the national centre writes it: weak ciphers of old, for its programs
    NationalCentre,
    /// PKCS#12 with AES-256, for OpenSSL and browsers
    Aes,
    /// PKCS#12 with Kuznyechik (RFC 9337), for OpenSSL with its GOST engine
    Gost,
    /// The private key alone, PEM without any password: everybody who has the file has the key
    BareKey,
    /// The certificates alone, PEM
    Certificates,
}

/// A test authority in a folder. Nobody should trust it.
#[derive(Subcommand, Debug)]
pub(crate) enum Ca {
    /// Make a root and an authority below it, with keys in files
    New {
        /// The folder, which is empty or not there yet
        folder: PathBuf,
        /// The kind of keys
        #[arg(long, value_enum, default_value_t = EnrolledKey::Gost256)]
        alg: EnrolledKey,
    },
    /// Make an initial key, as a bank gives it to a client: a key store whose password is a DSN code
    Initial {
        /// The authority's folder
        folder: PathBuf,
        /// The key store to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Family name
        #[arg(long, value_name = "NAME")]
        surname: String,
        /// Name
        #[arg(long, value_name = "NAME")]
        name: String,
        /// The person's number, 12 digits
        #[arg(long, value_name = "NUMBER", value_parser = identification)]
        iin: IdentificationNumber,
        /// The organisation's name
        #[arg(long, value_name = "NAME", requires = "bin")]
        organisation: Option<String>,
        /// The organisation's number, 12 digits
        #[arg(long, value_name = "NUMBER", value_parser = identification, requires = "organisation")]
        bin: Option<IdentificationNumber>,
    },
    /// Give a certificate for a request (PKCS#10)
    Issue {
        /// The authority's folder
        folder: PathBuf,
        /// The request, DER or PEM
        request: PathBuf,
        /// Where the certificate goes (default: PEM on stdout)
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Revoke a certificate
    Revoke {
        /// The authority's folder
        folder: PathBuf,
        /// The certificate
        certificate: PathBuf,
    },
    /// Write the revocation list
    Crl {
        /// The authority's folder
        folder: PathBuf,
        /// Where it goes (default: PEM on stdout)
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// List what was issued
    List {
        /// The authority's folder
        folder: PathBuf,
    },
    /// Answer CMP, OCSP (/ocsp), requests for time stamps (/tsp) and for the revocation list (/crl) over HTTP, on this
    /// machine only
    Serve {
        /// The authority's folder
        folder: PathBuf,
        /// The port (default: a free one)
        #[arg(long, default_value_t = 0, hide_default_value = true)]
        port: u16,
        /// End after so many answers
        #[arg(long, value_name = "COUNT")]
        answers: Option<u32>,
    },
}

/// The kinds of keys that the authorities certify.
#[derive(Copy, Clone, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum EnrolledKey {
    /// GOST 34.310-2004, 256 bits: KISC's banks, and the national centre up to 2024
    #[value(name = "gost2004")]
    Gost256,
    /// ST RK GOST R 34.10-2015, 512 bits: the national centre
    #[value(name = "gost2015")]
    Gost512,
    /// RSA, 2048 bits
    #[value(name = "rsa2048")]
    Rsa2048,
}

/// A role among extended key usages.
#[derive(Copy, Clone, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Role {
    /// An individual
    Individual,
    /// The head of an organisation
    Head,
    /// One with the right to sign
    Signatory,
    /// One with the right to sign financial documents
    Financial,
    /// The personnel department
    Hr,
    /// An employee
    Employee,
}

/// Which password holds.
#[derive(Copy, Clone, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Holds {
    /// The one from before
    Old,
    /// The new one
    New,
}

/// What a certificate shall be good for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Purpose(pub(crate) Usage);

pub(super) fn purpose(text: &str) -> Result<Purpose, String> {
    Ok(Purpose(match text {
        "any" => Usage::Any,
        "signature" => Usage::Signature,
        "entry" => Usage::Purpose(oid::CLIENT_AUTH),
        "time-stamps" => Usage::TimeStamping,
        _ => {
            let identifier = text.parse::<ObjectIdentifier>().map_err(|_| say!("usage-purpose-expected"))?;
            Usage::Purpose(identifier)
        }
    }))
}

fn identification(text: &str) -> Result<IdentificationNumber, String> {
    text.parse().map_err(|_| say!("usage-number-expected"))
}

pub(super) fn moment(text: &str) -> Result<DateTime, String> {
    let day = format!("{text}T00:00:00Z");
    let moment = text.parse().or_else(|_| day.parse());
    moment.map_err(|_: kaztoken_pki::EncodingFault| say!("usage-moment-expected"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        let day = DateTime::new(2026, 3, 1, 0, 0, 0);
        assert_eq!(moment("2026-03-01").ok(), day.ok());
        assert_eq!(moment("2026-03-01T10:20:30Z").ok(), DateTime::new(2026, 3, 1, 10, 20, 30).ok());
        for bad in ["", "today", "2026-13-01", "2026-02-30", "01.03.2026", "2026-03-01T10:20:30"] {
            assert!(moment(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn purposes() {
        assert_eq!(purpose("1.2.398.3.3.4.1.1"), Ok(Purpose(Usage::Purpose(oid::ROLE_INDIVIDUAL))));
        assert!(purpose("anything").is_err());
    }
}
