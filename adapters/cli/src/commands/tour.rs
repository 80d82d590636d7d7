//! `tour`: the way of the bank's manual on a fresh virtual token, step by step, over the whole stack: APDUs in CCID
//! messages through a pipe to a token whose state is a file.

mod bank;
mod payment;

use crate::args::Via;
use crate::commands::enroll::kazakh;
use crate::context::Context;
use crate::device::{Token, connect, open_virtual};
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::{Report, hex};
use crate::progress::{Progress, watch_for_interrupt};
use crate::public_key::PublicKey;
use crate::said::Said as _;
use bank::Bank;
use kaztoken_core::Millis;
use kaztoken_core::pin::{LastTry, Limits, Pin, Role, State, check_bank_rule};
use kaztoken_core::token::opensc::Label;
use kaztoken_core::token::{
    Algorithm, CryptoProSet, EraseEverything, Error, FormatParameters, KeyRef, UserPinChange,
};
use kaztoken_virtual::ccid::CcidDevice;
use kaztoken_virtual::fault::FaultPlan;
use kaztoken_virtual::store::FileStore;
use kaztoken_virtual::{Model, State as TokenState, VirtualToken, system_rng};
use serde_json::{Value, json};
use std::io::Write;

/// A real token takes minutes for a key; the tour shows what that looks like.
const GENERATION_TIME: Millis = Millis(2_500);
const SERIAL: u64 = 0x4773_8461;
const PAYMENT: &str = "Payment order 17: 125000.00 KZT to TOO Primer, account KZ00 0000 0000 0000 0000";

pub(super) fn tour(context: &Context) -> Result<Report> {
    context.refuse_dry_run(&say!("dry-run-tour"))?;
    let mut tour = Tour { quiet: context.global.json, always: context.global.progress, steps: Vec::new() };
    watch_for_interrupt();
    let folder = tempfile::tempdir()
        .map_err(|error| Problem::new(Code::Failed, say!("tour-no-folder", text = error.said())))?;
    let file = folder.path().join("tour.kzt");
    let state = TokenState::factory(Model::Kaztoken, SERIAL);
    let card = VirtualToken::create(FileStore::create(&file)?, state, system_rng())?;
    let device = CcidDevice::new(FaultPlan::default()).generation_time(GENERATION_TIME);
    let opened = open_virtual(card, device, &context.global, "tour")?;
    tour.tell(&say!("tour-title"));
    let mut token = connect(opened, None, Via::Virtual, say!("tour-temporary"))?;
    tour.identify(&token);
    tour.status(&mut token)?;
    tour.format(&mut token)?;
    tour.password(&mut token)?;
    let mut bank = Bank::new()?;
    let initial = tour.initial(&bank)?;
    let (key, public) = tour.generate(&mut token)?;
    let public = kazakh(&public).ok_or_else(|| Problem::new(Code::Data, say!("enroll-key-unsound")))?;
    let certificate = tour.certificate(&mut token, &mut bank, key.get(), &public, &initial)?;
    let signed = tour.pay(&mut token, &bank, key.get(), &certificate)?;
    tour.verify(&bank, &signed)?;
    tour.wrong_pin(&mut token)?;
    tour.log_out(&mut token)?;
    tour.tell(&format!("\n{}", say!("tour-end")));
    Ok(Report::new("", json!({ "steps": tour.steps })))
}

/// The steps so far.
struct Tour {
    quiet: bool,
    always: bool,
    steps: Vec<Value>,
}

fn pin(text: &str) -> Result<Pin> {
    Ok(Pin::new(text.as_bytes())?)
}

/// The standard passwords that the manual names.
fn factory_admin() -> Result<Pin> {
    pin("87654321")
}
fn factory_user() -> Result<Pin> {
    pin("12345678")
}
fn chosen() -> Result<Pin> {
    pin("Karaganda47")
}

impl Tour {
    fn tell(&self, text: &str) {
        if !self.quiet {
            let mut stdout = std::io::stdout().lock();
            let _ = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
        }
    }

    /// A step: its name, one line that explains it, and what was seen.
    fn step(&mut self, name: &str, explain: &str, seen: &[(String, String)]) {
        let number = self.steps.len() + 1;
        self.tell(&format!("\n{number:>2}. {name}\n    {explain}"));
        for (what, value) in seen {
            self.tell(&format!("    {what:<14} {value}"));
        }
        let seen: Vec<Value> =
            seen.iter().map(|(what, value)| json!({ "what": what, "value": value })).collect();
        self.steps.push(json!({ "step": name, "explanation": explain, "seen": seen }));
    }

    fn identify(&mut self, token: &Token) {
        let about = &token.about;
        self.step(
            &say!("tour-identify"),
            &say!("tour-identify-why"),
            &[
                (say!("tour-model"), about.model.to_owned()),
                (say!("tour-serial"), format!("{} ({:#})", about.serial, about.serial)),
                (say!("tour-answer"), hex(&about.atr)),
            ],
        );
    }

    fn status(&mut self, token: &mut Token) -> Result<()> {
        let (label, memory, admin, user, keys) = token.connection.run(async |session| {
            let identity = session.identify().await?;
            let admin = session.pin_info(Role::Admin).await?.state;
            let user = session.pin_info(Role::User).await?.state;
            Ok((identity.label, identity.free_memory, admin, user, session.keys().await?.len()))
        })?;
        let label = label.map_or_else(|| say!("no-label"), |label| label.to_string());
        self.step(
            &say!("tour-status"),
            &say!("tour-status-why"),
            &[
                (say!("tour-label"), label),
                (say!("tour-keys"), keys.to_string()),
                (say!("tour-memory"), say!("bytes", count = memory.unwrap_or_default())),
                (say!("tour-administrator"), tries_left(admin)),
                (say!("tour-user"), tries_left(user)),
            ],
        );
        Ok(())
    }

