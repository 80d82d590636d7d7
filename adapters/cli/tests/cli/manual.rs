//! Completion scripts and manual pages.

use crate::support::Folder;
use std::process::Command;

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
    folder.run("completions tcsh").fails_in_usage("possible values");
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
