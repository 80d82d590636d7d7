//! `trace`, `--trace`, `-v` and `--via replay:`.

use crate::support::Folder;
use std::fs;
use std::path::Path;

/// The commands that only look at a token.
const DIAGNOSES: [&str; 9] = [
    "list",
    "info",
    "status",
    "doctor",
    "key list",
    "object list",
    "cert list",
    "key public pay",
    "doctor --bundle b.zip",
];

#[test]
fn no_diagnosis_sends_a_pin() {
    let folder = Folder::with_key();
    let mut commands = 0;
    for (number, command) in DIAGNOSES.into_iter().enumerate() {
        folder.token(&format!("--trace {number}.ktrace {command}")).ok();
        let (_, shown) = folder.json(&format!("trace show {number}.ktrace --level apdu"));
        for entry in shown["entries"].as_array().unwrap() {
            let title = entry["title"].as_str().unwrap();
            commands += usize::from(entry["fields"]["INS"].is_string());
            // A VERIFY without data asks for the tries, one with data is a try.
            assert!(!title.contains("PIN"), "{command}: {title}");
            assert!(
                !title.contains("CHANGE REFERENCE") && !title.contains("RESET RETRY"),
                "{command}: {title}"
            );
        }
    }
    assert!(commands > 100, "{commands} commands were looked at");
    assert_eq!(folder.tries(), (5, 10));
}

#[test]
fn a_replay_prints_what_was_printed() {
    let folder = Folder::with_key();
    for command in ["status", "--json status", "key list", "list", "--lang ru status"] {
        let name = command.replace([' ', '-'], "");
        let before = folder.token(&format!("--trace {name}.ktrace {command}")).ok();
        let after = folder.run(&format!("--via replay:{name}.ktrace {command}")).ok();
        let same = |text: &str| text.replace("replay", "virtual").replace(' ', "");
        assert_eq!(same(&after), same(&before), "{command}");
        let again = folder.run(&format!("trace replay {name}.ktrace")).ok();
        assert!(same(&again).contains(same(&before).trim_end()), "{again}");
    }
    // Another question than the one that was recorded.
    folder.run("--via replay:list.ktrace key list").fails(13, "the trace");
}

#[test]
fn a_wrong_pin_is_recorded_and_its_digits_are_not() {
    let folder = Folder::formatted();
    folder.token("--trace w.ktrace pin verify --pin-source env:WRONG").fails(7, "4 tries are left");
    let trace = String::from_utf8(folder.read("w.ktrace")).unwrap();
    assert!(trace.contains("apdu> 00 20 00 02 *") && trace.contains("apdu< 63 C4"), "{trace}");
    assert!(!trace.contains("43 61 6E") && !trace.contains("Canary"), "{trace}");
    assert_eq!(folder.tries(), (4, 10));
    // Any PIN is the one of then, and no token is touched.
    folder.run("--via replay:w.ktrace pin verify --pin-source env:USER").fails(7, "4 tries are left");
    assert_eq!(folder.tries(), (4, 10));
}

#[test]
fn what_went_wrong_goes_wrong_again() {
    let folder = Folder::factory();
    folder.token("--trace u.ktrace --fault unplug@6 status").fails(12, "unplugged");
    folder.run("--via replay:u.ktrace status").fails(12, "unplugged");
    assert_eq!(folder.run("trace replay u.ktrace").code, 12);
    folder.token("--trace s.ktrace --fault late@3:200ms,corrupt@9 status").fails(14, "");
    folder.run("--via replay:s.ktrace status").fails(14, "");
}

