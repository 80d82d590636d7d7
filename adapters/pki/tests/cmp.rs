//! CMP: our client and server with each other and with OpenSSL's.

#[path = "support/keys.rs"]
mod keys;
#[path = "support/openssl.rs"]
mod openssl;

use kaztoken_pki::authority::{Authority, serial_number};
use kaztoken_pki::chain::{Material, Question, Revocation, Usage};
use kaztoken_pki::cmp::client::{Answer, Draft, Parties, Transaction};
use kaztoken_pki::cmp::server::{Decision, Office, Server, Wanted};
use kaztoken_pki::cmp::{CmpError, Credentials, Failure, Secret, http};
use kaztoken_pki::name::of_authority;
use kaztoken_pki::request::Template;
use kaztoken_pki::{Certificate, DateTime, KeyError, Name, PrivateKey, oid, text};
use keys::Kind;
use openssl::OpenSsl;
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;
use zeroize::Zeroizing;

fn moment(year: u16) -> DateTime {
    DateTime::new(year, 1, 1, 0, 0, 0).unwrap()
}

fn name(text: &str) -> Name {
    of_authority(text).unwrap()
}

const QUESTION: Question =
    Question { at: DateTime::INFINITY, usage: Usage::Any, revocation: Revocation::IfKnown };

fn question() -> Question {
    Question { at: moment(2027), ..QUESTION }
}

/// An authority of one kind with its desk.
struct Desk {
    root: Authority,
    /// How often a request is put off.
    waits: u32,
    reject: Option<Failure>,
    issued: u32,
    /// A certificate to hand out whatever is asked.
    instead: Option<Certificate>,
    now: DateTime,
}

impl Desk {
    fn new(kind: Kind) -> Self {
        let root = Authority::root(&name("CA TEST"), kind.key(1), (moment(2020), moment(2040))).unwrap();
        Self { root, waits: 0, reject: None, issued: 0, instead: None, now: moment(2027) }
    }

    fn material(&self) -> Material {
        Material { anchors: vec![self.root.certificate().clone()], ..Material::default() }
    }
}

struct Clerk<'a>(&'a mut Desk);

impl Office for Clerk<'_> {
    fn secret(&self, reference: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        (reference == b"qq111111_qwertyui").then(|| Zeroizing::new(b"1A2B3C4D5E6".to_vec()))
    }

    fn signers(&self) -> (Material, Question) {
        (self.0.material(), Question { at: self.0.now, ..QUESTION })
    }

    fn decide(&mut self, _: &[u8], wanted: &Wanted<'_>) -> Result<Certificate, Decision> {
        if let Some(failure) = self.0.reject {
            return Err(Decision::Reject(failure, "not today".to_owned()));
        }
        if self.0.waits > 0 {
            self.0.waits -= 1;
            return Err(Decision::Wait(7));
        }
        if let Some(other) = &self.0.instead {
            return Ok(other.clone());
        }
        self.0.issued += 1;
        let dates = (moment(2026), moment(2029));
        let serial = serial_number(wanted.key);
        Ok(self.0.root.issue_to(wanted.subject, wanted.key, wanted.extensions, dates, serial).unwrap())
    }
}

/// A person with an initial key from the bank, or a secret.
struct Person {
    key: PrivateKey,
    initial_key: PrivateKey,
    initial: Vec<Certificate>,
    secret: Secret,
    subject: Name,
}

impl Person {
    fn new(kind: Kind, desk: &Desk) -> Self {
        let (subject, initial_key) = (name("ТЕСТОВ ТЕСТ"), kind.key(2));
        let dates = (moment(2026), moment(2028));
        let public = initial_key.public_key();
        let certificate = desk.root.issue_to(&subject, public, &Vec::new(), dates, vec![7]).unwrap();
        let secret = Secret {
            reference: b"qq111111_qwertyui".to_vec(),
            secret: Zeroizing::new(b"1A2B3C4D5E6".to_vec()),
        };
        Self { key: kind.key(3), initial_key, initial: vec![certificate], secret, subject }
    }

