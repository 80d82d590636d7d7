//! What is needed of an X.509 certificate: its key, its name, its end.

use crate::der::{self, SEQUENCE};
use crate::output::printable;
use crate::public_key::PublicKey;
use kaztoken_core::apdu::tlv::Tlvs;

/// id-at-commonName.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];

/// What a certificate says, as far as a person wants to see it in a list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Summary {
    pub(crate) subject: Option<String>,
    pub(crate) issuer: Option<String>,
    /// `YYYY-MM-DD`.
    pub(crate) not_before: Option<String>,
    /// `YYYY-MM-DD`.
    pub(crate) not_after: Option<String>,
    pub(crate) key: Option<PublicKey>,
}

/// TBSCertificate after serial number and signature algorithm.
struct Fields<'a> {
    issuer: &'a [u8],
    validity: &'a [u8],
    subject: &'a [u8],
    /// With its tag and length.
    key_info: &'a [u8],
}

fn fields(der: &[u8]) -> Option<Fields<'_>> {
    let certificate = der::only(der, SEQUENCE)?;
    let tbs = der::next(&mut Tlvs::new(certificate), SEQUENCE)?;
    let mut parts = Tlvs::new(tbs);
    // The version, context tag 0, may be missing.
    if tbs.first() == Some(&0xA0) {
        der::next(&mut parts, 0xA0)?;
    }
    der::next(&mut parts, der::INTEGER)?;
    der::next(&mut parts, SEQUENCE)?;
    let issuer = der::next(&mut parts, SEQUENCE)?;
    let validity = der::next(&mut parts, SEQUENCE)?;
    let subject = der::next(&mut parts, SEQUENCE)?;
    let before = parts.rest();
    der::next(&mut parts, SEQUENCE)?;
    let key_info = before.get(..before.len().checked_sub(parts.rest().len())?)?;
    Some(Fields { issuer, validity, subject, key_info })
}

/// The SubjectPublicKeyInfo of a certificate; `None` when it is no certificate.
pub(crate) fn public_key_info(der: &[u8]) -> Option<&[u8]> {
    fields(der).map(|fields| fields.key_info)
}

/// Reads a certificate; `None` when it is none.
pub(crate) fn summary(der: &[u8]) -> Option<Summary> {
    let fields = fields(der)?;
    let mut times = Tlvs::new(fields.validity).map_while(Result::ok);
    let mut day = || times.next().and_then(|time| date(time.tag, time.value));
    Some(Summary {
        subject: common_name(fields.subject),
        issuer: common_name(fields.issuer),
        not_before: day(),
        not_after: day(),
        key: PublicKey::from_spki(fields.key_info),
    })
}

fn common_name(name: &[u8]) -> Option<String> {
    let sets = Tlvs::new(name).map_while(Result::ok);
    let mut attributes = sets.flat_map(|set| Tlvs::new(set.value).map_while(Result::ok));
    attributes.find_map(|attribute| {
        let mut parts = Tlvs::new(attribute.value).map_while(Result::ok);
        let value = (parts.next()?.value == COMMON_NAME).then(|| parts.next())??;
        let text = match value.tag {
            // BMPString
            0x1E => {
                let units = value.value.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair));
                String::from_utf16_lossy(&units.collect::<Vec<_>>())
            }
            _ => String::from_utf8_lossy(value.value).into_owned(),
        };
        Some(printable(&text))
    })
}

/// UTCTime or GeneralizedTime as `YYYY-MM-DD`.
fn date(tag: u16, value: &[u8]) -> Option<String> {
    let text = core::str::from_utf8(value).ok().filter(|text| text.is_ascii())?;
    let (century, rest) = match tag {
        0x17 if text.get(..2)? < "50" => ("20", text),
        0x17 => ("19", text),
        _ => (text.get(..2)?, text.get(2..)?),
    };
    Some(format!("{century}{}-{}-{}", rest.get(..2)?, rest.get(2..4)?, rest.get(4..6)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::{OID, object};
    use crate::public_key::Year;
    use kaztoken_core::token::Algorithm;

    fn certificate(version: &[u8]) -> Vec<u8> {
        let rsa = PublicKey::from_token(Algorithm::Rsa { bits: 512 }, &[0x81; 64]).unwrap();
        let name = |tag: u16, text: &[u8]| {
            let attribute = object(SEQUENCE, &[&object(OID, &[COMMON_NAME]), &object(tag, &[text])]);
            object(SEQUENCE, &[&object(0x31, &[&attribute])])
        };
        let validity = [object(0x17, &[b"240102030405Z"]), object(0x18, &[b"20510203040506Z"])].concat();
        let tbs = [
            version.to_vec(),
            vec![2, 1, 5],
            object(SEQUENCE, &[]),
            name(0x0C, "ҰКО".as_bytes()),
            object(SEQUENCE, &[&validity]),
            name(0x1E, &[0x04, 0x10, 0, b'1']),
            rsa.to_spki(Year::Y2012),
        ]
        .concat();
        object(SEQUENCE, &[&object(SEQUENCE, &[&tbs])])
    }

    #[test]
    fn names_end_and_key() {
        for version in [&[][..], &[0xA0, 3, 2, 1, 2]] {
            let summary = summary(&certificate(version)).unwrap();
            assert_eq!(summary.subject.as_deref(), Some("А1"));
            assert_eq!(summary.issuer.as_deref(), Some("ҰКО"));
            assert_eq!(summary.not_after.as_deref(), Some("2051-02-03"));
            assert!(summary.key.is_some());
        }
    }

    #[test]
    fn cut_anywhere_it_is_no_certificate() {
        let der = certificate(&[]);
        assert!((0..der.len()).all(|len| summary(&der[..len]).is_none()));
    }
}
