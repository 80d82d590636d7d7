//! PFX of PKCS#12 (RFC 7292 section 4).

use der::asn1::{ObjectIdentifier, OctetStringRef};
use der::{AnyRef, Decode, Reader as _, Sequence, SliceReader, Tag, Tagged as _};
use x509_cert::spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use super::password::{self, Password, rounds};
use super::{Encrypted, KeyStore, KeyStoreError, StoredCertificate, StoredKey, decrypt_key};
use crate::algorithm::DigestAlgorithm;
use crate::ber;
use crate::{Certificate, PrivateKey};

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

/// Names of PKCS#7 and PKCS#12.
pub(super) mod oids {
    use super::{ObjectIdentifier, oid};

    pub(in super::super) const DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");
    pub(in super::super) const ENCRYPTED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.6");
    pub(in super::super) const KEY_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.1");
    pub(in super::super) const SHROUDED_KEY_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.2");
    pub(in super::super) const CERT_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.3");
    pub(in super::super) const SAFE_CONTENTS_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.6");
    pub(in super::super) const X509_CERTIFICATE: ObjectIdentifier = oid("1.2.840.113549.1.9.22.1");
    pub(in super::super) const FRIENDLY_NAME: ObjectIdentifier = oid("1.2.840.113549.1.9.20");
    pub(in super::super) const LOCAL_KEY_ID: ObjectIdentifier = oid("1.2.840.113549.1.9.21");
}

use oids::{
    CERT_BAG, DATA, ENCRYPTED_DATA, FRIENDLY_NAME, KEY_BAG, LOCAL_KEY_ID, SAFE_CONTENTS_BAG,
    SHROUDED_KEY_BAG, X509_CERTIFICATE,
};

/// How deep bags may hold bags.
const MAX_DEPTH: usize = 8;

#[derive(Sequence)]
struct ContentInfo<'a> {
    content_type: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    content: Option<AnyRef<'a>>,
}

#[derive(Sequence)]
struct DigestInfo<'a> {
    algorithm: AlgorithmIdentifierRef<'a>,
    digest: &'a OctetStringRef,
}

const fn one() -> u32 {
    1
}

#[derive(Sequence)]
struct MacData<'a> {
    mac: DigestInfo<'a>,
    salt: &'a OctetStringRef,
    #[asn1(default = "one")]
    iterations: u32,
}

#[derive(Sequence)]
pub(super) struct Pfx<'a> {
    version: u8,
    auth_safe: ContentInfo<'a>,
    #[asn1(optional = "true")]
    mac_data: Option<MacData<'a>>,
}

#[derive(Sequence)]
struct EncryptedData<'a> {
    version: u8,
    info: EncryptedContentInfo<'a>,
}

#[derive(Sequence)]
struct EncryptedContentInfo<'a> {
    content_type: ObjectIdentifier,
    algorithm: AlgorithmIdentifierRef<'a>,
    /// `[0]` IMPLICIT OCTET STRING, which may be in pieces.
    content: AnyRef<'a>,
}

#[derive(Sequence)]
struct Bag<'a> {
    id: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    value: AnyRef<'a>,
    /// SET OF Attribute, in whatever order.
    #[asn1(optional = "true")]
    attributes: Option<AnyRef<'a>>,
}

#[derive(Sequence)]
struct CertBag<'a> {
    kind: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    value: &'a OctetStringRef,
}

#[derive(Sequence)]
struct Attribute<'a> {
    name: ObjectIdentifier,
    values: AnyRef<'a>,
}

/// The name of a part in an error.
const fn damaged(what: &'static str) -> impl Fn(der::Error) -> KeyStoreError {
    move |_| KeyStoreError::Damaged(what)
}

/// The elements of a SEQUENCE or SET.
fn elements<'a>(any: AnyRef<'a>, what: &'static str) -> Result<Vec<AnyRef<'a>>, KeyStoreError> {
    let mut reader = SliceReader::new(any.value()).map_err(damaged(what))?;
    let mut all = Vec::new();
    while !reader.is_finished() {
        all.push(AnyRef::decode(&mut reader).map_err(damaged(what))?);
    }
    Ok(all)
}

