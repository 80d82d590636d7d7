//! Signed messages (CMS) of any size, judged.

use crate::args::Verify;
use crate::commands::document::{Digested, whole};
use crate::context::Context;
use crate::exit::{Code, Problem, Result, interrupted};
use crate::language::say;
use crate::output::{Report, printable};
use crate::progress;
use crate::said::Said as _;
use crate::said::pki::moment;
use crate::trust::{judge, material, question};
use kaztoken_pki::algorithm::DigestAlgorithm;
use kaztoken_pki::chain::{Material, Usage};
use kaztoken_pki::cms::{CmsError, Content, SignedMessage, StreamError, Streamed, Verified, stream};
use kaztoken_pki::{Certificate, text};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::path::Path;

/// Largest message in base64 that is read; one in octets may be of any size.
const MAX_TEXT: usize = 64 << 20;
/// Octets that are read at a time.
const PIECE: usize = 256 * 1024;

fn told(error: CmsError) -> Problem {
    Problem::new(Code::Data, error.said())
}

/// Judges a signed message; `None`: it is none.
pub(super) fn verify(context: &Context, options: &Verify) -> Result<Option<Report>> {
    let path = options.signature.as_ref().unwrap_or(&options.file);
    if options.extract.is_some() && options.signature.is_some() {
        return Err(Problem::new(Code::Usage, say!("cms-nothing-to-extract")));
    }
    let mut verdict = None;
    match (&options.extract, &options.signature) {
        // What leaves the message is kept only if it turns out good.
        (Some(out), None) => {
            crate::whole_file::may_put(out)?;
            let mut found = Ok(None);
            let written = crate::whole_file::put_by(out, |file| {
                found = read(path, &[], &mut |piece| file.write_all(piece)).and_then(|streamed| {
                    streamed.map(|streamed| judged(context, options, path, streamed)).transpose()
                });
                if matches!(found, Ok(Some(_))) {
                    Ok(())
                } else {
                    Err(std::io::ErrorKind::InvalidData.into())
                }
            });
            verdict = found?;
            if verdict.is_some() {
                written?;
            }
        }
        _ => {
            if let Some(streamed) = read(path, &[], &mut |_| Ok(()))? {
                verdict = Some(judged(context, options, path, streamed)?);
            }
        }
    }
    Ok(verdict.map(|verdict| report(options, verdict)))
}

/// Reads a message piece by piece; `None`: it is none.
fn read(
    path: &Path,
    wanted: &[DigestAlgorithm],
    each: &mut dyn FnMut(&[u8]) -> std::io::Result<()>,
) -> Result<Option<Streamed>> {
    let failed = |error: std::io::Error| Problem::file(path, &error);
    let mut file = File::open(path).map_err(failed)?;
    let mut first = [0];
    let begins = file.read(&mut first).map_err(failed)?;
    let mut stopped = false;
    let mut each = |piece: &[u8]| {
        stopped = progress::interrupted();
        if stopped { Err(std::io::ErrorKind::Interrupted.into()) } else { each(piece) }
    };
    // Other first octets are those of base64 and PEM.
    let streamed = if first.get(..begins) == Some(&[0x30]) {
        let mut input = BufReader::with_capacity(PIECE, (&first[..]).chain(file));
        stream(&mut input, wanted, &mut each)
    } else {
        let Some(octets) = text::octets(&whole(path, MAX_TEXT).unwrap_or_default()) else { return Ok(None) };
        stream(&mut Cursor::new(octets), wanted, &mut each)
    };
    match streamed {
        Ok(streamed) => Ok(Some(streamed)),
        // A signature by itself has no such beginning; a message that is damaged has.
        Err(StreamError::Message(CmsError::NotOne)) => Ok(None),
        Err(StreamError::Io(_)) if stopped => Err(interrupted()),
        Err(StreamError::Io(error)) => Err(failed(error)),
        Err(StreamError::Message(error)) => Err(told(error).while_doing(&path.display().to_string())),
        Err(error) => Err(Problem::new(Code::Failed, error.to_string())),
    }
}

/// Every signer's verdict, all good.
fn judged(context: &Context, options: &Verify, path: &Path, streamed: Streamed) -> Result<Vec<Verified>> {
    let mut all = material(&options.trust)?;
    let others: Vec<Certificate> = all.intermediates.iter().chain(&all.anchors).cloned().collect();
    let hashes: Vec<_> = streamed.message.signers().iter().filter_map(|signer| signer.hash()).collect();
    let verdicts = match &options.signature {
        Some(_) => {
            let digested = Digested::of(context, &options.file, &hashes)?;
            verdicts(&streamed.message, &|hash| digested.by(hash), &others)
        }
        None if streamed.content_len.is_none() => return Err(told(CmsError::NoContent)),
        None => {
            let missing = hashes.iter().any(|hash| streamed.digest(*hash).is_none());
            // Signers by functions that the message does not name at its beginning: once more.
            let again = if missing { read(path, &hashes, &mut |_| Ok(()))? } else { None };
            let digests = again.as_ref().unwrap_or(&streamed);
            let digest = |hash| digests.digest(hash).map(<[u8]>::to_vec).unwrap_or_default();
            verdicts(&streamed.message, &digest, &others)
        }
    }?;
    all.intermediates.extend(streamed.message.certificates().iter().cloned());
    for verdict in &verdicts {
        trusted(options, &all, verdict)?;
    }
    Ok(verdicts)
}

fn verdicts(
    message: &SignedMessage,
    digest: &dyn Fn(DigestAlgorithm) -> Vec<u8>,
    others: &[Certificate],
) -> Result<Vec<Verified>> {
    let verdicts = message.verify(Content::Detached(digest), others).map_err(told)?;
    let numbered = (1..).zip(verdicts);
    numbered
        .map(|(number, verdict)| {
            verdict.map_err(|error| told(error).while_doing(&say!("cms-signer", number = number)))
        })
        .collect()
}

/// Whether the signer's certificate is to be trusted, and that of the time stamp.
fn trusted(options: &Verify, all: &Material, verdict: &Verified) -> Result<()> {
    if options.trust.trust.is_empty() {
        return Ok(());
    }
    let mut asked = question(&options.trust, Usage::Signature);
    if let Some(stamp) = &verdict.time_stamp {
        let mut stamped = question(&options.trust, Usage::TimeStamping);
        if options.trust.at.is_none() {
            (stamped.at, asked.at) = (stamp.time, stamp.time);
        }
        judge(all, &stamp.certificate, &stamped)
            .map_err(|problem| problem.while_doing(&say!("cms-stamped", time = moment(stamp.time))))?;
    }
    // A time stamp says when it was; without one it has to hold now.
    judge(all, &verdict.certificate, &asked).map(|_| ())
}

fn report(options: &Verify, verdicts: Vec<Verified>) -> Report {
    let (mut lines, mut signers) = (Vec::new(), Vec::<Value>::new());
    let judged = !options.trust.trust.is_empty();
    for good in verdicts {
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
    let shown = |path: &std::path::PathBuf| path.display().to_string();
    lines.extend(options.extract.as_ref().map(|path| say!("cms-extracted", path = shown(path))));
    let json = json!({
        "file": options.file.display().to_string(),
        "signature": options.signature.as_ref().map(shown),
        "good": true,
        "signers": signers,
        "extracted": options.extract.as_ref().map(shown),
    });
    Report::new(lines.join("\n"), json)
}
