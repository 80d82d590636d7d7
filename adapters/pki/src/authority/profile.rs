//! What the national centre's certificates have in common, as read from them: identifiers, policies, addresses.

use der::asn1::{Ia5String, OctetString};
use kaztoken_core::gost::encoding::algorithm::KeyFamily;
use x509_cert::ext::pkix::certpolicy::PolicyInformation;
use x509_cert::ext::pkix::crl::CrlDistributionPoints;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{
    AccessDescription, AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, CertificatePolicies,
    SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, Extensions};

use crate::algorithm::DigestAlgorithm;
use crate::request::extension;
use crate::{EncodingFault, ObjectIdentifier, PublicKey, oid};

const AD_OCSP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1");

/// Which keys an authority certifies: those of its own kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Profile {
    /// GOST 34.310-2004.
    Kazakh2004,
    /// ST RK GOST R 34.10-2015.
    Kazakh2015,
    /// Gamma's keys, of KISC.
    Gamma,
    /// Russian keys, for judges that know no others.
    Russian,
    /// RSA.
    Rsa,
}

impl Profile {
    /// That of a key.
    #[must_use]
    pub const fn of(key: &PublicKey) -> Self {
        match key {
            PublicKey::Rsa(_) => Self::Rsa,
            PublicKey::Gost(info) => match info.algorithm().family() {
                KeyFamily::Kazakh2004 => Self::Kazakh2004,
                KeyFamily::Kazakh2015 => Self::Kazakh2015,
                KeyFamily::Gamma | KeyFamily::GammaExchange => Self::Gamma,
                _ => Self::Russian,
            },
        }
    }

    /// subjectKeyIdentifier: SHA-1 of the key's bits; of users with GOST 2004 and RSA, of the whole SubjectPublicKeyInfo.
    pub(super) fn subject_key_id(self, key: &PublicKey, authority: bool) -> Result<Extension, EncodingFault> {
        let whole = matches!(self, Self::Kazakh2004 | Self::Rsa) && !authority;
        let octets = if whole { key.to_spki() } else { key.key_bits() };
        let id = OctetString::new(DigestAlgorithm::Sha1.digest(&octets))?;
        extension(oid::SUBJECT_KEY_ID, false, &SubjectKeyIdentifier(id))
    }
}

/// The serial number of a certificate for this key, as the national centre makes it for GOST 2015: the key's SHA-1 without
/// the top bit, and with 0x10 where the first digit would be 0.
#[must_use]
pub fn serial_number(key: &PublicKey) -> Vec<u8> {
    let mut serial = DigestAlgorithm::Sha1.digest(&key.key_bits());
    if let Some(first) = serial.first_mut() {
        *first &= 0x7F;
        if *first < 0x10 {
            *first |= 0x10;
        }
    }
    serial
}

pub(super) fn policies(all: &[ObjectIdentifier]) -> Result<Extension, EncodingFault> {
    let policy =
        |oid: &ObjectIdentifier| PolicyInformation { policy_identifier: *oid, policy_qualifiers: None };
    extension(oid::CERTIFICATE_POLICIES, false, &CertificatePolicies(all.iter().map(policy).collect()))
}

pub(super) fn authority_key_id(id: &[u8]) -> Result<Extension, EncodingFault> {
    let key_identifier = Some(OctetString::new(id)?);
    let id = AuthorityKeyIdentifier { key_identifier, ..AuthorityKeyIdentifier::default() };
    extension(oid::AUTHORITY_KEY_ID, false, &id)
}

/// Where revocation is told. The host is one that cannot exist (RFC 6761 section 6.4).
pub(super) fn addresses() -> Result<Extensions, EncodingFault> {
    let at = |text: &str| Ia5String::new(text).map(GeneralName::UniformResourceIdentifier);
    let list = DistributionPoint {
        distribution_point: Some(DistributionPointName::FullName(vec![at("http://ca.invalid/crl")?])),
        reasons: None,
        crl_issuer: None,
    };
    let access = AccessDescription { access_method: AD_OCSP, access_location: at("http://ca.invalid/ocsp")? };
    Ok(vec![
        extension(oid::CRL_DISTRIBUTION_POINTS, false, &CrlDistributionPoints(vec![list]))?,
        extension(oid::AUTHORITY_INFO_ACCESS, false, &AuthorityInfoAccessSyntax(vec![access]))?,
    ])
}
