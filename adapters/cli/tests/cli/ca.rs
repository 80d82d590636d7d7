//! The test authority, and the whole way with real commands: empty token, initial key, enrolment, signed payment.

use crate::support::{Folder, SERIAL, program};
use kaztoken_core::gost::encoding::PrivateKeyInfo;
use kaztoken_core::gost::encoding::algorithm::KeyAlgorithm;
use kaztoken_core::gost::encoding::private_key::Form;
use kaztoken_core::gost::{ParameterSet, SigningKey};
use kaztoken_pki::name::of_authority;
use kaztoken_pki::request::{Template, prepare};
use kaztoken_pki::{PrivateKey, oid, text};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A request that `ca new` with its usual keys certifies.
pub(crate) fn request() -> String {
    let set = ParameterSet::CryptoProA;
    let key = SigningKey::from_le_bytes(set, &[3; 32]).unwrap();
    let info = PrivateKeyInfo::new(KeyAlgorithm::kazakh(set).unwrap(), key, Form::Kazakh2004).unwrap();
    let key = PrivateKey::from_gost(info).unwrap();
    let template = Template::signing(oid::ROLE_INDIVIDUAL, oid::STORE_KAZTOKEN);
    let subject = of_authority("ТЕСТ").unwrap();
    let request = prepare(&subject, key.public_key(), &template.extensions().unwrap()).unwrap();
    text::pem(text::label::CERTIFICATE_REQUEST, &request.sign(&key).unwrap())
}

/// `ca serve` in a process of its own, which ends with this.
pub(crate) struct Serving {
    child: Child,
    pub(crate) address: String,
}

