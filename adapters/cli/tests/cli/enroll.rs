//! From the bank's initial key to a certificate on the token: whole, cut off anywhere, with everything that goes wrong.

use crate::support::{Folder, Run, SERIAL};
use kaztoken_core::gost::encoding::PrivateKeyInfo;
use kaztoken_core::gost::encoding::algorithm::KeyAlgorithm;
use kaztoken_core::gost::encoding::private_key::Form;
use kaztoken_core::gost::{ParameterSet, SigningKey};
use kaztoken_pki::authority::{Authority, serial_number};
use kaztoken_pki::chain::{Material, Question, Revocation, Usage};
use kaztoken_pki::cmp::server::{Decision, Office, Server, Wanted};
use kaztoken_pki::cmp::{Failure, http};
use kaztoken_pki::cms::{Content, SignedMessage};
use kaztoken_pki::key_store::{Form as StoreForm, write};
use kaztoken_pki::name::{Subject, of_authority};
use kaztoken_pki::request::Request;
use kaztoken_pki::{Certificate, DateTime, PrivateKey, text};
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use zeroize::Zeroizing;

/// The code of the initial key; no output may contain it.
const DSN: &str = "QX7B0I1KO42";

fn key(set: ParameterSet, number: u8) -> PrivateKey {
    let len = if set == ParameterSet::Tc26_512A { 64 } else { 32 };
    let form = if len == 64 { Form::Kazakh2015 } else { Form::Kazakh2004 };
    let key = SigningKey::from_le_bytes(set, &vec![number; len]).unwrap();
    let info = PrivateKeyInfo::new(KeyAlgorithm::kazakh(set).unwrap(), key, form).unwrap();
    PrivateKey::from_gost(info).unwrap()
}

fn year(year: u16) -> DateTime {
    DateTime::new(year, 1, 1, 0, 0, 0).unwrap()
}

/// What the desk does with a request.
#[derive(Default)]
struct Orders {
    waits: u32,
    reject: bool,
    /// A certificate for another key, whatever is asked.
    instead: Option<Certificate>,
    issued: Vec<Vec<u8>>,
}

/// A test authority at a port of this machine, and the person's initial key.
struct Bank {
    set: ParameterSet,
    root: Authority,
    address: String,
    orders: Arc<Mutex<Orders>>,
    stop: Arc<AtomicBool>,
    /// So many octets of answers go out before the connection breaks.
    octets: Arc<AtomicUsize>,
}

struct Clerk<'a>(&'a Authority, &'a Mutex<Orders>);

impl Office for Clerk<'_> {
    fn secret(&self, _: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        None
    }

    fn signers(&self) -> (Material, Question) {
        let material = Material { anchors: vec![self.0.certificate().clone()], ..Material::default() };
        (material, Question { at: year(2027), usage: Usage::Any, revocation: Revocation::IfKnown })
    }

    fn decide(&mut self, _: &[u8], wanted: &Wanted<'_>) -> Result<Certificate, Decision> {
        let mut orders = self.1.lock().unwrap();
        if orders.reject {
            return Err(Decision::Reject(Failure(23), "the DSN card is not active".to_owned()));
        }
        if orders.waits > 0 {
            orders.waits -= 1;
            return Err(Decision::Wait(1));
        }
        if let Some(other) = &orders.instead {
            return Ok(other.clone());
        }
        assert_eq!(wanted.signer.map(Certificate::subject), Some(wanted.subject));
        let dates = (year(2020), year(2040));
        let serial = serial_number(wanted.key);
        let issued = self.0.issue_to(wanted.subject, wanted.key, wanted.extensions, dates, serial).unwrap();
        orders.issued.push(wanted.key.to_spki());
        Ok(issued)
    }
}

