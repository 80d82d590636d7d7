//! Signatures in XML documents, judged.

use crate::args::Verify;
use crate::commands::document::whole;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::{Report, printable};
use crate::said::Said as _;
use crate::trust::{judge, material, question};
use kaztoken_pki::chain::Usage;
use kaztoken_pki::xml::{self, Covered, MAX_OCTETS, Signature};
use serde_json::{Value, json};
use std::fs::File;
use std::io::Read as _;

/// Judges every signature of an XML document; `None`: it is none.
pub(super) fn verify(options: &Verify) -> Result<Option<Report>> {
    if options.signature.is_some() || options.key.is_some() || !begins_as_xml(options)? {
        return Ok(None);
    }
    let shown = options.file.display().to_string();
    let document = whole(&options.file, MAX_OCTETS)?;
    let given = options.public_key.as_deref().map(crate::trust::certificate).transpose()?;
    let signatures = xml::verify(&document, given.as_ref())
        .map_err(|error| Problem::new(Code::Data, error.said()).while_doing(&shown))?;
    if signatures.is_empty() {
        return Err(Problem::new(Code::Data, say!("xml-no-signature", path = shown)));
    }
    let mut all = material(&options.trust)?;
    for signature in &signatures {
        all.intermediates.extend(signature.certificate.iter().chain(&signature.others).cloned());
    }
    let judged = !options.trust.trust.is_empty();
    let (mut lines, mut rows) = (Vec::new(), Vec::<Value>::new());
    for (number, signature) in (1..).zip(&signatures) {
        let which = say!("xml-signature", number = number, line = signature.line);
        signature
            .outcome
            .as_ref()
            .map_err(|error| Problem::new(Code::Data, error.said()).while_doing(&which))?;
        let Some(certificate) = &signature.certificate else { continue };
        if judged {
            judge(&all, certificate, &question(&options.trust, Usage::Signature))
                .map_err(|problem| problem.while_doing(&which))?;
        }
        let subject = printable(&certificate.subject().to_string());
        let kind = signature.algorithm.map(|algorithm| algorithm.to_string()).unwrap_or_default();
        lines.push(say!("xml-good", name = subject.as_str(), line = signature.line, kind = kind.as_str()));
        lines.extend(remarks(signature).into_iter().map(|remark| format!("  {remark}")));
        rows.push(json!({
            "line": signature.line,
            "subject": subject,
            "algorithm": kind,
            "covers": signature.covered.iter().map(covered_json).collect::<Vec<_>>(),
            "covers_document": signature.covers_document(),
            "later_signatures": signature.later_signatures,
            "trusted": judged,
        }));
    }
    if !judged {
        lines.push(say!("cms-not-judged"));
    }
    let json = json!({ "file": shown, "good": true, "signatures": rows });
    Ok(Some(Report::new(lines.join("\n"), json)))
}

/// Whether the file begins with `<`, behind blanks and a byte order mark.
fn begins_as_xml(options: &Verify) -> Result<bool> {
    let failed = |error: std::io::Error| Problem::file(&options.file, &error);
    let mut begin = Vec::new();
    File::open(&options.file).map_err(failed)?.take(64).read_to_end(&mut begin).map_err(failed)?;
    let begin = begin.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(&begin);
    Ok(begin.trim_ascii_start().first() == Some(&b'<'))
}

/// What a reader of the verdict must know beside it.
fn remarks(signature: &Signature) -> Vec<String> {
    let mut all: Vec<String> = signature.covered.iter().map(covered).collect();
    if !signature.covers_document() {
        all.push(say!("xml-not-whole"));
    }
    if signature.later_signatures > 0 {
        all.push(say!("xml-later", count = signature.later_signatures));
    }
    if signature.uses_sha1() {
        all.push(say!("xml-sha1"));
    }
    all
}

fn covered(covered: &Covered) -> String {
    match covered {
        Covered::Document => say!("xml-covers-document"),
        Covered::Element { name, id, line, .. } => {
            say!("xml-covers-element", name = printable(name), id = printable(id), line = *line)
        }
    }
}

fn covered_json(covered: &Covered) -> Value {
    match covered {
        Covered::Document => json!({ "document": true }),
        Covered::Element { name, id, line, .. } => {
            json!({ "element": printable(name), "id": printable(id), "line": line })
        }
    }
}
