//! Digests: the standards' examples and the open vectors.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::emit::{self, Record};

/// The file, the variant of `HashAlgorithm`, and the name in vectors.
const HASHES: [(&str, &str, &str); 4] = [
    ("streebog_256", "Streebog256", "Streebog-256"),
    ("streebog_512", "Streebog512", "Streebog-512"),
    ("gost94_test", "Gost94Test", "GOST R 34.11-94 (test S-box)"),
    ("gost94_cryptopro", "Gost94CryptoPro", "GOST R 34.11-94 (CryptoPro S-box)"),
];
/// One table.
pub(crate) fn tables(core: &Path) -> Result<String, String> {
    let read = |name: &str| {
        let file = core.join(name);
        fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))
    };
    let mut out = String::from("/// Messages and their digests.\npub static HASHES: &[Hashed] = &[\n");
    for record in Record::all(&read("tests/vectors/gost_standards.txt")?) {
        if record.text("kind")? != "hash" {
            continue;
        }
        let name = record.text("hash")?;
        let algorithm = HASHES.iter().find(|hash| hash.2 == name).ok_or_else(|| format!("no hash {name}"))?.1;
        let [message, digest] = ["message", "digest"].map(|field| record.octets(field));
        out += &entry(record.title, algorithm, &message?, 1, &[], &digest?);
    }
    for (file, algorithm, name) in HASHES {
        let text = read(&format!("vectors/hash_{file}.json"))?;
        let json: Value = serde_json::from_str(&text).map_err(|error| format!("{file}: {error}"))?;
        let tests = json["testGroups"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|group| group["tests"].as_array().cloned().unwrap_or_default());
        let mut count = 0;
        for test in tests {
            let octets = |field: &str| {
                let digits = test[field].as_str().ok_or_else(|| format!("{file}: no {field}"))?;
                emit::hex(digits)
            };
            let (message, digest) = (octets("msg")?, octets("digest")?);
            let repeat = test["repeat"].as_u64().unwrap_or(1);
            let pieces: Vec<u64> =
                test["pieces"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
            out += &entry(&format!("{name} {}", test["tcId"]), algorithm, &message, repeat, &pieces, &digest);
            count += 1;
        }
        if count < 50 {
            return Err(format!("{file}: {count} tests only"));
        }
    }
    Ok(out + "];\n")
}

fn entry(name: &str, algorithm: &str, message: &[u8], repeat: u64, pieces: &[u64], digest: &[u8]) -> String {
    format!(
        "Hashed {{ name: {name:?}, algorithm: HashAlgorithm::{algorithm}, message: {}, repeat: {repeat}, \
         pieces: &{pieces:?}, digest: {} }},\n",
        emit::octets(message),
        emit::octets(digest),
    )
}
