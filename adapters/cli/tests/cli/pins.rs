//! PINs: what is asked, what is sent, what it costs.

use crate::support::Folder;

#[test]
fn verify() {
    let folder = Folder::formatted();
    let run = folder.token("pin verify --pin-source env:USER");
    assert!(run.stderr.contains("user PIN: 5 tries left"), "the tries come first: {}", run.stderr);
    run.ok();
    folder.token("pin verify --admin --admin-pin-source env:ADMIN").ok();
}

#[test]
fn a_wrong_pin_costs_one_try() {
    let folder = Folder::formatted();
    let (code, document) = folder.json("pin verify --pin-source env:WRONG");
    let error = &document["error"];
    assert_eq!((code, &error["name"], &error["tries_left"]), (7, &"wrong-pin".into(), &4.into()));
    assert_eq!(error["pin"], "user");
    assert_eq!(folder.tries(), (4, 10));
    folder.token("pin change --pin-source env:WRONG --new-pin-source env:NEW").fails(7, "3 tries");
    assert_eq!(folder.tries(), (3, 10));
    folder.token("pin unblock --admin-pin-source env:WRONG").fails(7, "9 tries");
    assert_eq!(folder.tries(), (3, 9));
    folder.token("pin verify --pin-source env:USER").ok();
    assert_eq!(folder.tries(), (5, 9));
}

#[test]
fn what_is_no_pin_is_not_sent() {
    let folder = Folder::formatted();
    for (variable, says) in [("EMPTY", "empty"), ("LONG", "250 bytes"), ("CYRILLIC", "keyboard")] {
        folder.token(&format!("pin verify --pin-source env:{variable}")).fails(2, says);
        folder
            .token(&format!("pin change --pin-source env:USER --new-pin-source env:{variable}"))
            .fails(2, says);
    }
    folder.token("pin verify --pin-source env:NO_SUCH_VARIABLE").fails(2, "NO_SUCH_VARIABLE");
    folder.token("pin verify --pin-source file:nothing").fails(1, "nothing");
    folder.token("pin verify --pin-source UserCanary71").fails(2, "--pin-source");
    assert_eq!(folder.tries(), (5, 10));
    folder.token("pin verify --pin-source env:USER").ok();
}

#[test]
fn the_last_try_and_the_blocked_pin() {
    let folder = Folder::formatted();
    for left in [4, 3, 2] {
        folder.token("pin verify --pin-source env:WRONG").fails(7, &format!("{left} tries"));
    }
    folder.token("pin verify --pin-source env:WRONG").fails(7, "1 tr");
    folder.token("pin verify --pin-source env:USER").fails(9, "--last-try-ok");
    folder.token("key generate --pin-source env:USER").fails(9, "--last-try-ok");
    assert_eq!(folder.tries().0, 1, "nothing was sent");
    folder.token("pin verify --pin-source env:WRONG --last-try-ok").fails(8, "blocked");
    assert_eq!(folder.tries().0, 0);
    let (code, document) = folder.json("pin verify --pin-source env:USER");
    assert_eq!((code, &document["error"]["tries_left"]), (8, &0.into()));
    folder.token("sign nothing --pin-source env:USER").fails(1, "nothing");

    folder.token("pin unblock --admin-pin-source env:ADMIN").ok();
    assert_eq!(folder.tries(), (5, 10));
    folder.token("pin verify --pin-source env:USER").ok();
}

#[test]
fn change_and_set() {
    let folder = Folder::formatted();
    folder.token("pin change --policy bank --pin-source env:USER --new-pin-source env:NEW").ok();
    folder.token("pin verify --pin-source env:USER").fails(7, "wrong");
    folder.token("pin verify --pin-source env:NEW").ok();
    folder.token("pin set --pin-source env:ADMIN --new-pin-source env:USER").ok();
    folder.token("pin verify --pin-source env:USER").ok();
    folder.token("admin-pin change --pin-source env:ADMIN --new-pin-source env:NEW").ok();
    folder.token("pin verify --admin --pin-source env:NEW").ok();
    assert_eq!(folder.tries(), (5, 10));
}

#[test]
fn weak_new_pins() {
    let folder = Folder::formatted();
    let change = |new: &str, more: &str| {
        folder.token(&format!("pin change {more} --pin-source env:USER --new-pin-source env:{new}"))
    };
    change("WEAK", "--policy bank").fails(9, "run");
    change("NO_DIGIT", "--policy bank").fails(9, "digit");
    change("SHORT", "").fails(9, "at least 6");
    folder.token("admin-pin change --pin-source env:ADMIN --new-pin-source env:SHORT").fails(9, "at least 8");
    assert_eq!(folder.tries(), (5, 10));
    folder.token("pin verify --pin-source env:USER").ok();
    change("WEAK", "").ok();

    // Without a layout that tells the shortest length, the token itself refuses.
    let folder = Folder::factory();
    folder
        .run_with_input(
            &["--virtual", "t.kzt", "pin", "change", "--new-pin-source", "env:SHORT"],
            "12345678\n",
        )
        .fails(1, "too short");
    folder.run_with_input(&["--virtual", "t.kzt", "pin", "verify"], "12345678\n").ok();
}

#[test]
fn sources() {
    let folder = Folder::formatted();
    folder.write("pin", "UserCanary71\r\nsecond line\n");
    folder.token("pin verify --pin-source file:pin").ok();
    let verify = ["--virtual", "t.kzt", "pin", "verify"];
    folder.run_with_input(&verify, "UserCanary71\n").ok();
    folder.run_with_input(&verify, "").fails(2, "standard input has ended");
    let from_stdin = ["--virtual", "t.kzt", "pin", "verify", "--pin-source", "fd:0"];
    folder.run_with_input(&from_stdin, "UserCanary71").ok();
    let change = ["--virtual", "t.kzt", "pin", "change"];
    folder.run_with_input(&change, "UserCanary71\nNewCanary72\n").ok();
    folder.run_with_input(&verify, "NewCanary72\n").ok();
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_descriptor() {
    let folder = Folder::formatted();
    let script = format!(
        "printf 'UserCanary71\\nNewCanary72\\n' | (exec 3<&0 </dev/null; {} --virtual t.kzt pin change \
         --pin-source fd:3 --new-pin-source fd:3)",
        crate::support::program().display()
    );
    let status = std::process::Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder.path("."))
        .status()
        .unwrap();
    assert!(status.success());
    folder.token("pin verify --pin-source env:NEW").ok();
}
