//! GOST 28147-89, Magma, Kuznyechik, their modes and key wraps: the standards, OpenSSL's GOST engine, and a
//! second implementation of the block transformation.

#![cfg(feature = "ciphers")]

#[allow(dead_code)] // part of it serves other tests
#[path = "support/gost_vectors.rs"]
mod gost_vectors;

use gost_vectors::{Record, records};
use kaztoken_core::gost::cipher::{
    BlockCipher, Cfb, CipherError, Cnt, Ctr, Gost28147, Imit, KeyMeshing, Kuznyechik, Magma, Omac, Sbox, wrap,
};
use kaztoken_core::gost::kdf::kdf_tree;
use kaztoken_core::gost::key_agreement::{vko_256, vko_512, vko_2001};
use kaztoken_core::gost::{HashAlgorithm, PublicKey, SigningKey};
use magma::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};

const VECTORS: &str = include_str!("vectors/gost_ciphers.txt");

/// A mode under way, on the next piece of a message.
type Transform = Box<dyn FnMut(&mut [u8])>;

fn of_kind<'a>(kind: &'a str, count: usize) -> Vec<Record<'a>> {
    let found: Vec<_> = records(VECTORS).into_iter().filter(|record| record.text("kind") == kind).collect();
    assert_eq!(found.len(), count, "records of kind {kind}");
    found
}

fn array<const N: usize>(record: &Record<'_>, name: &str) -> [u8; N] {
    record.octets(name).try_into().unwrap()
}

fn number(record: &Record<'_>, name: &str) -> usize {
    record.text(name).parse().unwrap()
}

fn sbox(record: &Record<'_>) -> Sbox {
    let name = record.text("sbox");
    *Sbox::ALL.iter().find(|sbox| sbox.name() == name).unwrap()
}

fn gost28147(record: &Record<'_>) -> Gost28147 {
    Gost28147::new(&array(record, "key"), sbox(record))
}

/// What the vector file calls a message of so many octets.
fn message(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i * 7 + 3) as u8).collect()
}

fn digest(octets: &[u8]) -> Vec<u8> {
    HashAlgorithm::Streebog256.digest(octets).as_slice().to_vec()
}

/// Calls `f` on the data in one piece, and on a copy in pieces of many lengths; both must give the same.
fn in_pieces(data: &mut Vec<u8>, start: impl Fn() -> Transform) {
    let mut copy = data.clone();
    start()(data);
    let (mut f, mut rest) = (start(), copy.as_mut_slice());
    for len in [0, 1, 2, 3, 7, 8, 9, 16, 31, 1000].into_iter().cycle() {
        let (piece, tail) = rest.split_at_mut(len.min(rest.len()));
        f(piece);
        rest = tail;
        if rest.is_empty() {
            break;
        }
    }
    assert_eq!(*data, copy);
}

#[test]
fn blocks_of_the_standards() {
    fn check<C: BlockCipher>(record: &Record<'_>) {
        let cipher = C::new(&array(record, "key"));
        let mut block = C::Block::default();
        block.as_mut().copy_from_slice(&record.octets("plain"));
        cipher.encrypt_block(&mut block);
        assert_eq!(block.as_ref(), record.octets("enciphered"));
        cipher.decrypt_block(&mut block);
        assert_eq!(block.as_ref(), record.octets("plain"));
    }
    for record in of_kind("block", 2) {
        if record.text("cipher") == "Magma" { check::<Magma>(&record) } else { check::<Kuznyechik>(&record) }
    }
}