    fn credentials(&self, by_secret: bool) -> Credentials<'_> {
        match by_secret {
            true => Credentials::Secret(&self.secret),
            false => Credentials::Signature(&self.initial_key, &self.initial),
        }
    }

    fn begin(&self) -> Transaction {
        let template = Template::signing(oid::ROLE_INDIVIDUAL, oid::STORE_KAZTOKEN);
        let draft =
            Draft::new(&self.subject, self.key.public_key(), &template.extensions().unwrap()).unwrap();
        // In two phases, as a token does it.
        let signature = self.key.sign_digest(draft.algorithm(), draft.digest()).unwrap();
        Transaction::begin(draft.finish(&signature).unwrap(), [5; 32])
    }
}

/// Random enough for a test: never twice the same.
struct Dice(u8);

impl Dice {
    fn roll(&mut self) -> [u8; 32] {
        self.0 += 1;
        [self.0; 32]
    }
}

fn exchange(
    transaction: &mut Transaction,
    person: &Person,
    by_secret: bool,
    server: &mut Server,
    desk: &mut Desk,
    dice: &mut Dice,
) -> Result<Answer, CmpError> {
    let recipient = desk.root.certificate().subject().clone();
    let parties = Parties { sender: &person.subject, recipient: &recipient };
    let credentials = person.credentials(by_secret);
    let message = transaction.message(parties, &credentials, moment(2027), dice.roll())?;
    let material = desk.material();
    let authority = Authority::new(desk.root.certificate().clone(), again(desk.root.key())).unwrap();
    let answer = server.answer(&message, &authority, &mut Clerk(desk), moment(2027), dice.roll()).unwrap();
    transaction.answer(&answer, &credentials, &material, &question())
}

fn again(key: &PrivateKey) -> PrivateKey {
    PrivateKey::from_pkcs8(&key.to_pkcs8()).unwrap()
}

#[test]
fn a_certificate_comes() {
    for kind in Kind::ALL {
        for by_secret in [false, true] {
            let mut desk = Desk { waits: 3, ..Desk::new(kind) };
            let (person, mut server, mut dice) = (Person::new(kind, &desk), Server::default(), Dice(0));
            let mut transaction = person.begin();
            let mut heard = Vec::new();
            while !transaction.is_done() {
                // After every message the program is killed and takes up what it wrote down.
                transaction = Transaction::from_der(&transaction.to_der()).unwrap();
                let answer =
                    exchange(&mut transaction, &person, by_secret, &mut server, &mut desk, &mut dice);
                heard.push(answer.unwrap());
            }
            let waits = heard.iter().filter(|answer| matches!(answer, Answer::Wait(..))).count();
            assert_eq!((waits, heard.len()), (3, 5), "{kind:?}: {heard:?}");
            assert_eq!(heard[1], Answer::Wait(7, String::new()));
            let certificate = Certificate::from_der(transaction.certificate().unwrap()).unwrap();
            assert_eq!(certificate.public_key().unwrap(), person.key.public_key());
            assert_eq!(certificate.key_store_type().unwrap(), Some(oid::STORE_KAZTOKEN));
            desk.material().verify(&certificate, &question()).unwrap();
            assert_eq!(desk.issued, 1);
        }
    }
}

/// Any answer may be lost, and the same message goes out again: one certificate is issued.
#[test]
fn lost_answers() {
    let kind = Kind::Kazakh2015;
    for lost in 0..40_u32 {
        let mut desk = Desk { waits: 2, ..Desk::new(kind) };
        let (person, mut server, mut dice) = (Person::new(kind, &desk), Server::default(), Dice(0));
        let mut transaction = person.begin();
        for turn in 0.. {
            if transaction.is_done() {
                break;
            }
            let written = transaction.to_der();
            exchange(&mut transaction, &person, false, &mut server, &mut desk, &mut dice).unwrap();
            if turn < 5 && lost >> turn & 1 == 1 {
                transaction = Transaction::from_der(&written).unwrap();
            }
            assert!(turn < 20);
        }
        assert_eq!(desk.issued, 1, "{lost:05b}");
    }
}

