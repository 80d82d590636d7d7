//! One run of QEMU: with the image's console captured or passed on, and never longer than its time limit.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What is kept of an image's output: one that prints for ever does not fill the memory.
const LONGEST_OUTPUT: u64 = 1 << 20;
/// How often is looked whether it has ended.
const PAUSE: Duration = Duration::from_millis(3);
/// What QEMU 7 says on its standard error before it gives up by abort(3).
const LOCK_UP: &str = "Lockup";

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The image ended it, with this status.
    Exit(i32),
    /// A fault while a fault was handled: an Arm processor stops then.
    LockedUp,
    TimedOut,
    /// QEMU itself failed, for this reason.
    Broken(String),
}

/// How images are started.
#[derive(Clone, Debug)]
pub(crate) struct Qemu {
    program: String,
    machine: String,
    more: Vec<String>,
    image: String,
}

impl Qemu {
    /// For this image, which may say what machine it is for.
    pub(crate) fn new(image: &str, machine: Option<&str>) -> Result<Self, String> {
        let environment = |name: &str| std::env::var(name).ok();
        let machine = match machine {
            Some("") => return Err("this image is for a real board: run it with probe-rs".to_owned()),
            Some(name) => name.to_owned(),
            None => environment("KAZTOKEN_MACHINE").unwrap_or_else(|| "mps2-an386".to_owned()),
        };
        let more = environment("KAZTOKEN_QEMU_ARGS").unwrap_or_default();
        Ok(Self {
            program: environment("KAZTOKEN_QEMU").unwrap_or_else(|| "qemu-system-arm".to_owned()),
            machine,
            more: more.split_whitespace().map(str::to_owned).collect(),
            image: image.to_owned(),
        })
    }

    /// QEMU's name of the machine.
    pub(crate) fn machine(&self) -> &str {
        &self.machine
    }

    /// Runs with the console captured.
    pub(crate) fn run(&self, arguments: &[String], limit: Duration) -> (Ended, String) {
        self.start(arguments, limit, Stdio::piped())
    }

    /// Runs with the console passed on.
    pub(crate) fn run_through(&self, arguments: &[String], limit: Duration) -> Ended {
        self.start(arguments, limit, Stdio::inherit()).0
    }

    fn start(&self, arguments: &[String], limit: Duration, console: Stdio) -> (Ended, String) {
        let mut semihosting = "enable=on,target=native,chardev=console".to_owned();
        for argument in arguments {
            // A comma would begin QEMU's next option.
            semihosting += &format!(",arg={}", argument.replace(',', ",,"));
        }
        let child = Command::new(&self.program)
            .args([
                "-M",
                &self.machine,
                "-accel",
                "tcg",
                "-display",
                "none",
                "-monitor",
                "none",
                "-serial",
                "none",
            ])
            .args(["-chardev", "stdio,id=console", "-semihosting-config", &semihosting])
            .args(&self.more)
            .args(["-kernel", &self.image])
            .stdin(Stdio::null())
            .stdout(console)
            .stderr(Stdio::piped())
            .spawn();
        match child {
            Ok(child) => observe(child, limit),
            Err(error) => {
                (Ended::Broken(format!("{} cannot be started: {error}", self.program)), String::new())
            }
        }
    }
}

/// Waits for the end, or brings it about.
fn observe(mut child: Child, limit: Duration) -> (Ended, String) {
    let start = Instant::now();
    let console = child.stdout.take().map(collect);
    let complaints = child.stderr.take().map(collect);
    let ended = loop {
        match child.try_wait() {
            Ok(Some(status)) => break Ok(status),
            Ok(None) if start.elapsed() < limit => thread::sleep(PAUSE),
            Ok(None) => {
                // Gone already is as good.
                _ = child.kill();
                _ = child.wait();
                break Err(Ended::TimedOut);
            }
            Err(error) => break Err(Ended::Broken(error.to_string())),
        }
    };
    let text = |pipe: Option<thread::JoinHandle<Vec<u8>>>| {
        let bytes = pipe.and_then(|reader| reader.join().ok()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let (console, complaints) = (text(console), text(complaints));
    (ended.map_or_else(|ended| ended, |status| interpret(status, &complaints)), console)
}

fn collect(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        _ = pipe.by_ref().take(LONGEST_OUTPUT).read_to_end(&mut bytes);
        // What comes after that is read too, or QEMU would wait for a reader.
        _ = std::io::copy(&mut pipe, &mut std::io::sink());
        bytes
    })
}

fn interpret(status: ExitStatus, complaints: &str) -> Ended {
    let said = complaints.trim();
    match status.code() {
        // QEMU's own failures, such as an unknown machine, are status 1 with an explanation.
        Some(1) if !said.is_empty() => Ended::Broken(format!("QEMU: {said}")),
        Some(code) => Ended::Exit(code),
        None if said.contains(LOCK_UP) => Ended::LockedUp,
        None => Ended::Broken(format!("QEMU ended with {status}: {said}")),
    }
}
