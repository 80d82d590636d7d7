//! `cert`: list, import, export, in OpenSC's layout and in that of the vendor's middleware.

mod show;
mod verify;

use super::token_json;
use crate::args::Cert;
use crate::certificate::{Summary, summary};
use crate::context::Context;
use crate::der;
use crate::device::Token;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::names::{NamedKey, id_text, named_keys, parse_id, public_key};
use crate::output::{Report, parse_hex, printable, table};
use crate::progress::Progress;
use crate::public_key::PublicKey;
use crate::said::Said as _;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use kaztoken_core::drive::Failure;
use kaztoken_core::pin::{LastTry, Pin, Role};
use kaztoken_core::token::middleware::{CERTIFICATES, MAX_COMPRESSED};
use kaztoken_core::token::opensc::DirectoryKind;
use kaztoken_core::token::{Error, KeyRef, MAX_CHILDREN, Session};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::path::Path;

/// The largest file on the token.
pub(super) const MAX_LEN: usize = 32_767;

pub(super) fn cert(context: &Context, command: &Cert) -> Result<Report> {
    match command {
        Cert::List => list(context),
        Cert::Import { file, label, id } => import(context, file, label.as_deref(), id.as_deref()),
        Cert::Export { cert, out } => export(context, cert.as_deref(), out.as_deref()),
        Cert::Show { files } => show::show(files),
        Cert::Verify { file, trust, purpose } => verify::verify(file, trust, *purpose),
    }
}

/// A certificate on the token.
pub(super) struct Stored {
    pub(super) label: String,
    pub(super) id: Vec<u8>,
    /// `None`: it cannot be read.
    pub(super) der: Option<Vec<u8>>,
    pub(super) layout: &'static str,
}

pub(super) async fn stored(session: &mut Session<'_>) -> Result<Vec<Stored>, Error> {
    let mut all = Vec::new();
    if !session.layouts().await?.file_system {
        return Ok(all);
    }
    let objects = session.objects(DirectoryKind::Certificates).await?;
    let mut file = vec![0; MAX_LEN];
    for object in objects.iter() {
        let der = match session.read_object(&object, &mut file).await {
            Ok(len) => Some(file.get(..len).unwrap_or_default().to_vec()),
            Err(Error::NotFound { .. } | Error::Card { .. }) => None,
            Err(error) => return Err(error),
        };
        let label = printable(object.label);
        all.push(Stored { label, id: object.id.to_vec(), der, layout: "opensc" });
    }
    for number in compressed_certificates(session).await? {
        let Some(key) = u8::try_from(number).ok().and_then(KeyRef::new) else { continue };
        let mut file = [0; MAX_COMPRESSED + 2];
        let der = match session.read_compressed_certificate(key, &mut file).await {
            Ok(gzip) => unzip(gzip),
            Err(Error::NotFound { .. } | Error::Malformed { .. } | Error::Card { .. }) => None,
            Err(error) => return Err(error),
        };
        all.push(Stored {
            label: say!("cert-of-key", number = key.get()),
            id: Vec::new(),
            der,
            layout: "middleware",
        });
    }
    Ok(all)
}

/// From which day to which a certificate holds, `YYYY-MM-DD`.
pub(super) struct Validity {
    pub(super) label: String,
    pub(super) begin: Option<String>,
    pub(super) end: Option<String>,
}

/// Of the certificates on the token that can be read.
pub(super) async fn terms_of_certificates(session: &mut Session<'_>) -> Result<Vec<Validity>, Error> {
    let all = stored(session).await?.into_iter();
    Ok(all
        .filter_map(|stored| {
            let summary = summary(&stored.der?)?;
            Some(Validity { label: stored.label, begin: summary.not_before, end: summary.not_after })
        })
        .collect())
}

/// A certificate as a short list shows it.
pub(super) struct Listed {
    pub(super) label: String,
    /// `None`: it cannot be read.
    pub(super) subject: Option<String>,
    /// `YYYY-MM-DD`.
    pub(super) not_after: Option<String>,
}

/// All certificates on the token.
pub(super) async fn listed(session: &mut Session<'_>) -> Result<Vec<Listed>, Error> {
    let all = stored(session).await?.into_iter();
    Ok(all
        .map(|stored| match stored.der.as_deref().and_then(summary) {
            Some(read) => Listed {
                label: stored.label,
                subject: Some(read.subject.unwrap_or_default()),
                not_after: read.not_after,
            },
            None => Listed { label: stored.label, subject: None, not_after: None },
        })
        .collect())
}

fn unzip(gzip: &[u8]) -> Option<Vec<u8>> {
    let mut der = Vec::new();
    // No more than a certificate can be, whatever a small file unpacks to.
    GzDecoder::new(gzip).take(MAX_LEN as u64 + 1).read_to_end(&mut der).ok()?;
    (der.len() <= MAX_LEN).then_some(der)
}

