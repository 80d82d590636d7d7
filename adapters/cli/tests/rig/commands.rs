//! `rig list`, `rig info`, `rig console`, and a rig that is not there or goes away.

use crate::support::{Folder, SERIAL, program};
use std::process::{Command, Stdio};
use std::time::Duration;

#[test]
fn list_and_info() {
    let folder = Folder::factory();
    let rig = folder.rig(&["--virtual", "t.kzt"]);
    let address = &rig.address;
    let list = folder.run(&format!("rig list {address} none.sock")).ok();
    assert!(list.contains("virtual token on contacts") && list.contains("none.sock: "), "{list}");
    let list = folder.run(&format!("--json rig list {address} none.sock")).json();
    assert_eq!((&list["command"], &list["rigs"][0]["usable"]), (&"rig list".into(), &true.into()));
    assert_eq!(list["rigs"][1]["reason"]["code"], 3);
    let info = folder.run(&format!("rig info {address} --self-test")).ok();
    assert!(info.contains("there, no power") && info.contains("1 tests passed"), "{info}");
    let info = folder.run(&format!("--json --via rig:{address} rig info")).json();
    let rig = &info["rig"];
    assert_eq!((&rig["protocol"]["version"], &rig["token"]["powered"]), (&1.into(), &false.into()));
    assert_eq!((&rig["pins"]["vcc"], &rig["line"]["damaged"]), (&false.into(), &0.into()));
}

#[test]
fn the_token_says_how_it_is_reached() {
    let folder = Folder::factory();
    let rig = folder.rig(&["--virtual", "t.kzt"]);
    let run = folder.run(&format!("--json --via rig:{} info", rig.address));
    let info = run.json();
    assert_eq!((&info["token"]["via"], &info["token"]["serial"]), (&"rig".into(), &SERIAL.into()));
    assert_eq!(info["token"]["place"], rig.address.as_str());
    let list = folder.run(&format!("--via rig:{} list", rig.address)).ok();
    assert!(list.contains(SERIAL) && list.contains("rig"), "{list}");
}

