//! The commands, a file for each group.

mod apdu;
mod backup;
mod cert;
mod doctor;
mod explain;
mod format;
mod info;
mod key;
mod list;
mod manual;
mod object;
mod pin;
mod random;
mod rig;
mod schema;
mod sign;
mod status;
mod tour;
pub(crate) mod trace;
mod usb;
mod virtual_token;
mod watch;

use crate::args::Command;
use crate::context::Context;
use crate::device::Token;
use crate::exit::Result;
use crate::output::Report;
use serde_json::{Value, json};

/// Carries out a command.
pub(crate) fn run(context: &Context, command: Command) -> Result<Report> {
    match command {
        Command::List => list::list(context),
        Command::Info => info::info(context),
        Command::Status => status::status(context),
        Command::Watch(options) => watch::watch(context, &options),
        Command::Pin(command) => pin::pin(context, &command),
        Command::AdminPin(command) => pin::admin_pin(context, &command),
        Command::Format(options) => format::format(context, &options),
        Command::Object(command) => object::object(context, &command),
        Command::Key(command) => key::key(context, &command),
        Command::Sign(options) => sign::sign(context, &options),
        Command::Verify(options) => sign::verify(context, &options),
        Command::Random(options) => random::random(context, &options),
        Command::Apdu(options) => apdu::apdu(context, &options),
        Command::Cert(command) => cert::cert(context, &command),
        Command::Token(command) => backup::token(context, &command),
        Command::Virtual(command) => virtual_token::virtual_token(context, command),
        Command::Usb(command) => usb::usb(context, &command),
        Command::Rig(command) => rig::rig(context, &command),
        Command::Trace(command) => trace::trace(context, command),
        Command::Doctor(options) => doctor::doctor(context, &options),
        Command::Explain { codes } => explain::explain(context, &codes),
        Command::Completions { shell } => manual::completions(shell),
        Command::Manual { folder } => manual::manual(&folder),
        Command::Schema { command } => schema::schema(&command),
        Command::Tour => tour::tour(context),
    }
}

/// Which token a result is of.
fn token_json(token: &Token) -> Value {
    let about = &token.about;
    json!({
        "serial": about.serial.to_string(),
        "serial_hex": format!("{:#}", about.serial),
        "model": about.model,
        "via": about.via.name(),
        "place": about.place,
    })
}
