//! Signed messages (CMS): made with a key on the token, around documents of any size, and judged.

use super::{algorithm_of, sign_digest};
use crate::args::{Sign, Verify};
use crate::commands::cert::stored;
use crate::commands::token_json;
use crate::context::Context;
use crate::exit::{Code, Problem, Result, interrupted};
use crate::language::say;
use crate::names::{find, named_keys};
use crate::output::{Report, printable};
use crate::progress::{self, Progress};
use crate::said::Said as _;
use crate::said::pki::{advice, moment};
use crate::trust::{certificate, material, now, question};
use kaztoken_core::gost::HashAlgorithm;
use kaztoken_core::gost::signature::Layout;
use kaztoken_core::pin::Role;
use kaztoken_pki::algorithm::{DigestAlgorithm, Hasher, SignatureAlgorithm};
use kaztoken_pki::chain::Usage;
use kaztoken_pki::cms::{CmsError, Content, Draft, SignedMessage, around};
use kaztoken_pki::{Certificate, text};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Largest signed message that is judged; a document of any size stands beside its message.
const MAX_MESSAGE: u64 = 1 << 30;
/// Octets that are read at a time.
const PIECE: usize = 256 * 1024;

pub(super) fn sign(context: &Context, options: &Sign) -> Result<Report> {
    if options.hash.is_some() || options.public_key.is_some() {
        return Err(Problem::new(Code::Usage, say!("cms-options-raw")));
    }
    let out = options.out.clone().unwrap_or_else(|| with_ending(&options.file, ".p7s"));
    let given = options.cert.as_deref().map(certificate).transpose()?;
    crate::whole_file::may_put(&out)?;
    let mut token = context.token()?;
    let (keys, on_token) = token.connection.run(async |session| {
        let keys = named_keys(session).await?;
        Ok((keys, stored(session).await?))
    })?;
    let key = find(&keys, options.key.as_deref())?;
    let kind = algorithm_of(key)?;
    let public = token.connection.run(async |session| crate::names::public_key(session, key).await)?;
    let public = public.as_ref().and_then(crate::commands::enroll::kazakh);
    let fits = |certificate: &Certificate| {
        public.as_ref().is_none_or(|public| certificate.public_key_info() == public.to_spki())
    };
    let certificate = match given {
        Some(given) if fits(&given) => given,
        Some(_) => return Err(Problem::new(Code::Data, say!("cms-other-certificate"))),
        None => {
            let on_token =
                on_token.iter().filter_map(|stored| Certificate::from_der(stored.der.as_deref()?).ok());
            on_token.into_iter().filter(fits).max_by_key(|certificate| certificate.validity().1).ok_or_else(
                || Problem::new(Code::Failed, say!("cms-no-certificate")).and(&say!("cms-give-certificate")),
            )?
        }
    };
    let told = |error: CmsError| Problem::new(Code::Data, error.said());
    let hash = Draft::hash(&certificate).map_err(told)?;
    let (len, digest) = digest(context, &options.file, &[hash])?;
    let digest = digest.get(&hash_name(hash)).cloned().unwrap_or_default();
    let draft = Draft::new(&certificate, &digest, Some(now())).map_err(told)?;
    let (pin, last_try) = (context.pin(&mut token, Role::User)?, context.last_try());
    let progress = Progress::start(&say!("signing"), context.global.progress);
    let wire = token.connection.run(async |session| {
        let mut user = session.login_user(&pin, last_try).await?;
        let wire = sign_digest(&mut user, key, kind, draft.digest()).await?;
        user.logout().await?;
        Ok(wire)
    });
    drop(progress);
    if context.dry_run() {
        return Ok(Report::default());
    }
    let signature = match draft.algorithm() {
        SignatureAlgorithm::Gost(algorithm) => {
            let layout = algorithm.layouts().first().copied().unwrap_or(Layout::Kazakh);
            layout.encode(Layout::TokenWire.decode(&wire?)?).to_vec()
        }
        _ => wire?,
    };
    let signer = draft
        .finish(&signature)
        .map_err(|error| told(error).while_doing(&say!("sign-does-not-fit")).and(&say!("sign-do-not-use")))?;
    let attached = (!options.detached).then_some(len);
    let shape = around(attached, &[signer], std::slice::from_ref(&certificate)).map_err(told)?;
    let mut copied = Ok(());
    crate::whole_file::put_by(&out, |file| {
        file.write_all(&shape.before)?;
        if attached.is_some() {
            copied = copy(context, &options.file, hash, &digest, file);
            if copied.is_err() {
                return Err(std::io::ErrorKind::InvalidData.into());
            }
        }
        file.write_all(&shape.behind)
    })
    .or_else(|problem| copied.and(Err(problem)))?;
    let subject = printable(&certificate.subject().to_string());
    let text = say!("cms-signed", path = out.display().to_string(), name = subject);
    let json = json!({
        "token": token_json(&token),
        "key": key.key.key.get(),
        "file": options.file.display().to_string(),
        "signature": out.display().to_string(),
        "hash": hash_name(hash),
        "form": if options.detached { "cms-detached" } else { "cms-attached" },
    });
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

/// Reads a file piece by piece.
fn pieces(path: &Path, mut each: impl FnMut(&[u8]) -> std::io::Result<()>) -> Result<()> {
    let failed = |error: std::io::Error| Problem::file(path, &error);
    let mut file = File::open(path).map_err(failed)?;
    let mut buffer = vec![0; PIECE];
    loop {
        if progress::interrupted() {
            return Err(interrupted());
        }
        match file.read(&mut buffer).map_err(failed)? {
            0 => return Ok(()),
            len => each(buffer.get(..len).unwrap_or_default()).map_err(failed)?,
        }
    }
}

/// Length and digests of a file of any size.
fn digest(
    context: &Context,
    path: &Path,
    hashes: &[DigestAlgorithm],
) -> Result<(u64, BTreeMap<&'static str, Vec<u8>>)> {
    let shown = printable(&path.display().to_string());
    let _progress = Progress::start(&say!("hashing", path = shown), context.global.progress);
    let mut hashers: Vec<Hasher> = hashes.iter().map(|hash| Hasher::new(*hash)).collect();
    let mut len = 0;
    pieces(path, |piece| {
        len += piece.len() as u64;
        hashers.iter_mut().for_each(|hasher| hasher.update(piece));
        Ok(())
    })?;
    let digests = hashers.into_iter().map(|hasher| (hash_name(hasher.algorithm()), hasher.finish()));
    Ok((len, digests.collect()))
}

/// As `--hash` names it.
const fn hash_name(hash: DigestAlgorithm) -> &'static str {
    match hash {
        DigestAlgorithm::Gost(HashAlgorithm::Streebog256) => "streebog256",
        DigestAlgorithm::Gost(HashAlgorithm::Gost94Test) => "gost94",
        DigestAlgorithm::Gost(HashAlgorithm::Gost94CryptoPro) => "gost94-crypto-pro",
        DigestAlgorithm::Gost(_) => "streebog512",
        DigestAlgorithm::Sha1 => "sha1",
        DigestAlgorithm::Sha384 => "sha384",
        DigestAlgorithm::Sha512 => "sha512",
        _ => "sha256",
    }
}

fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Judges a signed message; `None`: it is none.
pub(super) fn verify(context: &Context, options: &Verify) -> Result<Option<Report>> {
    let path = options.signature.as_ref().unwrap_or(&options.file);
    let mut octets = Vec::new();
    let failed = |error: std::io::Error| Problem::file(path, &error);
    let file = File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.len() > MAX_MESSAGE {
        let shown = path.display().to_string();
        return Err(Problem::new(
            Code::Unsupported,
            say!("cms-too-large", path = shown, count = MAX_MESSAGE),
        ));
    }
    file.take(MAX_MESSAGE).read_to_end(&mut octets).map_err(failed)?;
    let octets = text::octets(&octets).unwrap_or(octets);
    let message = match SignedMessage::from_der(&octets) {
        Ok(message) => message,
        // A signature by itself has no such beginning; a message that is damaged has.
        Err(CmsError::NotOne | CmsError::Encoding(_)) => return Ok(None),
        Err(error) => {
            return Err(Problem::new(Code::Data, error.said()).while_doing(&path.display().to_string()));
        }
    };
    let told = |error: CmsError| Problem::new(Code::Data, error.said());
    let material = material(&options.trust)?;
    let others: Vec<Certificate> = material.intermediates.iter().chain(&material.anchors).cloned().collect();
    let verdicts = match &options.signature {
        None => message.verify(Content::Attached, &others),
        Some(_) => {
            let hashes: Vec<_> = message.signers().iter().filter_map(|signer| signer.hash()).collect();
            let (_, digests) = digest(context, &options.file, &hashes)?;
            let digest = |hash: DigestAlgorithm| digests.get(hash_name(hash)).cloned().unwrap_or_default();
            message.verify(Content::Detached(&digest), &others)
        }
    };
    let (mut lines, mut signers) = (Vec::new(), Vec::<Value>::new());
    let judged = !options.trust.trust.is_empty();
    let mut all = material;
    all.intermediates.extend(message.certificates().iter().cloned());
    for (number, verdict) in verdicts.map_err(told)?.into_iter().enumerate() {
        let good =
            verdict.map_err(|error| told(error).while_doing(&say!("cms-signer", number = number + 1)))?;
        if judged {
            let mut asked = question(&options.trust, Usage::Signature);
            // A time stamp says when it was; without one it has to hold now.
            if let (None, Some(stamp)) = (options.trust.at, &good.time_stamp) {
                asked.at = stamp.time;
            }
            all.verify(&good.certificate, &asked).map_err(|error| {
                let whose = printable(&error.certificate.subject().to_string());
                let problem = say!("pki-not-good", name = whose, text = error.problem.said());
                let problem = Problem::new(Code::Data, problem);
                advice(&error.problem).into_iter().fold(problem, |problem, advice| problem.and(&advice))
            })?;
        }
        let subject = printable(&good.certificate.subject().to_string());
        let when = good.signing_time.map(moment).unwrap_or_else(|| say!("pki-not-said"));
        lines.push(say!("cms-good", name = subject.as_str(), time = when, kind = good.algorithm.to_string()));
        if let Some(stamp) = &good.time_stamp {
            lines.push(format!("  {}", say!("cms-stamped", time = moment(stamp.time))));
        }
        signers.push(json!({
            "subject": subject,
            "algorithm": good.algorithm.to_string(),
            "signing_time": good.signing_time.map(|at| at.to_string()),
            "time_stamp": good.time_stamp.map(|stamp| stamp.time.to_string()),
            "trusted": judged,
        }));
    }
    if !judged {
        lines.push(say!("cms-not-judged"));
    }
    let json = json!({
        "file": options.file.display().to_string(),
        "signature": options.signature.as_ref().map(|path| path.display().to_string()),
        "good": true,
        "signers": signers,
    });
    Ok(Some(Report::new(lines.join("\n"), json)))
}
