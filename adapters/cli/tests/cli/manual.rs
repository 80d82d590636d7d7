//! Completion scripts and manual pages.

use crate::support::{Folder, SERIAL, program};
use std::process::Command;
use std::time::{Duration, Instant};

#[test]
fn a_completion_script_for_every_shell() {
    let folder = Folder::empty();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = folder.run(&format!("completions {shell}")).ok();
        for word in ["explain", "format", "pin-source"] {
            assert!(script.contains(word), "{word} in {shell}");
        }
        folder.write(shell, &script);
    }
    // The shell that every test machine has reads it, and completes.
    let script = "source ./bash; COMP_WORDS=(kaztoken expl); COMP_CWORD=1; _kaztoken kaztoken expl kaztoken; echo $COMPREPLY";
    let output = Command::new("bash").args(["-c", script]).current_dir(folder.path(".")).output();
    if let Ok(output) = output {
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "explain\n", "{:?}", output.stderr);
    }
    // Serial numbers and keys of what is attached, in the shells that can be tried.
    for (shell, wanted) in
        [("bash", "complete serials"), ("zsh", "complete serials"), ("fish", "complete keys")]
    {
        assert!(String::from_utf8(folder.read(shell)).unwrap().contains(wanted), "{shell}");
    }
    for shell in ["zsh", "fish"] {
        if let Ok(checked) = Command::new(shell).args(["-n", shell]).current_dir(folder.path(".")).output() {
            assert!(checked.status.success(), "{checked:?}");
        }
    }
    folder.run("completions tcsh").fails_in_usage("possible values");
}

#[test]
fn serial_numbers_and_keys_are_offered_quickly_and_silently() {
    let folder = Folder::with_key();
    folder.run("virtual new u.kzt --serial 77").ok();
    folder.write("script", folder.run("completions bash").ok());
    let program = program().parent().unwrap();
    let complete = |line: &str| {
        let script = format!(
            "PATH={}:$PATH; source ./script; COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _kaztoken kaztoken \"${{COMP_WORDS[-1]}}\" \"${{COMP_WORDS[-2]}}\"; echo ${{COMPREPLY[*]}}",
            program.display()
        );
        let begin = Instant::now();
        let output =
            Command::new("bash").args(["-c", &script]).current_dir(folder.path(".")).output().ok()?;
        assert!(begin.elapsed() < Duration::from_secs(2), "{line}: {:?}", begin.elapsed());
        assert!(output.stderr.is_empty(), "{line}: {output:?}");
        Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
    };
    for (line, offers) in [
        ("kaztoken --virtual t.kzt status --device ''", SERIAL),
        ("kaztoken --virtual t.kzt --virtual u.kzt status --device ''", "1198752865 77"),
        ("kaztoken --virtual = t.kzt status --device 11", SERIAL),
        ("kaztoken --virtual t.kzt status --device 2", ""),
        ("kaztoken --virtual none.kzt status --device ''", ""),
        ("kaztoken --virtual t.kzt sign letter --key ''", "pay"),
        ("kaztoken --virtual u.kzt sign letter --key ''", ""),
        ("kaztoken --virtual t.kzt --virtual u.kzt sign letter --key ''", ""),
        ("kaztoken --virtual t.kzt --virtual u.kzt sign letter --device 1198752865 --key ''", "pay"),
    ] {
        // Without a bash there is nothing to try.
        let Some(said) = complete(line) else { return };
        assert_eq!(said, offers, "{line}");
    }
    // The command by itself, as fast as a person expects; the bound leaves room for a busy machine.
    let begin = Instant::now();
    let silent = folder.run("complete serials -- --virtual t.kzt --device");
    assert_eq!((silent.code, silent.stdout.trim()), (0, SERIAL));
    assert!(begin.elapsed() < Duration::from_secs(1));
    assert_eq!(folder.tries(), (5, 10));
}

#[test]
fn a_page_for_every_command() {
    let folder = Folder::empty();
    let json = folder.run("--json manual pages").json();
    let pages: Vec<_> = json["pages"].as_array().unwrap().iter().map(|page| page.as_str().unwrap()).collect();
    for page in ["kaztoken.1", "kaztoken-explain.1", "kaztoken-rig-run.1", "kaztoken-pin-change.1"] {
        assert!(pages.contains(&page), "{page}");
        let text = String::from_utf8(folder.read(&format!("pages/{page}"))).unwrap();
        assert!(text.contains(".SH NAME") && text.contains(".SH OPTIONS"), "{page}");
    }
    folder.write("file", "");
    folder.run("manual file").fails(9, "file");
}
