//! The thread that talks to tokens: it looks at the bus, reads what comes, and does what is asked.
//!
//! A token is open only while it is read or worked on, or while somebody is logged in.

use super::dialog::Action;
use super::state::{CertificateLine, Content, KeyLine, ObjectLine, Row, View};
use super::update::{Answer, Job, Order};
use crate::args::Policy;
use crate::args::{Cli, Command, Format, Global, Via};
use crate::commands::cert::{Listed, listed};
use crate::commands::format::{self, Pins};
use crate::commands::object::entries;
use crate::commands::pin::Work;
use crate::commands::status::look;
use crate::context::{check_new_pin, pin_limits};
use crate::device::Token;
use crate::device::presence::{Bus, Change, Present, Seen};
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::names::named_keys;
use clap::Parser;
use core::time::Duration;
use kaztoken_core::pin::{LastTry, Limits, Pin, Role};
use kaztoken_core::token::{EraseEverything, Serial};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use zeroize::Zeroizing;

/// How often the bus is looked at.
const EVERY: Duration = Duration::from_millis(500);

/// Works until nobody asks any more.
pub(super) fn work(global: &Global, jobs: &Receiver<Job>, answers: &Sender<Answer>) {
    let bus = match Bus::new(global) {
        Ok(bus) => bus,
        Err(problem) => {
            let _ = answers.send(Answer::Failed(problem));
            return;
        }
    };
    let mut worker = Worker {
        global,
        bus,
        seen: Seen::default(),
        present: Vec::new(),
        held: None,
        answers,
        looked: false,
    };
    worker.poll();
    loop {
        match jobs.recv_timeout(EVERY) {
            Ok(Job::Refresh) => worker.refresh(),
            Ok(Job::Logout) => worker.log_out(),
            Ok(Job::Act(order)) => worker.act(&order),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return worker.log_out(),
        }
        worker.poll();
    }
}

struct Worker<'w> {
    global: &'w Global,
    bus: Bus<'w>,
    seen: Seen,
    present: Vec<Present>,
    /// The token at which somebody is logged in.
    held: Option<(String, Token)>,
    answers: &'w Sender<Answer>,
    looked: bool,
}

impl Worker<'_> {
    fn tell(&self, answer: Answer) {
        // Nobody listens any more when the panel is closing.
        let _ = self.answers.send(answer);
    }

    fn poll(&mut self) {
        let present = match self.bus.look() {
            Ok(present) => present,
            Err(problem) => return self.tell(Answer::Failed(problem)),
        };
        let changes = self.seen.compare(&present);
        self.present = present;
        if !self.looked || changes.iter().any(|change| !matches!(change, Change::Touched(_))) {
            self.looked = true;
            self.tell(Answer::Bus(self.present.iter().map(row).collect()));
        }
        for change in changes {
            match change {
                Change::Gone(id) => {
                    if self.held.as_ref().is_some_and(|(held, _)| *held == id) {
                        self.held = None;
                        self.tell(Answer::Login(None));
                    }
                }
                Change::Came(id) | Change::Touched(id) => self.read(&id),
            }
        }
    }

    /// Opens a token, reads it and lets it go.
    fn read(&mut self, id: &str) {
        if self.held.as_ref().is_some_and(|(held, _)| held == id) {
            return;
        }
        let Some(present) = self.present.iter().find(|present| present.id == id) else { return };
        let view = present.open(self.global).token.and_then(|mut token| view(&mut token));
        if present.via == Via::Virtual && view.as_ref().is_err_and(|problem| problem.code == Code::Busy) {
            // From outside it does not show when it is free again.
            self.seen.again(id);
        }
        self.tell(Answer::Row(id.to_owned(), view.map(Box::new)));
    }

    fn refresh(&mut self) {
        self.look_at_held();
        let ids: Vec<_> = self.present.iter().map(|present| present.id.clone()).collect();
        ids.iter().for_each(|id| self.read(id));
    }

    fn look_at_held(&mut self) {
        let Some((id, token)) = &mut self.held else { return };
        let (id, view) = (id.clone(), view(token));
        self.tell(Answer::Row(id, view.map(Box::new)));
    }

    /// Gives back the rights and the token.
    fn log_out(&mut self) {
        if let Some((id, mut token)) = self.held.take() {
            let logged_out = token.connection.run(async |session| session.logout().await);
            let view = logged_out.map_err(Problem::from).and_then(|()| view(&mut token));
            drop(token);
            self.tell(Answer::Login(None));
            self.tell(Answer::Row(id, view.map(Box::new)));
        }
    }

    fn act(&mut self, order: &Order) {
        let mut token = match self.take(&order.id) {
            Ok(token) => token,
            Err(problem) => return self.tell(Answer::Done(order.action, Err(problem))),
        };
        token.about.attached = order.attached;
        let result = carry_out(&mut token, order);
        let view = view(&mut token);
        self.tell(Answer::Row(order.id.clone(), view.map(Box::new)));
        match (order.action, &result) {
            (Action::Login(role), Ok(())) => {
                self.held = Some((order.id.clone(), token));
                self.tell(Answer::Login(Some((order.id.clone(), role))));
            }
            _ => {
                drop(token);
                self.tell(Answer::Login(None));
            }
        }
        self.tell(Answer::Done(order.action, result));
    }

    /// The token that an action is about. Whoever is logged in elsewhere is logged out.
    fn take(&mut self, id: &str) -> Result<Token> {
        if let Some((held, token)) = self.held.take() {
            if held == id {
                return Ok(token);
            }
            self.held = Some((held, token));
            self.log_out();
        }
        match self.present.iter().find(|present| present.id == id) {
            Some(present) => present.open(self.global).token,
            None => Err(Problem::new(Code::NoToken, say!("panel-gone"))),
        }
    }
}

