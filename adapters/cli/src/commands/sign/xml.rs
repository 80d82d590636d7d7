//! Signatures in XML documents, in the national centre's profile.

use super::signer::Signer;
use crate::args::Sign;
use crate::commands::document::{hash_name, whole};
use crate::context::Context;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::Report;
use crate::said::Said as _;
use kaztoken_pki::xml::sign::{Place, Profile, prepare};
use kaztoken_pki::xml::{Document, MAX_OCTETS};
use serde_json::json;
use std::path::{Path, PathBuf};

pub(super) fn sign(context: &Context, options: &Sign) -> Result<Report> {
    let out = options.out.clone().unwrap_or_else(|| beside(&options.file));
    let shown = || options.file.display().to_string();
    let document = whole(&options.file, MAX_OCTETS)?;
    // What is wrong with the document shows before a key is looked for.
    Document::parse(&document)
        .map_err(|error| Problem::new(Code::Data, error.said()).while_doing(&shown()))?;
    crate::whole_file::may_put(&out)?;
    let mut signer = Signer::choose(context, options)?;
    let place = options.element.clone().map_or(Place::Root, Place::Element);
    let profile = Profile { place, ..Profile::default() };
    let draft = prepare(&document, &signer.certificate, &profile)
        .map_err(|error| Problem::new(Code::Data, error.said()).while_doing(&shown()))?;
    let hash = draft.algorithm().digest_for(draft.key());
    let Some(signature) = signer.sign(context, draft.algorithm(), draft.digest())? else {
        return Ok(Report::default());
    };
    let signed = draft.finish(&signature).map_err(|error| {
        Problem::new(Code::Data, error.said())
            .while_doing(&say!("sign-does-not-fit"))
            .and(&say!("sign-do-not-use"))
    })?;
    crate::whole_file::put(&out, &signed)?;
    let mut json = signer.json();
    json["file"] = json!(shown());
    json["signature"] = json!(out.display().to_string());
    json["hash"] = json!(hash_name(hash));
    json["form"] = json!("xml");
    Ok(Report::new(say!("xml-signed", path = out.display().to_string(), name = signer.name()), json))
}

/// `payment.xml` becomes `payment.signed.xml`.
fn beside(file: &Path) -> PathBuf {
    let mut name = file.file_stem().unwrap_or_default().to_owned();
    name.push(".signed.xml");
    file.with_file_name(name)
}
