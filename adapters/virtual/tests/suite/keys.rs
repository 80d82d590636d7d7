//! Keys: generation, import, signatures checked with other arithmetic, chaining, big answers.

use super::common::{Token, expect, factory, hex, ok, send};
use crypto_bigint::BoxedUint;
use kaztoken_core::gost::signature::TokenWire;
use kaztoken_core::gost::{Digest, ParameterSet, PublicKey, verify};
use rsa::{Pkcs1v15Sign, PublicKey as RsaPublicKey};

/// A factory token with the user verified.
fn user() -> Token {
    let mut card = factory();
    ok(&mut card, "00 20 00 02 08 \"12345678\"");
    card
}

fn create(kind: &str, size: &str, id: u8, access: &str) -> String {
    format!(
        "00 E0 00 00 27 6F 25 80 02 {size} 82 02 10 00 83 02 00 {id:02X} 85 06 {kind} 86 0F {access} 00*7"
    )
}

const PRIVATE: &str = "46 00 02 02 00 00 00 02";
const PUBLIC: &str = "46 00 02 00 00 00 00 02";

fn create_pair(card: &mut Token, private: (&str, &str), public: (&str, &str), id: u8) {
    ok(card, &create(private.0, private.1, id, PRIVATE));
    ok(card, &create(public.0, public.1, id, PUBLIC));
}

#[test]
fn every_gost_kind_signs_and_verifies() {
    for (private, public, parameter, len, set) in [
        ("03", "13", "20", 32, ParameterSet::CryptoProA),
        ("03", "13", "30", 32, ParameterSet::CryptoProB),
        ("03", "13", "40", 32, ParameterSet::CryptoProC),
        ("43", "53", "20", 64, ParameterSet::Tc26_512A),
    ] {
        let mut card = user();
        create_pair(
            &mut card,
            (&format!("{private} {parameter} 00 AA 00 00"), &format!("{len:04X}")),
            (&format!("{public} {parameter} 00 AA 00 00"), &format!("{:04X}", 2 * len)),
            1,
        );
        let raw = ok(&mut card, "00 46 80 01 00");
        let key = PublicKey::from_raw(set, &raw).unwrap();
        let fci = ok(&mut card, "00 A4 08 00 08 1000 1000 6002 0001 00");
        assert_eq!(fci[..6], [0x6F, 0x2C, 0x80, 2, 0, len]);
        ok(&mut card, "00 22 41 B6 03 84 01 01");
        let digest: Vec<u8> = (0..len).collect();
        let mut command = vec![0x00, 0x2A, 0x9E, 0x9A, len];
        command.extend(&digest);
        command.push(2 * len);
        let mut signature = send(&mut card, &command);
        assert_eq!(signature.split_off(2 * usize::from(len)), [0x90, 0]);
        let signature = TokenWire::from_slice(&signature).unwrap().into();
        verify(&key, &Digest::from_slice(&digest).unwrap(), &signature).unwrap();
        // As vendor middleware asks: generate silently, read the key, a tag more in MSE.
        expect(&mut card, "00 46 00 01", "9000");
        let new = ok(&mut card, "00 46 81 01 00");
        assert_ne!(new, raw);
        ok(&mut card, "00 22 41 B6 06 91 01 40 84 01 01");
        assert_eq!(send(&mut card, &command).len(), 2 * usize::from(len) + 2);
    }
}

#[test]
fn the_published_vector_of_the_public_key() {
    let mut card = user();
    create_pair(&mut card, ("03 20 00 AA 00 00", "0020"), ("13 20 00 AA 00 00", "0040"), 1);
    ok(&mut card, "00 A4 08 00 08 1000 1000 6002 0001 00");
    let d: String = (1..=32).map(|n| format!("{n:02X}")).collect();
    ok(&mut card, &format!("00 24 01 00 26 80 02 0020 A5 20 {d}"));
    ok(&mut card, "00 22 41 B6 03 84 01 01");
    let hash: String = (0..32).map(|n| format!("{n:02X}")).collect();
    let signature = ok(&mut card, &format!("00 2A 9E 9A 20 {hash} 40"));
    let public = hex("d4572c4a208ac360480314e38f9e087904be0aa145c2e4f70f9fb47de60cecd3 \
         42052b8dac9a81dd2fdfbf7cefebd0596f694e87e71861ff9560cf1709312bc6");
    let key = PublicKey::from_raw(ParameterSet::CryptoProA, &public).unwrap();
    let signature = TokenWire::from_slice(&signature).unwrap().into();
    verify(&key, &Digest::from_slice(&hex(&hash)).unwrap(), &signature).unwrap();
    // The public object was never written.
    expect(&mut card, "00 46 81 01 00", "6985");
}

