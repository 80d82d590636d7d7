//! Certificates, revocation, keys of files.

use super::Said;
use crate::calendar::Moment;
use crate::language::say;
use kaztoken_pki::algorithm::SignatureAlgorithm;
use kaztoken_pki::chain::Problem;
use kaztoken_pki::crl::{CrlError, CrlReason, Revoked};
use kaztoken_pki::ocsp::OcspError;
use kaztoken_pki::ocsp::message::ResponseStatus;
use kaztoken_pki::{CertificateError, DateTime, KeyError, ObjectIdentifier, oid};

impl Said for KeyError {
    fn said(&self) -> String {
        match self {
            Self::Gost(error) => say!("pki-key-gost", text = error.to_string()),
            Self::UnknownAlgorithm(oid) => say!("pki-key-unknown", name = oid.to_string()),
            Self::Rsa => say!("pki-key-rsa"),
            Self::Malformed => say!("pki-key-malformed"),
            Self::OtherKey => say!("pki-key-other"),
            Self::Signature => say!("pki-key-signature"),
            _ => self.to_string(),
        }
    }
}

impl Said for CertificateError {
    fn said(&self) -> String {
        match self {
            Self::Form(error) => say!("pki-no-certificate", text = error.to_string()),
            Self::Contents(error) => say!("pki-no-certificate", text = error.to_string()),
            Self::Algorithms => say!("pki-certificate-algorithms"),
            Self::Extension(oid) => say!("pki-certificate-extension", name = oid.to_string()),
            _ => self.to_string(),
        }
    }
}

impl Said for CrlError {
    fn said(&self) -> String {
        match self {
            Self::Form(error) => say!("pki-no-crl", text = error.to_string()),
            Self::Contents(error) => say!("pki-no-crl", text = error.to_string()),
            Self::Algorithms => say!("pki-crl-algorithms"),
            Self::Extension(oid) => say!("pki-crl-extension", name = oid.to_string()),
            Self::Critical(oid) => say!("pki-crl-critical", name = oid.to_string()),
            _ => self.to_string(),
        }
    }
}

impl Said for OcspError {
    fn said(&self) -> String {
        match self {
            Self::Contents(error) => say!("pki-no-ocsp", text = error.to_string()),
            Self::Refused(status) => say!("pki-ocsp-refused", text = refusal(*status)),
            Self::Kind(oid) => say!("pki-ocsp-kind", name = oid.to_string()),
            Self::NoResponder => say!("pki-ocsp-no-responder"),
            Self::Responder(error) => say!("pki-ocsp-responder", text = error.said()),
            Self::ResponderIssuer => say!("pki-ocsp-responder-issuer"),
            Self::ResponderUsage => say!("pki-ocsp-responder-usage"),
            Self::ResponderTime => say!("pki-ocsp-responder-time"),
            Self::Signature(error) => say!("pki-ocsp-signature", text = error.said()),
            Self::NotAnswered => say!("pki-ocsp-not-answered"),
            Self::Nonce => say!("pki-ocsp-nonce"),
            Self::OutOfDate(at) => say!("pki-ocsp-out-of-date", time = moment(*at)),
            _ => self.to_string(),
        }
    }
}

fn refusal(status: ResponseStatus) -> String {
    match status {
        ResponseStatus::Successful => say!("pki-ocsp-empty"),
        ResponseStatus::MalformedRequest => say!("pki-ocsp-malformed"),
        ResponseStatus::InternalError => say!("pki-ocsp-internal"),
        ResponseStatus::TryLater => say!("pki-ocsp-later"),
        ResponseStatus::SigRequired => say!("pki-ocsp-signed"),
        ResponseStatus::Unauthorized => say!("pki-ocsp-unauthorized"),
    }
}

impl Said for Problem {
    fn said(&self) -> String {
        match self {
            Self::NotYetValid(from) => say!("chain-not-yet", time = moment(*from)),
            Self::Expired(until) => say!("chain-expired", time = moment(*until)),
            Self::Key(error) => say!("chain-key", text = error.said()),
            Self::Damaged(error) => error.said(),
            Self::Critical(oid) => say!("chain-critical", name = identifier(oid)),
            Self::NoIssuer => say!("chain-no-issuer"),
            Self::NotTrusted => say!("chain-not-trusted"),
            Self::OtherIssuerKey => say!("chain-other-issuer-key"),
            Self::IssuerNoAuthority => say!("chain-no-authority"),
            Self::Signature(error) => say!("chain-signature", text = error.said()),
            Self::TooLong => say!("chain-too-long"),
            Self::NotForSignatures => say!("chain-not-for-signatures"),
            Self::NotFor(oid) => say!("chain-not-for", name = identifier(oid)),
            Self::Revoked(revoked) => revoked_text(revoked),
            Self::UnknownToResponder => say!("chain-unknown-to-responder"),
            Self::RevocationUnknown => say!("chain-revocation-unknown"),
            Self::CrlSign => say!("chain-crl-sign"),
            Self::CrlSignature(error) => say!("chain-crl-signature", text = error.said()),
            Self::CrlOutOfDate(until) => say!("chain-crl-out-of-date", time = moment(*until)),
            Self::CrlDeltaAlone => say!("chain-crl-delta-alone"),
            Self::Ocsp(error) => error.said(),
            _ => self.to_string(),
        }
    }
}

/// What the person can do about it.
pub(crate) fn advice(problem: &Problem) -> Option<String> {
    Some(match problem {
        Problem::NotYetValid(_) | Problem::Expired(_) => say!("chain-advice-time"),
        Problem::NoIssuer => say!("chain-advice-chain"),
        Problem::NotTrusted => say!("chain-advice-trust"),
        Problem::OtherIssuerKey | Problem::Signature(_) => say!("chain-advice-issuer"),
        Problem::CrlOutOfDate(_) | Problem::CrlDeltaAlone => say!("chain-advice-crl"),
        Problem::RevocationUnknown => say!("chain-advice-revocation"),
        _ => return None,
    })
}