fn zip(der: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let done = encoder.write_all(der).and_then(|()| encoder.finish());
    done.map_err(|error| Problem::new(Code::Failed, say!("cert-uncompressible", text = error.said())))
}

/// As the layout of the vendor's middleware keeps it.
fn compressed(der: &[u8]) -> Result<Vec<u8>> {
    let gzip = zip(der)?;
    if gzip.len() > MAX_COMPRESSED {
        let message = say!("cert-too-large-compressed", count = gzip.len(), max = MAX_COMPRESSED);
        return Err(Problem::new(Code::Data, message));
    }
    Ok(gzip)
}

/// All keys with their public halves.
pub(super) async fn keys_with_public(
    session: &mut Session<'_>,
) -> Result<Vec<(NamedKey, Option<PublicKey>)>, Error> {
    let mut all = Vec::new();
    for key in named_keys(session).await? {
        let public = public_key(session, &key).await?;
        all.push((key, public));
    }
    Ok(all)
}

fn list(context: &Context) -> Result<Report> {
    let mut token = context.token()?;
    let (certificates, keys) = token.connection.run(async |session| {
        let certificates = stored(session).await?;
        let keys = if certificates.is_empty() { Vec::new() } else { keys_with_public(session).await? };
        Ok((certificates, keys))
    })?;
    let mut rows = vec![vec![
        say!("table-label"),
        say!("table-subject"),
        say!("table-issuer"),
        say!("table-until"),
        say!("table-key"),
        say!("table-identifier"),
    ]];
    let mut json_rows: Vec<Value> = Vec::new();
    for certificate in &certificates {
        let read = certificate.der.as_deref().and_then(summary);
        let broken = read.is_none();
        let Summary { subject, issuer, not_before, not_after, key } = read.unwrap_or_default();
        let matching = key.and_then(|key| keys.iter().find(|(_, public)| public.as_ref() == Some(&key)));
        let number = matching.map(|(named, _)| named.key.key.get());
        json_rows.push(json!({
            "label": certificate.label,
            "id": id_text(&certificate.id),
            "layout": certificate.layout,
            "subject": subject,
            "issuer": issuer,
            "not_before": not_before,
            "not_after": not_after,
            "key": number,
            "readable": !broken,
        }));
        let subject = if broken { Some(say!("cert-unreadable")) } else { subject };
        rows.push(vec![
            certificate.label.clone(),
            subject.unwrap_or_default(),
            issuer.unwrap_or_default(),
            not_after.unwrap_or_default(),
            number.map_or_else(|| say!("cert-none-here"), |number| number.to_string()),
            id_text(&certificate.id),
        ]);
    }
    let text = if certificates.is_empty() { say!("cert-no-certificates") } else { table(&rows) };
    Ok(Report::new(text, json!({ "token": token_json(&token), "certificates": json_rows })))
}

fn import(context: &Context, file: &Path, label: Option<&str>, id: Option<&str>) -> Result<Report> {
    let der = der::read_der(file)?;
    let Some(read) = summary(&der) else {
        let message = say!("cert-no-x509", path = file.display().to_string());
        return Err(Problem::new(Code::Data, message));
    };
    if der.len() > MAX_LEN {
        let message = say!("cert-too-large", path = file.display().to_string(), count = der.len());
        return Err(Problem::new(Code::Data, message));
    }
    let id = id.map(parse_id).transpose()?;
    let mut token = context.token()?;
    let (layouts, free, keys) = token.connection.run(async |session| {
        let layouts = session.layouts().await?;
        let free = session.free_memory().await?;
        let keys = if layouts.file_system { keys_with_public(session).await? } else { Vec::new() };
        Ok((layouts, free, keys))
    })?;
    if let Some(free) = free.filter(|free| (*free as usize) < der.len()) {
        let message = say!("cert-no-room", count = der.len(), free = free);
        return Err(Problem::new(Code::Failed, message).and(&say!("cert-make-room")));
    }
    let matching =
        keys.iter().find(|(_, public)| public.is_some() && *public == read.key).map(|(named, _)| named);
    let own_id = read.key.as_ref().map(|key| key.id().to_vec());
    let id = id
        .or_else(|| matching.map(|key| key.id().to_vec()).filter(|id| !id.is_empty()))
        .or(own_id)
        .unwrap_or_else(|| vec![1]);
    let name = label.map(str::to_owned).or_else(|| read.subject.clone());
    let name: String = name.unwrap_or_else(|| say!("cert-name"));
    let name = shorten(&name, 64);
    let gzip = match (layouts.opensc, layouts.middleware, matching) {
        (true, ..) => None,
        (false, true, Some(key)) => Some((key.key.key, compressed(&der)?)),
        (false, true, None) => {
            let problem = Problem::new(Code::Data, say!("cert-no-key-fits"));
            return Err(problem.and(&say!("cert-generate-first")));
        }
        (false, false, _) => return Err(Error::NoLayout.into()),
    };
    let (pin, last_try) = (context.pin(&mut token, Role::User)?, context.last_try());
    let progress = Progress::start(&say!("cert-storing"), context.global.progress);
    let result = token.connection.run(async |session| {
        let mut user = session.login_user(&pin, last_try).await?;
        match &gzip {
            Some((key, gzip)) => user.store_compressed_certificate(*key, gzip).await?,
            None => user.store_certificate(&der, &id, &name).await?,
        }
        user.logout().await
    });
    drop(progress);
    if let Err(Failure::Token(Error::Exists { .. })) = result {
        return Err(Problem::new(Code::Failed, say!("cert-already")));
    }
    result?;
    Ok(imported(&token, &name, &id, matching, der.len()))
}

