//! Tokens that are pulled out, answer garbage or nothing, at every message of a command.

use crate::support::Folder;

/// More messages than the commands here need.
const MANY: usize = 400;

#[test]
fn unplugged_at_every_message_of_a_login() {
    let folder = Folder::formatted();
    let ended = (1..MANY).find(|message| {
        let run = folder.token(&format!("pin verify --pin-source env:USER --fault unplug@{message}"));
        if run.code != 0 {
            run.fails(12, "unplugged");
            return false;
        }
        true
    });
    assert!(ended.is_some_and(|message| message > 5), "{ended:?}");
    assert_eq!(folder.tries(), (5, 10));
}

#[test]
fn unplugged_at_every_message_of_a_generation() {
    let folder = Folder::formatted();
    for message in (1..MANY).step_by(3) {
        let run = folder.token(&format!("key generate --pin-source env:USER --fault unplug@{message}"));
        let (_, list) = folder.json("key list");
        let keys = list["keys"].as_array().unwrap();
        if run.code == 0 {
            assert_eq!((keys.len(), &keys[0]["registered"]), (1, &true.into()));
            return;
        }
        run.fails(12, "unplugged");
        // What is left is said to be faulty, and can be removed.
        for key in keys {
            assert!(key["registered"] == true || key["remark"].is_string(), "{key}");
            folder.token(&format!("key delete {} --yes --pin-source env:USER", key["key"])).ok();
        }
        assert_eq!(folder.token("key list").ok(), "No keys.\n");
        assert_eq!(folder.tries(), (5, 10));
    }
    panic!("the generation never ended");
}

#[test]
fn unplugged_in_a_format_it_can_be_formatted_again() {
    let folder = Folder::formatted();
    let format = "format --yes --serial 1198752865 --pin-source env:ADMIN --new-admin-pin-source env:ADMIN \
                  --new-pin-source env:USER";
    for message in (1..MANY).step_by(7) {
        if folder.token(&format!("{format} --fault unplug@{message}")).code == 0 {
            folder.token("pin verify --pin-source env:USER").ok();
            return;
        }
        folder.token("status").ok();
        folder.token(format).ok();
    }
    panic!("the format never ended");
}

#[test]
fn garbage_at_every_message() {
    let folder = Folder::with_key();
    folder.write("payment", "1");
    let mut seen = [false; 16];
    // Bytes 0, 1, 5 and 6 are message type, length, slot and sequence number.
    for byte in [0, 1, 5, 10] {
        for message in 1..40 {
            let run =
                folder.token(&format!("sign payment --pin-source env:USER --fault corrupt@{message}:{byte}"));
            seen[run.code.min(15) as usize] = true;
            assert!(run.code == 0 || run.stderr.contains("kaztoken: "), "{run:?}");
        }
    }
    assert!(seen[14], "a broken protocol is told as such");
    folder.token("pin verify --pin-source env:USER").ok();
}

#[test]
fn time_extensions_and_lost_answers() {
    let folder = Folder::formatted();
    folder.token("pin verify --pin-source env:USER --fault extend@20:3x20ms,duplicate@4").ok();
    assert_eq!(folder.tries(), (5, 10));
}
