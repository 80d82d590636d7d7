//! A folder with virtual tokens, and the program run in it.

use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

/// Part of every PIN here; no output of any command may contain it.
pub(crate) const CANARY: &str = "Canary";
pub(crate) const SERIAL: &str = "1198752865";

/// What the environment of every run holds. `SHORT` and the like are no PINs for these tokens.
pub(crate) const PINS: [(&str, &str); 12] = [
    ("FACTORY_USER", "12345678"),
    ("FACTORY_ADMIN", "87654321"),
    ("USER", "UserCanary71"),
    ("ADMIN", "AdminCanary71"),
    ("NEW", "NewCanary72"),
    ("WRONG", "WrongCanary99"),
    ("WEAK", "Canary1234"),
    ("SHORT", "Can1"),
    ("EMPTY", ""),
    ("LONG", const { str_of_250() }),
    ("CYRILLIC", "ПинCanary"),
    ("NO_DIGIT", "CanaryBirdsSing"),
];

const fn str_of_250() -> &'static str {
    const BYTES: [u8; 250] = {
        let mut bytes = [b'7'; 250];
        let canary = CANARY.as_bytes();
        let mut i = 0;
        while i < canary.len() {
            bytes[i] = canary[i];
            i += 1;
        }
        bytes
    };
    match core::str::from_utf8(&BYTES) {
        Ok(text) => text,
        Err(_) => "",
    }
}

pub(crate) struct Folder {
    folder: TempDir,
}

static NEXT: AtomicUsize = AtomicUsize::new(0);

/// A rig in a process of its own, which ends with this.
pub(crate) struct RunningRig {
    child: Child,
    pub(crate) address: String,
}

impl Drop for RunningRig {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Folder {
    pub(crate) fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// With `t.kzt`, as the factory leaves it.
    pub(crate) fn factory() -> Self {
        let folder = Self::empty();
        folder.run("virtual new t.kzt --serial 1198752865").ok();
        folder
    }

    /// With `t.kzt`, formatted with the PINs `USER` and `ADMIN`.
    pub(crate) fn formatted() -> Self {
        let folder = Self::factory();
        folder
            .token(
                "format --label Test --yes --serial 1198752865 --admin-pin-source env:FACTORY_ADMIN \
                 --new-pin-source env:USER --new-admin-pin-source env:ADMIN",
            )
            .ok();
        folder
    }

