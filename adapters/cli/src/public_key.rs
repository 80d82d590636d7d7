//! Public keys: from the token, from files, to files; and checking signatures with them.
//!
//! They are written as X.509 SubjectPublicKeyInfo: RSA as RFC 3279, GOST as RFC 4491 (GOST R 34.10-2001) or RFC 9215
//! (GOST R 34.10-2012). Kazakhstan's identifiers are read too.

use crate::args::{Form, Hash};
use crate::der::{self, BIT_STRING, INTEGER, OID, SEQUENCE, integer, object, unsigned};
use crate::exit::{Code, Problem, Result};
use kaztoken_core::apdu::tlv::Tlvs;
use kaztoken_core::gost::signature::{Kazakh, Russian, Standard, TokenWire};
use kaztoken_core::gost::{self, Digest, HashAlgorithm, ParameterSet, Signature};
use kaztoken_core::token::{Algorithm, CryptoProSet};
use rsa::{BoxedUint, Pkcs1v15Sign, RsaPublicKey};
use sha1::Digest as _;
use std::path::Path;

/// A public key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum PublicKey {
    Gost(gost::PublicKey),
    Rsa {
        /// Most significant byte first, without leading zeros.
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
}

/// Which standard's name a 256-bit GOST key gets: the numbers are the same.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Year {
    Y2001,
    Y2012,
}

/// Algorithm identifiers, contents octets.
mod oid {
    pub(super) const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
    pub(super) const GOST_2001: &[u8] = &[0x2A, 0x85, 0x03, 0x02, 0x02, 0x13];
    pub(super) const GOST_2012_256: &[u8] = &[0x2A, 0x85, 0x03, 0x07, 0x01, 0x01, 0x01, 0x01];
    pub(super) const GOST_2012_512: &[u8] = &[0x2A, 0x85, 0x03, 0x07, 0x01, 0x01, 0x01, 0x02];
    pub(super) const KAZAKH_256: &[u8] = &[0x2A, 0x83, 0x0E, 0x03, 0x0A, 0x01, 0x01, 0x01, 0x01];
    pub(super) const KAZAKH_512: &[u8] = &[0x2A, 0x83, 0x0E, 0x03, 0x0A, 0x01, 0x01, 0x02, 0x02];
    pub(super) const HASH_94: &[u8] = &[0x2A, 0x85, 0x03, 0x02, 0x02, 0x1E, 0x01];
    pub(super) const STREEBOG_256: &[u8] = &[0x2A, 0x85, 0x03, 0x07, 0x01, 0x01, 0x02, 0x02];
}

const fn parameter_set(algorithm: Algorithm) -> Option<ParameterSet> {
    match algorithm {
        Algorithm::Gost256(CryptoProSet::A) => Some(ParameterSet::CryptoProA),
        Algorithm::Gost256(CryptoProSet::B) => Some(ParameterSet::CryptoProB),
        Algorithm::Gost256(CryptoProSet::C) => Some(ParameterSet::CryptoProC),
        Algorithm::Gost512 => Some(ParameterSet::Tc26_512A),
        Algorithm::Rsa { .. } => None,
    }
}

impl PublicKey {
    /// From the token's answer to GENERATE KEY PAIR. The exponent is 65537 on all tokens of the family.
    pub(crate) fn from_token(algorithm: Algorithm, bytes: &[u8]) -> Result<Self> {
        match parameter_set(algorithm) {
            Some(set) => Ok(Self::Gost(gost::PublicKey::from_raw(set, bytes)?)),
            None => Ok(Self::Rsa { modulus: unsigned(bytes).to_vec(), exponent: vec![1, 0, 1] }),
        }
    }

    /// From a public key file of OpenSC's layout.
    pub(crate) fn from_opensc(algorithm: Algorithm, bytes: &[u8]) -> Option<Self> {
        match parameter_set(algorithm) {
            Some(set) => gost::PublicKey::from_octet_string(set, bytes).ok().map(Self::Gost),
            None => Self::from_rsa_public_key(bytes),
        }
    }

    /// As a public key file of OpenSC's layout.
    pub(crate) fn to_opensc(&self) -> Vec<u8> {
        match self {
            Self::Gost(key) => key.to_octet_string().to_vec(),
            Self::Rsa { modulus, exponent } => object(SEQUENCE, &[&integer(modulus), &integer(exponent)]),
        }
    }

    fn from_rsa_public_key(bytes: &[u8]) -> Option<Self> {
        let mut parts = Tlvs::new(der::only(bytes, SEQUENCE)?);
        let modulus = unsigned(der::next(&mut parts, INTEGER)?).to_vec();
        let exponent = unsigned(der::next(&mut parts, INTEGER)?).to_vec();
        Some(Self::Rsa { modulus, exponent })
    }

    /// The identifier that OpenSC would choose: the SHA-1 of the modulus or of the encoded point.
    pub(crate) fn id(&self) -> [u8; 20] {
        match self {
            Self::Gost(key) => sha1::Sha1::digest(key.to_octet_string().as_slice()).into(),
            Self::Rsa { modulus, .. } => sha1::Sha1::digest(modulus).into(),
        }
    }

