//! Keys and signatures as octets: what tokens, certificates, key stores and PKCS#11 make of them.
//!
//! * [`public_key`]: a point as raw octets, as the OCTET STRING of certificates, as Gamma's blob, as SEC 1;
//! * [`private_key`]: d as raw octets and as the five contents that PKCS#8 has for it;
//! * [`algorithm`]: the algorithm identifiers of keys, hash functions and signatures, in one table each;
//! * [`SubjectPublicKeyInfo`] and [`PrivateKeyInfo`]: both of the above put together;
//! * [`Signed`] and [`Certificate`]: enough of X.509 to check who signed what.
//!
//! The order of the two numbers of a signature is in [`signature`](super::signature).
//!
//! # DER
//! Only DER is read (X.690 section 10): definite lengths in the shortest form, one-octet tags. The reader is
//! of this module's own making rather than the `der`, `spki` and `pkcs8` crates: these do work without a
//! heap, but none of the key forms here is theirs (a point in an OCTET STRING, Gamma's blob, five kinds of
//! private key), their errors name no field, and what remains to be gained is a hundred lines.
//!
//! On a Cortex-M4 (size-optimised) checking certificates from their octets takes 9 KB of flash beside the
//! arithmetic, reading and writing of PKCS#8 12 KB, both together 16 KB.
//!
//! Every decoder takes any octets: it ends, does not panic, and says in an [`EncodingError`] which field is
//! wrong, at which octet and why. What an encoder writes, the decoder reads back as the same value.
//!
//! ```
//! use kaztoken_core::gost::encoding::algorithm::KeyAlgorithm;
//! use kaztoken_core::gost::encoding::{PrivateKeyInfo, SubjectPublicKeyInfo, private_key::Form};
//! use kaztoken_core::gost::{ParameterSet, SigningKey};
//!
//! # fn main() -> Result<(), Box<dyn core::error::Error>> {
//! let key = SigningKey::from_le_bytes(ParameterSet::Tc26_512A, &[7; 64])?;
//! let algorithm = KeyAlgorithm::kazakh(ParameterSet::Tc26_512A)?;
//!
//! let public = SubjectPublicKeyInfo::new(algorithm, key.public_key())?.to_der();
//! assert_eq!(SubjectPublicKeyInfo::from_der(&public)?.public_key(), &key.public_key());
//!
//! let private = PrivateKeyInfo::new(algorithm, key, Form::Kazakh2015)?.to_der();
//! assert_eq!(PrivateKeyInfo::from_der(&private)?.algorithm(), algorithm);
//! # Ok(())
//! # }
//! ```

//!
//! # Signing as Kazakhstan's software does
//! A message, and the signature as it stands in certificates and CMS of the national centre:
//!
//! ```
//! use kaztoken_core::gost::encoding::SubjectPublicKeyInfo;
//! use kaztoken_core::gost::encoding::algorithm::{KeyAlgorithm, SignatureAlgorithm};
//! use kaztoken_core::gost::{ParameterSet, SigningKey, signature::Kazakh};
//!
//! # fn main() -> Result<(), Box<dyn core::error::Error>> {
//! let set = ParameterSet::Tc26_512A;
//! let key = SigningKey::from_le_bytes(set, &[7; 64])?;
//! let algorithm = SignatureAlgorithm::Kazakh2015_512;
//! let message = b"a DER SET of attributes, say";
//! let signature = Kazakh::from(key.sign_deterministic(&algorithm.hash().digest(message))?);
//! // The two that CMS holds: AlgorithmIdentifier, and r and s, little-endian.
//! let (identifier, octets) = (algorithm.to_der(), signature.as_slice());
//!
//! let info = SubjectPublicKeyInfo::new(KeyAlgorithm::kazakh(set)?, key.public_key())?;
//! info.verify(SignatureAlgorithm::from_der(&identifier)?, message, octets)?;
//! # Ok(())
//! # }
//! ```

pub mod algorithm;
mod certificate;
mod der;
mod error;
mod pkcs8;
pub mod private_key;
pub mod public_key;
mod signed;
mod spki;

pub use self::certificate::Certificate;
pub use self::error::{EncodingError, Field, Problem};
pub use self::pkcs8::{PrivateKeyDer, PrivateKeyInfo};
pub use self::signed::{Signed, SignedError};
pub use self::spki::SubjectPublicKeyInfo;
