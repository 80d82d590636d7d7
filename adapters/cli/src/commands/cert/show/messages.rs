//! Requests, signed messages, time stamps: what stands in them, unjudged.

use super::{low_hex, name};
use crate::language::say;
use crate::output::fields;
use crate::said::pki::{identifier, moment};
use kaztoken_pki::cms::{SignedMessage, TimeStamp, TimeStampResponse};
use kaztoken_pki::request::Request;
use serde_json::{Value, json};

/// What it is, if it is one of them.
pub(super) fn shown(der: &[u8]) -> Option<(String, Value)> {
    if let Ok(request) = Request::from_der(der) {
        return Some(request_shown(&request));
    }
    if let Ok(answer) = TimeStampResponse::from_der(der)
        && let Ok(stamp) = TimeStamp::from_token(&answer.token, &[])
    {
        return Some(stamp_shown(&stamp));
    }
    // A time stamp is a signed message too.
    if let Ok(stamp) = TimeStamp::from_token(der, &[]) {
        return Some(stamp_shown(&stamp));
    }
    SignedMessage::from_der(der).ok().map(|message| message_shown(&message))
}

fn request_shown(request: &Request) -> (String, Value) {
    let subject = name(request.subject());
    let key = request.public_key().kind();
    let extensions: Vec<_> =
        request.extensions().iter().map(|extension| extension.extn_id.to_string()).collect();
    let rows = [
        (say!("pki-kind"), say!("pki-request")),
        (say!("pki-subject"), subject.clone()),
        (say!("pki-key"), key.clone()),
        (say!("pki-extensions"), extensions.join(", ")),
    ];
    let json = json!({ "kind": "request", "subject": subject, "key": key, "extensions": extensions });
    (fields(&rows), json)
}

fn stamp_shown(stamp: &TimeStamp) -> (String, Value) {
    let authority = name(stamp.certificate.subject());
    let rows = [
        (say!("pki-kind"), say!("pki-time-stamp")),
        (say!("pki-moment"), moment(stamp.time)),
        (say!("pki-signers"), authority.clone()),
        (say!("pki-policies"), identifier(&stamp.policy)),
        (say!("pki-number"), low_hex(stamp.serial_number())),
        (stamp.hash().to_string(), low_hex(stamp.hashed())),
    ];
    let json = json!({
        "kind": "time-stamp",
        "time": stamp.time.to_string(),
        "authority": authority,
        "policy": stamp.policy.to_string(),
        "serial": low_hex(stamp.serial_number()),
        "hash": stamp.hash().to_string(),
        "digest": low_hex(stamp.hashed()),
    });
    (fields(&rows), json)
}

fn message_shown(message: &SignedMessage) -> (String, Value) {
    let len = message.content().map(<[u8]>::len);
    let certificates: Vec<_> =
        message.certificates().iter().map(|certificate| name(certificate.subject())).collect();
    let hashes: Vec<_> = message
        .signers()
        .iter()
        .map(|signer| signer.hash().map_or_else(|| say!("pki-not-said"), |hash| hash.to_string()))
        .collect();
    let mut rows = vec![
        (say!("pki-kind"), say!("pki-message")),
        (
            say!("pki-content"),
            len.map_or_else(|| say!("pki-detached"), |len| say!("pki-octets", count = len)),
        ),
        (say!("pki-signers"), hashes.join(", ")),
    ];
    rows.extend(certificates.iter().map(|subject| (say!("pki-certificate"), subject.clone())));
    let json = json!({
        "kind": "signed-message",
        "content_type": message.content_type().to_string(),
        "content": len,
        "signers": hashes,
        "certificates": certificates,
    });
    (fields(&rows), json)
}
