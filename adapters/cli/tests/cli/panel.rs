//! `panel` in a real pseudo terminal.

use super::support::Folder;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(30);

/// The panel, and a terminal that understands what it writes.
struct Screen {
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    terminal: Arc<Mutex<(vt100::Parser, Vec<u8>)>>,
}

impl Screen {
    fn start(folder: &Folder, arguments: &str) -> Self {
        let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_kaztoken"));
        command.args(arguments.split_whitespace());
        command.cwd(folder.path(""));
        command.env("TERM", "xterm-256color");
        command.env("LC_ALL", "C");
        let child = pair.slave.spawn_command(command).unwrap();
        let mut output = pair.master.try_clone_reader().unwrap();
        let terminal = Arc::new(Mutex::new((vt100::Parser::new(24, 80, 0), Vec::new())));
        let shown = Arc::clone(&terminal);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = output.read(&mut bytes) {
                let mut shown = shown.lock().unwrap();
                shown.0.process(&bytes[..read]);
                shown.1.extend_from_slice(&bytes[..read]);
            }
        });
        let keyboard = pair.master.take_writer().unwrap();
        Self { master: pair.master, keyboard, child, terminal }
    }

    fn contents(&self) -> String {
        self.terminal.lock().unwrap().0.screen().contents()
    }

    fn shows(&self, text: &str) {
        let start = Instant::now();
        while !self.contents().contains(text) {
            assert!(start.elapsed() < PATIENCE, "{text:?} is not there:\n{}", self.contents());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn types(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    fn resize(&self, rows: u16, cols: u16) {
        self.terminal.lock().unwrap().0.screen_mut().set_size(rows, cols);
        self.master.resize(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
    }

    /// Waits for the end; all that was written.
    fn ends(mut self) -> (u32, Vec<u8>) {
        let start = Instant::now();
        let code = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status.exit_code();
            }
            assert!(start.elapsed() < PATIENCE, "it does not end:\n{}", self.contents());
            std::thread::sleep(Duration::from_millis(20));
        };
        std::thread::sleep(Duration::from_millis(100));
        let written = std::mem::take(&mut self.terminal.lock().unwrap().1);
        (code, written)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn log_in_change_the_pin_and_quit() {
    let folder = Folder::formatted();
    let mut screen = Screen::start(&folder, "--virtual t.kzt panel");
    screen.shows("1198752865");
    screen.shows("5 tries left");
    screen.types("u");
    screen.shows("User PIN: 5 tries left");
    screen.types("UserCanary71");
    screen.shows("************");
    screen.types("\r");
    screen.shows("logged in: user");

    // Too small, wide, and as before, in the middle of a dialog.
    screen.types("c");
    screen.shows("New PIN once more");
    screen.resize(10, 40);
    screen.shows("needs 80x24, this is 40x10");
    screen.resize(40, 120);
    screen.shows("New PIN once more");
    screen.resize(24, 80);
    screen.shows("New PIN once more");
    screen.types("UserCanary71\rNewCanary72\rNewCanary72\r");
    screen.shows("The user PIN is changed.");
    screen.shows("nobody is logged in");
    screen.types("q");
    let (code, written) = screen.ends();
    assert_eq!(code, 0);
    assert!(!has(&written, "Canary") && !has(&written, "ary7"), "a PIN is on the screen");
    // The other screen is left and the cursor is back.
    assert!(has(&written, "\u{1b}[?1049h") && has(&written, "\u{1b}[?1049l") && has(&written, "\u{1b}[?25h"));
    folder.token("pin verify --pin-source env:NEW").ok();
    folder.token("pin verify --pin-source env:USER").fails(7, "wrong");
}

#[test]
fn a_wrong_pin_costs_one_try_and_ctrl_c_leaves() {
    let folder = Folder::formatted();
    let mut screen = Screen::start(&folder, "--virtual t.kzt panel");
    screen.shows("5 tries left");
    screen.types("uWrongCanary99\r");
    screen.shows("Wrong user PIN: 4 tries left");
    screen.types("u\u{3}");
    let (code, written) = screen.ends();
    assert_eq!(code, 0);
    assert!(has(&written, "\u{1b}[?1049l") && !has(&written, "Canary"));
    assert_eq!(folder.tries().0, 4);
}

#[test]
fn format_with_a_label_asks_for_the_serial_number() {
    let folder = Folder::with_key();
    let mut screen = Screen::start(&folder, "--virtual t.kzt panel");
    screen.shows("Keys 1");
    screen.types("f1198752865\tBank\tAdminCanary71\tNewCanary72\t\t\r");
    screen.shows("on the token: 1 key");
    screen.types("f1198752865\tBank\tAdminCanary71\tNewCanary72\t\t \r");
    screen.shows("Formatted.");
    screen.shows("Keys 0");
    screen.shows("Bank");
    screen.types("q");
    assert_eq!(screen.ends().0, 0);
    folder.token("pin verify --pin-source env:NEW").ok();
    folder.token("pin verify --admin --admin-pin-source env:ADMIN").ok();
}

#[test]
fn tokens_come_and_go_by_themselves() {
    let folder = Folder::factory();
    std::fs::rename(folder.path("t.kzt"), folder.path("away.kzt")).unwrap();
    let mut screen = Screen::start(&folder, "--virtual t.kzt panel");
    screen.shows("No token.");
    std::fs::rename(folder.path("away.kzt"), folder.path("t.kzt")).unwrap();
    screen.shows("<no label>");
    folder.token_when_free("pin verify --pin-source env:WRONG").fails(7, "wrong");
    screen.shows("9 tries left");
    std::fs::remove_file(folder.path("t.kzt")).unwrap();
    screen.shows("No token.");
    screen.types("q");
    assert_eq!(screen.ends().0, 0);
}

#[test]
fn without_a_terminal_it_says_so() {
    let folder = Folder::factory();
    folder.token("panel").fails(2, "needs a terminal");
    folder.token("--json panel").fails_in_usage("needs a terminal");
}

/// What a core dump of a process would hold: all memory that it may write.
#[cfg(target_os = "linux")]
fn memory(process: u32) -> Vec<u8> {
    use std::io::{Seek, SeekFrom};
    let maps = std::fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    let mut memory = std::fs::File::open(format!("/proc/{process}/mem")).unwrap();
    let mut all = Vec::new();
    for line in maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|mode| mode.starts_with("rw")))
    {
        let (start, end) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let [start, end] = [start, end].map(|text| u64::from_str_radix(text, 16).unwrap());
        let mut part = vec![0; (end - start) as usize];
        let read = memory.seek(SeekFrom::Start(start)).and_then(|_| memory.read_exact(&mut part));
        if read.is_ok() {
            all.extend(part);
        }
    }
    all
}

/// The token is in another process: a virtual one in this process would hold its PINs, as its file does.
#[cfg(target_os = "linux")]
#[test]
fn after_a_login_the_pin_is_in_no_part_of_the_memory() {
    let folder = Folder::formatted();
    let rig = folder.rig(&["--virtual", "t.kzt"]);
    let mut screen = Screen::start(&folder, &format!("--via rig:{} panel", rig.address));
    screen.shows("1198752865");
    screen.types("u");
    screen.shows("User PIN: 5 tries left");
    // As fingers type. What is pasted stands in the terminal library's buffer until more is pasted.
    for (number, key) in "UserCanary71".chars().enumerate() {
        screen.types(&key.to_string());
        screen.shows(&"*".repeat(number + 1));
    }
    // Now it is there: the search finds what is to be found.
    let process = screen.child.process_id().unwrap();
    assert!(has(&memory(process), "UserCanary71"), "the search is blind");
    screen.types("\r");
    screen.shows("logged in: user");
    let dump = memory(process);
    assert!(dump.len() > 100_000);
    for part in ["UserCana", "rCanary7", "Canary71"] {
        assert!(!has(&dump, part), "{part} is still in the memory");
    }
    // Taking the rights back needs no PIN, and nothing of it comes back.
    screen.types("o");
    screen.shows("nobody is logged in");
    assert!(!has(&memory(process), "Canary71"));
    screen.types("q");
    assert_eq!(screen.ends().0, 0);
}