impl Bank {
    fn new(set: ParameterSet) -> Self {
        let root = |set| {
            let name = of_authority("НЕГІЗГІ КО TEST (own)").unwrap();
            Authority::root(&name, key(set, 1), (year(2020), year(2040))).unwrap()
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let bank = Self {
            set,
            root: root(set),
            address,
            orders: Arc::default(),
            stop: Arc::default(),
            octets: Arc::new(AtomicUsize::new(usize::MAX)),
        };
        let (orders, stop, octets) = (bank.orders.clone(), bank.stop.clone(), bank.octets.clone());
        std::thread::spawn(move || {
            let (root, mut server, mut number) = (root(set), Server::default(), 0_u8);
            for stream in listener.incoming() {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let Ok(mut stream) = stream else { continue };
                let Ok(request) = http::read_request(&mut stream) else { continue };
                number = number.wrapping_add(1);
                let answer =
                    server.answer(&request.body, &root, &mut Clerk(&root, &orders), year(2027), [number; 32]);
                let mut wire = Vec::new();
                http::answer(&mut wire, 200, http::CMP, &answer.unwrap()).unwrap();
                let left = octets.load(Ordering::Relaxed);
                let goes = left.min(wire.len());
                if left != usize::MAX {
                    octets.store(left - goes, Ordering::Relaxed);
                }
                let _ = stream.write_all(&wire[..goes]);
            }
        });
        bank
    }

    fn subject() -> kaztoken_pki::Name {
        let subject = Subject {
            surname: "ТЕСТОВ".into(),
            name: "ТЕСТ".into(),
            patronymic: None,
            iin: "123456789011".parse().unwrap(),
            organisation: None,
        };
        subject.to_name().unwrap()
    }

    fn initial(&self, dates: (DateTime, DateTime)) -> Vec<u8> {
        let initial = key(self.set, 2);
        let certificate =
            self.root.issue_to(&Self::subject(), initial.public_key(), &Vec::new(), dates, vec![7]).unwrap();
        write(&initial, &[certificate], "initial", DSN, StoreForm::NationalCentre, &[9; 96]).unwrap()
    }

    /// A folder with a formatted token, the root and the initial key.
    fn folder(&self, formatted: bool) -> Folder {
        let folder = if formatted { Folder::formatted() } else { Folder::factory() };
        self.furnish(&folder);
        folder
    }

    fn furnish(&self, folder: &Folder) {
        folder.write("root.pem", text::pem(text::label::CERTIFICATE, self.root.certificate().der()));
        folder.write("Key.pfx", self.initial((year(2020), year(2040))));
        folder.write("dsn", DSN);
    }

    fn alg(&self) -> &'static str {
        if self.set == ParameterSet::Tc26_512A { "gost2015" } else { "gost2004" }
    }

    fn line(&self, authority: &str, more: &str) -> String {
        format!(
            "enroll --initial Key.pfx --dsn-source file:dsn --user qq111111_qwertyui --authority {authority} \
             --trust root.pem --alg {} --label Kassa --yes --pin-source env:USER --new-pin-source env:NEW {more}",
            self.alg()
        )
    }

    fn enroll(&self, folder: &Folder, more: &str) -> Run {
        let run = folder.token(&self.line(&format!("http://{}/", self.address), more));
        for output in [&run.stdout, &run.stderr] {
            assert!(!output.contains(DSN), "{output}");
        }
        run
    }

    fn orders(&self) -> std::sync::MutexGuard<'_, Orders> {
        self.orders.lock().unwrap()
    }
}

impl Drop for Bank {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(&self.address));
    }
}

/// One key, one certificate for it, the new password, the label, no try lost.
fn check_enrolled(bank: &Bank, folder: &Folder) {
    let (_, keys) = folder.json("key list");
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1, "{keys}");
    let (_, list) = folder.json("cert list");
    let certificates = list["certificates"].as_array().unwrap();
    assert_eq!(certificates.len(), 1, "{list}");
    assert_eq!(certificates[0]["key"], keys["keys"][0]["key"], "{list}");
    let (_, status) = folder.json("status");
    assert_eq!(status["label"], "Kassa");
    assert_eq!(status["user_pin"]["tries_left"], 5, "no try was lost");
    assert_eq!(bank.orders().issued.len(), 1, "one certificate was issued");
    folder.token("pin verify --pin-source env:NEW").ok();
}

