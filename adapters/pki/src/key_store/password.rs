//! Encryption by password: PBES1 of PKCS#12 (RFC 7292 appendix C), PBES2 (RFC 8018) with AES and 3DES, and with GOST ciphers
//! (RFC 9337, gost-engine's GOST 28147-89).

use cbc::cipher::block_padding::Pkcs7;
use core::num::NonZeroU32;
use der::asn1::{ObjectIdentifier, OctetStringRef};
use der::{AnyRef, Sequence};
use hmac::{Hmac, KeyInit as _, Mac as _};
use kaztoken_core::gost::cipher::{
    BlockCipher, Cfb, Ctr, Gost28147, KeyMeshing, Kuznyechik, Magma, Omac, Sbox,
};
use kaztoken_core::gost::kdf::{HmacGost94CryptoPro, HmacStreebog256, HmacStreebog512, kdf_tree};
use x509_cert::spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use super::KeyStoreError;
use crate::algorithm::DigestAlgorithm;

/// More rounds than any key store has; a file that asks for more only keeps the machine busy.
pub(super) const MAX_ITERATIONS: u32 = 10_000_000;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const PBES2: ObjectIdentifier = oid("1.2.840.113549.1.5.13");
const PBKDF2: ObjectIdentifier = oid("1.2.840.113549.1.5.12");

/// A password as PKCS#12 wants it for its own key derivation and as the newer schemes want it.
pub(super) struct Password {
    pub(super) utf8: Zeroizing<Vec<u8>>,
    /// BMPString with two zero octets behind; of the empty password there are two forms.
    bmp: Zeroizing<Vec<u8>>,
}

impl Password {
    pub(super) fn new(text: &str) -> Self {
        let bmp = text.encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect();
        Self { utf8: Zeroizing::new(text.as_bytes().to_vec()), bmp: Zeroizing::new(bmp) }
    }

    /// The forms in which it may have been used.
    pub(super) fn forms(&self) -> Vec<&[u8]> {
        if self.utf8.is_empty() { vec![&self.bmp, &[]] } else { vec![&self.bmp] }
    }
}

/// The salt and rounds of PBES1 and of the MAC.
#[derive(Sequence)]
struct Pbes1<'a> {
    salt: &'a OctetStringRef,
    iterations: u32,
}

#[derive(Sequence)]
struct Pbes2<'a> {
    derivation: AlgorithmIdentifierRef<'a>,
    encryption: AlgorithmIdentifierRef<'a>,
}

#[derive(Sequence)]
struct Pbkdf2<'a> {
    salt: &'a OctetStringRef,
    iterations: u32,
    #[asn1(optional = "true")]
    len: Option<u16>,
    #[asn1(optional = "true")]
    prf: Option<AlgorithmIdentifierRef<'a>>,
}

#[derive(Sequence)]
struct Gost28147Parameters<'a> {
    iv: &'a OctetStringRef,
    set: ObjectIdentifier,
}

#[derive(Sequence)]
struct Ukm<'a> {
    ukm: &'a OctetStringRef,
}

/// What a decryption may have come to: with several forms of a password, several texts.
pub(super) type Texts = Vec<Zeroizing<Vec<u8>>>;

