//! `cargo xtask bench pki`: a certificate parsed and verified, beside OpenSSL with its GOST engine; a signed message around a
//! large file.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use super::machine;
use crate::commands::{cargo, command, output, root, run, target};

/// Kinds of keys; the second is that whose certificates OpenSSL knows: the same curve and hash functions of the same cost by
/// Russian identifiers, which are the only ones of the engine.
const KINDS: [(&str, &str); 4] = [
    ("kazakh-256", "russian-256"),
    ("kazakh-512", "russian-512"),
    ("rsa-2048", "rsa-2048"),
    ("rsa-4096", "rsa-4096"),
];
/// Two samples of one program differ by some hundredths.
const NOT_SLOWER: f64 = 0.97;
/// Most memory that a message of any size may take, in MB.
const MEMORY: f64 = 64.0;
/// Runs a program and prints the most memory that it had, in KB.
const PEAK: &str = "\"$@\" >/dev/null & pid=$!; peak=0; while kill -0 $pid 2>/dev/null; do \
                    now=$(sed -n 's/^VmHWM:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/$pid/status 2>/dev/null); \
                    [ -n \"$now\" ] && peak=$now; sleep 0.05; done; wait $pid && echo $peak";

/// `[--rounds N] [--sample MS] [--megabytes N]`
pub(crate) fn compare(words: &[&str]) -> Result<(), String> {
    let (mut rounds, mut sample, mut megabytes, mut words) = (5_usize, 300_u32, 4096_u64, words.iter());
    while let Some(word) = words.next() {
        let number = words.next().and_then(|number| number.parse::<u32>().ok());
        let number = number.filter(|number| *number > 0).ok_or_else(|| format!("{word} needs a number"))?;
        match *word {
            "--rounds" => rounds = number as usize,
            "--sample" => sample = number,
            "--megabytes" => megabytes = u64::from(number),
            _ => return Err(format!("unknown: {word}")),
        }
    }
    let folder = target().join("bench-pki");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    certificates(&folder, rounds, sample)?;
    messages(&folder, megabytes)
}

fn certificates(folder: &Path, rounds: usize, sample: u32) -> Result<(), String> {
    built(&["-p", "kaztoken-pki", "--example", "certificates"])?;
    let ours = target().join("release/examples/certificates");
    output(Command::new(&ours).arg("make").arg(folder))?;
    let theirs = peer(folder);
    if let Err(reason) = &theirs {
        println!("skipped: OpenSSL, {reason}");
    }
    println!("{}", machine::rustc());
    println!("certificate parsed and verified, microseconds, median of {rounds} rounds in turns:");
    println!("{:<12} {:>9} {:>9} {:>9} {:>7}", "key", "Kazakh", "shared", "OpenSSL", "ratio");
    let mut slower = Vec::new();
    for (own, shared) in KINDS {
        let once = |program: &mut Command, kind: &str| -> Result<f64, String> {
            let file = |end: &str| folder.join(format!("{kind}{end}.der"));
            let text = output(program.arg(file("")).arg(file("-issuer")).arg(sample.to_string()))?;
            text.trim().parse::<f64>().map(|nanoseconds| nanoseconds / 1000.0).map_err(|_| text)
        };
        let (mut own_times, mut times, mut their_times) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            own_times.push(once(Command::new(&ours).arg("time"), own)?);
            times.push(once(Command::new(&ours).arg("time"), shared)?);
            if let Ok(theirs) = &theirs {
                their_times.extend(once(&mut Command::new(theirs), shared).ok());
            }
        }
        let (own_time, time, their_time) = (median(own_times), median(times), median(their_times));
        let ratio = their_time.zip(time).map(|(theirs, ours)| theirs / ours);
        let shown = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"));
        let ratio_shown = ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"));
        println!(
            "{own:<12} {:>9} {:>9} {:>9} {ratio_shown:>7}",
            shown(own_time),
            shown(time),
            shown(their_time)
        );
        if ratio.is_some_and(|ratio| ratio < NOT_SLOWER) {
            slower.push(own);
        }
    }
    if slower.is_empty() { Ok(()) } else { Err(format!("slower than OpenSSL: {}", slower.join(", "))) }
}

fn built(what: &[&str]) -> Result<(), String> {
    let built = run(cargo().args(["build", "-q", "--release"]).args(what));
    built.map(drop).map_err(|failure| failure.reason)
}

fn median(mut all: Vec<f64>) -> Option<f64> {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied()
}

/// OpenSSL's program, built.
fn peer(folder: &Path) -> Result<PathBuf, String> {
    let program = folder.join("openssl-certificates");
    let source = root().join("adapters/pki/benches/peers/openssl.c");
    let mut compiler = command("cc");
    compiler.args(["-O2", "-o"]).arg(&program).arg(source).arg("-lcrypto");
    let status = compiler.status().map_err(|error| format!("cc: {error}"))?;
    if status.success() {
        Ok(program)
    } else {
        Err("apt install gcc libssl-dev libengine-gost-openssl".to_owned())
    }
}

/// A file of so many megabytes, with a key from a key store: signed and verified, in and beside its message.
fn messages(folder: &Path, megabytes: u64) -> Result<(), String> {
    built(&["-p", "kaztoken"])?;
    let program = target().join("release/kaztoken");
    let place = folder.join("messages");
    let _ = fs::remove_dir_all(&place);
    let failed = |error: std::io::Error| format!("{}: {error}", place.display());
    fs::create_dir_all(&place).map_err(failed)?;
    // Holes read as zeros: what is timed is not the disk.
    let document = fs::File::create(place.join("document")).map_err(failed)?;
    document.set_len(megabytes << 20).map_err(failed)?;
    let say = |line: &str| output(Command::new(&program).args(line.split(' ')).current_dir(&place));
    say("ca new desk")?;
    let made = say("--json ca initial desk --surname A --name B --iin 123456789011 --out Key.pfx")?;
    let code = made.split("\"dsn\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    fs::write(place.join("code"), code).map_err(failed)?;
    println!("\na signed message around {megabytes} MB (GOST 34.310-2004):");
    let by = "--key-store Key.pfx --password-source file:code";
    for (what, line) in [
        ("signed, detached", format!("sign document --format cms --detached --out d.p7s {by}")),
        ("verified, detached", "verify document d.p7s".to_owned()),
        ("signed, attached", format!("sign document --format cms --out a.p7s {by}")),
        ("verified, attached", "verify a.p7s".to_owned()),
    ] {
        let begin = Instant::now();
        let mut timed = Command::new("sh");
        timed.args(["-c", PEAK, "sh"]).arg(&program).args(line.split(' ')).current_dir(&place);
        let peak = output(&mut timed)?.trim().parse::<f64>().unwrap_or_default() / 1024.0;
        let seconds = begin.elapsed().as_secs_f64();
        let speed = megabytes as f64 / seconds;
        println!("{what:<20} {seconds:>6.1} s {speed:>7.0} MB/s {peak:>5.1} MB of memory");
        if peak > MEMORY {
            return Err(format!("{what}: more than {MEMORY} MB of memory"));
        }
    }
    fs::remove_dir_all(&place).map_err(failed)
}
