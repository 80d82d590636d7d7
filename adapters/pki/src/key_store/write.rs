//! Key stores written: PKCS#12 with one private key and its certificates.

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeEncrypt, KeyIvInit};
use core::num::NonZeroU32;
use der::asn1::{ContextSpecific, ObjectIdentifier, OctetString, OctetStringRef, SetOfVec};
use der::{Any, AnyRef, Encode, EncodeValue, Sequence, Tag, TagMode, TagNumber};
use kaztoken_core::gost::cipher::{Ctr, Kuznyechik};
use kaztoken_core::gost::kdf::HmacStreebog512;
use x509_cert::spki::AlgorithmIdentifierOwned;
use zeroize::Zeroizing;

use super::KeyStoreError;
use super::password::{Password, hmac_sha, pbkdf2, pkcs12_key};
use super::pfx::oids::{
    CERT_BAG, DATA, ENCRYPTED_DATA, FRIENDLY_NAME, LOCAL_KEY_ID, SHROUDED_KEY_BAG, X509_CERTIFICATE,
};
use crate::algorithm::DigestAlgorithm;
use crate::{Certificate, EncodingFault, PrivateKey};

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const PBE_3DES: ObjectIdentifier = oid("1.2.840.113549.1.12.1.3");
const PBE_RC2_40: ObjectIdentifier = oid("1.2.840.113549.1.12.1.6");
const PBES2: ObjectIdentifier = oid("1.2.840.113549.1.5.13");
const PBKDF2: ObjectIdentifier = oid("1.2.840.113549.1.5.12");
const HMAC_SHA256: ObjectIdentifier = oid("1.2.840.113549.2.9");
const HMAC_STREEBOG_512: ObjectIdentifier = oid("1.2.643.7.1.1.4.2");
const AES_256_CBC: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.42");
const KUZNYECHIK_CTR_ACPKM: ObjectIdentifier = oid("1.2.643.7.1.1.5.2.1");
const SHA1: ObjectIdentifier = oid("1.3.14.3.2.26");
const SHA256: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.1");
const STREEBOG_512: ObjectIdentifier = oid("1.2.643.7.1.1.2.3");

/// How a key store is encrypted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// As the national centre's software reads it: 3DES for the key, 40-bit RC2 for the certificates, SHA-1. Weak: the
    /// password is all that protects it.
    NationalCentre,
    /// AES-256 and SHA-256, as OpenSSL 3 writes it.
    Aes,
    /// Kuznyechik in CTR-ACPKM and Streebog-512 (RFC 9337, RFC 9548).
    Gost,
}

impl Form {
    /// Rounds of the key derivation: the centre's software has 1024; of the others as many as take a moment.
    const fn rounds(self) -> u32 {
        match self {
            Self::NationalCentre => 1024,
            Self::Aes => 100_000,
            Self::Gost => 2000,
        }
    }
}

#[derive(Sequence)]
struct Pbes1 {
    salt: OctetString,
    iterations: u32,
}

#[derive(Sequence)]
struct Pbes2 {
    derivation: AlgorithmIdentifierOwned,
    encryption: AlgorithmIdentifierOwned,
}

#[derive(Sequence)]
struct Pbkdf2 {
    salt: OctetString,
    iterations: u32,
    prf: AlgorithmIdentifierOwned,
}

#[derive(Sequence)]
struct Ukm {
    ukm: OctetString,
}

#[derive(Sequence)]
struct Encrypted {
    algorithm: AlgorithmIdentifierOwned,
    text: OctetString,
}

#[derive(Sequence)]
struct Bag {
    id: ObjectIdentifier,
    value: Any,
    attributes: SetOfVec<Any>,
}

#[derive(Sequence)]
struct Attribute {
    name: ObjectIdentifier,
    values: SetOfVec<Any>,
}

#[derive(Sequence)]
struct CertBag {
    kind: ObjectIdentifier,
    value: Any,
}

#[derive(Sequence)]
struct ContentInfo {
    content_type: ObjectIdentifier,
    content: Any,
}

#[derive(Sequence)]
struct EncryptedData {
    version: u8,
    info: EncryptedContentInfo,
}

#[derive(Sequence)]
struct EncryptedContentInfo {
    content_type: ObjectIdentifier,
    algorithm: AlgorithmIdentifierOwned,
    content: Any,
}

#[derive(Sequence)]
struct DigestInfo {
    algorithm: AlgorithmIdentifierOwned,
    digest: OctetString,
}

#[derive(Sequence)]
struct MacData {
    mac: DigestInfo,
    salt: OctetString,
    iterations: u32,
}

