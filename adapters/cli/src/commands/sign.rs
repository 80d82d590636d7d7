//! `sign`: the signature alone here, signed messages and documents below.

mod cms;
mod signer;
mod xml;

use super::document::{Digested, hash_name, with_ending};
use super::token_json;
use crate::args::{Form, Hash, Sign, SignatureFormat};
use crate::context::Context;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::names::{NamedKey, find, named_keys, public_key};
use crate::output::Report;
use crate::progress::Progress;
use crate::public_key::{PublicKey, gost_hash, to_form};
use crate::said::Said as _;
use clap::ValueEnum;
use kaztoken_core::pin::Role;
use kaztoken_core::token::{Algorithm, Error, User, Verified};
use serde_json::json;
use std::fs::File;

pub(super) fn sign(context: &Context, options: &Sign) -> Result<Report> {
    options_fit(options)?;
    match options.format {
        SignatureFormat::Raw => {}
        SignatureFormat::Cms => return cms::sign(context, options),
        SignatureFormat::Xml => return xml::sign(context, options),
    }
    // What is wrong with the files shows before a PIN is asked for.
    let out = options.out.clone().unwrap_or_else(|| with_ending(&options.file, ".sig"));
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
    let digest = Digested::of(context, &options.file, &[hash.algorithm()])?.by(hash.algorithm());
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
    let hash_name = hash_name(hash.algorithm());
    let text = say!(
        "sign-done",
        path = out.display().to_string(),
        name = key.describe(),
        kind = public.describe(),
        hash = hash_name,
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

/// Options that go with another format are refused before anything is done.
fn options_fit(options: &Sign) -> Result<()> {
    use SignatureFormat as F;
    let given: [(&str, bool, &[F]); 9] = [
        ("--hash", options.hash.is_some(), &[F::Raw]),
        ("--form", options.form != Form::Kazakh, &[F::Raw]),
        ("--public-key", options.public_key.is_some(), &[F::Raw]),
        ("--detached", options.detached, &[F::Cms]),
        ("--with-signers", options.with_signers.is_some(), &[F::Cms]),
        ("--time-stamp", options.time_stamp.is_some(), &[F::Cms]),
        ("--element", options.element.is_some(), &[F::Xml]),
        ("--cert", options.cert.is_some(), &[F::Cms, F::Xml]),
        ("--key-store", options.key_store.is_some(), &[F::Cms, F::Xml]),
    ];
    for (option, is_given, formats) in given {
        if is_given && !formats.contains(&options.format) {
            let name = |format: &F| format.to_possible_value().map(|value| value.get_name().to_owned());
            let formats = formats.iter().filter_map(name).collect::<Vec<_>>().join(", ");
            return Err(Problem::new(
                Code::Usage,
                say!("sign-option-format", option = option, formats = formats),
            ));
        }
    }
    Ok(())
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

pub(super) fn wrong_hash(hash: Hash, key: &str) -> Problem {
    let hash = hash_name(hash.algorithm());
    Problem::new(Code::Usage, say!("sign-wrong-hash", hash = hash, name = key)).and(&say!("sign-hashes"))
}

fn form_name(algorithm: Algorithm, form: Form) -> String {
    match algorithm {
        Algorithm::Rsa { .. } => "pkcs1".to_owned(),
        _ => form.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned()),
    }
}
