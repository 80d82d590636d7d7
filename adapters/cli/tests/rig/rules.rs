//! What the rules of rigs let through to a token that is no virtual one. The rig of these tests does not say that its
//! token is one.

use crate::support::{Folder, Run, RunningRig, SERIAL};
use std::fs;

struct Bench {
    folder: Folder,
    rig: RunningRig,
}

impl Bench {
    /// With the rules that are at the usual place.
    fn new(folder: Folder, rules: &str) -> Self {
        if !rules.is_empty() {
            fs::create_dir_all(folder.path("config/kaztoken")).unwrap();
            folder.write("config/kaztoken/rig.toml", rules);
        }
        let rig = folder.rig_with(&["--virtual", "t.kzt"], &["--rig-as-hardware"]);
        Self { folder, rig }
    }

    fn run(&self, arguments: &str) -> Run {
        self.folder.run(&format!("--via rig:{} {arguments}", self.rig.address))
    }

    fn console(&self, lines: &str) -> Run {
        let arguments = ["rig", "console", &self.rig.address, "--allow-destructive"];
        self.folder.run_with_input(&arguments, lines)
    }

    /// Of the one token in it: PINs sent, not accepted, generations, destructive commands, refused ones.
    fn ledger(&self) -> [u64; 5] {
        let json = self.folder.run("--json rig ledger").json();
        let tokens = json["tokens"].as_array().unwrap();
        assert!(tokens.len() <= 1, "{json}");
        ["pins", "not_accepted", "generations", "destructive", "refused"]
            .map(|field| tokens.first().map_or(0, |token| token[field].as_u64().unwrap()))
    }
}

const ALLOWED: &str = "allow = [\"1198752865\"]\n";

#[test]
fn without_rules_a_token_is_only_read() {
    let bench = Bench::new(Folder::formatted(), "");
    for command in ["list", "info", "status", "key list", "object list"] {
        bench.run(command).ok();
    }
    assert_eq!(bench.ledger(), [0; 5]);
    bench.run("pin verify --pin-source env:USER").fails(9, "put \"1198752865\" into `allow`");
    bench.run("key generate --pin-source env:USER").fails(9, "not on the list");
    bench.console("on\n00D60000 0100\n").fails(9, "not on the list");
    assert_eq!(bench.ledger(), [0, 0, 0, 0, 3]);
    drop(bench.rig);
    assert_eq!(bench.folder.tries(), (5, 10));
}

