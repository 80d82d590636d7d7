//! A process that writes to its token is killed at many moments: nothing that it was told to be done is lost.
//!
//! A test program of its own: while a child is being started it holds the locks of all state files that its
//! parent has open, so tests of the lock beside it would see a token in use.

use kaztoken_virtual::store::FileStore;
use kaztoken_virtual::{Card, Model, State, VirtualToken, system_rng};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

const WRITER: &str = "KAZTOKEN_TEST_WRITER";
const FILE: [u8; 2] = [0xAA, 0xAA];

type Token = VirtualToken<FileStore>;

fn send(card: &mut Token, parts: &[&[u8]]) -> Vec<u8> {
    let mut response = Vec::new();
    card.process(&parts.concat(), &mut response);
    assert_eq!(response.split_off(response.len() - 2), [0x90, 0], "{parts:02X?}");
    response
}

/// Opens the token, logs in as its user and selects the file; gives the number in it.
fn open(path: &Path) -> (Token, u32) {
    let mut card = VirtualToken::open(FileStore::open(path).unwrap(), system_rng()).unwrap();
    send(&mut card, &[&[0x00, 0x20, 0x00, 0x02, 8], b"12345678"]);
    send(&mut card, &[&[0x00, 0xA4, 0x08, 0x00, 6, 0x10, 0x00, 0x10, 0x04], &FILE, &[0]]);
    let number = send(&mut card, &[&[0x00, 0xB0, 0, 0, 4]]);
    (card, u32::from_be_bytes(number.try_into().unwrap()))
}

/// Not a test by itself: the process that is killed. It counts in the file, and tells each number after the
/// answer, when the number must be safe.
#[test]
fn writer_that_is_killed() {
    let Some(path) = std::env::var_os(WRITER) else { return };
    let (mut card, mut number) = open(Path::new(&path));
    loop {
        number += 1;
        send(&mut card, &[&[0x00, 0xD6, 0, 0, 4], &number.to_be_bytes()]);
        println!("number {number}");
        std::io::stdout().flush().unwrap();
    }
}

#[test]
fn a_kill_at_any_moment_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token.kzt");
    let store = FileStore::create(&path).unwrap();
    let mut card = VirtualToken::create(store, State::factory(Model::Kaztoken, 1), system_rng()).unwrap();
    send(&mut card, &[&[0x00, 0x20, 0x00, 0x02, 8], b"12345678"]);
    send(&mut card, &[&[0x00, 0xA4, 0x08, 0x00, 4, 0x10, 0x00, 0x10, 0x04, 0]]);
    let head = [0x00, 0xE0, 0x00, 0x00, 0x1F, 0x6F, 0x1D, 0x80, 2, 0, 4, 0x82, 2, 0x01, 0, 0x83, 2];
    send(&mut card, &[&head, &FILE, &[0x86, 15, 0x43, 2, 2], &[0; 12]]);
    drop(card);
    let mut kept = 0;
    for round in 0..20 {
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture", "writer_that_is_killed"])
            .env(WRITER, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let output = BufReader::new(writer.stdout.take().unwrap());
        let mut numbers =
            output.lines().filter_map(|line| line.unwrap().strip_prefix("number ")?.parse().ok());
        // It has begun to write: killed at another moment each round.
        let first: u32 = numbers.next().expect("the writer ended by itself");
        sleep(Duration::from_micros(round * 730));
        writer.kill().unwrap();
        writer.wait().unwrap();
        let told = numbers.last().unwrap_or(first);
        let (_card, number) = open(&path);
        // The last number told, or the next one, whose answer did not get out any more.
        assert!(told > kept && (told..=told + 1).contains(&number), "told {told}, kept {number}");
        kept = number;
    }
}
