//! What is done with files of the public key infrastructure.

use crate::language::say;
use clap::Args;
use kaztoken_pki::chain::Usage;
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