#[test]
fn the_whole_way() {
    for set in [ParameterSet::CryptoProA, ParameterSet::Tc26_512A] {
        let bank = Bank::new(set);
        bank.orders().waits = 1;
        let folder = bank.folder(true);
        let said = bank.enroll(&folder, "").ok();
        assert!(said.contains("Do not format it") && said.contains("CN=ТЕСТОВ ТЕСТ"), "{said}");
        check_enrolled(&bank, &folder);
        let certificate = folder.token("cert export").ok();
        folder.write("own.pem", certificate);
        let shown = folder.run("cert show own.pem").ok();
        assert!(shown.contains("KAZTOKEN (1.2.398.3.3.5.2.2)") && shown.contains("individual"), "{shown}");
        folder.run("cert verify own.pem --trust root.pem --purpose signature").ok();
        // Once more: it is done, and nothing happens.
        bank.enroll(&folder, "").ok();
        check_enrolled(&bank, &folder);
        // The journal has no secrets.
        let journal =
            std::fs::read_dir(folder.path("state/kaztoken/enrolment")).unwrap().next().unwrap().unwrap();
        let text = std::fs::read_to_string(journal.path()).unwrap();
        assert!(!text.contains(DSN) && !text.contains("Canary"), "{text}");
        // A format would destroy it all.
        let format = format!("format --yes --serial {SERIAL} --erase-keys --admin-pin-source env:ADMIN");
        folder.token(&format).fails(9, "this token is enrolled");
        folder.token("enroll --give-up --yes").ok();
        folder.token(&format).ok();
        assert_eq!(folder.json("enroll --status").1["state"], "none");
    }
}

/// The connection to the token breaks at each of its commands; the same command continues.
#[test]
fn unplugged_anywhere() {
    let bank = Bank::new(ParameterSet::CryptoProA);
    let fresh = bank.folder(true);
    let (mut at, mut asked, mut runs) = (1, 0, 0);
    loop {
        let folder = Folder::empty();
        bank.furnish(&folder);
        std::fs::copy(fresh.path("t.kzt"), folder.path("t.kzt")).unwrap();
        bank.orders().issued.clear();
        let first = bank.enroll(&folder, &format!("--fault unplug@{at}"));
        runs += 1;
        let whole = first.code == 0;
        let mut again = bank.enroll(&folder, "");
        if again.code == 2 && again.stderr.contains("--password-holds") {
            // Only a person can say it; this one tries the old one first, and one try is spent and given back.
            asked += 1;
            again = bank.enroll(&folder, "--password-holds old");
            if again.code == 7 {
                again = bank.enroll(&folder, "--password-holds new");
            }
        }
        assert_eq!(again.code, 0, "unplugged at {at}: {first:?}, then {again:?}");
        check_enrolled(&bank, &folder);
        if whole {
            break;
        }
        // Every command has its turn in the course of the runs of all tests; here every fifth.
        at += 5;
    }
    println!(
        "unplugged at {runs} places up to command {at}, each continued; asked for the password {asked} times"
    );
    assert!(runs > 20 && asked <= 3);
}

/// The line to the authority breaks after so many octets.
#[test]
fn cut_off_from_the_authority() {
    let bank = Bank::new(ParameterSet::Tc26_512A);
    let fresh = bank.folder(true);
    let mut runs = 0;
    for octets in (0..).map(|number| number * 211) {
        let folder = Folder::empty();
        bank.furnish(&folder);
        std::fs::copy(fresh.path("t.kzt"), folder.path("t.kzt")).unwrap();
        {
            let mut orders = bank.orders();
            orders.issued.clear();
            orders.waits = 1;
        }
        bank.octets.store(octets, Ordering::Relaxed);
        let first = bank.enroll(&folder, "");
        bank.octets.store(usize::MAX, Ordering::Relaxed);
        runs += 1;
        let whole = first.code == 0;
        assert!(
            whole || (first.code == 11 && first.stderr.contains("run the same command again")),
            "{first:?}"
        );
        bank.enroll(&folder, "").ok();
        check_enrolled(&bank, &folder);
        if whole {
            break;
        }
    }
    println!("cut off from the authority at {runs} places, each continued");
    assert!(runs > 10);
}

