//! The runner with a QEMU that is a shell script, and images that are made here: every end of a test, the
//! command line, and images without tests.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use object::write::{Object, StandardSection, Symbol, SymbolSection};
use object::{Architecture, BinaryFormat, Endianness, SectionKind, SymbolFlags, SymbolKind, SymbolScope};

/// Does what the test's address says.
const QEMU: &str = r#"#!/bin/sh
echo "$*" >> "$0.log"
case "$*" in
    *run_addr,arg=1*) echo "case one"; echo "case two"; echo "left out ciphers: flash"; exit 0 ;;
    *run_addr,arg=2*) echo "case a"; echo "failed a: no answer"; echo "case b"; echo "a note"; exit 134 ;;
    *run_addr,arg=3*) echo "case c"; echo "panicked at x.rs:1:2:"; exit 101 ;;
    *run_addr,arg=4*) echo "case d"; echo "qemu: fatal: Lockup: can't escalate 3 to HardFault" >&2; kill -ABRT $$ ;;
    *run_addr,arg=5*) echo "case e"; exec sleep 60 ;;
    *run_addr,arg=6*) echo "case f"; echo "failed f: wrong"; exit 0 ;;
    *run_addr,arg=7*) kill -SEGV $$ ;;
    *run_addr,arg=8*) exec yes endless ;;
    *) echo "output of a program"; exit 42 ;;
esac
"#;

struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let qemu = folder.path().join("qemu");
        fs::write(&qemu, QEMU).unwrap();
        fs::set_permissions(&qemu, fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    fn image(&self, bytes: &[u8]) -> PathBuf {
        let image = self.folder.path().join("image");
        fs::write(&image, bytes).unwrap();
        image
    }

    fn run(&self, image: &Path, arguments: &[&str]) -> (Output, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_kaztoken-runner"))
            .arg(image)
            .args(arguments)
            .env("KAZTOKEN_QEMU", self.folder.path().join("qemu"))
            .env_remove("KAZTOKEN_MACHINE")
            .env_remove("KAZTOKEN_TIME_LIMIT")
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout.clone()).unwrap();
        (output, said)
    }

    /// Runs these tests, given by name, address and attributes.
    fn tests(&self, tests: &[(&str, u32, &str)], arguments: &[&str]) -> (Option<i32>, String) {
        let (output, said) = self.run(&self.image(&suite(tests, 1, Some(b"microbit"))), arguments);
        (output.status.code(), said)
    }

    /// The command lines that QEMU was started with.
    fn started(&self) -> String {
        fs::read_to_string(self.folder.path().join("qemu.log")).unwrap_or_default()
    }
}

/// An image with tests, as embedded-test lays it out.
fn suite(tests: &[(&str, u32, &str)], version: u32, machine: Option<&[u8]>) -> Vec<u8> {
    const MODULE: &[u8] = b"some_crate::suite";
    let mut object = Object::new(BinaryFormat::Elf, Architecture::Arm, Endianness::Little);
    let rodata = object.section_id(StandardSection::ReadOnlyData);
    object.append_section_data(rodata, MODULE, 1);
    let section = object.add_section(Vec::new(), b".embedded_test".to_vec(), SectionKind::Other);
    let mut add = |name: String, record: &[u32]| {
        let bytes: Vec<u8> = record.iter().flat_map(|word| word.to_le_bytes()).collect();
        let value = object.append_section_data(section, &bytes, 4);
        object.add_symbol(Symbol {
            name: name.into_bytes(),
            value,
            size: bytes.len() as u64,
            kind: SymbolKind::Data,
            scope: SymbolScope::Linkage,
            weak: false,
            section: SymbolSection::Section(section),
            flags: SymbolFlags::None,
        });
    };
    for (name, address, attributes) in tests {
        let symbol = format!("{{\"disambiguator\":7,\"name\":\"{name}\"{attributes}}}");
        add(symbol, &[*address, 0, MODULE.len() as u32]);
    }
    add("EMBEDDED_TEST_VERSION".to_owned(), &[version]);
    if let Some(machine) = machine {
        let section = object.add_section(Vec::new(), b".kaztoken.machine".to_vec(), SectionKind::Other);
        object.append_section_data(section, machine, 1);
    }
    object.write().unwrap()
}

fn program() -> Vec<u8> {
    Object::new(BinaryFormat::Elf, Architecture::Arm, Endianness::Little).write().unwrap()
}

#[test]
fn a_test_that_passes() {
    let bench = Bench::new();
    let (status, said) = bench.tests(&[("good", 1, "")], &[]);
    assert_eq!(status, Some(0), "{said}");
    for line in [
        "running 1 tests on microbit",
        "test suite::good ... ok (2 cases)",
        "left out: ciphers: flash",
        "cases: 2 passed; 0 failed",
    ] {
        assert!(said.lines().any(|said| said == line), "{line}: {said}");
    }
    assert!(said.contains(
        "\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in "
    ));
    let started = bench.started();
    assert!(started.contains("-M microbit -accel tcg"), "{started}");
}

