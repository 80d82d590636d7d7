//! `virtual`: make virtual tokens and let other programs use them.

use crate::args::Virtual;
use crate::context::Context;
use crate::exit::{Code, Problem, Result};
use crate::output::{Report, note};
use kaztoken_core::token::Serial;
use kaztoken_virtual::reader::ReaderConfig;
use kaztoken_virtual::serve::Server;
use kaztoken_virtual::store::FileStore;
use kaztoken_virtual::usb::UsbId;
use kaztoken_virtual::{Model, State, VirtualToken, system_rng};
use serde_json::json;
use std::path::{Path, PathBuf};

pub(super) fn virtual_token(context: &Context, command: Virtual) -> Result<Report> {
    context.refuse_dry_run("a virtual token is a file, not a device")?;
    match command {
        Virtual::New { file, model, serial, blank } => new(&file, model, serial, blank),
        Virtual::Serve { vpcd, port, usb_redir, usb_id, reader } => {
            serve(context, vpcd.then_some(port), usb_redir, usb_id, reader)
        }
    }
}

fn new(file: &Path, model: Model, serial: Option<Serial>, blank: bool) -> Result<Report> {
    let serial = match serial {
        Some(serial) => serial,
        None => random_serial()?,
    };
    let state = if blank { State::blank(model, serial.0) } else { State::factory(model, serial.0) };
    let store = FileStore::create(file)?;
    VirtualToken::create(store, state, system_rng())?;
    let path = file.display().to_string();
    let pins = match blank {
        true => "erased, without PINs: `format` sets it up",
        false => "factory state: user PIN 12345678, administrator PIN 87654321",
    };
    let text = format!(
        "{path}: virtual {}, serial number {serial} ({serial:#}), {pins}\nUse it with --virtual {path}",
        model.name()
    );
    let json = json!({
        "file": path,
        "model": model.name(),
        "serial": serial.to_string(),
        "serial_hex": format!("{serial:#}"),
        "blank": blank,
    });
    Ok(Report::new(text, json))
}

fn random_serial() -> Result<Serial> {
    match getrandom::u32() {
        Ok(number) => Ok(Serial(u64::from(number.max(1)))),
        Err(error) => Err(Problem::new(Code::Failed, format!("the system gives no random numbers: {error}"))),
    }
}

fn serve(
    context: &Context,
    vpcd: Option<u16>,
    usb_redir: Option<PathBuf>,
    usb_id: Option<UsbId>,
    reader: Option<ReaderConfig>,
) -> Result<Report> {
    let [file] = &context.global.virtual_files[..] else {
        return Err(Problem::new(Code::Usage, "name the virtual token to serve: --virtual FILE, once"));
    };
    if vpcd.is_none() && usb_redir.is_none() {
        return Err(Problem::new(Code::Usage, "say how to serve it: --vpcd, --usb-redir SOCKET, or both"));
    }
    let token = VirtualToken::open(FileStore::open(file)?, system_rng())?;
    let model = token.state().model();
    let mut server = Server::new(token)
        .faults(context.global.fault.clone().unwrap_or_default())
        .generation_time(context.global.keygen_time())
        .on_notice(|notice| note(&notice.to_string()));
    if let Some(config) = reader {
        server = server.reader(config);
    }
    if let Some(port) = vpcd {
        server.vpcd(port);
    }
    if let Some(path) = usb_redir {
        usb(&mut server, &path, usb_id.unwrap_or_else(|| UsbId::of(model)))?;
    }
    server.wait();
    Ok(Report::default())
}

#[cfg(unix)]
fn usb(server: &mut Server<FileStore>, path: &Path, id: UsbId) -> Result<()> {
    server.usb_redir(path, id).map_err(|error| Problem::file(path, &error))
}

#[cfg(not(unix))]
fn usb(_: &mut Server<FileStore>, _: &Path, _: UsbId) -> Result<()> {
    Err(Problem::new(Code::Unsupported, "--usb-redir needs a Unix socket, which this system has not"))
}