/// Any journal that a power failure may leave: every line, and torn lines.
#[test]
fn the_journal_cut_anywhere() {
    let bank = Bank::new(ParameterSet::CryptoProA);
    let folder = bank.folder(true);
    bank.enroll(&folder, "").ok();
    let file =
        std::fs::read_dir(folder.path("state/kaztoken/enrolment")).unwrap().next().unwrap().unwrap().path();
    let whole = std::fs::read_to_string(&file).unwrap();
    let ends: Vec<usize> = whole.match_indices('\n').map(|(at, _)| at + 1).collect();
    let mut continued = 0;
    // What was done stays done on the token; the journal knows less and less of it.
    for end in ends.iter().skip(2).rev() {
        for torn in [0, 3] {
            std::fs::write(&file, &whole[..(end + torn).min(whole.len())]).unwrap();
            let mut run = bank.enroll(&folder, "");
            if run.code == 2 && run.stderr.contains("--password-holds") {
                run = bank.enroll(&folder, "--password-holds new");
            }
            let step = whole[..*end].lines().last().unwrap();
            if step.starts_with("begin")
                || step == "will password"
                || step == "did password"
                || step.ends_with("label")
            {
                continue;
            }
            assert_eq!(run.code, 0, "after {step:.30}: {run:?}");
            assert_eq!(folder.json("key list").1["keys"].as_array().unwrap().len(), 1);
            continued += 1;
        }
    }
    println!("{continued} journals cut and continued");
    assert!(continued > 10);
}

#[test]
fn by_files() {
    let bank = Bank::new(ParameterSet::Tc26_512A);
    let folder = bank.folder(true);
    std::fs::create_dir(folder.path("desk")).unwrap();
    let line = bank.line("files:desk", "");
    folder.token(&line).fails(11, "put the certificate into");
    folder.token(&line).fails(11, "put the certificate into");
    let name = format!("desk/{:016x}", SERIAL.parse::<u64>().unwrap());
    let request = Request::from_der(&text::octets(&folder.read(&format!("{name}.p10"))).unwrap()).unwrap();
    assert_eq!(request.subject(), &Bank::subject());
    let dates = (year(2020), year(2040));
    // One for another key, one that is none, one of another authority, then the right one.
    let other =
        bank.root.issue_to(&Bank::subject(), key(bank.set, 5).public_key(), &Vec::new(), dates, vec![1]);
    folder.write(&format!("{name}.cer"), other.unwrap().der());
    folder.token(&line).fails(13, "for another key than the one on the token");
    folder.write(&format!("{name}.cer"), "not at all!");
    folder.token(&line).fails(13, "neither DER nor PEM");
    let stranger = Authority::root(&of_authority("STRANGER TEST").unwrap(), key(bank.set, 6), dates).unwrap();
    let forged = stranger.issue(&request, dates, vec![1]).unwrap();
    folder.write(&format!("{name}.cer"), forged.der());
    folder.token(&line).fails(13, "its issuer's certificate is not at hand");
    let expired = bank.root.issue(&request, (year(2020), year(2021)), vec![1]).unwrap();
    folder.write(&format!("{name}.cer"), expired.der());
    folder.token(&line).fails(13, "it held until 2021");
    let right = bank.root.issue(&request, dates, serial_number(request.public_key())).unwrap();
    folder.write(&format!("{name}.cer"), text::pem(text::label::CERTIFICATE, right.der()));
    folder.token(&line).ok();
    assert_eq!(folder.json("enroll --status").1["state"], "finished");
}

