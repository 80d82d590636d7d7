//! `pin` and `admin-pin`.

use super::token_json;
use crate::args::{AdminPin, NewPin, Pin};
use crate::context::{Context, pin_limits};
use crate::device::Token;
use crate::exit::Result;
use crate::language::say;
use crate::output::Report;
use crate::progress::watch_for_interrupt;
use kaztoken_core::pin::Role;
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

fn verify(context: &Context, role: Role) -> Result<Report> {
    let mut token = context.token()?;
    let (pin, last_try) = (context.pin(&mut token, role)?, context.last_try());
    watch_for_interrupt();
    token.connection.run(async |session| match role {
        Role::Admin => session.login_admin(&pin, last_try).await?.logout().await,
        Role::User => session.login_user(&pin, last_try).await?.logout().await,
    })?;
    Ok(done(&token, say!("pin-right", role = role.to_string()), role))
}

fn change(context: &Context, role: Role, options: &NewPin) -> Result<Report> {
    let mut token = context.token()?;
    let limits = token.connection.run(async |session| pin_limits(session, role).await)?;
    let (pin, last_try) = (context.pin(&mut token, role)?, context.last_try());
    let new = context.new_pin(role, limits, options.policy)?;
    watch_for_interrupt();
    token.connection.run(async |session| match role {
        Role::Admin => {
            let mut session = session.login_admin(&pin, last_try).await?;
            session.change_pin(&new, limits).await?;
            session.logout().await
        }
        Role::User => {
            let mut session = session.login_user(&pin, last_try).await?;
            session.change_pin(&new, limits).await?;
            session.logout().await
        }
    })?;
    Ok(done(&token, say!("pin-changed", role = role.to_string()), role))
}

fn unblock(context: &Context) -> Result<Report> {
    let mut token = context.token()?;
    let (pin, last_try) = (context.pin(&mut token, Role::Admin)?, context.last_try());
    watch_for_interrupt();
    token.connection.run(async |session| {
        let mut session = session.login_admin(&pin, last_try).await?;
        session.unblock_user_pin().await?;
        session.logout().await
    })?;
    Ok(done(&token, say!("pin-unblocked"), Role::User))
}

fn set(context: &Context, options: &NewPin) -> Result<Report> {
    let mut token = context.token()?;
    let limits = token.connection.run(async |session| pin_limits(session, Role::User).await)?;
    let (pin, last_try) = (context.pin(&mut token, Role::Admin)?, context.last_try());
    let new = context.new_pin(Role::User, limits, options.policy)?;
    watch_for_interrupt();
    token.connection.run(async |session| {
        let mut session = session.login_admin(&pin, last_try).await?;
        session.set_user_pin(&new, limits).await?;
        session.logout().await
    })?;
    Ok(done(&token, say!("pin-set"), Role::User))
}

fn done(token: &Token, text: String, role: Role) -> Report {
    Report::new(text, json!({ "token": token_json(token), "pin": role.to_string() }))
}
