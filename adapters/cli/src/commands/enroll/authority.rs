//! The authority's side of an enrolment: CMP over HTTP, or a folder into which people put files.

use super::initial::Initial;
use crate::exit::{Code, Problem, Result, interrupted};
use crate::language::say;
use crate::output::note;
use crate::progress;
use crate::said::Said as _;
use crate::trust::{certificate, now};
use kaztoken_pki::chain::{Material, Question, Revocation, Usage};
use kaztoken_pki::cmp::client::{Answer, Parties, Transaction};
use kaztoken_pki::cmp::http::{self, Url};
use kaztoken_pki::cmp::{CmpError, Failure};
use kaztoken_pki::{Certificate, Name, text};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Who gives the certificate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Authority {
    Cmp(Url),
    Files(PathBuf),
    /// The settlement centre's form: a template's name, and a folder.
    Kisc(String, PathBuf),
}

impl Authority {
    pub(super) fn parse(text: &str) -> Result<Self> {
        if let Some((template, folder)) = text.strip_prefix("kisc:").and_then(|rest| rest.split_once(':'))
            && !template.is_empty()
            && !folder.is_empty()
        {
            return Ok(Self::Kisc(template.to_owned(), folder.into()));
        }
        match text.strip_prefix("files:") {
            Some(folder) if !folder.is_empty() => Ok(Self::Files(folder.into())),
            _ => Url::parse(text)
                .map(Self::Cmp)
                .ok_or_else(|| Problem::new(Code::Usage, say!("enroll-authority-expected"))),
        }
    }
}

/// The files of a request in a folder.
pub(super) struct Exchange {
    pub(super) request: PathBuf,
    pub(super) certificate: PathBuf,
}

impl Exchange {
    /// The request's file has this ending.
    pub(super) fn of(folder: &Path, serial: u64, ending: &str) -> Self {
        let name = |end: &str| folder.join(format!("{serial:016x}.{end}"));
        Self { request: name(ending), certificate: name("cer") }
    }

    /// Takes the certificate when it is there.
    pub(super) fn certificate(&self) -> Result<Option<Certificate>> {
        self.certificate.exists().then(|| certificate(&self.certificate)).transpose()
    }

    /// The next move is the authority's, and people carry the files.
    pub(super) fn waits(&self) -> Problem {
        let (request, certificate) =
            (self.request.display().to_string(), self.certificate.display().to_string());
        Problem::new(Code::Timeout, say!("enroll-files-wait", path = request, certificate = certificate))
    }

    /// Puts the request out.
    pub(super) fn put(&self, label: &str, request: &[u8]) -> Result<()> {
        crate::whole_file::put(&self.request, text::pem(label, request).as_bytes())
    }
}

/// What the certificates of the authority are judged by.
pub(super) fn question() -> Question {
    Question { at: now(), usage: Usage::Any, revocation: Revocation::IfKnown }
}

/// What a conversation came to.
pub(super) enum Outcome {
    Certificate(Vec<u8>),
    /// The authority wants more time than there is.
    Waiting,
    /// The authority knows nothing of this transaction; another may be begun.
    Forgotten,
    /// The transaction is over, and not well: the next run begins another.
    Failed(Problem),
}

/// Speaks with the authority until the certificate is there. `keep` writes the transaction down before anything is sent and
/// after each answer.
pub(super) fn converse(
    url: &Url,
    transaction: &mut Transaction,
    subject: &Name,
    initial: &Initial,
    material: &Material,
    wait: Duration,
    mut keep: impl FnMut(&Transaction) -> Result<()>,
) -> Result<Outcome> {
    let end = Instant::now() + wait;
    let credentials = initial.credentials();
    let sender = initial.subject().unwrap_or(subject);
    let parties = Parties { sender, recipient: &Name::default() };
    loop {
        if progress::interrupted() {
            return Err(interrupted());
        }
        if transaction.is_done() {
            let der = transaction.certificate().unwrap_or_default();
            return Ok(Outcome::Certificate(der.to_vec()));
        }
        let message =
            transaction.message(parties, &credentials, now(), random()?).map_err(|error| told(&error))?;
        keep(transaction)?;
        let octets = send(url, &message)?;
        let answer = match transaction.answer(&octets, &credentials, material, &question()) {
            Err(CmpError::Rejected { failures, .. })
                if failures.contains(&Failure::TRANSACTION_ID_IN_USE) =>
            {
                return Ok(Outcome::Forgotten);
            }
            Err(
                error @ (CmpError::Rejected { .. }
                | CmpError::NoCertificate
                | CmpError::Certificate(_)
                | CmpError::OtherKey
                | CmpError::OtherSubject),
            ) => return Ok(Outcome::Failed(told(&error))),
            answer => answer.map_err(|error| told(&error))?,
        };
        keep(transaction)?;
        if let Answer::Wait(seconds, said) = answer {
            let pause = Duration::from_secs(u64::from(seconds.clamp(1, 3600)));
            if Instant::now() + pause > end {
                return Ok(Outcome::Waiting);
            }
            if !said.is_empty() {
                note(&say!("enroll-authority-says", text = crate::output::printable(&said)));
            }
            sleep(pause)?;
        }
    }
}

/// In short steps, so that Ctrl-C is heard.
fn sleep(pause: Duration) -> Result<()> {
    let end = Instant::now() + pause;
    while Instant::now() < end {
        if progress::interrupted() {
            return Err(interrupted());
        }
        std::thread::sleep(Duration::from_millis(100).min(end.saturating_duration_since(Instant::now())));
    }
    Ok(())
}

fn told(error: &CmpError) -> Problem {
    let code = match error {
        CmpError::Rejected { .. } => Code::Refused,
        _ => Code::Data,
    };
    Problem::new(code, error.said()).and(&say!("enroll-again"))
}

fn send(url: &Url, message: &[u8]) -> Result<Vec<u8>> {
    crate::http::post(url, http::CMP, http::CMP, message)
        .map_err(|problem| problem.and(&say!("enroll-again")))
}

/// From the system.
pub(in crate::commands) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut octets = [0; N];
    getrandom::fill(&mut octets)
        .map_err(|error| Problem::new(Code::Failed, say!("virtual-no-random", text = error.to_string())))?;
    Ok(octets)
}
