//! What is good: keys, certificates, messages, made anew in every process and the same in each.

use kaztoken_core::gost::encoding::PrivateKeyInfo;
use kaztoken_core::gost::encoding::algorithm::KeyAlgorithm;
use kaztoken_core::gost::encoding::private_key::Form;
use kaztoken_core::gost::{ParameterSet, SigningKey};
use kaztoken_pki::authority::{Authority, Revocations};
use kaztoken_pki::chain::{Material, Question, Revocation, Usage};
use kaztoken_pki::cms::{Draft, SignedMessage, message};
use kaztoken_pki::crl::Revoked;
use kaztoken_pki::name::of_authority;
use kaztoken_pki::request::{Request, Template, prepare};
use kaztoken_pki::{Certificate, DateTime, PrivateKey, oid};
use std::sync::OnceLock;

/// Everything that the targets compare with.
pub(super) struct Fixture {
    pub(super) root: Authority,
    pub(super) user: Certificate,
    pub(super) user_key: PrivateKey,
    pub(super) stamps: Authority,
    pub(super) request: Vec<u8>,
    pub(super) crl: Vec<u8>,
    pub(super) ocsp: Vec<u8>,
    /// An attached message with a time stamp.
    pub(super) message: Vec<u8>,
    /// The answer of the time stamp authority.
    pub(super) stamp: Vec<u8>,
}

/// The octet that the user's private key is made of.
pub(super) const USER: u8 = 2;
pub(super) const CONTENT: &[u8] = b"17: 125000.00 KZT";

/// A year, within those of the certificates.
pub(super) fn at(year: u16) -> DateTime {
    DateTime::new(year, 1, 1, 0, 0, 0).expect("a year")
}

pub(super) fn question() -> Question {
    Question { at: at(2027), usage: Usage::Any, revocation: Revocation::IfKnown }
}

pub(super) fn key(number: u8) -> PrivateKey {
    let set = ParameterSet::CryptoProA;
    let key = SigningKey::from_le_bytes(set, &[number; 32]).expect("a scalar");
    let algorithm = KeyAlgorithm::kazakh(set).expect("a Kazakh set");
    let info = PrivateKeyInfo::new(algorithm, key, Form::Kazakh2004).expect("a key");
    PrivateKey::from_gost(info).expect("a key")
}

impl Fixture {
    pub(super) fn get() -> &'static Self {
        static FIXTURE: OnceLock<Fixture> = OnceLock::new();
        FIXTURE.get_or_init(Self::new)
    }

    fn new() -> Self {
        let name = |text| of_authority(text).expect("a name");
        let dates = (at(2020), at(2040));
        let root = Authority::root(&name("ROOT TEST"), key(1), dates).expect("a root");
        let user_key = key(USER);
        let template =
            Template::signing(oid::ROLE_HEAD, oid::STORE_KAZTOKEN).extensions().expect("extensions");
        let request = prepare(&name("USER TEST"), user_key.public_key(), &template);
        let request = request.and_then(|request| request.sign(&user_key)).expect("a request");
        let parsed = Request::from_der(&request).expect("our own request");
        let user = root.issue(&parsed, dates, vec![7, 7]).expect("a certificate");
        let stamps = root.service(&name("TSA TEST"), key(3), oid::TIME_STAMPING, dates).expect("a service");
        let revoked = Revoked { at: at(2026), reason: None };
        let revocations = Revocations {
            entries: vec![(vec![9], revoked)],
            dates: (at(2026), at(2030)),
            number: 5,
            base: None,
        };
        let crl = root.crl(&revocations).expect("a list");
        let asked = kaztoken_pki::ocsp::request(&user, root.certificate(), Some(&[1; 8]));
        let ocsp = root.ocsp(&root, &asked, (at(2026), at(2030)), |_| Some(None)).expect("a response");
        let (message, stamp) = Self::message(&user, &user_key, &stamps);
        Self { root, user, user_key, stamps, request, crl, ocsp, message, stamp }
    }

    fn message(user: &Certificate, key: &PrivateKey, stamps: &Authority) -> (Vec<u8>, Vec<u8>) {
        let hash = Draft::hash(user).expect("a hash function");
        let draft = Draft::new(user, &hash.digest(CONTENT), Some(at(2027))).expect("a draft");
        let algorithm = draft.algorithm();
        let signature = key.sign_digest(algorithm, draft.digest()).expect("a signature");
        let signer = draft.finish(&signature).expect("a signer");
        let bare = message(None, &[signer], std::slice::from_ref(user)).expect("a message");
        let bare = SignedMessage::from_der(&bare).expect("our own message");
        let signer = &bare.signers()[0];
        let asked = kaztoken_pki::cms::TimeStampRequest::new(signer.signature(), algorithm, None, [1; 8])
            .expect("a question");
        let policies = [oid::POLICY_STAMP_GOST_2004];
        let answer = stamps.time_stamp(&asked.to_octets(), &policies, at(2027), &[1]).expect("an answer");
        let (_, token) = asked.answered(&answer, &[]).expect("our own stamp");
        let stamped = signer.stamped(&token).expect("a stamped signer");
        (message(Some(CONTENT), &[stamped], std::slice::from_ref(user)).expect("a message"), answer)
    }

    pub(super) fn material(&self) -> Material {
        Material { anchors: vec![self.root.certificate().clone()], ..Material::default() }
    }
}

/// The committed corpus: target, name, octets.
#[cfg(test)]
pub(crate) fn seeds() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    use kaztoken_pki::key_store::{Form, write};
    let all = Fixture::get();
    let mut seeds = vec![
        ("certificates", "root", all.root.certificate().der().to_vec()),
        ("certificates", "user", all.user.der().to_vec()),
        ("certificates", "request", all.request.clone()),
        ("certificates", "crl", all.crl.clone()),
        ("certificates", "ocsp", all.ocsp.clone()),
        ("signed_messages", "message", all.message.clone()),
        ("signed_messages", "stamp", all.stamp.clone()),
        ("key_store", "pkcs8", all.user_key.to_pkcs8().to_vec()),
    ];
    let own = std::slice::from_ref(&all.user);
    for (name, form) in [("national-centre", Form::NationalCentre), ("aes", Form::Aes), ("gost", Form::Gost)]
    {
        let store = write(&all.user_key, own, "own", super::key_store::PASSWORD, form, &[5; 96]);
        seeds.push(("key_store", name, store.expect("a store")));
    }
    for (name, octets) in super::cmp::seeds(all) {
        seeds.push(("cmp", name, octets));
    }
    for (name, text) in super::journal::seeds() {
        seeds.push(("enrolment_journal", name, text.into_bytes()));
    }
    for (name, octets) in super::xml::seeds(all) {
        seeds.push(("xml", name, octets));
    }
    seeds
}