#[derive(Sequence)]
struct Pfx {
    version: u8,
    auth_safe: ContentInfo,
    mac_data: MacData,
}

/// Writes a key with its certificates, the first of which is the key's own. `random`: 96 octets of salt.
/// # Errors
/// [`KeyStoreError::OtherCertificate`]: the first certificate is not that of the key.
pub fn write(
    key: &PrivateKey,
    certificates: &[Certificate],
    name: &str,
    password: &str,
    form: Form,
    random: &[u8; 96],
) -> Result<Vec<u8>, KeyStoreError> {
    if certificates.first().is_some_and(|own| own.public_key().ok() != Some(key.public_key())) {
        return Err(KeyStoreError::OtherCertificate);
    }
    let id = DigestAlgorithm::Sha1.digest(&key.public_key().key_bits());
    let writer = Writer { password: Password::new(password), form, random };
    let failed = |_: EncodingFault| KeyStoreError::Damaged("it cannot be encoded");
    writer.store(key, certificates, name, &id).map_err(failed)
}

struct Writer<'a> {
    password: Password,
    form: Form,
    random: &'a [u8; 96],
}

impl Writer<'_> {
    /// Salt number `number`: each is used once.
    fn salt(&self, number: usize) -> &[u8] {
        self.random.get(number * 16..number * 16 + 16).unwrap_or_default()
    }

    fn store(
        &self,
        key: &PrivateKey,
        certificates: &[Certificate],
        name: &str,
        id: &[u8],
    ) -> Result<Vec<u8>, EncodingFault> {
        let (algorithm, text) = self.encrypt(&key.to_pkcs8(), 0, true)?;
        let shrouded = Encrypted { algorithm, text: OctetString::new(text)? };
        let key_bag = bag(SHROUDED_KEY_BAG, &shrouded, Some((name, id)))?;
        let mut parts = vec![ContentInfo {
            content_type: DATA,
            content: explicit(&OctetString::new(vec![key_bag].to_der()?)?)?,
        }];
        if !certificates.is_empty() {
            let bags = certificates.iter().enumerate().map(|(number, certificate)| {
                let value = OctetString::new(certificate.der())?;
                let inside = CertBag { kind: X509_CERTIFICATE, value: explicit(&value)? };
                bag(CERT_BAG, &inside, (number == 0).then_some((name, id)))
            });
            let bags = bags.collect::<Result<Vec<_>, EncodingFault>>()?.to_der()?;
            let (algorithm, text) = self.encrypt(&bags, 2, false)?;
            let content = Any::new(Tag::ContextSpecific { number: TagNumber(0), constructed: false }, text)?;
            let data = EncryptedData {
                version: 0,
                info: EncryptedContentInfo { content_type: DATA, algorithm, content },
            };
            parts.push(ContentInfo { content_type: ENCRYPTED_DATA, content: explicit(&data)? });
        }
        let contents = parts.to_der()?;
        let mac_data = self.mac(&contents)?;
        let auth_safe = ContentInfo { content_type: DATA, content: explicit(&OctetString::new(contents)?)? };
        Pfx { version: 3, auth_safe, mac_data }.to_der()
    }

    fn encrypt(
        &self,
        text: &[u8],
        salt: usize,
        is_key: bool,
    ) -> Result<(AlgorithmIdentifierOwned, Vec<u8>), EncodingFault> {
        let rounds = self.form.rounds();
        let (salt, vector) = (self.salt(salt), self.salt(salt + 1));
        if self.form == Form::NationalCentre {
            let derive = |id, len| {
                let form = self.password.forms();
                let password = form.first().copied().unwrap_or_default();
                pkcs12_key(DigestAlgorithm::Sha1, password, salt, rounds, id, len)
            };
            let iv = derive(2, 8);
            let (oid, text) = match is_key {
                true => (PBE_3DES, cbc::<cbc::Encryptor<des::TdesEde3>>(&derive(1, 24), &iv, text)),
                false => (PBE_RC2_40, cbc::<cbc::Encryptor<rc2::Rc2>>(&derive(1, 5), &iv, text)),
            };
            let parameters = Pbes1 { salt: OctetString::new(salt)?, iterations: rounds };
            return Ok((with(oid, &parameters)?, text.unwrap_or_default()));
        }
        let prf = if self.form == Form::Gost { HMAC_STREEBOG_512 } else { HMAC_SHA256 };
        let mut key = Zeroizing::new([0; 32]);
        // Both functions are known, and one round is the least.
        let count = NonZeroU32::new(rounds).unwrap_or(NonZeroU32::MIN);
        let _ = pbkdf2(&prf, &self.password.utf8, salt, count, key.as_mut_slice());
        let derivation = Pbkdf2 {
            salt: OctetString::new(salt)?,
            iterations: rounds,
            prf: AlgorithmIdentifierOwned { oid: prf, parameters: Some(Any::null()) },
        };
        let (encryption, text) = match self.form {
            Form::Gost => {
                let ukm = Ukm { ukm: OctetString::new(vector)? };
                let mut text = text.to_vec();
                // A section longer than any store here: every reader's sections are the same up to there.
                if let Some(iv) = vector.get(..8)
                    && let Ok(mut stream) = Ctr::<Kuznyechik>::with_acpkm(&key, iv, 4096)
                {
                    stream.apply(&mut text);
                }
                (with(KUZNYECHIK_CTR_ACPKM, &ukm)?, text)
            }
            _ => {
                let text = cbc::<cbc::Encryptor<aes::Aes256>>(key.as_slice(), vector, text);
                (with(AES_256_CBC, &OctetString::new(vector)?)?, text.unwrap_or_default())
            }
        };
        let parameters = Pbes2 { derivation: with(PBKDF2, &derivation)?, encryption };
        Ok((with(PBES2, &parameters)?, text))
    }

    fn mac(&self, contents: &[u8]) -> Result<MacData, EncodingFault> {
        let (rounds, salt) = (self.form.rounds(), self.salt(4));
        let sha = |hash: DigestAlgorithm| {
            let forms = self.password.forms();
            let password = forms.first().copied().unwrap_or_default();
            let key = pkcs12_key(hash, password, salt, rounds, 3, hash.output_len());
            hmac_sha(hash, &key, contents).unwrap_or_default()
        };
        let (oid, code) = match self.form {
            Form::NationalCentre => (SHA1, sha(DigestAlgorithm::Sha1)),
            Form::Aes => (SHA256, sha(DigestAlgorithm::Sha256)),
            Form::Gost => {
                let mut long = Zeroizing::new([0; 96]);
                let count = NonZeroU32::new(rounds).unwrap_or(NonZeroU32::MIN);
                // 96 octets are never too many.
                let _ = HmacStreebog512::pbkdf2(&self.password.utf8, salt, count, long.as_mut_slice());
                let mut code = HmacStreebog512::new(long.get(64..).unwrap_or_default());
                code.update(contents);
                (STREEBOG_512, code.finish().as_slice().to_vec())
            }
        };
        let parameters = (self.form != Form::Gost).then(Any::null);
        let algorithm = AlgorithmIdentifierOwned { oid, parameters };
        let mac = DigestInfo { algorithm, digest: OctetString::new(code)? };
        Ok(MacData { mac, salt: OctetString::new(salt)?, iterations: rounds })
    }
}