#[test]
fn every_model_and_a_token_on_usb() {
    let folder = Folder::empty();
    for model in ["kaztoken", "kaztoken-sc", "rutoken-ecp"] {
        folder.run(&format!("virtual new {model}.kzt --model {model}")).ok();
        let file = format!("{model}.kzt");
        let token = ["--virtual", &file];
        let rig = folder.rig(&token);
        let contacts = folder.run(&format!("--via rig:{} status", rig.address)).ok();
        drop(rig);
        let mut serve = Command::new(program())
            .args(token)
            .args(["virtual", "serve", "--rig", "usb.sock", "--rig-usb"])
            .current_dir(folder.path("."))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut usb = folder.run("--via rig:usb.sock status");
        for _ in 0..100 {
            if usb.code == 0 {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
            usb = folder.run("--via rig:usb.sock status");
        }
        serve.kill().unwrap();
        serve.wait().unwrap();
        assert_eq!(usb.ok(), contacts, "{model}");
    }
}

fn console(folder: &Folder, options: &str, lines: &str) -> crate::support::Run {
    let rig = folder.rig(&["--virtual", "t.kzt"]);
    let mut arguments = vec!["rig", "console", &rig.address];
    arguments.extend(options.split_whitespace());
    folder.run_with_input(&arguments, lines)
}

#[test]
fn a_console_for_people_and_programs() {
    let folder = Folder::factory();
    let said = console(
        &folder,
        "",
        "# a remark\n\non\n00 CA 01 81 08\natr\nreset\ncard\nlog debug\noff\ncard\nquit\nnever\n",
    );
    let lines: Vec<_> = said.ok().lines().map(str::to_owned).collect();
    let atr = "3B88014B415A544F4B454E82";
    assert_eq!(lines[0], atr);
    assert!(lines[1].starts_with("0000000047738461  9000"), "{lines:?}");
    assert_eq!((&lines[2][..], &lines[3][..], &lines[4][..]), (atr, atr, "there, has power"));
    assert_eq!((&lines[5][..], &lines[6][..], &lines[7][..]), ("done", "done", "there, no power"));
    assert_eq!(lines.len(), 8);
    let run = console(&folder, "--json", "on\npins\ntiming\nline\n00200002\nhelp\n");
    let document = run.json();
    let steps = &document["steps"];
    assert_eq!((run.code, &steps[0]["result"]), (0, &atr.into()));
    assert_eq!((&steps[1]["result"]["vcc"], &steps[3]["result"]["damaged"]), (&true.into(), &0.into()));
    assert_eq!(steps[4]["sw"], "63CA");
}

#[test]
fn the_console_sends_nothing_that_costs_unless_told_to() {
    let folder = Folder::factory();
    for (line, code, says) in [
        ("0020000208 3132333435363738", 9, "--allow-destructive"),
        ("808A0000", 9, "--allow-destructive"),
        ("jump", 2, "help"),
        ("00CA01810", 2, "help"),
        ("log loud", 2, "trace"),
        ("00CA018108", 12, "no power"),
    ] {
        console(&folder, "", &format!("{line}\ncard\n")).fails(code, says);
    }
    let run = console(&folder, "--allow-destructive", "on\n0020000208 3132333435363739\n00200002\n");
    assert!(run.stdout.lines().nth(2).unwrap().starts_with("63C9"), "{run:?}");
    assert!(!run.stdout.contains("3132333435363739"));
    assert_eq!(folder.tries(), (9, 10));
}

#[test]
fn what_is_no_rig() {
    let folder = Folder::factory();
    folder.write("file", "x");
    for (way, code, says) in [
        ("rig:none.sock", 3, "rig list"),
        ("rig:file", 1, "no serial port"),
        ("rig:tcp:127.0.0.1:1", 3, "refused"),
        ("rig:tcp:nowhere", 2, ""),
        ("rig:", 2, ""),
        ("rigs", 2, ""),
    ] {
        let run = folder.run(&format!("--via {way} status"));
        assert_eq!(run.code, code, "{way}: {}", run.stderr);
        assert!(run.stderr.contains(says), "{way}: {}", run.stderr);
    }
    folder.run("rig info").fails(2, "--via rig:PORT");
    folder.run("--dry-run rig info none.sock").fails(2, "--dry-run");
    folder.run("--virtual t.kzt --via rig:x status").fails(2, "--via");
}

#[test]
fn a_rig_that_dies_during_a_generation() {
    let folder = Folder::formatted();
    let rig = folder.rig(&["--virtual", "t.kzt", "--keygen-time", "60"]);
    folder.write("pin", "UserCanary71");
    let via = format!("rig:{}", rig.address);
    let child = Command::new(program())
        .args(["--via", &via, "key", "generate", "--pin-source", "file:pin"])
        .current_dir(folder.path("."))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(1_500));
    drop(rig);
    let output = child.wait_with_output().unwrap();
    let says = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(12), "{says}");
    assert!(says.contains("line to the rig is closed"), "{says}");
    assert_eq!(folder.tries(), (5, 10));
}

#[test]
fn a_program_that_is_killed_leaves_nobody_logged_in() {
    let folder = Folder::formatted();
    let rig = folder.rig(&["--virtual", "t.kzt", "--keygen-time", "60"]);
    folder.write("pin", "UserCanary71");
    let via = format!("rig:{}", rig.address);
    let mut child = Command::new(program())
        .args(["--via", &via, "key", "generate", "--pin-source", "file:pin"])
        .current_dir(folder.path("."))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(1_500));
    child.kill().unwrap();
    child.wait().unwrap();
    // Without the PIN the token says that nobody is logged in.
    let run = folder.run_with_input(&["rig", "console", &rig.address], "on\n00200002\n");
    assert!(run.ok().contains("63C5"), "the power was taken");
}