/// Decrypts; without an integrity check of its own, the caller judges by what comes out. Empty: the password is wrong.
pub(super) fn decrypt(
    algorithm: &AlgorithmIdentifierRef<'_>,
    text: &[u8],
    password: &Password,
) -> Result<Texts, KeyStoreError> {
    let parameters =
        algorithm.parameters.ok_or(KeyStoreError::Damaged("the parameters of the encryption"))?;
    if algorithm.oid == PBES2 {
        return pbes2(parameters, text, password);
    }
    let unknown = KeyStoreError::UnknownCipher(algorithm.oid);
    // Key and block of the cipher, in octets.
    let (key_len, rc2) = match algorithm.oid {
        PBE_3DES => (24, false),
        PBE_2DES => (16, false),
        PBE_RC2_128 => (16, true),
        PBE_RC2_40 => (5, true),
        _ => return Err(unknown),
    };
    let damaged = |_| KeyStoreError::Damaged("the parameters of the encryption");
    let Pbes1 { salt, iterations } = parameters.decode_as().map_err(damaged)?;
    rounds(iterations)?;
    let derive = |password: &[u8], id, len| {
        pkcs12_key(DigestAlgorithm::Sha1, password, salt.as_bytes(), iterations, id, len)
    };
    let texts = password.forms().into_iter().filter_map(|form| {
        let (mut key, iv) = (derive(form, 1, key_len), derive(form, 2, 8));
        if rc2 {
            return cbc::<cbc::Decryptor<rc2::Rc2>>(&key, &iv, text);
        }
        if key.len() == 16 {
            let first = Zeroizing::new(key.get(..8).unwrap_or_default().to_vec());
            key.extend_from_slice(&first);
        }
        cbc::<cbc::Decryptor<des::TdesEde3>>(&key, &iv, text)
    });
    Ok(texts.collect())
}

const PBE_3DES: ObjectIdentifier = oid("1.2.840.113549.1.12.1.3");
const PBE_2DES: ObjectIdentifier = oid("1.2.840.113549.1.12.1.4");
const PBE_RC2_128: ObjectIdentifier = oid("1.2.840.113549.1.12.1.5");
const PBE_RC2_40: ObjectIdentifier = oid("1.2.840.113549.1.12.1.6");

/// Bounds what a file asks for.
pub(super) fn rounds(iterations: u32) -> Result<NonZeroU32, KeyStoreError> {
    let within = NonZeroU32::new(iterations).filter(|iterations| iterations.get() <= MAX_ITERATIONS);
    within.ok_or(KeyStoreError::Iterations(iterations))
}

fn cbc<D>(key: &[u8], iv: &[u8], text: &[u8]) -> Option<Zeroizing<Vec<u8>>>
where
    D: cbc::cipher::KeyIvInit + cbc::cipher::BlockModeDecrypt,
{
    let mut buffer = Zeroizing::new(text.to_vec());
    let len = D::new_from_slices(key, iv).ok()?.decrypt_padded::<Pkcs7>(&mut buffer).ok()?.len();
    buffer.truncate(len);
    Some(buffer)
}

fn pbes2(parameters: AnyRef<'_>, text: &[u8], password: &Password) -> Result<Texts, KeyStoreError> {
    let damaged = |_| KeyStoreError::Damaged("the parameters of the encryption");
    let Pbes2 { derivation, encryption } = parameters.decode_as().map_err(damaged)?;
    if derivation.oid != PBKDF2 {
        return Err(KeyStoreError::UnknownCipher(derivation.oid));
    }
    let missing = KeyStoreError::Damaged("the parameters of the encryption");
    let kdf: Pbkdf2<'_> = derivation.parameters.ok_or(missing.clone())?.decode_as().map_err(damaged)?;
    let scheme = Scheme::of(&encryption.oid).ok_or(KeyStoreError::UnknownCipher(encryption.oid))?;
    let given = encryption.parameters.ok_or(missing)?;
    let mut key = Zeroizing::new(vec![0; scheme.key_len()]);
    if kdf.len.is_some_and(|len| usize::from(len) != key.len()) {
        return Err(KeyStoreError::Damaged("the length of the encryption's key"));
    }
    let prf = kdf.prf.map_or(oid("1.2.840.113549.2.7"), |prf| prf.oid);
    pbkdf2(&prf, &password.utf8, kdf.salt.as_bytes(), rounds(kdf.iterations)?, &mut key)?;
    let text = match scheme {
        Scheme::Aes(_) | Scheme::Tdes => {
            let iv = given.decode_as::<&OctetStringRef>().map_err(damaged)?.as_bytes();
            match scheme {
                Scheme::Tdes => cbc::<cbc::Decryptor<des::TdesEde3>>(&key, iv, text),
                Scheme::Aes(16) => cbc::<cbc::Decryptor<aes::Aes128>>(&key, iv, text),
                Scheme::Aes(24) => cbc::<cbc::Decryptor<aes::Aes192>>(&key, iv, text),
                _ => cbc::<cbc::Decryptor<aes::Aes256>>(&key, iv, text),
            }
        }
        Scheme::Gost28147 => {
            let Gost28147Parameters { iv, set } = given.decode_as().map_err(damaged)?;
            let sbox = Sbox::from_oid(set.as_bytes()).ok_or(KeyStoreError::UnknownCipher(set))?;
            let iv: &[u8; 8] =
                iv.as_bytes().try_into().map_err(|_| KeyStoreError::Damaged("the encryption's vector"))?;
            let meshing = if sbox == Sbox::Test { KeyMeshing::None } else { KeyMeshing::CryptoPro };
            let mut text = Zeroizing::new(text.to_vec());
            Cfb::new(Gost28147::new(&key_of(&key), sbox), iv, meshing).decrypt(&mut text);
            Some(text)
        }
        Scheme::Acpkm { kuznyechik, omac } => {
            let Ukm { ukm } = given.decode_as().map_err(damaged)?;
            if ukm.as_bytes().len() != if kuznyechik { 16 } else { 12 } {
                return Err(KeyStoreError::Damaged("the encryption's vector"));
            }
            return Ok(acpkm(&key_of(&key), ukm.as_bytes(), kuznyechik, omac, text));
        }
    };
    Ok(text.into_iter().collect())
}

