//! The journal of an enrolment: lines that are only ever added, without secrets.
//!
//! ```text
//! kaztoken enrolment 1
//! begin token=1198752865 user=qq111111_qwertyui algorithm=gost2012-256 authority=http://127.0.0.1:8080/ role=1.2.398.3.3.4.1.1 subject=MB0x.. initial=ab12..
//! will password
//! did password
//! will key
//! did key number=1 public=MGYw..
//! ```
//! Octets are base64, texts have `%20` for blanks. A last line that was cut off is as if it had not been written.

use core::fmt;

use crate::text::{base64, to_base64};

const MAGIC: &str = "kaztoken enrolment 1";
/// More than any journal: a certificate has some thousand octets, and a transaction a few times as many.
pub(crate) const MAX: usize = 4 << 20;

/// What was decided before anything was done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decisions {
    /// The token's serial number.
    pub token: u64,
    /// The user's identifier at the bank.
    pub user: String,
    /// The label that the token gets.
    pub label: Option<String>,
    /// What kind of key, in the words of the command line.
    pub algorithm: String,
    /// Where the certificate comes from, in the words of the command line.
    pub authority: String,
    /// DER of the subject's name.
    pub subject: Vec<u8>,
    /// The role that is asked for, by its identifier.
    pub role: String,
    /// SHA-256 of the initial key's SubjectPublicKeyInfo, so that the same one signs when it is asked for again.
    pub initial_key: Vec<u8>,
}

/// What can be begun and done.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Step {
    /// The user PIN becomes the new password.
    Password,
    /// The label is written.
    Label,
    /// The key pair is generated.
    Key,
    /// The request is signed.
    Request,
    /// The request is sent and the answer waited for.
    Send,
    /// The certificate goes onto the token.
    Store,
    /// All is done.
    Finish,
}

impl Step {
    const ALL: [Self; 7] =
        [Self::Password, Self::Label, Self::Key, Self::Request, Self::Send, Self::Store, Self::Finish];

    /// Its word in the journal.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Label => "label",
            Self::Key => "key",
            Self::Request => "request",
            Self::Send => "send",
            Self::Store => "store",
            Self::Finish => "finish",
        }
    }
}

/// How far a step is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    /// Not begun.
    Open,
    /// Begun; whether it was done is not known.
    Begun,
    /// Done.
    Done,
}

/// A line of the journal after the first two.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A step is about to be done.
    Will(Step),
    /// A step was done that has nothing to tell: password, label, store, finish.
    Did(Step),
    /// The key pair is on the token: number and SubjectPublicKeyInfo.
    DidKey(u8, Vec<u8>),
    /// The request was signed.
    DidRequest(Vec<u8>),
    /// Where the transaction with the authority stands, in its own form.
    Transaction(Vec<u8>),
    /// The transaction led to nothing; the next one begins anew.
    NoTransaction,
    /// The certificate came.
    DidSend(Vec<u8>),
    /// The person gave the enrolment up.
    GiveUp,
}

/// What was decided and done, and with each new event the line to be added to the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Journal {
    decisions: Decisions,
    marks: [Mark; 7],
    key: Option<(u8, Vec<u8>)>,
    request: Option<Vec<u8>>,
    transaction: Option<Vec<u8>>,
    certificate: Option<Vec<u8>>,
    given_up: bool,
}

/// Why a file is no journal.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum JournalError {
    /// It does not begin as one.
    NotOne,
    /// It is of a later version of this program.
    Version,
    /// It is larger than any.
    TooLarge,
    /// A line is not what it should be.
    Line {
        /// Its number, from 1.
        number: usize,
    },
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOne => f.write_str("this is no journal of an enrolment"),
            Self::Version => f.write_str("the journal was written by a later version of this program"),
            Self::TooLarge => f.write_str("the journal is larger than any can be"),
            Self::Line { number } => write!(f, "line {number} of the journal is damaged"),
        }
    }
}

impl core::error::Error for JournalError {}

impl Journal {
    /// A journal that begins, and the text to begin the file with.
    #[must_use]
    pub fn begin(decisions: Decisions) -> (Self, String) {
        let mut line = format!("begin token={} user={}", decisions.token, word(&decisions.user));
        if let Some(label) = &decisions.label {
            line.push_str(&format!(" label={}", word(label)));
        }
        line.push_str(&format!(
            " algorithm={} authority={} role={} subject={} initial={}",
            word(&decisions.algorithm),
            word(&decisions.authority),
            word(&decisions.role),
            to_base64(&decisions.subject),
            to_base64(&decisions.initial_key)
        ));
        let journal = Self {
            decisions,
            marks: [Mark::Open; 7],
            key: None,
            request: None,
            transaction: None,
            certificate: None,
            given_up: false,
        };
        (journal, format!("{MAGIC}\n{line}\n"))
    }

    /// Reads a file. A last line without an end is left out: it was cut off while being written.
    /// # Errors
    /// [`JournalError`].
    pub fn from_text(text: &str) -> Result<Self, JournalError> {
        if text.len() > MAX {
            return Err(JournalError::TooLarge);
        }
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let mut lines = whole.lines().zip(1..);
        match lines.next() {
            Some((MAGIC, _)) => {}
            Some((other, _)) if other.starts_with("kaztoken enrolment ") => {
                return Err(JournalError::Version);
            }
            _ => return Err(JournalError::NotOne),
        }
        let (first, number) = lines.next().ok_or(JournalError::NotOne)?;
        let decisions = decisions(first).ok_or(JournalError::Line { number })?;
        let (mut journal, _) = Self::begin(decisions);
        for (line, number) in lines {
            journal.take(event(line).ok_or(JournalError::Line { number })?);
        }
        Ok(journal)
    }