    /// The same with key 1, labelled `pay`.
    pub(crate) fn with_key() -> Self {
        let folder = Self::formatted();
        folder.token("key generate --label pay --public-key pay.pem --pin-source env:USER").ok();
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// Runs the program on `t.kzt`.
    pub(crate) fn token(&self, arguments: &str) -> Run {
        self.run(&format!("--virtual t.kzt {arguments}"))
    }

    /// The same, while another process reads the token now and then.
    pub(crate) fn token_when_free(&self, arguments: &str) -> Run {
        for _ in 0..100 {
            let run = self.token(arguments);
            if run.code != 6 {
                return run;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("{arguments}: the token is always in use");
    }

    /// The same; the answer is one JSON document.
    pub(crate) fn json(&self, arguments: &str) -> (i32, Value) {
        let run = self.token(&format!("--json {arguments}"));
        (run.code, run.json())
    }

    /// Runs the program; arguments are separated by blanks.
    pub(crate) fn run(&self, arguments: &str) -> Run {
        self.run_with_input(&arguments.split_whitespace().collect::<Vec<_>>(), "")
    }

    /// Runs the program with lines on its standard input. Where these tests go through a rig, a virtual token in a
    /// file is put on one for the time of the run.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Run {
        let files: Vec<usize> = (0..arguments.len()).filter(|&at| arguments[at] == "--virtual").collect();
        let own_business = ["virtual", "rig", "--fault", "--keygen-time", "--via"];
        if let ([at], true) = (&files[..], crate::THROUGH_A_RIG)
            && !arguments.iter().any(|argument| own_business.contains(argument))
        {
            let file = arguments[at + 1];
            let rig = self.rig(&["--virtual", file]);
            let via = format!("rig:{}", rig.address);
            let mut through = arguments.to_vec();
            through.splice(*at..at + 2, ["--via", &via]);
            return self.run_as_it_is(&through, input);
        }
        self.run_as_it_is(arguments, input)
    }

    /// A rig in software with this token on it.
    pub(crate) fn rig(&self, token: &[&str]) -> RunningRig {
        self.rig_with(token, &[])
    }

    /// The same with options of `virtual serve`.
    pub(crate) fn rig_with(&self, token: &[&str], options: &[&str]) -> RunningRig {
        let address = format!("rig{}.sock", NEXT.fetch_add(1, Ordering::Relaxed));
        let mut child = Command::new(program())
            .args(token)
            .args(["virtual", "serve", "--rig", &address])
            .env("LC_ALL", "C")
            .args(options)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut notices = BufReader::new(child.stderr.take().unwrap());
        let mut notice = String::new();
        notices.read_line(&mut notice).unwrap();
        assert!(notice.contains("waiting for a host"), "{notice}");
        // Read on, so that it is never kept from writing.
        std::thread::spawn(move || notices.lines().map_while(Result::ok).for_each(drop));
        RunningRig { child, address }
    }

    fn run_as_it_is(&self, arguments: &[&str], input: &str) -> Run {
        let mut child = Command::new(env!("CARGO_BIN_EXE_kaztoken"))
            .args(arguments)
            .current_dir(self.folder.path())
            .envs(PINS)
            // What lies in the folders of whoever runs the tests is none of theirs.
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("XDG_STATE_HOME", self.path("state"))
            .env_remove("KAZTOKEN_RIG_RULES")
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that ended before it read this is fine.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the output is UTF-8");
        let run = Run {
            code: output.status.code().expect("it ended by itself"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        };
        for output in [&run.stdout, &run.stderr] {
            assert!(!output.contains(CANARY), "a PIN in the output of {arguments:?}: {output}");
            let hex: String = CANARY.bytes().map(|byte| format!("{byte:02X}")).collect();
            assert!(!output.to_uppercase().contains(&hex), "a PIN in the output of {arguments:?}: {output}");
            assert!(!output.contains("panicked"), "{output}");
        }
        run
    }

    /// Tries left: user, administrator.
    #[track_caller]
    pub(crate) fn tries(&self) -> (u64, u64) {
        let (code, status) = self.json("status");
        assert_eq!(code, 0, "{status}");
        let of = |role: &str| status[role]["tries_left"].as_u64().unwrap();
        (of("user_pin"), of("admin_pin"))
    }
}

impl Run {
    /// It succeeded; its standard output.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.stdout, self.stderr);
        self.stdout
    }

    /// It failed with this code, and says this.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, says: &str) {
        assert_eq!(self.code, code, "{}{}", self.stdout, self.stderr);
        assert!(self.stderr.contains(says), "{says:?} is missing in: {}", self.stderr);
        let messages = self.stderr.lines().filter(|line| line.starts_with("kaztoken: ")).count();
        assert_eq!(messages, 1, "one message: {}", self.stderr);
    }

    /// The command line was refused, with this said.
    #[track_caller]
    pub(crate) fn fails_in_usage(self, says: &str) {
        assert_eq!(self.code, 2, "{}{}", self.stdout, self.stderr);
        assert!(self.stderr.contains(says), "{says:?} is missing in: {}", self.stderr);
    }

    /// The doctor found a failure, with this code and this in its text.
    #[track_caller]
    pub(crate) fn fails_in_doctor(self, code: i32, says: &str) {
        assert_eq!(self.code, code, "{}{}", self.stdout, self.stderr);
        assert!(self.stdout.contains("FAIL") && self.stdout.contains(says), "{}", self.stdout);
    }

    /// The one JSON document on its standard output.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let document: Value = serde_json::from_str(&self.stdout).expect(&self.stdout);
        assert_eq!(document["schema"], 1);
        document
    }
}

/// Cargo's folder for the program under test is there.
pub(crate) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_kaztoken"))
}