#[test]
fn what_is_refused() {
    let kind = Kind::Kazakh2015;
    let mut desk = Desk::new(kind);
    let (person, mut server, mut dice) = (Person::new(kind, &desk), Server::default(), Dice(0));
    let mut once = |person: &Person, by_secret: bool, desk: &mut Desk, server: &mut Server| {
        exchange(&mut person.begin(), person, by_secret, server, desk, &mut dice)
    };
    desk.reject = Some(Failure(23));
    let rejected = once(&person, false, &mut desk, &mut server).unwrap_err();
    let expected = CmpError::Rejected { text: "not today".to_owned(), failures: vec![Failure(23)] };
    assert_eq!(rejected, expected);
    assert_eq!(rejected.to_string(), "the authority refused: notAuthorized (not today)");
    desk.reject = None;
    let failures = |error: CmpError| match error {
        CmpError::Rejected { failures, .. } => failures,
        error => panic!("{error}"),
    };
    let mut wrong = Person::new(kind, &desk);
    wrong.secret.secret = Zeroizing::new(b"1A2B3C4D5E7".to_vec());
    // The server cannot say so by the secret it does not share: its signature is taken instead.
    assert_eq!(failures(once(&wrong, true, &mut desk, &mut server).unwrap_err()), [Failure(1)]);
    wrong.secret.reference = b"qq111111_qwertyu1".to_vec();
    assert_eq!(failures(once(&wrong, true, &mut desk, &mut server).unwrap_err()), [Failure(20)]);
    wrong.initial = vec![
        Authority::root(&name("STRANGER"), kind.key(2), (moment(2020), moment(2040)))
            .unwrap()
            .certificate()
            .clone(),
    ];
    assert_eq!(failures(once(&wrong, false, &mut desk, &mut server).unwrap_err()), [Failure(20)]);
    desk.now = moment(2029);
    assert_eq!(failures(once(&person, false, &mut desk, &mut server).unwrap_err()), [Failure(20)]);
    desk.now = moment(2027);
    // The same transaction with another key is another's.
    let mut mine = person.begin();
    exchange(&mut mine, &person, false, &mut server, &mut desk, &mut Dice(60)).unwrap();
    let other = Person { key: kind.key(9), ..Person::new(kind, &desk) };
    let taken =
        exchange(&mut other.begin(), &other, false, &mut server, &mut desk, &mut Dice(80)).unwrap_err();
    assert_eq!(failures(taken), [Failure::TRANSACTION_ID_IN_USE]);
}

#[test]
fn answers_that_are_none() {
    let kind = Kind::Kazakh2015;
    let mut desk = Desk::new(kind);
    let person = Person::new(kind, &desk);
    let (subject, recipient) = (person.subject.clone(), desk.root.certificate().subject().clone());
    let parties = Parties { sender: &subject, recipient: &recipient };
    let credentials = person.credentials(false);
    let authority = Authority::new(desk.root.certificate().clone(), again(desk.root.key())).unwrap();
    let mut transaction = person.begin();
    let message = transaction.message(parties, &credentials, moment(2027), [1; 32]).unwrap();
    let material = desk.material();
    let good =
        Server::default().answer(&message, &authority, &mut Clerk(&mut desk), moment(2027), [2; 32]).unwrap();
    let before = transaction.clone();
    let take = |transaction: &mut Transaction, octets: &[u8], material: &Material| {
        let taken = transaction.answer(octets, &credentials, material, &question());
        if taken.is_err() {
            assert_eq!(*transaction, before, "an error changes nothing");
        }
        taken
    };
    for end in 0..good.len() {
        assert!(take(&mut transaction, &good[..end], &material).is_err());
    }
    // What is not protected are the certificates that come along; they are judged by their chain.
    let own = authority.certificate().der();
    let extra = good.windows(own.len()).position(|window| window == own).unwrap();
    let mut refused = 0;
    for place in 0..good.len() {
        let mut octets = good.clone();
        octets[place] ^= 1;
        let taken = take(&mut before.clone(), &octets, &material);
        assert!(taken.is_err() || place >= extra, "octet {place} of {}", good.len());
        refused += u32::from(taken.is_err());
    }
    println!(
        "of {} changed octets of an answer {refused} were refused, the others are of certificates",
        good.len()
    );
    assert!(matches!(
        take(&mut transaction, &good, &Material::default()),
        Err(CmpError::NoSigner | CmpError::Signer(_))
    ));
    // An answer to another message, and of another transaction.
    let mut later = before.clone();
    later.message(parties, &credentials, moment(2027), [3; 32]).unwrap();
    assert_eq!(later.answer(&good, &credentials, &material, &question()), Err(CmpError::OtherNonce));
    let mut other = Transaction::begin(
        {
            let draft = Draft::new(&subject, person.key.public_key(), &Vec::new()).unwrap();
            let signature = person.key.sign_digest(draft.algorithm(), draft.digest()).unwrap();
            draft.finish(&signature).unwrap()
        },
        [6; 32],
    );
    assert_eq!(other.answer(&good, &credentials, &material, &question()), Err(CmpError::OtherTransaction));
    // A certificate for another key, and for another person.
    for (other, error) in [
        ((subject.clone(), kind.key(7)), CmpError::OtherKey),
        ((name("ДРУГОЙ"), again(&person.key)), CmpError::OtherSubject),
    ] {
        let (name, key) = other;
        let dates = (moment(2026), moment(2028));
        let certificate = desk.root.issue_to(&name, key.public_key(), &Vec::new(), dates, vec![9]).unwrap();
        desk.instead = Some(certificate);
        let mut server = Server::default();
        let octets =
            server.answer(&message, &authority, &mut Clerk(&mut desk), moment(2027), [4; 32]).unwrap();
        assert_eq!(take(&mut transaction, &octets, &material), Err(error));
    }
    assert!(matches!(take(&mut transaction, &good, &material), Ok(Answer::Certificate(_, false))));
    // A proof of possession by another key does not even leave.
    let draft = Draft::new(&subject, person.key.public_key(), &Vec::new()).unwrap();
    let signature = kind.key(8).sign_digest(draft.algorithm(), draft.digest()).unwrap();
    assert_eq!(draft.finish(&signature), Err(CmpError::Key(KeyError::Signature)));
    for bad in [&b""[..], &[0x30, 0], b"text"] {
        assert_eq!(Transaction::from_der(bad), Err(CmpError::State));
    }
}