#[test]
fn live() {
    let folder = Folder::formatted();
    let run = folder.token("-v pin verify --pin-source env:WRONG");
    assert!(
        run.stderr.contains(">> VERIFY 0002 ** (PIN)") && run.stderr.contains("SW 63C4: 4 tries"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("XfrBlock"));
    let run = folder.token("-vv --lang kk list");
    assert!(run.stderr.contains("PC_to_RDR_XfrBlock") && run.code == 0, "{}", run.stderr);
}

#[test]
fn redacted_it_tells_of_nobody() {
    let folder = Folder::with_key();
    folder.token("--trace a.ktrace status").ok();
    folder.run("trace redact a.ktrace b.ktrace").ok();
    folder.run("trace redact a.ktrace c.ktrace --keep-serial").ok();
    let of = |name: &str| String::from_utf8(folder.read(name)).unwrap();
    let (serial, label) = ("47 73 84 61", "54 65 73 74");
    assert!(of("a.ktrace").contains(serial) && of("a.ktrace").contains(label));
    assert!(
        !of("b.ktrace").contains(serial)
            && !of("b.ktrace").contains(label)
            && !of("b.ktrace").contains("t.kzt")
    );
    assert!(of("c.ktrace").contains(serial) && !of("c.ktrace").contains(label));
    let count =
        |name: &str| folder.json(&format!("trace show {name}")).1["entries"].as_array().unwrap().len();
    assert_eq!(count("a.ktrace"), count("b.ktrace"));
    // Redacted twice it is the same.
    folder.run("trace redact b.ktrace d.ktrace").ok();
    assert_eq!(of("b.ktrace"), of("d.ktrace"));
}

#[test]
fn two_traces_are_compared_without_their_times() {
    let folder = Folder::formatted();
    for name in ["a", "b"] {
        folder.token(&format!("--trace {name}.ktrace status")).ok();
    }
    let equal = folder.run("trace diff a.ktrace b.ktrace").ok();
    assert!(equal.contains("The dialogues are equal"), "{equal}");
    folder.token("pin verify --pin-source env:WRONG").fails(7, "");
    folder.token("--trace c.ktrace status").ok();
    let (code, json) = folder.json("trace diff a.ktrace c.ktrace");
    assert_eq!((code, json["equal"].as_bool()), (1, Some(false)));
    let first = &json["differences"][0];
    assert!(first["first"]["line"].as_str().unwrap().contains("63 C5"), "{first}");
    assert!(first["second"]["line"].as_str().unwrap().contains("63 C4"), "{first}");
}

#[test]
fn other_programs_records() {
    let folder = Folder::formatted();
    folder.token("--trace a.ktrace pin verify --pin-source env:USER").ok();
    for (kind, name) in [("usbmon", "a.pcap"), ("ccid-log", "a.log")] {
        folder.run(&format!("trace export {kind} a.ktrace {name}")).ok();
        let back = format!("{kind}.ktrace");
        folder.run(&format!("trace import {kind} {name} {back}")).ok();
        let messages = |name: &str| {
            let text = String::from_utf8(folder.read(name)).unwrap();
            let lines =
                text.lines().filter_map(|line| line.split_once(" ccid")).map(|(_, rest)| rest.to_owned());
            lines.collect::<Vec<_>>()
        };
        if kind == "usbmon" {
            assert_eq!(messages(&back), messages("a.ktrace"));
        }
    }
    folder.write(
        "t.txt",
        "# a card\n>> 00 A4 00 00\n<< 90 00\n=> 00200002 0831323334 35363738\n<= 63:C2 (wrong)\n",
    );
    folder.run("trace import transcript t.txt t.ktrace").ok();
    let text = String::from_utf8(folder.read("t.ktrace")).unwrap();
    assert!(text.contains("apdu> 00 20 00 02 *") && text.contains("apdu< 63 C2"), "{text}");
    folder.write("bad.txt", ">> 00 A\n");
    folder.run("trace import transcript bad.txt x.ktrace").fails(13, "packet 1");
    folder.run("trace import usbmon t.txt x.ktrace").fails(13, "pcap");
    assert!(!folder.path("x.ktrace").exists());
}

#[test]
fn bad_files() {
    let folder = Folder::factory();
    for (name, content, says) in [
        ("empty", &b""[..], "no trace"),
        ("other", b"kaztoken-trace 9\n", "a later one"),
        ("cut", b"kaztoken-trace 1\n0.000001 1 ccid> 6F 0\n", "line 2"),
        ("latin", b"kaztoken-trace 1\n# \xE9\n", "line 2"),
    ] {
        folder.write(name, content);
        for command in ["trace show", "trace replay", "--via", "trace redact"] {
            let line = match command {
                "--via" => format!("--via replay:{name} status"),
                "trace redact" => format!("trace redact {name} out.ktrace"),
                _ => format!("{command} {name}"),
            };
            folder.run(&line).fails(13, says);
        }
    }
    folder.write(
        "hostile",
        "kaztoken-trace 1\n# x: \u{1b}[2J\u{202e}\n0.000001 1 open way=usb place=\u{1b}]0;evil\u{7} name=a\n",
    );
    let shown = folder.run("trace show hostile --level usb").ok();
    assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{7}']) && shown.contains("evil"), "{shown:?}");
    folder.run("trace show missing").fails(1, "missing");
    folder.run("--via replay: status").fails_in_usage("replay:FILE");
    folder.write("there", "");
    folder.token("--trace there status").fails(9, "there");
    if Path::new("/dev/full").exists() {
        let run = folder.token("--trace /dev/full status");
        assert_eq!(run.code, 9, "a device is no new file: {}", run.stderr);
    }
}

/// Traces from the field that became tests: `kaztoken trace to-test`. Each folder is run again.
#[test]
fn recorded_traces_print_what_they_did() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traces");
    let mut seen = 0;
    let mut tests: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    tests.sort();
    for test in tests {
        let read = |name: &str| fs::read_to_string(test.join(name)).unwrap();
        let expected: serde_json::Value = serde_json::from_str(&read("command.json")).unwrap();
        let place = Folder::empty();
        place.write("t.ktrace", read("trace.ktrace"));
        let words: Vec<&str> =
            expected["words"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
        let mut line = vec!["--via", "replay:t.ktrace"];
        // Any PIN stands for the one that was not recorded.
        line.extend(
            words.iter().map(|word| if *word == "env:KAZTOKEN_REPLAY_PIN" { "env:USER" } else { word }),
        );
        let run = place.run_with_input(&line, "");
        assert_eq!(run.stdout, read("stdout.txt"), "{}: {}", test.display(), run.stderr);
        assert_eq!(i64::from(run.code), expected["exit_code"].as_i64().unwrap(), "{}", test.display());
        seen += 1;
    }
    assert!(seen >= 4, "{seen} traces");
}

#[test]
fn a_trace_becomes_a_test() {
    let folder = Folder::formatted();
    folder.token("--trace a.ktrace status").ok();
    folder.run("trace to-test a.ktrace --out made").ok();
    for name in ["trace.ktrace", "command.json", "stdout.txt"] {
        assert!(!folder.read(&format!("made/{name}")).is_empty(), "{name}");
    }
    folder.run("trace to-test a.ktrace --out made").fails(9, "made");
    folder.run("trace record b.ktrace -- --virtual t.kzt status").ok();
    folder.run("trace diff a.ktrace b.ktrace").ok();
}
