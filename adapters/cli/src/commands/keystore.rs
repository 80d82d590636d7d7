//! `keystore show|verify|export`: key stores in files.

use crate::args::{Keystore, StoreForm, Trust};
use crate::commands::enroll::random;
use crate::context::{Context, source};
use crate::exit::{Code, Problem, Result};
use crate::key_store::{self, Secret};
use crate::language::say;
use crate::output::{Report, fields, hex, printable};
use crate::pin_source::PinSource;
use crate::said::Said as _;
use crate::said::pki::moment;
use crate::trust::{judge, material, question};
use clap::ValueEnum as _;
use kaztoken_pki::chain::Usage;
use kaztoken_pki::key_store::{Form, KeyStore, StoredCertificate, StoredKey, write};
use kaztoken_pki::{Certificate, text};
use serde_json::{Value, json};
use std::path::Path;
use zeroize::Zeroizing;

pub(super) fn keystore(context: &Context, command: &Keystore) -> Result<Report> {
    match command {
        Keystore::Show { file, password_source } => {
            let store = open(context, file, password_source.as_ref())?;
            Ok(show(file, &store))
        }
        Keystore::Verify { file, password_source, trust } => {
            let store = open(context, file, password_source.as_ref())?;
            verify(file, &store, trust)
        }
        Keystore::Export { file, password_source, out, form, new_password_source } => {
            crate::whole_file::may_put(out)?;
            // What is asked for a new password must be known to be askable before the old one is typed.
            let new = source("--new-password-source", new_password_source.as_ref())?;
            let store = open(context, file, password_source.as_ref())?;
            export(context, file, &store, out, *form, new.unwrap_or(PinSource::Prompt))
        }
    }
}

fn open(context: &Context, file: &Path, password: Option<&String>) -> Result<KeyStore> {
    let password = source("--password-source", password)?.unwrap_or(PinSource::Prompt);
    key_store::open(context, file, &password, Secret::Password)
}

fn show(file: &Path, store: &KeyStore) -> Report {
    let mut parts = vec![fields(&[(say!("key-store-integrity"), integrity(store))])];
    parts.extend(store.keys.iter().map(|key| key_shown(store, key)));
    parts.extend(store.certificates.iter().map(certificate_shown));
    Report::new(parts.join("\n\n"), contents(file, store))
}

fn integrity(store: &KeyStore) -> String {
    match store.authenticated {
        true => say!("key-store-authenticated"),
        false => say!("key-store-not-authenticated"),
    }
}

fn key_shown(store: &KeyStore, key: &StoredKey) -> String {
    let own = store.certificate_of(key).map(|stored| subject(&stored.certificate));
    let mut rows = vec![(say!("key-store-key"), key.key.public_key().kind())];
    rows.extend(key.name.as_ref().map(|name| (say!("key-store-name"), printable(name))));
    rows.push((say!("key-store-its-certificate"), own.unwrap_or_else(|| say!("key-store-none-fits"))));
    fields(&rows)
}

fn certificate_shown(stored: &StoredCertificate) -> String {
    let (from, until) = stored.certificate.validity();
    let mut rows = vec![(say!("key-store-certificate"), subject(&stored.certificate))];
    rows.extend(stored.name.as_ref().map(|name| (say!("key-store-name"), printable(name))));
    rows.push((say!("key-store-issued-by"), printable(&stored.certificate.issuer().to_string())));
    rows.push((say!("pki-from"), moment(from)));
    rows.push((say!("pki-until"), moment(until)));
    fields(&rows)
}

fn subject(certificate: &Certificate) -> String {
    printable(&certificate.subject().to_string())
}

fn contents(file: &Path, store: &KeyStore) -> Value {
    let serial = |stored: &StoredCertificate| hex(stored.certificate.serial_number()).to_lowercase();
    let key = |key: &StoredKey| {
        json!({
            "kind": key.key.public_key().kind(),
            "name": key.name.as_deref().map(printable),
            "id": key.id.as_deref().map(hex),
            "certificate": store.certificate_of(key).map(serial),
        })
    };
    let certificate = |stored: &StoredCertificate| {
        let (from, until) = stored.certificate.validity();
        json!({
            "subject": subject(&stored.certificate),
            "issuer": printable(&stored.certificate.issuer().to_string()),
            "serial": serial(stored),
            "not_before": from.to_string(),
            "not_after": until.to_string(),
            "name": stored.name.as_deref().map(printable),
        })
    };
    json!({
        "file": file.display().to_string(),
        "authenticated": store.authenticated,
        "keys": store.keys.iter().map(key).collect::<Vec<_>>(),
        "certificates": store.certificates.iter().map(certificate).collect::<Vec<_>>(),
    })
}

