//! Signed messages (CMS), made around documents of any size.

use super::signer::Signer;
use crate::args::Sign;
use crate::commands::document::{Digested, hash_name, pieces, whole, with_ending};
use crate::commands::enroll::random;
use crate::context::Context;
use crate::exit::{Code, Problem, Result};
use crate::http::post;
use crate::language::say;
use crate::output::Report;
use crate::progress::Progress;
use crate::said::Said as _;
use crate::said::pki::moment;
use crate::trust::now;
use kaztoken_pki::algorithm::{DigestAlgorithm, Hasher, SignatureAlgorithm};
use kaztoken_pki::cmp::http::{TIME_STAMP_QUERY, TIME_STAMP_REPLY, Url};
use kaztoken_pki::cms::{
    CmsError, Content, Draft, SignedMessage, StreamError, TimeStamp, TimeStampRequest, around, message,
    stream,
};
use kaztoken_pki::{Certificate, text};
use serde_json::json;
use std::fs::File;
use std::io::{BufReader, Write};
use std::path::Path;

/// Largest message in base64 that is read; one in octets may be of any size.
const MAX_TEXT: usize = 64 << 20;

fn told(error: CmsError) -> Problem {
    Problem::new(Code::Data, error.said())
}

pub(super) fn sign(context: &Context, options: &Sign) -> Result<Report> {
    let out = options.out.clone().unwrap_or_else(|| with_ending(&options.file, ".p7s"));
    let authority = options.time_stamp.as_deref().map(address).transpose()?;
    File::open(&options.file).map_err(|error| Problem::file(&options.file, &error))?;
    crate::whole_file::may_put(&out)?;
    let others = options.with_signers.as_deref().map(read).transpose()?;
    let mut signer = Signer::choose(context, options)?;
    let hash = Draft::hash(&signer.certificate).map_err(told)?;
    let earlier = others.iter().flat_map(|message| message.signers()).filter_map(|signer| signer.hash());
    let digested = Digested::of(context, &options.file, &earlier.chain([hash]).collect::<Vec<_>>())?;
    if let (Some(message), Some(path)) = (&others, &options.with_signers) {
        all_good(message, &digested).map_err(|problem| problem.while_doing(&path.display().to_string()))?;
    }
    let draft = Draft::new(&signer.certificate, &digested.by(hash), Some(now())).map_err(told)?;
    let algorithm = draft.algorithm();
    let Some(signature) = signer.sign(context, algorithm, draft.digest())? else {
        return Ok(Report::default());
    };
    let mut info = draft
        .finish(&signature)
        .map_err(|error| told(error).while_doing(&say!("sign-does-not-fit")).and(&say!("sign-do-not-use")))?;
    let mut stamped = None;
    if let Some(url) = &authority {
        let (stamp, with_stamp) = stamp(options, url, algorithm, &info, &signer.certificate)?;
        (stamped, info) = (Some(stamp), with_stamp);
    }
    let (mut signers, mut certificates) = (vec![info], vec![signer.certificate.clone()]);
    if let Some(other) = &others {
        signers.extend(other.signers().iter().map(|signer| signer.der().to_vec()));
        certificates.extend_from_slice(other.certificates());
    }
    let attached = (!options.detached).then_some(digested.len);
    let shape = around(attached, &signers, &certificates).map_err(told)?;
    let mut copied = Ok(());
    crate::whole_file::put_by(&out, |file| {
        file.write_all(&shape.before)?;
        if attached.is_some() {
            copied = copy(context, &options.file, hash, &digested.by(hash), file);
            if copied.is_err() {
                return Err(std::io::ErrorKind::InvalidData.into());
            }
        }
        file.write_all(&shape.behind)
    })
    .or_else(|problem| copied.and(Err(problem)))?;
    let mut text = say!("cms-signed", path = out.display().to_string(), name = signer.name());
    if let Some(stamp) = &stamped {
        text.push_str(&format!("\n  {}", say!("cms-stamped", time = moment(stamp.time))));
    }
    if signers.len() > 1 {
        text.push_str(&format!("\n  {}", say!("cms-signers", count = signers.len())));
    }
    let mut json = signer.json();
    json["file"] = json!(options.file.display().to_string());
    json["signature"] = json!(out.display().to_string());
    json["hash"] = json!(hash_name(hash));
    json["form"] = json!(if options.detached { "cms-detached" } else { "cms-attached" });
    json["signers"] = json!(signers.len());
    json["time_stamp"] = json!(stamped.map(|stamp| stamp.time.to_string()));
    Ok(Report::new(text, json))
}

/// Copies the document into its message; what changed in between would make the signature a lie.
fn copy(
    context: &Context,
    path: &Path,
    hash: DigestAlgorithm,
    expected: &[u8],
    out: &mut dyn Write,
) -> Result<()> {
    let _progress = Progress::start(&say!("cms-writing"), context.global.progress);
    let mut hasher = Hasher::new(hash);
    pieces(path, |piece| {
        hasher.update(piece);
        out.write_all(piece)
    })?;
    if hasher.finish() == expected { Ok(()) } else { Err(Problem::new(Code::Data, say!("cms-changed"))) }
}

/// A message of any size; its content is passed over.
fn read(path: &Path) -> Result<SignedMessage> {
    let failed = |error: std::io::Error| Problem::file(path, &error);
    let shown = || path.display().to_string();
    let mut file = BufReader::new(File::open(path).map_err(failed)?);
    match stream(&mut file, &[], &mut |_| Ok(())) {
        Ok(streamed) => Ok(streamed.message),
        Err(StreamError::Io(error)) => Err(failed(error)),
        Err(StreamError::Message(CmsError::NotOne)) => {
            let octets = text::octets(&whole(path, MAX_TEXT)?).unwrap_or_default();
            SignedMessage::from_der(&octets).map_err(|error| told(error).while_doing(&shown()))
        }
        Err(StreamError::Message(error)) => Err(told(error).while_doing(&shown())),
        Err(error) => Err(Problem::new(Code::Failed, error.to_string())),
    }
}

/// Whoever signs beside others does not pass on what is not good.
fn all_good(message: &SignedMessage, digested: &Digested) -> Result<()> {
    let digest = |hash: DigestAlgorithm| digested.by(hash);
    let verdicts = message.verify(Content::Detached(&digest), &[]).map_err(told)?;
    for (number, verdict) in (1..).zip(verdicts) {
        verdict.map_err(|error| told(error).while_doing(&say!("cms-signer", number = number)))?;
    }
    Ok(())
}

fn address(text: &str) -> Result<Url> {
    Url::parse(text).ok_or_else(|| Problem::new(Code::Usage, say!("cms-stamp-address")))
}

/// Asks for a time stamp over the signature, and puts it to it.
fn stamp(
    options: &Sign,
    url: &Url,
    algorithm: SignatureAlgorithm,
    info: &[u8],
    certificate: &Certificate,
) -> Result<(TimeStamp, Vec<u8>)> {
    let own = message(None, &[info.to_vec()], std::slice::from_ref(certificate)).map_err(told)?;
    let own = SignedMessage::from_der(&own).map_err(told)?;
    let signer = own.signers().first().ok_or_else(|| told(CmsError::NoSigner))?;
    let request = TimeStampRequest::new(signer.signature(), algorithm, options.stamp_policy, random()?);
    let request = request.map_err(told)?;
    let answer = post(url, TIME_STAMP_QUERY, TIME_STAMP_REPLY, &request.to_octets())?;
    let (stamp, token) = request.answered(&answer, &[]).map_err(told)?;
    Ok((stamp, signer.stamped(&token).map_err(told)?))
}
