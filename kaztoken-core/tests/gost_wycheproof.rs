//! The open vectors of `vectors/`, every case of every file. Their form is told in `vectors/README.md`.

#![cfg(feature = "gost")]

use std::fs;
use std::path::Path;

use kaztoken_core::gost::encoding::SubjectPublicKeyInfo;
use kaztoken_core::gost::hash::{HashAlgorithm, Hasher};
use kaztoken_core::gost::kdf::{HmacStreebog256, HmacStreebog512};
use kaztoken_core::gost::key_agreement::{vko_256, vko_512};
use kaztoken_core::gost::signature::{Kazakh, Russian, Signature, Standard};
use kaztoken_core::gost::{Digest, ParameterSet, PublicKey, SigningKey, verify};
use serde_json::Value;

/// The files whose names begin with `prefix`.
fn files(prefix: &str) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), path))
        .filter(|(name, _)| name.starts_with(prefix))
        .map(|(name, path)| (name, serde_json::from_slice(&fs::read(path).unwrap()).unwrap()))
        .collect();
    files.sort_by(|left, right| left.0.cmp(&right.0));
    files
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn octets(value: &Value) -> Vec<u8> {
    let digits = value.as_str().unwrap();
    assert_eq!(digits.len() % 2, 0);
    (0..digits.len()).step_by(2).map(|i| u8::from_str_radix(&digits[i..i + 2], 16).unwrap()).collect()
}

fn hash(value: &Value) -> HashAlgorithm {
    use HashAlgorithm::{Gost94CryptoPro, Gost94Test, Streebog256, Streebog512};
    let name = value.as_str().unwrap();
    [Streebog256, Streebog512, Gost94Test, Gost94CryptoPro]
        .into_iter()
        .find(|hash| hash.name() == name)
        .unwrap_or_else(|| panic!("no hash {name}"))
}

/// Runs every test of a file and counts those that went as they must.
fn run(name: &str, file: &Value, test: impl Fn(&Value, &Value) -> Result<(), String>) -> usize {
    let mut passed = 0;
    let mut failures = Vec::new();
    for group in list(&file["testGroups"]) {
        for case in list(&group["tests"]) {
            match test(group, case) {
                Ok(()) => passed += 1,
                Err(reason) => failures.push(format!("{} {}: {reason}", case["tcId"], case["comment"])),
            }
        }
    }
    println!("{name}: {passed} passed, {} failed", failures.len());
    assert!(failures.is_empty(), "{name}:\n{}", failures.join("\n"));
    assert_eq!(file["numberOfTests"], passed, "{name}: the file says how many tests it has");
    passed
}

/// Whether key, digest and signature are decoded and go together.
fn accepts(group: &Value, case: &Value, set: ParameterSet) -> bool {
    let sig = octets(&case["sig"]);
    let signature = match group["encoding"].as_str().unwrap() {
        "r||s big-endian" => Standard::from_slice(&sig).map(Signature::from),
        "s||r big-endian" => Russian::from_slice(&sig).map(Signature::from),
        "r||s little-endian" => Kazakh::from_slice(&sig).map(Signature::from),
        other => panic!("no layout {other}"),
    };
    let digest = match group["type"].as_str().unwrap() {
        "GostVerifyDigest" => Digest::from_slice(&octets(&case["digest"])),
        "GostVerifyMessage" => Ok(hash(&group["hash"]).digest(&octets(&case["msg"]))),
        other => panic!("no type {other}"),
    };
    let key = key(group, set);
    match (key, digest, signature) {
        (Some(key), Ok(digest), Ok(signature)) => verify(&key, &digest, &signature).is_ok(),
        _ => false,
    }
}

/// The key in each of its forms, which must agree.
fn key(group: &Value, set: ParameterSet) -> Option<PublicKey> {
    let value = &group["publicKey"];
    let raw = octets(&value["raw"]);
    let key = PublicKey::from_raw(set, &raw).ok();
    if value["x"].is_string() {
        let same = PublicKey::from_coordinates(set, &octets(&value["x"]), &octets(&value["y"])).ok();
        assert_eq!(key, same);
        let header: &[u8] = if set.scalar_len() == 32 { &[0x04, 0x40] } else { &[0x04, 0x81, 0x80] };
        let string = [header, &raw].concat();
        assert_eq!(key, PublicKey::from_octet_string(set, &string).ok());
        let der = octets(&value["der"]);
        assert!(der.ends_with(&string));
        let same = SubjectPublicKeyInfo::from_der(&der).ok().map(|information| *information.public_key());
        assert_eq!(key, same, "{}", group["curve"]);
    }
    if let Some(key) = &key {
        assert_eq!(key.to_raw().as_slice(), raw);
    }
    key
}

