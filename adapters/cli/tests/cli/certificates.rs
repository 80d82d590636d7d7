//! Certificates: import, list, export, and what is none.

use crate::support::Folder;
use serde_json::Value;

/// DER: tag, length, content.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = (content.len() as u16).to_be_bytes();
    let mut out = match content.len() {
        0..=0x7F => vec![tag, length[1]],
        _ => vec![tag, 0x82, length[0], length[1]],
    };
    out.extend(content);
    out
}

/// A certificate, as far as anybody here looks, for the key in `pay.der`, with so much padding.
pub(crate) fn certificate(folder: &Folder, padding: usize) -> Vec<u8> {
    folder.token("key public 1 --out pay.der").ok();
    let name = |text: &str| {
        let attribute = der(0x30, &[b"\x06\x03\x55\x04\x03", &der(0x0C, &[text.as_bytes()])]);
        der(0x30, &[&der(0x31, &[&attribute])])
    };
    let algorithm = der(0x30, &[b"\x06\x03\x2A\x03\x04"]);
    let validity = der(0x30, &[&der(0x17, &[b"250101000000Z"]), &der(0x17, &[b"260101000000Z"])]);
    // Noise does not compress.
    let noise: Vec<u8> = (1..=padding as u64)
        .map(|i| {
            (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20).wrapping_mul(0xBF58_476D_1CE4_E5B9) as usize >> 40
        })
        .map(|word| word as u8)
        .collect();
    let extension = der(0xA3, &[&noise]);
    let parts: [&[u8]; 8] = [
        b"\xA0\x03\x02\x01\x02\x02\x01\x05",
        &algorithm,
        &name("NUC Test"),
        &validity,
        &name("TOO Primer"),
        &folder.read("pay.der"),
        &extension,
        b"",
    ];
    der(0x30, &[&der(0x30, &parts), &algorithm, b"\x03\x02\x00\x01"])
}

#[test]
fn import_list_export_delete() {
    let folder = Folder::with_key();
    let der = certificate(&folder, 100);
    folder.write("cert.der", &der);
    let (code, stored) = folder.json("cert import cert.der --pin-source env:USER");
    assert_eq!((code, &stored["key"], &stored["label"]), (0, &1.into(), &"TOO Primer".into()));
    let (_, list) = folder.json("cert list");
    let row: &Value = &list["certificates"][0];
    assert_eq!((&row["subject"], &row["issuer"]), (&"TOO Primer".into(), &"NUC Test".into()));
    assert_eq!((&row["not_after"], &row["key"]), (&"2026-01-01".into(), &1.into()));
    assert_eq!(row["id"], folder.json("key list").1["keys"][0]["id"]);

    folder.token("cert export --out out.der").ok();
    assert_eq!(folder.read("out.der"), der);
    folder.write("out.pem", folder.token("cert export").ok());
    folder.write("payment", "1");
    folder.token("sign payment --pin-source env:USER").ok();
    folder.run("verify payment payment.sig --public-key out.pem").ok();
    assert!(folder.token("status").ok().contains("in use"));

    folder.token("cert import out.pem --label again --id 77 --pin-source env:USER").ok();
    folder.token("cert export").fails(2, "several");
    folder.token("cert export 77 --out again.der").ok();
    assert_eq!(folder.read("again.der"), der);
    folder.token("object delete again --yes --pin-source env:USER").ok();
    folder.token("cert export again").fails(1, "no such certificate");
    folder.token("object delete pay --yes --pin-source env:USER").fails(2, "several");
    folder.token("object delete 5000/0200 --yes --pin-source env:USER").fails(9, "key delete");
    assert_eq!(folder.json("cert list").1["certificates"].as_array().unwrap().len(), 1);
}