#[test]
fn every_other_end_is_told_and_names_the_case() {
    for (address, attributes, line, case) in [
        (2, "", "FAILED (2 cases): failed", Some("case a: no answer")),
        (3, "", "FAILED (1 case): panicked", Some("in case c")),
        (4, "", "FAILED (1 case): the processor locked up", Some("in case d")),
        (5, ",\"timeout\":1", "FAILED (1 case): timed out after 1 s", Some("in case e")),
        (6, "", "FAILED (1 case): failed", Some("case f: wrong")),
        (7, "", "FAILED: could not be run: QEMU ended with signal: 11", None),
        (9, "", "FAILED: ended with status 42", None),
        (1, ",\"should_panic\":true", "FAILED (2 cases): did not panic as it should", None),
        (4, ",\"should_panic\":true", "FAILED (1 case): the processor locked up", Some("in case d")),
    ] {
        let (status, said) = Bench::new().tests(&[("bad", address, attributes)], &[]);
        assert_eq!(status, Some(101), "{said}");
        assert!(said.contains(&format!("test suite::bad ... {line}")), "{line}: {said}");
        assert!(case.is_none_or(|case| said.lines().any(|said| said == case)), "{case:?}: {said}");
        assert!(said.contains("test result: FAILED. 0 passed; 1 failed;"), "{said}");
    }
    let (status, said) = Bench::new().tests(&[("bad", 3, ",\"should_panic\":true")], &[]);
    assert_eq!(status, Some(0), "{said}");
}

#[test]
fn endless_output_ends_at_the_time_limit() {
    let start = Instant::now();
    let (status, said) = Bench::new().tests(&[("chatter", 8, "")], &["--time-limit", "0.5"]);
    assert!(said.contains("FAILED: timed out after 0.5 s"), "{}", said.len());
    assert_eq!(status, Some(101));
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn tests_are_chosen_listed_and_in_order() {
    let bench = Bench::new();
    let tests = [("slow", 5, ",\"ignored\":true"), ("good", 1, ""), ("also_good", 1, ""), ("bad", 2, "")];
    let (status, said) = bench.tests(&tests, &["--list"]);
    assert_eq!(status, Some(0));
    assert_eq!(
        said,
        "suite::also_good: test\nsuite::bad: test\nsuite::good: test\nsuite::slow: test\n\n4 tests, 0 benchmarks\n"
    );
    assert_eq!(bench.started(), "", "a list needs no QEMU");
    let (status, said) = bench.tests(&tests, &["good", "slow", "--skip", "bad", "--test-threads", "3"]);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains(
        "also_good ... ok (2 cases)\ntest suite::good ... ok (2 cases)\ntest suite::slow ... ignored\n"
    ));
    assert!(said.contains("2 passed; 0 failed; 1 ignored; 0 measured; 1 filtered out"), "{said}");
    assert_eq!(bench.tests(&tests, &["--frob"]).0, Some(2));
}

#[test]
fn an_image_without_tests_has_the_runners_output_and_status() {
    let bench = Bench::new();
    let (output, said) = bench.run(&bench.image(&program()), &["-v", "x,y"]);
    assert_eq!((output.status.code(), said.as_str()), (Some(42), "output of a program\n"));
    let started = bench.started();
    assert!(started.contains("-M mps2-an386") && started.contains("arg=-v,arg=x,,y"), "{started}");
}

#[test]
fn what_is_no_image_of_ours_is_refused() {
    let bench = Bench::new();
    let host = Object::new(BinaryFormat::Elf, Architecture::X86_64, Endianness::Little).write().unwrap();
    let other_layout = suite(&[("good", 1, "")], 2, None);
    let real_board = suite(&[("good", 1, "")], 1, Some(b""));
    for bytes in [&b"no ELF"[..], &[], &host, &other_layout, &real_board] {
        let (output, said) = bench.run(&bench.image(bytes), &[]);
        assert_eq!((output.status.code(), said.as_str()), (Some(2), ""));
        assert!(String::from_utf8_lossy(&output.stderr).starts_with("kaztoken-runner: "));
    }
    assert_eq!(bench.started(), "");
    // No cut of an image is taken for a whole one, and none brings the runner down.
    let whole = suite(&[("good", 1, "")], 1, None);
    for len in (0..whole.len()).step_by(37) {
        let (output, _) = bench.run(&bench.image(&whole[..len]), &["--list"]);
        assert!(matches!(output.status.code(), Some(0 | 2)), "{len}");
    }
}