fn key_of(octets: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    key.iter_mut().zip(octets).for_each(|(place, octet)| *place = *octet);
    key
}

/// RFC 9337 section 5.1.2. The length of a section it leaves to the protocol, and none says it for key stores: those of
/// R 1323565.1.017 and those of gost-engine are tried. Empty: no code fits, so the password is wrong.
fn acpkm(key: &[u8; 32], ukm: &[u8], kuznyechik: bool, omac: bool, text: &[u8]) -> Texts {
    let sections = if kuznyechik { [256 * 1024, 4096] } else { [8 * 1024, 1024] };
    // Up to the end of the shorter one both are the same.
    let different = usize::from(text.len() > sections[1]);
    let texts = sections.iter().take(1 + different);
    texts.filter_map(|section| acpkm_with(key, ukm, kuznyechik, omac, *section, text)).collect()
}

fn acpkm_with(
    key: &[u8; 32],
    ukm: &[u8],
    kuznyechik: bool,
    omac: bool,
    section: usize,
    text: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let (iv, seed) = ukm.split_at_checked(ukm.len().checked_sub(8)?)?;
    let mut keys = Zeroizing::new([0; 64]);
    match omac {
        true => kdf_tree(key, b"kdf tree", seed, 1, keys.as_mut_slice()).ok()?,
        false => keys.get_mut(..32)?.copy_from_slice(key),
    }
    let (encryption, code) = (key_of(keys.get(..32)?), key_of(keys.get(32..)?));
    let mut text = Zeroizing::new(text.to_vec());
    match kuznyechik {
        true => Ctr::<Kuznyechik>::with_acpkm(&encryption, iv, section).ok()?.apply(&mut text),
        false => Ctr::<Magma>::with_acpkm(&encryption, iv, section).ok()?.apply(&mut text),
    }
    if omac {
        let len = text.len().checked_sub(if kuznyechik { 16 } else { 8 })?;
        let (message, found) = text.split_at_checked(len)?;
        let good = if kuznyechik {
            omac_fits::<Kuznyechik>(&code, message, found)
        } else {
            omac_fits::<Magma>(&code, message, found)
        };
        if !good {
            return None;
        }
        text.truncate(len);
    }
    Some(text)
}

fn omac_fits<C: BlockCipher>(key: &[u8; 32], message: &[u8], found: &[u8]) -> bool {
    let mut omac = Omac::<C>::new(key);
    omac.update(message);
    omac.verify(found)
}

/// A cipher of PBES2.
#[derive(Clone, Copy)]
enum Scheme {
    Aes(usize),
    Tdes,
    Gost28147,
    Acpkm { kuznyechik: bool, omac: bool },
}

