//! A batch says of every signature what `verify` says.

use kaztoken_core::gost::signature::Standard;
use kaztoken_core::gost::{
    BatchItem, Digest, ParameterSet, PublicKey, Signature, SigningKey, hazmat, verify, verify_batch,
};

fn key(set: ParameterSet, seed: u8) -> SigningKey {
    let mut octets = vec![seed; set.scalar_len()];
    *octets.last_mut().unwrap() = 0x17;
    SigningKey::from_le_bytes(set, &octets).unwrap()
}

fn signed(key: &SigningKey, seed: u8) -> (PublicKey, Digest, Signature) {
    let len = key.parameter_set().scalar_len();
    let digest = Digest::from_slice(&vec![seed.wrapping_mul(37); len]).unwrap();
    let mut k = vec![seed ^ 0x55; len];
    *k.last_mut().unwrap() = 0x0b;
    let signature = hazmat::sign_with_nonce(key, &digest, &k).unwrap();
    (key.public_key(), digest, signature)
}

/// One octet of the signature turned.
fn broken(signature: &Signature, octet: usize) -> Signature {
    let mut octets = Standard::from(*signature).as_slice().to_vec();
    octets[octet] ^= 1;
    Standard::from_slice(&octets).unwrap().into()
}

fn check(items: &[(PublicKey, Digest, Signature)]) -> usize {
    let mut results = Vec::new();
    let batch = items.iter().map(|(key, digest, signature)| BatchItem { key, digest, signature });
    verify_batch(batch, |index, result| {
        assert_eq!(index, results.len());
        results.push(result);
    });
    assert_eq!(results.len(), items.len());
    for (result, (key, digest, signature)) in results.iter().zip(items) {
        assert_eq!(*result, verify(key, digest, signature));
    }
    results.iter().filter(|result| result.is_ok()).count()
}

#[test]
fn runs_of_one_key() {
    for set in ParameterSet::ALL {
        let key = key(*set, 3);
        for count in [0, 1, 2, 3, 5] {
            let mut items: Vec<_> = (0..count).map(|i| signed(&key, i)).collect();
            assert_eq!(check(&items), usize::from(count), "{set}");
            for (i, item) in items.iter_mut().enumerate() {
                item.2 = broken(&item.2, 7 * i);
            }
            assert_eq!(check(&items), 0, "{set}");
        }
    }
}

#[test]
fn longer_than_what_shares_an_inversion() {
    let key = key(ParameterSet::CryptoProA, 9);
    let mut items: Vec<_> = (0..100).map(|i| signed(&key, i)).collect();
    for i in (0..100).step_by(7) {
        items[i].2 = broken(&items[i].2, i % 64);
    }
    assert_eq!(check(&items), 85);
}

#[test]
fn keys_and_sets_mixed() {
    let mut items = Vec::new();
    for round in 0..3 {
        for set in ParameterSet::ALL {
            let key = key(*set, round);
            items.extend((0..round + 1).map(|i| signed(&key, i)));
        }
    }
    let total = items.len();
    assert_eq!(check(&items), total);
    // A signature of another size, and one that another key made.
    items[0].2 = items[5].2;
    items[1].0 = items[20].0;
    assert!(check(&items) < total);
}

#[test]
fn extreme_scalars() {
    for set in ParameterSet::ALL {
        // d = 1: the public key is the base point, so both tables have the same points.
        let mut one = vec![0; set.scalar_len()];
        one[0] = 1;
        let base = SigningKey::from_le_bytes(*set, &one).unwrap();
        let items: Vec<_> = (0..4).map(|i| signed(&base, i)).collect();
        assert_eq!(check(&items), 4, "{set}");
    }
}
