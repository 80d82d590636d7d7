//! What certificates are judged by, from files.

use crate::args::Trust;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::printable;
use crate::said::Said;
use crate::said::pki::advice;
use kaztoken_pki::chain::{Chain, Material, Question, Revocation, Usage};
use kaztoken_pki::crl::Crl;
use kaztoken_pki::ocsp::OcspResponse;
use kaztoken_pki::{Certificate, DateTime, text};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// More than any of them: revocation lists of the national centre have some megabytes.
const MAX_LEN: u64 = 64 << 20;

/// The octets of a file, of each PEM block its own.
pub(crate) fn blocks(path: &Path) -> Result<Vec<Vec<u8>>> {
    let mut octets = Vec::new();
    let mut file = File::open(path).map_err(|error| Problem::file(path, &error))?.take(MAX_LEN + 1);
    file.read_to_end(&mut octets).map_err(|error| Problem::file(path, &error))?;
    let shown = path.display().to_string();
    if octets.len() as u64 > MAX_LEN {
        return Err(Problem::new(Code::Data, say!("der-too-long", path = shown, count = MAX_LEN)));
    }
    text::blocks(&octets).ok_or_else(|| Problem::new(Code::Data, say!("pki-no-der", path = shown)))
}

/// What each block of the files is, read by `read`.
pub(crate) fn load<T, E: Said>(files: &[PathBuf], read: impl Fn(&[u8]) -> Result<T, E>) -> Result<Vec<T>> {
    let mut all = Vec::new();
    for path in files {
        for der in blocks(path)? {
            let one = read(&der).map_err(|error| {
                Problem::new(Code::Data, error.said()).while_doing(&path.display().to_string())
            })?;
            all.push(one);
        }
    }
    Ok(all)
}

/// The certificate in a file; of several the first.
pub(crate) fn certificate(path: &Path) -> Result<Certificate> {
    let all = load(&[path.to_owned()], Certificate::from_der)?;
    let none = || Problem::new(Code::Data, say!("pki-no-der", path = path.display().to_string()));
    all.into_iter().next().ok_or_else(none)
}

/// What the options name, read.
pub(crate) fn material(trust: &Trust) -> Result<Material> {
    Ok(Material {
        anchors: load(&trust.trust, Certificate::from_der)?,
        intermediates: load(&trust.chain, Certificate::from_der)?,
        crls: load(&trust.crl, Crl::from_der)?,
        ocsp: load(&trust.ocsp, OcspResponse::from_der)?,
    })
}

/// Judges a certificate; why it is not to be trusted is told with what can be done about it.
pub(crate) fn judge(material: &Material, certificate: &Certificate, question: &Question) -> Result<Chain> {
    material.verify(certificate, question).map_err(|error| {
        let whose = printable(&error.certificate.subject().to_string());
        let problem =
            Problem::new(Code::Data, say!("pki-not-good", name = whose, text = error.problem.said()));
        match advice(&error.problem) {
            Some(advice) => problem.and(&advice),
            None => problem,
        }
    })
}

/// What the options ask.
pub(crate) fn question(trust: &Trust, usage: Usage) -> Question {
    let revocation = if trust.require_revocation { Revocation::Required } else { Revocation::IfKnown };
    Question { at: trust.at.unwrap_or_else(now), usage, revocation }
}

/// This moment.
pub(crate) fn now() -> DateTime {
    // A clock before 1970 is wrong in any case.
    DateTime::from_system_time(SystemTime::now()).unwrap_or(DateTime::INFINITY)
}