fn revoked_text(revoked: &Revoked) -> String {
    match revoked.reason {
        Some(why) => say!("chain-revoked-why", time = moment(revoked.at), text = reason(why)),
        None => say!("chain-revoked", time = moment(revoked.at)),
    }
}

/// A moment for people.
pub(crate) fn moment(at: DateTime) -> String {
    Moment::from_unix(at.unix_duration().as_secs()).to_string()
}

/// Why a certificate was revoked.
pub(crate) fn reason(reason: CrlReason) -> String {
    match reason {
        CrlReason::Unspecified => say!("reason-unspecified"),
        CrlReason::KeyCompromise => say!("reason-key"),
        CrlReason::CaCompromise => say!("reason-authority"),
        CrlReason::AffiliationChanged => say!("reason-affiliation"),
        CrlReason::Superseded => say!("reason-superseded"),
        CrlReason::CessationOfOperation => say!("reason-cessation"),
        CrlReason::CertificateHold => say!("reason-hold"),
        CrlReason::RemoveFromCRL => say!("reason-remove"),
        CrlReason::PrivilegeWithdrawn => say!("reason-privilege"),
        CrlReason::AaCompromise => say!("reason-attributes"),
    }
}

/// The algorithm of a signature, for people.
pub(crate) fn signature_algorithm(oid: &ObjectIdentifier) -> String {
    match SignatureAlgorithm::from_oid(oid, None) {
        Some(algorithm) => format!("{algorithm} ({oid})"),
        None => oid.to_string(),
    }
}

/// An identifier by its name, where it has one here, and by its numbers.
pub(crate) fn identifier(oid: &ObjectIdentifier) -> String {
    match named(oid) {
        Some(name) => format!("{name} ({oid})"),
        None => oid.to_string(),
    }
}

fn named(oid: &ObjectIdentifier) -> Option<String> {
    Some(match *oid {
        oid::STORE_PKCS12 => say!("oid-store-pkcs12"),
        oid::STORE_JKS => say!("oid-store-jks"),
        oid::STORE_ID_CARD => say!("oid-store-id-card"),
        oid::STORE_KAZTOKEN => "KAZTOKEN".to_owned(),
        oid::STORE_ETOKEN_JAVA => "eToken Java".to_owned(),
        oid::STORE_ETOKEN_5110 => "eToken 5110".to_owned(),
        oid::STORE_JACARTA => "JaCarta".to_owned(),
        oid::STORE_AKEY => "AKEY".to_owned(),
        oid::STORE_CLOUD => say!("oid-store-cloud"),
        oid::ROLE_INDIVIDUAL => say!("oid-role-individual"),
        oid::ROLE_LEGAL_ENTITY => say!("oid-role-legal-entity"),
        oid::ROLE_HEAD => say!("oid-role-head"),
        oid::ROLE_SIGNATORY => say!("oid-role-signatory"),
        oid::ROLE_FINANCIAL_SIGNATORY => say!("oid-role-financial"),
        oid::ROLE_HR => say!("oid-role-hr"),
        oid::ROLE_EMPLOYEE => say!("oid-role-employee"),
        oid::ROLE_CENTRE_ADMINISTRATOR => say!("oid-role-centre-administrator"),
        oid::ROLE_CENTRE_MANAGER => say!("oid-role-centre-manager"),
        oid::ROLE_CENTRE_OPERATOR => say!("oid-role-centre-operator"),
        oid::ROLE_IDENTIFICATION => say!("oid-role-identification"),
        oid::ROLE_IDENTIFICATION_CONSENT => say!("oid-role-identification-consent"),
        oid::ROLE_IDENTIFICATION_REMOTE => say!("oid-role-identification-remote"),
        oid::ROLE_IDENTIFICATION_REMOTE_DIGITAL => say!("oid-role-identification-digital"),
        oid::ROLE_TREASURY_CLIENT => say!("oid-role-treasury"),
        oid::CLIENT_AUTH => say!("oid-client-auth"),
        oid::EMAIL_PROTECTION => say!("oid-email"),
        oid::TIME_STAMPING => say!("oid-time-stamping"),
        oid::OCSP_SIGNING => say!("oid-ocsp-signing"),
        oid::POLICY_ROOT => say!("oid-policy-root"),
        oid::POLICY_CENTRE_2018 | oid::POLICY_CENTRE_2022 => say!("oid-policy-centre"),
        oid::POLICY_LEGAL_SIGNING => say!("oid-policy-legal-signing"),
        oid::POLICY_LEGAL_ENTRY => say!("oid-policy-legal-entry"),
        oid::POLICY_INDIVIDUAL_SIGNING => say!("oid-policy-individual-signing"),
        oid::POLICY_INDIVIDUAL_ENTRY => say!("oid-policy-individual-entry"),
        oid::POLICY_TIME_STAMPS => say!("oid-policy-time-stamps"),
        oid::POLICY_STAMP_GOST_2004 => say!("oid-stamp", name = "GOST 34.310-2004"),
        oid::POLICY_STAMP_RSA => say!("oid-stamp", name = "RSA, SHA-256"),
        oid::POLICY_STAMP_GAMMA => say!("oid-stamp", name = "GOST 34.310-2004, Gamma"),
        oid::POLICY_STAMP_GOST_2015 => say!("oid-stamp", name = "GOST R 34.10-2015, 512"),
        _ => return None,
    })
}
