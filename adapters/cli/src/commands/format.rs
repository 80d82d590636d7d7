//! `format`: erase the token and set it up anew.

use super::token_json;
use crate::args::{Format, Policy, UserPinChange};
use crate::calendar::Moment;
use crate::context::{Context, ask, check_new_pin};
use crate::device::Token;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::{Report, fields, note, printable};
use crate::progress::Progress;
use kaztoken_core::pin::{LastTry, Limits, Pin, Role};
use kaztoken_core::token;
use kaztoken_core::token::opensc::Label;
use kaztoken_core::token::{Contents, EraseEverything, FormatParameters, Serial};
use serde_json::json;
use std::time::{SystemTime, UNIX_EPOCH};

/// The user PIN after a format unless another is given: the family's factory value, which everybody knows.
const FACTORY_USER_PIN: &[u8] = b"12345678";
/// The administrator PIN of a token whose format was cut off, unless another is given.
const FACTORY_ADMIN_PIN: &[u8] = b"87654321";

pub(super) fn format(context: &Context, options: &Format) -> Result<Report> {
    let label = label(options.label.as_deref())?;
    let mut token = context.token()?;
    let before = survey(&mut token, options.erase_keys)?;
    note(&before.describe(&token));
    let serial = typed_serial(context, options, &token)?;
    let consent = EraseEverything::confirm(token.about.serial, serial)?;
    let pins = pins(context, options, &mut token, &before)?;
    let progress = Progress::start(&say!("format-formatting"), context.global.progress);
    let result = carry_out(&mut token, consent, options, label, &pins, context.last_try());
    drop(progress);
    result?;
    Ok(report(&token, options, pins.user_is_factory))
}

/// What a format would destroy; refuses when it must not be done.
pub(super) fn survey(token: &mut Token, erase_keys: bool) -> Result<Before> {
    if token.about.attached > 1 {
        return Err(Problem::new(Code::Refused, say!("format-several", count = token.about.attached)));
    }
    super::enroll::refuse_while_enrolled(token.about.serial)?;
    let before = token.connection.run(async |session| {
        let identity = session.identify().await?;
        let unfinished = session.is_format_unfinished().await?;
        let lost = session.contents().await?;
        let label = identity.label.map(|label| printable(label.as_str()));
        Ok(Before { label, unfinished, lost })
    })?;
    if !erase_keys && !before.lost.is_empty() {
        let Contents { keys, certificates, foreign } = before.lost;
        let message = say!("format-not-empty", keys = keys, certificates = certificates, files = foreign);
        return Err(Problem::new(Code::Refused, message));
    }
    Ok(before)
}

/// Erases the token and sets it up, with one login.
pub(super) fn carry_out(
    token: &mut Token,
    consent: EraseEverything,
    options: &Format,
    label: Option<Label>,
    pins: &Pins,
    last_try: LastTry,
) -> Result<()> {
    let parameters = FormatParameters {
        label,
        min_admin_len: options.min_admin_len,
        min_user_len: options.min_user_len,
        admin_tries: options.admin_tries,
        user_tries: options.user_tries,
        user_pin_change: match options.user_pin_change {
            UserPinChange::Admin => token::UserPinChange::Admin,
            UserPinChange::User => token::UserPinChange::User,
            UserPinChange::Both => token::UserPinChange::Both,
        },
        erase_keys: options.erase_keys,
        time: Some(time_now()),
        ..FormatParameters::new(&pins.new_admin, &pins.new_user)
    };
    let result = token.connection.run(async |session| match &pins.admin {
        Some(pin) => {
            let mut session = session.login_admin(pin, last_try).await?;
            session.format(consent, &parameters).await
        }
        None => session.format_unfinished(consent, &parameters).await,
    });
    result.map_err(|failure| cut_off(failure.into()))
}

/// The token as it is.
pub(super) struct Before {
    label: Option<String>,
    /// An earlier format was cut off: there is no administrator PIN that could be verified.
    pub(super) unfinished: bool,
    lost: Contents,
}

impl Before {
    fn describe(&self, token: &Token) -> String {
        let rows = [
            (say!("status-token"), format!("{} {}", token.about.model, token.about.serial)),
            (say!("status-label"), self.label.clone().unwrap_or_else(|| say!("no-label"))),
            (say!("status-keys"), self.lost.keys.to_string()),
            (say!("status-certificates"), self.lost.certificates.to_string()),
            (say!("status-foreign"), self.lost.foreign.to_string()),
        ];
        let mut text = format!("{}\n{}", say!("format-erases"), fields(&rows));
        if self.lost.keys > 0 {
            text.push('\n');
            text.push_str(&say!("format-keys-lost"));
        }
        text
    }
}

