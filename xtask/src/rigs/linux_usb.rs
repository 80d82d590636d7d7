//! A real Linux USB stack: QEMU boots Debian's kernel over the host's own file tree, the virtual token sits outside
//! and is plugged in through QEMU's usb-redir. What the guests do is in `rigs/linux-usb`: `guest.sh` works with the
//! token, `doctor.sh` begins with a fresh machine and looks for what is in the way.
//!
//! Always emulated (`-accel tcg`): the rig must not depend on what the machine lends.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use crate::commands::{command, count_cases, root, run_counting, target};
use crate::initrd;
use crate::packages;
use crate::report::{Count, Failure};
use crate::rigs::{fresh_folder, kaztoken};

/// The guests' scripts.
const GUESTS: [&str; 2] = ["guest.sh", "doctor.sh"];
/// Seconds for a guest's script, and for the machine as a whole.
const GUEST_LIMIT: u32 = 240;
const MACHINE_LIMIT: u32 = 300;

/// Runs the rig.
pub(crate) fn run() -> Result<Count, Failure> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(Failure::from(
            "the rig needs Linux on x86-64: it boots the host's own programs".to_owned(),
        ));
    }
    packages::debian(&[packages::RIG_LINUX_USB])?;
    let folder = target().join("rig/linux-usb");
    let boot = initrd::build(&folder.join("boot"))?;
    let kaztoken = kaztoken()?;
    let mut all = Count::default();
    for script in GUESTS {
        match guest(script, &folder, &boot, &kaztoken) {
            Ok(Count { passed, failed }) => {
                all.passed += passed;
                all.failed += failed;
            }
            Err(Failure { reason, count }) => {
                all.passed += count.passed;
                all.failed += count.failed;
                return Err(Failure { reason: format!("{script}: {reason}"), count: all });
            }
        }
    }
    Ok(all)
}

fn guest(script: &str, folder: &Path, boot: &initrd::Boot, kaztoken: &Path) -> Result<Count, Failure> {
    let out = folder.join(script);
    fresh_folder(&out)?;
    let text = format!(
        "export KAZTOKEN={} RIG={}\nexec bash \"$RIG/linux-usb/{script}\"\n",
        quoted(kaztoken),
        quoted(&root().join("xtask/rigs"))
    );
    fs::write(out.join("run"), text).map_err(|error| error.to_string())?;

    let ports = PORTS.map(|name| Port::new(name, kaztoken, folder, &out));
    let unplugged = AtomicBool::new(false);
    let counted = thread::scope(|scope| {
        for port in &ports {
            scope.spawn(|| port.serve(&unplugged));
        }
        let counted = machine(boot, &out, &ports).and_then(|mut it| run_counting(&mut it, count_cases));
        unplugged.store(true, Ordering::Relaxed);
        counted
    });
    let status = fs::read_to_string(out.join("status")).unwrap_or_default();
    let Count { passed, failed } = *counted.as_ref().unwrap_or_else(|failure| &failure.count);
    println!("rig linux-usb, {script}: {passed} passed, {failed} failed");
    match (counted, status.trim()) {
        (Ok(count), "0") if count.passed > 0 => Ok(count),
        (Ok(count), _) if count.failed > 0 => Ok(count),
        (Err(failure), _) => Err(failure),
        (Ok(count), status) => {
            let reason = match status {
                "" => "the guest did not come to its end",
                "124" => "the guest's script took too long",
                _ => "the guest's script broke off",
            };
            for log in ["qemu.log", "console"] {
                let text = fs::read_to_string(out.join(log)).unwrap_or_default();
                let lines: Vec<&str> = text.lines().collect();
                println!("{log} ends with:");
                lines.iter().skip(lines.len().saturating_sub(20)).for_each(|line| println!("  | {line}"));
            }
            Err(Failure { reason: reason.to_owned(), count })
        }
    }
}

fn machine(boot: &initrd::Boot, out: &Path, ports: &[Port]) -> Result<Command, Failure> {
    // QEMU says so each time that the port is empty; only of interest when the machine fails.
    let log = File::create(out.join("qemu.log")).map_err(|error| error.to_string())?;
    let mut machine = command("timeout");
    machine
        .args(["--kill-after=5", &MACHINE_LIMIT.to_string(), "qemu-system-x86_64"])
        .args(["-accel", "tcg", "-cpu", "qemu64", "-smp", "1", "-m", "768"])
        .args(["-nodefaults", "-no-user-config", "-display", "none", "-monitor", "none", "-no-reboot"])
        // The first serial line is the kernel's console, the second carries what the script prints.
        .arg("-serial")
        .arg(format!("file:{}", out.join("console").display()))
        .args(["-chardev", "stdio,id=print,signal=off", "-serial", "chardev:print"])
        .arg("-kernel")
        .arg(&boot.kernel)
        .arg("-initrd")
        .arg(&boot.initrd)
        .arg("-append")
        .arg(format!(
            "console=ttyS0 quiet panic=-1 mitigations=off nokaslr tsc=unstable rig.limit={GUEST_LIMIT}"
        ))
        .args(["-virtfs", "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap"])
        .arg("-virtfs")
        .arg(format!("local,path={},mount_tag=out,security_model=none", out.display()))
        .args(["-device", "qemu-xhci"])
        .stderr(log);
    for Port { name, socket, .. } in ports {
        machine
            .arg("-chardev")
            .arg(format!("socket,id={name},path={},reconnect=1", socket.display()))
            .arg("-device")
            .arg(format!("usb-redir,chardev={name}"));
    }
    Ok(machine)
}

/// The machine's USB ports: where QEMU connects, and what a guest calls them.
const PORTS: [&str; 2] = ["plug", "plug2"];

/// A USB port, seen from outside the machine: which token is plugged in is the guest's wish.
///
/// The guest writes the arguments of `kaztoken virtual` into a file of the port's name in `out`, or nothing to have
/// the token pulled. The file disappears when it is done.
struct Port {
    name: &'static str,
    kaztoken: PathBuf,
    socket: PathBuf,
    out: PathBuf,
}

impl Port {
    fn new(name: &'static str, kaztoken: &Path, folder: &Path, out: &Path) -> Self {
        let socket = folder.join(name);
        // One that is left over would be connected to before there is a token.
        let _ = fs::remove_file(&socket);
        Self { name, kaztoken: kaztoken.to_owned(), socket, out: out.to_owned() }
    }

    fn serve(&self, unplugged: &AtomicBool) {
        let mut token: Option<Child> = None;
        let wish = self.out.join(self.name);
        while !unplugged.load(Ordering::Relaxed) {
            if let Ok(arguments) = fs::read_to_string(&wish) {
                pull(&mut token);
                if !arguments.trim().is_empty() {
                    token = self.plug(&arguments);
                }
                let _ = fs::remove_file(&wish);
            }
            thread::sleep(Duration::from_millis(20));
        }
        pull(&mut token);
    }

    fn plug(&self, arguments: &str) -> Option<Child> {
        let _ = fs::remove_file(&self.socket);
        let log = File::options().create(true).append(true).open(self.out.join("token.log")).ok()?;
        command(&self.kaztoken)
            .current_dir(&self.out)
            .args(["virtual", "serve", "--usb-redir"])
            .arg(&self.socket)
            .args(arguments.split_whitespace())
            .stdout(log.try_clone().ok()?)
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .inspect_err(|error| println!("  | the virtual token cannot be started: {error}"))
            .ok()
    }
}

fn pull(token: &mut Option<Child>) {
    if let Some(mut token) = token.take() {
        let _ = token.kill();
        let _ = token.wait();
    }
}

/// For the shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}
