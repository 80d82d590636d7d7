//! Which token is meant, and tokens that cannot be opened.

use crate::support::{Folder, SERIAL};
use std::fs;

#[test]
fn list_info_status_need_no_pin() {
    let folder = Folder::factory();
    let list = folder.token("list").ok();
    assert!(list.contains(SERIAL) && list.contains("KAZTOKEN") && list.contains("<no label>"), "{list}");
    let info = folder.token("info").ok();
    assert!(info.contains("47738461") && info.contains("3B88014B415A544F4B454E82"), "{info}");
    let status = folder.token("status").ok();
    assert!(status.contains("empty: ready") && status.contains("10 tries left"), "{status}");
    assert_eq!(folder.token("key list").ok(), "No keys.\n");
    assert_eq!(folder.token("cert list").ok(), "No certificates.\n");
    assert!(folder.token("object list").ok().starts_with("No objects"));
}

#[test]
fn json_of_the_read_commands() {
    let folder = Folder::formatted();
    let (_, list) = folder.json("list");
    assert_eq!((&list["command"], &list["tokens"][0]["serial"]), (&"list".into(), &SERIAL.into()));
    assert_eq!(list["tokens"][0]["label"], "Test");
    let (_, info) = folder.json("info");
    assert_eq!(info["token"]["atr"], "3B88014B415A544F4B454E82");
    assert_eq!(info["token"]["layouts"]["opensc"], true);
    let (_, status) = folder.json("status");
    assert_eq!((&status["state"], &status["user_pin"]["tries_left"]), (&"empty".into(), &5.into()));
    for command in ["key list", "cert list", "object list"] {
        let (code, document) = folder.json(command);
        assert_eq!((code, &document["command"]), (0, &command.into()));
    }
}

#[test]
fn every_model() {
    let folder = Folder::empty();
    for (model, name) in
        [("kaztoken", "KAZTOKEN"), ("kaztoken-sc", "KAZTOKEN SC"), ("rutoken-ecp", "Rutoken ECP 2.0 or 3.0")]
    {
        folder.run(&format!("virtual new {model}.kzt --model {model}")).ok();
        let info = folder.run(&format!("--virtual {model}.kzt info")).ok();
        assert!(info.lines().next().unwrap().ends_with(name), "{info}");
    }
    folder.run("virtual new x.kzt --model yubikey").fails_usage("kaztoken, kaztoken-sc, rutoken-ecp");
}

#[test]
fn two_tokens_with_one_serial_number_are_both_named() {
    let folder = Folder::factory();
    folder.run(&format!("virtual new u.kzt --serial {SERIAL}")).ok();
    let run = folder.run(&format!("--virtual t.kzt --virtual u.kzt status --device {SERIAL}"));
    assert!(run.stderr.contains("t.kzt") && run.stderr.contains("u.kzt"), "{}", run.stderr);
    run.fails(4, "unplug all but one");
}

#[test]
fn o09_one_of_two_tokens_must_be_named() {
    let folder = Folder::factory();
    folder.run("virtual new u.kzt --serial 0x10").ok();
    let both = |rest: &str| folder.run(&format!("--virtual t.kzt --virtual u.kzt {rest}"));
    both("status").fails(4, "--device");
    both("pin verify").fails(4, SERIAL);
    assert!(both("status --device 16").ok().contains("KAZTOKEN 16"));
    assert!(both("--device 0x47738461 info").ok().contains(SERIAL));
    both("info --device 17").fails(3, "17");
    let list = both("list").ok();
    assert!(list.contains(SERIAL) && list.contains("\n16 "), "{list}");
    both("format --device 16 --yes --serial 16 --pin-source env:FACTORY_ADMIN").fails(9, "2 tokens");
    assert!(both("status --device 16").ok().contains("<no label>"));
}

#[test]
fn unknown_device_and_wrong_options() {
    let folder = Folder::factory();
    folder.token("--device 5 status").fails(3, SERIAL);
    folder.token("--device twelve status").fails_usage("decimal");
    folder.token("--via usb status").fails(2, "--via");
    folder.run("--via virtual status").fails(2, "--virtual FILE");
    folder.run("").fails_usage("Usage");
    let run = folder.run("--json bogus");
    assert_eq!((run.code, &run.json()["error"]["name"]), (2, &"usage".into()));
}

#[test]
fn no_token_over_usb() {
    let folder = Folder::empty();
    // On a machine with a token plugged in there is nothing to see here.
    let run = folder.run("--via usb list --json");
    if run.code != 0 {
        assert_eq!((run.code, &run.json()["error"]["name"]), (3, &"no-token".into()), "{run:?}");
        folder.run("--via usb status").fails(3, "");
    }
}

#[test]
fn state_files_that_are_no_state() {
    let folder = Folder::factory();
    let good = folder.read("t.kzt");
    folder.run("--virtual none.kzt status").fails(3, "no such file");
    for (bad, what) in [
        (Vec::new(), "empty"),
        (good[..good.len() / 2].to_vec(), "truncated"),
        (b"not a token at all".to_vec(), "garbage"),
        (
            {
                let mut b = good.clone();
                let i = b.len() / 2;
                b[i] ^= 1;
                b
            },
            "one bit",
        ),
    ] {
        folder.write("bad.kzt", &bad);
        let run = folder.run("--virtual bad.kzt status");
        assert_eq!(run.code, 13, "{what}: {}", run.stderr);
        folder.run("--virtual bad.kzt list").ok();
        assert_eq!(folder.read("bad.kzt"), bad, "{what}: left as it was");
    }
    folder.run("virtual new t.kzt").fails(9, "exists already");
    assert_eq!(folder.read("t.kzt"), good);
}

