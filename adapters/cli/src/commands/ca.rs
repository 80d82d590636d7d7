//! `ca`: a test authority in a folder, for trying the whole way without a bank.

mod folder;
mod serve;

use super::enroll::random;
use crate::args::{Ca, EnrolledKey};
use crate::context::Context;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::{Report, hex, printable, table};
use crate::said::Said;
use crate::said::pki::moment;
use crate::trust::{blocks, certificate, now};
use folder::Folder;
pub(super) use folder::later;
use kaztoken_core::gost::encoding::PrivateKeyInfo;
use kaztoken_core::gost::encoding::algorithm::KeyAlgorithm;
use kaztoken_core::gost::encoding::private_key::Form as KeyForm;
use kaztoken_core::gost::{ParameterSet, SigningKey};
use kaztoken_pki::authority::Authority;
use kaztoken_pki::key_store::{Form, write};
use kaztoken_pki::name::{IdentificationNumber, Subject, of_authority};
use kaztoken_pki::request::Request;
use kaztoken_pki::{Certificate, Extensions, Name, PrivateKey, PublicKey, oid, text};
use serde_json::{Value, json};
use std::path::Path;
use zeroize::Zeroizing;

/// Letters of a DSN code that cannot be taken for another.
const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

pub(super) fn ca(context: &Context, command: &Ca) -> Result<Report> {
    context.refuse_dry_run(&say!("dry-run-ca"))?;
    match command {
        Ca::New { folder, alg } => new(&Folder::at(folder), folder, *alg),
        Ca::Initial { folder, out, surname, name, iin, organisation, bin } => {
            let organisation = organisation.clone().zip(*bin);
            initial(&Folder::at(folder), out, surname, name, *iin, organisation)
        }
        Ca::Issue { folder, request, out } => issue_file(&Folder::at(folder), request, out.as_deref()),
        Ca::Revoke { folder, certificate } => revoke(&Folder::at(folder), certificate),
        Ca::Crl { folder, out } => crl(&Folder::at(folder), out.as_deref()),
        Ca::List { folder } => list(&Folder::at(folder)),
        Ca::Serve { folder, port, answers } => serve::serve(&Folder::at(folder), *port, *answers),
    }
}

/// A failure of a layer below that is about data.
pub(super) fn problem(error: &impl Said) -> Problem {
    Problem::new(Code::Data, error.said())
}

fn low_hex(octets: &[u8]) -> String {
    hex(octets).to_lowercase()
}

/// A new software key of this kind.
pub(super) fn software_key(alg: EnrolledKey) -> Result<PrivateKey> {
    let (set, form) = match alg {
        EnrolledKey::Gost256 => (ParameterSet::CryptoProA, KeyForm::Kazakh2004),
        EnrolledKey::Gost512 => (ParameterSet::Tc26_512A, KeyForm::Kazakh2015),
        EnrolledKey::Rsa2048 => {
            let mut random = kaztoken_virtual::system_rng();
            return PrivateKey::generate_rsa(2048, &mut random).map_err(|error| problem(&error));
        }
    };
    let failed = || Problem::new(Code::Failed, say!("private-key-random"));
    let key = SigningKey::generate(set, &mut kaztoken_virtual::system_rng()).map_err(|_| failed())?;
    let algorithm = KeyAlgorithm::kazakh(set).map_err(|_| failed())?;
    let info = PrivateKeyInfo::new(algorithm, key, form).map_err(|_| failed())?;
    PrivateKey::from_gost(info).map_err(|error| problem(&error))
}

/// Of which kind the authority's keys are.
fn kind_of(authority: &Authority) -> EnrolledKey {
    match authority.key().public_key() {
        PublicKey::Gost(info) if info.public_key().parameter_set() == ParameterSet::Tc26_512A => {
            EnrolledKey::Gost512
        }
        PublicKey::Gost(_) => EnrolledKey::Gost256,
        _ => EnrolledKey::Rsa2048,
    }
}

fn new(folder: &Folder, path: &Path, alg: EnrolledKey) -> Result<Report> {
    folder.create()?;
    let name = |text: &str| of_authority(text).map_err(|error| problem(&error));
    let bad = |error: &kaztoken_pki::authority::AuthorityError| problem(error);
    let (from, until) = (now(), later(now(), 3650));
    let root = Authority::root(&name("KAZTOKEN TEST ROOT")?, software_key(alg)?, (from, until))
        .map_err(|error| bad(&error))?;
    let centre = root
        .subordinate(&name("KAZTOKEN TEST CA")?, software_key(alg)?, (from, later(from, 1825)))
        .map_err(|error| bad(&error))?;
    let service = |text: &str, purpose| {
        let dates = (from, later(from, 1825));
        centre.service(&name(text)?, software_key(alg)?, purpose, dates).map_err(|error| bad(&error))
    };
    let ocsp = service("KAZTOKEN TEST OCSP", oid::OCSP_SIGNING)?;
    let stamps = service("KAZTOKEN TEST TSA", oid::TIME_STAMPING)?;
    for (name, authority) in [("root", &root), ("centre", &centre), ("ocsp", &ocsp), ("stamps", &stamps)] {
        folder.keep(name, authority)?;
    }
    let subject = |authority: &Authority| printable(&authority.certificate().subject().to_string());
    let json = json!({
        "folder": path.display().to_string(),
        "root": subject(&root),
        "authority": subject(&centre),
    });
    let root = folder.file("root.pem").display().to_string();
    let centre = folder.file("centre.pem").display().to_string();
    Ok(Report::new(say!("ca-made", root = root, centre = centre), json))
}

