//! Public keys: from the token, from files, to files; and checking signatures with them.
//!
//! They are written as X.509 SubjectPublicKeyInfo: RSA as RFC 3279, GOST as RFC 4491 (GOST R 34.10-2001) or
//! RFC 9215 (GOST R 34.10-2012). Kazakhstan's identifiers are read too.

use crate::args::{Form, Hash};
use crate::der::{self, BIT_STRING, INTEGER, OID, SEQUENCE, integer, object, unsigned};
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::said::Said as _;
use kaztoken_core::apdu::tlv::Tlvs;
use kaztoken_core::gost::encoding::SubjectPublicKeyInfo;
use kaztoken_core::gost::encoding::algorithm::KeyAlgorithm;
use kaztoken_core::gost::signature::Layout;
use kaztoken_core::gost::{self, Digest, HashAlgorithm, ParameterSet};
use kaztoken_core::token::{Algorithm, CryptoProSet};
use rsa::{BoxedUint, Pkcs1v15Sign, PublicKey as RsaPublicKey};
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

/// rsaEncryption (RFC 3279 section 2.3.1), contents octets.
const RSA_ENCRYPTION: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];

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
        if let Ok(info) = SubjectPublicKeyInfo::from_der(der) {
            return Some(Self::Gost(*info.public_key()));
        }
        let mut parts = Tlvs::new(der::only(der, SEQUENCE)?);
        let mut algorithm = Tlvs::new(der::next(&mut parts, SEQUENCE)?);
        let (unused, bits) = der::next(&mut parts, BIT_STRING)?.split_first()?;
        let rsa = der::next(&mut algorithm, OID)? == RSA_ENCRYPTION;
        if rsa && *unused == 0 { Self::from_rsa_public_key(bits) } else { None }
    }

    /// As SubjectPublicKeyInfo.
    pub(crate) fn to_spki(&self, year: Year) -> Vec<u8> {
        match self {
            Self::Rsa { .. } => {
                let algorithm = object(SEQUENCE, &[&object(OID, &[RSA_ENCRYPTION]), &[0x05, 0x00]]);
                object(SEQUENCE, &[&algorithm, &object(BIT_STRING, &[&[0], &self.to_opensc()])])
            }
            Self::Gost(key) => {
                let set = key.parameter_set();
                let of_2012 = KeyAlgorithm::russian_2012(set);
                let algorithm = match year {
                    // 512 bits came with the standard of 2012.
                    Year::Y2001 => KeyAlgorithm::russian_2001(set).unwrap_or(of_2012),
                    Year::Y2012 => of_2012,
                };
                // It cannot be of another curve: it was made for this one.
                let info = SubjectPublicKeyInfo::new(algorithm, *key);
                info.map(|info| info.to_der().to_vec()).unwrap_or_default()
            }
        }
    }

    /// From a file: SubjectPublicKeyInfo or certificate, DER or PEM.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let der = der::read_der(path)?;
        let spki = crate::certificate::public_key_info(&der).unwrap_or(&der);
        Self::from_spki(spki).ok_or_else(|| {
            Problem::new(Code::Data, say!("public-key-none", path = path.display().to_string()))
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
        let wrong = |why: String| Problem::new(Code::Data, why);
        match self {
            Self::Gost(key) => {
                let signature =
                    layout(form).decode(signature).map_err(|_| wrong(say!("signature-length")))?;
                let digest = Digest::from_slice(digest)?;
                gost::verify(key, &digest, &signature)
                    .map_err(|error| wrong(say!("signature-bad", text = error.said())))
            }
            Self::Rsa { modulus, exponent } => {
                let number = |bytes: &[u8]| BoxedUint::from_be_slice_vartime(bytes);
                let key = RsaPublicKey::new(number(modulus), number(exponent))
                    .map_err(|error| wrong(say!("rsa-unsound", text = error.to_string())))?;
                key.verify(Pkcs1v15Sign::new::<sha2::Sha256>(), digest, signature)
                    .map_err(|_| wrong(say!("signature-bad-rsa")))
            }
        }
    }

    /// What it is, for people.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Gost(key) => {
                let set = key.parameter_set();
                say!("key-kind-gost", count = set.scalar_len() * 8, name = set.to_string())
            }
            Self::Rsa { modulus, .. } => say!("key-kind-rsa", count = modulus.len() * 8),
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

const fn layout(form: Form) -> Layout {
    match form {
        Form::Kazakh => Layout::Kazakh,
        Form::Russian => Layout::Russian,
        Form::Standard => Layout::Standard,
        Form::Token => Layout::TokenWire,
    }
}

/// The token's answer in another form.
pub(crate) fn to_form(bytes: &[u8], form: Form) -> Result<Vec<u8>> {
    Ok(layout(form).encode(Layout::TokenWire.decode(bytes)?).to_vec())
}

#[cfg(test)]
mod tests;
