//! `--dry-run` changes nothing, sends no PIN, asks for none.

use crate::support::{Folder, SERIAL};

#[test]
fn nothing_changes() {
    let folder = Folder::with_key();
    folder.write("payment", "1");
    let before = folder.read("t.kzt");
    for (command, wanted) in [
        ("pin verify", "00200002 ** (PIN)"),
        ("pin change", "00240102 ** (PIN)"),
        ("pin unblock", "002C0302"),
        ("pin set", "00240102 ** (PIN)"),
        ("admin-pin change", "00240101 ** (PIN)"),
        ("key generate", "0046800200"),
        ("key generate --alg rsa4096", "004680020"),
        ("key generate --alg gost2012-512", "00460002"),
        ("key delete pay", "00E40000020001"),
        ("sign payment", "002A9E9A20"),
        ("format --erase-keys", "808A0000"),
    ] {
        let plan = folder.token(&format!("--dry-run {command}")).ok();
        assert!(plan.contains(wanted), "{command}: {plan}");
        assert_eq!(folder.read("t.kzt"), before, "{command}");
    }
    assert!(!folder.path("payment.sig").exists());
    assert_eq!(folder.tries(), (5, 10));
}

/// The plan of a generation is what is then done, but for the key itself.
#[test]
fn the_plan_is_what_happens() {
    let folder = Folder::formatted();
    let (_, plan) = folder.json("--dry-run key generate --label pay --id 01");
    let steps: Vec<_> =
        plan["plan"].as_array().unwrap().iter().map(|step| step["apdu"].as_str().unwrap()).collect();
    let entry = steps.iter().filter(|apdu| apdu.contains("0C03706179")).count();
    assert_eq!(entry, 2, "a public and a private entry: {steps:?}");
    let offsets: Vec<_> =
        steps.iter().filter(|apdu| apdu.starts_with("00D6")).map(|apdu| &apdu[4..8]).collect();
    // Key file; then each directory begins as an empty list, the object directory names it, its entry comes.
    assert_eq!(offsets, ["0000", "0000", "000C", "0000", "0000", "0018", "0000"]);
}

#[test]
fn commands_that_only_read_give_their_result() {
    let folder = Folder::factory();
    assert!(folder.token("--dry-run status").ok().contains(SERIAL));
    folder.run("--dry-run virtual new x.kzt").fails(2, "--dry-run");
    assert!(!folder.path("x.kzt").exists());
    folder.token("--dry-run sign missing").fails(1, "missing");
    let plan = folder.token("--dry-run apdu 00A4000000 002000020131 --allow-destructive").ok();
    assert!(plan.contains("00200002 ** (PIN)"), "{plan}");
    assert_eq!(folder.tries(), (10, 10));
}