#[test]
fn o02_a_token_in_use_is_busy() {
    let folder = Folder::factory();
    let lock = fs::File::create(folder.path("t.kzt.lock")).unwrap();
    lock.lock().unwrap();
    folder.token("status").fails(6, "another program");
    let list = folder.token("list").ok();
    assert!(list.contains("Not usable") && list.contains("another program"), "{list}");
    drop(lock);
    folder.token("status").ok();
}

impl crate::support::Run {
    /// The grammar refused it, in clap's own form.
    #[track_caller]
    fn fails_usage(self, says: &str) {
        assert_eq!(self.code, 2, "{}", self.stderr);
        assert!(self.stderr.contains(says), "{}", self.stderr);
    }
}

/// A Rutoken ECP's descriptors as recorded: configuration, interface, class, two endpoints.
pub(crate) const RUTOKEN: &str = "\
    09 02 56 00 01 01 00 80 32  09 04 00 00 02 0B 00 00 00\n\
    36 21 00 01 00 01 02 00 00 00 FC 0D 00 00 FC 0D 00 00 00\n\
    80 25 00 00 80 25 00 00 00 FE 00 00 00 00 00 00 00 00 00 00 00\n\
    40 08 02 00 0F 01 00 00 FF FF 00 00 00 01\n\
    07 05 02 02 40 00 00  07 05 81 02 40 00 00\n";

#[test]
fn descriptors_of_a_file_field_by_field() {
    let folder = Folder::empty();
    folder.write("configuration", RUTOKEN);
    let text = folder.run("usb describe --file configuration").ok();
    for line in [
        "bInterfaceProtocol     00  CCID: bulk",
        "endpoint 81            bulk IN, packets of 64 bytes",
        "bcdCCID                1.00",
        "dwDefaultClock         3580 kHz",
        "dwFeatures             00020840",
        "only requests valid for a USB-ICC",
        "short APDU level exchange",
        "dwMaxCCIDMessageLength 271 bytes",
        "bClassEnvelope         FF  echoes",
        "kaztoken drives it     yes, at the short APDU level",
    ] {
        assert!(text.contains(line), "{line} is missing in {text}");
    }
    let document = folder.run("--json usb describe --file configuration").json();
    let reader = &document["readers"][0];
    assert_eq!(document["command"], "usb describe");
    assert_eq!((&reader["class"]["dwFeatures"], &reader["usable"]), (&0x0002_0840.into(), &true.into()));
    assert_eq!(reader["interface"]["endpoints"][1]["address"], 0x81);
    // The same as bytes, with a device descriptor before it: ids, and what is known by them.
    let digits: String = RUTOKEN.split_whitespace().collect();
    let bytes = |text: &str| -> Vec<u8> {
        (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
    };
    let device = "1201000200000040E6083734000201020001";
    folder.write("device", bytes(&format!("{device}{digits}")));
    let text = folder.run("usb describe --file device").ok();
    assert!(text.starts_with("08E6:3437\n") && text.contains("bcdDevice              2.00"), "{text}");
    assert!(text.contains("zero-length packets between answers"), "{text}");
    // The class descriptor alone, on stdin.
    let class: Vec<_> = RUTOKEN.lines().skip(1).take(3).collect();
    let run = folder.run_with_input(&["usb", "describe", "--file", "-"], &class.join("\n"));
    assert!(run.ok().contains("yes, at the short APDU level"));
}

#[test]
fn descriptors_that_cannot_be_driven_or_read() {
    let folder = Folder::empty();
    for (from, to, why) in [
        ("0B 00 00 00", "0B 00 01 00", "no: it is an ICCD control-pipe device"),
        ("40 08 02 00", "40 08 00 00", "no: the reader works at character level"),
        ("40 08 02 00", "40 08 07 00", "no: dwFeatures 00070840 names more than one exchange level"),
        ("01 02 00 00 00 FC", "01 00 00 00 00 FC", "no: dwProtocols 00000000 names neither T=0 nor T=1"),
        ("07 05 81 02", "07 05 81 03", "no: 0 bulk IN endpoints"),
    ] {
        folder.write("it", RUTOKEN.replace(from, to));
        let text = folder.run("usb describe --file it").ok();
        assert!(
            text.contains(why) && text.contains("dwMaxIFSD              254"),
            "{why} is missing in {text}"
        );
    }
    for (content, says) in [
        ("", "is empty"),
        ("36 21 0", "line 1, column 7"),
        ("36 21\n0g", "line 2, column 2"),
        ("36 21 00", "in its 3 bytes"),
        (&RUTOKEN.replace("0B 00 00 00", "03 00 00 00").replace("36 21", "36 22"), "none of its 1 interface"),
        (&RUTOKEN[..40], "descriptor at offset 9"),
    ] {
        folder.write("it", content);
        folder.run("usb describe --file it").fails(13, says);
    }
    folder.run("usb describe --file none").fails(1, "none");
    folder.run("--virtual t.kzt usb describe").fails(2, "USB devices only");
}
