//! From a certificate to one that is trusted: chains at a moment, with revocation (RFC 5280 section 6, without policies and
//! name constraints, which Kazakhstan's authorities do not use).
//!
//! Nothing is trusted but what the caller gives: no anchor is built in.

mod problem;

use der::Encode;
use x509_cert::ext::pkix::{CrlReason, KeyUsages};

use crate::crl::{Crl, Revoked};
use crate::ocsp::{OcspResponse, Status};
use crate::{Certificate, DateTime, ObjectIdentifier, PublicKey, oid};

pub use problem::{ChainError, Problem};

/// Most certificates in a chain.
const MAX_DEPTH: usize = 10;
/// Most signatures that a search checks, so that many certificates of one name keep nobody busy.
const MAX_CHECKS: usize = 64;

/// What a chain is built from.
#[derive(Clone, Debug, Default)]
pub struct Material {
    /// What is trusted, by the caller's will.
    pub anchors: Vec<Certificate>,
    /// What may stand between.
    pub intermediates: Vec<Certificate>,
    /// Revocation lists, whole and delta.
    pub crls: Vec<Crl>,
    /// OCSP responses.
    pub ocsp: Vec<OcspResponse>,
}

/// What the certificate shall be good for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Usage {
    /// Anything.
    #[default]
    Any,
    /// Signatures of documents: digitalSignature or nonRepudiation, where keyUsage is there.
    Signature,
    /// A purpose or role among extKeyUsage.
    Purpose(ObjectIdentifier),
    /// Time stamps: extKeyUsage with timeStamping alone of the purposes, RFC 3161 section 2.3.
    TimeStamping,
}

/// How much is wanted to be known about revocation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Revocation {
    /// What the material says is heeded; what it does not speak of is taken as not revoked.
    #[default]
    IfKnown,
    /// Every certificate but the anchor must be spoken of.
    Required,
    /// Nothing.
    Ignored,
}

/// What is asked of a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Question {
    /// At which moment it shall hold.
    pub at: DateTime,
    /// For what.
    pub usage: Usage,
    /// What must be known about revocation.
    pub revocation: Revocation,
}

/// What was said about revocation of a certificate in a chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Evidence {
    /// Nothing.
    None,
    /// A revocation list of this moment does not name it.
    Crl(DateTime),
    /// A responder said at this moment that it is good.
    Ocsp(DateTime),
}

/// A chain that holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chain {
    /// From the certificate in question to the anchor.
    pub certificates: Vec<Certificate>,
    /// For each but the anchor, what is known about revocation.
    pub evidence: Vec<Evidence>,
}

impl Material {
    /// Finds a chain from this certificate to an anchor and judges it.
    /// # Errors
    /// [`ChainError`]: of all that stood in the way, what stood furthest along the chain.
    pub fn verify(&self, certificate: &Certificate, question: &Question) -> Result<Chain, ChainError> {
        usable(certificate, question.usage)?;
        let mut search = Search { material: self, question, checks: 0, furthest: None };
        let mut path = vec![certificate.clone()];
        if search.extend(&mut path) {
            let evidence = self.evidence(&path, question)?;
            return Ok(Chain { certificates: path, evidence });
        }
        let (_, error) =
            search.furthest.unwrap_or_else(|| (0, ChainError::new(certificate, Problem::NoIssuer)));
        Err(error)
    }

    /// What is known about revocation of each link.
    fn evidence(&self, path: &[Certificate], question: &Question) -> Result<Vec<Evidence>, ChainError> {
        let links = path.iter().zip(path.iter().skip(1));
        links
            .map(|(certificate, issuer)| {
                if question.revocation == Revocation::Ignored {
                    return Ok(Evidence::None);
                }
                let found = self.revocation(certificate, issuer, question.at);
                let found = found.map_err(|problem| ChainError::new(certificate, problem))?;
                if found == Evidence::None && question.revocation == Revocation::Required {
                    return Err(ChainError::new(certificate, Problem::RevocationUnknown));
                }
                Ok(found)
            })
            .collect()
    }