impl Scheme {
    fn of(name: &ObjectIdentifier) -> Option<Self> {
        const ALL: &[(ObjectIdentifier, Scheme)] = &[
            (oid("2.16.840.1.101.3.4.1.2"), Scheme::Aes(16)),
            (oid("2.16.840.1.101.3.4.1.22"), Scheme::Aes(24)),
            (oid("2.16.840.1.101.3.4.1.42"), Scheme::Aes(32)),
            (oid("1.2.840.113549.3.7"), Scheme::Tdes),
            (oid("1.2.643.2.2.21"), Scheme::Gost28147),
            (oid("1.2.643.7.1.1.5.1.1"), Scheme::Acpkm { kuznyechik: false, omac: false }),
            (oid("1.2.643.7.1.1.5.1.2"), Scheme::Acpkm { kuznyechik: false, omac: true }),
            (oid("1.2.643.7.1.1.5.2.1"), Scheme::Acpkm { kuznyechik: true, omac: false }),
            (oid("1.2.643.7.1.1.5.2.2"), Scheme::Acpkm { kuznyechik: true, omac: true }),
        ];
        ALL.iter().find(|(known, _)| known == name).map(|(_, scheme)| *scheme)
    }

    const fn key_len(self) -> usize {
        match self {
            Self::Aes(len) => len,
            Self::Tdes => 24,
            Self::Gost28147 | Self::Acpkm { .. } => 32,
        }
    }
}

/// PBKDF2 (RFC 8018 section 5.2) with the pseudorandom function of this identifier.
pub(super) fn pbkdf2(
    prf: &ObjectIdentifier,
    password: &[u8],
    salt: &[u8],
    rounds: NonZeroU32,
    out: &mut [u8],
) -> Result<(), KeyStoreError> {
    const HMAC_SHA1: ObjectIdentifier = oid("1.2.840.113549.2.7");
    const HMAC_SHA256: ObjectIdentifier = oid("1.2.840.113549.2.9");
    const HMAC_SHA384: ObjectIdentifier = oid("1.2.840.113549.2.10");
    const HMAC_SHA512: ObjectIdentifier = oid("1.2.840.113549.2.11");
    const HMAC_GOST94: ObjectIdentifier = oid("1.2.643.2.2.10");
    const HMAC_STREEBOG_256: ObjectIdentifier = oid("1.2.643.7.1.1.4.1");
    const HMAC_STREEBOG_512: ObjectIdentifier = oid("1.2.643.7.1.1.4.2");
    let count = rounds.get();
    match *prf {
        HMAC_SHA1 => pbkdf2::pbkdf2_hmac::<sha1::Sha1>(password, salt, count, out),
        HMAC_SHA256 => pbkdf2::pbkdf2_hmac::<sha2::Sha256>(password, salt, count, out),
        HMAC_SHA384 => pbkdf2::pbkdf2_hmac::<sha2::Sha384>(password, salt, count, out),
        HMAC_SHA512 => pbkdf2::pbkdf2_hmac::<sha2::Sha512>(password, salt, count, out),
        HMAC_GOST94 | HMAC_STREEBOG_256 | HMAC_STREEBOG_512 => {
            let done = match *prf {
                HMAC_GOST94 => HmacGost94CryptoPro::pbkdf2(password, salt, rounds, out),
                HMAC_STREEBOG_256 => HmacStreebog256::pbkdf2(password, salt, rounds, out),
                _ => HmacStreebog512::pbkdf2(password, salt, rounds, out),
            };
            done.map_err(|_| KeyStoreError::UnknownCipher(*prf))?;
        }
        other => return Err(KeyStoreError::UnknownCipher(other)),
    }
    Ok(())
}