/// Answers requests at a port of this machine until the channel closes.
fn serve(desk: Desk, connections: usize) -> (String, std::thread::JoinHandle<Desk>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let thread = std::thread::spawn(move || {
        let (mut desk, mut server) = (desk, Server::default());
        let authority = Authority::new(desk.root.certificate().clone(), again(desk.root.key())).unwrap();
        for number in 0..connections {
            let (mut stream, _) = listener.accept().unwrap();
            let Ok(request) = http::read_request(&mut stream) else { break };
            let random = [number as u8 + 100; 32];
            let answer =
                server.answer(&request.body, &authority, &mut Clerk(&mut desk), moment(2027), random);
            http::answer(&mut stream, 200, http::CMP, &answer.unwrap()).unwrap();
        }
        desk
    });
    (address, thread)
}

#[test]
fn openssl_asks_us() {
    let Some(openssl) = OpenSsl::find() else { return };
    let mut asked = 0;
    for kind in [Kind::Rsa, Kind::Russian2012_256, Kind::Russian2012_512] {
        if !openssl.knows(kind) {
            continue;
        }
        let desk = Desk::new(kind);
        let person = Person::new(kind, &desk);
        for (file, key) in [("new.pem", &person.key), ("initial.key", &person.initial_key)] {
            openssl.write(file, text::pem(text::label::PRIVATE_KEY, &key.to_pkcs8()).as_bytes());
        }
        for (file, certificate) in
            [("root.pem", desk.root.certificate()), ("initial.pem", &person.initial[0])]
        {
            openssl.write(file, text::pem(text::label::CERTIFICATE, certificate.der()).as_bytes());
        }
        // Their messages by a secret, which RSA keys take with RSA's certificates; ours signed by the authority.
        for (what, ways) in [
            ("secret", "-ref qq111111_qwertyui -secret pass:1A2B3C4D5E6"),
            ("signature", "-cert initial.pem -key initial.key"),
        ] {
            let _ = std::fs::remove_file(openssl.path().join("got.pem"));
            let (address, thread) = serve(Desk::new(kind), 2);
            let said = openssl.run(&format!(
                "cmp -cmd ir -server {address} -path / {ways} -newkey new.pem -subject /CN=ТЕСТ -recipient /CN=X \
                 -trusted root.pem -certout got.pem -attime 1798761600 -ignore_keyusage -msg_timeout 20 -total_timeout 30"
            ));
            let got = std::fs::read(openssl.path().join("got.pem")).unwrap_or_default();
            let Some(der) = text::octets(&got) else {
                let last = said.trim().lines().last().unwrap_or_default();
                println!("skipped: openssl cmp does not do it with {kind:?} by {what}: {last}");
                drop(TcpStream::connect(&address));
                drop(TcpStream::connect(&address));
                assert_ne!(kind, Kind::Rsa, "{said}");
                continue;
            };
            let desk = thread.join().unwrap();
            let certificate = Certificate::from_der(&der).unwrap();
            assert_eq!(certificate.public_key().unwrap().key_bits(), person.key.public_key().key_bits());
            assert_eq!(desk.issued, 1);
            asked += 1;
        }
    }
    println!("openssl cmp got {asked} certificates from our server");
    assert!(asked >= 2);
}

