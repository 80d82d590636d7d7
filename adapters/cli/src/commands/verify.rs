//! `verify`: signatures alone here, signed messages and documents below.

mod cms;
mod xml;

use super::document::{Digested, hash_name};
use super::sign::wrong_hash;
use crate::args::Verify;
use crate::context::Context;
use crate::der;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::names::{find, named_keys, public_key};
use crate::output::Report;
use crate::public_key::{PublicKey, gost_hash};
use serde_json::json;
use std::fs::File;

pub(super) fn verify(context: &Context, options: &Verify) -> Result<Report> {
    if let Some(report) = xml::verify(options)? {
        return Ok(report);
    }
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
    if options.extract.is_some() {
        return Err(Problem::new(Code::Usage, say!("cms-nothing-to-extract")));
    }
    let digest = Digested::of(context, &options.file, &[hash.algorithm()])?.by(hash.algorithm());
    public.check(&digest, &signature, options.form)?;
    let hash_name = hash_name(hash.algorithm());
    let text = say!(
        "verify-good",
        path = options.file.display().to_string(),
        name = whose.as_str(),
        kind = public.describe(),
        hash = hash_name,
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
