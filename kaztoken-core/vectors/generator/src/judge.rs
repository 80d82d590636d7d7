//! OpenSSL's GOST engine answers every committed case that it can be asked.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, thread};

use serde_json::Value;

use crate::cases::Layout;
use crate::disagreements::DISAGREEMENTS;
use crate::number::{from_hex, hex};

/// Curves that the engine has not: nothing of it can be asked.
const UNKNOWN_CURVES: &[&str] = &["Test-512"];

/// One question and the answer that agrees with the file.
struct Question {
    line: String,
    expected: Vec<String>,
    case: String,
}

/// Judges all files in `folder`; `ok NAME` or `FAILED NAME` for each. False where one failed, or where the
/// engine cannot be asked at all.
pub(crate) fn run(folder: &Path) -> bool {
    let judge = match build() {
        Ok(judge) => judge,
        Err(reason) => {
            println!("FAILED openssl: {reason}");
            return false;
        }
    };
    let mut passed = true;
    let mut total = 0;
    for name in names(folder) {
        let text = fs::read(folder.join(&name)).unwrap_or_default();
        let result = serde_json::from_slice(&text)
            .map_err(|error| error.to_string())
            .and_then(|file| one_file(&judge, &name, &file));
        match result {
            Ok((asked, told)) => {
                println!("ok openssl {name}: {told}");
                total += asked;
            }
            Err(reason) => {
                println!("FAILED openssl {name}: {reason}");
                passed = false;
            }
        }
    }
    println!("openssl answered {total} questions");
    passed && total > 0
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".json"))
        .collect();
    names.sort_unstable();
    names
}

/// Compiles the program that asks the engine.
fn build() -> Result<PathBuf, String> {
    let folder = env::current_exe().map_err(|error| error.to_string())?;
    let program = folder.with_file_name("kaztoken-vectors-openssl");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("openssl.c");
    let status = Command::new("cc")
        .args(["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-o"])
        .arg(&program)
        .arg(source)
        .arg("-lcrypto")
        .status()
        .map_err(|error| format!("cc cannot be run: {error}"))?;
    status
        .success()
        .then_some(program)
        .ok_or_else(|| "openssl.c does not compile; is libssl-dev there?".to_owned())
}

/// How many questions were asked, and what is to be told of them.
fn one_file(judge: &Path, name: &str, file: &Value) -> Result<(usize, String), String> {
    let mut questions = Vec::new();
    let mut others = 0;
    for group in file["testGroups"].as_array().into_iter().flatten() {
        for case in group["tests"].as_array().into_iter().flatten() {
            match question(group, case) {
                Some(question) => questions.push(question),
                None => others += 1,
            }
        }
    }
    let answers = ask(judge, &questions)?;
    let mut unexpected = Vec::new();
    let mut different = BTreeSet::new();
    for (Question { expected, case, .. }, answer) in questions.iter().zip(&answers) {
        if !expected.contains(answer) {
            different.insert(case.as_str());
            unexpected.push(format!("{case}: {answer}"));
        }
    }
    let known: BTreeSet<&str> = known(name).iter().copied().collect();
    if different != known {
        unexpected.retain(|line| !known.iter().any(|known| line.starts_with(&format!("{known}: "))));
        let missing: Vec<&str> = known.difference(&different).copied().collect();
        return Err(format!(
            "disagrees unexpectedly:\n  {}\nand agrees unexpectedly:\n  {}",
            unexpected.join("\n  "),
            missing.join("\n  "),
        ));
    }
    let (asked, listed) = (questions.len(), known.len());
    let told = format!("{asked} asked, {listed} known disagreements, {others} that it cannot be asked");
    Ok((asked, told))
}

fn known(file: &str) -> &'static [&'static str] {
    DISAGREEMENTS.iter().find(|(name, _)| *name == file).map_or(&[], |(_, cases)| cases)
}

/// Writes all questions while the answers are read.
fn ask(judge: &Path, questions: &[Question]) -> Result<Vec<String>, String> {
    let mut child = Command::new(judge)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let input = child.stdin.take();
    let output = thread::scope(|scope| {
        scope.spawn(move || {
            let mut input = input?;
            questions.iter().try_for_each(|question| writeln!(input, "{}", question.line)).ok()
        });
        child.wait_with_output()
    });
    let output = output.map_err(|error| error.to_string())?;
    let answers: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    if !output.status.success() || answers.len() != questions.len() {
        return Err(format!("{} answers to {} questions, {}", answers.len(), questions.len(), output.status));
    }
    Ok(answers)
}

/// `None` for what the engine cannot be asked: its curves, its layout, its S-box, keys without DER.
fn question(group: &Value, case: &Value) -> Option<Question> {
    let name = format!("{} {}", case["tcId"], case["comment"].as_str()?);
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).unwrap_or("-").to_owned();
    let (line, expected) = match group["type"].as_str()? {
        "GostVerifyDigest" | "GostVerifyMessage" => {
            if UNKNOWN_CURVES.contains(&group["curve"]["name"].as_str()?) {
                return None;
            }
            let der = group["publicKey"]["der"].as_str()?;
            let digest = match group["hash"].as_str() {
                Some(hash) => {
                    hex(&crate::hashes::Hash::named(hash)?.digest(&from_hex(case["msg"].as_str()?)))
                }
                None => text(&case["digest"]),
            };
            // The engine ends the whole process for any other length.
            if ![64, 128].contains(&digest.len()) {
                return None;
            }
            let sig = russian(group["encoding"].as_str()?, &from_hex(case["sig"].as_str()?))?;
            let sig = if sig.is_empty() { "-".to_owned() } else { hex(&sig) };
            let expected: &[&str] = match case["result"].as_str()? {
                "valid" => &["yes"],
                "invalid" => &["no", "key"],
                _ => &["yes", "no", "key"],
            };
            (format!("verify {der} {digest} {sig}"), expected.iter().map(|word| (*word).to_owned()).collect())
        }
        "GostHash" => {
            let algorithm = openssl_name(group["hash"].as_str()?)?;
            let repeat = case["repeat"].as_u64().unwrap_or(1) as usize;
            let message = case["msg"].as_str()?.repeat(repeat);
            let message = if message.is_empty() { "-".to_owned() } else { message };
            (format!("digest {algorithm} {message}"), vec![text(&case["digest"])])
        }
        "GostHmac" => {
            let algorithm = openssl_name(group["hash"].as_str()?)?;
            let line = format!("hmac {algorithm} {} {}", text(&case["key"]), text(&case["msg"]));
            // It gives the right code; that of an invalid case is another one.
            if case["result"] != "valid" {
                return None;
            }
            (line, vec![text(&case["tag"])])
        }
        _ => return None,
    };
    Some(Question { line, expected, case: name })
}

/// The engine has no name for GOST R 34.11-94 with the test S-box.
fn openssl_name(hash: &str) -> Option<&'static str> {
    match hash {
        "Streebog-256" => Some("md_gost12_256"),
        "Streebog-512" => Some("md_gost12_512"),
        "GOST R 34.11-94 (CryptoPro S-box)" => Some("md_gost94"),
        _ => None,
    }
}

/// The engine's layout. `None` for octets without halves, unless they are in that layout.
fn russian(encoding: &str, octets: &[u8]) -> Option<Vec<u8>> {
    let layout = Layout::ALL.into_iter().find(|layout| layout.name() == encoding)?;
    if layout == Layout::Russian {
        return Some(octets.to_vec());
    }
    let len = octets.len() / 2;
    layout.read(octets, len).map(|numbers| Layout::Russian.write(&numbers, len))
}
