//! `tour`: the way of the bank's manual on a fresh virtual token, step by step, over the whole stack: APDUs in CCID
//! messages through a pipe to a token whose state is a file.

use crate::args::{Form, Via};
use crate::context::Context;
use crate::der;
use crate::device::{Token, connect, open_virtual};
use crate::exit::{Code, Problem, Result};
use crate::output::{Report, hex, tries};
use crate::progress::{Progress, watch_for_interrupt};
use crate::public_key::{PublicKey, Year, to_form};
use kaztoken_core::Millis;
use kaztoken_core::gost::HashAlgorithm;
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
    context.refuse_dry_run("the tour has a virtual token of its own")?;
    let mut tour = Tour { quiet: context.global.json, always: context.global.progress, steps: Vec::new() };
    watch_for_interrupt();
    let folder = tempfile::tempdir()
        .map_err(|error| Problem::new(Code::Failed, format!("no folder for the virtual token: {error}")))?;
    let file = folder.path().join("tour.kzt");
    let state = TokenState::factory(Model::Kaztoken, SERIAL);
    let card = VirtualToken::create(FileStore::create(&file)?, state, system_rng())?;
    let device = CcidDevice::new(FaultPlan::default()).generation_time(GENERATION_TIME);
    let opened = open_virtual(card, device, &context.global, "tour")?;
    tour.say("A tour on a virtual KAZTOKEN, in the order of the bank's manual. No real token is touched.");
    let mut token = connect(opened, None, Via::Virtual, "a temporary file".into())?;
    tour.identify(&token);
    tour.status(&mut token)?;
    tour.format(&mut token)?;
    tour.password(&mut token)?;
    let (key, public) = tour.generate(&mut token)?;
    let signature = tour.sign(&mut token, key)?;
    tour.verify(&public, &signature)?;
    tour.wrong_pin(&mut token)?;
    tour.log_out(&mut token)?;
    tour.say(
        "\nThe same with a token of your own: kaztoken list, status, format, pin change, key generate, sign.",
    );
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
    fn say(&self, text: &str) {
        if !self.quiet {
            let mut stdout = std::io::stdout().lock();
            let _ = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
        }
    }

    /// A step: its name, one line that explains it, and what was seen.
    fn step(&mut self, name: &str, explain: &str, seen: &[(&str, String)]) {
        let number = self.steps.len() + 1;
        self.say(&format!("\n{number:>2}. {name}\n    {explain}"));
        for (what, value) in seen {
            self.say(&format!("    {what:<14} {value}"));
        }
        let seen: Vec<Value> =
            seen.iter().map(|(what, value)| json!({ "what": what, "value": value })).collect();
        self.steps.push(json!({ "step": name, "explanation": explain, "seen": seen }));
    }

    fn identify(&mut self, token: &Token) {
        let about = &token.about;
        self.step(
            "Identify",
            "The answer to reset names the model; the serial number is the one printed on the case.",
            &[
                ("model", about.model.to_owned()),
                ("serial number", format!("{} ({:#})", about.serial, about.serial)),
                ("answer", hex(&about.atr)),
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
        let label = label.map_or_else(|| "<no label>".to_owned(), |label| label.to_string());
        self.step(
            "Status",
            "Nothing here needs a PIN. No label and no keys: the token is empty, a registration can begin.",
            &[
                ("label", label),
                ("keys", keys.to_string()),
                ("free memory", format!("{} bytes", memory.unwrap_or_default())),
                ("administrator", tries_left(admin)),
                ("user", tries_left(user)),
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
                "Administrator login",
                "The standard administrator password of the manual. How many tries are left was read first.",
                &[("result", "logged in as administrator".to_owned())],
            );
            session.format(consent, &parameters).await?;
            session.label().await
        })?;
        self.step(
            "Format",
            "It erases everything for good, so the serial number must be confirmed and keys given up by name.",
            &[
                ("label", erased.map_or_else(|| "<no label>".to_owned(), |label| label.to_string())),
                ("user PIN", "may be changed by the user, 5 tries".to_owned()),
            ],
        );
        Ok(())
    }

    fn password(&mut self, token: &mut Token) -> Result<()> {
        let (old, new) = (factory_user()?, chosen()?);
        let weak = pin("abcd1234")?;
        let Err(weakness) = check_bank_rule(&weak) else {
            return Err(Problem::new(Code::Failed, "the weak password of the tour passed the bank's rule"));
        };
        check_bank_rule(&new).map_err(Error::from)?;
        token.connection.run(async |session| {
            let mut user = session.login_user(&old, LastTry::Refuse).await?;
            self.step(
                "User login",
                "The standard user password, which a format without another one leaves.",
                &[("result", "logged in as user".to_owned())],
            );
            user.change_pin(&new, Limits { min: 6, max: 32 }).await
        })?;
        self.step(
            "A password by the bank's rule",
            "At least 8 Latin letters and digits, both, no runs such as 123 or cba; checked before it is sent.",
            &[
                ("abcd1234", format!("refused: {weakness}")),
                ("a better one", "accepted and set".to_owned()),
            ],
        );
        Ok(())
    }

    fn generate(&mut self, token: &mut Token) -> Result<(KeyRef, PublicKey)> {
        let (pin, algorithm) = (chosen()?, Algorithm::Gost256(CryptoProSet::A));
        let start = std::time::Instant::now();
        let what = "    generating the key on the token";
        let progress = (!self.quiet).then(|| Progress::start(what, self.always));
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
            "Generate a key",
            "The private key never leaves the token. A real one takes minutes and asks for more time meanwhile.",
            &[
                ("key", format!("{key}, {algorithm}")),
                ("took", format!("{seconds:.1} s")),
                ("identifier", hex(&public.id()).to_lowercase()),
            ],
        );
        Ok((key, public))
    }

    fn sign(&mut self, token: &mut Token, key: KeyRef) -> Result<Vec<u8>> {
        let digest = HashAlgorithm::Streebog256.digest(PAYMENT.as_bytes());
        let pin = chosen()?;
        let wire = token.connection.run(async |session| {
            let mut user = session.login_user(&pin, LastTry::Refuse).await?;
            let mut out = [0; 128];
            user.sign_gost(key, digest.as_slice(), &mut out).await.map(<[u8]>::to_vec)
        })?;
        let signature = to_form(&wire, Form::Kazakh)?;
        let shown = hex(signature.get(..16).unwrap_or_default()).to_lowercase();
        self.step(
            "Sign a payment",
            "The document is hashed here (GOST R 34.11-2012), the token signs the hash (GOST R 34.10).",
            &[
                ("document", PAYMENT.to_owned()),
                ("signature", format!("{shown}.. ({} bytes)", signature.len())),
            ],
        );
        Ok(signature)
    }

    fn verify(&mut self, public: &PublicKey, signature: &[u8]) -> Result<()> {
        let check = |text: &str| {
            let digest = HashAlgorithm::Streebog256.digest(text.as_bytes());
            public.check(digest.as_slice(), signature, Form::Kazakh)
        };
        check(PAYMENT)?;
        if check(&PAYMENT.replace("125000", "925000")).is_ok() {
            return Err(Problem::new(Code::Data, "the signature of an altered payment was accepted"));
        }
        let pem = der::pem("PUBLIC KEY", &public.to_spki(Year::Y2012));
        self.step(
            "Verify",
            "The public key is enough for that; no token is needed.",
            &[
                ("public key", pem.lines().nth(1).map(|line| format!("{line}..")).unwrap_or_default()),
                ("this payment", "the signature is good".to_owned()),
                ("one altered", "refused".to_owned()),
            ],
        );
        Ok(())
    }

    fn wrong_pin(&mut self, token: &mut Token) -> Result<()> {
        let (wrong, right) = (pin("Karaganda48")?, chosen()?);
        let before = token.connection.run(async |session| {
            session.logout().await?;
            Ok(session.pin_info(Role::User).await?.state)
        })?;
        let refused = token.connection.run(async |s| s.login_user(&wrong, LastTry::Refuse).await.map(|_| ()));
        let Err(kaztoken_core::drive::Failure::Token(refused @ Error::WrongPin { .. })) = refused else {
            return Err(Problem::new(Code::Failed, "a wrong PIN was not answered as one"));
        };
        token.connection.run(async |s| s.login_user(&right, LastTry::Refuse).await.map(|_| ()))?;
        self.step(
            "A wrong PIN",
            "It costs exactly one try; the right one brings them all back. The last try is never spent unasked.",
            &[
                ("before", tries_left(before)),
                ("answer", refused.to_string()),
                ("the right one", "logged in".to_owned()),
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
            "Log out",
            "The token keeps no rights behind; every command of this program ends like that.",
            &[("user", tries_left(state))],
        );
        Ok(())
    }
}

fn tries_left(state: State) -> String {
    match state {
        State::NotVerified { tries: left } => format!("not logged in, {} left", tries(left)),
        State::Verified => "logged in".to_owned(),
        State::Blocked => "blocked".to_owned(),
        State::Absent | State::Unknown => "not known".to_owned(),
    }
}
