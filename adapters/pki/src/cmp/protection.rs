//! What protects a message: a signature, or a code by a shared secret (RFC 4210 section 5.1.3).

use core::fmt;
use der::asn1::{BitString, ObjectIdentifier};
use der::{Any, Decode, Encode};
use hmac::{Hmac, KeyInit as _, Mac as _};
use x509_cert::spki::AlgorithmIdentifierOwned;
use zeroize::Zeroizing;

use super::message::{Body, Header, Message, PASSWORD_BASED_MAC, PbmParameter, ProtectedPart};
use super::{CmpError, MAX_MESSAGE, octet_string};
use crate::algorithm::{DigestAlgorithm, SignatureAlgorithm, encoded};
use crate::chain::{Material, Question};
use crate::{Certificate, PrivateKey};

const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const HMAC_SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.8.1.2");
const HMAC_WITH_SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.7");
const HMAC_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.9");
/// Rounds that are made, and most that are followed: RFC 4211 has at least 100, OpenSSL makes 500.
const ROUNDS: u32 = 10_000;
const MAX_ROUNDS: u32 = 1_000_000;

/// A secret that both sides know, and its name. Never shown, wiped when dropped.
#[derive(Clone)]
pub struct Secret {
    /// senderKID: the user's identifier.
    pub reference: Vec<u8>,
    /// The secret.
    pub secret: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("reference", &self.reference).finish_non_exhaustive()
    }
}

/// By what one's own messages are protected.
#[derive(Debug)]
#[non_exhaustive]
pub enum Credentials<'a> {
    /// A code.
    Secret(&'a Secret),
    /// A signature, and the certificates that help to check it, the signer's first.
    Signature(&'a PrivateKey, &'a [Certificate]),
}

fn bare(oid: ObjectIdentifier) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid, parameters: None }
}

/// The key of the code (RFC 4211 section 4.4): the hash of secret and salt, hashed again and again.
fn pbm_key(hash: DigestAlgorithm, secret: &[u8], salt: &[u8], rounds: u32) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(hash.digest(&Zeroizing::new([secret, salt].concat())));
    for _ in 1..rounds {
        key = Zeroizing::new(hash.digest(&key));
    }
    key
}

fn code(mac: &ObjectIdentifier, key: &[u8], part: &[u8]) -> Option<Vec<u8>> {
    macro_rules! code {
        ($hash:ty) => {{
            let mut code = Hmac::<$hash>::new_from_slice(key).ok()?;
            code.update(part);
            Some(code.finalize().into_bytes().to_vec())
        }};
    }
    match *mac {
        HMAC_SHA1 | HMAC_WITH_SHA1 => code!(sha1::Sha1),
        HMAC_WITH_SHA256 => code!(sha2::Sha256),
        _ => None,
    }
}

/// Puts a message together and protects it.
pub(super) fn seal(
    mut header: Header,
    body: &Body,
    credentials: &Credentials<'_>,
    salt: [u8; 16],
) -> Result<Vec<u8>, CmpError> {
    let parameters = PbmParameter {
        salt: octet_string(&salt)?,
        owf: bare(SHA256),
        iteration_count: ROUNDS,
        mac: bare(HMAC_WITH_SHA256),
    };
    let algorithm = match credentials {
        Credentials::Secret(secret) => {
            header.sender_kid = Some(octet_string(&secret.reference)?);
            header.protection_alg = Some(AlgorithmIdentifierOwned {
                oid: PASSWORD_BASED_MAC,
                parameters: Some(Any::encode_from(&parameters)?),
            });
            None
        }
        Credentials::Signature(key, certificates) => {
            let signs = SignatureAlgorithm::of_key(key.public_key()).ok_or(CmpError::Unexpected)?;
            let id = certificates.first().and_then(|own| own.subject_key_id().ok().flatten());
            header.sender_kid = id.map(|id| octet_string(&id)).transpose()?;
            header.protection_alg = Some(signs.identifier());
            Some(signs)
        }
    };
    let part = ProtectedPart { header: Any::encode_from(&header)?, body: Any::from_der(&body.to_der()?)? };
    let octets = part.to_der()?;
    let (protection, extra) = match (credentials, algorithm) {
        (Credentials::Signature(key, certificates), Some(algorithm)) => {
            let digest = algorithm.digest_for(key.public_key()).digest(&octets);
            let signature = key.sign_digest(algorithm, &digest).map_err(|_| CmpError::Unexpected)?;
            let all = certificates.iter().map(|certificate| Any::from_der(certificate.der()));
            (signature, all.collect::<Result<Vec<_>, _>>()?)
        }
        (Credentials::Secret(secret), _) => {
            let key = pbm_key(DigestAlgorithm::Sha256, &secret.secret, &salt, ROUNDS);
            (code(&HMAC_WITH_SHA256, &key, &octets).ok_or(CmpError::Unexpected)?, Vec::new())
        }
        _ => return Err(CmpError::Unexpected),
    };
    Ok(encoded(&Message {
        header: part.header,
        body: part.body,
        protection: Some(BitString::from_bytes(&protection)?),
        extra_certs: (!extra.is_empty()).then_some(extra),
    }))
}

