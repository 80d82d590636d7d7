//! The whole format as `pkcs15-init` sends it, byte for byte, and the answers to SELECT.

use super::common::{SERIAL, expect, hex, hex_of, ok, send, token};
use kaztoken_virtual::{Card, Model, State};

/// `command [answer]`, answer 9000 when not given; `FCI` = any file control information. `-- reset` resets
/// the card.
const TRANSCRIPT: &str = r#"
00 A4 08 00 04 5015 4946 00 > 6A82
00 A4 08 00 02 2F00 00 > 6A82
00 A4 08 00 02 5015 00 > 6A82
00 A4 08 00 02 5031 00 > 6A82
80 8A 00 00
-- reset
00 A4 08 00 04 5015 4946 00 > 6A82
00 E0 00 00 1F 6F1D 8002 0000 8202 3800 8302 3F00 860F 47020201000000FF 00*7
00 E0 00 00 1F 6F1D 8002 0080 8202 0100 8302 2F00 860F 4300010000000001 00*7
00 A4 00 00 02 3F00 00 > FCI
00 E0 00 00 1F 6F1D 8002 0000 8202 3800 8302 1000 860F 43020200000000FF 00*7
00 A4 08 00 02 1000 00 > FCI
00 E0 00 00 1F 6F1D 8002 0000 8202 3800 8302 1000 860F 43020200000000FF 00*7
00 A4 08 00 04 1000 1000 00 > FCI
00 E0 00 00 1F 6F1D 8002 0000 8202 3800 8302 6001 860F 43020200000000FF 00*7
00 A4 08 00 04 1000 1000 00 > FCI
00 E0 00 00 1F 6F1D 8002 0000 8202 3800 8302 6002 860F 43020200000000FF 00*7
00 A4 08 00 04 1000 1000 00 > FCI
00 E0 00 00 1F 6F1D 8002 0000 8202 3800 8302 6003 860F 43020200000000FF 00*7
00 A4 08 00 04 1000 1000 00 > FCI
00 E0 00 00 1F 6F1D 8002 0000 8202 3800 8302 6004 860F 43020200000000FF 00*7
00 A4 08 00 04 1000 1000 00 > FCI
00 E0 00 00 1F 6F1D 8002 0000 8202 3800 8302 6005 860F 43020200000000FF 00*7
00 A4 08 00 02 1000 00 > FCI
00 E0 00 00 1F 6F1D 8002 0000 8202 3800 8302 1001 860F 43020200000000FF 00*7
00 A4 08 00 02 1000 00 > FCI
00 E0 00 00 1F 6F1D 8002 0000 8202 3800 8302 1002 860F 43020200000000FF 00*7
00 A4 08 00 02 1000 00 > FCI
00 E0 00 00 1F 6F1D 8002 0000 8202 3800 8302 1003 860F 43020200000000FF 00*7
00 A4 08 00 02 1000 00 > FCI
00 E0 00 00 1F 6F1D 8002 0000 8202 3800 8302 1004 860F 43020200000000FF 00*7
00 A4 08 00 04 1000 1001 00 > FCI
00 E0 00 00 1F 6F1D 8002 0000 8202 3800 8302 8001 860F 43020200000000FF 00*7
00 A4 08 00 04 1000 1001 00 > FCI
00 E0 00 00 1F 6F1D 8002 0000 8202 3800 8302 8002 860F 43020200000000FF 00*7
00 A4 00 00 02 3F00 00 > FCI
00 E0 00 00 1F 6F1D 8002 1388 8202 3800 8302 5000 860F 4300000000000002 00*7
00 E0 00 00 27 6F25 8002 0008 8202 1000 8302 0001 8506 010801AA0000 860F 43FF0100000000FF 00*7
00 24 01 01 0E 8002 0008 A508 "87654321"
00 CA 01 81 00 > 0000000047738461 9000
00 A4 08 00 04 5000 6005 00 > 6A82
00 A4 08 00 02 5000 00 > FCI
00 E0 00 00 1F 6F1D 8002 0100 8202 0100 8302 6005 860F 4300010000000001 00*7
00 A4 08 00 04 5000 6005 00 > 6F24 8002 0100 8102 0120 8202 0100 8302 6005 8A0105 860F 4300010000000001 00*7 9000
00 20 00 01 08 "87654321"
00 A4 08 00 04 5000 6005 00 > FCI
00 D6 00 00 3D 303B 11*59
00 A4 08 00 04 5000 5031 00 > 6A82
00 A4 08 00 02 5000 00 > FCI
00 E0 00 00 1F 6F1D 8002 0080 8202 0100 8302 5031 860F 4300000000000001 00*7
00 A4 08 00 04 5000 5031 00 > FCI
00 D6 00 00 0C A80A 3008 0406 3F0050006005
00 A4 08 00 02 2F00 00 > FCI
00 B0 00 00 80 > 00*128 9000
00 A4 08 00 02 2F00 00 > FCI
00 D6 00 00 80 6121 4F0C A000000063 "PKCS-15" 500B "Rutoken ECP" 5104 3F005000 00*93
00 A4 08 00 04 5000 5032 00 > 6A82
00 A4 08 00 02 5000 00 > FCI
00 E0 00 00 1F 6F1D 8002 0080 8202 0100 8302 5032 860F 4300000000000002 00*7
00 A4 08 00 04 5000 5032 00 > FCI
00 D6 00 00 3E 303C 22*60
00 A4 08 00 04 5000 4946 00 > 6A82
00 A4 08 00 02 5000 00 > FCI
00 E0 00 00 1F 6F1D 8002 0080 8202 0100 8302 4946 860F 4300010000000001 00*7
00 A4 08 00 04 5000 4946 00 > FCI
00 20 00 01 08 "87654321" > 6F86
80 40 00 00
00 20 00 01 08 "87654321"
00 A4 08 00 04 5000 4946 00 > FCI
00 D6 00 00 80 0106 "pkcs15" 00*120
-- reset
00 A4 08 00 02 2F00 00 > FCI
00 B0 00 00 00 > 6121 4F0C A000000063 "PKCS-15" 500B "Rutoken ECP" 5104 3F005000 00*93 9000
00 A4 08 00 02 5000 00 > FCI
00 E0 00 00 27 6F25 8002 0008 8202 1000 8302 0002 8506 010601550000 860F 43010300000000FF 00*7
00 24 01 02 0E 8002 0008 A508 "12345678"
00 A4 08 00 04 5000 6005 00 > FCI
00 20 00 01 08 "87654321"
00 A4 08 00 04 5000 6005 00 > FCI
00 D6 00 00 FF 33*255
00 D6 00 FF 01 00
80 84 4E 19
00 A4 08 00 04 5000 5032 00 > FCI
00 D6 00 00 80 44*128
"#;

