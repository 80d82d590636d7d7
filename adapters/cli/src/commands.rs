//! The commands, a file for each group.

mod apdu;
mod backup;
mod ca;
mod cert;
mod complete;
mod doctor;
mod document;
pub(crate) mod enroll;
mod explain;
mod format;
mod info;
mod key;
mod keystore;
mod list;
mod manual;
mod object;
mod panel;
mod pin;
mod random;
mod rig;
mod schema;
mod sign;
mod status;
mod tour;
pub(crate) mod trace;
mod usb;
mod verify;
mod virtual_token;
mod watch;

use crate::args::{Cert, Command, Key, Object};
use crate::context::Context;
use crate::device::Token;
use crate::exit::Result;
use crate::language::say;
use crate::output::Report;
use crate::progress::Progress;
use serde_json::{Value, json};

/// Carries out a command.
pub(crate) fn run(context: &Context, command: Command) -> Result<Report> {
    // A token with much on it answers for seconds. Those that ask for something show the time themselves, after it.
    let asks_nothing = matches!(
        command,
        Command::List
            | Command::Info
            | Command::Status
            | Command::Key(Key::List | Key::Public { .. })
            | Command::Cert(Cert::List | Cert::Export { .. } | Cert::Show { .. } | Cert::Verify { .. })
            | Command::Object(Object::List)
            | Command::Verify(_)
            | Command::Token(_)
    );
    let _progress = asks_nothing.then(|| Progress::start(&say!("reading"), context.global.progress));
    match command {
        Command::List => list::list(context),
        Command::Info => info::info(context),
        Command::Status => status::status(context),
        Command::Watch(options) => watch::watch(context, &options),
        Command::Panel => panel::panel(context),
        Command::Pin(command) => pin::pin(context, &command),
        Command::AdminPin(command) => pin::admin_pin(context, &command),
        Command::Format(options) => format::format(context, &options),
        Command::Object(command) => object::object(context, &command),
        Command::Key(command) => key::key(context, &command),
        Command::Sign(options) => sign::sign(context, &options),
        Command::Verify(options) => verify::verify(context, &options),
        Command::Random(options) => random::random(context, &options),
        Command::Apdu(options) => apdu::apdu(context, &options),
        Command::Cert(command) => cert::cert(context, &command),
        Command::Ca(command) => ca::ca(context, &command),
        Command::Keystore(command) => keystore::keystore(context, &command),
        Command::Enroll(options) => enroll::enroll(context, &options),
        Command::Token(command) => backup::token(context, &command),
        Command::Virtual(command) => virtual_token::virtual_token(context, command),
        Command::Usb(command) => usb::usb(context, &command),
        Command::Rig(command) => rig::rig(context, &command),
        Command::Trace(command) => trace::trace(context, command),
        Command::Doctor(options) => doctor::doctor(context, &options),
        Command::Explain { codes } => explain::explain(context, &codes),
        Command::Completions { shell } => manual::completions(shell),
        Command::Complete { what, words } => complete::complete(context, what, &words),
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
