//! Signed messages with keys from key stores: several signers, time stamps, the document taken out again.

use crate::ca::Serving;
use crate::support::Folder;
use kaztoken_pki::text;

/// Signs with the first person's key.
pub(crate) const BY: &str = "--key-store Key.pfx --password-source file:dsn";
const BY_OTHER: &str = "--key-store Other.pfx --password-source file:other-dsn";
pub(crate) const TRUST: &str = "--trust desk/root.pem --chain desk/centre.pem";

/// An authority and two persons with keys in files.
pub(crate) fn persons(alg: &str) -> Folder {
    let folder = Folder::empty();
    folder.run(&format!("ca new desk --alg {alg}")).ok();
    for (file, dsn, name) in [("Key.pfx", "dsn", "ТЕСТОВ"), ("Other.pfx", "other-dsn", "БАСҚА")] {
        let made = format!("ca initial desk --surname {name} --name ТЕСТ --iin 123456789011 --out {file}");
        let made = folder.run(&format!("--json {made}")).json();
        folder.write(dsn, made["dsn"].as_str().unwrap());
    }
    folder.write("order.txt", "17: 125000.00 KZT");
    folder
}

#[test]
fn time_stamps_and_several_signers() {
    for alg in ["gost2004", "gost2015", "rsa2048"] {
        let folder = persons(alg);
        let desk = Serving::new(&folder);
        let stamp = format!("--time-stamp http://{}/tsp", desk.address);
        let run = folder.run(&format!("--json sign order.txt --format cms {BY} {stamp}"));
        let made = run.json();
        crate::schema::fits("sign", &made);
        assert!(made["time_stamp"].is_string() && made["key_store"] == "Key.pfx", "{made}");
        let judge = |file: &str| folder.run(&format!("--json verify {file} {TRUST}"));
        let verified = judge("order.txt.p7s").json();
        crate::schema::fits("verify", &verified);
        assert_eq!(verified["signers"][0]["time_stamp"], made["time_stamp"], "{verified}");
        let shown = folder.run("--json cert show order.txt.p7s").json();
        crate::schema::fits("cert show", &shown);
        assert_eq!(shown["objects"][0]["content"], 17, "{shown}");
        // Another person signs the same document, and both are in one message.
        let both =
            format!("sign order.txt --format cms {BY_OTHER} --with-signers order.txt.p7s --out both.p7s");
        let said = folder.run(&both).ok();
        assert!(said.contains("2 signatures are in the message"), "{said}");
        let verified = judge("both.p7s").json();
        let names: Vec<_> = verified["signers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|signer| signer["subject"].to_string())
            .collect();
        assert_eq!(names.len(), 2);
        for name in ["ТЕСТОВ", "БАСҚА"] {
            assert!(names.iter().any(|found| found.contains(name)), "{names:?}");
        }
        // Detached, from an attached one.
        folder.run(&both.replace("both.p7s", "beside.p7s --detached")).ok();
        folder.run(&format!("verify order.txt beside.p7s {TRUST}")).ok();
        // Nobody signs beside what is not good.
        folder.write("order.txt", "17: 925000.00 KZT");
        folder.run(&both).fails(13, "the content is not what was signed");
        // Policies that the authority does not have.
        let other = format!("sign order.txt --format cms {BY} {stamp} --stamp-policy 1.2.3 --out none.p7s");
        folder.run(&other).fails(13, "there are no stamps by this policy");
        assert!(!folder.path("none.p7s").exists());
        let crl = format!("sign order.txt --format cms {BY} --time-stamp http://{}/crl", desk.address);
        folder.run(&crl).fails(13, "application/pkix-crl");
        drop(desk);
        let gone = folder.run(&format!("sign order.txt --format cms {BY} {stamp} --out none.p7s"));
        assert!(gone.code == 11 && !folder.path("none.p7s").exists(), "{gone:?}");
    }
    let folder = persons("gost2004");
    folder
        .run(&format!("sign order.txt --format cms {BY} --time-stamp https://a/"))
        .fails(2, "http://HOST:PORT");
    folder.run(&format!("sign order.txt {BY}")).fails(2, "--format cms, xml");
    folder.run(&format!("sign order.txt --format xml {BY} --detached")).fails(2, "--detached");
    folder.run("sign order.txt --format cms --element a").fails(2, "--element");
}

#[test]
fn the_document_comes_out_again() {
    let folder = persons("gost2004");
    // Longer than what is read at a time.
    let document: Vec<u8> = (0..700_000_u32).flat_map(|number| number.to_le_bytes()).collect();
    folder.write("large", &document);
    folder.run(&format!("sign large --format cms {BY}")).ok();
    let out = folder.run(&format!("verify large.p7s --extract out {TRUST}")).ok();
    assert!(out.contains("as it was signed"), "{out}");
    assert_eq!(folder.read("out"), document);
    // As PEM.
    folder.write("pem", text::pem("CMS", &folder.read("large.p7s")));
    folder.run("verify pem --extract from-pem").ok();
    assert_eq!(folder.read("from-pem"), document);
    // What is not good leaves nothing, and what stood there stays.
    let mut damaged = folder.read("large.p7s");
    damaged[1_000_000] ^= 1;
    folder.write("damaged", &damaged);
    folder.write("kept", "before");
    folder.run("verify damaged --extract kept").fails(13, "the content is not what was signed");
    folder.run("verify damaged --extract nothing").fails(13, "the content is not what was signed");
    folder.run("verify large.p7s --extract kept --trust desk/root.pem").fails(13, "issuer");
    assert_eq!(folder.read("kept"), b"before");
    folder.write("cut", &damaged[..2_000_000]);
    folder.run("verify cut --extract nothing").fails(13, "is cut off");
    assert!(!folder.path("nothing").exists());
    folder.run(&format!("sign large --format cms --detached {BY} --out d.p7s")).ok();
    folder.run("verify d.p7s --extract nothing").fails(13, "the content is not in the message");
    folder.run("verify large d.p7s --extract nothing").fails(2, "no document in it");
    assert!(!folder.path("nothing").exists());
}