/// The crate `magma` has the substitutions as tables of its own and the octets in Magma's order. What it
/// calls its test set and its CryptoPro-D (0.10.0) are the two sets of GOST R 34.11-94, other ones than the
/// cipher's.
#[test]
fn blocks_agree_with_a_second_implementation() {
    fn check<S: magma::Sbox>(sbox: Sbox) {
        let mut octets = digest(sbox.name().as_bytes());
        for _ in 0..200 {
            octets = digest(&octets);
            let key: [u8; 32] = octets.clone().try_into().unwrap();
            let block: [u8; 8] = octets[3..11].try_into().unwrap();
            let mut words = key;
            words.chunks_exact_mut(4).for_each(<[u8]>::reverse);
            let judge = magma::Gost89::<S>::new(&words.into());
            let cipher = Gost28147::new(&key, sbox);
            let (mut ours, mut theirs) = (block, block);
            cipher.encrypt_block(&mut ours);
            theirs.reverse();
            judge.encrypt_block((&mut theirs).into());
            theirs.reverse();
            assert_eq!(ours, theirs, "{sbox}");
            cipher.decrypt_block(&mut ours);
            assert_eq!(ours, block, "{sbox}");
            let (mut ours, mut theirs) = (block, block);
            cipher.decrypt_block(&mut ours);
            theirs.reverse();
            judge.decrypt_block((&mut theirs).into());
            theirs.reverse();
            assert_eq!(ours, theirs, "{sbox}");
        }
    }
    fn of<S: magma::Sbox>(_: Option<magma::Gost89<S>>, sbox: Sbox) {
        check::<S>(sbox);
    }
    of(None::<magma::Gost89CryptoProA>, Sbox::CryptoProA);
    of(None::<magma::Gost89CryptoProB>, Sbox::CryptoProB);
    of(None::<magma::Gost89CryptoProC>, Sbox::CryptoProC);
    of(None::<magma::Magma>, Sbox::Tc26Z);
}

#[test]
fn parameter_sets_by_identifier() {
    for &set in Sbox::ALL {
        assert_eq!(Sbox::from_oid(set.oid().der_body()), Some(set));
        // The DER again, from the dotted form.
        let mut arcs = set.oid().dotted().split('.').map(|arc| arc.parse::<u32>().unwrap());
        let mut der = vec![(arcs.next().unwrap() * 40 + arcs.next().unwrap()) as u8];
        for arc in arcs {
            der.extend((arc >> 7 != 0).then_some(0x80 | (arc >> 7) as u8));
            der.push((arc & 0x7f) as u8);
        }
        assert_eq!(set.oid().der_body(), der);
    }
    assert_eq!(Sbox::from_oid(b"\x2a\x85\x03\x02\x02\x1f\x05"), None);
    assert_eq!(Sbox::from_oid(b""), None);
}

#[test]
fn cfb_known_answers() {
    for record in of_kind("cfb", 30) {
        let (cipher, iv) = (gost28147(&record), array(&record, "iv"));
        let plain = message(number(&record, "length"));
        let mut data = plain.clone();
        let start = || Cfb::new(cipher.clone(), &iv, KeyMeshing::CryptoPro);
        in_pieces(&mut data, || {
            let mut mode = start();
            Box::new(move |piece| mode.encrypt(piece))
        });
        assert_eq!(digest(&data), record.octets("digest"), "{}, {} octets", sbox(&record), plain.len());
        in_pieces(&mut data, || {
            let mut mode = start();
            Box::new(move |piece| mode.decrypt(piece))
        });
        assert_eq!(data, plain);
    }
}

#[test]
fn cnt_known_answers() {
    for record in of_kind("cnt", 10) {
        let (cipher, iv) = (gost28147(&record), array(&record, "iv"));
        let plain = message(number(&record, "length"));
        let mut data = plain.clone();
        let start = || -> Transform {
            let mut mode = Cnt::new(cipher.clone(), &iv, KeyMeshing::CryptoPro);
            Box::new(move |piece| mode.apply(piece))
        };
        in_pieces(&mut data, start);
        assert_eq!(digest(&data), record.octets("digest"), "{}, {} octets", sbox(&record), plain.len());
        in_pieces(&mut data, start);
        assert_eq!(data, plain);
    }
}

