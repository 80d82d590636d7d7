//! libccid as pcscd uses it: loaded from its bundle, called through the IFD handler interface 3.0,
//! <https://pcsclite.apdu.fr/api/group__IFDHandler.html>.
//!
//! Each case has a process of its own: nothing else ends an endless loop.

use std::env;
use std::ffi::{CStr, CString, c_char, c_int, c_ulong, c_void};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::cases::{Case, Judged, text};
use crate::device::Device;
use crate::outcome::{Next, Outcome, Run};
use crate::shim::{Reader, reader};

const BUNDLE: &str = "/usr/lib/pcsc/drivers/ifd-ccid.bundle/Contents";
const LUN: c_ulong = 0;
const POWER_UP: c_ulong = 500;
const NOW: c_int = 2;

unsafe extern "C" {
    fn dlopen(file: *const c_char, mode: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
    fn dlerror() -> *const c_char;
}

#[repr(C)]
struct Header {
    protocol: c_ulong,
    length: c_ulong,
}

type Create = unsafe extern "C" fn(c_ulong, *const c_char) -> c_ulong;
type Close = unsafe extern "C" fn(c_ulong) -> c_ulong;
type Power = unsafe extern "C" fn(c_ulong, c_ulong, *mut u8, *mut c_ulong) -> c_ulong;
type SetProtocol = unsafe extern "C" fn(c_ulong, c_ulong, u8, u8, u8, u8) -> c_ulong;
type Transmit =
    unsafe extern "C" fn(c_ulong, Header, *const u8, c_ulong, *mut u8, *mut c_ulong, *mut Header) -> c_ulong;

/// The driver, loaded once.
pub(crate) struct Driver {
    create: Create,
    close: Close,
    power: Power,
    set_protocol: SetProtocol,
    transmit: Transmit,
}

/// The version in the bundle's Info.plist.
pub(crate) fn version() -> Option<String> {
    let text = fs::read_to_string(PathBuf::from(BUNDLE).join("Info.plist")).ok()?;
    let (_, rest) = text.split_once("CFBundleShortVersionString")?;
    Some(rest.split_once("<string>")?.1.split_once("</string>")?.0.to_owned())
}

impl Driver {
    pub(crate) fn load() -> Result<Self, String> {
        let file = CString::new(format!("{BUNDLE}/Linux/libccid.so")).map_err(|error| error.to_string())?;
        // SAFETY: the name is a C string.
        let library = unsafe { dlopen(file.as_ptr(), NOW) };
        if library.is_null() {
            // SAFETY: after a failure it is a C string.
            return Err(unsafe { CStr::from_ptr(dlerror()) }.to_string_lossy().into_owned());
        }
        let symbol = |name: &CStr| {
            // SAFETY: the library stays loaded, the name is a C string.
            let address = unsafe { dlsym(library, name.as_ptr()) };
            if address.is_null() { Err(format!("libccid has no {name:?}")) } else { Ok(address) }
        };
        // SAFETY: these are the functions of that name in pcsc-lite's ifdhandler.h.
        unsafe {
            Ok(Self {
                create: std::mem::transmute::<*mut c_void, Create>(symbol(c"IFDHCreateChannelByName")?),
                close: std::mem::transmute::<*mut c_void, Close>(symbol(c"IFDHCloseChannel")?),
                power: std::mem::transmute::<*mut c_void, Power>(symbol(c"IFDHPowerICC")?),
                set_protocol: std::mem::transmute::<*mut c_void, SetProtocol>(symbol(
                    c"IFDHSetProtocolParameters",
                )?),
                transmit: std::mem::transmute::<*mut c_void, Transmit>(symbol(c"IFDHTransmitToICC")?),
            })
        }
    }

    /// Opens the reader.
    pub(crate) fn create(&self) -> Result<(), c_ulong> {
        // SAFETY: the name is a C string and is not kept.
        done(unsafe { (self.create)(LUN, c"usb:0a89/0030:libudev:0:/dev/bus/usb/001/002".as_ptr()) })
    }

    /// Closes the reader.
    pub(crate) fn close(&self) {
        // SAFETY: only a value.
        unsafe { (self.close)(LUN) };
    }

    /// Powers the card on: its answer to reset.
    pub(crate) fn power_up(&self) -> Result<Vec<u8>, c_ulong> {
        let mut atr = [0; 33];
        let mut length = 33;
        // SAFETY: the buffer has the length that is given.
        done(unsafe { (self.power)(LUN, POWER_UP, atr.as_mut_ptr(), &mut length) })?;
        Ok(atr.get(..length as usize).unwrap_or(&atr).to_vec())
    }

    /// Agrees with the card on T=0 or T=1, without wishes.
    pub(crate) fn set_protocol(&self, protocol: u8) -> Result<(), c_ulong> {
        // SAFETY: only values.
        done(unsafe { (self.set_protocol)(LUN, c_ulong::from(protocol) + 1, 0, 0, 0, 0) })
    }

    /// An APDU: bytes of the response.
    pub(crate) fn transmit(&self, protocol: u8, apdu: &[u8], response: &mut [u8]) -> Result<usize, c_ulong> {
        let header = || Header { protocol: protocol.into(), length: size_of::<Header>() as c_ulong };
        let mut received = header();
        let mut length = response.len() as c_ulong;
        // SAFETY: the buffers have the lengths that are given.
        done(unsafe {
            (self.transmit)(
                LUN,
                header(),
                apdu.as_ptr(),
                apdu.len() as c_ulong,
                response.as_mut_ptr(),
                &mut length,
                &mut received,
            )
        })?;
        Ok((length as usize).min(response.len()))
    }
}

fn done(code: c_ulong) -> Result<(), c_ulong> {
    if code == 0 { Ok(()) } else { Err(code) }
}

/// Prints how a case ended, for [`run`].
pub(crate) fn report(outcome: &Outcome, device: &Device, next: &Next) {
    match outcome {
        Outcome::Response(bytes) => {
            println!("response {}", bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>());
        }
        Outcome::Error(error) => println!("error {error}"),
        Outcome::Unstable(_) => {}
        Outcome::Endless => println!("endless"),
    }
    if let Some(sent) = &device.mismatch {
        println!("sent {sent}");
    }
    match next {
        Next::None => {}
        Next::Right => println!("right"),
        Next::Refused => println!("refused"),
        Next::Foreign(response) => println!("foreign {response}"),
    }
    println!("wait {}\nsteps {}", device.now, device.steps);
}

fn with<T>(work: impl FnOnce(&mut Device) -> T) -> Option<T> {
    match &mut *reader() {
        Reader::Scripted(device) => Some(work(device)),
        _ => None,
    }
}

/// One case in this process; prints what came of it.
pub(crate) fn child(case: &Case) -> Result<(), String> {
    *reader() = Reader::Scripted(Box::new(Device::new(case)));
    let driver = Driver::load()?;
    let result = judge(&driver, case);
    // What came of it until here; the next command adds its own.
    let outcome = match result {
        Ok(bytes) => Outcome::Response(bytes),
        Err(code) => Outcome::Error(code.to_string()),
    };
    let (wait, steps) = with(|device| (device.now, device.steps)).unwrap_or_default();
    let next = if case.tpdu() { Next::None } else { next(&driver, case) };
    with(|device| {
        (device.now, device.steps) = (wait, steps);
        report(&outcome, device, &next);
    });
    Ok(())
}

fn judge(driver: &Driver, case: &Case) -> Result<Vec<u8>, c_ulong> {
    driver.create()?;
    let atr = driver.power_up()?;
    driver.set_protocol(case.protocol())?;
    if case.judged == Judged::PowerOn {
        return Ok(atr);
    }
    let mut response = [0; 1_024];
    let mut len = 0;
    for _ in 0..case.times {
        len = driver.transmit(case.protocol(), &case.command, &mut response)?;
    }
    Ok(response[..len].to_vec())
}

fn next(driver: &Driver, case: &Case) -> Next {
    with(Device::judged);
    let mut response = [0; 1_024];
    match driver.transmit(case.protocol(), &[0, 0xA4, 4, 0], &mut response) {
        Ok(len) => Next::of(&response[..len]),
        Err(_) => Next::Refused,
    }
}

/// One case in a process of its own, and in another one when the response is not the right one: it may be
/// what happened to be in the memory.
pub(crate) fn run(case: &Case) -> Result<Run, String> {
    let run = once(case)?;
    match &run.outcome {
        Outcome::Response(bytes) if !run.right(case) => {
            let again = once(case)?.outcome;
            let len = bytes.len();
            Ok(if again == run.outcome { run } else { Run { outcome: Outcome::Unstable(len), ..run } })
        }
        _ => Ok(run),
    }
}

/// One case in a process of its own.
fn once(case: &Case) -> Result<Run, String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(program)
        .args(["--libccid", &case.label])
        .env("LIBCCID_ifdLogLevel", "0")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    let mut run = Run {
        outcome: Outcome::Error(format!("crash, {}", output.status)),
        sent: None,
        next: Next::None,
        wait: 0,
        steps: 0,
    };
    if !output.status.success() && output.status.code().is_some() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let number = || rest.parse::<u64>().unwrap_or(u64::MAX);
        match word {
            "response" => run.outcome = Outcome::Response(bytes(rest)),
            "error" => run.outcome = Outcome::Error(rest.to_owned()),
            "endless" => run.outcome = Outcome::Endless,
            "sent" => run.sent = Some(rest.to_owned()),
            "right" => run.next = Next::Right,
            "refused" => run.next = Next::Refused,
            "foreign" => run.next = Next::Foreign(rest.to_owned()),
            "wait" => run.wait = number(),
            "steps" => run.steps = usize::try_from(number()).unwrap_or(usize::MAX),
            _ => return Err(format!("{}: `{line}`", text(case.label.as_bytes()))),
        }
    }
    Ok(run)
}

fn bytes(digits: &str) -> Vec<u8> {
    let digits = digits.as_bytes().chunks_exact(2);
    digits.filter_map(|pair| u8::from_str_radix(&String::from_utf8_lossy(pair), 16).ok()).collect()
}
