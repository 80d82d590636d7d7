//! Keys enciphered with keys.
//!
//! | Wrap | Standard | Functions |
//! |---|---|---|
//! | GOST 28147-89 key wrap | RFC 4357 sections 6.1 and 6.2 | [`wrap_gost28147`], [`unwrap_gost28147`] |
//! | CryptoPro key wrap | RFC 4357 sections 6.3 to 6.5 | [`wrap_cryptopro`], [`unwrap_cryptopro`] |
//! | with a key from KDF | RFC 7836 section 4.6 | [`wrap_with_seed`], [`unwrap_with_seed`] |
//! | KExp15 and KImp15 | RFC 9189 | [`kexp15`], [`kimp15`] |
//!
//! Each carries a checksum, of 32 bits but for KExp15, and nothing is given out when it is wrong.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::super::kdf::kdf;
use super::super::octets::{MAX, Octets};
use super::{Cfb, CipherError, Gost28147, Imit, KeyMeshing, Sbox};

pub use super::export::{kexp15, kimp15};

/// The GOST 28147-89 key wrap (RFC 4357 section 6.1): the UKM, the enciphered key, and its MAC, 44 octets.
///
/// `kek` encrypts nothing else, and no two keys under one UKM: the standard wants it from VKO with that UKM,
/// or the UKM fresh and random.
#[must_use]
pub fn wrap_gost28147(kek: &[u8; 32], sbox: Sbox, ukm: &[u8; 8], key: &[u8; 32]) -> [u8; 44] {
    let (enciphered, mac) = seal(&Gost28147::new(kek, sbox), ukm, *key);
    let mut wrapped = [0; 44];
    let octets = ukm.iter().chain(enciphered.iter()).chain(&mac);
    wrapped.iter_mut().zip(octets).for_each(|(place, octet)| *place = *octet);
    wrapped
}

/// Opens what [`wrap_gost28147`] made (RFC 4357 section 6.2).
///
/// # Errors
/// [`CipherError::WrappedLength`] for another length than 44, [`CipherError::Integrity`].
pub fn unwrap_gost28147(
    kek: &[u8; 32],
    sbox: Sbox,
    wrapped: &[u8],
) -> Result<Zeroizing<[u8; 32]>, CipherError> {
    let Wrapped { ukm, key, mac } = split(wrapped)?;
    open(&Gost28147::new(kek, sbox), ukm, *key, mac)
}

/// The CryptoPro key wrap (RFC 4357 section 6.3): as [`wrap_gost28147`], under a key that [`diversify`] makes
/// from `kek` and the UKM.
#[must_use]
pub fn wrap_cryptopro(kek: &[u8; 32], sbox: Sbox, ukm: &[u8; 8], key: &[u8; 32]) -> [u8; 44] {
    wrap_gost28147(&diversify(kek, sbox, ukm), sbox, ukm, key)
}

/// Opens what [`wrap_cryptopro`] made (RFC 4357 section 6.4).
///
/// # Errors
/// Those of [`unwrap_gost28147`].
pub fn unwrap_cryptopro(
    kek: &[u8; 32],
    sbox: Sbox,
    wrapped: &[u8],
) -> Result<Zeroizing<[u8; 32]>, CipherError> {
    unwrap_gost28147(&diversify(kek, sbox, split(wrapped)?.ukm), sbox, wrapped)
}