/// RFC 5830 section 7, written down once more over single blocks: without meshing the key stays.
#[test]
fn without_meshing_the_key_stays() {
    let (cipher, iv) = (Gost28147::new(&[0x5a; 32], Sbox::Test), [1, 2, 3, 4, 5, 6, 7, 8]);
    let plain = message(2500);
    let (mut cfb, mut register) = (Vec::new(), iv);
    for block in plain.chunks(8) {
        cipher.encrypt_block(&mut register);
        register.iter_mut().zip(block).for_each(|(place, octet)| *place ^= octet);
        cfb.extend_from_slice(&register[..block.len()]);
    }
    for meshing in [KeyMeshing::None, KeyMeshing::CryptoPro] {
        let mut data = plain.clone();
        Cfb::new(cipher.clone(), &iv, meshing).encrypt(&mut data);
        assert_eq!(data[..1024], cfb[..1024]);
        assert_eq!(data[1024..] == cfb[1024..], meshing == KeyMeshing::None);
        let mut cnt = [message(1024), message(1024)];
        let mut mode = Cnt::new(cipher.clone(), &iv, meshing);
        cnt.iter_mut().for_each(|part| mode.apply(part));
        assert_ne!(cnt[0], cnt[1]);
        let code = |len: usize, meshing| {
            let mut mac = Imit::new(cipher.clone(), meshing);
            mac.update(&plain[..len]);
            mac.finish()
        };
        assert_eq!(code(1024, meshing), code(1024, KeyMeshing::None));
        assert_eq!(code(1032, meshing) == code(1032, KeyMeshing::None), meshing == KeyMeshing::None);
    }
}

/// N4 counts modulo 2^32 - 1 (RFC 5830 section 6.1): over enough blocks to carry, against 64-bit arithmetic.
#[test]
fn cnt_counts_modulo_two_to_the_32_minus_1() {
    let (cipher, iv) = (Gost28147::new(&[0xc3; 32], Sbox::CryptoProA), [9; 8]);
    let mut start = iv;
    cipher.encrypt_block(&mut start);
    let n3 = u64::from(u32::from_le_bytes(start[..4].try_into().unwrap()));
    let n4 = u64::from(u32::from_le_bytes(start[4..].try_into().unwrap()));
    let mut gamma = vec![0; 8 * 1000];
    Cnt::new(cipher.clone(), &iv, KeyMeshing::None).apply(&mut gamma);
    for (found, i) in gamma.chunks_exact(8).zip(1_u64..) {
        let low = (n3 + i * 0x0101_0101) % (1 << 32);
        let high = (n4 + i * 0x0101_0104 - 1) % ((1 << 32) - 1) + 1;
        let mut block = (low | (high << 32)).to_le_bytes();
        cipher.encrypt_block(&mut block);
        assert_eq!(found, block, "block {i}");
    }
}

#[test]
fn imit_known_answers() {
    for record in of_kind("imit", 14) {
        let data = message(number(&record, "length"));
        let start = Imit::new(gost28147(&record), KeyMeshing::CryptoPro);
        let mut whole = start.clone();
        whole.update(&data);
        assert_eq!(whole.clone().finish(), array(&record, "code"), "{} octets", data.len());
        assert!(whole.clone().verify(&array(&record, "code")));
        for octet in 0..4 {
            let mut wrong: [u8; 4] = array(&record, "code");
            wrong[octet] ^= 1;
            assert!(!whole.clone().verify(&wrong));
        }
        let mut pieces = start;
        data.chunks(3).for_each(|piece| pieces.update(piece));
        assert_eq!(pieces.finish(), array(&record, "code"));
    }
}

fn ctr(record: &Record<'_>, section: Option<usize>) -> Transform {
    fn of<C: BlockCipher + 'static>(record: &Record<'_>, section: Option<usize>) -> Transform {
        let (key, iv) = (array(record, "key"), record.octets("iv"));
        let mode = match section {
            None => Ctr::<C>::new(&key, &iv),
            Some(section) => Ctr::with_acpkm(&key, &iv, section),
        };
        let mut mode = mode.unwrap();
        Box::new(move |piece| mode.apply(piece))
    }
    if record.text("cipher") == "Magma" {
        of::<Magma>(record, section)
    } else {
        of::<Kuznyechik>(record, section)
    }
}

#[test]
fn ctr_known_answers() {
    for (kind, count) in [("ctr", 2), ("acpkm", 1)] {
        for record in of_kind(kind, count) {
            let section = (kind == "acpkm").then(|| number(&record, "section"));
            let mut data = record.octets("plain");
            in_pieces(&mut data, || ctr(&record, section));
            assert_eq!(data, record.octets("enciphered"));
            in_pieces(&mut data, || ctr(&record, section));
            assert_eq!(data, record.octets("plain"));
        }
    }
    for record in of_kind("long acpkm", 10) {
        let mut data = message(number(&record, "length"));
        in_pieces(&mut data, || ctr(&record, Some(number(&record, "section"))));
        assert_eq!(digest(&data), record.octets("digest"));
    }
}

