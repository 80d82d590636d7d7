//! Keys and signatures.

use crate::support::Folder;

#[test]
fn generate_list_export_delete() {
    let folder = Folder::formatted();
    let (code, made) =
        folder.json("key generate --alg gost2012-256:B --label two --id 0a0b --pin-source env:USER");
    assert_eq!((code, &made["key"], &made["id"]), (0, &1.into(), &"0a0b".into()));
    folder.token("key generate --alg gost2001-a --pin-source env:USER").ok();
    let (_, list) = folder.json("key list");
    let labels: Vec<_> = list["keys"].as_array().unwrap().iter().map(|key| key["label"].clone()).collect();
    assert_eq!(labels, ["two", "gost2001-a"]);
    assert_eq!(list["keys"][1]["id"].as_str().unwrap().len(), 40, "SHA-1, as OpenSC chooses");
    let pem = folder.token("key public 0A0B").ok();
    assert_eq!(pem.trim(), made["public_key"].as_str().unwrap());
    folder.token("key public two --out two.der").ok();
    assert!(folder.read("two.der").starts_with(&[0x30]));

    folder.token("key delete two --pin-source env:USER").fails(9, "--yes");
    folder.token("key delete two --yes --pin-source env:USER").ok();
    let objects = folder.token("object list").ok();
    assert!(!objects.contains("two") && objects.contains("gost2001-a"), "{objects}");
    folder.token("key public two").fails(1, "gost2001-a");
    let delete = ["--virtual", "t.kzt", "key", "delete", "2"];
    folder.run_with_input(&delete, "n\n").fails(9, "not confirmed");
    folder.run_with_input(&delete, "y\nUserCanary71\n").ok();
    assert_eq!(folder.token("key list").ok(), "No keys.\n");
}

#[test]
fn sign_and_verify_every_form() {
    let folder = Folder::with_key();
    folder.write("payment", "125000.00 KZT");
    folder.write("altered", "925000.00 KZT");
    for form in ["kazakh", "russian", "standard", "token"] {
        folder.token(&format!("sign payment --form {form} --pin-source env:USER")).ok();
        folder.token(&format!("verify payment payment.sig --form {form}")).ok();
        folder.run(&format!("verify payment payment.sig --form {form} --public-key pay.pem")).ok();
        folder.token(&format!("verify altered payment.sig --form {form}")).fails(13, "not good");
    }
    assert_eq!(folder.read("payment.sig").len(), 64);
    for hash in ["gost94", "gost94-crypto-pro", "streebog256"] {
        folder.token(&format!("sign payment --key pay --hash {hash} --out h --pin-source env:USER")).ok();
        folder.token(&format!("verify payment h --hash {hash}")).ok();
    }
    folder.token("verify payment h --hash gost94").fails(13, "--hash");
    let (_, good) = folder.json("verify payment h");
    assert_eq!(good["good"], true);
}

#[test]
fn keys_of_512_bits_stay_without_a_name() {
    let folder = Folder::formatted();
    let (code, made) = folder.json("key generate --alg gost2012-512 --pin-source env:USER");
    assert_eq!((code, &made["registered"]), (0, &false.into()));
    folder.write("payment", "1");
    folder.token("sign payment --pin-source env:USER").ok();
    assert_eq!(folder.read("payment.sig").len(), 128);
    folder.token("verify payment payment.sig").ok();
    assert!(folder.token("key list").ok().contains("orphan"));
    folder.token("key delete 1 --yes --pin-source env:USER").ok();
}

#[test]
fn rsa() {
    let folder = Folder::formatted();
    folder.token("key generate --alg rsa2048 --label r --public-key r.pem --pin-source env:USER").ok();
    folder.write("payment", "1");
    folder.token("sign payment --pin-source env:USER").ok();
    folder.run("verify payment payment.sig --public-key r.pem").ok();
    folder.token("sign payment --hash streebog256 --pin-source env:USER").fails(2, "sha256");
    folder.write("payment", "2");
    folder.token("verify payment payment.sig").fails(13, "not good");
}

#[test]
fn bad_input() {
    let folder = Folder::with_key();
    folder.write("payment", "1");
    folder.write("junk", "junk");
    let user = "--pin-source env:USER";
    folder.token(&format!("sign missing {user}")).fails(1, "missing");
    folder.token(&format!("sign payment --key none {user}")).fails(1, "pay");
    folder.token(&format!("sign payment --hash streebog512 {user}")).fails(2, "--hash");
    folder.token(&format!("sign payment --out no/such/folder {user}")).fails(1, "no/such/folder");
    folder.token("verify payment missing").fails(1, "missing");
    folder.token("verify payment junk").fails(13, "length");
    folder.token("verify payment junk --public-key junk").fails(13, "public key");
    folder.token(&format!("key generate --alg des {user}")).fails(2, "gost2012-256");
    folder.token(&format!("key generate --id 0 {user}")).fails(2, "--id");
    folder.token(&format!("key generate --label {} {user}", "x".repeat(65))).fails(2, "--label");
    folder.token(&format!("key delete 9 --yes {user}")).fails(1, "no key");
    assert_eq!(folder.tries(), (5, 10));
    folder.token(&format!("key generate --label pay {user}")).ok();
    folder.token(&format!("sign payment {user}")).fails(2, "2 keys");
    folder.token(&format!("sign payment --key pay {user}")).fails(2, "several keys");
    folder.token(&format!("sign payment --key 2 {user}")).ok();
    folder.token(&format!("key generate --id aa {user}")).ok();
    folder.token(&format!("key generate --id AA {user}")).fails(2, "key 3");
    folder.token(&format!("key generate --alg gost2012-512 {user}")).ok();
    folder.token(&format!("sign payment {user}")).fails(2, "4  <no label>");
}

#[test]
fn progress_shows_elapsed_time() {
    let folder = Folder::formatted();
    let run = folder.token("key generate --keygen-time 1.4 --progress --pin-source env:USER");
    assert!(run.stderr.contains("0:00") && run.stderr.contains("0:01"), "{}", run.stderr);
    run.ok();
}

/// Ctrl-C reaches a program in the middle of a generation.
#[cfg(unix)]
#[test]
fn interrupted_generation() {
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};
    let folder = Folder::formatted();
    folder.write("pin", "UserCanary71");
    let child = Command::new(crate::support::program())
        .args(["--virtual", "t.kzt", "key", "generate", "--keygen-time", "60", "--pin-source", "file:pin"])
        .current_dir(folder.path("."))
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(700));
    let start = Instant::now();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("Ctrl-C") && stderr.contains("key list"), "{stderr}");
    assert!(folder.token("key list").ok().contains("orphan"));
    folder.token("key delete 1 --yes --pin-source env:USER").ok();
    assert_eq!(folder.token("key list").ok(), "No keys.\n");
}
