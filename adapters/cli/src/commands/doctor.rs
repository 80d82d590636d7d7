//! `doctor`: what is in the way between this computer and a token, and how to clear it. It needs no PIN, no PC/SC and
//! no rights, and changes nothing.

mod bus;
mod clock;
mod fix;
mod service;
mod system;
mod token;

use crate::args::{Doctor, Via};
use crate::context::Context;
use crate::exit::{Code, Result};
use crate::language::{messages, text};
use crate::output::Report;
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
}

/// Which device on USB.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Identity {
    vendor_id: u16,
    product_id: u16,
    name: String,
}

impl Finding {
    const fn new(verdict: Verdict, id: &'static str, code: Code) -> Self {
        Self { verdict, id, values: Vec::new(), code, fix: None }
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
        context.refuse_dry_run("doctor changes nothing")?;
    }
    let mut findings = look(context)?;
    if options.fix && fix::apply(context, &findings)? {
        findings = look(context)?;
    }
    Ok(report(&findings))
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
