//! `sign` and `verify`.

mod cms;

use super::token_json;
use crate::args::{Form, Hash, Sign, SignatureFormat, Verify};
use crate::context::Context;
use crate::der;
use crate::exit::{Code, Problem, Result, interrupted};
use crate::language::say;
use crate::names::{NamedKey, find, named_keys, public_key};
use crate::output::{Report, printable};
use crate::progress::{self, Progress};
use crate::public_key::{PublicKey, gost_hash, to_form};
use crate::said::Said as _;
use clap::ValueEnum;
use kaztoken_core::gost::Hasher;
use kaztoken_core::pin::Role;
use kaztoken_core::token::{Algorithm, Error, User, Verified};
use serde_json::json;
use sha2::Digest;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

pub(super) fn sign(context: &Context, options: &Sign) -> Result<Report> {
    if options.format == SignatureFormat::Cms {
        return cms::sign(context, options);
    }
    if options.detached || options.cert.is_some() {
        return Err(Problem::new(Code::Usage, say!("cms-options-need-format")));
    }
    // What is wrong with the files shows before a PIN is asked for.
    let out = options.out.clone().unwrap_or_else(|| signature_path(&options.file));
    File::open(&options.file).map_err(|error| Problem::file(&options.file, &error))?;
    let given = options.public_key.as_deref().map(PublicKey::read).transpose()?;
    let mut token = context.token()?;
    let keys = token.connection.run(async |session| named_keys(session).await)?;
    let key = find(&keys, options.key.as_deref())?;
    let algorithm = algorithm_of(key)?;
    let hash = hash_for(algorithm, options.hash)?;
    let public = match given {
        Some(public) => public,
        None => token.connection.run(async |session| public_key(session, key).await)?.ok_or_else(|| {
            Problem::new(Code::Unsupported, say!("key-public-not-given", name = key.describe()))
                .and(&say!("sign-needs-public"))
        })?,
    };
    let digest = digest(context, &options.file, hash)?;
    let (pin, last_try) = (context.pin(&mut token, Role::User)?, context.last_try());
    let progress = Progress::start(&say!("signing"), context.global.progress);
    let signature = token.connection.run(async |session| {
        let mut user = session.login_user(&pin, last_try).await?;
        let signature = sign_digest(&mut user, key, algorithm, &digest).await?;
        user.logout().await?;
        Ok(signature)
    });
    drop(progress);
    // A dry run's answer is no signature.
    if let (true, Ok(_) | Err(kaztoken_core::drive::Failure::Token(Error::Malformed { .. }))) =
        (context.dry_run(), &signature)
    {
        return Ok(Report::default());
    }
    let signature = match algorithm {
        Algorithm::Rsa { .. } => signature?,
        _ => to_form(&signature?, options.form)?,
    };
    public
        .check(&digest, &signature, options.form)
        .map_err(|problem| problem.while_doing(&say!("sign-does-not-fit")).and(&say!("sign-do-not-use")))?;
    crate::whole_file::put(&out, &signature)?;
    let hash_name = hash_name(hash);
    let text = say!(
        "sign-done",
        path = out.display().to_string(),
        name = key.describe(),
        kind = public.describe(),
        hash = hash_name.as_str(),
    );
    let json = json!({
        "token": token_json(&token),
        "key": key.key.key.get(),
        "file": options.file.display().to_string(),
        "signature": out.display().to_string(),
        "hash": hash_name,
        "form": form_name(algorithm, options.form),
    });
    Ok(Report::new(text, json))
}

pub(super) async fn sign_digest(
    user: &mut Verified<'_, '_, User>,
    key: &NamedKey,
    algorithm: Algorithm,
    digest: &[u8],
) -> Result<Vec<u8>, Error> {
    match (algorithm, digest.first_chunk::<32>()) {
        (Algorithm::Rsa { .. }, Some(digest)) => {
            let mut out = [0; 512];
            user.sign_rsa_sha256(key.key.key, digest, &mut out).await.map(<[u8]>::to_vec)
        }
        _ => {
            let mut out = [0; 128];
            user.sign_gost(key.key.key, digest, &mut out).await.map(<[u8]>::to_vec)
        }
    }
}