#[test]
fn a_listed_token_is_worked_with_and_all_is_written_down() {
    let bench = Bench::new(Folder::formatted(), ALLOWED);
    bench.run("pin verify --pin-source env:USER").ok();
    bench.run("key generate --label pay --pin-source env:USER").ok();
    bench.folder.write("file", "text");
    bench.run("sign file --pin-source env:USER").ok();
    assert_eq!(bench.ledger(), [3, 0, 1, 0, 0]);
    bench.run("pin verify --pin-source env:WRONG").fails(7, "");
    assert_eq!(bench.ledger(), [4, 1, 1, 0, 0]);
    // Not tomorrow night either, until a person has looked at it.
    bench.run("pin verify --pin-source env:USER").fails(9, "--forgive");
    bench.folder.run("rig ledger --forgive").fails_in_usage("--serial");
    let text = bench.folder.run(&format!("rig ledger --serial {SERIAL} --forgive")).ok();
    assert!(text.ends_with("wrong PINs are forgiven\n"), "{text}");
    bench.run("pin verify --pin-source env:USER").ok();
    for part in [
        "pin verify: user PIN goes out, 5 tries left",
        "user PIN answered 6300",
        "key generation answered 9000",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let file = String::from_utf8(bench.folder.read("state/kaztoken/rig-ledger.jsonl")).unwrap();
    assert!(file.contains(SERIAL) && !file.contains("Canary") && !file.contains("43616E617279"));
}

#[test]
fn no_pin_below_the_floor() {
    let bench = Bench::new(Folder::formatted(), &format!("{ALLOWED}user-floor = 5\nadmin-floor = 11\n"));
    bench.run("pin verify --pin-source env:WRONG").fails(7, "");
    let run = bench.run("--json pin verify --pin-source env:USER");
    assert_eq!((run.code, &run.json()["error"]["tries_left"]), (9, &4.into()));
    bench.run("pin unblock --pin-source env:ADMIN").fails(9, "10 tries of the administrator PIN are left");
    assert_eq!(bench.ledger(), [1, 1, 0, 0, 2]);
}

#[test]
fn what_erases_is_locked_until_the_rules_unlock_it() {
    let format = format!(
        "format --label X --yes --serial {SERIAL} --admin-pin-source env:ADMIN --new-pin-source env:USER \
         --new-admin-pin-source env:ADMIN"
    );
    let bench = Bench::new(Folder::formatted(), ALLOWED);
    bench.run(&format).fails(9, "`destructive = true`");
    bench.run("pin change --pin-source env:USER --new-pin-source env:NEW").fails(9, "`destructive = true`");
    bench.console("on\n80F00000\n").fails(9, "`unknown = true`");
    bench.run("status").ok();
    bench
        .folder
        .write("loose.toml", format!("{ALLOWED}destructive = true\nunknown = true\nledger = \"here.jsonl\""));
    bench.run(&format!("--rig-rules loose.toml {format}")).ok();
    bench.run("--rig-rules loose.toml pin change --pin-source env:USER --new-pin-source env:NEW").ok();
    let ledger = bench.folder.run("--rig-rules loose.toml --json rig ledger").json();
    assert!(ledger["tokens"][0]["destructive"].as_u64().unwrap() > 3, "{ledger}");
    assert!(bench.folder.path("here.jsonl").exists());
}

#[test]
fn keys_are_generated_up_to_the_budget() {
    let bench = Bench::new(Folder::formatted(), &format!("{ALLOWED}generations = 2\n"));
    bench.run("key generate --pin-source env:USER").ok();
    bench.run("key generate --pin-source env:USER").ok();
    bench.run("key generate --pin-source env:USER").fails(9, "has generated 2 keys");
    assert_eq!(bench.ledger()[2], 2);
}

#[test]
fn the_same_rules_for_a_token_on_usb() {
    let folder = Folder::formatted();
    let rig = folder.rig_with(&["--virtual", "t.kzt"], &["--rig-as-hardware", "--rig-usb"]);
    let bench = Bench { folder, rig };
    bench.run("status").ok();
    bench.run("pin verify --pin-source env:USER").fails(9, "not on the list");
    bench.folder.write("rules.toml", ALLOWED);
    bench.run("--rig-rules rules.toml pin verify --pin-source env:USER").ok();
}

#[test]
fn bad_rules_are_told_with_their_line_and_nothing_is_sent() {
    let bench = Bench::new(Folder::formatted(), "");
    for (rules, says) in [
        ("allow = [\"soon\"]", "line 1: \"soon\" is no serial number"),
        ("allow = [1198752865]", "line 1: "),
        ("\nuser-flor = 3", "line 2: unknown field `user-flor`"),
        ("user-floor = 300", "line 1: "),
        ("admin-floor = 1", "line 1: a floor is 2 at least"),
        ("allow = [", "line "),
    ] {
        bench.folder.write("rules.toml", rules);
        bench.run("--rig-rules rules.toml status").fails(13, says);
    }
    bench.run("--rig-rules none.toml status").fails(1, "none.toml");
    bench.folder.write("rules.toml", format!("{ALLOWED}ledger = \".\""));
    bench
        .run("--rig-rules rules.toml pin verify --pin-source env:USER")
        .fails(1, "without it nothing is sent");
    drop(bench.rig);
    assert_eq!(bench.folder.tries(), (5, 10));
}