fn row(present: &Present) -> Row {
    Row {
        id: present.id.clone(),
        place: present.place.clone(),
        name: present.name.clone(),
        is_token: present.is_token,
        content: Content::Reading,
    }
}

/// Reads all that the panel shows; no PIN is sent.
fn view(token: &mut Token) -> Result<View> {
    let (seen, keys, certificates, objects) = token.connection.run(async |session| {
        let seen = look(session).await?;
        let keys = named_keys(session).await?;
        Ok((seen, keys, listed(session).await?, entries(session).await?))
    })?;
    let keys = keys.iter().map(|key| KeyLine {
        number: key.key.key.to_string(),
        algorithm: key.key.algorithm.map(|algorithm| algorithm.to_string()),
        label: key.label().to_owned(),
        faulty: key.fault().is_some(),
    });
    let certificates = certificates.into_iter().map(|Listed { label, subject, not_after }| CertificateLine {
        label,
        subject,
        until: not_after.unwrap_or_default(),
    });
    let objects = objects.into_iter().map(|entry| ObjectLine {
        kind: entry.kind,
        file: entry.file(),
        private: entry.private,
        label: entry.label,
    });
    Ok(View {
        about: token.about.clone(),
        seen,
        keys: keys.collect(),
        certificates: certificates.collect(),
        objects: objects.collect(),
    })
}

fn pin(text: Option<&Zeroizing<String>>) -> Result<Pin> {
    Ok(Pin::new(text.map_or(&[][..], |text| text.as_bytes()))?)
}

/// The same guards and operations as the commands have, without their questions.
fn carry_out(token: &mut Token, order: &Order) -> Result<()> {
    let last_try = if order.last_try { LastTry::Accept } else { LastTry::Refuse };
    if order.action == Action::Format {
        return format_token(token, order, last_try);
    }
    let old = order.pin.as_ref();
    match order.action {
        Action::Login(role) => {
            with_pin(old, |pin| Work::Login { role, pin, stay: true }.carry_out(token, last_try))
        }
        Action::Change(role) => {
            let new = if role == Role::Admin { &order.new_admin } else { &order.new_user };
            with_pin(old, |pin| {
                with_new_pin(token, role, new.as_ref(), |token, new, limits| {
                    Work::Change { role, pin, new, limits }.carry_out(token, last_try)
                })
            })
        }
        Action::Unblock => with_pin(old, |admin| Work::Unblock { admin }.carry_out(token, last_try)),
        Action::SetUser => with_pin(old, |admin| {
            with_new_pin(token, Role::User, order.new_user.as_ref(), |token, new, limits| {
                Work::SetUser { admin, new, limits }.carry_out(token, last_try)
            })
        }),
        Action::Format => Ok(()),
    }
}

/// A PIN that stays in one place: the panel lives on, and what is moved leaves copies.
fn with_pin<T>(text: Option<&Zeroizing<String>>, work: impl FnOnce(&Pin) -> Result<T>) -> Result<T> {
    Pin::with(text.map_or(&[][..], |text| text.as_bytes()), work)?
}

/// A new PIN within the token's limits.
fn with_new_pin(
    token: &mut Token,
    role: Role,
    text: Option<&Zeroizing<String>>,
    work: impl FnOnce(&mut Token, &Pin, Limits) -> Result<()>,
) -> Result<()> {
    let limits = token.connection.run(async |session| pin_limits(session, role).await)?;
    with_pin(text, |new| {
        check_new_pin(new, role, limits, Policy::Token)?;
        work(token, new, limits)
    })
}

fn format_token(token: &mut Token, order: &Order, last_try: LastTry) -> Result<()> {
    let mut options = usual_format()?;
    options.label = (!order.label.is_empty()).then(|| order.label.clone());
    options.erase_keys = order.erase_keys;
    let label = format::label(options.label.as_deref())?;
    let before = format::survey(token, options.erase_keys)?;
    let typed = Serial::parse(&order.serial).ok_or_else(|| {
        Problem::new(Code::Refused, say!("panel-serial-differs", serial = token.about.serial.to_string()))
    })?;
    let consent = EraseEverything::confirm(token.about.serial, typed)?;
    let given = |text: &Option<Zeroizing<String>>| text.as_ref().map(|text| pin(Some(text))).transpose();
    let admin = if before.unfinished { None } else { Some(pin(order.pin.as_ref())?) };
    let pins = Pins::new(&options, admin, given(&order.new_admin)?, given(&order.new_user)?)?;
    format::carry_out(token, consent, &options, label, &pins, last_try)
}

/// What `kaztoken format` does when nothing else is asked for.
fn usual_format() -> Result<Format> {
    match Cli::try_parse_from(["kaztoken", "format"]) {
        Ok(Cli { command: Command::Format(options), .. }) => Ok(options),
        Ok(_) => Err(Problem::new(Code::Failed, "format")),
        Err(error) => Err(Problem::new(Code::Failed, error.to_string())),
    }
}