#[test]
fn ctr_refuses_lengths_that_do_not_fit() {
    let key = [1; 32];
    for found in [0, 3, 5, 8] {
        assert_eq!(Ctr::<Magma>::new(&key, &vec![0; found]).err(), Some(CipherError::IvLength { found }));
    }
    for found in [0, 4, 7, 9, 16] {
        assert_eq!(
            Ctr::<Kuznyechik>::new(&key, &vec![0; found]).err(),
            Some(CipherError::IvLength { found })
        );
    }
    for found in [0, 1, 8, 24] {
        let error = Ctr::<Kuznyechik>::with_acpkm(&key, &[0; 8], found).err();
        assert_eq!(error, Some(CipherError::SectionLength { found }));
    }
    assert!(Ctr::<Magma>::with_acpkm(&key, &[0; 4], 8).is_ok());
}

#[test]
fn omac_known_answers() {
    fn check<C: BlockCipher + Clone>(record: &Record<'_>) {
        let (data, code) = (record.octets("message"), record.octets("code"));
        let start = Omac::<C>::new(&array(record, "key"));
        let mut whole = start.clone();
        whole.update(&data);
        assert_eq!(whole.clone().finish().as_ref(), code, "{} octets", data.len());
        assert!(whole.clone().verify(&code));
        assert!(!whole.clone().verify(&code[1..]));
        assert!(!whole.clone().verify(&[]));
        let wrong: Vec<u8> = code.iter().map(|octet| octet ^ 1).collect();
        assert!(!whole.verify(&wrong));
        let mut pieces = start;
        data.chunks(5).for_each(|piece| pieces.update(piece));
        assert_eq!(pieces.finish().as_ref(), code);
    }
    for record in of_kind("omac", 14) {
        if record.text("cipher") == "Magma" { check::<Magma>(&record) } else { check::<Kuznyechik>(&record) }
    }
}

#[test]
fn kexp15_known_answer() {
    for record in of_kind("kexp15", 1) {
        let (mac_key, encryption_key) = (array(&record, "mac key"), array(&record, "encryption key"));
        let (key, iv, wrapped) = (record.octets("key"), record.octets("iv"), record.octets("wrapped"));
        let made = wrap::kexp15::<Magma>(&key, &mac_key, &encryption_key, &iv).unwrap();
        assert_eq!(made.as_slice(), wrapped);
        let opened = wrap::kimp15::<Magma>(&wrapped, &mac_key, &encryption_key, &iv).unwrap();
        assert_eq!(opened.as_slice(), key);
        for octet in 0..wrapped.len() {
            let mut wrong = wrapped.clone();
            wrong[octet] ^= 0x10;
            let opened = wrap::kimp15::<Magma>(&wrong, &mac_key, &encryption_key, &iv);
            assert_eq!(opened.err(), Some(CipherError::Integrity));
        }
    }
}

#[test]
fn kexp15_takes_both_ciphers_and_key_sizes() {
    fn check<C: BlockCipher>(block: usize) {
        let iv = vec![7; block / 2];
        for len in [32, 64] {
            let key = message(len);
            let wrapped = wrap::kexp15::<C>(&key, &[1; 32], &[2; 32], &iv).unwrap();
            assert_eq!(wrapped.as_slice().len(), len + block);
            let opened = wrap::kimp15::<C>(&wrapped, &[1; 32], &[2; 32], &iv).unwrap();
            assert_eq!(opened.as_slice(), key);
            for (mac_key, encryption_key) in [([3; 32], [2; 32]), ([1; 32], [3; 32])] {
                let opened = wrap::kimp15::<C>(&wrapped, &mac_key, &encryption_key, &iv);
                assert_eq!(opened.err(), Some(CipherError::Integrity));
            }
        }
        for found in [0, 31, 33, 63, 65] {
            let made = wrap::kexp15::<C>(&message(found), &[1; 32], &[2; 32], &iv);
            assert_eq!(made.err(), Some(CipherError::KeyLength { found }));
            let opened = wrap::kimp15::<C>(&message(found + block), &[1; 32], &[2; 32], &iv);
            assert_eq!(opened.err(), Some(CipherError::WrappedLength { found: found + block }));
        }
        let opened = wrap::kimp15::<C>(&message(block - 1), &[1; 32], &[2; 32], &iv);
        assert_eq!(opened.err(), Some(CipherError::WrappedLength { found: block - 1 }));
        let made = wrap::kexp15::<C>(&message(32), &[1; 32], &[2; 32], &message(block));
        assert_eq!(made.err(), Some(CipherError::IvLength { found: block }));
    }
    check::<Magma>(8);
    check::<Kuznyechik>(16);
}