#[test]
fn signatures() {
    let files = files("gost_verify_");
    assert_eq!(files.len(), ParameterSet::ALL.len() + 2, "a file for each curve and for two layouts");
    let mut count = 0;
    for (name, file) in &files {
        assert_eq!(file["schema"], "kaztoken_gost_verify_schema_v1");
        count += run(name, file, |group, case| {
            let curve = &group["curve"];
            let set = ParameterSet::ALL.iter().copied().find(|set| curve["name"] == set.name());
            let set = set.ok_or_else(|| format!("no parameter set {}", curve["name"]))?;
            let oid = curve["oid"].as_str().unwrap();
            let known = set.aliases().iter().chain([&set.oid()]).any(|known| known.dotted() == oid);
            assert!(known, "{set} has no identifier {oid}");
            let accepted = accepts(group, case, set);
            match case["result"].as_str().unwrap() {
                "valid" if !accepted => Err("valid, but was not accepted".to_owned()),
                "invalid" if accepted => Err("invalid, but was accepted".to_owned()),
                "valid" | "invalid" | "acceptable" => Ok(()),
                other => panic!("no result {other}"),
            }
        });
    }
    println!("{count} signatures");
}

#[test]
fn hashes() {
    let files = files("hash_");
    assert_eq!(files.len(), 4);
    for (name, file) in &files {
        assert_eq!(file["schema"], "kaztoken_gost_hash_schema_v1");
        run(name, file, |group, case| {
            let algorithm = hash(&group["hash"]);
            let repeat = case["repeat"].as_u64().unwrap_or(1) as usize;
            let message = octets(&case["msg"]).repeat(repeat);
            let mut hasher = Hasher::new(algorithm);
            let mut rest = &message[..];
            for piece in case["pieces"].as_array().into_iter().flatten() {
                let (piece, after) = rest.split_at(piece.as_u64().unwrap() as usize);
                hasher.update(piece);
                rest = after;
            }
            hasher.update(rest);
            let digest = octets(&case["digest"]);
            for found in [hasher.finish(), algorithm.digest(&message)] {
                if found.as_slice() != digest {
                    return Err("another digest".to_owned());
                }
            }
            Ok(())
        });
    }
}

#[test]
fn authentication_codes() {
    let files = files("hmac_");
    assert_eq!(files.len(), 2);
    for (name, file) in &files {
        assert_eq!(file["schema"], "kaztoken_gost_mac_schema_v1");
        run(name, file, |group, case| {
            let [key, message, tag] = ["key", "msg", "tag"].map(|field| octets(&case[field]));
            let (code, verified) = if hash(&group["hash"]) == HashAlgorithm::Streebog256 {
                let mut mac = HmacStreebog256::new(&key);
                mac.update(&message);
                (mac.clone().finish(), mac.verify(&tag))
            } else {
                let mut mac = HmacStreebog512::new(&key);
                mac.update(&message);
                (mac.clone().finish(), mac.verify(&tag))
            };
            let valid = case["result"] == "valid";
            if (code.as_slice() == tag) != valid {
                return Err("another code".to_owned());
            }
            if verified == valid { Ok(()) } else { Err(format!("verify says {verified}")) }
        });
    }
}

#[test]
fn key_agreement() {
    let files = files("vko_");
    assert_eq!(files.len(), 2);
    for (name, file) in &files {
        assert_eq!(file["schema"], "kaztoken_gost_vko_schema_v1");
        run(name, file, |group, case| {
            let curve = &group["curve"]["name"];
            let set = ParameterSet::ALL.iter().copied().find(|set| curve == set.name());
            let set = set.ok_or_else(|| format!("no parameter set {curve}"))?;
            let own = SigningKey::from_le_bytes(set, &octets(&case["private"])).unwrap();
            let ukm = octets(&case["ukm"]);
            let secret = PublicKey::from_raw(set, &octets(&case["public"])).ok().and_then(|peer| {
                if hash(&group["hash"]) == HashAlgorithm::Streebog256 {
                    vko_256(&own, &peer, &ukm).ok().map(|secret| secret.to_vec())
                } else {
                    vko_512(&own, &peer, &ukm).ok().map(|secret| secret.to_vec())
                }
            });
            let expected = (case["result"] == "valid").then(|| octets(&case["shared"]));
            if secret == expected {
                Ok(())
            } else {
                Err("another secret, or one where there is none".to_owned())
            }
        });
    }
}