    fn format(&mut self, token: &mut Token) -> Result<()> {
        let (admin, user) = (factory_admin()?, factory_user()?);
        let consent = EraseEverything::confirm(token.about.serial, token.about.serial)?;
        let parameters = FormatParameters {
            label: Label::new("TOO Primer"),
            user_pin_change: UserPinChange::User,
            ..FormatParameters::new(&admin, &user)
        };
        let erased = token.connection.run(async |session| {
            let mut session = session.login_admin(&admin, LastTry::Refuse).await?;
            self.step(
                &say!("tour-admin-login"),
                &say!("tour-admin-login-why"),
                &[(say!("tour-result"), say!("tour-logged-in-admin"))],
            );
            session.format(consent, &parameters).await?;
            session.label().await
        })?;
        self.step(
            &say!("tour-format"),
            &say!("tour-format-why"),
            &[
                (say!("tour-label"), erased.map_or_else(|| say!("no-label"), |label| label.to_string())),
                (say!("tour-user-pin"), say!("tour-user-pin-rights")),
            ],
        );
        Ok(())
    }

    fn password(&mut self, token: &mut Token) -> Result<()> {
        let (old, new) = (factory_user()?, chosen()?);
        let weak = pin("abcd1234")?;
        let Err(weakness) = check_bank_rule(&weak) else {
            return Err(Problem::new(Code::Failed, say!("tour-weak-passed")));
        };
        check_bank_rule(&new).map_err(Error::from)?;
        token.connection.run(async |session| {
            let mut user = session.login_user(&old, LastTry::Refuse).await?;
            self.step(
                &say!("tour-user-login"),
                &say!("tour-user-login-why"),
                &[(say!("tour-result"), say!("tour-logged-in-user"))],
            );
            user.change_pin(&new, Limits { min: 6, max: 32 }).await
        })?;
        self.step(
            &say!("tour-password"),
            &say!("tour-password-why"),
            &[
                ("abcd1234".to_owned(), say!("tour-refused-why", text = weakness.said())),
                (say!("tour-better"), say!("tour-accepted")),
            ],
        );
        Ok(())
    }

    fn generate(&mut self, token: &mut Token) -> Result<(KeyRef, PublicKey)> {
        let (pin, algorithm) = (chosen()?, Algorithm::Gost256(CryptoProSet::A));
        let start = std::time::Instant::now();
        let what = format!("    {}", say!("tour-generating"));
        let progress = (!self.quiet).then(|| Progress::start(&what, self.always));
        let made = token.connection.run(async |session| {
            let mut user = session.login_user(&pin, LastTry::Refuse).await?;
            let (key, bytes) = user.generate(algorithm).await?;
            if let Ok(public) = PublicKey::from_token(algorithm, &bytes) {
                let (content, id) = (public.to_opensc(), public.id());
                user.register_key(key, algorithm, &content, &id, "payments").await?;
            }
            Ok((key, bytes))
        });
        drop(progress);
        let (key, bytes) = made?;
        let public = PublicKey::from_token(algorithm, &bytes)?;
        let seconds = start.elapsed().as_secs_f32();
        self.step(
            &say!("tour-generate"),
            &say!("tour-generate-why"),
            &[
                (say!("tour-key"), format!("{key}, {}", algorithm.said())),
                (say!("tour-took"), say!("tour-seconds", text = format!("{seconds:.1}"))),
                (say!("tour-identifier"), hex(&public.id()).to_lowercase()),
            ],
        );
        Ok((key, public))
    }

    fn wrong_pin(&mut self, token: &mut Token) -> Result<()> {
        let (wrong, right) = (pin("Karaganda48")?, chosen()?);
        let before = token.connection.run(async |session| {
            session.logout().await?;
            Ok(session.pin_info(Role::User).await?.state)
        })?;
        let refused = token.connection.run(async |s| s.login_user(&wrong, LastTry::Refuse).await.map(|_| ()));
        let Err(kaztoken_core::drive::Failure::Token(refused @ Error::WrongPin { .. })) = refused else {
            return Err(Problem::new(Code::Failed, say!("tour-wrong-not-answered")));
        };
        token.connection.run(async |s| s.login_user(&right, LastTry::Refuse).await.map(|_| ()))?;
        self.step(
            &say!("tour-wrong-pin"),
            &say!("tour-wrong-pin-why"),
            &[
                (say!("tour-before"), tries_left(before)),
                (say!("tour-answer"), refused.said()),
                (say!("tour-right-one"), say!("tour-logged-in")),
            ],
        );
        Ok(())
    }

    fn log_out(&mut self, token: &mut Token) -> Result<()> {
        let state = token.connection.run(async |session| {
            session.logout().await?;
            Ok(session.pin_info(Role::User).await?.state)
        })?;
        self.step(
            &say!("tour-log-out"),
            &say!("tour-log-out-why"),
            &[(say!("tour-user"), tries_left(state))],
        );
        Ok(())
    }
}

fn tries_left(state: State) -> String {
    match state {
        State::NotVerified { tries: left } => say!("tour-not-logged-in", count = left),
        State::Verified => say!("tour-logged-in"),
        State::Blocked => say!("tour-blocked"),
        State::Absent | State::Unknown => say!("tour-not-known"),
    }
}
