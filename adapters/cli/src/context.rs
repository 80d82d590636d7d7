//! What every command shares: the options, where PINs come from, the plan of a dry run.

use crate::args::{Global, Policy};
use crate::device::{self, Token};
use crate::dry_run::Plan;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::{Report, note};
use crate::pin_source::{PinSource, announce_tries, stdin_line};
use crate::said::Said as _;
use core::cell::RefCell;
use kaztoken_core::apdu::tlv::{self, Tlvs};
use kaztoken_core::pin::{LastTry, Limits, Pin, Role, State, check_bank_rule};
use kaztoken_core::token::{Error, Path, Session};
use std::io::{IsTerminal, Write};
use std::rc::Rc;

/// What every command shares.
pub(crate) struct Context {
    pub(crate) global: Global,
    plan: Option<Rc<RefCell<Plan>>>,
    pin: PinSource,
    admin_pin: PinSource,
    new_pin: Option<PinSource>,
}

/// Longer than any shortest length, shorter than any longest.
const STAND_IN: &[u8] = &[b'*'; 32];

impl Context {
    pub(crate) fn new(mut global: Global) -> Result<Self> {
        crate::commands::trace::begin(&mut global)?;
        let pin = source("--pin-source", global.pin_source.as_ref())?;
        let admin_pin = source("--admin-pin-source", global.admin_pin_source.as_ref())?;
        let new_pin = source("--new-pin-source", global.new_pin_source.as_ref())?;
        let pin = pin.unwrap_or(PinSource::Prompt);
        let admin_pin = admin_pin.unwrap_or_else(|| pin.clone());
        let plan = global.dry_run.then(Rc::default);
        Ok(Self { global, plan, pin, admin_pin, new_pin })
    }

    /// Says so when the trace could not be written to its end.
    pub(crate) fn end_of_trace(&self) {
        let failed = self.global.recorder.as_ref().and_then(kaztoken_trace::Recorder::take_failure);
        if let (Some(error), Some(file)) = (failed, &self.global.trace) {
            let path = file.display().to_string();
            note(&say!("trace-cut-off", path = path, text = error.to_string()));
        }
    }

    /// The token to work with.
    pub(crate) fn token(&self) -> Result<Token> {
        device::choose(&self.global, self.plan.as_ref())
    }

    /// Everything that is attached.
    pub(crate) fn attached(&self) -> Result<Vec<device::Attached>> {
        device::attached(&self.global, self.plan.as_ref())
    }

    /// Nothing may change.
    pub(crate) const fn dry_run(&self) -> bool {
        self.plan.is_some()
    }

    /// The plan of a dry run; `None` when nothing would change, so that the result itself is shown.
    pub(crate) fn planned(&self) -> Option<Report> {
        let plan = self.plan.as_ref()?.borrow();
        (!plan.is_empty()).then(|| Report::new(plan.text(), plan.json()))
    }

    /// For commands that have no token to spare.
    pub(crate) fn refuse_dry_run(&self, why: &str) -> Result<()> {
        let refused = || Problem::new(Code::Usage, say!("problem-dry-run", text = why));
        if self.dry_run() { Err(refused()) } else { Ok(()) }
    }

    pub(crate) const fn last_try(&self) -> LastTry {
        if self.global.last_try_ok { LastTry::Accept } else { LastTry::Refuse }
    }

    /// Asks for a PIN, after showing how many tries it has. Refuses when it could not be sent.
    pub(crate) fn pin(&self, token: &mut Token, role: Role) -> Result<Pin> {
        let source = match role {
            Role::Admin => &self.admin_pin,
            Role::User => &self.pin,
        };
        self.pin_from(token, role, source)
    }

    fn pin_from(&self, token: &mut Token, role: Role, source: &PinSource) -> Result<Pin> {
        let last_try = self.last_try();
        let state = token.connection.run(async |session| {
            if session.pin_info(role).await?.state == State::Verified {
                // Somebody else's rights; they would hide the tries.
                session.logout().await?;
            }
            session.may_try(role, last_try).await?;
            Ok(session.access().state(role))
        })?;
        if self.dry_run() {
            return stand_in();
        }
        if let State::NotVerified { tries } = state {
            announce_tries(role, tries);
        }
        source.read(&say!("pin-of", role = role.to_string()))
    }

    /// The user PIN after it was changed to the new one: from the new one's source where there is one.
    pub(crate) fn changed_pin(&self, token: &mut Token) -> Result<Pin> {
        let source = self.new_pin.as_ref().unwrap_or(&self.pin);
        self.pin_from(token, Role::User, source)
    }