/// One command, or a chain in parts of 255 bytes, then all of the answer.
fn exchange(card: &mut Token, header: [u8; 3], data: &[u8]) -> Vec<u8> {
    let mut parts = data.chunks(255).peekable();
    let mut answer = Vec::new();
    while let Some(part) = parts.next() {
        let mut command = vec![if parts.peek().is_some() { 0x10 } else { 0 }];
        command.extend(header);
        command.push(part.len() as u8);
        command.extend(part);
        if parts.peek().is_none() {
            command.push(0);
        }
        answer = send(card, &command);
        assert!(parts.peek().is_none() || answer == [0x90, 0], "{answer:02X?}");
    }
    while answer.ends_with(&[0x61, 0]) {
        answer.truncate(answer.len() - 2);
        answer.extend(send(card, &hex("00 C0 00 00 00")));
    }
    assert_eq!(answer.split_off(answer.len() - 2), [0x90, 0]);
    answer
}

fn rsa_public(modulus_le: &[u8]) -> RsaPublicKey {
    RsaPublicKey::new_unchecked(BoxedUint::from_le_slice_vartime(modulus_le), BoxedUint::from(65537u32))
}

fn signs_pkcs1(card: &mut Token, modulus_le: &[u8]) {
    let len = modulus_le.len();
    ok(card, "00 22 41 B6 06 95 01 40 84 01 01");
    let mut block = vec![0x00, 0x01];
    block.resize(len - 33, 0xFF);
    block.push(0);
    block.extend([0x5A; 32]);
    block.reverse();
    let mut signature = exchange(card, [0x2A, 0x9E, 0x9A], &block);
    signature.reverse();
    rsa_public(modulus_le).verify(Pkcs1v15Sign::new_unprefixed(), &[0x5A; 32], &signature).unwrap();
}

#[test]
fn rsa_keys_are_generated_sign_and_decipher() {
    for (bits, private, public) in [(512, "00A8", "0060"), (1024, "0148", "00C0"), (2048, "0288", "0180")] {
        let mut card = user();
        create_pair(&mut card, ("23 00 00 AA 00 00", private), ("33 00 00 AA 00 00", public), 1);
        let mut modulus = exchange(&mut card, [0x46, 0x80, 0x01], &hex("A6 06 94 04 01 00 01 00"));
        assert_eq!((modulus.len(), modulus[bits / 8 - 1] >> 7), (bits / 8, 1));
        signs_pkcs1(&mut card, &modulus);
        // Deciphering: what raw RSA made of 2 must come back.
        let key = rsa_public(&modulus);
        let two = BoxedUint::from_le_slice(&[2], bits as u32).unwrap();
        let mut secret = rsa::hazmat::rsa_encrypt(&key, &two).unwrap().to_le_bytes().into_vec();
        secret.resize(bits / 8, 0);
        ok(&mut card, "00 22 41 B8 03 84 01 01");
        let clear = exchange(&mut card, [0x2A, 0x80, 0x86], &secret);
        assert_eq!((clear[0], clear[1..].iter().all(|&b| b == 0)), (2, true));
        // A block of the modulus itself is too large; a shorter one is wrong.
        let last = modulus.len() - 1;
        modulus[last] |= 0x80;
        if bits <= 1024 {
            let mut command = vec![0, 0x2A, 0x80, 0x86, (bits / 8) as u8];
            command.extend(&modulus);
            command.push(0);
            assert_eq!(send(&mut card, &command), [0x6A, 0x80]);
        }
        expect(&mut card, "00 2A 80 86 02 0102 00", "6700");
    }
}

/// The two images that a host imports, made from another implementation's key.
fn images(key: &rsa::PrivateKey) -> (Vec<u8>, Vec<u8>) {
    use rsa::traits::{PrivateKeyParts, PublicKeyParts};
    let part = key.size() / 2;
    let le = |n: &BoxedUint, len: usize| {
        let mut bytes = n.to_le_bytes().into_vec();
        bytes.resize(len, 0);
        bytes
    };
    let [p, q] = key.primes() else { panic!("two primes") };
    let private = [
        le(p, part + 4),
        le(q, part + 4),
        le(&key.crt_coefficient().unwrap(), part),
        le(key.dp().unwrap(), part),
        le(key.dq().unwrap(), part),
    ];
    (private.concat(), [le(key.n(), 2 * part), le(key.e(), part)].concat())
}

