//! The hash functions against the standards' examples, RustCrypto's crates and OpenSSL's engine.

#![cfg(feature = "gost")]

use std::path::Path;
use std::process::Command;

use digest::{Digest, FixedOutputReset};
use gost94 as peer94;
use kaztoken_core::gost::hash::{
    ConstantTimeStreebog256, ConstantTimeStreebog512, Gost94CryptoPro, Gost94Test, Streebog256, Streebog512,
};
use kaztoken_core::gost::{HashAlgorithm, Hasher};
use proptest::collection::vec;
use proptest::prelude::*;
use streebog as peer;

/// Digits to octets; the RFCs print numbers, so the last octet comes first.
fn number(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        digits.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
    digits.rchunks(2).map(|pair| pair.iter().fold(0, |octet, digit| octet << 4 | digit)).collect()
}

fn of<D: Digest>(message: &[u8]) -> Vec<u8> {
    D::digest(message).to_vec()
}

/// RFC 6986 section 10: both messages, both lengths.
#[test]
fn streebog_examples() {
    let first = number(
        "32313039383736353433323130393837 36353433323130393837363534333231
         30393837363534333231303938373635 343332313039383736353433323130",
    );
    let second = number(
        "fbe2e5f0eee3c820fbeafaebef20fffb f0e1e0f0f520e0ed20e8ece0ebe5f0f2
         f120fff0eeec20f120faf2fee5e2202c e8f6f3ede220e8e6eee1e8f0f2d1202c
         e8f0f2e5e220e5d1",
    );
    for (message, long, short) in [
        (
            first,
            "486f64c1917879417fef082b3381a4e2 11c324f074654c38823a7b76f830ad00
             fa1fbae42b1285c0352f227524bc9ab1 6254288dd6863dccd5b9f54a1ad0541b",
            "00557be5e584fd52a449b16b0251d05d 27f94ab76cbaa6da890b59d8ef1e159d",
        ),
        (
            second,
            "28fbc9bada033b1460642bdcddb90c3f b3e56c497ccd0f62b8a2ad4935e85f03
             7613966de4ee00531ae60f3b5a47f8da e06915d5f2f194996fcabf2622e6881e",
            "508f7e553c06501d749a66fc28c6cac0 b005746d97537fa85d9e40904efed29d",
        ),
    ] {
        assert_eq!(of::<Streebog512>(&message), number(long));
        assert_eq!(of::<ConstantTimeStreebog512>(&message), number(long));
        assert_eq!(of::<Streebog256>(&message), number(short));
        assert_eq!(of::<ConstantTimeStreebog256>(&message), number(short));
    }
}

/// RFC 5831 section 7.3, both messages, which the text prints from the last octet to the first.
#[test]
fn gost94_examples() {
    let first = b"This is message, length=32 bytes";
    let second = b"Suppose the original message has length = 50 bytes";
    assert_eq!(
        of::<Gost94Test>(first),
        number("FAFF37A615A816691CFF3EF8B68CA247 E09525F39F8119832EB81975D366C4B1")
    );
    assert_eq!(
        of::<Gost94Test>(second),
        number("0852F5623B89DD57AEB4781FE54DF14E EAFBC1350613763A0D770AA657BA1A47")
    );
}

/// The checksum runs over 512 bits: blocks of ones carry through every word, and out of the last.
fn carries() -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    for blocks in 1..=4 {
        messages.push(vec![0xff; 64 * blocks]);
        messages.push(vec![0xff; 64 * blocks + 1]);
        for word in 0..8 {
            // All ones up to a word, then a one at the lowest bit: the carry stops after that word.
            let mut message = vec![0; 64 * blocks];
            message.iter_mut().take(8 * (word + 1)).for_each(|octet| *octet = 0xff);
            message.resize(64 * (blocks + 1), 0);
            *message.get_mut(64 * blocks).unwrap() = 1;
            messages.push(message);
        }
    }
    messages
}

fn matches_peers(message: &[u8]) {
    let len = message.len();
    assert_eq!(of::<Streebog256>(message), of::<peer::Streebog256>(message), "Streebog-256 of {len}");
    assert_eq!(of::<Streebog512>(message), of::<peer::Streebog512>(message), "Streebog-512 of {len}");
    assert_eq!(of::<ConstantTimeStreebog256>(message), of::<peer::Streebog256>(message), "CT-256 of {len}");
    assert_eq!(of::<ConstantTimeStreebog512>(message), of::<peer::Streebog512>(message), "CT-512 of {len}");
    assert_eq!(of::<Gost94Test>(message), of::<peer94::Gost94Test>(message), "test S-box, {len}");
    assert_eq!(of::<Gost94CryptoPro>(message), of::<peer94::Gost94CryptoPro>(message), "CryptoPro, {len}");
}

#[test]
fn carries_match() {
    for message in carries() {
        matches_peers(&message);
    }
}

#[test]
fn every_short_length_matches() {
    let message: Vec<u8> = (0..300_u32).map(|i| ((i * i + 7 * i) >> 3) as u8).collect();
    for len in 0..=message.len() {
        matches_peers(&message[..len]);
    }
}