fn cbc<E: KeyIvInit + BlockModeEncrypt>(key: &[u8], iv: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let mut buffer = vec![0; text.len() + 32];
    buffer.get_mut(..text.len())?.copy_from_slice(text);
    let len = E::new_from_slices(key, iv).ok()?.encrypt_padded::<Pkcs7>(&mut buffer, text.len()).ok()?.len();
    buffer.truncate(len);
    Some(buffer)
}

fn with(oid: ObjectIdentifier, parameters: &impl Encode) -> Result<AlgorithmIdentifierOwned, EncodingFault> {
    Ok(AlgorithmIdentifierOwned { oid, parameters: Some(any(parameters)?) })
}

fn any(value: &impl Encode) -> Result<Any, EncodingFault> {
    let der = value.to_der()?;
    Ok(Any::from(<AnyRef<'_> as der::Decode>::from_der(&der)?))
}

/// `[0]` EXPLICIT.
fn explicit<T: EncodeValue + der::Tagged + Encode>(value: &T) -> Result<Any, EncodingFault> {
    any(&ContextSpecific { tag_number: TagNumber(0), tag_mode: TagMode::Explicit, value: any(value)? })
}

fn bag(
    id: ObjectIdentifier,
    value: &(impl EncodeValue + der::Tagged),
    names: Option<(&str, &[u8])>,
) -> Result<Bag, EncodingFault> {
    let mut attributes = SetOfVec::new();
    if let Some((name, id)) = names {
        let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (oid, value) in [
            (LOCAL_KEY_ID, any(&OctetStringRef::new(id)?)?),
            (FRIENDLY_NAME, Any::new(Tag::BmpString, units)?),
        ] {
            let mut values = SetOfVec::new();
            values.insert(value)?;
            attributes.insert(any(&Attribute { name: oid, values })?)?;
        }
    }
    Ok(Bag { id, value: explicit(value)?, attributes })
}