#[test]
fn wrap_with_seed_known_answer() {
    for record in of_kind("wrap with seed", 1) {
        let export_key = array(&record, "export key");
        let (key, seed, wrapped) = (record.octets("key"), record.octets("seed"), record.octets("wrapped"));
        assert_eq!(wrap::wrap_with_seed(&export_key, &seed, &key).unwrap().as_slice(), wrapped);
        let opened = wrap::unwrap_with_seed(&export_key, seed.len(), &wrapped).unwrap();
        assert_eq!(opened.as_slice(), key);
        for octet in 0..wrapped.len() {
            let mut wrong = wrapped.clone();
            wrong[octet] ^= 4;
            let opened = wrap::unwrap_with_seed(&export_key, seed.len(), &wrong);
            assert_eq!(opened.err(), Some(CipherError::Integrity));
        }
    }
}

#[test]
fn wrap_with_seed_takes_seeds_and_keys_of_the_standard() {
    for seed_len in 8..=16 {
        for len in [32, 64] {
            let (seed, key) = (vec![5; seed_len], message(len));
            let wrapped = wrap::wrap_with_seed(&[9; 32], &seed, &key).unwrap();
            assert_eq!(wrapped.as_slice().len(), seed_len + len + 4);
            let opened = wrap::unwrap_with_seed(&[9; 32], seed_len, &wrapped).unwrap();
            assert_eq!(opened.as_slice(), key);
        }
    }
    for found in [0, 7, 17, 40] {
        let made = wrap::wrap_with_seed(&[9; 32], &vec![5; found], &[0; 32]);
        assert_eq!(made.err(), Some(CipherError::IvLength { found }));
        let opened = wrap::unwrap_with_seed(&[9; 32], found, &message(found + 36));
        assert_eq!(opened.err(), Some(CipherError::IvLength { found }));
    }
    for found in [0, 31, 33, 63, 65] {
        let made = wrap::wrap_with_seed(&[9; 32], &[5; 8], &message(found));
        assert_eq!(made.err(), Some(CipherError::KeyLength { found }));
        let wrapped = message(8 + found + 4);
        let opened = wrap::unwrap_with_seed(&[9; 32], 8, &wrapped);
        assert_eq!(opened.err(), Some(CipherError::WrappedLength { found: wrapped.len() }));
    }
    let opened = wrap::unwrap_with_seed(&[9; 32], 8, &[0; 5]);
    assert_eq!(opened.err(), Some(CipherError::WrappedLength { found: 5 }));
}

/// What the engine enciphered for a public key opens with the private one: VKO, diversification and unwrap.
#[test]
fn key_transport_of_the_engine() {
    for record in of_kind("key transport", 3) {
        let private = SigningKey::from_le_bytes(record.set(), &record.octets("d")).unwrap();
        let ephemeral = PublicKey::from_raw(record.set(), &record.octets("ephemeral")).unwrap();
        let ukm: [u8; 8] = array(&record, "ukm");
        let kek = match record.hash() {
            HashAlgorithm::Gost94CryptoPro => vko_2001(&private, &ephemeral, &ukm),
            _ => vko_256(&private, &ephemeral, &ukm),
        };
        let (kek, wrapped) = (kek.unwrap(), record.octets("wrapped"));
        let key = wrap::unwrap_cryptopro(&kek, sbox(&record), &wrapped).unwrap();
        assert_eq!(key.as_slice(), record.octets("key"));
        assert_eq!(wrap::wrap_cryptopro(&kek, sbox(&record), &ukm, &key).as_slice(), wrapped);
        assert_eq!(
            wrap::unwrap_gost28147(&kek, sbox(&record), &wrapped).err(),
            Some(CipherError::Integrity),
            "opens without diversification"
        );
    }
}