impl Pfx<'_> {
    pub(super) fn open(&self, password: &Password) -> Result<KeyStore, KeyStoreError> {
        if self.version != 3 {
            return Err(KeyStoreError::Damaged("its version"));
        }
        if self.auth_safe.content_type != DATA {
            // Signed with a certificate instead of a password: nobody does.
            return Err(KeyStoreError::UnknownCipher(self.auth_safe.content_type));
        }
        let contents = self.auth_safe.content.ok_or(KeyStoreError::Damaged("its contents"))?;
        let contents = contents.decode_as::<&OctetStringRef>().map_err(damaged("its contents"))?.as_bytes();
        let good = self.mac_data.as_ref().map(|mac| check(mac, password, contents)).transpose()?;
        let mut store = KeyStore { authenticated: good == Some(true), ..KeyStore::default() };
        let read = read_contents(contents, password, &mut store);
        match (good, read) {
            (Some(false), Ok(())) if !store.keys.is_empty() => Err(KeyStoreError::Changed),
            // A private key that is damaged inside, but was decrypted.
            (Some(false), Err(KeyStoreError::Key(_) | KeyStoreError::Certificate(_))) => {
                Err(KeyStoreError::Changed)
            }
            (Some(false), Err(error @ KeyStoreError::UnknownCipher(_))) => Err(error),
            (Some(false), _) => Err(KeyStoreError::Password),
            // The code says that nothing was changed and the password is right: what does not open then is another's fault.
            (Some(true), Err(KeyStoreError::Password)) => {
                Err(KeyStoreError::Damaged("it was made with two passwords"))
            }
            (_, read) => read.map(|()| store),
        }
    }
}

fn check(mac: &MacData<'_>, password: &Password, contents: &[u8]) -> Result<bool, KeyStoreError> {
    let name = mac.mac.algorithm.oid;
    let unknown = || KeyStoreError::UnknownCipher(name);
    let hash = DigestAlgorithm::from_oid(&name).ok_or_else(unknown)?;
    let rounds = rounds(mac.iterations)?;
    let expected = mac.mac.digest.as_bytes();
    password::mac(hash, password, mac.salt.as_bytes(), rounds, contents, expected).ok_or_else(unknown)
}

fn read_contents(contents: &[u8], password: &Password, store: &mut KeyStore) -> Result<(), KeyStoreError> {
    let der = ber::to_der(contents).map_err(KeyStoreError::Encoding)?;
    let safe = AnyRef::from_der(&der).map_err(damaged("its contents"))?;
    for part in elements(safe, "its contents")? {
        let info: ContentInfo<'_> = part.decode_as().map_err(damaged("its contents"))?;
        let content = info.content.ok_or(KeyStoreError::Damaged("its contents"))?;
        match info.content_type {
            DATA => {
                let bags = content.decode_as::<&OctetStringRef>().map_err(damaged("its bags"))?;
                read_bags(bags.as_bytes(), password, store, 0)?;
            }
            ENCRYPTED_DATA => {
                let data: EncryptedData<'_> = content.decode_as().map_err(damaged("its encrypted bags"))?;
                let text = pieces(data.info.content)?;
                let texts = password::decrypt(&data.info.algorithm, &text, password)?;
                // Where several texts may be meant, the first whose bags can be read.
                let mut outcome = Err(KeyStoreError::Password);
                for text in texts {
                    let mut found = KeyStore::default();
                    let read = read_bags(&text, password, &mut found, 0);
                    if read.is_ok() {
                        store.keys.append(&mut found.keys);
                        store.certificates.append(&mut found.certificates);
                        outcome = Ok(());
                        break;
                    }
                    if ber::to_der(&text).is_ok() {
                        outcome = read;
                    }
                }
                outcome?;
            }
            other => return Err(KeyStoreError::UnknownCipher(other)),
        }
    }
    Ok(())
}

