//! `rig run`: plans, and what is said of them.

use crate::support::{Folder, SERIAL, program};
use quick_xml::Reader;
use quick_xml::events::Event;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Names, in the order of their elements, of the tests in JUnit XML that failed, and of all.
fn junit(xml: &[u8]) -> (Vec<String>, Vec<String>) {
    let mut reader = Reader::from_reader(xml);
    let (mut failed, mut all) = (Vec::new(), Vec::new());
    let mut buffer = Vec::new();
    loop {
        let event = reader.read_event_into(&mut buffer).expect("well-formed XML");
        let (Event::Start(element) | Event::Empty(element)) = &event else {
            if event == Event::Eof {
                return (failed, all);
            }
            continue;
        };
        let attribute = |name: &str| {
            let attribute = element.try_get_attribute(name).unwrap()?;
            Some(attribute.value.into_owned())
        };
        match element.name().as_ref() {
            "testcase" => all.extend(attribute("name")),
            "failure" => failed.extend(all.last().cloned()),
            _ => {}
        }
    }
}

fn example(name: &str) -> String {
    let plans = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/plans");
    plans.join(name).canonicalize().unwrap().display().to_string()
}

#[test]
fn the_plans_that_are_given_as_examples() {
    for options in [&[][..], &["--rig-usb"]] {
        let folder = Folder::factory();
        let rig = folder.rig_with(&["--virtual", "t.kzt"], options);
        for (plan, cases) in [("first-contact.toml", 6), ("virtual-token.toml", 9)] {
            let plan = example(plan);
            let run = folder.run(&format!("--json rig run {plan} {} --junit out.xml", rig.address));
            let json = run.json();
            let skipped = json["skipped"].as_u64().unwrap();
            if options.is_empty() {
                assert_eq!((run.code, &json["passed"], skipped), (0, &cases.into(), 0), "{json}");
                assert_eq!(json["serial"], SERIAL);
            } else {
                // A token on USB has no contacts, and no warm reset.
                assert_eq!((skipped, &json["passed"]), (1, &if cases == 6 { 5 } else { 6 }.into()), "{json}");
            }
            assert_eq!(junit(&folder.read("out.xml")).1.len() as u64, cases);
        }
        drop(rig);
        assert_eq!(folder.tries(), (10, 10));
    }
}

/// Runs a plan of this text on a token as the factory leaves it.
struct Bench {
    folder: Folder,
    rig: crate::support::RunningRig,
}

impl Bench {
    fn new(options: &[&str]) -> Self {
        let folder = Folder::factory();
        let rig = folder.rig_with(&["--virtual", "t.kzt"], options);
        Self { folder, rig }
    }

    fn run(&self, plan: &str, options: &str) -> crate::support::Run {
        self.folder.write("plan.toml", plan);
        self.folder.run(&format!("{options} rig run plan.toml {} --junit out.xml", self.rig.address))
    }
}

const FAILING: &str = r#"
name = "it <fails> & \"goes on\""
[[case]]
name = "wrong & <wrong>"
[[case.step]]
power = "on"
[[case.step]]
pin = "user"
from = "env:FACTORY_USER"
[[case.step]]
apdu = "00 CA 01 81 08"
data = "0000000000000000"
[[case]]
name = "nobody is logged in after it"
[[case.step]]
power = "on"
[[case.step]]
apdu = "00 20 00 02"
sw = "63C?"
[[case]]
name = "too slow"
[[case.step]]
power = "on"
[[case.step]]
apdu = "00 84 00 00 00"
data = ".."
max-us = 0
[[case]]
name = "another error"
[[case.step]]
apdu = "00 CA 01 81 08"
fails = "timeout"
[[case]]
name = "left out"
skip = "for the test's sake"
[[case.step]]
power = "on"
[[case]]
name = "not for this rig"
requires = ["blocks"]
[[case.step]]
power = "on"
"#;

#[test]
fn failures_are_told_and_the_other_cases_run() {
    let bench = Bench::new(&[]);
    let run = bench.run(FAILING, "--json");
    let json = run.json();
    assert_eq!(run.code, 1);
    let results: Vec<_> =
        json["cases"].as_array().unwrap().iter().map(|case| case["result"].as_str().unwrap()).collect();
    assert_eq!(results, ["failed", "passed", "failed", "failed", "skipped", "skipped"]);
    let reason = |at: usize| json["cases"][at]["reason"].as_str().unwrap();
    assert_eq!(reason(0), "step 3: the data is 0000000047738461 and not 0000000000000000");
    assert!(reason(2).contains("0 are allowed"), "{json}");
    assert!(reason(3).contains("removed instead of timeout"), "{json}");
    assert!(reason(4).contains("sake") && reason(5).contains("blocks"));
    let (failed, all) = junit(&bench.folder.read("out.xml"));
    assert_eq!(failed, ["wrong &amp; &lt;wrong&gt;", "too slow", "another error"]);
    assert_eq!(all.len(), 6);
    let transcript = json["cases"][0]["transcript"].to_string();
    assert!(transcript.contains("00200002 ** (PIN)"), "{transcript}");
    for file in ["out.xml", "plan.toml"] {
        let text = String::from_utf8(bench.folder.read(file)).unwrap();
        assert!(!text.contains("3132333435363738"), "the PIN is in {file}");
    }
    let text = bench.run(FAILING, "");
    assert_eq!(text.code, 1);
    assert!(text.stdout.contains("1 passed, 3 failed, 2 skipped"), "{}", text.stdout);
    let stopping = FAILING.replacen('\n', "\nstop-on-failure = true\n", 1);
    let json = bench.run(&stopping, "--json").json();
    assert_eq!((&json["failed"], &json["skipped"]), (&1.into(), &5.into()));
}

