//! The vector instructions against the standard's examples and the core's portable code.

use digest::Digest;
use kaztoken_core::gost::hash as core_hash;
use proptest::collection::vec;
use proptest::prelude::*;

fn hex(octets: &[u8]) -> String {
    octets.iter().rev().map(|octet| format!("{octet:02x}")).collect()
}

fn say_what_is_tested() {
    if !kaztoken_accel::is_available() {
        println!("skipped: this processor has no AVX-512 VBMI and GFNI; the portable code is tested instead");
    }
}

/// RFC 6986 section 10.1; the text prints numbers, the last octet first.
#[test]
fn example() {
    say_what_is_tested();
    let message = b"012345678901234567890123456789012345678901234567890123456789012";
    assert_eq!(
        hex(&kaztoken_accel::Streebog512::digest(message)),
        "486f64c1917879417fef082b3381a4e211c324f074654c38823a7b76f830ad00\
         fa1fbae42b1285c0352f227524bc9ab16254288dd6863dccd5b9f54a1ad0541b"
    );
    assert_eq!(
        hex(&kaztoken_accel::Streebog256::digest(message)),
        "00557be5e584fd52a449b16b0251d05d27f94ab76cbaa6da890b59d8ef1e159d"
    );
}

fn same(message: &[u8]) {
    let long = core_hash::Streebog512::digest(message);
    let short = core_hash::Streebog256::digest(message);
    assert_eq!(kaztoken_accel::Streebog512::digest(message), long);
    assert_eq!(kaztoken_accel::ConstantTimeStreebog512::digest(message), long);
    assert_eq!(kaztoken_accel::Streebog256::digest(message), short);
    assert_eq!(kaztoken_accel::ConstantTimeStreebog256::digest(message), short);
}

#[test]
fn every_short_length() {
    say_what_is_tested();
    let message: Vec<u8> = (0..300_u32).map(|i| ((i * i + 5 * i) >> 2) as u8).collect();
    (0..=message.len()).for_each(|len| same(&message[..len]));
}

proptest! {
    #[test]
    fn any_message(message in vec(any::<u8>(), 0..2000)) {
        same(&message);
    }

    #[test]
    fn a_single_octet(place in 0_usize..128, octet in any::<u8>()) {
        let mut message = [0; 128];
        message[place] = octet;
        same(&message);
    }

    #[test]
    fn pieces(message in vec(any::<u8>(), 0..500), cut in 0_usize..500) {
        let (head, tail) = message.split_at(cut.min(message.len()));
        let mut hasher = kaztoken_accel::Streebog512::new();
        hasher.update(head);
        hasher.update(tail);
        prop_assert_eq!(hasher.finalize(), core_hash::Streebog512::digest(&message));
    }
}
