//! Key stores: PKCS#12 and PKCS#8.

use super::fixture::Fixture;
use kaztoken_pki::dsn;
use kaztoken_pki::key_store::KeyStore;

pub(super) const PASSWORD: &str = "QX7B0I1KO42";

/// A key store. What opens has whole keys; a code over the contents is believed only with the right password.
pub fn key_store(data: &[u8]) {
    if asks_for_many_rounds(data) {
        return;
    }
    if let Ok(store) = KeyStore::open(data, PASSWORD) {
        for key in &store.keys {
            let again = KeyStore::open(&key.key.to_pkcs8(), "").expect("a key that was read is written");
            assert_eq!(again.keys[0].key.public_key(), key.key.public_key());
            if let Some(own) = store.certificate_of(key) {
                assert_eq!(own.certificate.public_key().ok(), Some(key.key.public_key()));
            }
        }
    }
    if let Ok(store) = KeyStore::open(data, "another") {
        let own = Fixture::get().user_key.public_key();
        // Where the number itself stands in the open, no password is needed.
        let open = data.windows(32).any(|octets| octets == [super::fixture::USER; 32]);
        assert!(
            open || store.keys.iter().all(|key| key.key.public_key() != own),
            "a key without its password"
        );
    }
    if let Ok(code) = core::str::from_utf8(data) {
        let sound = dsn::check(code).is_ok();
        for correction in dsn::corrections(code) {
            assert!(dsn::check(&correction.code).is_ok() == sound && correction.code.as_str() != code);
        }
    }
}

/// Rounds of key derivation are what they cost: more than 2,047 would only keep the machine busy.
fn asks_for_many_rounds(data: &[u8]) -> bool {
    data.windows(3).any(|octets| match *octets {
        [2, 2, first] => (8..0x80).contains(&first),
        [2, 3..=5 | 0x81..=0xFF, _] => true,
        _ => false,
    })
}