fn initial(
    folder: &Folder,
    out: &Path,
    surname: &str,
    name: &str,
    iin: IdentificationNumber,
    organisation: Option<(String, IdentificationNumber)>,
) -> Result<Report> {
    // Refused before anything is issued.
    if out.exists() {
        return Err(Problem::file(out, &std::io::ErrorKind::AlreadyExists.into()));
    }
    let centre = folder.authority("centre")?;
    let subject = Subject { surname: surname.into(), name: name.into(), patronymic: None, iin, organisation };
    let subject = subject.to_name().map_err(|error| Problem::new(Code::Usage, error.said()))?;
    let key = software_key(kind_of(&centre))?;
    let certificate = issue(folder, &centre, &subject, key.public_key(), &Extensions::new())?;
    let octets: [u8; 11] = random()?;
    let letter = |octet: &u8| char::from(LETTERS[usize::from(*octet) % LETTERS.len()]);
    let code: Zeroizing<String> = Zeroizing::new(octets.iter().map(letter).collect());
    let store = write(&key, &[certificate], "initial", &code, Form::NationalCentre, &random()?);
    crate::whole_file::put_new(out, &store.map_err(|error| problem(&error))?)?;
    let (file, shown) = (out.display().to_string(), printable(&subject.to_string()));
    let text = say!("ca-initial-made", path = file.as_str(), name = shown.as_str(), code = code.as_str());
    Ok(Report::new(text, json!({ "file": file, "subject": shown, "dsn": code.as_str() })))
}

/// Gives a certificate for a year and registers it.
fn issue(
    folder: &Folder,
    centre: &Authority,
    subject: &Name,
    key: &PublicKey,
    extensions: &Extensions,
) -> Result<Certificate> {
    let dates = (now(), later(now(), 365));
    let serial = folder.serial(key)?;
    let issued = centre.issue_to(subject, key, extensions, dates, serial).map_err(|error| problem(&error))?;
    folder.register(&issued)?;
    Ok(issued)
}

fn issue_file(folder: &Folder, request: &Path, out: Option<&Path>) -> Result<Report> {
    let centre = folder.authority("centre")?;
    let der = blocks(request)?.into_iter().next().unwrap_or_default();
    let read = Request::from_der(&der)
        .map_err(|error| problem(&error).while_doing(&request.display().to_string()))?;
    let issued = issue(folder, &centre, read.subject(), read.public_key(), read.extensions())?;
    let pem = text::pem(text::label::CERTIFICATE, issued.der());
    let subject = printable(&issued.subject().to_string());
    let json = json!({ "subject": subject, "serial": low_hex(issued.serial_number()), "certificate": pem });
    written(out, pem, json, |path| say!("ca-issued", path = path, name = subject.as_str()))
}

/// PEM on stdout, or in a file with a line that says so.
fn written(out: Option<&Path>, pem: String, json: Value, said: impl Fn(String) -> String) -> Result<Report> {
    let Some(path) = out else { return Ok(Report::new(pem, json)) };
    crate::whole_file::put(path, pem.as_bytes())?;
    Ok(Report::new(said(path.display().to_string()), json))
}

fn revoke(folder: &Folder, file: &Path) -> Result<Report> {
    let revoked = certificate(file)?;
    let centre = folder.authority("centre")?;
    let root = folder.authority("root")?;
    // All test authorities have the same names.
    let mine = |authority: &Authority| revoked.verify_signature(authority.key().public_key()).is_ok();
    if !mine(&centre) && !mine(&root) {
        return Err(Problem::new(Code::Data, say!("ca-not-mine")));
    }
    let at = now();
    folder.revoke(revoked.serial_number(), at)?;
    let serial = low_hex(revoked.serial_number());
    let json = json!({ "serial": serial, "revoked": at.to_string() });
    Ok(Report::new(say!("ca-revoked", serial = serial, time = moment(at)), json))
}

fn crl(folder: &Folder, out: Option<&Path>) -> Result<Report> {
    let (count, der) = folder.crl(now())?;
    let pem = text::pem(text::label::X509_CRL, &der);
    let json = json!({ "entries": count, "crl": pem });
    written(out, pem, json, |path| say!("ca-crl-written", path = path, count = count))
}

fn list(folder: &Folder) -> Result<Report> {
    let issued = folder.issued()?;
    let mut rows =
        vec![vec![say!("pki-serial"), say!("pki-subject"), say!("pki-until"), say!("pki-revoked")]];
    let mut json_rows: Vec<Value> = Vec::new();
    for one in &issued {
        let certificate = &one.certificate;
        let (serial, subject) =
            (low_hex(certificate.serial_number()), printable(&certificate.subject().to_string()));
        let until = certificate.validity().1;
        let revoked = one.revoked.map(|revoked| revoked.at);
        json_rows.push(json!({
            "serial": serial,
            "subject": subject,
            "not_after": until.to_string(),
            "revoked": revoked.map(|at| at.to_string()),
        }));
        rows.push(vec![serial, subject, moment(until), revoked.map(moment).unwrap_or_default()]);
    }
    let text = if issued.is_empty() { say!("ca-nothing-issued") } else { table(&rows) };
    Ok(Report::new(text, json!({ "certificates": json_rows })))
}