/// What OpenSSL's engine says, file by file. The 1994 hash of the empty message is left out: the engine
/// alone takes a block of zeros there.
#[test]
fn openssl_agrees() {
    let found = Command::new("openssl").args(["engine", "gost"]).output();
    if !found.is_ok_and(|output| output.status.success()) {
        println!("skipped: openssl with the GOST engine is not installed (Debian: libengine-gost-openssl)");
        return;
    }
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gost_hash");
    std::fs::create_dir_all(&directory).unwrap();
    let long: Vec<u8> = (0..100_003_u32).map(|i| (i ^ i >> 7) as u8).collect();
    let mut messages = carries();
    messages.extend([0, 1, 31, 32, 33, 63, 64, 65, 127, 128, 1000].map(|len| long[..len].to_vec()));
    messages.push(long);
    let names: Vec<String> = (0..messages.len()).map(|i| format!("message{i}")).collect();
    for (name, message) in names.iter().zip(&messages) {
        std::fs::write(directory.join(name), message).unwrap();
    }
    for (option, algorithm) in [
        ("-md_gost12_256", HashAlgorithm::Streebog256),
        ("-md_gost12_512", HashAlgorithm::Streebog512),
        ("-md_gost94", HashAlgorithm::Gost94CryptoPro),
    ] {
        let mut command = Command::new("openssl");
        command.args(["dgst", "-engine", "gost", option, "-r"]).args(&names).current_dir(&directory);
        let output = command.output().unwrap();
        assert!(output.status.success(), "openssl dgst {option}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text.lines().count(), messages.len());
        for (line, message) in text.lines().zip(&messages) {
            if message.is_empty() && algorithm == HashAlgorithm::Gost94CryptoPro {
                continue;
            }
            let hex: String =
                algorithm.digest(message).as_slice().iter().map(|o| format!("{o:02x}")).collect();
            assert_eq!(line.split_whitespace().next(), Some(hex.as_str()), "{algorithm} of {line}");
        }
    }
}

/// A hasher that gave its digest and was reset is as good as new.
fn starts_again<D: Digest + FixedOutputReset>() {
    let mut hasher = D::new();
    let lengths = [0, 1, 64, 65, 200, 0];
    for len in lengths {
        let message = vec![len as u8; len];
        Digest::update(&mut hasher, &message);
        assert_eq!(hasher.finalize_fixed_reset().to_vec(), of::<D>(&message));
    }
    Digest::update(&mut hasher, [1; 100]);
    digest::Reset::reset(&mut hasher);
    assert_eq!(hasher.finalize().to_vec(), of::<D>(b""));
}

#[test]
fn a_reset_starts_again() {
    starts_again::<Streebog256>();
    starts_again::<Streebog512>();
    starts_again::<ConstantTimeStreebog256>();
    starts_again::<ConstantTimeStreebog512>();
    starts_again::<Gost94Test>();
    starts_again::<Gost94CryptoPro>();
}

/// Pieces of a message, and a copy of the hasher made in between, give what the whole gives.
fn pieces_match<D: Digest + Clone>(pieces: &[Vec<u8>]) -> Result<(), TestCaseError> {
    let mut hasher = D::new();
    let mut copies = Vec::new();
    for piece in pieces {
        hasher.update(piece);
        copies.push(hasher.clone());
    }
    let mut message = Vec::new();
    for (piece, copy) in pieces.iter().zip(copies) {
        message.extend_from_slice(piece);
        prop_assert_eq!(copy.finalize().to_vec(), of::<D>(&message));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn random_messages_match(message in vec(any::<u8>(), 0..1500)) {
        matches_peers(&message);
    }

    #[test]
    fn pieces_give_what_the_whole_gives(pieces in vec(vec(any::<u8>(), 0..150), 0..8)) {
        pieces_match::<Streebog256>(&pieces)?;
        pieces_match::<Streebog512>(&pieces)?;
        pieces_match::<ConstantTimeStreebog256>(&pieces)?;
        pieces_match::<ConstantTimeStreebog512>(&pieces)?;
        pieces_match::<Gost94Test>(&pieces)?;
        pieces_match::<Gost94CryptoPro>(&pieces)?;
    }

    /// Sparse octets reach every entry of the tables and every place of the circuit one by one.
    #[test]
    fn a_single_octet_matches(place in 0_usize..128, octet in any::<u8>()) {
        let mut message = [0; 128];
        message[place] = octet;
        matches_peers(&message);
    }

    #[test]
    fn a_hasher_by_name_gives_the_same(message in vec(any::<u8>(), 0..300), cut in 0_usize..300) {
        let (head, tail) = message.split_at(cut.min(message.len()));
        for (algorithm, digest) in [
            (HashAlgorithm::Streebog256, of::<peer::Streebog256>(&message)),
            (HashAlgorithm::Streebog512, of::<peer::Streebog512>(&message)),
            (HashAlgorithm::Gost94Test, of::<peer94::Gost94Test>(&message)),
            (HashAlgorithm::Gost94CryptoPro, of::<peer94::Gost94CryptoPro>(&message)),
        ] {
            let mut hasher = Hasher::new(algorithm);
            hasher.update(head);
            hasher.update(tail);
            let found = hasher.finish();
            prop_assert_eq!(found.as_slice(), &digest[..]);
            prop_assert_eq!(algorithm.output_len(), digest.len());
        }
    }
}
