//! Real signatures as figures: digest, point, r and s.

use kaztoken_core::gost::encoding::algorithm::SignatureAlgorithm;
use kaztoken_core::gost::signature::{Layout, Standard};
use kaztoken_core::gost::{Digest, ParameterSet, PublicKey, verify as check};

/// How many verify.
pub(crate) fn verify(json: &str) -> usize {
    let records = json.split("\n {").skip(1);
    records
        .map(|record| {
            let field = |name: &str| {
                let start = record.find(&format!("\"{name}\": \"")).unwrap() + name.len() + 5;
                &record[start..start + record[start..].find('"').unwrap()]
            };
            let name = field("name");
            let algorithm = SignatureAlgorithm::ALL
                .iter()
                .find(|algorithm| algorithm.oid().dotted() == field("signature_scheme"))
                .unwrap();
            let len = algorithm.hash().output_len();
            let set = if len == 32 { ParameterSet::CryptoProA } else { ParameterSet::Tc26_512A };
            let digest = Digest::from_slice(&hex(field("digest_hex"), len)).unwrap();
            let key = PublicKey::from_raw(set, &hex(field("public_key_field_hex"), 2 * len)).unwrap();
            let (x, y) = (number(field("Qx"), len), number(field("Qy"), len));
            assert_eq!(PublicKey::from_coordinates(set, &x, &y), Ok(key), "{name}");

            let octets = hex(field("signature_field_hex"), 2 * len);
            let expected = match field("signature_layout") {
                "r_LE||s_LE" => [Layout::Kazakh, Layout::GammaNative],
                _ => [Layout::Russian, Layout::GammaJava],
            };
            let layout = algorithm.layouts().iter().find(|layout| expected.contains(layout)).unwrap();
            let signature = layout.decode(&octets).unwrap();
            assert_eq!(check(&key, &digest, &signature), Ok(()), "{name}");
            let numbers = [number(field("r"), len), number(field("s"), len)].concat();
            assert_eq!(Standard::from(signature).as_slice(), numbers, "{name}");
        })
        .count()
}

fn hex(digits: &str, len: usize) -> Vec<u8> {
    let padded = format!("{digits:0>width$}", width = 2 * len);
    (0..padded.len()).step_by(2).map(|at| u8::from_str_radix(&padded[at..at + 2], 16).unwrap()).collect()
}

fn number(text: &str, len: usize) -> Vec<u8> {
    hex(text.strip_prefix("0x").unwrap(), len)
}
