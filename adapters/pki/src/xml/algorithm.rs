//! Digests and signatures by the names that XML signatures give them.

use kaztoken_core::gost::HashAlgorithm as Hash;
use kaztoken_core::gost::encoding::algorithm::SignatureAlgorithm as Gost;

use crate::PublicKey;
use crate::algorithm::{DigestAlgorithm, SignatureAlgorithm};

/// Name and meaning of each digest: the national centre's (its class DsigConstants; the 256-bit one by NCANode), those of
/// XML Encryption and RFC 9231.
const DIGESTS: &[(&str, DigestAlgorithm)] = &[
    ("http://www.w3.org/2001/04/xmldsig-more#gost34311", DigestAlgorithm::Gost(Hash::Gost94Test)),
    (
        "urn:ietf:params:xml:ns:pkigovkz:xmlsec:algorithms:gostr34112015-512",
        DigestAlgorithm::Gost(Hash::Streebog512),
    ),
    (
        "urn:ietf:params:xml:ns:pkigovkz:xmlsec:algorithms:gostr34112015-256",
        DigestAlgorithm::Gost(Hash::Streebog256),
    ),
    ("http://www.w3.org/2000/09/xmldsig#sha1", DigestAlgorithm::Sha1),
    ("http://www.w3.org/2001/04/xmlenc#sha256", DigestAlgorithm::Sha256),
    ("http://www.w3.org/2001/04/xmldsig-more#sha384", DigestAlgorithm::Sha384),
    ("http://www.w3.org/2001/04/xmlenc#sha512", DigestAlgorithm::Sha512),
];

/// Name and meaning of each signature, from the same sources.
const SIGNATURES: &[(&str, SignatureAlgorithm)] = &[
    (
        "http://www.w3.org/2001/04/xmldsig-more#gost34310-gost34311",
        SignatureAlgorithm::Gost(Gost::Kazakh2004),
    ),
    (
        "urn:ietf:params:xml:ns:pkigovkz:xmlsec:algorithms:gostr34102015-gostr34112015-512",
        SignatureAlgorithm::Gost(Gost::Kazakh2015_512),
    ),
    (
        "urn:ietf:params:xml:ns:pkigovkz:xmlsec:algorithms:gostr34102015-gostr34112015-256",
        SignatureAlgorithm::Gost(Gost::Kazakh2015_256),
    ),
    ("http://www.w3.org/2000/09/xmldsig#rsa-sha1", SignatureAlgorithm::Rsa(DigestAlgorithm::Sha1)),
    ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", SignatureAlgorithm::Rsa(DigestAlgorithm::Sha256)),
    ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", SignatureAlgorithm::Rsa(DigestAlgorithm::Sha384)),
    ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", SignatureAlgorithm::Rsa(DigestAlgorithm::Sha512)),
];

/// The digest of this name.
#[must_use]
pub fn digest_from_uri(uri: &str) -> Option<DigestAlgorithm> {
    DIGESTS.iter().find(|(name, _)| *name == uri).map(|(_, digest)| *digest)
}

/// The name of a digest; `None` for one that has none in Kazakhstan's signatures.
#[must_use]
pub fn digest_uri(digest: DigestAlgorithm) -> Option<&'static str> {
    DIGESTS.iter().find(|(_, known)| *known == digest).map(|(name, _)| *name)
}

/// The signature algorithm of this name.
#[must_use]
pub fn signature_from_uri(uri: &str) -> Option<SignatureAlgorithm> {
    SIGNATURES.iter().find(|(name, _)| *name == uri).map(|(_, algorithm)| *algorithm)
}

/// The name of a signature algorithm; `None` for one that has none in Kazakhstan's signatures. Services of the settlement
/// centre use the national centre's name for Gamma's keys.
#[must_use]
pub fn signature_uri(algorithm: SignatureAlgorithm) -> Option<&'static str> {
    let algorithm = match algorithm {
        SignatureAlgorithm::Gost(Gost::Gamma | Gost::GammaByKey) => {
            SignatureAlgorithm::Gost(Gost::Kazakh2004)
        }
        other => other,
    };
    SIGNATURES.iter().find(|(_, known)| *known == algorithm).map(|(name, _)| *name)
}

/// The algorithm of a name together with the key: one name serves Kazakhstan's keys and Gamma's.
pub(super) fn for_key(algorithm: SignatureAlgorithm, key: &PublicKey) -> SignatureAlgorithm {
    let gamma = SignatureAlgorithm::Gost(Gost::Gamma);
    if algorithm == SignatureAlgorithm::Gost(Gost::Kazakh2004)
        && SignatureAlgorithm::of_key(key) == Some(gamma)
    {
        return gamma;
    }
    algorithm
}