impl Serving {
    pub(crate) fn new(folder: &Folder) -> Self {
        let mut child = Command::new(program())
            .args(["ca", "serve", "desk"])
            .env("LC_ALL", "C")
            .current_dir(folder.path("."))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut notes = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        notes.read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
        std::thread::spawn(move || notes.lines().map_while(Result::ok).for_each(drop));
        Self { child, address }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn from_an_empty_token_to_a_verified_payment() {
    for (alg, form) in [("gost2004", "gost94"), ("gost2015", "streebog512")] {
        let folder = Folder::formatted();
        folder.run(&format!("ca new desk --alg {alg}")).ok();
        let made = folder.run(
            "--json ca initial desk --surname ТЕСТОВ --name ТЕСТ --iin 123456789011 --organisation Primer \
             --bin 123456789021 --out Key.pfx",
        );
        let dsn = made.json()["dsn"].as_str().unwrap().to_owned();
        folder.write("dsn", &dsn);
        let desk = Serving::new(&folder);
        let enrolled = folder.token(&format!(
            "enroll --initial Key.pfx --dsn-source file:dsn --user qq111111_qwertyui --label Kassa --role head \
             --alg {alg} --authority http://{}/ --trust desk/root.pem --chain desk/centre.pem --yes \
             --pin-source env:USER --new-pin-source env:NEW",
            desk.address
        ));
        assert!(enrolled.stdout.contains("Do not format it"), "{enrolled:?}");
        assert!(!enrolled.stdout.contains(&dsn) && !enrolled.stderr.contains(&dsn));
        drop(desk);
        folder.token("cert export --out own.pem").ok();
        let verified = folder
            .run("cert verify own.pem --trust desk/root.pem --chain desk/centre.pem --purpose signature");
        assert!(verified.stdout.contains("the certificate is good"), "{verified:?}");
        // A payment, signed with the new password and verified by the certificate.
        folder.write("payment.txt", "125000.00 KZT");
        folder.token(&format!("sign payment.txt --hash {form} --pin-source env:NEW")).ok();
        let check = format!("verify payment.txt payment.txt.sig --public-key own.pem --hash {form}");
        folder.run(&check).ok();
        folder.write("payment.txt", "925000.00 KZT");
        assert_eq!(folder.run(&check).code, 13);
        // The same as signed messages, with the document and beside it.
        folder.write("order.txt", "17: 125000.00 KZT");
        folder.token("sign order.txt --format cms --pin-source env:NEW").ok();
        let judge = "verify order.txt.p7s --trust desk/root.pem --chain desk/centre.pem";
        let good = folder.run(judge).ok();
        assert!(good.contains("The signature is good: ") && good.contains("ТЕСТОВ ТЕСТ"), "{good}");
        crate::schema::fits("verify", &folder.run(&format!("--json {judge}")).json());
        let unjudged = folder.run("verify order.txt.p7s").ok();
        assert!(unjudged.contains("was not judged"), "{unjudged}");
        folder.run("verify order.txt.p7s --trust own.pem").ok();
        folder
            .run("verify order.txt.p7s --trust desk/root.pem")
            .fails(13, "its issuer's certificate is not at hand");
        folder
            .token("sign order.txt --format cms --detached --cert own.pem --out d.p7s --pin-source env:NEW")
            .ok();
        folder.run("verify order.txt d.p7s").ok();
        folder.write("order.txt", "17: 925000.00 KZT");
        folder.run("verify order.txt d.p7s").fails(13, "the content is not what was signed");
        folder.run("verify order.txt.p7s").ok();
        folder.run("verify d.p7s").fails(13, "the content is not in the message");
        folder.run("verify order.txt").fails(2, "is no signed message");
        folder.token("sign order.txt --detached --pin-source env:NEW").fails(2, "--format cms");
        folder.token("sign order.txt --format cms --hash sha256 --pin-source env:NEW").fails(2, "--hash");
        // And as an XML document.
        folder.write("order.xml", "<order number=\"17\"><sum>125000.00 KZT</sum></order>");
        folder.token("sign order.xml --format xml --pin-source env:NEW").ok();
        let judge = "verify order.signed.xml --trust desk/root.pem --chain desk/centre.pem";
        let good = folder.run(judge).ok();
        assert!(good.contains("line 1 is good: ") && good.contains("it covers the whole document"), "{good}");
        folder.write(
            "forged.xml",
            String::from_utf8(folder.read("order.signed.xml")).unwrap().replace("125", "925"),
        );
        folder.run("verify forged.xml").fails(13, "what reference 1 covers was changed");
        folder.token("sign order.txt --format cms --cert desk/root.pem").fails(13, "for another key");
        // What the desk knows of it, and what happens when it is revoked.
        let list = folder.run("--json ca list desk").json();
        assert_eq!(list["certificates"].as_array().unwrap().len(), 2, "{list}");
        folder.run("ca crl desk --out clean.crl").ok();
        let judge = |crl: &str| {
            folder.run(&format!(
                "cert verify own.pem --trust desk/root.pem --chain desk/centre.pem --crl {crl}"
            ))
        };
        assert!(judge("clean.crl").ok().contains("not revoked, by the revocation list"));
        folder.run("ca revoke desk own.pem").ok();
        folder.run("ca crl desk --out new.crl").ok();
        let revoked = judge("new.crl");
        assert!(revoked.code == 13 && revoked.stderr.contains("it was revoked at"), "{revoked:?}");
        let format = format!("format --yes --serial {SERIAL} --erase-keys --admin-pin-source env:ADMIN");
        folder.token(&format).fails(9, "this token is enrolled");
    }
}

#[test]
fn what_the_desk_does_not_do() {
    let folder = Folder::empty();
    folder.run("ca new desk").ok();
    folder.run("ca new desk").fails(9, "is not empty");
    folder.run("ca list desk").ok();
    folder.run("ca list nowhere").fails(1, "nowhere");
    let initial =
        |more: &str| folder.run(&format!("ca initial desk --surname A --name B --out x.pfx {more}"));
    initial("--iin 12345678901").fails_in_usage("12 digits");
    initial("--iin 123456789011 --bin 123456789021").fails_in_usage("--organisation");
    initial("--iin 123456789011").ok();
    initial("--iin 123456789011").fails(9, "x.pfx");
    folder.write("request.p10", request());
    let shown = folder.run("--json cert show request.p10").json();
    crate::schema::fits("cert show", &shown);
    assert_eq!(shown["objects"][0]["kind"], "request");
    let issued = folder.run("ca issue desk request.p10").ok();
    folder.write("own.pem", &issued);
    folder.run("cert verify own.pem --trust desk/root.pem --chain desk/centre.pem").ok();
    // The same key again: another serial number.
    folder.write("again.pem", folder.run("ca issue desk request.p10").ok());
    assert_eq!(folder.run("--json ca list desk").json()["certificates"].as_array().unwrap().len(), 3);
    folder.run("ca new other --alg gost2015").ok();
    folder.run("ca issue other request.p10").fails(13, "of another kind");
    folder.run("ca revoke other own.pem").fails(13, "not one of this authority");
    folder.write("text", "?");
    assert_eq!(folder.run("ca issue desk text").code, 13);
    folder.run("ca new rsa --alg rsa2048").ok();
    assert!(folder.run("cert show rsa/root.pem").ok().contains("RSA-2048"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder.path("desk/root.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
