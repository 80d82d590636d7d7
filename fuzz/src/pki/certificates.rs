//! Certificates, requests, revocation lists, OCSP responses, and chains made of them.

use super::fixture::{Fixture, question};
use kaztoken_pki::crl::Crl;
use kaztoken_pki::ocsp::{OcspResponse, Status};
use kaztoken_pki::request::Request;
use kaztoken_pki::{Certificate, ber, text};

/// The octets as each of them. What is read is the same read again; what our keys have signed is what they signed.
pub fn certificates(data: &[u8]) {
    if let Ok(der) = ber::to_der(data) {
        assert_eq!(ber::to_der(&der).as_deref(), Ok(der.as_slice()), "DER stays DER");
    }
    for block in text::blocks(data).unwrap_or_default() {
        assert_eq!(text::base64(&text::to_base64(&block)), Some(block).filter(|block| !block.is_empty()));
    }
    certificate(data);
    request(data);
    crl(data);
    ocsp(data);
}

fn certificate(data: &[u8]) {
    let Ok(certificate) = Certificate::from_der(data) else { return };
    assert_eq!(certificate.der(), data);
    assert_eq!(Certificate::from_der(certificate.der()).as_ref(), Ok(&certificate));
    let _ = (certificate.subject().to_string(), certificate.issuer().to_string(), certificate.validity());
    let _ = (certificate.subject_key_id(), certificate.authority_key_id(), certificate.basic_constraints());
    let _ = (certificate.key_usage(), certificate.extended_key_usage(), certificate.policies());
    let _ = (certificate.key_store_type(), certificate.is_self_issued(), certificate.signature_algorithm());
    for (name, critical) in certificate.extensions() {
        // Of several with one name the first is found.
        assert!(certificate.extension(&name).is_some_and(|(_, found)| found == critical || found));
    }
    let all = Fixture::get();
    let signed = [&all.user, all.root.certificate(), all.stamps.certificate()];
    let known = signed.iter().any(|known| same_but_signature(known.der(), data));
    if certificate.verify_signature(all.root.key().public_key()).is_ok() {
        assert!(known, "a certificate that nobody signed");
    }
    let mut material = all.material();
    material.intermediates.push(certificate.clone());
    if material.verify(&certificate, &question()).is_ok() {
        assert!(known, "a chain to what nobody signed");
    }
}

/// Whether what is signed is the same: the first element in the outer SEQUENCE.
fn same_but_signature(known: &[u8], data: &[u8]) -> bool {
    let signed = |der: &[u8]| -> Option<Vec<u8>> {
        let inside = der.get(head(der)?.0..)?;
        let (head, len) = head(inside)?;
        inside.get(..head + len).map(<[u8]>::to_vec)
    };
    signed(known).is_some() && signed(known) == signed(data)
}

/// How long tag and length are, and what the length says.
fn head(der: &[u8]) -> Option<(usize, usize)> {
    match *der.get(1..)? {
        [len @ 0..=0x7F, ..] => Some((2, usize::from(len))),
        [0x81, len, ..] => Some((3, usize::from(len))),
        [0x82, high, low, ..] => Some((4, usize::from(u16::from_be_bytes([high, low])))),
        _ => None,
    }
}

fn request(data: &[u8]) {
    let Ok(request) = Request::from_der(data) else { return };
    let all = Fixture::get();
    let _ = (request.subject().to_string(), request.extensions().len(), request.template().map(str::len));
    if request.public_key() == all.user_key.public_key() {
        assert!(same_but_signature(&all.request, data), "a request that its key did not sign");
    }
}

fn crl(data: &[u8]) {
    let Ok(crl) = Crl::from_der(data) else { return };
    assert_eq!(crl.der(), data);
    assert_eq!(crl.entries().count(), crl.len());
    for (serial, _) in crl.entries().take(4) {
        assert!(crl.find(serial).is_some());
    }
    let _ = (crl.issuer().to_string(), crl.this_update(), crl.next_update(), crl.number(), crl.base_number());
    let all = Fixture::get();
    if crl.verify_signature(all.root.key().public_key()).is_ok() {
        let ours = Crl::from_der(&all.crl).expect("our own list");
        assert!(crl.entries().eq(ours.entries()) && crl.next_update() == ours.next_update());
    }
    let mut material = all.material();
    material.crls.push(crl);
    let _ = material.verify(&all.user, &question());
}

fn ocsp(data: &[u8]) {
    let Ok(response) = OcspResponse::from_der(data) else { return };
    let _ = (response.produced_at(), response.nonce(), response.certificates().len());
    let all = Fixture::get();
    let status = response.status(&all.user, all.root.certificate(), question().at);
    assert!(status.is_ok() || data != all.ocsp, "the good one is good");
    assert!(status.is_err() || status == Ok(Status::Good), "nobody said so");
}