#[test]
fn an_imported_rsa_2048_key_signs() {
    let key = rsa::PrivateKey::new_unchecked(&mut super::common::Seeded(2048), 2048).unwrap();
    let (private, public) = images(&key);
    assert_eq!((private.len(), public.len()), (648, 384));
    let mut card = user();
    create_pair(&mut card, ("23 00 00 AA 00 00", "0288"), ("33 00 00 AA 00 00", "0180"), 1);
    ok(&mut card, "00 A4 08 00 08 1000 1000 6002 0001 00");
    for (head, part) in [
        ("10 24 01 00 FF 80 02 02 88 A5 F9", &private[..249]),
        ("10 24 01 00 FF A5 FD", &private[249..502]),
        ("00 24 01 00 94 A5 92", &private[502..]),
    ] {
        assert_eq!(send(&mut card, &[&hex(head), part].concat()), [0x90, 0], "{head}");
    }
    ok(&mut card, "00 A4 08 00 08 1000 1000 6001 0001 00");
    for (head, part) in
        [("10 24 01 00 FF 80 02 01 80 A5 F9", &public[..249]), ("00 24 01 00 89 A5 87", &public[249..])]
    {
        assert_eq!(send(&mut card, &[&hex(head), part].concat()), [0x90, 0], "{head}");
    }
    signs_pkcs1(&mut card, &public[..256]);
    let read = ok(&mut card, "00 46 81 01 00");
    assert_eq!(read, public[..256]);
    // A private key of another size is refused, as is one without all its parts.
    expect(&mut card, "00 24 01 00 08 80 02 0002 A5 02 0102", "6A80");
}

#[test]
fn an_rsa_4096_key_answers_in_two_pieces() {
    let mut card = user();
    create_pair(&mut card, ("23 00 00 AA 00 00", "0508"), ("33 00 00 AA 00 00", "0300"), 1);
    let first = send(&mut card, &hex("00 46 80 01 08 A6 06 94 04 01 00 01 00 00"));
    assert_eq!((first.len(), &first[256..]), (258, &[0x61, 0][..]));
    let second = ok(&mut card, "00 C0 00 00 00");
    let modulus = [&first[..256], &second].concat();
    signs_pkcs1(&mut card, &modulus);
    expect(&mut card, "00 C0 00 00 00", "6985");
}

#[test]
fn an_interrupted_chain_wants_its_end_until_a_reset() {
    use kaztoken_virtual::Card;
    let mut card = user();
    ok(&mut card, "10 2A 9E 9A 02 0102");
    expect(&mut card, "00 20 00 02", "6883");
    expect(&mut card, "00 A4 00 00 02 3F00 00", "6883");
    card.reset();
    expect(&mut card, "00 20 00 02", "63CA");
    expect(&mut card, "10 D6 00 00 01 00", "6884");
}

#[test]
fn keys_are_filed_guarded_and_deleted() {
    let mut card = user();
    create_pair(&mut card, ("03 20 00 AA 00 00", "0020"), ("13 20 00 AA 00 00", "0040"), 1);
    expect(&mut card, &create("03 20 00 AA 00 00", "0020", 1, PRIVATE), "6A89");
    expect(&mut card, &create("23 05 00 AA 00 00", "0288", 2, PRIVATE), "6A80");
    expect(&mut card, &create("03 20 00 AA 00 00", "0040", 2, PRIVATE), "6A80");
    expect(&mut card, &create("03 50 00 AA 00 00", "0020", 2, PRIVATE), "6A80");
    expect(&mut card, "00 46 80 02 00", "6A88");
    expect(&mut card, "00 2A 9E 9A 20 00*32 40", "6985");
    ok(&mut card, "00 22 41 B6 03 84 01 01");
    expect(&mut card, "00 2A 9E 9A 20 00*32 40", "6985");
    ok(&mut card, "00 46 80 01 00");
    expect(&mut card, "00 22 41 B6 09 81 04 3F00 0001 84 01 01", "6A80");
    ok(&mut card, "80 40 00 00");
    expect(&mut card, "00 2A 9E 9A 20 00*32 40", "6982");
    expect(&mut card, "00 46 80 01 00", "6982");
    ok(&mut card, "00 A4 08 00 08 1000 1000 6001 0001 00");
    expect(&mut card, "00 B0 00 00 00", "6986");
    expect(&mut card, "00 E4 00 00 02 0001", "6982");
    ok(&mut card, "00 20 00 02 08 \"12345678\"");
    let free = ok(&mut card, "00 CA 01 8A 00");
    ok(&mut card, "00 E4 00 00 02 0001");
    expect(&mut card, "00 A4 08 00 08 1000 1000 6001 0001 00", "6A82");
    ok(&mut card, "00 A4 08 00 08 1000 1000 6002 0001 00");
    ok(&mut card, "00 E4 00 00");
    let more = ok(&mut card, "00 CA 01 8A 00");
    let number = |bytes: Vec<u8>| u32::from_be_bytes(bytes.try_into().unwrap());
    assert_eq!(number(more) - number(free), 0x60 + 0x40);
}