/// Key derivation of PKCS#12 (RFC 7292 appendix B.2): `id` 1 for keys, 2 for vectors, 3 for codes.
pub(super) fn pkcs12_key(
    hash: DigestAlgorithm,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    id: u8,
    len: usize,
) -> Zeroizing<Vec<u8>> {
    let v = if hash.output_len() > 32 { 128 } else { 64 };
    let fill = |octets: &[u8]| -> Vec<u8> {
        let whole = octets.len().div_ceil(v) * v;
        octets.iter().copied().cycle().take(if octets.is_empty() { 0 } else { whole }).collect()
    };
    let diversifier = vec![id; v];
    let mut input = Zeroizing::new(fill(salt));
    input.extend_from_slice(&Zeroizing::new(fill(password)));
    let mut out = Zeroizing::new(Vec::with_capacity(len + hash.output_len()));
    loop {
        let mut a = Zeroizing::new(hash.digest(&Zeroizing::new([diversifier.as_slice(), &input].concat())));
        for _ in 1..iterations {
            a = Zeroizing::new(hash.digest(&a));
        }
        out.extend_from_slice(&a);
        if out.len() >= len {
            out.truncate(len);
            return out;
        }
        let b: Zeroizing<Vec<u8>> = Zeroizing::new(a.iter().copied().cycle().take(v).collect());
        // Each block of the input plus B plus 1, modulo 2^(8 v).
        for block in input.chunks_mut(v) {
            let mut carry = 1_u16;
            for (place, octet) in block.iter_mut().rev().zip(b.iter().rev()) {
                carry += u16::from(*place) + u16::from(*octet);
                *place = carry as u8;
                carry >>= 8;
            }
        }
    }
}

/// The code over the contents, by the digest that names it. `None`: an unknown digest.
pub(super) fn mac(
    hash: DigestAlgorithm,
    password: &Password,
    salt: &[u8],
    rounds: NonZeroU32,
    contents: &[u8],
    expected: &[u8],
) -> Option<bool> {
    use kaztoken_core::gost::HashAlgorithm as H;
    // RFC 9548 section 4.2: the last 32 of 96 octets.
    let gost = |derive: &dyn Fn(&mut [u8]) -> bool| {
        let mut out = Zeroizing::new([0; 96]);
        derive(out.as_mut_slice()).then(|| key_of(out.get(64..).unwrap_or_default()))
    };
    let codes: Vec<Vec<u8>> = match hash {
        DigestAlgorithm::Gost(H::Streebog256) => {
            let key = gost(&|out| HmacStreebog256::pbkdf2(&password.utf8, salt, rounds, out).is_ok())?;
            let mut code = HmacStreebog256::new(key.as_slice());
            code.update(contents);
            vec![code.finish().as_slice().to_vec()]
        }
        DigestAlgorithm::Gost(H::Streebog512) => {
            let key = gost(&|out| HmacStreebog512::pbkdf2(&password.utf8, salt, rounds, out).is_ok())?;
            let mut code = HmacStreebog512::new(key.as_slice());
            code.update(contents);
            vec![code.finish().as_slice().to_vec()]
        }
        DigestAlgorithm::Gost(H::Gost94CryptoPro) => {
            let key = gost(&|out| HmacGost94CryptoPro::pbkdf2(&password.utf8, salt, rounds, out).is_ok())?;
            let mut code = HmacGost94CryptoPro::new(key.as_slice());
            code.update(contents);
            vec![code.finish().as_slice().to_vec()]
        }
        DigestAlgorithm::Gost(_) => return None,
        _ => {
            let key = |form: &[u8]| pkcs12_key(hash, form, salt, rounds.get(), 3, hash.output_len());
            password.forms().into_iter().filter_map(|form| hmac_sha(hash, &key(form), contents)).collect()
        }
    };
    Some(codes.iter().any(|code| code == expected))
}

pub(super) fn hmac_sha(hash: DigestAlgorithm, key: &[u8], contents: &[u8]) -> Option<Vec<u8>> {
    macro_rules! code {
        ($hash:ty) => {{
            let mut code = Hmac::<$hash>::new_from_slice(key).ok()?;
            code.update(contents);
            Some(code.finalize().into_bytes().to_vec())
        }};
    }
    match hash {
        DigestAlgorithm::Sha1 => code!(sha1::Sha1),
        DigestAlgorithm::Sha256 => code!(sha2::Sha256),
        DigestAlgorithm::Sha384 => code!(sha2::Sha384),
        DigestAlgorithm::Sha512 => code!(sha2::Sha512),
        DigestAlgorithm::Gost(_) => None,
    }
}
