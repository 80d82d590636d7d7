//! `doctor`: what is in the way between this computer and a token, and how to clear it. It needs no PIN, no PC/SC and
//! no rights, and changes nothing.

mod bundle;
mod bus;
mod clock;
mod fix;
mod service;
mod system;
mod token;

use crate::args::{Doctor, Via};
use crate::context::Context;
use crate::exit::{Code, Result};
use crate::language::{messages, say, text};
use crate::output::{Report, printable};
use fix::Fix;
use fluent_bundle::FluentValue;
use serde_json::{Value, json};
use system::System;

/// How a check ended.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Verdict {
    Ok,
    Warn,
    Fail,
}

impl Verdict {
    const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// What was found: a message of `locales/*/doctor.ftl` with its cause and its cure.
#[derive(Debug)]
struct Finding {
    verdict: Verdict,
    id: &'static str,
    values: Vec<(&'static str, FluentValue<'static>)>,
    /// How the program ends when this is the first thing that failed.
    code: Code,
    /// What `--fix` would write.
    fix: Option<Fix>,
    /// The value that is nobody else's business, and why.
    personal: Option<(&'static str, Personal)>,
}

/// What does not go into a bug report.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Personal {
    /// It goes there when the person asks for it.
    Serial,
    /// What the token or a certificate is called.
    Name,
}

/// What stands in place of what is hidden.
const HIDDEN: &str = "***";

/// Which device on USB.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Identity {
    vendor_id: u16,
    product_id: u16,
    name: String,
}

impl Finding {
    const fn new(verdict: Verdict, id: &'static str, code: Code) -> Self {
        Self { verdict, id, values: Vec::new(), code, fix: None, personal: None }
    }

    const fn ok(id: &'static str) -> Self {
        Self::new(Verdict::Ok, id, Code::Failed)
    }

    const fn warn(id: &'static str) -> Self {
        Self::new(Verdict::Warn, id, Code::Failed)
    }

    const fn fail(id: &'static str, code: Code) -> Self {
        Self::new(Verdict::Fail, id, code)
    }

    /// With a value that a bug report has no need of.
    fn with_personal(self, name: &'static str, value: String, kind: Personal) -> Self {
        Self { personal: Some((name, kind)), ..self.with(name, value) }
    }

    /// The same without what is personal; `serials` may stay.
    fn for_others(&self, serials: bool) -> Self {
        let mut values = self.values.clone();
        if let Some((name, kind)) = self.personal
            && !(serials && kind == Personal::Serial)
        {
            let is_it = |(value, _): &&mut (&'static str, FluentValue<'static>)| *value == name;
            values.iter_mut().filter(is_it).for_each(|(_, value)| *value = HIDDEN.into());
        }
        Self { values, fix: self.fix.clone(), ..*self }
    }

    fn curable(self, fix: Option<Fix>) -> Self {
        Self { fix, ..self }
    }

    fn with(self, name: &'static str, value: impl Into<FluentValue<'static>>) -> Self {
        let mut values = self.values;
        values.push((name, value.into()));
        Self { values, ..self }
    }

    fn said(&self, attribute: Option<&str>) -> Option<String> {
        messages().get(self.id, attribute, &self.values)
    }

    fn text(&self) -> String {
        let verdict = text(&format!("doctor-{}", self.verdict.name()));
        let mut lines = vec![format!("{verdict}  {}", self.said(None).unwrap_or_else(|| self.id.to_owned()))];
        let indent = " ".repeat(verdict.chars().count() + 2);
        for (attribute, label) in [("cause", "explain-cause"), ("cure", "doctor-cure")] {
            if let Some(said) = self.said(Some(attribute)) {
                lines.push(format!("{indent}{}: {said}", text(label)));
            }
        }
        lines.join("\n")
    }

    fn json(&self) -> Value {
        json!({
            "id": self.id,
            "verdict": self.verdict.name(),
            "says": self.said(None),
            "cause": self.said(Some("cause")),
            "cure": self.said(Some("cure")),
            "fix": self.fix.as_ref().map(|fix| json!({ "path": fix.path.display().to_string(), "text": fix.shown })),
        })
    }
}

pub(super) fn doctor(context: &Context, options: &Doctor) -> Result<Report> {
    if !options.fix {
        context.refuse_dry_run(&say!("dry-run-doctor"))?;
    }
    let mut findings = look(context)?;
    if options.fix && fix::apply(context, &findings)? {
        findings = look(context)?;
    }
    let mut done = report(&findings);
    if let Some(file) = &options.bundle {
        bundle::write(context, &findings, file, options.with_serial)?;
        let path = file.display().to_string();
        done.text = format!("{}\n{}", done.text, say!("doctor-bundle", path = printable(&path)));
        done.json.insert("bundle".to_owned(), json!(path));
    }
    Ok(done)
}

/// In the order in which a token is reached.
fn look(context: &Context) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let system = System::here();
    let via = context.global.via()?;
    let mut tokens = Vec::new();
    if via == Via::Usb {
        tokens = bus::look(&system, &mut findings);
    }
    if matches!(via, Via::Usb | Via::Pcsc) && cfg!(target_os = "linux") {
        service::look(&system, &tokens, &mut findings);
    }
    if matches!(via, Via::Usb | Via::Pcsc) {
        bus::other_systems(&mut findings);
    }
    clock::look(&mut findings);
    token::look(context, &mut findings);
    Ok(findings)
}

fn report(findings: &[Finding]) -> Report {
    let worst = findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Ok);
    let first_failure = findings.iter().find(|finding| finding.verdict == Verdict::Fail);
    let mut lines: Vec<_> = findings.iter().map(Finding::text).collect();
    lines.push(String::new());
    lines.push(text(&format!("doctor-all-{}", worst.name())));
    let json = json!({
        "healthy": worst != Verdict::Fail,
        "worst": worst.name(),
        "first_failure": first_failure.map(|finding| finding.id),
        "findings": findings.iter().map(Finding::json).collect::<Vec<_>>(),
    });
    Report { code: first_failure.map(|finding| finding.code), ..Report::new(lines.join("\n"), json) }
}
