//! The guard around a link.

use super::ledger::{Event, Kind, Ledger, LedgerError};
use super::{GuardError, Refusal, Rules};
use crate::host::{Error, RigLink};
use crate::message::{Outcome, Task};
use kaztoken_core::Millis;
use kaztoken_core::apdu::{Command, CommandView, Effect, StatusWord, ins};
use kaztoken_core::drive::ApduLink;
use kaztoken_core::pin::Role;
use kaztoken_core::token::Serial;

/// How long the token may take to tell its serial number or its tries.
const QUESTION: Millis = Millis(5_000);
/// GET DATA 0181.
const SERIAL_NUMBER: [u8; 5] = [0x00, 0xCA, 0x01, 0x81, 0x08];
/// The longest response APDU.
const RESPONSE: usize = 258;

/// A link that sends only what the rules allow.
#[derive(Debug)]
pub struct Guard<L> {
    link: L,
    rules: Rules,
    /// The token is a virtual one, and may be treated as badly as one likes.
    simulated: bool,
    purpose: String,
    ledger: Option<Ledger>,
    /// Which token it is, once it has said so. After an error it may be another one.
    serial: Option<Serial>,
    /// Whose PIN was wrong, or is not known to have been right.
    wrong: Vec<Role>,
}

/// A command that may go out.
struct Permit {
    serial: Option<Serial>,
    /// What is written down of it.
    kind: Option<Kind>,
    role: Option<Role>,
    tries: Option<u8>,
    /// It is not known as it stands.
    unusual: bool,
}

impl<L: ApduLink> Guard<L> {
    /// Puts the guard in front of a link. `simulated`: the rig says that its token is a virtual one.
    #[must_use]
    pub const fn new(link: L, rules: Rules, simulated: bool) -> Self {
        let purpose = String::new();
        Self { link, rules, simulated, purpose, ledger: None, serial: None, wrong: Vec::new() }
    }

    /// For what commands are sent from here on, as the ledger has it.
    pub fn set_purpose(&mut self, purpose: impl Into<String>) {
        self.purpose = purpose.into();
    }

    /// Takes another link to the same token: it was powered anew.
    pub fn replace(&mut self, link: L) {
        self.forget();
        self.link = link;
    }

    /// Which token it is; `None` when it does not say.
    ///
    /// # Errors
    /// Of the link.
    pub fn serial(&mut self) -> Result<Option<Serial>, L::Error> {
        if self.serial.is_none() {
            let mut answer = [0; RESPONSE];
            let len = self.link.transmit(&SERIAL_NUMBER, &mut answer, QUESTION)?;
            if let Some(&[a, b, c, d, e, f, g, h, 0x90, 0x00]) = answer.get(..len) {
                self.serial = Some(Serial(u64::from_be_bytes([a, b, c, d, e, f, g, h])));
            }
        }
        Ok(self.serial)
    }

    /// How many tries are left: `Err` when the token does not say, `Ok(None)` when this role is logged in.
    fn tries(&mut self, role: Role) -> Result<Result<Option<u8>, Refusal>, L::Error> {
        let mut answer = [0; RESPONSE];
        let len = self.link.transmit(&[0x00, 0x20, 0x00, role.reference()], &mut answer, QUESTION)?;
        Ok(match answer.get(..len) {
            Some(&[0x63, counter]) if counter & 0xF0 == 0xC0 => Ok(Some(counter & 0x0F)),
            Some([0x69, 0x83]) => Ok(Some(0)),
            Some([0x90, 0x00]) => Ok(None),
            _ => Err(Refusal::TriesUnknown(role)),
        })
    }

