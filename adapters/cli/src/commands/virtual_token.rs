//! `virtual`: make virtual tokens and let other programs use them.

use crate::args::Virtual;
use crate::context::Context;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::{Report, note};
use crate::said::Said as _;
use kaztoken_core::token::Serial;
use kaztoken_rig::host::Address;
use kaztoken_rig::server::SILENCE;
use kaztoken_rig::simulated::{self, ContactBench, Listener, UsbBench};
use kaztoken_virtual::ccid::CcidDevice;
use kaztoken_virtual::reader::ReaderConfig;
use kaztoken_virtual::serve::Server;
use kaztoken_virtual::store::FileStore;
use kaztoken_virtual::usb::UsbId;
use kaztoken_virtual::{Model, State, VirtualToken, system_rng};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

pub(super) fn virtual_token(context: &Context, command: Virtual) -> Result<Report> {
    context.refuse_dry_run(&say!("dry-run-virtual"))?;
    match command {
        Virtual::New { file, model, serial, blank } => new(&file, model, serial, blank),
        Virtual::Serve { vpcd, port, usb_redir, rig, rig_usb, rig_as_hardware, usb_id, reader } => {
            let rig = rig.map(|address| Rig { address, on_usb: rig_usb, as_hardware: rig_as_hardware });
            serve(context, vpcd.then_some(port), usb_redir, rig, usb_id, reader)
        }
    }
}

/// Where a rig in software listens, and how it has the token.
struct Rig {
    address: Address,
    on_usb: bool,
    /// It does not say that it is simulated.
    as_hardware: bool,
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
        true => say!("virtual-blank"),
        false => say!("virtual-factory"),
    };
    let made = say!(
        "virtual-made",
        path = path.as_str(),
        model = model.name(),
        serial = serial.to_string(),
        hex = format!("{serial:#}"),
        text = pins,
    );
    let text = format!("{made}\n{}", say!("virtual-use", path = path.as_str()));
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
        Err(error) => Err(Problem::new(Code::Failed, say!("virtual-no-random", text = error.to_string()))),
    }
}

fn serve(
    context: &Context,
    vpcd: Option<u16>,
    usb_redir: Option<PathBuf>,
    rig: Option<Rig>,
    usb_id: Option<UsbId>,
    reader: Option<ReaderConfig>,
) -> Result<Report> {
    let [file] = &context.global.virtual_files[..] else {
        return Err(Problem::new(Code::Usage, say!("virtual-name-one")));
    };
    if vpcd.is_none() && usb_redir.is_none() && rig.is_none() {
        return Err(Problem::new(Code::Usage, say!("virtual-say-how")));
    }
    let token = VirtualToken::open(FileStore::open(file)?, system_rng())?;
    let model = token.state().model();
    let mut server = Server::new(token)
        .faults(context.global.fault.clone().unwrap_or_default())
        .generation_time(context.global.keygen_time())
        .on_notice(|notice| note(&notice.said()));
    if let Some(config) = reader {
        server = server.reader(config);
    }
    if let Some(port) = vpcd {
        server.vpcd(port);
    }
    if let Some(path) = usb_redir {
        usb(&mut server, &path, usb_id.unwrap_or_else(|| UsbId::of(model)))?;
    }
    let rig = match rig {
        Some(rig) => Some(listen(&server, context, rig)?),
        None => None,
    };
    server.wait();
    if let Some(thread) = rig {
        // A thread that panicked has told so already.
        let _ = thread.join();
    }
    Ok(Report::default())
}

/// Serves the token on a rig in software, to one host after the other.
fn listen(server: &Server<FileStore>, context: &Context, rig: Rig) -> Result<JoinHandle<()>> {
    let place = rig.address.to_string();
    let listener = Listener::bind(&rig.address).map_err(|error| Problem::file(Path::new(&place), &error))?;
    let place = listener.place().unwrap_or(place);
    let (token, time) = (server.token(), context.global.keygen_time());
    let plan = context.global.fault.clone().unwrap_or_default();
    Ok(std::thread::spawn(move || {
        loop {
            note(&say!("virtual-rig-waiting", place = place.as_str()));
            let served = listener.accept().and_then(|line| {
                note(&say!("virtual-rig-host"));
                if rig.on_usb {
                    let device = CcidDevice::new(plan.clone()).generation_time(time);
                    let mut bench = UsbBench::new(Arc::clone(&token), device).as_hardware(rig.as_hardware);
                    simulated::serve(line, &mut bench, SILENCE)
                } else {
                    let bench = ContactBench::new(Arc::clone(&token)).generation_time(time);
                    let mut bench = bench.as_hardware(rig.as_hardware);
                    simulated::serve(line, &mut bench, SILENCE)
                }
            });
            match served {
                Ok(()) => note(&say!("virtual-rig-closed")),
                Err(error) => {
                    note(&say!("virtual-rig-failed", text = error.said()));
                    std::thread::sleep(core::time::Duration::from_millis(100));
                }
            }
        }
    }))
}

#[cfg(unix)]
fn usb(server: &mut Server<FileStore>, path: &Path, id: UsbId) -> Result<()> {
    server.usb_redir(path, id).map_err(|error| Problem::file(path, &error))
}

#[cfg(not(unix))]
fn usb(_: &mut Server<FileStore>, _: &Path, _: UsbId) -> Result<()> {
    Err(Problem::new(Code::Unsupported, say!("virtual-no-unix")))
}