    /// Asks for a new PIN and checks it, before anything is sent.
    pub(crate) fn new_pin(&self, role: Role, limits: Limits, policy: Policy) -> Result<Pin> {
        if self.dry_run() {
            return stand_in();
        }
        let source = self.new_pin.as_ref().unwrap_or(&PinSource::Prompt);
        let pin = source.read_new(&say!("pin-new-of", role = role.to_string()))?;
        check_new_pin(&pin, role, limits, policy)?;
        Ok(pin)
    }

    /// A new PIN from a source of its own, if one is given.
    pub(crate) fn given_pin(&self, option: &str, given: Option<&String>, role: Role) -> Result<Option<Pin>> {
        let Some(source) = source(option, given)? else { return Ok(None) };
        if self.dry_run() {
            return stand_in().map(Some);
        }
        source.read_new(&say!("pin-new-of", role = role.to_string())).map(Some)
    }

    /// Asks before something is deleted; the answer is no unless it says yes.
    pub(crate) fn confirm(&self, question: &str) -> Result<()> {
        match self.confirmed(question)? {
            true => Ok(()),
            false => Err(Problem::new(Code::Refused, say!("problem-not-confirmed"))),
        }
    }

    /// Asks; the answer is no unless it says yes.
    pub(crate) fn confirmed(&self, question: &str) -> Result<bool> {
        if self.global.yes || self.dry_run() {
            return Ok(true);
        }
        Ok(ask(&say!("question-yes-no", text = question))?.is_some_and(|answer| is_yes(&answer)))
    }
}

/// Yes in the language that was chosen, or in English.
fn is_yes(answer: &str) -> bool {
    let answer = answer.to_lowercase();
    matches!(&answer[..], "y" | "yes") || answer == say!("answer-letter") || answer == say!("answer-word")
}

/// Asks on stderr; the answer is a line of the standard input. `None` when that has ended.
pub(crate) fn ask(question: &str) -> Result<Option<String>> {
    let mut stderr = std::io::stderr().lock();
    let _ = write!(stderr, "{question} ").and_then(|()| stderr.flush());
    drop(stderr);
    let line = stdin_line();
    if !std::io::stdin().is_terminal() {
        note("");
    }
    let line =
        line.map_err(|error| Problem::new(Code::Failed, say!("problem-stdin", text = error.said())))?;
    Ok(line.map(|line| String::from_utf8_lossy(&line).trim().to_owned()))
}

pub(crate) fn source(option: &str, text: Option<&String>) -> Result<Option<PinSource>> {
    // What was given is not repeated: it may be a PIN.
    let wrong = |error: String| Problem::new(Code::Usage, format!("{option}: {error}"));
    text.map(|text| text.parse().map_err(wrong)).transpose()
}

/// What a dry run takes in place of a PIN.
fn stand_in() -> Result<Pin> {
    Ok(Pin::new(STAND_IN)?)
}

/// The token's own limits always; the bank's rule when asked for.
pub(crate) fn check_new_pin(pin: &Pin, role: Role, limits: Limits, policy: Policy) -> Result<()> {
    let weakness = limits.check(pin).and_then(|()| match policy {
        Policy::Token => Ok(()),
        Policy::Bank => check_bank_rule(pin),
    });
    weakness.map_err(|weakness| {
        let text = weakness.said();
        Problem::new(Code::Refused, say!("pin-new-refused", role = role.to_string(), text = text))
    })
}

/// The lengths that a PIN may have: as OpenSC's layout announces them, else what fits into one command.
pub(crate) async fn pin_limits(session: &mut Session<'_>, role: Role) -> Result<Limits, Error> {
    let mut file = [0; 256];
    let path = Path::PKCS15.child(0x6005);
    let len = match session.read_file(path, &mut file).await {
        Ok(len) => len,
        Err(Error::NotFound { .. } | Error::BufferTooSmall { .. }) => return Ok(Limits::ANY),
        Err(error) => return Err(error),
    };
    let entries = Tlvs::new(file.get(..len).unwrap_or_default()).map_while(Result::ok);
    let mut attributes = entries.filter_map(|entry| tlv::find_path(entry.value, &[0xA1, 0x30]));
    let limits = attributes.find_map(|attributes| {
        (tlv::find(attributes, 0x80)? == [role.reference()]).then_some(())?;
        let mut numbers = Tlvs::new(attributes).map_while(Result::ok).filter(|t| t.tag == 0x02);
        let (min, max) = (numbers.next()?.value, numbers.nth(1)?.value);
        match (min, max) {
            (&[min], &[max]) if min <= max => Some(Limits { min: min.max(1), max }),
            _ => None,
        }
    });
    Ok(limits.unwrap_or(Limits::ANY))
}
