//! A USB host without an operating system: QEMU's raspi2b runs `firmware-tests/usb-host`, the virtual token
//! is plugged in through QEMU's usb-redir. Each scenario is a start of its own, with a fresh token.
//!
//! Always emulated (`-accel tcg`): the rig must not depend on what the machine lends.

use core::time::Duration;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use crate::commands::{cargo, command, count_cases, root, run, run_counting, target};
use crate::packages;
use crate::report::{Count, Failure};
use crate::rigs::{fresh_folder, kaztoken};

const TARGET: &str = "armv7a-none-eabi";
/// Seconds for one start of the machine.
const MACHINE_LIMIT: u32 = 30;
/// How long the virtual token may take until its socket is there.
const SERVER_START: Duration = Duration::from_secs(10);
/// The serial number that the image expects.
const SERIAL: &str = "0x47738461";

/// What is in the USB port.
enum Plugged {
    /// The virtual token, with a plan of faults or without.
    Token(&'static str),
    /// A device of QEMU's own; `,port=1` keeps QEMU from putting a hub before it.
    Other(&'static str),
    Nothing,
}

/// The image's argument, and what it is about.
const SCENARIOS: [(&str, Plugged); 10] = [
    ("token", Plugged::Token("")),
    ("slow", Plugged::Token("late@2:400ms,extend@CA:2x150ms")),
    ("damage", Plugged::Token("drop@3,corrupt@6")),
    ("pin", Plugged::Token("truncate@4:5")),
    ("reset", Plugged::Token("")),
    ("unplug", Plugged::Token("unplug@3")),
    ("empty-reader", Plugged::Other("usb-ccid,port=1")),
    ("hub", Plugged::Other("usb-hub,port=1")),
    ("mouse", Plugged::Other("usb-mouse,port=1")),
    ("nothing", Plugged::Nothing),
];

/// Runs the rig.
pub(crate) fn run_rig() -> Result<Count, Failure> {
    if !cfg!(unix) {
        return Err(Failure::from("the rig needs Unix sockets".to_owned()));
    }
    packages::debian(&[packages::SIZE])?;
    packages::rust_target(TARGET)?;
    let image = build()?;
    let kaztoken = kaztoken()?;
    let folder = target().join("rig/usb-host");
    fresh_folder(&folder)?;
    let begin = Instant::now();
    let mut total = Count::default();
    for (name, plugged) in SCENARIOS {
        println!("scenario {name}");
        let counted = match scenario(name, &plugged, &folder, &kaztoken, &image) {
            Ok(count) => count,
            Err(failure) => return Err(Failure { count: total.and(failure.count), ..failure }),
        };
        if counted == Count::default() {
            return Err(Failure { reason: format!("scenario {name} checked nothing"), count: total });
        }
        total = total.and(counted);
    }
    let Count { passed, failed } = total;
    println!("rig usb-host: {passed} passed, {failed} failed, {:.1} s", begin.elapsed().as_secs_f32());
    Ok(total)
}

/// The image's lints: its target is not that of the other images.
pub(crate) fn clippy() -> Result<Count, Failure> {
    packages::rust_target(TARGET)?;
    run(image("clippy").args(["--", "-D", "warnings"]))
}

fn build() -> Result<PathBuf, Failure> {
    run(&mut image("build"))?;
    Ok(target().join("firmware").join(TARGET).join("release/usb-host"))
}

/// cargo for the image.
fn image(subcommand: &str) -> Command {
    let mut cargo = cargo();
    cargo
        .args([subcommand, "--release", "-p", "kaztoken-usb-host", "--target", TARGET, "--target-dir"])
        .arg(target().join("firmware"))
        .current_dir(root().join("firmware-tests"));
    cargo
}

fn scenario(
    name: &str,
    plugged: &Plugged,
    folder: &Path,
    kaztoken: &Path,
    image: &Path,
) -> Result<Count, Failure> {
    let socket = folder.join(format!("{name}.usb"));
    let mut server = None;
    let mut machine = command("timeout");
    machine
        .args(["--kill-after=5", &MACHINE_LIMIT.to_string(), "qemu-system-arm"])
        .args(["-M", "raspi2b", "-accel", "tcg"])
        .args(["-nodefaults", "-no-user-config", "-display", "none", "-monitor", "none", "-serial", "null"])
        .args(["-chardev", "stdio,id=print,signal=off"])
        .arg("-semihosting-config")
        .arg(format!("enable=on,target=native,chardev=print,arg=usb-host,arg={name}"))
        .arg("-kernel")
        .arg(image);
    match plugged {
        Plugged::Token(plan) => {
            server = Some(Server::start(name, plan, folder, &socket, kaztoken)?);
            machine
                .arg("-chardev")
                .arg(format!("socket,id=token,path={}", socket.display()))
                .args(["-device", "usb-redir,chardev=token,port=1"]);
        }
        Plugged::Other(device) => _ = machine.args(["-device", device]),
        Plugged::Nothing => {}
    }
    let counted = run_counting(&mut machine, count_cases);
    drop(server);
    counted
}

/// The virtual token on its socket, until this is dropped.
struct Server(Child);

impl Server {
    fn start(name: &str, plan: &str, folder: &Path, socket: &Path, kaztoken: &Path) -> Result<Self, Failure> {
        let token = folder.join(format!("{name}.kzt"));
        run(command(kaztoken)
            .args(["virtual", "new", "--serial", SERIAL])
            .arg(&token)
            .stdout(Stdio::null()))?;
        let log = File::create(folder.join(format!("{name}.log"))).map_err(|error| error.to_string())?;
        let mut server = command(kaztoken);
        server.arg("--virtual").arg(&token);
        if !plan.is_empty() {
            server.args(["--fault", plan]);
        }
        let child = server
            .args(["virtual", "serve", "--usb-redir"])
            .arg(socket)
            .stdout(log.try_clone().map_err(|error| error.to_string())?)
            .stderr(log)
            .spawn()
            .map_err(|error| format!("the virtual token cannot be started: {error}"))?;
        let server = Self(child);
        let end = Instant::now() + SERVER_START;
        while fs::metadata(socket).is_err() {
            if Instant::now() >= end {
                return Err(Failure::from("the virtual token opens no socket".to_owned()));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
