//! Writes the vectors, checks that the committed ones are what it writes, and has OpenSSL judge them.
//!
//! ```text
//! cargo run -p kaztoken-vectors                 writes kaztoken-core/vectors/*.json
//! cargo run -p kaztoken-vectors -- --check      compares them with what it would write
//! cargo run -p kaztoken-vectors -- --judge      has OpenSSL's GOST engine answer every case that it can
//! ```

#![forbid(unsafe_code)]

mod cases;
mod cubic;
mod curve;
mod disagreements;
mod document;
mod format;
mod hashes;
mod judge;
mod key;
mod number;
mod scheme;
mod secrets;
mod sets;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, thread};

use cases::Layout;
use curve::Curve;
use document::Document;
use hashes::Hash;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let passed = match words[..] {
        [] => write(),
        ["--check"] => check(),
        ["--judge"] => judge::run(&folder()),
        _ => {
            eprintln!("usage: kaztoken-vectors [--check | --judge]");
            return ExitCode::from(2);
        }
    };
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Where the files are.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All files by name, in the order of their names.
fn generate() -> Vec<(String, Document)> {
    let curves: Vec<Curve> = parallel(sets::ALL.iter().collect(), |set| vec![Curve::new(set)]);
    let mut files = parallel(curves.iter().collect(), |curve| {
        let name = curve.set.name.to_lowercase().replace('-', "_");
        vec![(format!("gost_verify_{name}.json"), cases::curve_file(curve))]
    });
    for (layout, name) in [(Layout::Russian, "russian"), (Layout::Kazakh, "kazakh")] {
        files.push((format!("gost_verify_layout_{name}.json"), cases::layout_file(&curves, layout)));
    }
    for (hash, name) in
        Hash::ALL.into_iter().zip(["streebog_256", "streebog_512", "gost94_test", "gost94_cryptopro"])
    {
        files.push((format!("hash_{name}.json"), hashes::file(hash)));
    }
    for (hash, size) in [(Hash::Streebog256, 256), (Hash::Streebog512, 512)] {
        files.push((format!("hmac_streebog_{size}.json"), secrets::hmac(hash)));
        files.push((format!("vko_{size}.json"), secrets::vko(&curves, hash)));
    }
    files.sort_by(|left, right| left.0.cmp(&right.0));
    files
}

/// One thread for each input; results in the order of the inputs.
fn parallel<I: Send, O: Send>(inputs: Vec<I>, work: impl Fn(I) -> Vec<O> + Sync) -> Vec<O> {
    let work = &work;
    thread::scope(|scope| {
        let threads: Vec<_> = inputs.into_iter().map(|input| scope.spawn(move || work(input))).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("its panic was printed")).collect()
    })
}

fn write() -> bool {
    let mut tests = 0;
    let mut octets = 0;
    for (name, document) in generate() {
        let text = document.text();
        println!("{name}: {} tests, {} octets", document.tests(), text.len());
        tests += document.tests();
        octets += text.len();
        if let Err(error) = fs::write(folder().join(&name), text) {
            eprintln!("{name} cannot be written: {error}");
            return false;
        }
    }
    println!("{tests} tests, {octets} octets");
    true
}

/// `ok NAME` or `FAILED NAME` for each file.
fn check() -> bool {
    let mut passed = true;
    for (name, document) in generate() {
        let committed = fs::read_to_string(folder().join(&name)).unwrap_or_default();
        if committed == document.text() {
            println!("ok {name}: {} tests, as generated", document.tests());
        } else {
            println!(
                "FAILED {name}: not what the generator writes; run it without --check and look at git diff"
            );
            passed = false;
        }
    }
    passed
}