/// The CryptoPro KEK diversification (RFC 4357 section 6.5): a key for each UKM. The UKM is public.
#[must_use]
pub fn diversify(kek: &[u8; 32], sbox: Sbox, ukm: &[u8; 8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new(*kek);
    for octet in ukm {
        let mut sums = Zeroizing::new([0_u32; 2]);
        let [with, without] = &mut *sums;
        for (bit, word) in key.chunks_exact(4).enumerate() {
            let word = word.try_into().map(u32::from_le_bytes).unwrap_or_default();
            let sum = if (octet >> bit) & 1 == 1 { &mut *with } else { &mut *without };
            *sum = sum.wrapping_add(word);
        }
        let iv = Zeroizing::new((u64::from(*with) | (u64::from(*without) << 32)).to_le_bytes());
        Cfb::new(Gost28147::new(&key, sbox), &iv, KeyMeshing::None).encrypt(key.as_mut_slice());
    }
    key
}

/// The label of RFC 7836 section 4.6.
const LABEL: [u8; 4] = [0x26, 0xbd, 0xb8, 0x78];
/// The longest seed.
const SEED: usize = 16;

/// The key wrap of RFC 7836 section 4.6: seed, enciphered key, MAC of 4 octets.
///
/// For keys of 32 or 64 octets; the seed has 8 to 16 and is fresh and random.
///
/// # Errors
/// [`CipherError::IvLength`] for another seed, [`CipherError::KeyLength`].
pub fn wrap_with_seed(
    export_key: &[u8; 32],
    seed: &[u8],
    key: &[u8],
) -> Result<Octets<{ SEED + MAX + 4 }>, CipherError> {
    let (cipher, iv) = seeded(export_key, seed)?;
    let wrapped = Octets::new().append(seed.iter().copied());
    let (enciphered, mac) = if let Ok(key) = <[u8; 32]>::try_from(key) {
        let (key, mac) = seal(&cipher, &iv, key);
        (Octets::<MAX>::new().append(key), mac)
    } else if let Ok(key) = <[u8; 64]>::try_from(key) {
        let (key, mac) = seal(&cipher, &iv, key);
        (Octets::<MAX>::new().append(key), mac)
    } else {
        return Err(CipherError::KeyLength { found: key.len() });
    };
    Ok(wrapped.append(enciphered.iter().copied()).append(mac))
}

/// Opens what [`wrap_with_seed`] made: a key of 32 or 64 octets. The seed's length is not in the data; the
/// protocol tells it.
///
/// # Errors
/// [`CipherError::IvLength`] unless the seed has 8 to 16 octets, [`CipherError::WrappedLength`],
/// [`CipherError::Integrity`].
pub fn unwrap_with_seed(
    export_key: &[u8; 32],
    seed_len: usize,
    wrapped: &[u8],
) -> Result<Zeroizing<Octets<MAX>>, CipherError> {
    let wrong = CipherError::WrappedLength { found: wrapped.len() };
    let (seed, rest) = wrapped.split_at_checked(seed_len).ok_or(wrong)?;
    let (cipher, iv) = seeded(export_key, seed)?;
    let (key, mac) = rest.split_last_chunk::<4>().ok_or(wrong)?;
    if let Ok(key) = <[u8; 32]>::try_from(key) {
        open(&cipher, &iv, key, *mac).map(|key| Zeroizing::new(Octets::new().append(key.iter().copied())))
    } else if let Ok(key) = <[u8; 64]>::try_from(key) {
        open(&cipher, &iv, key, *mac).map(|key| Zeroizing::new(Octets::new().append(key.iter().copied())))
    } else {
        Err(wrong)
    }
}

/// KEK_e and the MAC's initialisation vector.
fn seeded(export_key: &[u8; 32], seed: &[u8]) -> Result<(Gost28147, [u8; 8]), CipherError> {
    let wrong = CipherError::IvLength { found: seed.len() };
    let iv = seed.first_chunk().copied().ok_or(wrong)?;
    if seed.len() > SEED {
        return Err(wrong);
    }
    Ok((Gost28147::new(&kdf(export_key, &LABEL, seed), Sbox::Tc26Z), iv))
}

/// The parts of a wrapped 256-bit key.
struct Wrapped<'a> {
    ukm: &'a [u8; 8],
    key: &'a [u8; 32],
    mac: [u8; 4],
}

fn split(wrapped: &[u8]) -> Result<Wrapped<'_>, CipherError> {
    let wrong = CipherError::WrappedLength { found: wrapped.len() };
    let (ukm, rest) = wrapped.split_first_chunk().ok_or(wrong)?;
    let (key, mac) = rest.split_first_chunk().ok_or(wrong)?;
    Ok(Wrapped { ukm, key, mac: mac.try_into().map_err(|_| wrong)? })
}

/// The key enciphered block by block, and the MAC of the plain one.
fn seal<const N: usize>(cipher: &Gost28147, iv: &[u8; 8], key: [u8; N]) -> ([u8; N], [u8; 4]) {
    let mut key = Zeroizing::new(key);
    let mac = mac(cipher, iv, key.as_slice());
    each_block(key.as_mut_slice(), |block| cipher.encrypt_block(block));
    (*key, mac)
}

fn open<const N: usize>(
    cipher: &Gost28147,
    iv: &[u8; 8],
    enciphered: [u8; N],
    expected: [u8; 4],
) -> Result<Zeroizing<[u8; N]>, CipherError> {
    let mut key = Zeroizing::new(enciphered);
    each_block(key.as_mut_slice(), |block| cipher.decrypt_block(block));
    if bool::from(mac(cipher, iv, key.as_slice()).ct_eq(&expected)) {
        Ok(key)
    } else {
        Err(CipherError::Integrity)
    }
}

fn mac(cipher: &Gost28147, iv: &[u8; 8], key: &[u8]) -> [u8; 4] {
    let mut mac = Imit::with_iv(cipher.clone(), iv, KeyMeshing::None);
    mac.update(key);
    mac.finish()
}

fn each_block(key: &mut [u8], mut f: impl FnMut(&mut [u8; 8])) {
    for block in key.chunks_exact_mut(8) {
        if let Ok(block) = block.try_into() {
            f(block);
        }
    }
}