#[test]
fn what_is_no_certificate() {
    let folder = Folder::with_key();
    folder.write("junk", "junk");
    folder.write("broken.pem", "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n");
    folder.write("huge", vec![0x30; 2_000_000]);
    let whole = certificate(&folder, 0);
    folder.write("cut.der", &whole[..whole.len() - 1]);
    let import = |file: &str| folder.token(&format!("cert import {file} --pin-source env:USER"));
    import("junk").fails(13, "no X.509 certificate");
    import("cut.der").fails(13, "no X.509 certificate");
    import("broken.pem").fails(13, "PEM");
    import("huge").fails(13, "more than 1048576 bytes");
    if cfg!(unix) {
        import("/dev/zero").fails(13, "more than 1048576 bytes");
    }
    import("missing").fails(1, "missing");
    assert_eq!(folder.tries(), (5, 10));
}

#[test]
fn too_large_and_a_full_token() {
    let folder = Folder::with_key();
    folder.write("large.der", certificate(&folder, 33_000));
    folder.token("cert import large.der --pin-source env:USER").fails(13, "too large");
    folder.write("big.der", certificate(&folder, 30_000));
    let import = || folder.token("cert import big.der --pin-source env:USER");
    let stored = (0..10).take_while(|_| import().code == 0).count();
    assert_eq!(stored, 4, "128 KiB hold four of them");
    import().fails(1, "delete what is not needed");
    let list = folder.json("cert list").1;
    assert_eq!(list["certificates"].as_array().unwrap().len(), stored, "nothing half stored");
    folder.write("payment", "1");
    folder.token("sign payment --pin-source env:USER").ok();
}

#[test]
fn a_token_without_a_layout() {
    let folder = Folder::with_key();
    folder.write("cert.der", certificate(&folder, 10));
    folder.run("virtual new f.kzt").ok();
    folder
        .run("--virtual f.kzt cert import cert.der --pin-source env:FACTORY_USER")
        .fails(1, "format it first");
}

/// The layout seen in vendor middleware: made by hand here, since this program only continues it.
#[test]
fn the_layout_of_the_vendors_middleware() {
    let folder = Folder::factory();
    let rules = "00020000000002".to_owned() + &"00".repeat(7);
    let create = |kind: &str, size: &str| format!("00E000001F6F1D8002{size}8202{kind}83021010860F43{rules}");
    let map = [
        "0020000208".to_owned() + "3132333435363738",
        "00A40800021000".to_owned(),
        create("3800", "0000"),
        "00A408000410001010".to_owned(),
        create("0100", "0200"),
        "00A4080006100010101010".to_owned(),
        "00D600000401000010".to_owned(),
    ];
    let out = folder.token(&format!("apdu --allow-destructive {}", map.join(" "))).ok();
    assert_eq!(out.matches("9000").count(), map.len(), "{out}");
    let user = "--pin-source env:FACTORY_USER";

    let (_, made) = folder.json(&format!("key generate --label 18f3a {user}"));
    assert_eq!((&made["registered"], &made["label"]), (&true.into(), &"18f3a".into()));
    folder.token(&format!("key generate --alg gost2012-512 --label big {user}")).ok();
    let keys = folder.token("key list").ok();
    assert!(keys.contains("18f3a") && keys.contains("big") && !keys.contains("orphan"), "{keys}");
    folder.write("payment", "1");
    folder.token(&format!("sign payment --key big {user}")).ok();

    let der = certificate(&folder, 100);
    folder.write("cert.der", &der);
    folder.token(&format!("cert import cert.der {user}")).ok();
    let (_, list) = folder.json("cert list");
    assert_eq!(
        (&list["certificates"][0]["key"], &list["certificates"][0]["readable"]),
        (&1.into(), &true.into())
    );
    folder.token("cert export --out out.der").ok();
    assert_eq!(folder.read("out.der"), der);
    folder.token(&format!("cert import cert.der {user}")).fails(1, "already");
    folder.write("large.der", certificate(&folder, 4000));
    folder.token(&format!("cert import large.der {user}")).fails(13, "too large");
    folder.write("other.der", der.iter().rev().copied().collect::<Vec<_>>());
    folder.token(&format!("cert import other.der {user}")).fails(13, "no X.509");
}