    /// What is in a SubjectPublicKeyInfo; `None` when it is none or of an unknown kind.
    pub(crate) fn from_spki(der: &[u8]) -> Option<Self> {
        let mut parts = Tlvs::new(der::only(der, SEQUENCE)?);
        let mut algorithm = Tlvs::new(der::next(&mut parts, SEQUENCE)?);
        let (unused, bits) = der::next(&mut parts, BIT_STRING)?.split_first()?;
        if *unused != 0 {
            return None;
        }
        match der::next(&mut algorithm, OID)? {
            oid::RSA => Self::from_rsa_public_key(bits),
            oid::GOST_2001 | oid::GOST_2012_256 | oid::GOST_2012_512 | oid::KAZAKH_256 | oid::KAZAKH_512 => {
                let mut parameters = Tlvs::new(der::next(&mut algorithm, SEQUENCE)?);
                let set = ParameterSet::from_oid(der::next(&mut parameters, OID)?)?;
                gost::PublicKey::from_octet_string(set, bits).ok().map(Self::Gost)
            }
            _ => None,
        }
    }

    /// As SubjectPublicKeyInfo.
    pub(crate) fn to_spki(&self, year: Year) -> Vec<u8> {
        let identifier =
            |oid: &[u8], parameters: &[u8]| object(SEQUENCE, &[&object(OID, &[oid]), parameters]);
        let (algorithm, bits) = match self {
            Self::Rsa { .. } => (identifier(oid::RSA, &[0x05, 0x00]), self.to_opensc()),
            Self::Gost(key) => {
                let set = object(OID, &[key.parameter_set().oid().der_body()]);
                let (name, hash) = match (key.parameter_set().scalar_len(), year) {
                    (64, _) => (oid::GOST_2012_512, Vec::new()),
                    (_, Year::Y2001) => (oid::GOST_2001, object(OID, &[oid::HASH_94])),
                    (_, Year::Y2012) => (oid::GOST_2012_256, object(OID, &[oid::STREEBOG_256])),
                };
                (identifier(name, &object(SEQUENCE, &[&set, &hash])), self.to_opensc())
            }
        };
        object(SEQUENCE, &[&algorithm, &object(BIT_STRING, &[&[0], &bits])])
    }

    /// From a file: SubjectPublicKeyInfo or certificate, DER or PEM.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let der = der::read_der(path)?;
        let spki = crate::certificate::public_key_info(&der).unwrap_or(&der);
        Self::from_spki(spki).ok_or_else(|| {
            let message =
                "no public key and no certificate with a GOST or RSA key; give such a file, PEM or DER";
            Problem::new(Code::Data, format!("{}: {message}", path.display()))
        })
    }

    /// The hash function for this key unless another is asked for.
    pub(crate) const fn usual_hash(&self) -> Hash {
        match self {
            Self::Gost(key) => match key.parameter_set().scalar_len() {
                64 => Hash::Streebog512,
                _ => Hash::Streebog256,
            },
            Self::Rsa { .. } => Hash::Sha256,
        }
    }

    /// Checks a signature of a digest. The signature of a GOST key is in the form given.
    pub(crate) fn check(&self, digest: &[u8], signature: &[u8], form: Form) -> Result<()> {
        let wrong = |why: &str| Problem::new(Code::Data, why.to_owned());
        match self {
            Self::Gost(key) => {
                let signature = from_form(signature, form).map_err(|_| {
                    wrong("the signature has a wrong length for a GOST key; is it the right file?")
                })?;
                let digest = Digest::from_slice(digest)?;
                gost::verify(key, &digest, &signature).map_err(|error| {
                    wrong(&format!("the signature is not good: {error}; check file, key, --hash and --form"))
                })
            }
            Self::Rsa { modulus, exponent } => {
                let number = |bytes: &[u8]| BoxedUint::from_be_slice_vartime(bytes);
                let key = RsaPublicKey::new(number(modulus), number(exponent))
                    .map_err(|error| wrong(&format!("the RSA key is not sound: {error}")))?;
                key.verify(Pkcs1v15Sign::new::<sha2::Sha256>(), digest, signature)
                    .map_err(|_| wrong("the signature is not good; check file, key and --hash"))
            }
        }
    }

    /// What it is, for people.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Gost(key) => {
                format!("GOST R 34.10, {} bit, {}", key.parameter_set().scalar_len() * 8, key.parameter_set())
            }
            Self::Rsa { modulus, .. } => format!("RSA {} bit", modulus.len() * 8),
        }
    }
}

/// The GOST hash function of this name; `None` for SHA-256.
pub(crate) const fn gost_hash(hash: Hash) -> Option<HashAlgorithm> {
    match hash {
        Hash::Streebog256 => Some(HashAlgorithm::Streebog256),
        Hash::Streebog512 => Some(HashAlgorithm::Streebog512),
        Hash::Gost94 => Some(HashAlgorithm::Gost94Test),
        Hash::Gost94CryptoPro => Some(HashAlgorithm::Gost94CryptoPro),
        Hash::Sha256 => None,
    }
}

/// A GOST signature from one of its forms.
fn from_form(bytes: &[u8], form: Form) -> Result<Signature, gost::DecodeError> {
    Ok(match form {
        Form::Kazakh => Kazakh::from_slice(bytes)?.into(),
        Form::Russian => Russian::from_slice(bytes)?.into(),
        Form::Standard => Standard::from_slice(bytes)?.into(),
        Form::Token => TokenWire::from_slice(bytes)?.into(),
    })
}

/// The token's answer in another form.
pub(crate) fn to_form(bytes: &[u8], form: Form) -> Result<Vec<u8>> {
    let signature: Signature = TokenWire::from_slice(bytes)?.into();
    Ok(match form {
        Form::Kazakh => Kazakh::from(signature).as_slice().to_vec(),
        Form::Russian => Russian::from(signature).as_slice().to_vec(),
        Form::Standard => Standard::from(signature).as_slice().to_vec(),
        Form::Token => bytes.to_vec(),
    })
}

#[cfg(test)]
mod tests;