fn play(card: &mut impl Card, transcript: &str) {
    for line in transcript.lines().filter(|line| !line.is_empty()) {
        if line == "-- reset" {
            card.reset();
            continue;
        }
        let (command, answer) = line.split_once(" > ").unwrap_or((line, "9000"));
        if answer == "FCI" {
            let data = ok(card, command);
            assert_eq!((data.len(), data[0]), (38, 0x6F), "{command}");
        } else {
            expect(card, command, answer);
        }
    }
}

/// A token that OpenSC's tools formatted.
fn formatted() -> super::common::Token {
    let mut card = token(State::blank(Model::Kaztoken, SERIAL));
    play(&mut card, TRANSCRIPT);
    card
}

#[test]
fn the_format_sequence_byte_for_byte() {
    let mut card = formatted();
    // Access rules hold from now on: the AODF wants the administrator, who is still verified; then nobody is.
    expect(
        &mut card,
        "00 A4 00 00 02 3F00 00",
        &format!("6F24 8002 0000 8102 0020 8202 3800 8302 3F00 8A0105 860F {} 9000", "47020201000000FF 00*7"),
    );
    expect(
        &mut card,
        "00 A4 08 00 04 5000 6005 00",
        "6F24 8002 0100 8102 0120 8202 0100 8302 6005 8A0105 860F 4300010000000001 00*7 9000",
    );
    ok(&mut card, "00 D6 00 00 01 55");
    ok(&mut card, "80 40 00 00");
    expect(&mut card, "00 D6 00 00 01 56", "6982");
    expect(&mut card, "00 B0 00 00 02", "5533 9000");
    expect(&mut card, "00 20 00 01", "63CA");
    expect(&mut card, "00 20 00 02", "63C5");
    expect(&mut card, "80 84 4E 19", "6985");
}

