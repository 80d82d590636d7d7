use super::*;
use proptest::prelude::*;

const SMALL: &str = "kaztoken-trace 1
# program: kaztoken 0.1.0
# command: status
0.000001 1 open way=usb place=bus%201 name=- ids=0a89:0035
0.000002 1 ccid> 62 00 00 00 00 00 00 00 00 00
1.500000 1 ccid< 80 02 00 00 00 00 00 00 00 00 3B 00
1.500001 1 silence
1.500002 1 interrupt 50 03
1.500003 1 control clocks = A0 0F 00 00
1.500004 1 control rates stall
1.500005 1 control abort 0 7 =
1.500006 1 reset no
1.500007 2 apdu> 00 20 00 02 *
1.500008 2 apdu< 63 C2
1.500009 2 recover yes
1.500010 2 off
1.500011 2 failed removed the token was unplugged
";

#[test]
fn every_kind_of_line_is_read_and_written() {
    let trace = Trace::parse(SMALL.as_bytes()).unwrap();
    assert_eq!((trace.entries.len(), trace.links().len()), (14, 2));
    assert_eq!(trace.to_string().replace(" =\n", " = \n"), SMALL.replace(" =\n", " = \n"));
    assert_eq!(
        trace.about,
        [("program".into(), "kaztoken 0.1.0".into()), ("command".into(), "status".into())]
    );
}

#[test]
fn damaged_files_are_told_by_line() {
    let line = |text: &str| match Trace::parse(format!("kaztoken-trace 1\n{text}\n").as_bytes()) {
        Err(TraceError::Line { number: 2, wrong }) => wrong,
        other => panic!("{text}: {other:?}"),
    };
    for text in [
        "x",
        "0.1 1 off",
        "0.000001 0 off",
        "0.000001 257 off",
        "0.000001 1",
        "0.000001 1 gone",
        "0.000001 1 ccid< 0",
        "0.000001 1 apdu> ** * 00",
        "0.000001 1 control clocks",
        "0.000001 1 control abort 1",
        "0.000001 1 reset maybe",
        "0.000001 1 open way",
        "0.000001 1 open class=36",
        "0.000001 1 open packet=7",
        "0.000001 1 open ids=1",
        "99999999999999999999.000000 1 off",
    ] {
        assert!(!line(text).is_empty());
    }
    for (bytes, expected) in [
        (&b""[..], TraceError::NotATrace),
        (b"kaztoken-trace 2\n", TraceError::NotATrace),
        (b"\xFF\xFE", TraceError::NotATrace),
        (b"kaztoken-trace 1\n# a\n\xFF", TraceError::Line { number: 3, wrong: "this is not UTF-8" }),
    ] {
        assert_eq!(Trace::parse(bytes), Err(expected));
    }
    assert_eq!(Trace::parse(&vec![b' '; MAX_FILE + 1]), Err(TraceError::TooLong));
}

#[test]
fn what_was_seen_before_a_crash_is_there() {
    let whole = Trace::parse(SMALL.as_bytes()).unwrap();
    let end = SMALL.rfind("2 apdu> 00 20").unwrap();
    for len in "kaztoken-trace 1\n".len()..SMALL.len() {
        let trace = Trace::parse(&SMALL.as_bytes()[..len]).unwrap();
        let lines = SMALL[..len].matches('\n').count();
        assert_eq!(trace.entries, whole.entries[..lines.saturating_sub(3)], "{len}");
    }
    // Half a login is not taken for a question.
    let half = &SMALL[..end + "2 apdu> 00 20 00 02".len()];
    let trace = Trace::parse(half.as_bytes()).unwrap();
    assert_eq!(trace.about.last().unwrap().0, "cut");
    assert!(!trace.to_string().contains("00 20 00 02"), "{trace}");
}

#[test]
fn nothing_in_a_file_acts_on_a_terminal() {
    let hostile = "kaztoken-trace 1\n# name: \u{1b}[2J\u{202e}x\n0.000001 1 open way=\u{1b}]0;x place=a\u{200f}b name=%20\n\
                   0.000002 1 failed c\u{9b} t\u{7}\n";
    let trace = Trace::parse(hostile.as_bytes()).unwrap();
    let shown = format!("{trace}{:?}", crate::describe(&trace.entries[0], None, None));
    assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{200f}', '\u{9b}', '\u{7}']), "{shown:?}");
}

proptest! {
    #[test]
    fn any_bytes_are_a_trace_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut file = b"kaztoken-trace 1\n".to_vec();
        file.extend(&bytes);
        for file in [&bytes[..], &file[..]] {
            if let Ok(trace) = Trace::parse(file) {
                let text = trace.to_string();
                prop_assert_eq!(Trace::parse(text.as_bytes()).unwrap().to_string(), text);
            }
        }
    }

    #[test]
    fn lines_of_words_too(
        words in prop::collection::vec(prop::sample::select(vec![
            "0.000001", "1", "2", "ccid>", "ccid<", "apdu>", "apdu<", "open", "6F", "00", "20", "**", "*", "way=a",
            "control", "clocks", "=", "\n", "\n", "failed", "reset", "yes",
        ]), 0..120)
    ) {
        let file = format!("kaztoken-trace 1\n{}", words.join(" ").replace(" \n ", "\n"));
        if let Ok(trace) = Trace::parse(file.as_bytes()) {
            let text = trace.to_string();
            prop_assert_eq!(Trace::parse(text.as_bytes()).unwrap().to_string(), text);
            for entry in &trace.entries {
                let _ = crate::describe(entry, None, trace.entries.first());
            }
            let _ = crate::redact(&trace, false);
            prop_assert!(crate::differences(&trace, &trace).is_empty());
        }
    }
}