/// A format that ended in the middle leaves a token that asks for another one.
fn cut_off(problem: Problem) -> Problem {
    match problem.code {
        Code::WrongPin | Code::PinBlocked | Code::Refused | Code::Usage => problem,
        _ => problem.and(&say!("format-run-again")),
    }
}

fn typed_serial(context: &Context, options: &Format, token: &Token) -> Result<Serial> {
    let refused = |message: String| Err(Problem::new(Code::Refused, message));
    match options.serial {
        Some(serial) if context.global.yes || context.dry_run() => return Ok(serial),
        Some(_) => return refused(say!("format-serial-needs-yes")),
        None if context.dry_run() => return Ok(token.about.serial),
        None if context.global.yes => {
            return refused(say!("format-yes-needs-serial"));
        }
        None => {}
    }
    match ask(&say!("format-type-serial"))? {
        Some(text) => match Serial::parse(&text) {
            Some(serial) => Ok(serial),
            None => refused(say!("format-no-serial")),
        },
        None => refused(say!("format-serial-not-typed")),
    }
}

/// The PINs that a format needs and sets.
pub(super) struct Pins {
    /// `None`: there is none to be verified.
    admin: Option<Pin>,
    new_admin: Pin,
    new_user: Pin,
    user_is_factory: bool,
}

fn pins(context: &Context, options: &Format, token: &mut Token, before: &Before) -> Result<Pins> {
    let admin = if before.unfinished { None } else { Some(context.pin(token, Role::Admin)?) };
    let given =
        context.given_pin("--new-admin-pin-source", options.new_admin_pin_source.as_ref(), Role::Admin)?;
    if given.is_none() && admin.is_none() {
        note(&say!("format-admin-pin-factory"));
    }
    let new_user =
        context.given_pin("--new-pin-source", context.global.new_pin_source.as_ref(), Role::User)?;
    Pins::new(options, admin, given, new_user)
}

impl Pins {
    /// With what stands for the PINs that were not given, all checked.
    pub(super) fn new(
        options: &Format,
        admin: Option<Pin>,
        new_admin: Option<Pin>,
        new_user: Option<Pin>,
    ) -> Result<Self> {
        let new_admin = match (new_admin, &admin) {
            (Some(pin), _) => pin,
            (None, Some(admin)) => Pin::new(admin.as_bytes())?,
            (None, None) => Pin::new(FACTORY_ADMIN_PIN)?,
        };
        let user_is_factory = new_user.is_none();
        let new_user = new_user.map_or_else(|| Pin::new(FACTORY_USER_PIN).map_err(Problem::from), Ok)?;
        let limits = |min| Limits { min, max: 32 };
        check_new_pin(&new_admin, Role::Admin, limits(options.min_admin_len), Policy::Token)?;
        check_new_pin(&new_user, Role::User, limits(options.min_user_len), Policy::Token)?;
        Ok(Self { admin, new_admin, new_user, user_is_factory })
    }
}

pub(super) fn label(text: Option<&str>) -> Result<Option<Label>> {
    let Some(text) = text else { return Ok(None) };
    let label = Label::new(text);
    label.map(Some).ok_or_else(|| Problem::new(Code::Usage, say!("format-label-wrong")))
}

fn report(token: &Token, options: &Format, user_is_factory: bool) -> Report {
    let label = options.label.clone().unwrap_or_else(|| say!("no-label"));
    let name = format!("{} {}", token.about.model, token.about.serial);
    let (user, admin) = (options.user_tries, options.admin_tries);
    let mut lines = vec![say!("format-done", name = name, label = label, user = user, admin = admin)];
    if user_is_factory {
        lines.push(say!("format-user-pin-factory"));
    }
    lines.push(say!("format-not-again"));
    let json = json!({
        "token": token_json(token),
        "label": options.label,
        "user_pin_is_factory": user_is_factory,
    });
    Report::new(lines.join("\n"), json)
}

/// `YYYYMMDDhhmmssZ`.
fn time_now() -> [u8; 15] {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let text = Moment::from_unix(seconds).generalized();
    text.as_bytes().first_chunk().copied().unwrap_or(*b"19700101000000Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels() {
        assert!(label(Some("")).is_err());
        assert!(label(Some(&"a".repeat(33))).is_err());
        assert_eq!(label(None).unwrap(), None);
        assert!(label(Some("ТОО Пример")).unwrap().is_some());
    }
}
