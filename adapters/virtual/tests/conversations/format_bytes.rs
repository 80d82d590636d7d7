//! A format, byte for byte: the commands of `pkcs15-init -E`, `-C` and `-P --finalize` of OpenSC for
//! the Rutoken ECP, in that order of ideas. Where ours differ, the comment says why.

use super::link::{CONSENT, SERIAL, connect, pin, token};
use kaztoken_core::token::opensc::Label;
use kaztoken_core::token::{EraseEverything, FormatParameters};
use kaztoken_virtual::Model;

const NO_MORE_RULES: &str = "00000000000000";

fn hex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    (0..digits.len()).step_by(2).map(|i| u8::from_str_radix(&digits[i..i + 2], 16).unwrap()).collect()
}

/// CREATE FILE of a folder (38) or EF (01).
fn create(kind: &str, size: &str, id: &str, rules: &str) -> String {
    format!("00E00000 1F 6F1D 8002{size} 8202{kind}00 8302{id} 860F {rules} {NO_MORE_RULES}")
}

fn create_pin(id: &str, properties: &str, rules: &str) -> String {
    format!("00E00000 27 6F25 80020008 82021000 8302{id} 8506{properties} 860F {rules} {NO_MORE_RULES}")
}

fn select(path: &str) -> String {
    match path {
        "3F00" => "00A40000 02 3F00 00".to_string(),
        _ => format!("00A40800 {:02X} {path} 00", path.len() / 2),
    }
}

/// UPDATE BINARY of a whole file of 128 bytes: the content, then zeros.
fn write_128(content: &str) -> String {
    let mut whole = hex(content);
    whole.resize(128, 0);
    format!("00D60000 80 {}", whole.iter().map(|b| format!("{b:02X}")).collect::<String>())
}

fn expected() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let folder = |id| create("38", "0000", id, "43020200000000FF");
    all.push("808A0000".into());
    all.push(create("38", "0000", "3F00", "47020201000000FF"));
    all.push(create("01", "0080", "2F00", "4300010000000001"));
    for (parent, children) in [
        ("3F00", &["1000"][..]),
        ("1000", &["1000"]),
        ("10001000", &["6001", "6002", "6003", "6004", "6005"]),
        ("1000", &["1001", "1002", "1003", "1004"]),
        ("10001001", &["8001", "8002"]),
    ] {
        for child in children {
            all.extend([select(parent), folder(child)]);
        }
    }
    all.extend([select("3F00"), create("38", "1388", "5000", "4300000000000002")]);
    all.push(create_pin("0001", "010801AA0000", "43FF0100000000FF"));
    all.push("00240101 0E 80020008 A508 3837363534333231".into());
    // OpenSC reads the serial number here; ours was read before anything was erased. It verifies the
    // administrator before the first file that needs it; so do we, reading the tries first. It meets
    // 6F86 and logs out then; we log out before.
    all.extend(["80400000".into(), "00200001".into(), "00200001 08 3837363534333231".into()]);
    // OpenSC makes the user PIN in a third process after the files. Here the files come last, so that
    // a token with files has both PINs.
    all.extend([select("5000"), create_pin("0002", "010601550000", "43010300000000FF")]);
    all.push("00240102 0E 80020008 A508 3132333435363738".into());
    // OpenSC writes the first entry, then both; here both at once, padded as in its last write.
    all.extend([select("5000"), create("01", "0100", "6005", "4300010000000001"), select("50006005")]);
    let pins = "303B301A0C14 5365637572697479204F6666696365722050494E 030206C0 3003040101
                A1183016 03020099 0A0101 020108 020120 020120 800101 040100
                302F300E0C08 557365722050494E 030206C0 3003040102
                A1183016 03020398 0A0101 020106 020120 020120 800102 040100";
    let zeros = "00".repeat(255 - hex(pins).len());
    all.extend([format!("00D60000 FF {pins} {zeros}"), "00D600FF 01 00".into()]);
    // OpenSC writes 12 bytes of 5031 and leaves the rest of the new file as it is; here zeros follow.
    all.extend([select("5000"), create("01", "0080", "5031", "4300000000000001"), select("50005031")]);
    all.push(write_128("A80A300804063F0050006005"));
    all.push(select("2F00"));
    all.push(write_128("61214F0CA000000063 504B43532D3135 500B5275746F6B656E20454350 51043F005000"));
    // OpenSC writes TokenInfo here and again at the end. Here it stays empty until the end: a token
    // without it counts as not formatted to the end.
    all.extend([select("5000"), create("01", "0080", "5032", "4300000000000002"), select("50005032")]);
    all.push(write_128(""));
    all.extend([select("5000"), create("01", "0080", "4946", "4300010000000001"), select("50004946")]);
    all.push(write_128("0106706B63733135"));
    all.push("80844E19".into());
    all.push(select("50005032"));
    all.push(write_128(
        "303C 020100 0408 0000000047738461 0C09416B74697620436F2E 800B5275746F6B656E20454350
         03020410 A511180F 32303236313132323132303030305A",
    ));
    // OpenSC exits logged in; we do not.
    all.push("80400000".into());
    all
}

#[test]
fn the_commands_of_a_format() {
    let mut token = token(Model::Kaztoken);
    let mut connection = connect(&mut token);
    connection
        .run(async |session| {
            let (admin, user) = (pin("87654321"), pin("12345678"));
            let parameters = FormatParameters {
                label: Label::new("Rutoken ECP"),
                time: Some(*b"20261122120000Z"),
                ..FormatParameters::new(&admin, &user)
            };
            let consent = EraseEverything::confirm(SERIAL, SERIAL).unwrap();
            session.login_admin(&admin, CONSENT).await?.format(consent, &parameters).await
        })
        .unwrap();
    let sent = &connection.link().sent;
    let start = sent.iter().position(|apdu| apdu[..] == [0x80, 0x8A, 0, 0]).unwrap();
    let expected = expected();
    for (number, (got, want)) in sent[start..].iter().zip(&expected).enumerate() {
        assert_eq!(format!("{got:02X?}"), format!("{:02X?}", hex(want)), "command {number}");
    }
    assert_eq!(sent.len() - start, expected.len());
}
