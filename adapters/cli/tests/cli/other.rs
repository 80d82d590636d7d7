//! `random`, `apdu`, `virtual serve`, `tour`.

use crate::support::Folder;

#[test]
fn random() {
    let folder = Folder::factory();
    let first = folder.token("random 300").ok();
    assert_eq!(first.trim().len(), 600);
    assert_ne!(first, folder.token("random 300").ok());
    folder.token("random 1000 --out r").ok();
    assert_eq!(folder.read("r").len(), 1000);
    assert_eq!(folder.json("random 4").1["hex"].as_str().unwrap().len(), 8);
    assert_eq!(folder.token("random 0").code, 2);
    assert_eq!(folder.token("random many").code, 2);
    folder.token("random 4 --out no/such/folder").fails(1, "no/such/folder");
}

#[test]
fn apdu() {
    let folder = Folder::formatted();
    let out = folder.token("apdu 00CA018100 00:20:00:02").ok();
    assert_eq!(out.lines().filter(|line| line.starts_with('>')).count(), 2);
    assert!(out.contains("0000000047738461") && out.contains("63C5"), "{out}");
    let (_, document) = folder.json("apdu 00CA018100");
    assert_eq!(document["exchanges"][0]["sw"], "9000");
    folder.token("apdu 00CA01810").fails(2, "pairs");
    folder.token("apdu 00CA01zz").fails(2, "pairs");
    folder.token("apdu 00CA").fails(2, "CLA INS");
    folder.token("apdu 002000020831").fails(2, "CLA INS");
    assert_eq!(folder.token("apdu").code, 2);
    for guarded in
        ["808A0000", "00E40000025000", "002C0302", "00240102", "0020000201FF", "00460001", "00FF0000"]
    {
        folder.token(&format!("apdu 00CA018100 {guarded}")).fails(9, "--allow-destructive");
    }
    assert_eq!(folder.tries(), (5, 10));
    // A wrong PIN, wanted: one try, and the PIN is not shown.
    let out = folder.token("apdu --allow-destructive 002000020643616E617279").ok();
    assert!(out.contains("6300") && out.contains("**"), "{out}");
    assert_eq!(folder.tries(), (4, 10));
}

#[test]
fn serve_needs_a_way_and_a_token() {
    let folder = Folder::factory();
    folder.token("virtual serve").fails(2, "--vpcd");
    folder.run("virtual serve --vpcd").fails(2, "--virtual");
    folder.run("--virtual none.kzt virtual serve --vpcd").fails(3, "none.kzt");
    assert_eq!(folder.token("virtual serve --usb-redir s --usb-id 12").code, 2);
    assert_eq!(folder.token("virtual serve --usb-redir s --fault bogus").code, 2);
}

#[test]
fn tour() {
    let folder = Folder::empty();
    let start = std::time::Instant::now();
    let (steps, run) = std::thread::scope(|scope| {
        let steps = scope.spawn(|| folder.run("tour --json"));
        let run = folder.run("tour");
        (steps.join().unwrap(), run)
    });
    assert!(start.elapsed() < core::time::Duration::from_secs(10));
    for step in [
        "1. Identify",
        "4. Format",
        "6. A password",
        "7. The bank's initial key",
        "8. Generate",
        "9. Get the certificate",
        "10. Sign",
        "11. Verify",
        "13. Log out",
    ] {
        assert!(run.stdout.contains(step), "{step} is missing in {}", run.stdout);
    }
    run.ok();
    let steps = steps.json();
    assert_eq!(steps["steps"].as_array().unwrap().len(), 13);
    assert_eq!(std::fs::read_dir(folder.path(".")).unwrap().count(), 0, "nothing is left behind");
}

/// A result that could not be written down is not done in silence.
#[cfg(target_os = "linux")]
#[test]
fn stdout_that_is_full() {
    let folder = Folder::factory();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut program = std::process::Command::new(crate::support::program());
    let run =
        program.args(["random", "4", "--virtual"]).arg(folder.path("t.kzt")).stdout(full).output().unwrap();
    let stderr = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.code() == Some(1) && stderr.contains("stdout"), "{:?} {stderr}", run.status);
}
