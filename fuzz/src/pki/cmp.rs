//! CMP: an authority that gets anything, a client that is answered anything, and HTTP around both.

use super::fixture::{Fixture, at, question};
use kaztoken_pki::authority::serial_number;
use kaztoken_pki::chain::{Material, Question};
use kaztoken_pki::cmp::client::{Answer, Draft, Parties, Transaction};
use kaztoken_pki::cmp::server::{Decision, Office, Server, Wanted};
use kaztoken_pki::cmp::{Credentials, http};
use kaztoken_pki::{Certificate, Name};
use std::io::{Cursor, Read, Write};
use std::sync::OnceLock;
use zeroize::Zeroizing;

/// A desk that gives everybody a certificate who proves to have a key.
struct Desk<'a>(&'a Fixture, u32);

impl Office for Desk<'_> {
    fn secret(&self, _: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        None
    }

    fn signers(&self) -> (Material, Question) {
        (self.0.material(), question())
    }

    fn decide(&mut self, _: &[u8], wanted: &Wanted<'_>) -> Result<Certificate, Decision> {
        self.1 += 1;
        let (subject, key) = (wanted.subject, wanted.key);
        let issued =
            self.0.root.issue_to(subject, key, &Vec::new(), (at(2020), at(2040)), serial_number(key));
        issued.map_err(|_| Decision::Wait(1))
    }
}

fn transaction(all: &Fixture) -> Transaction {
    let key = all.user_key.public_key();
    let draft = Draft::new(all.user.subject(), key, &Vec::new()).expect("a draft");
    let signature = all.user_key.sign_digest(draft.algorithm(), draft.digest()).expect("a signature");
    Transaction::begin(draft.finish(&signature).expect("a request"), [4; 32])
}

/// A transaction whose first message was sent, and the message.
fn sent(all: &Fixture) -> (Transaction, Vec<u8>) {
    let own = [all.user.clone()];
    let credentials = Credentials::Signature(&all.user_key, &own);
    let recipient = Name::default();
    let parties = Parties { sender: all.user.subject(), recipient: &recipient };
    let mut begun = transaction(all);
    let message = begun.message(parties, &credentials, at(2027), [5; 32]).expect("a message");
    (begun, message)
}

/// The octets as a message to an authority, as the answer to a request, as a saved transaction, as HTTP.
pub fn cmp(data: &[u8]) {
    let all = Fixture::get();
    let (mut server, mut desk) = (Server::default(), Desk(all, 0));
    let _ = server.answer(data, &all.root, &mut desk, at(2027), [6; 32]);
    let asked = desk.1;
    assert!(asked <= 1, "one message is one decision");
    if asked > 0 {
        // The same once more is no second certificate.
        let _ = server.answer(data, &all.root, &mut desk, at(2027), [7; 32]);
        assert!(desk.1 <= 1, "a message that is repeated is not decided twice");
    }

    // Signing takes longer than all the rest: it is done once.
    static SENT: OnceLock<Vec<u8>> = OnceLock::new();
    let before = SENT.get_or_init(|| sent(all).0.to_der());
    let own = [all.user.clone()];
    let credentials = Credentials::Signature(&all.user_key, &own);
    let mut begun = Transaction::from_der(before).expect("our own transaction");
    match begun.answer(data, &credentials, &all.material(), &question()) {
        Ok(Answer::Certificate(certificate, _)) => {
            assert_eq!(certificate.public_key().ok(), Some(all.user_key.public_key()), "of another key");
        }
        Ok(_) => {}
        Err(_) => assert_eq!(&begun.to_der(), before, "after an error all is as before"),
    }
    if let Ok(saved) = Transaction::from_der(data) {
        assert_eq!(
            Transaction::from_der(&saved.to_der()).map(|again| again.to_der()).ok(),
            Some(saved.to_der())
        );
    }
    spoken(data);
}

/// What comes over a connection.
struct Wire<'a>(Cursor<&'a [u8]>, Vec<u8>);

impl Read for Wire<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        self.1.extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn spoken(data: &[u8]) {
    let _ = http::read_request(&mut Cursor::new(data)).map(|request| request.path.len());
    let url = http::Url::parse("http://a.invalid/p").expect("an address");
    let mut wire = Wire(Cursor::new(data), Vec::new());
    if let Ok(body) = http::post(&mut wire, &url, http::CMP, http::CMP, b"message") {
        assert!(body.len() <= data.len(), "more than came");
    }
    assert!(wire.1.starts_with(b"POST /p HTTP/1.1\r\n") && wire.1.ends_with(b"\r\n\r\nmessage"));
    if let Some(url) = core::str::from_utf8(data).ok().and_then(http::Url::parse) {
        assert!(!url.host.is_empty() && url.path.starts_with('/') && url.path.is_ascii());
    }
}

#[cfg(test)]
pub(super) fn seeds(all: &Fixture) -> Vec<(&'static str, Vec<u8>)> {
    let (begun, message) = sent(all);
    let (mut server, mut desk) = (Server::default(), Desk(all, 0));
    let answer = server.answer(&message, &all.root, &mut desk, at(2027), [6; 32]).expect("an answer");
    let mut spoken = Vec::new();
    http::answer(&mut spoken, 200, http::CMP, b"message").expect("written");
    let request =
        b"POST /p HTTP/1.1\r\nContent-Type: application/pkixcmp\r\nContent-Length: 3\r\n\r\nabc".to_vec();
    vec![
        ("message", message),
        ("answer", answer),
        ("saved", begun.to_der()),
        ("http-answer", spoken),
        ("http-request", request),
    ]
}