#[test]
fn a_format_starts_anew_in_any_state_and_erases() {
    let mut card = formatted();
    ok(&mut card, "80 8A 00 00");
    expect(&mut card, "00 A4 00 00 02 3F00 00", "6A82");
    expect(&mut card, "00 20 00 02", "6A88");
    play(&mut card, TRANSCRIPT);
}

#[test]
fn the_format_runs_over_t0_as_well() {
    let mut card = token(State::blank(Model::KaztokenSc, SERIAL));
    for line in TRANSCRIPT.lines().filter(|line| !line.is_empty()) {
        if line == "-- reset" {
            card.reset();
            continue;
        }
        let (command, answer) = line.split_once(" > ").unwrap_or((line, "9000"));
        let mut command = hex(command);
        match (command[1], command.len()) {
            // Case 4 without its Le, case 1 with a zero.
            (0xA4, _) => drop(command.pop()),
            (_, 4) => command.push(0),
            _ => {}
        }
        let mut got = send(&mut card, &command);
        match *got {
            [.., 0x61, len] => got = send(&mut card, &[0, 0xC0, 0, 0, len]),
            [.., 0x6C, len] => {
                *command.last_mut().unwrap() = len;
                got = send(&mut card, &command);
            }
            _ => {}
        }
        match answer {
            "FCI" => assert_eq!(got.len(), 40, "{line}"),
            _ => assert_eq!(hex_of(&got), hex_of(&hex(answer)), "{line}"),
        }
    }
}

#[test]
fn select_with_p2_04_answers_the_same_under_62() {
    let mut card = formatted();
    expect(
        &mut card,
        "00 A4 08 04 04 5000 5031 00",
        "6224 8002 0080 8102 00A0 8202 0100 8302 5031 8A0105 860F 4300000000000001 00*7 9000",
    );
}

#[test]
fn listing_walks_the_children_in_order() {
    let mut card = formatted();
    ok(&mut card, "00 A4 08 00 02 5000 00");
    let mut ids = Vec::new();
    let mut answer = send(&mut card, &hex("00 A4 00 00 00"));
    while answer.ends_with(&[0x90, 0]) {
        let id = [answer[16], answer[17]];
        ids.push(u16::from_be_bytes(id));
        if answer[12] == 0x38 {
            ok(&mut card, "00 A4 03 00 00");
        }
        answer = send(&mut card, &[0, 0xA4, 0, 2, 2, id[0], id[1], 0]);
    }
    assert_eq!(hex_of(&answer), "6A 82 ");
    assert_eq!(ids, [0x6005, 0x5031, 0x5032, 0x4946]);
    ok(&mut card, "00 A4 08 00 06 1000 1000 6002 00");
    expect(&mut card, "00 A4 00 00 00", "6A82");
    expect(&mut card, "00 A4 00 02 02 0001 00", "6A82");
}

#[test]
fn a_listed_folder_is_entered_and_left_with_select_parent() {
    let mut card = formatted();
    ok(&mut card, "00 A4 08 00 02 1000 00");
    let first = ok(&mut card, "00 A4 00 00 00");
    assert_eq!(first[16..18], [0x10, 0x00]);
    let inner = ok(&mut card, "00 A4 00 00 00");
    assert_eq!(inner[16..18], [0x60, 0x01], "the first child was entered");
    ok(&mut card, "00 A4 03 00 00");
    let parent = ok(&mut card, "00 A4 03 00 00");
    assert_eq!(parent[16..18], [0x10, 0x00]);
    expect(&mut card, "00 A4 03 00", "9000");
}

#[test]
fn the_factory_state_has_the_system_folders_and_no_application() {
    let mut card = super::common::factory();
    for path in ["1000", "1000 1000 6001", "1000 1000 6005", "1000 1001 8001", "1000 1001 8002", "1000 1004"]
    {
        let len = hex(path).len();
        ok(&mut card, &format!("00 A4 08 00 {len:02X} {path} 00"));
    }
    expect(&mut card, "00 A4 08 00 02 5000 00", "6A82");
    expect(&mut card, "00 A4 08 00 02 2F00 00", "6A82");
    ok(&mut card, "00 20 00 02 08 \"12345678\"");
    ok(&mut card, "80 40 00 00");
    ok(&mut card, "00 20 00 01 08 \"87654321\"");
}