pub(super) fn verify(context: &Context, options: &Verify) -> Result<Report> {
    if let Some(report) = cms::verify(context, options)? {
        return Ok(report);
    }
    let Some(path) = &options.signature else {
        let path = options.file.display().to_string();
        return Err(Problem::new(Code::Usage, say!("cms-no-signature", path = path)));
    };
    let signature = der::read_file(path)?;
    File::open(&options.file).map_err(|error| Problem::file(&options.file, &error))?;
    let (public, whose) = match &options.public_key {
        Some(path) => (PublicKey::read(path)?, path.display().to_string()),
        None => {
            let mut token = context.token()?;
            let keys = token.connection.run(async |session| named_keys(session).await)?;
            let key = find(&keys, options.key.as_deref())?;
            let public = token.connection.run(async |session| public_key(session, key).await)?;
            let public = public.ok_or_else(|| {
                Problem::new(Code::Unsupported, say!("key-public-not-given", name = key.describe()))
                    .and(&say!("sign-give-public"))
            })?;
            (public, key.describe())
        }
    };
    let hash = options.hash.unwrap_or_else(|| public.usual_hash());
    let fits = match (&public, gost_hash(hash)) {
        (PublicKey::Rsa { .. }, hash) => hash.is_none(),
        (PublicKey::Gost(key), Some(hash)) => key.parameter_set().scalar_len() == hash.output_len(),
        (PublicKey::Gost(_), None) => false,
    };
    if !fits {
        return Err(wrong_hash(hash, &public.describe()));
    }
    public.check(&digest(context, &options.file, hash)?, &signature, options.form)?;
    let hash_name = hash_name(hash);
    let text = say!(
        "verify-good",
        path = options.file.display().to_string(),
        name = whose.as_str(),
        kind = public.describe(),
        hash = hash_name.as_str(),
    );
    let json = json!({
        "file": options.file.display().to_string(),
        "signature": path.display().to_string(),
        "good": true,
        "key": whose,
        "hash": hash_name,
    });
    Ok(Report::new(text, json))
}

fn signature_path(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

fn algorithm_of(key: &NamedKey) -> Result<Algorithm> {
    if let Some(fault) = key.fault().filter(|_| key.is_half()) {
        return Err(Problem::new(Code::Failed, say!("sign-half-key", name = key.describe(), text = fault)));
    }
    key.key
        .algorithm
        .ok_or_else(|| Problem::new(Code::Unsupported, say!("sign-kind-not-public", name = key.describe())))
}

/// The hash function for a key; one that does not fit is refused before anything is asked or sent.
fn hash_for(algorithm: Algorithm, wanted: Option<Hash>) -> Result<Hash> {
    let usual = match algorithm {
        Algorithm::Gost256(_) => Hash::Streebog256,
        Algorithm::Gost512 => Hash::Streebog512,
        Algorithm::Rsa { .. } => Hash::Sha256,
    };
    let hash = wanted.unwrap_or(usual);
    let len = |hash| gost_hash(hash).map(kaztoken_core::gost::HashAlgorithm::output_len);
    if len(hash) == len(usual) { Ok(hash) } else { Err(wrong_hash(hash, &algorithm.said())) }
}

fn wrong_hash(hash: Hash, key: &str) -> Problem {
    Problem::new(Code::Usage, say!("sign-wrong-hash", hash = hash_name(hash), name = key))
        .and(&say!("sign-hashes"))
}

/// The digest of a file of any size.
fn digest(context: &Context, path: &Path, hash: Hash) -> Result<Vec<u8>> {
    let _progress = Progress::start(
        &say!("hashing", path = printable(&path.display().to_string())),
        context.global.progress,
    );
    let failed = |error: std::io::Error| Problem::file(path, &error);
    let mut file = File::open(path).map_err(failed)?;
    let mut buffer = vec![0; 64 * 1024];
    let mut gost = gost_hash(hash).map(Hasher::new);
    let mut sha = sha2::Sha256::new();
    loop {
        if progress::interrupted() {
            return Err(interrupted());
        }
        let len = file.read(&mut buffer).map_err(failed)?;
        let piece = buffer.get(..len).unwrap_or_default();
        match (&mut gost, piece.is_empty()) {
            (_, true) => break,
            (Some(gost), _) => gost.update(piece),
            (None, _) => sha.update(piece),
        }
    }
    Ok(match gost {
        Some(gost) => gost.finish().as_slice().to_vec(),
        None => sha.finalize().to_vec(),
    })
}

fn hash_name(hash: Hash) -> String {
    hash.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

fn form_name(algorithm: Algorithm, form: Form) -> String {
    match algorithm {
        Algorithm::Rsa { .. } => "pkcs1".to_owned(),
        _ => form.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned()),
    }
}
