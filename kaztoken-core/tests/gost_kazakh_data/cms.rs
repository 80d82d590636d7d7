//! CMS SignedData (RFC 5652) and the time stamps in it (RFC 3161).

use kaztoken_core::gost::HashAlgorithm;
use kaztoken_core::gost::encoding::Certificate;
use kaztoken_core::gost::encoding::algorithm::SignatureAlgorithm;
use kaztoken_core::gost::recovery::{Diagnosis, diagnose};
use kaztoken_core::gost::signature::Layout;
use sha1::{Digest as _, Sha1};

use crate::der::{self, Element};
use crate::reading;

const MESSAGE_DIGEST: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04";
const TIME_STAMP: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0e";
const TST_INFO: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x04";

/// What was found good.
#[derive(Default, PartialEq, Eq, Debug)]
pub(crate) struct Outcome {
    pub(crate) signers: usize,
    pub(crate) stamps: usize,
    pub(crate) digests: usize,
    pub(crate) rsa: usize,
}

impl Outcome {
    pub(crate) fn add(&mut self, other: &Self) {
        self.signers += other.signers;
        self.stamps += other.stamps;
        self.digests += other.digests;
        self.rsa += other.rsa;
    }
}

pub(crate) struct Cms<'a> {
    content_type: &'a [u8],
    content: Option<&'a [u8]>,
    certificates: Vec<Element<'a>>,
    signers: Vec<Element<'a>>,
}

impl<'a> Cms<'a> {
    pub(crate) fn parse(octets: &'a [u8]) -> Self {
        let signed_data = der::children(octets)[1].child(0).children();
        // version, digestAlgorithms, encapContentInfo, [0] certificates, [1] crls, signerInfos
        let encapsulated = signed_data[2].children();
        let certificates = signed_data.iter().find(|element| element.tag == 0xa0);
        Self {
            content_type: encapsulated[0].contents,
            content: encapsulated.get(1).map(|content| content.child(0).contents),
            certificates: certificates.map(Element::children).unwrap_or_default(),
            signers: signed_data.last().unwrap().children(),
        }
    }

    pub(crate) fn verify(&self, name: &str) -> Outcome {
        let mut outcome = Outcome::default();
        for signer in &self.signers {
            self.verify_signer(name, &signer.children(), &mut outcome);
        }
        outcome
    }

    fn verify_signer(&self, name: &str, signer: &[Element<'a>], outcome: &mut Outcome) {
        // version, sid, digestAlgorithm, [0] signedAttrs, signatureAlgorithm, signature, [1] unsignedAttrs
        let [_, id, digest_algorithm, attributes, algorithm, signature, unsigned @ ..] = signer else {
            panic!("{name}: a signer without attributes");
        };
        let Some(hash) = HashAlgorithm::from_oid(digest_algorithm.child(0).contents) else {
            outcome.rsa += 1;
            return;
        };
        let algorithm = SignatureAlgorithm::from_der(algorithm.whole).unwrap();
        let certificate = self.signer(&id.children());
        let key = certificate.public_key_info().unwrap();
        check_issuer(name, &certificate);
        assert_eq!(algorithm.hash_for(&key.algorithm()), hash, "{name}");
        // The signature is over a SET, not over the implicit tag.
        let mut message = attributes.whole.to_vec();
        message[0] = 0x31;
        let layout = key.verify(algorithm, &message, signature.contents);
        assert_eq!(layout, Ok(Layout::Kazakh), "{name}");
        if let Some(content) = self.content {
            let digest = attribute(&attributes.children(), MESSAGE_DIGEST).unwrap();
            assert_eq!(digest.contents, hash.digest(content).as_slice(), "{name}");
            outcome.digests += 1;
        }
        if self.content_type == TST_INFO {
            outcome.stamps += 1
        } else {
            outcome.signers += 1
        }
        let unsigned = unsigned.first().map(Element::children).unwrap_or_default();
        if let Some(token) = attribute(&unsigned, TIME_STAMP) {
            let stamp = Self::parse(token.whole);
            // TSTInfo: version, policy, messageImprint { algorithm, digest }
            let imprint = der::children(stamp.content.unwrap())[2];
            let hash = HashAlgorithm::from_oid(imprint.child(0).child(0).contents).unwrap();
            assert_eq!(imprint.child(1).contents, hash.digest(signature.contents).as_slice(), "{name}");
            outcome.add(&stamp.verify(name));
        }
    }

    /// By issuer and serial number.
    fn signer(&self, id: &[Element<'a>]) -> Certificate<'a> {
        let mut all = self.certificates.iter().map(|element| Certificate::from_der(element.whole).unwrap());
        all.find(|certificate| certificate.issuer() == id[0].whole && certificate.serial() == id[1].contents)
            .unwrap()
    }
}

/// The issuer is often not at hand; its key is, from the signature, and has the identifier that is named.
fn check_issuer(name: &str, certificate: &Certificate<'_>) {
    let signed = certificate.signed();
    let algorithm = signed.algorithm().unwrap();
    let aki = certificate.authority_key_id().unwrap();
    let expected = reading(algorithm.key_family());
    // Old authorities' identifiers are made in other ways.
    if algorithm == SignatureAlgorithm::Kazakh2015_512 {
        let told = diagnose(expected, None, signed.signed(), signed.signature(), |key| {
            Sha1::digest(key.to_octet_string().as_slice()).as_slice() == aki
        });
        assert_eq!(told, Diagnosis::Good, "{name}");
    }
}

/// The one value of an attribute.
fn attribute<'a>(attributes: &[Element<'a>], oid: &[u8]) -> Option<Element<'a>> {
    let found = attributes.iter().find(|attribute| attribute.child(0).contents == oid)?;
    let values = found.child(1).children();
    assert_eq!(values.len(), 1);
    Some(values[0])
}