    fn revocation(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        at: DateTime,
    ) -> Result<Evidence, Problem> {
        let mut evidence = Evidence::None;
        let spoken_of = |response: &&OcspResponse| {
            response.answers().any(|(serial, _)| serial == certificate.serial_number())
        };
        for response in self.ocsp.iter().filter(spoken_of) {
            match response.status(certificate, issuer, at).map_err(Problem::Ocsp)? {
                Status::Good => evidence = Evidence::Ocsp(response.produced_at()),
                Status::Revoked(revoked) if revoked.at <= at => return Err(Problem::Revoked(revoked)),
                Status::Revoked(_) => evidence = Evidence::Ocsp(response.produced_at()),
                Status::Unknown => return Err(Problem::UnknownToResponder),
            }
        }
        match self.crl(certificate, issuer, at)? {
            Some(made) if evidence == Evidence::None => Ok(Evidence::Crl(made)),
            _ => Ok(evidence),
        }
    }

    /// When the newest list of this issuer was made, if there is one and it does not name the certificate.
    fn crl(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        at: DateTime,
    ) -> Result<Option<DateTime>, Problem> {
        let issuer_id = issuer.subject_key_id().ok().flatten();
        let is_issuers = |crl: &&Crl| {
            crl.issuer() == issuer.subject()
                && crl.authority_key_id().zip(issuer_id.as_deref()).is_none_or(|(wanted, id)| wanted == id)
        };
        let mut lists: Vec<&Crl> = self.crls.iter().filter(is_issuers).collect();
        if lists.is_empty() {
            return Ok(None);
        }
        let usage = issuer.key_usage().map_err(|_| Problem::CrlSign)?;
        if usage.is_some_and(|usage| !usage.0.contains(KeyUsages::CRLSign)) {
            return Err(Problem::CrlSign);
        }
        let key = issuer.public_key().map_err(Problem::Key)?;
        lists.sort_by_key(|crl| crl.this_update());
        let newest_base = lists.iter().rev().find(|crl| crl.base_number().is_none());
        let Some(base) = newest_base else { return Err(Problem::CrlDeltaAlone) };
        // A delta list adds to the whole one it names or to any later.
        let deltas = lists.iter().filter(|crl| {
            let wanted = crl.base_number().zip(base.number());
            crl.this_update() >= base.this_update()
                && wanted.is_some_and(|(base, number)| not_above(base, number))
        });
        let mut found = None;
        let mut made = base.this_update();
        for crl in std::iter::once(base).chain(deltas) {
            if let Some(until) = crl.next_update().filter(|until| *until < at) {
                return Err(Problem::CrlOutOfDate(until));
            }
            crl.verify_signature(key).map_err(Problem::CrlSignature)?;
            made = made.max(crl.this_update());
            match crl.find(certificate.serial_number()) {
                Some(Revoked { reason: Some(CrlReason::RemoveFromCRL), .. }) => found = None,
                Some(revoked) => found = Some(revoked),
                None => {}
            }
        }
        match found.filter(|revoked| revoked.at <= at) {
            Some(revoked) => Err(Problem::Revoked(revoked)),
            None => Ok(Some(made)),
        }
    }
}

/// Whether a number is not above another, both big-endian without leading zeros.
fn not_above(number: &[u8], other: &[u8]) -> bool {
    (number.len(), number) <= (other.len(), other)
}

struct Search<'a> {
    material: &'a Material,
    question: &'a Question,
    checks: usize,
    /// The error that stood furthest along a chain, and how far.
    furthest: Option<(usize, ChainError)>,
}

impl Search<'_> {
    fn fail(&mut self, depth: usize, certificate: &Certificate, problem: Problem) -> bool {
        if self.furthest.as_ref().is_none_or(|(furthest, _)| depth > *furthest) {
            self.furthest = Some((depth, ChainError::new(certificate, problem)));
        }
        false
    }

    /// Puts issuers behind the last of the path until one is an anchor.
    fn extend(&mut self, path: &mut Vec<Certificate>) -> bool {
        let Some(last) = path.last().cloned() else { return false };
        let depth = path.len() * 2;
        if let Err(problem) = holds(&last, self.question.at) {
            return self.fail(depth, &last, problem);
        }
        if self.material.anchors.contains(&last) {
            return true;
        }
        if path.len() >= MAX_DEPTH {
            return self.fail(depth, &last, Problem::TooLong);
        }
        let material = self.material;
        let named: Vec<&Certificate> = material
            .anchors
            .iter()
            .chain(&material.intermediates)
            .filter(|issuer| same_name(issuer, &last) && !path.contains(issuer))
            .collect();
        if named.is_empty() {
            let own = last.is_self_issued()
                && last.public_key().is_ok_and(|key| last.verify_signature(key).is_ok());
            return self.fail(depth, &last, if own { Problem::NotTrusted } else { Problem::NoIssuer });
        }
        for issuer in named {
            if self.checks >= MAX_CHECKS {
                return self.fail(depth, &last, Problem::TooLong);
            }
            self.checks += 1;
            if let Err(problem) = issued(&last, issuer, path.len() - 1) {
                self.fail(depth, &last, problem);
                continue;
            }
            path.push(issuer.clone());
            if self.extend(path) {
                return true;
            }
            path.pop();
        }
        false
    }
}