/// The settlement centre's form: the initial key signs a message with the request in it.
#[test]
fn by_files_of_the_settlement_centre() {
    let bank = Bank::new(ParameterSet::CryptoProA);
    let folder = bank.folder(true);
    std::fs::create_dir(folder.path("desk")).unwrap();
    let line = bank.line("kisc:CN=GOST_USER_SIGN_14D:desk", "");
    let run = folder.token(&line);
    assert!(run.stderr.contains("from one message of 2009 only"), "{run:?}");
    run.fails(11, "put the certificate into");
    let name = format!("desk/{:016x}", SERIAL.parse::<u64>().unwrap());
    let wrapped = text::octets(&folder.read(&format!("{name}.p7"))).unwrap();
    let message = SignedMessage::from_der(&wrapped).unwrap();
    let verdict = message.verify(Content::Attached, &[]).unwrap().remove(0).unwrap();
    assert_eq!(verdict.certificate.subject(), &Bank::subject());
    let request = Request::from_der(message.content().unwrap()).unwrap();
    assert_eq!(request.template(), Some("CN=GOST_USER_SIGN_14D"));
    assert!(request.extensions().is_empty() && request.subject() == &Bank::subject());
    let dates = (year(2020), year(2040));
    let right = bank.root.issue(&request, dates, serial_number(request.public_key())).unwrap();
    folder.write(&format!("{name}.cer"), right.der());
    folder.token(&line).ok();
    assert_eq!(folder.json("enroll --status").1["state"], "finished");
    for bad in ["kisc:", "kisc::desk", "kisc:CN=A:", "kisc:CN=A"] {
        bank.folder(true).token(&bank.line(bad, "")).fails(2, "expected");
    }
}

#[test]
fn what_does_not_begin() {
    let bank = Bank::new(ParameterSet::CryptoProA);
    let blank = bank.folder(false);
    bank.enroll(&blank, "").fails(9, "the token is not formatted");
    let used = Folder::with_key();
    bank.furnish(&used);
    bank.enroll(&used, "").fails(9, "the token is not empty: 1 keys");
    let folder = bank.folder(true);
    let without =
        |part: &str| folder.token(&bank.line(&format!("http://{}/", bank.address), "").replace(part, ""));
    without("--initial Key.pfx").fails(2, "--initial is needed");
    without("--trust root.pem").fails(2, "no certificate is trusted");
    without("--yes").fails(9, "");
    without("--user qq111111_qwertyui").fails(2, "the user ID has 1 to 64 Latin letters");
    folder.token("enroll").fails(2, "--authority is needed");
    folder.token(&bank.line("https://ca.example/", "")).fails(2, "expected http://HOST:PORT/PATH");
    // The codes of the manual's list of errors.
    for (dsn, says) in [
        ("QX7B0I1KO4", "the DSN code has 11 characters, and 10 were typed"),
        ("qx7b0i1ko42", "is written in capital letters"),
        ("QX7В0I1KO42", "one of those typed only looks like one"),
        ("QX7B0I1KO43", "trying again costs nothing"),
        ("QX7BOI1KO43", "The letter I and the digit 1 look alike"),
    ] {
        folder.write("dsn", dsn);
        let run = bank.enroll(&folder, "");
        assert!(
            run.code == 13 && run.stderr.contains("the password is wrong") && run.stderr.contains(says),
            "{run:?}"
        );
        assert!(!run.stderr.contains(dsn), "{run:?}");
    }
    folder.write("dsn", DSN);
    let good = folder.read("Key.pfx");
    let mut changed = good.clone();
    let last = changed.len() - 30;
    changed[last] ^= 1;
    folder.write("Key.pfx", &changed);
    bank.enroll(&folder, "").fails(13, "ask the bank for a new copy");
    folder.write("Key.pfx", &good[..good.len() - 5]);
    bank.enroll(&folder, "").fails(13, "the key store is damaged");
    folder.write("Key.pfx", "text");
    assert_eq!(bank.enroll(&folder, "").code, 13);
    folder.write("Key.pfx", bank.initial((year(2020), year(2021))));
    bank.enroll(&folder, "").fails(13, "the initial key held until 2021");
    folder.write("Key.pfx", bank.initial((year(2039), year(2040))));
    bank.enroll(&folder, "").fails(13, "the initial key holds only from 2039");
    folder.write("Key.pfx", &good);
    // A password with runs: refused before anything is begun.
    let weak = bank.line(&format!("http://{}/", bank.address), "").replace("env:NEW", "env:WEAK");
    folder.token(&weak).fails(9, "");
    // A code with a look-alike: offered, and taken only when the person says so.
    folder.write("dsn", "QX7BOI1KO42");
    let line = bank.line(&format!("http://{}/", bank.address), "").replace("--yes", "");
    let words: Vec<&str> = ["--virtual", "t.kzt"].into_iter().chain(line.split_whitespace()).collect();
    let offered = folder.run_with_input(&words, "y\nn\n");
    let says = [
        "place 5: 0 instead of O (1 of 15; trying costs nothing)?",
        "opens the key with place 5: 0 instead of O",
    ];
    assert!(offered.code == 9 && says.iter().all(|text| offered.stderr.contains(text)), "{offered:?}");
    let declined = folder.run_with_input(&words, "n\n");
    assert!(declined.code == 13 && !declined.stderr.contains("2 of 15"), "{declined:?}");
    folder.write("dsn", DSN);
    // Nothing of all this has begun anything, or spent a try.
    assert_eq!(folder.json("enroll --status").1["state"], "none");
    assert_eq!(folder.tries(), (5, 10));
    // The wrong password of the token: told before it is changed, and continued with the right one.
    let wrong = bank.line(&format!("http://{}/", bank.address), "").replace("env:USER", "env:WRONG");
    folder.token(&wrong).fails(7, "");
    bank.enroll(&folder, "").ok();
    check_enrolled(&bank, &folder);
}