#[test]
fn some_cases_only() {
    let bench = Bench::new(&[]);
    bench.folder.write("plan.toml", FAILING);
    let address = &bench.rig.address;
    let run = bench.folder.run(&format!("--json rig run plan.toml {address} --only logged"));
    assert_eq!((run.code, &run.json()["passed"]), (0, &1.into()));
    bench
        .folder
        .run(&format!("rig run plan.toml {address} --only nothing"))
        .fails(2, "no case has such a name");
}

/// One case that needs a PIN.
fn with_pin(from: &str) -> String {
    let case = |name: &str| {
        format!(
            "[[case]]\nname = \"{name}\"\n[[case.step]]\npower = \"on\"\n[[case.step]]\npin = \"user\"\nfrom = \"{from}\"\n"
        )
    };
    format!("name = \"pins\"\n{}{}", case("one"), case("two"))
}

#[test]
fn a_pin_that_may_be_wrong_goes_to_virtual_tokens_only() {
    let bench = Bench::new(&["--rig-as-hardware"]);
    bench.folder.write("rules.toml", "allow = [\"1198752865\"]");
    let rules = "--rig-rules rules.toml --json";
    for from in ["wrong", "factory"] {
        let run = bench.run(&with_pin(from), rules);
        assert_eq!((run.code, &run.json()["failed"]), (1, &2.into()));
        assert!(run.stdout.contains("virtual tokens only"), "{}", run.stdout);
    }
    assert_eq!(bench.run(&with_pin("env:FACTORY_USER"), rules).code, 0);
    // One that is wrong ends the plan.
    let run = bench.run(&with_pin("env:WRONG"), rules);
    assert_eq!((&run.json()["failed"], &run.json()["skipped"]), (&1.into(), &1.into()));
    assert!(run.stdout.contains("no other is tried"), "{}", run.stdout);
    let ledger = bench.folder.run(&format!("--rig-rules rules.toml rig ledger --serial {SERIAL}")).ok();
    assert!(ledger.contains("pins: one: user PIN goes out"), "{ledger}");
    drop(bench.rig);
    assert_eq!(bench.folder.tries(), (9, 10));
}

#[test]
fn plans_that_make_no_sense() {
    let bench = Bench::new(&[]);
    let case = "[[case]]\nname = \"a\"\n[[case.step]]\npower = \"on\"\n";
    for (plan, says) in [
        ("", "missing field `name`"),
        ("name = \"p\"\n", "missing field `case`"),
        ("name = \"p\"\ncase = []\n", "the plan has no case"),
        (&format!("name = \"p\"\nrequires = [\"wings\"]\n{case}"), "line 2: \"wings\" is no feature"),
        (&format!("name = \"p\"\n{case}{case}"), "every case has a name of its own"),
        (&format!("name = \"p\"\n{}", case.replace("power", "pouvoir")), "line "),
        ("name = \"p\"\n[[case]]\nname = \"a\"\nstep = []\n", "has no step"),
        (
            "name = \"p\"\n[[case]]\nname = \"a\"\nrepeat = 0\n[[case.step]]\npower = \"on\"\n",
            "repeat is 1 to 1000000",
        ),
        (
            "name = \"p\"\n[[case]]\nname = \"a\"\n[[case.step]]\napdu = \"0020000206 43616E617279\"\n",
            "no place for one",
        ),
    ] {
        bench.run(plan, "").fails(13, says);
    }
    bench.run(&format!("name = \"p\"\nrequires = [\"blocks\"]\n{case}"), "").fails(10, "blocks");
    let address = &bench.rig.address;
    bench.folder.run(&format!("rig run none.toml {address}")).fails(1, "none.toml");
    bench.folder.write("plan.toml", format!("name = \"p\"\n{case}"));
    bench.folder.run("rig run plan.toml").fails(2, "--via rig:PORT");
    bench.folder.run(&format!("rig run plan.toml {address} --junit no/where.xml")).fails(1, "where.xml");
}

#[test]
fn ctrl_c_takes_the_power() {
    let bench = Bench::new(&[]);
    let plan = "name = \"p\"\n[[case]]\nname = \"a\"\n[[case.step]]\npower = \"on\"\n[[case.step]]\npin = \"user\"\n\
                from = \"factory\"\n[[case.step]]\nwait-ms = 60000\n";
    bench.folder.write("plan.toml", plan);
    let begun = Instant::now();
    let child = Command::new(program())
        .args(["rig", "run", "plan.toml", &bench.rig.address])
        .current_dir(bench.folder.path("."))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(1_000));
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(begun.elapsed() < Duration::from_secs(10));
    let info = bench.folder.run(&format!("--json rig info {}", bench.rig.address)).json();
    assert_eq!(info["rig"]["token"]["powered"], false);
}