    /// May this command go out?
    fn permit(&mut self, command: &[u8]) -> Result<Permit, GuardError<L::Error>> {
        let harmless = Permit { serial: None, kind: None, role: None, tries: None, unusual: false };
        let view = CommandView::parse(command).map(|view| view.command());
        let effect = view.as_ref().map_or(Effect::Unknown, Effect::of);
        let (kind, role) = match effect {
            Effect::Nothing | Effect::Logout => return Ok(harmless),
            Effect::Change => (Kind::Change, None),
            Effect::Generate => (Kind::Generate, None),
            Effect::Destroy => (Kind::Destroy, None),
            Effect::Pin(reference) => {
                let role = role(reference);
                (role.map_or(Kind::Unknown, Kind::pin), role)
            }
            _ => (disguise(command), None),
        };
        let serial = self.serial().map_err(GuardError::Link)?;
        let unusual = effect == Effect::Unknown;
        let written = (kind != Kind::Change).then_some(kind);
        let mut permit = Permit { serial, kind: written, role, tries: None, unusual };
        // What cannot be parsed still has a first and a second byte.
        let (cla, ins) = match *command {
            [cla, ins, ..] => (cla, ins),
            _ => (0, 0),
        };
        let header = view.unwrap_or(Command::new(cla, ins, 0, 0));
        if let Err(refusal) = self.judge(kind, &header, &mut permit)? {
            // It is refused, whether that can be written down or not.
            let _ = self.note(serial, Event::Refused { command: kind, reason: refusal.to_string() });
            return Err(GuardError::Refused(refusal));
        }
        Ok(permit)
    }

    fn judge(
        &mut self,
        kind: Kind,
        command: &Command<'_>,
        permit: &mut Permit,
    ) -> Result<Result<(), Refusal>, GuardError<L::Error>> {
        if let Some(role) = permit.role {
            match self.tries(role).map_err(GuardError::Link)? {
                Ok(tries) => permit.tries = tries,
                Err(refusal) if !self.simulated => return Ok(Err(refusal)),
                Err(_) => {}
            }
        }
        if self.simulated {
            return Ok(Ok(()));
        }
        let Some(serial) = permit.serial else { return Ok(Err(Refusal::NoSerial)) };
        if !self.rules.allow.contains(&serial) {
            return Ok(Err(Refusal::NotAllowed(serial)));
        }
        let Command { cla, ins, .. } = *command;
        let refusal = match (kind, permit.role) {
            // A question for the tries between the parts of a chain would be its end.
            _ if command.is_secret() && (kind == Kind::Unknown || cla & 0x10 != 0) => {
                Some(Refusal::Disguised { cla, ins })
            }
            _ if permit.unusual && !self.rules.unknown => Some(Refusal::Unknown { cla, ins }),
            (_, Some(role)) => self.judge_pin(role, serial, permit.tries)?,
            (Kind::Destroy, _) if !self.rules.destructive => Some(Refusal::Destructive { cla, ins }),
            // With the old PIN in it, it costs a try, too. A token without PINs is being formatted.
            (Kind::Destroy, _) if command.is_secret() && ins != ins::RESET_RETRY_COUNTER => {
                let Some(role) = role(command.p2) else { return Ok(Ok(())) };
                let tries = self.tries(role).map_err(GuardError::Link)?;
                self.judge_pin(role, serial, tries.ok().flatten())?
            }
            (Kind::Generate, _) => {
                let generations = self.ledger()?.ok_or(LedgerError::NoFile)?.account(serial)?.generations;
                (generations >= self.rules.generations).then_some(Refusal::WornOut { generations })
            }
            _ => None,
        };
        Ok(refusal.map_or(Ok(()), Err))
    }

    fn judge_pin(
        &mut self,
        role: Role,
        serial: Serial,
        tries: Option<u8>,
    ) -> Result<Option<Refusal>, LedgerError> {
        let floor = self.rules.floor(role);
        if let Some(tries) = tries.filter(|tries| *tries < floor) {
            return Ok(Some(Refusal::BelowFloor { role, tries, floor }));
        }
        // Nor tomorrow night: the ledger remembers.
        let ledger = self.ledger()?.ok_or(LedgerError::NoFile)?;
        let wrong = ledger.last_pin_was_wrong(serial, role)?;
        Ok((wrong || self.wrong.contains(&role)).then_some(Refusal::WrongBefore(role)))
    }

    /// The ledger; `None` when there need be none.
    fn ledger(&mut self) -> Result<Option<&mut Ledger>, LedgerError> {
        if self.ledger.is_none()
            && let Some(path) = &self.rules.ledger
        {
            self.ledger = Some(Ledger::open(path)?);
        }
        match &mut self.ledger {
            None if !self.simulated => Err(LedgerError::NoFile),
            ledger => Ok(ledger.as_mut()),
        }
    }

    fn note(&mut self, serial: Option<Serial>, event: Event) -> Result<(), LedgerError> {
        let purpose = self.purpose.clone();
        match (self.ledger()?, serial) {
            (Some(ledger), Some(serial)) => ledger.note(serial, &purpose, event),
            _ => Ok(()),
        }
    }

