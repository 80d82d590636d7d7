//! What X.509 signs, in two phases: first the digest, later, when the signature is there, the whole.

use der::asn1::BitString;
use der::{Any, Decode, Sequence};
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::algorithm::{SignatureAlgorithm, encoded};
use crate::{KeyError, PrivateKey, PublicKey};

/// A certificate, a request, a revocation list or an OCSP response whose signature is still missing. The token may take its
/// time.
#[derive(Clone, Debug)]
pub struct ToBeSigned {
    tbs: Vec<u8>,
    key: PublicKey,
    algorithm: SignatureAlgorithm,
    digest: Vec<u8>,
}

#[derive(Sequence)]
struct Whole {
    tbs: Any,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    certificates: Option<Vec<Any>>,
}

impl ToBeSigned {
    /// DER of what is signed, to be signed by this key.
    /// # Errors
    /// [`KeyError::OtherKey`]: the key is not for signatures.
    pub fn new(tbs: Vec<u8>, key: &PublicKey) -> Result<Self, KeyError> {
        let algorithm = SignatureAlgorithm::of_key(key).ok_or(KeyError::OtherKey)?;
        let digest = algorithm.digest_for(key).digest(&tbs);
        Ok(Self { tbs, key: key.clone(), algorithm, digest })
    }

    /// What the key signs.
    #[must_use]
    pub fn digest(&self) -> &[u8] {
        &self.digest
    }

    /// How.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// Whose signature it is.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// With the signature, in the form that its algorithm has in certificates.
    /// # Errors
    /// [`KeyError::Signature`]: it is not that of this key over this digest. Nothing that does not verify leaves.
    pub fn finish(self, signature: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.finish_with(signature, None)
    }

    /// The same with certificates behind, as OCSP responses have them.
    pub(crate) fn finish_with(
        self,
        signature: &[u8],
        certificates: Option<Vec<Any>>,
    ) -> Result<Vec<u8>, KeyError> {
        self.key.verify_digest(self.algorithm, &self.digest, signature)?;
        Ok(encoded(&Whole {
            tbs: Any::from_der(&self.tbs).map_err(|_| KeyError::Malformed)?,
            algorithm: self.algorithm.identifier(),
            signature: BitString::from_bytes(signature).map_err(|_| KeyError::Malformed)?,
            certificates,
        }))
    }

    /// With the signature of a software key.
    /// # Errors
    /// [`KeyError::OtherKey`]: it is not the key that was named.
    pub fn sign(self, key: &PrivateKey) -> Result<Vec<u8>, KeyError> {
        let signature = self.signature(key)?;
        self.finish(&signature)
    }

    pub(crate) fn signature(&self, key: &PrivateKey) -> Result<Vec<u8>, KeyError> {
        key.sign_digest(self.algorithm, &self.digest).map_err(|_| KeyError::OtherKey)
    }
}