#[test]
fn gost28147_wrap_opens_only_as_it_was() {
    let (kek, ukm, key) = ([0x42; 32], [1, 2, 3, 4, 5, 6, 7, 8], message(32).try_into().unwrap());
    let wrapped = wrap::wrap_gost28147(&kek, Sbox::CryptoProA, &ukm, &key);
    // RFC 4357 section 6.1 over single blocks.
    let cipher = Gost28147::new(&kek, Sbox::CryptoProA);
    let mut mac = Imit::with_iv(cipher.clone(), &ukm, KeyMeshing::None);
    mac.update(&key);
    let mut enciphered = key;
    enciphered.chunks_exact_mut(8).for_each(|block| cipher.encrypt_block(block.try_into().unwrap()));
    assert_eq!(wrapped.as_slice(), [&ukm[..], &enciphered, &mac.finish()].concat());

    assert_eq!(wrap::unwrap_gost28147(&kek, Sbox::CryptoProA, &wrapped).unwrap().as_slice(), key);
    for octet in 0..wrapped.len() {
        let mut wrong = wrapped;
        wrong[octet] ^= 1;
        let opened = wrap::unwrap_gost28147(&kek, Sbox::CryptoProA, &wrong);
        assert_eq!(opened.err(), Some(CipherError::Integrity), "octet {octet}");
    }
    assert!(wrap::unwrap_gost28147(&kek, Sbox::CryptoProB, &wrapped).is_err());
    for found in [0, 8, 40, 43, 45, 100] {
        for unwrap in [wrap::unwrap_gost28147, wrap::unwrap_cryptopro] {
            let opened = unwrap(&kek, Sbox::CryptoProA, &message(found));
            assert_eq!(opened.err(), Some(CipherError::WrappedLength { found }));
        }
    }
}

/// A whole message of the engine: the key by KEG and KImp15, the text and its code by the two keys that RFC
/// 9337 section 5 derives from it.
#[test]
fn cms_of_the_engine() {
    fn check<C: BlockCipher>(record: &Record<'_>) {
        let private = SigningKey::from_le_bytes(record.set(), &record.octets("d")).unwrap();
        let ephemeral = PublicKey::from_raw(record.set(), &record.octets("ephemeral")).unwrap();
        let ukm = record.octets("ukm");
        let mut factor = ukm[..16].to_vec();
        factor.reverse();
        let mut export = [0; 64];
        if record.set().scalar_len() == 64 {
            export = *vko_512(&private, &ephemeral, &factor).unwrap();
        } else {
            let secret = vko_256(&private, &ephemeral, &factor).unwrap();
            kdf_tree(secret.as_slice(), b"kdf tree", &ukm[16..24], 1, &mut export).unwrap();
        }
        let (mac_key, encryption_key) = (export[..32].try_into().unwrap(), export[32..].try_into().unwrap());
        let block = C::Block::default().as_ref().len();
        let export_iv = &ukm[24..24 + block / 2];
        let wrapped = record.octets("wrapped");
        let key = wrap::kimp15::<C>(&wrapped, mac_key, encryption_key, export_iv).unwrap();

        let iv = record.octets("iv");
        let (iv, seed) = iv.split_at(block / 2);
        let mut keys = [0; 64];
        kdf_tree(&key, b"kdf tree", seed, 1, &mut keys).unwrap();
        let (text_key, mac_key) = (keys[..32].try_into().unwrap(), keys[32..].try_into().unwrap());
        // The engine's identifiers say ACPKM, yet with OMAC it keeps the first key for the whole message.
        let mut mode = Ctr::<C>::new(text_key, iv).unwrap();
        let mut text = message(number(record, "length"));
        let mut mac = Omac::<C>::new(mac_key);
        mac.update(&text);
        mode.apply(&mut text);
        assert_eq!(digest(&text), record.octets("digest"));
        let mut code = record.octets("enciphered mac");
        mode.apply(&mut code);
        assert!(mac.verify(&code));
    }
    for record in of_kind("cms", 4) {
        if record.text("cipher") == "Magma" { check::<Magma>(&record) } else { check::<Kuznyechik>(&record) }
    }
}
