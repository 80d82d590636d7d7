//! `cert verify`: chain, dates, revocation of a certificate in a file.

use super::show::name;
use crate::args::{Purpose, Trust};
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::{Report, hex};
use crate::said::pki::moment;
use crate::trust::{certificate, judge, material, question};
use kaztoken_pki::chain::Evidence;
use serde_json::{Value, json};
use std::path::Path;

pub(super) fn verify(file: &Path, trust: &Trust, purpose: Purpose) -> Result<Report> {
    if trust.trust.is_empty() {
        return Err(Problem::new(Code::Usage, say!("pki-nothing-trusted")).and(&say!("pki-give-trust")));
    }
    let certificate = certificate(file)?;
    let (material, question) = (material(trust)?, question(trust, purpose.0));
    let chain = judge(&material, &certificate, &question)?;
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