/// Stores a certificate for a key on the token in every layout that is there, where it is not there already.
pub(super) fn store_in_layouts(
    token: &mut Token,
    pin: &Pin,
    last_try: LastTry,
    key: KeyRef,
    der: &[u8],
    name: &str,
) -> Result<()> {
    let read = summary(der);
    let id = read.and_then(|read| read.key).map_or_else(|| vec![key.get()], |key| key.id().to_vec());
    let name = shorten(name, 64);
    let gzip = compressed(der);
    Ok(token.connection.run(async |session| {
        let layouts = session.layouts().await?;
        let there = stored(session).await?;
        let is_there = |layout: &str| {
            there.iter().any(|stored| stored.layout == layout && stored.der.as_deref() == Some(der))
        };
        if !layouts.opensc && !layouts.middleware {
            return Err(Error::NoLayout);
        }
        let mut user = session.login_user(pin, last_try).await?;
        if layouts.opensc && !is_there("opensc") {
            user.store_certificate(der, &id, &name).await?;
        }
        // The vendor's layout takes small ones only; with the other beside it that is no failure.
        if let (true, false, Ok(gzip)) = (layouts.middleware, is_there("middleware"), &gzip) {
            user.store_compressed_certificate(key, gzip).await?;
        }
        user.logout().await
    })?)
}

fn imported(token: &Token, label: &str, id: &[u8], key: Option<&NamedKey>, len: usize) -> Report {
    let whose = match key {
        Some(key) => say!("cert-for", name = key.describe()),
        None => say!("cert-for-none"),
    };
    let json = json!({
        "token": token_json(token),
        "label": label,
        "id": id_text(id),
        "bytes": len,
        "key": key.map(|key| key.key.key.get()),
    });
    let label = format!("{label:?}");
    Report::new(say!("cert-stored", label = label, count = len, text = whose), json)
}

/// At most so many bytes, cut between characters.
fn shorten(text: &str, max: usize) -> String {
    let end = (0..=max.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.get(..end).unwrap_or_default().to_owned()
}

fn export(context: &Context, wanted: Option<&str>, out: Option<&Path>) -> Result<Report> {
    let mut token = context.token()?;
    let certificates = token.connection.run(async |session| stored(session).await)?;
    let id = wanted.and_then(parse_hex).filter(|id| !id.is_empty());
    let fits = |certificate: &&Stored| match wanted {
        None => true,
        Some(wanted) => certificate.label == wanted || id.as_ref() == Some(&certificate.id),
    };
    let found: Vec<_> = certificates.iter().filter(fits).collect();
    let certificate = match found[..] {
        [only] => only,
        [] => return Err(Problem::new(Code::Failed, say!("cert-not-there"))),
        _ => return Err(Problem::new(Code::Usage, say!("cert-several"))),
    };
    let der = certificate.der.as_deref().ok_or_else(|| Problem::new(Code::Data, say!("cert-broken")))?;
    let pem = der::pem("CERTIFICATE", der);
    let json = json!({ "token": token_json(&token), "label": certificate.label, "certificate": pem });
    let text = match out {
        Some(path) => {
            der::write(path, "CERTIFICATE", der)?;
            let (path, label) = (path.display().to_string(), format!("{:?}", certificate.label));
            say!("cert-written", path = path, label = label)
        }
        None => pem,
    };
    Ok(Report::new(text, json))
}

/// The numbers of the certificates in the layout of the vendor's middleware.
async fn compressed_certificates(session: &mut Session<'_>) -> Result<Vec<u16>, Error> {
    match session.list::<MAX_CHILDREN>(CERTIFICATES).await {
        Ok(files) => Ok(files.iter().map(|file| file.id).collect()),
        Err(Error::NotFound { .. }) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compression_both_ways() {
        let der = vec![0x30; 3000];
        let gzip = zip(&der).unwrap();
        assert!(gzip.len() < 200);
        assert_eq!(unzip(&gzip), Some(der));
        assert_eq!(unzip(&gzip[..20]), None);
        assert_eq!(unzip(&zip(&vec![0; 100_000]).unwrap()), None, "more than any certificate");
    }

    #[test]
    fn labels_are_cut_between_characters() {
        assert_eq!(shorten("ключ", 3), "к");
        assert_eq!(shorten("key", 64), "key");
    }
}