    /// The line of an event, and the event taken in. Write the line first when the event tells of something to be done.
    #[must_use]
    pub fn add(&mut self, event: Event) -> String {
        let line = event.line();
        self.take(event);
        line
    }

    fn take(&mut self, event: Event) {
        let mut mark = |step: Step, mark: Mark| {
            if let Some(place) = self.marks.get_mut(step as usize) {
                *place = mark;
            }
        };
        match event {
            Event::Will(step) => mark(step, Mark::Begun),
            Event::Did(step) => mark(step, Mark::Done),
            Event::DidKey(number, public) => {
                mark(Step::Key, Mark::Done);
                self.key = Some((number, public));
            }
            Event::DidRequest(request) => {
                mark(Step::Request, Mark::Done);
                self.request = Some(request);
            }
            Event::Transaction(state) => self.transaction = Some(state),
            Event::NoTransaction => self.transaction = None,
            Event::DidSend(certificate) => {
                mark(Step::Send, Mark::Done);
                self.transaction = None;
                self.certificate = Some(certificate);
            }
            Event::GiveUp => self.given_up = true,
        }
    }

    /// What was decided.
    #[must_use]
    pub const fn decisions(&self) -> &Decisions {
        &self.decisions
    }

    /// How far a step is.
    #[must_use]
    pub fn mark(&self, step: Step) -> Mark {
        self.marks.get(step as usize).copied().unwrap_or(Mark::Open)
    }

    /// The key that was generated: its number and SubjectPublicKeyInfo.
    #[must_use]
    pub fn key(&self) -> Option<(u8, &[u8])> {
        self.key.as_ref().map(|(number, public)| (*number, public.as_slice()))
    }

    /// The request.
    #[must_use]
    pub fn request(&self) -> Option<&[u8]> {
        self.request.as_deref()
    }

    /// Where the transaction stands.
    #[must_use]
    pub fn transaction(&self) -> Option<&[u8]> {
        self.transaction.as_deref()
    }

    /// The certificate that came.
    #[must_use]
    pub fn certificate(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }

    /// Whether it was given up.
    #[must_use]
    pub const fn is_given_up(&self) -> bool {
        self.given_up
    }

    /// Whether all is done.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.mark(Step::Finish) == Mark::Done
    }
}

impl Event {
    fn line(&self) -> String {
        match self {
            Self::Will(step) => format!("will {}\n", step.name()),
            Self::Did(step) => format!("did {}\n", step.name()),
            Self::DidKey(number, public) => format!("did key number={number} public={}\n", to_base64(public)),
            Self::DidRequest(request) => format!("did request der={}\n", to_base64(request)),
            Self::Transaction(state) => format!("transaction state={}\n", to_base64(state)),
            Self::NoTransaction => "transaction none\n".to_owned(),
            Self::DidSend(certificate) => format!("did send certificate={}\n", to_base64(certificate)),
            Self::GiveUp => "give-up\n".to_owned(),
        }
    }
}

/// The value of a name on a line of `name=value`.
fn value<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.split(' ').find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
}

fn octets(line: &str, name: &str) -> Option<Vec<u8>> {
    base64(value(line, name)?)
}

fn decisions(line: &str) -> Option<Decisions> {
    let line = line.strip_prefix("begin ")?;
    let text = |name| value(line, name).and_then(unword);
    Some(Decisions {
        token: value(line, "token")?.parse().ok()?,
        user: text("user")?,
        label: match value(line, "label") {
            Some(label) => Some(unword(label)?),
            None => None,
        },
        algorithm: text("algorithm")?,
        authority: text("authority")?,
        role: text("role")?,
        subject: octets(line, "subject")?,
        initial_key: octets(line, "initial")?,
    })
}

fn event(line: &str) -> Option<Event> {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let step = || {
        let name = rest.split(' ').next()?;
        Step::ALL.into_iter().find(|step| step.name() == name)
    };
    Some(match verb {
        "will" => Event::Will(step()?),
        "did" => match step()? {
            Step::Key => Event::DidKey(value(rest, "number")?.parse().ok()?, octets(rest, "public")?),
            Step::Request => Event::DidRequest(octets(rest, "der")?),
            Step::Send => Event::DidSend(octets(rest, "certificate")?),
            step => Event::Did(step),
        },
        "transaction" if rest == "none" => Event::NoTransaction,
        "transaction" => Event::Transaction(octets(rest, "state")?),
        "give-up" => Event::GiveUp,
        _ => return None,
    })
}

/// A text without blanks and line ends.
fn word(text: &str) -> String {
    let mut word = String::with_capacity(text.len());
    for octet in text.bytes() {
        match octet {
            b'!'..=b'~' if octet != b'%' => word.push(char::from(octet)),
            _ => word.push_str(&format!("%{octet:02X}")),
        }
    }
    word
}

fn unword(word: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(word.len());
    let mut rest = word.bytes();
    while let Some(octet) = rest.next() {
        if octet != b'%' {
            octets.push(octet);
            continue;
        }
        let digit = |octet: u8| char::from(octet).to_digit(16);
        let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
        octets.push(u8::try_from(high << 4 | low).ok()?);
    }
    String::from_utf8(octets).ok()
}
