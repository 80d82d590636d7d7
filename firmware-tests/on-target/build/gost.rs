//! Signatures: the standards' examples, real Kazakh ones, and a choice of the open vectors.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::boards::Board;
use crate::emit::{self, Record};

/// A curve by its names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Curve {
    /// As vectors have it.
    name: &'static str,
    /// The variant of `ParameterSet`.
    set: &'static str,
    /// The type in `gost::single`.
    single: &'static str,
    /// The file of its vectors.
    file: &'static str,
}

impl Curve {
    const fn new(name: &'static str, set: &'static str, single: &'static str, file: &'static str) -> Self {
        Self { name, set, single, file }
    }

    fn is_512(&self) -> bool {
        self.name.contains("512")
    }

    pub(crate) const CRYPTO_PRO_A: Self = Self::new("CryptoPro-A", "CryptoProA", "CryptoProA", "cryptopro_a");
    pub(crate) const TC26_512_A: Self = Self::new("tc26-512-A", "Tc26_512A", "Tc26A512", "tc26_512_a");
    pub(crate) const TEST_256: Self = Self::new("Test-256", "Test256", "Test256", "test_256");
    pub(crate) const TEST_512: Self = Self::new("Test-512", "Test512", "Test512", "test_512");
    pub(crate) const ALL: &'static [Self] = &[
        Self::CRYPTO_PRO_A,
        Self::new("CryptoPro-B", "CryptoProB", "CryptoProB", "cryptopro_b"),
        Self::new("CryptoPro-C", "CryptoProC", "CryptoProC", "cryptopro_c"),
        Self::new("tc26-256-A", "Tc26_256A", "Tc26A256", "tc26_256_a"),
        Self::TC26_512_A,
        Self::new("tc26-512-B", "Tc26_512B", "Tc26B512", "tc26_512_b"),
        Self::new("tc26-512-C", "Tc26_512C", "Tc26C512", "tc26_512_c"),
        Self::TEST_256,
        Self::TEST_512,
    ];
}

/// A suite for each size of key.
pub(crate) fn tables(core: &Path, board: &Board) -> Result<String, String> {
    let suite = |name: &str, is_512: bool| {
        let curves: Vec<&Curve> = Curve::ALL.iter().filter(|curve| curve.is_512() == is_512).collect();
        suite(core, name, &curves, if is_512 { board.one_of } else { 1 })
    };
    Ok(suite("OF_256", false)? + &suite("OF_512", true)?)
}

fn suite(core: &Path, suite: &str, curves: &[&Curve], one_of: usize) -> Result<String, String> {
    let read = |name: &str| {
        let file = core.join(name);
        fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))
    };
    let standards = read("tests/vectors/gost_standards.txt")?;
    let (mut examples, mut multiples) = (String::new(), String::new());
    for record in Record::all(&standards) {
        let kind = record.text("kind")?;
        let Some(curve) = record.text("set").ok().and_then(|set| find(curves, set)) else { continue };
        match kind {
            "sign" | "certificate request" => examples += &example(&record, curve, kind)?,
            "multiple" => multiples += &multiple(&record, curve)?,
            _ => {}
        }
    }
    let mut signatures = String::new();
    for record in Record::all(&read("tests/vectors/gost_kazakhstan.txt")?) {
        let Some(curve) = find(curves, record.text("set")?) else { continue };
        signatures += &format!(
            "Kazakh {{ name: {:?}, set: ParameterSet::{}, key: {}, digest: {}, kazakh: {}, signature: {} }},\n",
            record.title,
            curve.set,
            emit::octets(&record.octets("key")?),
            emit::octets(&record.octets("digest")?),
            record.text("layout")? == "Kazakh",
            emit::octets(&record.octets("signature")?),
        );
    }
    let (mut linked, mut open) = (String::new(), String::new());
    for (number, curve) in curves.iter().enumerate() {
        linked += &format!("Curve::of::<single::{}>(),\n", curve.single);
        open += &verifications(
            &read(&format!("vectors/gost_verify_{}.json", curve.file))?,
            curve,
            (number, one_of),
        )?;
    }
    Ok(format!(
        "/// Keys of this size.\npub static {suite}: Suite = Suite {{\ncurves: &[\n{linked}],\nexamples: &[\n{examples}],\n\
         multiples: &[\n{multiples}],\nkazakh: &[\n{signatures}],\nopen: &[\n{open}],\n}};\n"
    ))
}

fn find<'c>(curves: &[&'c Curve], name: &str) -> Option<&'c Curve> {
    curves.iter().copied().find(|curve| curve.name == name)
}

/// x, then y, each with its last octet first, as keys are stored.
fn raw_key(record: &Record<'_>) -> Result<Vec<u8>, String> {
    Ok([record.little_endian("x")?, record.little_endian("y")?].concat())
}

fn example(record: &Record<'_>, curve: &Curve, kind: &str) -> Result<String, String> {
    let (digest, signature) = if kind == "sign" {
        (record.little_endian("e")?, [record.octets("r")?, record.octets("s")?].concat())
    } else {
        // s, then r.
        let signature = record.octets("signature")?;
        let (s, r) = signature.split_at(signature.len() / 2);
        (record.octets("digest")?, [r, s].concat())
    };
    Ok(format!(
        "Example {{ name: {:?}, set: ParameterSet::{}, private: {}, public: {}, digest: {}, nonce: {}, \
         signature: {} }},\n",
        record.title,
        curve.set,
        emit::octets(&record.little_endian("d")?),
        emit::octets(&raw_key(record)?),
        emit::octets(&digest),
        emit::octets(&record.little_endian("k")?),
        emit::octets(&signature),
    ))
}

fn multiple(record: &Record<'_>, curve: &Curve) -> Result<String, String> {
    Ok(format!(
        "Multiple {{ name: {:?}, set: ParameterSet::{}, private: {}, public: {} }},\n",
        record.title,
        curve.set,
        emit::octets(&record.little_endian("d")?),
        emit::octets(&raw_key(record)?),
    ))
}

/// The first test of every kind: of the same flags and the same result; of so many kinds the n-th one.
fn verifications(text: &str, curve: &Curve, (nth, one_of): (usize, usize)) -> Result<String, String> {
    let file: Value = serde_json::from_str(text).map_err(|error| format!("{}: {error}", curve.file))?;
    let mut seen = Vec::new();
    let mut out = String::new();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let field = |value: &Value, name: &str| {
        let digits = value[name].as_str().ok_or_else(|| format!("{}: no {name}", curve.file))?;
        emit::hex(digits).map(|octets| emit::octets(&octets))
    };
    for group in list(&file["testGroups"]) {
        // Messages are the hash functions' business.
        if group["type"] != "GostVerifyDigest" || group["encoding"] != "r||s big-endian" {
            continue;
        }
        for test in list(&group["tests"]) {
            let kind = (test["flags"].clone(), test["result"].clone());
            if seen.contains(&kind) || test["result"] == "acceptable" {
                continue;
            }
            seen.push(kind);
            if seen.len() % one_of != nth % one_of {
                continue;
            }
            // Its comment is in the file.
            let label = format!("{} {}", curve.name, test["tcId"]);
            out += &format!(
                "Verification {{ name: {label:?}, set: ParameterSet::{}, key: {}, digest: {}, signature: {}, \
                 valid: {} }},\n",
                curve.set,
                field(&group["publicKey"], "raw")?,
                field(&test, "digest")?,
                field(&test, "sig")?,
                test["result"] == "valid",
            );
        }
    }
    if seen.len() < 10 {
        return Err(format!("{}: {} kinds of tests only", curve.file, seen.len()));
    }
    Ok(out)
}
