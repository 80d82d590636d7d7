//! The state file: what is wrong with it, who has it.

use super::common::{SERIAL, Seeded, expect, ok};
use kaztoken_virtual::store::{FileStore, Problem, Store};
use kaztoken_virtual::{Card, DecodeError, Model, State, VirtualToken};
use std::fs;
use std::path::Path;

fn create(path: &Path) -> VirtualToken<FileStore> {
    VirtualToken::create(FileStore::create(path).unwrap(), State::factory(Model::Kaztoken, SERIAL), Seeded(1))
        .unwrap()
}

fn open(path: &Path) -> VirtualToken<FileStore> {
    VirtualToken::open(FileStore::open(path).unwrap(), Seeded(2)).unwrap()
}

#[test]
fn a_token_comes_back_from_its_file_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token.kzt");
    let mut card = create(&path);
    expect(&mut card, "00 20 00 02 08 \"wrongpin\"", "6300");
    ok(&mut card, "00 20 00 01 08 \"87654321\"");
    ok(&mut card, "00 24 01 01 10 80 02 000A A5 0A \"new admin!\"");
    drop(card);
    let mut card = open(&path);
    expect(&mut card, "00 20 00 02", "63C9");
    expect(&mut card, "00 20 00 01", "63CA");
    ok(&mut card, "00 20 00 01 0A \"new admin!\"");
    assert_eq!((card.state().serial(), card.model()), (SERIAL, Model::Kaztoken));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_format_that_was_begun_goes_on_after_a_reload() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token.kzt");
    let mut card = create(&path);
    ok(&mut card, "80 8A 00 00");
    drop(card);
    let mut card = open(&path);
    expect(&mut card, "00 A4 00 00 02 3F00 00", "6A82");
    ok(&mut card, "00 E0 00 00 1F 6F1D 8002 0000 8202 3800 8302 3F00 860F 47020201000000FF 00*7");
    ok(&mut card, "80 84 4E 19");
    expect(&mut card, "00 E0 00 00 1F 6F1D 8002 0080 8202 0100 8302 2F00 860F 4300010000000001 00*7", "6982");
}

/// What loading says, and the message, which names the file.
fn problem(path: &Path) -> (Problem, String) {
    let error = match FileStore::open(path) {
        Ok(mut store) => store.load().unwrap_err(),
        Err(error) => error,
    };
    let text = error.to_string();
    assert!(text.contains(path.to_str().unwrap()), "{text}");
    match error.problem() {
        Problem::Invalid(error) => (Problem::Invalid(*error), text),
        Problem::NotFound => (Problem::NotFound, text),
        Problem::Locked => (Problem::Locked, text),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_bad_file_is_told_apart_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token.kzt");
    assert!(matches!(problem(&path), (Problem::NotFound, _)));
    drop(create(&path));
    let good = fs::read(&path).unwrap();
    let mut other = good.clone();
    other[8] = 2;
    let mut changed = good.clone();
    *changed.last_mut().unwrap() ^= 1;
    for (bytes, expected, word) in [
        (&good[..good.len() / 2], DecodeError::Truncated, "ends early"),
        (&[][..], DecodeError::Truncated, "ends early"),
        (&changed[..], DecodeError::Corrupt, "damaged"),
        (&b"not a token at all, just some text"[..], DecodeError::Corrupt, "damaged"),
        (&other[..], DecodeError::OtherVersion { found: 2, known: 1 }, "version 2"),
    ] {
        fs::write(&path, bytes).unwrap();
        let (problem, text) = problem(&path);
        assert!(matches!(problem, Problem::Invalid(error) if error == expected), "{problem:?}");
        assert!(text.contains(word), "{text}");
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

#[test]
fn two_programs_cannot_have_one_token() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token.kzt");
    let card = create(&path);
    assert!(matches!(problem(&path), (Problem::Locked, text) if text.contains("another program")));
    drop(card);
    assert!(matches!(FileStore::create(&path).unwrap_err().problem(), Problem::Exists));
    open(&path);
}

#[test]
fn a_save_that_fails_is_answered_6581_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token.kzt");
    let mut card = create(&path);
    let before = fs::read(&path).unwrap();
    // The temporary file cannot be made where a folder is.
    fs::create_dir(folder.path().join("token.kzt.tmp")).unwrap();
    expect(&mut card, "00 20 00 02 08 \"12345678\"", "6581");
    assert!(card.store_error().unwrap().to_string().contains("token.kzt"));
    expect(&mut card, "00 20 00 02", "63CA");
    assert_eq!(fs::read(&path).unwrap(), before);
    fs::remove_dir(folder.path().join("token.kzt.tmp")).unwrap();
    ok(&mut card, "00 20 00 02 08 \"12345678\"");
}
