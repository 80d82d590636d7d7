//! Where output goes: terminals of every kind and none, streams that are closed or full, files that cannot be written.
#![cfg(unix)]

use crate::support::{Folder, program};
use std::fs;
use std::process::{Command, Output};

/// Runs a line of the shell with `kaztoken` in it.
fn shell(folder: &Folder, line: &str) -> Output {
    let output = Command::new("sh")
        .args(["-c", &line.replace("kaztoken", &program().display().to_string())])
        .current_dir(folder.path("."))
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!said.contains("panicked"), "{line}: {said}");
    output
}

/// It ended with this code, and said this on stderr.
#[track_caller]
fn ends(folder: &Folder, line: &str, code: i32, says: &str) {
    let output = shell(folder, line);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{line}: {said}");
    assert!(said.contains(says), "{line}: {says:?} is missing in {said}");
}

#[test]
fn streams_that_are_closed_or_full() {
    let folder = Folder::with_key();
    for command in
        ["list", "status", "--json status", "key list", "explain 6983", "completions bash", "schema list"]
    {
        ends(&folder, &format!("kaztoken --virtual t.kzt {command} >/dev/full"), 1, "cannot be written");
        // Nobody reads what nobody can; a script that closes a stream is not told of it.
        for closed in ["<&-", "2>&-", "<&- 2>&-"] {
            ends(&folder, &format!("kaztoken --virtual t.kzt {command} {closed} >/dev/null"), 0, "");
        }
        let output = shell(&folder, &format!("kaztoken --virtual t.kzt {command} | true"));
        assert_eq!(output.status.code(), Some(0), "{command}");
        let closed = shell(&folder, &format!("kaztoken --virtual t.kzt {command} >&-"));
        assert!(matches!(closed.status.code(), Some(0 | 1)), "{command}: {closed:?}");
    }
    ends(&folder, "kaztoken --virtual t.kzt pin verify <&-", 2, "no PIN was given");
    ends(&folder, "kaztoken --virtual t.kzt key delete pay <&-", 9, "not confirmed");
    ends(&folder, "kaztoken --virtual none.kzt status 2>/dev/full >/dev/null", 3, "");
    assert_eq!(folder.tries(), (5, 10));
}

#[test]
fn no_locale_and_one_that_is_none() {
    let folder = Folder::with_key();
    for environment in ["env -i", "env LC_ALL=invalid", "env LC_ALL=ru_RU.KOI8-R", "env LANG= LC_ALL="] {
        for command in ["--help", "list", "status", "doctor", "explain 6983", "--lang kk status"] {
            let output = shell(&folder, &format!("{environment} kaztoken --virtual t.kzt {command}"));
            assert_eq!(output.status.code(), Some(0), "{environment} {command}: {output:?}");
            assert!(String::from_utf8(output.stdout).unwrap().len() > 20, "{environment} {command}");
        }
    }
}

#[test]
fn a_terminal_of_ten_columns() {
    let folder = Folder::with_key();
    for command in
        ["--help", "help", "pin change --help", "list", "status", "key list", "doctor", "explain 6983"]
    {
        let output = shell(&folder, &format!("COLUMNS=10 LINES=5 kaztoken --virtual t.kzt {command}"));
        assert_eq!(
            output.status.code(),
            Some(if command == "help" { 2 } else { 0 }),
            "{command}: {output:?}"
        );
        // A real one; script is in util-linux, not on every machine.
        let line = format!("stty cols 10 rows 5; exec kaztoken --virtual t.kzt {command}");
        let output = shell(&folder, &format!("script -qec '{line}' /dev/null </dev/null || exit 77"));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!said.contains("panicked"), "{command}: {said}");
        assert!(output.status.code() == Some(77) || !said.is_empty(), "{command}");
    }
}

#[test]
fn colours_only_on_a_terminal_and_not_where_nobody_wants_them() {
    let folder = Folder::with_key();
    let escape = |line: &str| shell(&folder, line).stdout.contains(&0x1B);
    let on_terminal = |line: &str| escape(&format!("script -qec '{line}' /dev/null </dev/null"));
    for command in ["--help", "list", "doctor", "list --nothing", "explain 6983"] {
        assert!(!escape(&format!("kaztoken --virtual t.kzt {command} 2>&1")), "{command}");
        assert!(
            !on_terminal(&format!("NO_COLOR=1 TERM=xterm kaztoken --virtual t.kzt {command}")),
            "{command}"
        );
        for set in ["CI=", "CI=true", "CLICOLOR=1"] {
            let line = format!("{set} TERM=dumb kaztoken --virtual t.kzt {command}");
            assert!(!on_terminal(&line), "{line}");
        }
    }
    // Where there is a terminal to try it on, help has its headings in bold.
    if shell(&folder, "script -qec true /dev/null </dev/null").status.success() {
        assert!(on_terminal("TERM=xterm kaztoken --help"));
    }
}

#[test]
fn a_token_that_answers_slowly_is_seen_to_be_read() {
    let folder = Folder::with_key();
    for command in ["status", "list", "key list", "object list", "token backup copy"] {
        let run = folder.token(&format!("--progress --fault extend@CA:2x300ms {command}"));
        assert!(run.code == 0 && run.stderr.contains("reading the token 0:0"), "{command}: {run:?}");
    }
    let run = folder.token("--fault extend@CA:2x300ms status");
    assert!(run.code == 0 && run.stderr.is_empty(), "no terminal, nobody asked: {run:?}");
}

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let folder = Folder::with_key();
    fs::write(folder.path("letter"), vec![7; 5000]).unwrap();
    // A shell's limit of one block (512 or 1024 bytes) stands for a full disk.
    let limited = |line: &str| format!("trap '' XFSZ; ulimit -f 1; kaztoken {line}");
    ends(&folder, &limited("--virtual t.kzt random 100000 --out random.bin"), 1, "random.bin");
    ends(&folder, &limited("manual pages"), 1, "pages");
    ends(&folder, "kaztoken --virtual t.kzt random 10 --out /dev/full", 1, "/dev/full");
    ends(&folder, "kaztoken --virtual t.kzt key public pay --out /dev/full", 1, "/dev/full");
    ends(&folder, "kaztoken --virtual t.kzt random 10 --out none/file", 1, "none/file");
    ends(
        &folder,
        "USER=UserCanary71 kaztoken --virtual t.kzt sign letter --pin-source env:USER --out /dev/full",
        1,
        "/dev/full",
    );
    let names: Vec<_> = fs::read_dir(folder.path("."))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let half = |name: &String| name.starts_with(".kaztoken") || name == "random.bin";
    assert!(!names.iter().any(half), "{names:?}");
    assert_eq!(fs::read_dir(folder.path("pages")).unwrap().count(), 0, "no half page");
    // What stood there before stands there still.
    folder.write("old.bin", "old");
    ends(&folder, &limited("--virtual t.kzt random 100000 --out old.bin"), 1, "old.bin");
    assert_eq!(folder.read("old.bin"), b"old");
}
