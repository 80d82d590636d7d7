//! What came of a plan: a table, JSON, JUnit XML.

use super::about_json;
use super::plan::{Case, Plan};
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::{Report, printable, table};
use crate::said::Said as _;
use core::time::Duration;
use kaztoken_rig::host::{About, Address};
use quick_xml::Writer;
use quick_xml::events::BytesText;
use serde_json::{Value, json};
use std::io;
use std::path::Path;

/// What came of every case.
pub(super) struct Results {
    plan: String,
    about: About,
    rig: Value,
    pub(super) serial: Option<String>,
    pub(super) cases: Vec<CaseResult>,
    /// The XML could not be written.
    pub(super) incomplete: bool,
}

/// What came of one.
pub(super) struct CaseResult {
    pub(super) name: String,
    pub(super) took: Duration,
    pub(super) verdict: Verdict,
}

pub(super) enum Verdict {
    Passed,
    Failed {
        reason: String,
        /// What went to the token and came back, PINs masked.
        transcript: Vec<String>,
        /// No other case may run.
        ends_it: bool,
    },
    Skipped(String),
}

impl CaseResult {
    pub(super) fn skipped(case: &Case, why: &str) -> Self {
        Self { name: case.name.clone(), took: Duration::ZERO, verdict: Verdict::Skipped(why.to_owned()) }
    }

    /// The word in JSON.
    const fn word(&self) -> &'static str {
        match self.verdict {
            Verdict::Passed => "passed",
            Verdict::Failed { .. } => "failed",
            Verdict::Skipped(_) => "skipped",
        }
    }

    /// The same for people.
    fn shown(&self) -> String {
        match self.verdict {
            Verdict::Passed => say!("plan-passed"),
            Verdict::Failed { .. } => say!("plan-failed"),
            Verdict::Skipped(_) => say!("plan-skipped"),
        }
    }

    fn reason(&self) -> &str {
        match &self.verdict {
            Verdict::Passed => "",
            Verdict::Failed { reason, .. } | Verdict::Skipped(reason) => reason,
        }
    }

    /// For people, while the plan runs.
    pub(super) fn line(&self) -> String {
        let colon = if self.reason().is_empty() { "" } else { ": " };
        format!("{} {}{colon}{}", self.shown(), printable(&self.name), printable(self.reason()))
    }
}

impl Results {
    pub(super) fn new(plan: &Plan, address: &Address, about: &About) -> Self {
        let rig = about_json(address, about);
        Self {
            plan: plan.name.clone(),
            about: about.clone(),
            rig,
            serial: None,
            cases: Vec::new(),
            incomplete: false,
        }
    }

    /// Passed, failed, skipped.
    fn counts(&self) -> [usize; 3] {
        let number = |word| self.cases.iter().filter(|case| case.word() == word).count();
        ["passed", "failed", "skipped"].map(number)
    }

    pub(super) fn report(&self) -> Report {
        let [passed, failed, skipped] = self.counts();
        let mut rows = vec![vec![say!("table-case"), say!("table-result"), say!("table-seconds")]];
        for case in &self.cases {
            let seconds = format!("{:.3}", case.took.as_secs_f64());
            rows.push(vec![printable(&case.name), case.shown(), seconds]);
        }
        let mut text = table(&rows);
        for case in &self.cases {
            if let Verdict::Failed { reason, transcript, .. } = &case.verdict {
                text.push_str(&format!("\n\n{}: {}", printable(&case.name), printable(reason)));
                transcript.iter().for_each(|line| text.push_str(&format!("\n  {}", printable(line))));
            }
        }
        let count = self.cases.len();
        let summary =
            say!("plan-summary", count = count, passed = passed, failed = failed, skipped = skipped);
        text.push_str(&format!("\n\n{summary}"));
        let cases = self.cases.iter().map(|case| {
            let mut json = json!({
                "name": case.name,
                "result": case.word(),
                "seconds": case.took.as_secs_f64(),
            });
            if !case.reason().is_empty() {
                json["reason"] = json!(case.reason());
            }
            if let Verdict::Failed { transcript, .. } = &case.verdict {
                json["transcript"] = json!(transcript);
            }
            json
        });
        let json = json!({
            "plan": self.plan,
            "rig": self.rig,
            "serial": self.serial,
            "passed": passed,
            "failed": failed,
            "skipped": skipped,
            "cases": cases.collect::<Vec<_>>(),
        });
        let code = (failed > 0 || self.incomplete).then_some(Code::Failed);
        Report { code, ..Report::new(text, json) }
    }

    /// JUnit XML, as servers for continuous integration read it.
    pub(super) fn write_junit(&self, path: &Path) -> Result<()> {
        let xml = self
            .junit()
            .map_err(|error| Problem::new(Code::Failed, say!("plan-no-xml", text = error.said())))?;
        crate::whole_file::put(path, &xml)
    }

    fn junit(&self) -> io::Result<Vec<u8>> {
        let [_, failed, skipped] = self.counts();
        let seconds = |time: Duration| format!("{:.3}", time.as_secs_f64());
        let mut xml =
            Writer::new_with_indent(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_vec(), b' ', 2);
        let totals = [
            ("tests", self.cases.len().to_string()),
            ("failures", failed.to_string()),
            ("errors", "0".to_owned()),
            ("skipped", skipped.to_string()),
            ("time", seconds(self.cases.iter().map(|case| case.took).sum())),
        ];
        let name = printable(&self.plan);
        let suite = xml
            .create_element("testsuite")
            .with_attribute(("name", &name[..]))
            .with_attributes(totals.iter().map(|(name, value)| (*name, &value[..])));
        suite.write_inner_content(|xml| {
            xml.create_element("properties").write_inner_content(|xml| {
                let properties = [
                    ("firmware", &self.about.firmware[..]),
                    ("board", &self.about.board),
                    ("serial", self.serial.as_deref().unwrap_or("unknown")),
                ];
                for (name, value) in properties {
                    xml.create_element("property")
                        .with_attribute(("name", name))
                        .with_attribute(("value", &printable(value)[..]))
                        .write_empty()?;
                }
                Ok(())
            })?;
            for case in &self.cases {
                let (case_name, time) = (printable(&case.name), seconds(case.took));
                let element = xml
                    .create_element("testcase")
                    .with_attribute(("classname", &name[..]))
                    .with_attribute(("name", &case_name[..]))
                    .with_attribute(("time", &time[..]));
                let reason = printable(case.reason());
                match &case.verdict {
                    Verdict::Passed => element.write_empty()?,
                    Verdict::Skipped(_) => element.write_inner_content(|xml| {
                        let skipped = xml.create_element("skipped").with_attribute(("message", &reason[..]));
                        skipped.write_empty().map(|_| ())
                    })?,
                    Verdict::Failed { transcript, .. } => element.write_inner_content(|xml| {
                        let lines: Vec<_> = transcript.iter().map(|line| printable(line)).collect();
                        xml.create_element("failure")
                            .with_attribute(("message", &reason[..]))
                            .write_text_content(BytesText::new(&lines.join("\n")))
                            .map(|_| ())
                    })?,
                };
            }
            Ok(())
        })?;
        let mut bytes = xml.into_inner();
        bytes.push(b'\n');
        Ok(bytes)
    }
}