#[test]
fn what_the_authority_does_wrong() {
    let bank = Bank::new(ParameterSet::Tc26_512A);
    let folder = bank.folder(true);
    bank.orders().reject = true;
    let run = bank.enroll(&folder, "");
    assert!(run.code == 9 && run.stderr.contains("notAuthorized (the DSN card is not active)"), "{run:?}");
    bank.orders().reject = false;
    // While it is unfinished, format is refused.
    let format = format!("format --yes --serial {SERIAL} --erase-keys --admin-pin-source env:ADMIN");
    folder.token(&format).fails(9, "an enrolment of this token is unfinished");
    bank.orders().waits = 100;
    bank.enroll(&folder, "--wait 2").fails(11, "the authority has not decided yet");
    bank.orders().waits = 0;
    let other = bank.root.issue_to(
        &Bank::subject(),
        key(bank.set, 5).public_key(),
        &Vec::new(),
        (year(2020), year(2040)),
        vec![1],
    );
    bank.orders().instead = other.ok();
    bank.enroll(&folder, "").fails(13, "the certificate is for another key");
    bank.orders().instead = None;
    let stranger = Bank::new(ParameterSet::Tc26_512A);
    folder.write("other.pem", {
        let name = of_authority("STRANGER TEST").unwrap();
        let root = Authority::root(&name, key(bank.set, 8), (year(2020), year(2040))).unwrap();
        text::pem(text::label::CERTIFICATE, root.certificate().der())
    });
    let line = bank.line(&format!("http://{}/", bank.address), "").replace("root.pem", "other.pem");
    folder.token(&line).fails(13, "who signed the message is not to be trusted");
    drop(stranger);
    // Nobody there.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = bank.folder(true);
    nobody.token(&bank.line(&format!("http://{free}/"), "")).fails(11, "run the same command again");
    // Another initial key than the enrolment began with.
    let before = folder.read("Key.pfx");
    let second = key(bank.set, 3);
    let certificate = bank.root.issue_to(
        &Bank::subject(),
        second.public_key(),
        &Vec::new(),
        (year(2020), year(2040)),
        vec![8],
    );
    folder.write(
        "Key.pfx",
        write(&second, &[certificate.unwrap()], "x", DSN, StoreForm::Aes, &[1; 96]).unwrap(),
    );
    bank.enroll(&folder, "").fails(13, "another initial key");
    folder.write("Key.pfx", before);
    bank.enroll(&folder, "").ok();
    check_enrolled(&bank, &folder);
    // Its key deleted behind its back: told, and nothing is made anew.
    folder.token("key delete 1 --yes --pin-source env:NEW").ok();
    bank.enroll(&folder, "").fails(9, "key 1, made for this enrolment, is not on the token any more");
}