/// Names are compared as encoded.
fn same_name(issuer: &Certificate, certificate: &Certificate) -> bool {
    issuer.subject().to_der().ok() == certificate.issuer().to_der().ok()
}

/// Whether a certificate can be relied on at a moment at all.
fn holds(certificate: &Certificate, at: DateTime) -> Result<(), Problem> {
    let (from, until) = certificate.validity();
    if at < from {
        return Err(Problem::NotYetValid(from));
    }
    if at > until {
        return Err(Problem::Expired(until));
    }
    certificate.public_key().map_err(Problem::Key)?;
    const KNOWN: &[ObjectIdentifier] =
        &[oid::KEY_USAGE, oid::BASIC_CONSTRAINTS, oid::EXT_KEY_USAGE, oid::CERTIFICATE_POLICIES];
    let unknown = certificate.extensions().find(|(name, critical)| *critical && !KNOWN.contains(name));
    unknown.map_or(Ok(()), |(name, _)| Err(Problem::Critical(name)))
}

/// Whether one certificate may have issued another and did. `below`: how many authorities stand below the issuer.
fn issued(certificate: &Certificate, issuer: &Certificate, below: usize) -> Result<(), Problem> {
    let (wanted, id) = (certificate.authority_key_id(), issuer.subject_key_id());
    let (wanted, id) = (wanted.map_err(Problem::Damaged)?, id.map_err(Problem::Damaged)?);
    if wanted.zip(id).is_some_and(|(wanted, id)| wanted != id) {
        return Err(Problem::OtherIssuerKey);
    }
    let constraints = issuer.basic_constraints().map_err(Problem::Damaged)?;
    if !constraints.as_ref().is_some_and(|constraints| constraints.ca) {
        return Err(Problem::IssuerNoAuthority);
    }
    let limit = constraints.and_then(|constraints| constraints.path_len_constraint);
    if limit.is_some_and(|limit| usize::from(limit) < below) {
        return Err(Problem::TooLong);
    }
    let usage = issuer.key_usage().map_err(Problem::Damaged)?;
    if usage.is_some_and(|usage| !usage.0.contains(KeyUsages::KeyCertSign)) {
        return Err(Problem::IssuerNoAuthority);
    }
    let key: &PublicKey = issuer.public_key().map_err(Problem::Key)?;
    certificate.verify_signature(key).map_err(Problem::Signature)
}

/// Whether the certificate is for this.
fn usable(certificate: &Certificate, usage: Usage) -> Result<(), ChainError> {
    let fail = |problem| ChainError::new(certificate, problem);
    let purposes = certificate.extended_key_usage().map_err(|error| fail(Problem::Damaged(error)))?;
    match usage {
        Usage::Any => Ok(()),
        Usage::Signature => {
            let bits = certificate.key_usage().map_err(|error| fail(Problem::Damaged(error)))?;
            let signs = |bits: x509_cert::ext::pkix::KeyUsage| {
                bits.0.contains(KeyUsages::DigitalSignature) || bits.0.contains(KeyUsages::NonRepudiation)
            };
            if bits.is_none_or(signs) { Ok(()) } else { Err(fail(Problem::NotForSignatures)) }
        }
        Usage::Purpose(purpose) if purposes.contains(&purpose) => Ok(()),
        Usage::Purpose(purpose) => Err(fail(Problem::NotFor(purpose))),
        Usage::TimeStamping if purposes == [oid::TIME_STAMPING] => Ok(()),
        Usage::TimeStamping => Err(fail(Problem::NotFor(oid::TIME_STAMPING))),
    }
}
