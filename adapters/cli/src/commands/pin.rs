//! `pin` and `admin-pin`.

use super::token_json;
use crate::args::{AdminPin, NewPin, Pin};
use crate::context::{Context, pin_limits};
use crate::device::Token;
use crate::exit::Result;
use crate::language::say;
use crate::output::Report;
use crate::progress::watch_for_interrupt;
use kaztoken_core::pin::{LastTry, Limits, Pin as Secret, Role};
use serde_json::json;

pub(super) fn pin(context: &Context, command: &Pin) -> Result<Report> {
    match command {
        Pin::Verify { admin: false } => verify(context, Role::User),
        Pin::Verify { admin: true } => verify(context, Role::Admin),
        Pin::Change(options) => change(context, Role::User, options),
        Pin::Unblock => unblock(context),
        Pin::Set(options) => set(context, options),
    }
}

pub(super) fn admin_pin(context: &Context, command: &AdminPin) -> Result<Report> {
    let AdminPin::Change(options) = command;
    change(context, Role::Admin, options)
}

/// What is done with PINs once they were given, here and in the panel.
pub(super) enum Work<'p> {
    /// Logs in; to stay so or just to see that the PIN is right.
    Login {
        role: Role,
        pin: &'p Secret,
        stay: bool,
    },
    Change {
        role: Role,
        pin: &'p Secret,
        new: &'p Secret,
        limits: Limits,
    },
    Unblock {
        admin: &'p Secret,
    },
    SetUser {
        admin: &'p Secret,
        new: &'p Secret,
        limits: Limits,
    },
}

impl Work<'_> {
    /// Carries it out: one login, nothing is repeated.
    pub(super) fn carry_out(&self, token: &mut Token, last_try: LastTry) -> Result<()> {
        watch_for_interrupt();
        Ok(token.connection.run(async |session| match *self {
            Self::Login { role: Role::Admin, pin, stay } => {
                let session = session.login_admin(pin, last_try).await?;
                if stay { Ok(()) } else { session.logout().await }
            }
            Self::Login { role: Role::User, pin, stay } => {
                let session = session.login_user(pin, last_try).await?;
                if stay { Ok(()) } else { session.logout().await }
            }
            Self::Change { role: Role::Admin, pin, new, limits } => {
                let mut session = session.login_admin(pin, last_try).await?;
                session.change_pin(new, limits).await?;
                session.logout().await
            }
            Self::Change { role: Role::User, pin, new, limits } => {
                let mut session = session.login_user(pin, last_try).await?;
                session.change_pin(new, limits).await?;
                session.logout().await
            }
            Self::Unblock { admin } => {
                let mut session = session.login_admin(admin, last_try).await?;
                session.unblock_user_pin().await?;
                session.logout().await
            }
            Self::SetUser { admin, new, limits } => {
                let mut session = session.login_admin(admin, last_try).await?;
                session.set_user_pin(new, limits).await?;
                session.logout().await
            }
        })?)
    }
}

fn verify(context: &Context, role: Role) -> Result<Report> {
    let mut token = context.token()?;
    let pin = context.pin(&mut token, role)?;
    Work::Login { role, pin: &pin, stay: false }.carry_out(&mut token, context.last_try())?;
    Ok(done(&token, say!("pin-right", role = role.to_string()), role))
}

fn change(context: &Context, role: Role, options: &NewPin) -> Result<Report> {
    let mut token = context.token()?;
    let limits = token.connection.run(async |session| pin_limits(session, role).await)?;
    let pin = context.pin(&mut token, role)?;
    let new = context.new_pin(role, limits, options.policy)?;
    Work::Change { role, pin: &pin, new: &new, limits }.carry_out(&mut token, context.last_try())?;
    Ok(done(&token, say!("pin-changed", role = role.to_string()), role))
}

fn unblock(context: &Context) -> Result<Report> {
    let mut token = context.token()?;
    let pin = context.pin(&mut token, Role::Admin)?;
    Work::Unblock { admin: &pin }.carry_out(&mut token, context.last_try())?;
    Ok(done(&token, say!("pin-unblocked"), Role::User))
}

fn set(context: &Context, options: &NewPin) -> Result<Report> {
    let mut token = context.token()?;
    let limits = token.connection.run(async |session| pin_limits(session, Role::User).await)?;
    let pin = context.pin(&mut token, Role::Admin)?;
    let new = context.new_pin(Role::User, limits, options.policy)?;
    Work::SetUser { admin: &pin, new: &new, limits }.carry_out(&mut token, context.last_try())?;
    Ok(done(&token, say!("pin-set"), Role::User))
}

fn done(token: &Token, text: String, role: Role) -> Report {
    Report::new(text, json!({ "token": token_json(token), "pin": role.to_string() }))
}
