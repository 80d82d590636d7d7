//! `cert show`: what stands in certificates, revocation lists, OCSP responses, requests, signed messages and time stamps.

mod messages;

use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::{Report, fields, hex, printable};
use crate::said::Said as _;
use crate::said::pki::{identifier, moment, reason, signature_algorithm};
use crate::trust::blocks;
use kaztoken_pki::crl::{Crl, Revoked};
use kaztoken_pki::ocsp::{OcspError, OcspResponse, Status};
use kaztoken_pki::{Certificate, CertificateError, Name, ObjectIdentifier};
use serde_json::{Value, json};
use sha2::Digest as _;
use std::path::{Path, PathBuf};

/// Most serial numbers of a list that are shown to people; JSON has all.
const SHOWN: usize = 20;

pub(super) fn show(files: &[PathBuf]) -> Result<Report> {
    let (mut texts, mut objects) = (Vec::new(), Vec::new());
    for path in files {
        for der in blocks(path)? {
            let (text, json) = one(path, &der)?;
            texts.push(text);
            objects.push(json);
        }
    }
    Ok(Report::new(texts.join("\n\n"), json!({ "objects": objects })))
}

fn one(path: &Path, der: &[u8]) -> Result<(String, Value)> {
    let why = match Certificate::from_der(der) {
        Ok(certificate) => return Ok(certificate_shown(&certificate)),
        Err(error) => error,
    };
    if let Ok(crl) = Crl::from_der(der) {
        return Ok(crl_shown(&crl));
    }
    match OcspResponse::from_der(der) {
        Ok(response) => return Ok(ocsp_shown(&response)),
        Err(error @ OcspError::Refused(_)) => {
            return Err(Problem::new(Code::Data, error.said()).while_doing(&path.display().to_string()));
        }
        Err(_) => {}
    }
    if let Some(shown) = messages::shown(der) {
        return Ok(shown);
    }
    let path = path.display().to_string();
    Err(Problem::new(Code::Data, say!("pki-nothing-known", path = path, text = why.said())))
}

fn certificate_shown(certificate: &Certificate) -> (String, Value) {
    let (from, until) = certificate.validity();
    let key = match certificate.public_key() {
        Ok(key) => key.kind(),
        Err(error) => error.said(),
    };
    let fingerprint = low_hex(&sha2::Sha256::digest(certificate.der()));
    let serial = low_hex(certificate.serial_number());
    let number = |prefix: &str| number(certificate.subject(), prefix);
    let (iin, bin) = (number("IIN"), number("BIN"));
    // An extension that cannot be read is said to be so; the rest is shown.
    let damaged = |error: CertificateError| vec![error.said()];
    let usage = certificate.key_usage().map(|usage| {
        let flags = usage.into_iter().flat_map(|usage| usage.0.into_iter());
        flags.map(|flag| format!("{flag:?}")).collect::<Vec<_>>()
    });
    let usage = usage.unwrap_or_else(damaged);
    let named = |all: Result<Vec<ObjectIdentifier>, CertificateError>| match all {
        Ok(all) => all.iter().map(identifier).collect(),
        Err(error) => damaged(error),
    };
    let store = certificate.key_store_type().map(|store| store.into_iter().collect());
    let authority = matches!(certificate.basic_constraints(), Ok(Some(constraints)) if constraints.ca);
    let id = |id: Result<Option<Vec<u8>>, CertificateError>| id.ok().flatten().map(|id| low_hex(&id));
    let (subject_id, issuer_id) = (id(certificate.subject_key_id()), id(certificate.authority_key_id()));
    let some = |text: String| (!text.is_empty()).then_some(text);
    let rows = [
        (say!("pki-kind"), Some(say!("pki-certificate"))),
        (say!("pki-subject"), Some(name(certificate.subject()))),
        (say!("pki-iin"), iin.clone()),
        (say!("pki-bin"), bin.clone()),
        (say!("pki-issuer"), Some(name(certificate.issuer()))),
        (say!("pki-serial"), Some(serial.clone())),
        (say!("pki-from"), Some(moment(from))),
        (say!("pki-until"), Some(moment(until))),
        (say!("pki-key"), Some(key.clone())),
        (say!("pki-signed-by"), Some(signature_algorithm(&certificate.signature_algorithm_oid()))),
        (say!("pki-authority"), authority.then(|| say!("yes"))),
        (say!("pki-usage"), some(usage.join(", "))),
        (say!("pki-purposes"), some(named(certificate.extended_key_usage()).join(", "))),
        (say!("pki-policies"), some(named(certificate.policies()).join(", "))),
        (say!("pki-store"), some(named(store).join(", "))),
        (say!("pki-subject-id"), subject_id.clone()),
        (say!("pki-issuer-id"), issuer_id.clone()),
        (say!("pki-fingerprint"), Some(fingerprint.clone())),
    ];
    let rows: Vec<_> = rows.into_iter().filter_map(|(what, value)| Some((what, value?))).collect();
    let json = json!({
        "kind": "certificate",
        "subject": name(certificate.subject()),
        "issuer": name(certificate.issuer()),
        "serial": serial,
        "not_before": from.to_string(),
        "not_after": until.to_string(),
        "key": key,
        "signature_algorithm": certificate.signature_algorithm_oid().to_string(),
        "authority": authority,
        "iin": iin,
        "bin": bin,
        "key_usage": usage,
        "purposes": texts(certificate.extended_key_usage()),
        "policies": texts(certificate.policies()),
        "key_store_type": certificate.key_store_type().ok().flatten().map(|store| store.to_string()),
        "subject_key_id": subject_id,
        "authority_key_id": issuer_id,
        "sha256": fingerprint,
    });
    (fields(&rows), json)
}

