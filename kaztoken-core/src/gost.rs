//! GOST R 34.10-2001 and 2012 signatures in software, their hash functions and their byte orders.
//!
//! The token signs by itself; this is what stands beside it: checking what it signed, taking apart and
//! putting together keys and signatures for certificates, PKCS#11 and the token's wire, and the
//! arithmetic of the virtual token. No heap, no `std`.
//!
//! Kazakhstan uses the same algorithms under its own names: GOST 34.310-2004 is GOST R 34.10-2001,
//! ST RK GOST R 34.10-2015 is GOST R 34.10-2012. The byte order of signatures differs; see
//! [`signature`].
//!
//! ```
//! use kaztoken_core::gost::{signature::TokenWire, verify, Digest, ParameterSet, PublicKey};
//!
//! # fn check(wire_key: &[u8], hash: [u8; 32], answer: &[u8]) -> Result<(), Box<dyn core::error::Error>> {
//! let key = PublicKey::from_raw(ParameterSet::CryptoProA, wire_key)?;
//! let signature = TokenWire::from_slice(answer)?;
//! verify(&key, &Digest::from(hash), &signature.into())?;
//! # Ok(())
//! # }
//! ```
//!
//! Beside signatures: [`kdf`] (HMAC, KDF, KDF_TREE, PBKDF2), [`key_agreement`] (VKO) and, with the feature
//! `ciphers`, `cipher` (GOST 28147-89, Magma, Kuznyechik, key wraps).
//!
//! [`Streebog256`](hash::Streebog256), [`Streebog512`](hash::Streebog512) and the hashes of 1994 are table
//! based, so their running time may depend on the message; for secret ones there are
//! [`ConstantTimeStreebog256`](hash::ConstantTimeStreebog256) and its sister, which everything here that
//! hashes a secret uses.

mod arith;
mod batch;
#[cfg(feature = "ciphers")]
pub mod cipher;
mod curve;
mod digest;
#[cfg(feature = "elliptic-curve")]
pub mod elliptic_curve;
pub mod encoding;
mod error;
pub mod hash;
pub mod hazmat;
pub mod kdf;
pub mod key_agreement;
mod nonce;
mod octets;
mod oid;
mod parameter_set;
mod public_key;
pub mod recovery;
mod scheme;
mod secret_hash;
pub mod signature;
mod signing_key;
pub mod single;
mod verification;

pub use self::batch::{BatchItem, verify_batch};
pub use self::digest::Digest;
pub use self::error::{DecodeError, SignError, VerifyError};
pub use self::hash::{HashAlgorithm, Hasher};
pub use self::octets::Octets;
pub use self::oid::Oid;
pub use self::parameter_set::{ParameterSet, UnknownParameterSet};
pub use self::public_key::PublicKey;
pub use self::signature::Signature;
pub use self::signing_key::SigningKey;
pub use self::verification::verify;
