//! `watch`: other processes do something, and it says so.

use super::support::Folder;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

struct Watching {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Watching {
    fn start(folder: &Folder, options: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_kaztoken"))
            .args("--virtual t.kzt --json watch --interval 0.2 --for 60".split(' '))
            .args(options.split_whitespace())
            .current_dir(folder.path(""))
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        let event = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
        super::schema::fits("watch", &event);
        event
    }

    /// The next of this kind, whatever comes before.
    fn until(&mut self, kind: &str) -> Value {
        loop {
            let event = self.next();
            assert_ne!(event["event"], "end", "{kind} was not told");
            if event["event"] == kind {
                return event;
            }
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_token_comes_loses_a_try_gets_a_key_and_goes() {
    let folder = Folder::formatted();
    std::fs::rename(folder.path("t.kzt"), folder.path("away.kzt")).unwrap();
    let mut watching = Watching::start(&folder, "");
    std::fs::rename(folder.path("away.kzt"), folder.path("t.kzt")).unwrap();
    let plugged = watching.next();
    assert_eq!((&plugged["schema"], &plugged["command"]), (&1.into(), &"watch".into()));
    assert_eq!((&plugged["event"], &plugged["serial"]), (&"plugged".into(), &"1198752865".into()));
    assert_eq!(plugged["label"], "Test");

    assert_eq!(folder.token_when_free("pin verify --pin-source env:WRONG").code, 7);
    let tries = watching.until("tries");
    assert_eq!((&tries["pin"], &tries["now"], &tries["was"]), (&"user".into(), &4.into(), &5.into()));

    assert_eq!(folder.token_when_free("key generate --pin-source env:USER").code, 0);
    let keys = watching.until("keys");
    assert_eq!((&keys["now"], &keys["was"]), (&1.into(), &0.into()));

    std::fs::rename(folder.path("t.kzt"), folder.path("away.kzt")).unwrap();
    assert_eq!(watching.until("unplugged")["serial"], "1198752865");
}

#[test]
fn it_ends_after_so_many_events_and_by_the_clock() {
    let folder = Folder::factory();
    let mut watching = Watching::start(&folder, "--events 1");
    assert_eq!(watching.next()["event"], "plugged");
    let end = watching.next();
    assert_eq!((&end["event"], &end["reason"], &end["events"]), (&"end".into(), &"events".into(), &1.into()));
    assert!(watching.child.wait().unwrap().success());
    let (code, end) = Folder::empty().json("watch --for 0.3");
    assert_eq!((code, &end["reason"], &end["events"]), (0, &"time".into(), &0.into()));
}

#[test]
fn watching_changes_nothing() {
    let folder = Folder::with_key();
    let before = folder.read("t.kzt");
    let run = folder.token("watch --for 1 --interval 0.2");
    assert_eq!(run.code, 0);
    assert_eq!(run.stdout.lines().count(), 1, "{}", run.stdout);
    assert_eq!(folder.read("t.kzt"), before);
    assert_eq!(folder.token("watch --interval 0.1").code, 2);
    assert_eq!(folder.token("--dry-run watch").code, 2);
}

#[test]
fn what_cannot_be_opened_is_said_once() {
    let folder = Folder::empty();
    folder.write("t.kzt", "no token at all");
    let mut watching = Watching::start(&folder, "--events 2");
    assert_eq!(watching.next()["event"], "plugged");
    assert_eq!(watching.next()["event"], "unusable");
    assert_eq!(watching.next()["event"], "end");
}

#[cfg(unix)]
#[test]
fn ctrl_c_is_how_it_ends_and_nobody_need_read() {
    let folder = Folder::factory();
    let mut watching = Watching::start(&folder, "");
    watching.next();
    let id = rustix::process::Pid::from_raw(watching.child.id().cast_signed()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    assert_eq!(watching.next()["reason"], "interrupted");
    assert!(watching.child.wait().unwrap().success());

    let mut unread = Watching::start(&folder, "");
    unread.next();
    drop(std::mem::replace(&mut unread.lines, {
        // Any other pipe: the one to the program is closed.
        let mut other = Command::new("true").stdout(Stdio::piped()).spawn().unwrap();
        let pipe = other.stdout.take().unwrap();
        other.wait().unwrap();
        BufReader::new(pipe)
    }));
    folder.token_when_free("pin verify --pin-source env:WRONG").fails(7, "wrong");
    assert!(unread.child.wait().unwrap().success());
}