fn texts(identifiers: Result<Vec<ObjectIdentifier>, CertificateError>) -> Vec<String> {
    identifiers.unwrap_or_default().iter().map(ToString::to_string).collect()
}

fn crl_shown(crl: &Crl) -> (String, Value) {
    let (number, base) = (crl.number().map(low_hex), crl.base_number().map(low_hex));
    let next = crl.next_update();
    let kind = if base.is_some() { say!("pki-delta-crl") } else { say!("pki-crl") };
    let mut rows = vec![
        (say!("pki-kind"), kind),
        (say!("pki-issuer"), name(crl.issuer())),
        (say!("pki-number"), number.clone().unwrap_or_else(|| say!("none"))),
        (say!("pki-from"), moment(crl.this_update())),
        (say!("pki-until"), next.map_or_else(|| say!("pki-not-said"), moment)),
        (say!("pki-signed-by"), signature_algorithm(&crl.signature_algorithm_oid())),
        (say!("pki-revoked"), crl.len().to_string()),
    ];
    rows.extend(base.clone().map(|base| (say!("pki-base"), base)));
    let mut text = fields(&rows);
    for (serial, revoked) in crl.entries().take(SHOWN) {
        text.push_str(&format!("\n  {}  {}", low_hex(serial), revoked_text(&revoked)));
    }
    if crl.len() > SHOWN {
        text.push_str(&format!("\n  {}", say!("pki-and-more", count = crl.len() - SHOWN)));
    }
    let entry = |(serial, revoked): (&[u8], Revoked)| {
        json!({
            "serial": low_hex(serial),
            "revoked": revoked.at.to_string(),
            "reason": revoked.reason.map(|reason| format!("{reason:?}")),
        })
    };
    let json = json!({
        "kind": if base.is_some() { "delta-crl" } else { "crl" },
        "issuer": name(crl.issuer()),
        "number": number,
        "base": base,
        "this_update": crl.this_update().to_string(),
        "next_update": next.map(|next| next.to_string()),
        "signature_algorithm": crl.signature_algorithm_oid().to_string(),
        "entries": crl.entries().map(entry).collect::<Vec<_>>(),
    });
    (text, json)
}

fn ocsp_shown(response: &OcspResponse) -> (String, Value) {
    let responder = response.certificates().first().map(|certificate| name(certificate.subject()));
    let mut rows = vec![
        (say!("pki-kind"), say!("pki-ocsp")),
        (say!("pki-responder"), responder.clone().unwrap_or_else(|| say!("pki-not-said"))),
        (say!("pki-from"), moment(response.produced_at())),
    ];
    let mut answers: Vec<Value> = Vec::new();
    for (serial, status) in response.answers() {
        let serial = low_hex(serial);
        let (text, word, at) = match status {
            Status::Good => (say!("pki-status-good"), "good", None),
            Status::Revoked(revoked) => (revoked_text(&revoked), "revoked", Some(revoked.at.to_string())),
            Status::Unknown => (say!("pki-status-unknown"), "unknown", None),
        };
        answers.push(json!({ "serial": serial, "status": word, "revoked": at }));
        rows.push((serial, text));
    }
    let json = json!({
        "kind": "ocsp-response",
        "responder": responder,
        "produced_at": response.produced_at().to_string(),
        "answers": answers,
    });
    (fields(&rows), json)
}

fn revoked_text(revoked: &Revoked) -> String {
    match revoked.reason {
        Some(why) => say!("pki-revoked-why", time = moment(revoked.at), text = reason(why)),
        None => say!("pki-revoked-at", time = moment(revoked.at)),
    }
}

fn low_hex(octets: &[u8]) -> String {
    hex(octets).to_lowercase()
}

/// A name as RFC 4514 writes it, safe for a terminal.
pub(super) fn name(name: &Name) -> String {
    printable(&name.to_string())
}

/// The number that a subject has behind `IIN` or `BIN`.
fn number(name: &Name, prefix: &str) -> Option<String> {
    let text = name.to_string();
    let (_, rest) = text.split_once(&format!("={prefix}"))?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (digits.len() == 12).then_some(digits)
}