/// The octets of a `[0]` IMPLICIT OCTET STRING.
fn pieces(any: AnyRef<'_>) -> Result<Vec<u8>, KeyStoreError> {
    match any.tag() {
        Tag::ContextSpecific { constructed: false, .. } => Ok(any.value().to_vec()),
        _ => {
            let mut all = Vec::new();
            for piece in elements(any, "its encrypted bags")? {
                let piece = piece.decode_as::<&OctetStringRef>().map_err(damaged("its encrypted bags"))?;
                all.extend_from_slice(piece.as_bytes());
            }
            Ok(all)
        }
    }
}

fn read_bags(
    octets: &[u8],
    password: &Password,
    store: &mut KeyStore,
    depth: usize,
) -> Result<(), KeyStoreError> {
    if depth >= MAX_DEPTH {
        return Err(KeyStoreError::Damaged("its bags are nested too deeply"));
    }
    let der = Zeroizing::new(ber::to_der(octets).map_err(KeyStoreError::Encoding)?);
    let bags = AnyRef::from_der(&der).map_err(damaged("its bags"))?;
    for bag in elements(bags, "its bags")? {
        let bag: Bag<'_> = bag.decode_as().map_err(damaged("a bag"))?;
        let (name, id) = attributes(bag.attributes)?;
        match bag.id {
            SHROUDED_KEY_BAG => {
                let encrypted: Encrypted<'_> =
                    bag.value.decode_as().map_err(damaged("a private key's bag"))?;
                let key = decrypt_key(&encrypted, password)?;
                store.keys.push(StoredKey { key, name, id });
            }
            KEY_BAG => {
                let mut der = Zeroizing::new(Vec::new());
                der::Encode::encode_to_vec(&bag.value, &mut der).map_err(damaged("a private key's bag"))?;
                let key = PrivateKey::from_pkcs8(&der).map_err(KeyStoreError::Key)?;
                store.keys.push(StoredKey { key, name, id });
            }
            CERT_BAG => {
                let inside: CertBag<'_> = bag.value.decode_as().map_err(damaged("a certificate's bag"))?;
                if inside.kind == X509_CERTIFICATE {
                    let certificate =
                        Certificate::from_der(inside.value.as_bytes()).map_err(KeyStoreError::Certificate)?;
                    store.certificates.push(StoredCertificate { certificate, name, id });
                }
            }
            SAFE_CONTENTS_BAG => {
                let mut der = Zeroizing::new(Vec::new());
                der::Encode::encode_to_vec(&bag.value, &mut der).map_err(damaged("its bags"))?;
                read_bags(&der, password, store, depth + 1)?;
            }
            // Revocation lists and secrets of other programs.
            _ => {}
        }
    }
    Ok(())
}

/// friendlyName and localKeyID.
#[allow(clippy::type_complexity, reason = "two names, taken apart at once")]
fn attributes(set: Option<AnyRef<'_>>) -> Result<(Option<String>, Option<Vec<u8>>), KeyStoreError> {
    let (mut name, mut id) = (None, None);
    let Some(set) = set else { return Ok((name, id)) };
    const WHAT: &str = "the names in a bag";
    for attribute in elements(set, WHAT)? {
        let attribute: Attribute<'_> = attribute.decode_as().map_err(damaged(WHAT))?;
        let values = elements(attribute.values, WHAT)?;
        let Some(value) = values.first() else { continue };
        match attribute.name {
            FRIENDLY_NAME => {
                let units = value.value().as_chunks().0.iter().map(|pair| u16::from_be_bytes(*pair));
                name = Some(char::decode_utf16(units).map(|letter| letter.unwrap_or('\u{FFFD}')).collect());
            }
            LOCAL_KEY_ID => id = Some(value.value().to_vec()),
            _ => {}
        }
    }
    Ok((name, id))
}
