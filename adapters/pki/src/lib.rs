//! Kazakhstan's public key infrastructure in files and messages, for the KAZTOKEN crypto token and beside it.
//!
//! Everything is taken as octets and given back as octets; nothing here opens a file, a socket or a token. What is signed
//! is signed in two phases: a builder gives the digest to be signed, the signature may take its time, and the builder puts
//! both together. So a token, a software key and a person with a slow reader are one case.
//!
//! * [`algorithm`]: digests, signatures, public keys, by the names of Kazakhstan, of Gamma (TumarCSP), of Russia and RSA;
//! * [`PrivateKey`]: software keys in all their forms;
//! * [`Certificate`]: X.509 with Kazakhstan's names;
//! * [`ber`]: what is not DER made DER.
//!
//! What of it was never judged by the services themselves is said where it is.

#![forbid(unsafe_code)]

pub mod algorithm;
pub mod authority;
pub mod ber;
mod certificate;
pub mod chain;
pub mod cmp;
pub mod cms;
pub mod crl;
pub mod dsn;
pub mod enrolment;
pub mod key_store;
pub mod name;
pub mod ocsp;
pub mod oid;
mod private_key;
mod public_key;
pub mod request;
pub mod signed;
pub mod text;
pub mod xml;

pub use certificate::{Certificate, CertificateError};
pub use private_key::{PrivateKey, PrivateKeyError};
pub use public_key::{KeyError, PublicKey, RsaPublicKey};

/// A moment, to the second, UTC.
pub use der::DateTime;
/// What is wrong with an encoding, in the words of the library that reads it.
pub use der::Error as EncodingFault;
pub use der::asn1::ObjectIdentifier;
/// What is wrong with an object identifier's text.
pub use der::oid::Error as OidFault;
pub use der::{Decode, Encode};
pub use x509_cert::ext::Extensions;
pub use x509_cert::name::Name;