#[test]
fn we_ask_openssl() {
    let Some(openssl) = OpenSsl::find() else { return };
    let (kind, mut got) = (Kind::Rsa, 0);
    let desk = Desk::new(kind);
    let person = Person::new(kind, &desk);
    let dates = (moment(2020), moment(2040));
    let answered =
        desk.root.issue_to(&person.subject, person.key.public_key(), &Vec::new(), dates, vec![3]).unwrap();
    openssl.write("srv.key", text::pem(text::label::PRIVATE_KEY, &desk.root.key().to_pkcs8()).as_bytes());
    for (file, certificate) in
        [("srv.pem", desk.root.certificate()), ("answer.pem", &answered), ("initial.pem", &person.initial[0])]
    {
        openssl.write(file, text::pem(text::label::CERTIFICATE, certificate.der()).as_bytes());
    }
    for (by_secret, ways) in [
        (true, "-srv_ref qq111111_qwertyui -srv_secret pass:1A2B3C4D5E6"),
        (false, "-srv_cert srv.pem -srv_key srv.key -srv_trusted srv.pem"),
    ] {
        for polled in ["", "-poll_count 2 -check_after 1"] {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let line = format!("cmp -port {port} {ways} -rsp_cert answer.pem -max_msgs 8 {polled}");
            let mut run = Command::new("openssl");
            run.current_dir(openssl.path()).args(line.split_whitespace());
            let mut child = run.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
            let mut transaction = person.begin();
            let mut dice = Dice(0);
            let mut failed = None;
            for turn in 0..12 {
                if transaction.is_done() {
                    break;
                }
                let Some(mut stream) = connect(port) else {
                    failed = Some(format!("turn {turn}: no connection"));
                    break;
                };
                let recipient = desk.root.certificate().subject().clone();
                let parties = Parties { sender: &person.subject, recipient: &recipient };
                let credentials = person.credentials(by_secret);
                let message = transaction.message(parties, &credentials, moment(2027), dice.roll()).unwrap();
                let url = http::Url::parse(&format!("http://127.0.0.1:{port}/")).unwrap();
                let answer = match http::post(&mut stream, &url, http::CMP, http::CMP, &message) {
                    Ok(answer) => answer,
                    Err(error) => {
                        failed = Some(format!("turn {turn}: {error}"));
                        break;
                    }
                };
                match transaction.answer(&answer, &credentials, &desk.material(), &question()) {
                    Ok(Answer::Wait(seconds, _)) => {
                        std::thread::sleep(Duration::from_secs(seconds.min(1).into()))
                    }
                    Ok(_) => {}
                    Err(error) => {
                        failed = Some(format!("turn {turn}: {error}"));
                        break;
                    }
                }
            }
            let _ = child.kill();
            let said = child.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&said.stderr).into_owned();
            assert_eq!(failed, None, "by secret: {by_secret}, {polled}: {said}");
            assert_eq!(transaction.certificate(), Some(answered.der()));
            got += 1;
        }
    }
    println!("we got {got} certificates from the server of openssl cmp");
    assert_eq!(got, 4);
}

fn connect(port: u16) -> Option<TcpStream> {
    (0..50).find_map(|_| {
        let stream = TcpStream::connect(("127.0.0.1", port)).ok();
        if stream.is_none() {
            std::thread::sleep(Duration::from_millis(50));
        }
        let stream = stream?;
        stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
        Some(stream)
    })
}
