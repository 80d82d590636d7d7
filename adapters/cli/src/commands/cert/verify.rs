//! `cert verify`: chain, dates, revocation of a certificate in a file.

use super::show::name;
use crate::args::{Purpose, Trust};
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::{Report, hex};
use crate::said::Said as _;
use crate::said::pki::{advice, moment};
use crate::trust::{certificate, material, question};
use kaztoken_pki::chain::{ChainError, Evidence};
use serde_json::{Value, json};
use std::path::Path;

pub(super) fn verify(file: &Path, trust: &Trust, purpose: Purpose) -> Result<Report> {
    if trust.trust.is_empty() {
        return Err(Problem::new(Code::Usage, say!("pki-nothing-trusted")).and(&say!("pki-give-trust")));
    }
    let certificate = certificate(file)?;
    let (material, question) = (material(trust)?, question(trust, purpose.0));
    let chain = material.verify(&certificate, &question).map_err(|error| not_good(&error))?;
    let mut lines = vec![say!("pki-good", path = file.display().to_string(), time = moment(question.at))];
    let mut rows: Vec<Value> = Vec::new();
    let evidence = chain.evidence.iter().copied().map(Some).chain([None]);
    for (certificate, evidence) in chain.certificates.iter().zip(evidence) {
        let subject = name(certificate.subject());
        lines.push(format!("  {subject}"));
        lines.push(format!("    {}", evidence_text(evidence)));
        rows.push(json!({
            "subject": subject,
            "serial": hex(certificate.serial_number()).to_lowercase(),
            "revocation": evidence_name(evidence),
        }));
    }
    let json = json!({
        "file": file.display().to_string(),
        "good": true,
        "at": question.at.to_string(),
        "chain": rows,
    });
    Ok(Report::new(lines.join("\n"), json))
}

/// Why a certificate is not to be trusted, and what can be done about it.
fn not_good(error: &ChainError) -> Problem {
    let whose = name(error.certificate.subject());
    let problem = Problem::new(Code::Data, say!("pki-not-good", name = whose, text = error.problem.said()));
    match advice(&error.problem) {
        Some(advice) => problem.and(&advice),
        None => problem,
    }
}

/// `None`: of what is trusted itself.
fn evidence_text(evidence: Option<Evidence>) -> String {
    match evidence {
        None => say!("pki-anchor"),
        Some(Evidence::None) => say!("pki-revocation-not-known"),
        Some(Evidence::Crl(at)) => say!("pki-not-revoked-crl", time = moment(at)),
        Some(Evidence::Ocsp(at)) => say!("pki-not-revoked-ocsp", time = moment(at)),
    }
}

const fn evidence_name(evidence: Option<Evidence>) -> &'static str {
    match evidence {
        None => "trusted",
        Some(Evidence::None) => "not-known",
        Some(Evidence::Crl(_)) => "crl",
        Some(Evidence::Ocsp(_)) => "ocsp",
    }
}
