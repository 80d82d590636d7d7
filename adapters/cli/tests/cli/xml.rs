//! Signatures in XML documents.

use crate::messages::{BY, TRUST, persons};
use crate::support::Folder;
use std::path::Path;

#[test]
fn signed_and_judged() {
    for alg in ["gost2004", "gost2015", "rsa2048"] {
        let folder = persons(alg);
        folder.write(
            "order.xml",
            "<?xml version=\"1.0\"?>\n<order>\n  <sum>125000.00</sum>\n  <approved/>\n</order>\n",
        );
        let made = folder.run(&format!("--json sign order.xml --format xml {BY}")).json();
        crate::schema::fits("sign", &made);
        assert_eq!(made["signature"], "order.signed.xml");
        let judged = folder.run(&format!("--json verify order.signed.xml {TRUST}")).json();
        crate::schema::fits("verify", &judged);
        assert_eq!(judged["signatures"][0]["covers_document"], true, "{judged}");
        for language in ["en", "ru", "kk"] {
            let text = folder.run(&format!("--lang {language} verify order.signed.xml")).ok();
            assert!(text.contains("ТЕСТОВ"), "{text}");
        }
        // A second signature, into an element of its own, and the first one holds.
        let again = "sign order.signed.xml --format xml --element approved --out both.xml";
        folder.run(&format!("{again} {}", BY.replace("Key", "Other").replace("dsn", "other-dsn"))).ok();
        let judged = folder.run(&format!("--json verify both.xml {TRUST}")).json();
        assert_eq!(judged["signatures"].as_array().unwrap().len(), 2, "{judged}");
        // Any change of what is signed is found, in every signature.
        let text = String::from_utf8(folder.read("both.xml")).unwrap();
        for (from, to) in [("125000", "925000"), ("<order>", "<order a=\"1\">"), ("  <sum>", " <sum>")] {
            folder.write("forged.xml", text.replace(from, to));
            folder.run("verify forged.xml").fails(13, "was changed");
        }
        // Comments and the declaration are nobody's.
        folder.write(
            "same.xml",
            text.replace("<sum>", "<!-- a --><sum>").replace("<?xml version=\"1.0\"?>\n", ""),
        );
        folder.run(&format!("verify same.xml {TRUST}")).ok();
        folder.run("verify both.xml --trust desk/centre.pem --at 2020-01-01").fails(13, "holds only from");
    }
}

#[test]
fn what_is_refused() {
    let folder = persons("gost2004");
    for (document, says) in [
        ("<a><b></a>", "line 1"),
        ("<!DOCTYPE a><a/>", "document type"),
        ("<?xml version=\"1.1\"?><a/>", "only 1.0"),
        ("<?xml version=\"1.0\" encoding=\"windows-1251\"?><a/>", "only UTF-8"),
        ("<p:a/>", "stands for no namespace"),
    ] {
        folder.write("bad.xml", document);
        folder.run(&format!("sign bad.xml --format xml {BY}")).fails(13, says);
        folder.run("verify bad.xml").fails(13, says);
    }
    folder.write("bad.xml", "<a>&evil;</a>");
    folder.run("verify bad.xml").fails(13, "the entity evil is not known");
    folder.write("bare.xml", "<a><b/><b/></a>");
    folder.run("verify bare.xml").fails(13, "has no signature in it");
    folder.run(&format!("sign bare.xml --format xml --element c {BY}")).fails(13, "no element c");
    folder.run(&format!("sign bare.xml --format xml --element b {BY}")).fails(13, "several elements b");
    assert!(!folder.path("bare.signed.xml").exists() && !folder.path("bad.signed.xml").exists());
    folder.run(&format!("sign none.xml --format xml {BY}")).fails(1, "none.xml");
}

#[test]
fn the_national_centres_document() {
    let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/kz/xml");
    let Ok(files) = std::fs::read_dir(&real) else {
        println!("skipped: no signed documents at {}", real.display());
        return;
    };
    let folder = Folder::empty();
    for file in files {
        let path = file.unwrap().path().display().to_string();
        let (code, judged) = folder.json(&format!("verify {path}"));
        assert_eq!(code, 0, "{path}: {judged}");
        crate::schema::fits("verify", &judged);
        println!("{path}: good");
    }
}