    /// The answer is there.
    fn ended(&mut self, permit: &Permit, response: &[u8]) {
        let sw = StatusWord::split(response).map(|(_, sw)| sw);
        if let Some(role) = permit.role {
            self.wrong.retain(|wrong| *wrong != role);
            if sw != Some(StatusWord::SUCCESS) {
                self.wrong.push(role);
            }
        }
        if let Some(command) = permit.kind {
            let status = sw.map_or_else(String::new, |sw| format!("{:04X}", sw.0));
            // Without this line a PIN counts as a wrong one, and a ledger that cannot be written refuses the next.
            let _ = self.note(permit.serial, Event::Ended { command, status });
        }
    }

    /// Which token it is must be asked anew.
    const fn forget(&mut self) {
        self.serial = None;
    }
}

/// What a command may be that is written in an unusual way: another channel, the odd instruction, wrong lengths.
fn disguise(command: &[u8]) -> Kind {
    match *command {
        [cla, 0x84 | 0x85, ..] if cla & 0x80 != 0 => Kind::Destroy,
        [_, 0x8A | 0x8B | 0xE4 | 0xE5, ..] => Kind::Destroy,
        [_, 0x46 | 0x47, ..] => Kind::Generate,
        _ => Kind::Unknown,
    }
}

/// Whose PIN has this reference.
fn role(reference: u8) -> Option<Role> {
    [Role::User, Role::Admin].into_iter().find(|role| role.reference() == reference)
}

impl<L: ApduLink> ApduLink for Guard<L> {
    type Error = GuardError<L::Error>;

    fn transmit(
        &mut self,
        command: &[u8],
        response: &mut [u8],
        budget: Millis,
    ) -> Result<usize, Self::Error> {
        let permit = self.permit(command)?;
        if let Some(command) = permit.kind {
            self.note(permit.serial, Event::Begun { command, tries: permit.tries })?;
        }
        match self.link.transmit(command, response, budget) {
            Ok(len) => {
                self.ended(&permit, response.get(..len).unwrap_or_default());
                Ok(len)
            }
            Err(error) => {
                self.wrong.extend(permit.role);
                self.forget();
                Err(GuardError::Link(error))
            }
        }
    }

    fn begin(&mut self) -> Result<(), Self::Error> {
        self.link.begin().map_err(GuardError::Link)
    }

    fn end(&mut self) {
        self.link.end();
    }

    fn recover(&mut self) -> Result<bool, Self::Error> {
        self.forget();
        self.link.recover().map_err(GuardError::Link)
    }

    fn power_off(&mut self) {
        self.forget();
        self.link.power_off();
    }
}

/// What else a rig with the token on its contacts can do.
impl Guard<RigLink> {
    /// Power on and cold reset; of a token that has power, too. The answer to reset.
    ///
    /// # Errors
    /// [`Error`].
    pub fn power_on(&mut self) -> Result<&[u8], Error> {
        self.forget();
        self.link.power_on()?;
        Ok(self.link.atr())
    }

    /// Warm reset. The answer to reset.
    ///
    /// # Errors
    /// [`Error`].
    pub fn reset(&mut self) -> Result<&[u8], Error> {
        self.forget();
        self.link.reset()?;
        Ok(self.link.atr())
    }

    /// Asks the rig for what is no business of the token.
    ///
    /// # Errors
    /// [`Refusal::Opaque`] for everything else; of the rig.
    pub fn ask(&mut self, task: &Task<'_>) -> Result<Outcome<'_>, GuardError<Error>> {
        if !task.is_harmless() {
            return Err(GuardError::Refused(Refusal::Opaque));
        }
        if matches!(task, Task::PowerOff) {
            self.power_off();
        }
        self.link.rig().ask(task).map_err(GuardError::Link)
    }

    /// What the rig says of itself.
    pub fn about(&mut self) -> &crate::host::About {
        self.link.rig().about()
    }

    /// Brings the line back after it failed. The token has no power then.
    ///
    /// # Errors
    /// [`Error`].
    pub fn reconnect(&mut self) -> Result<(), Error> {
        self.forget();
        self.link.rig().reconnect()
    }

    /// Did the line fail?
    pub fn is_broken(&mut self) -> bool {
        self.link.rig().is_broken()
    }
}