/// Each key has its certificate, each certificate holds, and with trust anchors its chain leads to one of them.
fn verify(file: &Path, store: &KeyStore, trust: &Trust) -> Result<Report> {
    let shown = || file.display().to_string();
    if store.keys.is_empty() && store.certificates.is_empty() {
        return Err(Problem::new(Code::Data, say!("key-store-empty", path = shown())));
    }
    let asked = question(trust, Usage::Any);
    let mut all = material(trust)?;
    all.intermediates.extend(store.certificates.iter().map(|stored| stored.certificate.clone()));
    for key in &store.keys {
        let Some(own) = store.certificate_of(key) else {
            let name = key.name.as_deref().map_or_else(|| key.key.public_key().kind(), printable);
            return Err(Problem::new(Code::Data, say!("key-store-lonely", path = shown(), name = name)));
        };
        // Without anchors its own words are judged: the dates.
        let mut judged = all.clone();
        if trust.trust.is_empty() {
            judged.anchors.push(own.certificate.clone());
        }
        judge(&judged, &own.certificate, &asked)?;
    }
    let mut lines = vec![say!("key-store-good", path = shown(), time = moment(asked.at)), integrity(store)];
    if trust.trust.is_empty() {
        lines.push(say!("cms-not-judged"));
    }
    let mut json = contents(file, store);
    json["good"] = json!(true);
    json["at"] = json!(asked.at.to_string());
    json["trusted"] = json!(!trust.trust.is_empty());
    Ok(Report::new(lines.join("\n"), json))
}

fn export(
    context: &Context,
    file: &Path,
    store: &KeyStore,
    out: &Path,
    form: StoreForm,
    new: PinSource,
) -> Result<Report> {
    let shown = || file.display().to_string();
    let without = |name: String| Problem::new(Code::Data, say!("key-store-without", name = name));
    let target = match form {
        StoreForm::NationalCentre => Some(Form::NationalCentre),
        StoreForm::Aes => Some(Form::Aes),
        StoreForm::Gost => Some(Form::Gost),
        StoreForm::BareKey | StoreForm::Certificates => None,
    };
    if form == StoreForm::Certificates {
        if store.certificates.is_empty() {
            return Err(without(say!("key-store-certificate")));
        }
        let pem = |stored: &StoredCertificate| text::pem(text::label::CERTIFICATE, stored.certificate.der());
        let all: String = store.certificates.iter().map(pem).collect();
        crate::whole_file::put(out, all.as_bytes())?;
        return Ok(written(file, out, form));
    }
    let key = match &store.keys[..] {
        [] => return Err(without(say!("key-store-key"))),
        [key] => key,
        _ => return Err(Problem::new(Code::Data, say!("key-store-of-several", path = shown()))),
    };
    let octets = match target {
        Some(target) => {
            let password = new_password(&new)?;
            let own = store.certificate_of(key).map(|stored| stored.certificate.clone());
            let others = store.certificates.iter().map(|stored| stored.certificate.clone());
            let others = others.filter(|other| Some(other) != own.as_ref());
            // Without a certificate of its own the key stands alone: the first one in the file would be taken for it.
            let certificates: Vec<_> = own.iter().cloned().chain(others.filter(|_| own.is_some())).collect();
            let name = key.name.clone().unwrap_or_default();
            let store = write(&key.key, &certificates, &name, &password, target, &random()?);
            Zeroizing::new(store.map_err(|error| Problem::new(Code::Data, error.said()))?)
        }
        None => {
            context.confirm(&say!("key-store-bare", path = out.display().to_string()))?;
            Zeroizing::new(text::pem(text::label::PRIVATE_KEY, &key.key.to_pkcs8()).into_bytes())
        }
    };
    crate::whole_file::put_secret(out, &octets)?;
    Ok(written(file, out, form))
}

fn written(file: &Path, out: &Path, form: StoreForm) -> Report {
    let form = form.to_possible_value().map(|value| value.get_name().to_owned());
    Report::new(
        say!("key-store-written", path = out.display().to_string()),
        json!({ "file": file.display().to_string(), "out": out.display().to_string(), "form": form }),
    )
}

/// At a prompt, twice.
fn new_password(source: &PinSource) -> Result<Zeroizing<String>> {
    let password = source.text(&say!("key-store-new-password"))?;
    if password.is_empty() {
        return Err(Problem::new(Code::Usage, say!("key-store-needs-new")));
    }
    if source.is_asked() {
        let again = source.text(&say!("pin-again", name = say!("key-store-new-password")))?;
        if *password != *again {
            return Err(Problem::new(Code::Usage, say!("key-store-passwords-differ")));
        }
    }
    Ok(password)
}