/// A message that was read, before its protection is judged.
pub(super) struct Opened {
    pub(super) header: Header,
    pub(super) message: Message,
    part: Vec<u8>,
}

impl Opened {
    pub(super) fn from_der(octets: &[u8]) -> Result<Self, CmpError> {
        if octets.len() > MAX_MESSAGE {
            return Err(CmpError::TooLarge);
        }
        let message = Message::from_der(octets)?;
        let header = message.header.decode_as::<Header>()?;
        let part = ProtectedPart { header: message.header.clone(), body: message.body.clone() }.to_der()?;
        Ok(Self { header, message, part })
    }

    pub(super) fn body<T: for<'a> der::Decode<'a, Error = der::Error>>(&self) -> Result<T, CmpError> {
        Ok(T::from_der(&self.message.body.to_der()?)?)
    }

    pub(super) fn is_by_secret(&self) -> bool {
        self.header.protection_alg.as_ref().is_some_and(|algorithm| algorithm.oid == PASSWORD_BASED_MAC)
    }

    /// Whole octets: otherwise there would be two ways to write the same.
    fn protection(&self) -> Result<&[u8], CmpError> {
        self.message.protection.as_ref().and_then(BitString::as_bytes).ok_or(CmpError::Unprotected)
    }

    /// Judges the code.
    pub(super) fn check_secret(&self, secret: &[u8]) -> Result<(), CmpError> {
        let algorithm = self.header.protection_alg.as_ref().ok_or(CmpError::Unprotected)?;
        let found = self.protection()?;
        let unknown = |oid| CmpError::UnknownProtection(oid);
        if algorithm.oid != PASSWORD_BASED_MAC {
            return Err(unknown(algorithm.oid));
        }
        let parameters = algorithm.parameters.as_ref().ok_or(CmpError::Unprotected)?;
        let pbm: PbmParameter = parameters.decode_as()?;
        if !(1..=MAX_ROUNDS).contains(&pbm.iteration_count) {
            return Err(CmpError::Iterations(pbm.iteration_count));
        }
        let hash = DigestAlgorithm::from_oid(&pbm.owf.oid).ok_or(unknown(pbm.owf.oid))?;
        let key = pbm_key(hash, secret, pbm.salt.as_bytes(), pbm.iteration_count);
        let expected = code(&pbm.mac.oid, &key, &self.part).ok_or(unknown(pbm.mac.oid))?;
        let same = found.len() == expected.len()
            && found.iter().zip(&expected).fold(0, |all, (a, b)| all | (a ^ b)) == 0;
        if same { Ok(()) } else { Err(CmpError::Secret) }
    }

    /// Judges the signature; the signer's certificate is among the extra ones or the known ones, and its chain ends at an
    /// anchor. Gives the certificate.
    pub(super) fn check_signature(
        &self,
        material: &Material,
        question: &Question,
    ) -> Result<Certificate, CmpError> {
        let algorithm = self.header.protection_alg.as_ref().ok_or(CmpError::Unprotected)?;
        let found = self.protection()?;
        let signs = SignatureAlgorithm::from_oid(&algorithm.oid, None)
            .ok_or(CmpError::UnknownProtection(algorithm.oid))?;
        let mut extra = Vec::new();
        for certificate in self.message.extra_certs.iter().flatten() {
            extra.push(Certificate::from_der(&certificate.to_der()?).map_err(CmpError::Certificate)?);
        }
        let mut all = material.clone();
        all.intermediates.extend(extra.iter().cloned());
        let known = extra.iter().chain(&material.anchors).chain(&material.intermediates);
        let mut error = CmpError::NoSigner;
        for certificate in known {
            let Ok(key) = certificate.public_key() else { continue };
            match key.verify(signs, &self.part, found) {
                Ok(()) => {
                    all.verify(certificate, question).map_err(|error| CmpError::Signer(Box::new(error)))?;
                    return Ok(certificate.clone());
                }
                Err(why) if error == CmpError::NoSigner => error = CmpError::Signature(why),
                Err(_) => {}
            }
        }
        Err(error)
    }
}
