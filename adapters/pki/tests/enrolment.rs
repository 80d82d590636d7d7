//! The journal, and what it says is to be done next.

use kaztoken_pki::enrolment::{
    Decisions, EnrolmentError, Event, Journal, JournalError, KeyView, Next, Step, TokenView, may_begin, next,
};
use proptest::prelude::*;

fn decisions() -> Decisions {
    Decisions {
        token: 1_198_752_865,
        user: "qq111111_qwertyui".to_owned(),
        label: Some("ТОО Пример %1".to_owned()),
        algorithm: "gost2012-256".to_owned(),
        authority: "files:/tmp/a b".to_owned(),
        role: "1.2.398.3.3.4.1.1".to_owned(),
        subject: vec![0x30, 0],
        initial_key: vec![7; 32],
    }
}

/// A token that does what it is told, and an authority that always answers.
struct Bench {
    token: TokenView,
    password_changed: bool,
    generated: u32,
    halves: bool,
}

impl Bench {
    fn new() -> Self {
        let token = TokenView { serial: decisions().token, formatted: true, ..TokenView::default() };
        Self { token, password_changed: false, generated: 0, halves: false }
    }
}

/// Carries a step out up to a cut: after so many of its parts the power fails. `true`: cut off.
fn carry_out(next: Next, journal: &mut Journal, file: &mut String, bench: &mut Bench, cut: &mut u32) -> bool {
    macro_rules! write {
        ($event:expr) => {
            if *cut == 0 {
                return true;
            }
            *cut -= 1;
            file.push_str(&journal.add($event));
        };
    }
    match next {
        Next::SetPassword => {
            write!(Event::Will(Step::Password));
            bench.password_changed = true;
            write!(Event::Did(Step::Password));
        }
        Next::AskPassword => {
            // The person knows which one holds.
            bench.password_changed = true;
            write!(Event::Did(Step::Password));
        }
        Next::SetLabel(label) => {
            write!(Event::Will(Step::Label));
            bench.token.label = Some(label);
            write!(Event::Did(Step::Label));
        }
        Next::GenerateKey(halves) => {
            write!(Event::Will(Step::Key));
            bench.token.keys.retain(|key| !halves.contains(&key.number));
            bench.token.keys.push(KeyView { number: 1, public_key: None });
            if bench.halves && *cut == 0 {
                return true;
            }
            bench.generated += 1;
            bench.token.keys[0].public_key = Some(vec![bench.generated as u8; 4]);
            write!(Event::DidKey(1, vec![bench.generated as u8; 4]));
        }
        Next::AdoptKey(number, public) => {
            write!(Event::DidKey(number, public));
        }
        Next::SignRequest(_, public) => {
            write!(Event::Will(Step::Request));
            write!(Event::DidRequest([b"request of ".as_slice(), &public].concat()));
        }
        Next::Send => {
            write!(Event::Will(Step::Send));
            write!(Event::Transaction(b"id".to_vec()));
            let certificate = journal.request().unwrap().to_ascii_uppercase();
            write!(Event::DidSend(certificate));
        }
        Next::StoreCertificate(certificate) => {
            write!(Event::Will(Step::Store));
            if !bench.token.certificates.contains(&certificate) {
                bench.token.certificates.push(certificate);
            }
            write!(Event::Did(Step::Store));
        }
        Next::Finish => {
            write!(Event::Will(Step::Finish));
            write!(Event::Did(Step::Finish));
        }
        _ => panic!("{next:?}"),
    }
    false
}

/// Runs until it ends or is cut off.
fn run(file: &mut String, bench: &mut Bench, mut cut: u32) -> bool {
    let mut journal = Journal::from_text(file).unwrap();
    loop {
        match next(&journal, &bench.token).unwrap() {
            Next::Done => return true,
            step => {
                if carry_out(step, &mut journal, file, bench, &mut cut) {
                    return false;
                }
            }
        }
    }
}

fn check(file: &str, bench: &Bench) {
    assert_eq!(bench.generated, 1, "one key was made, whatever happened");
    assert_eq!(bench.token.keys.len(), 1);
    assert_eq!(bench.token.certificates.len(), 1);
    assert_eq!(bench.token.label, decisions().label);
    assert!(bench.password_changed && Journal::from_text(file).unwrap().is_finished());
}

#[test]
fn cut_off_after_each_line() {
    let mut cuts = 0;
    for halves in [false, true] {
        for cut in 0.. {
            let (mut bench, mut file) = (Bench { halves, ..Bench::new() }, Journal::begin(decisions()).1);
            let whole = run(&mut file, &mut bench, cut);
            cuts += 1;
            assert!(run(&mut file, &mut bench, u32::MAX));
            check(&file, &bench);
            if whole {
                break;
            }
        }
    }
    println!("{cuts} cuts, each taken up to the end");
    assert!(cuts > 25);
}

proptest! {
    /// However often, and with the last line of the file cut anywhere.
    #[test]
    fn cut_off_again_and_again(cuts in proptest::collection::vec(0_u32..5, 0..30), torn in 0_usize..20, halves: bool) {
        let (mut bench, mut file) = (Bench { halves, ..Bench::new() }, Journal::begin(decisions()).1);
        for cut in cuts {
            run(&mut file, &mut bench, cut);
        }
        prop_assert!(run(&mut file, &mut bench, u32::MAX));
        check(&file, &bench);
        // A torn last line: as if it had not been written.
        let whole = file.trim_end().rsplit_once('\n').unwrap().0.len() + 1;
        let end = (whole + torn).min(file.len() - 1);
        let mut cut = file.clone();
        cut.truncate(end);
        prop_assert_eq!(Journal::from_text(&cut).unwrap(), Journal::from_text(&file[..whole]).unwrap());
    }

    #[test]
    fn any_text_is_a_journal_or_a_clear_error(text in "(kaztoken enrolment 1\n)?(.|\n){0,200}") {
        let _ = Journal::from_text(&text);
    }

    #[test]
    fn decisions_are_read_back(user in ".*", label in proptest::option::of(".*"), authority in ".*") {
        let decided = Decisions { user, label, authority, ..decisions() };
        let (journal, text) = Journal::begin(decided.clone());
        prop_assert_eq!(Journal::from_text(&text).unwrap(), journal);
    }
}

#[test]
fn what_contradicts_is_told() {
    let (mut journal, _) = Journal::begin(decisions());
    let token = Bench::new().token;
    let other = TokenView { serial: 5, ..token.clone() };
    assert_eq!(next(&journal, &other), Err(EnrolmentError::OtherToken { expected: token.serial, found: 5 }));
    let blank = TokenView { formatted: false, ..token.clone() };
    assert_eq!(next(&journal, &blank), Err(EnrolmentError::NotFormatted));
    assert_eq!(may_begin(&blank), Err(EnrolmentError::NotFormatted));
    let used = TokenView { certificates: vec![vec![1]], ..token.clone() };
    assert_eq!(may_begin(&used), Err(EnrolmentError::NotEmpty { keys: 0, certificates: 1 }));
    for step in [Step::Password, Step::Label] {
        let _ = journal.add(Event::Did(step));
    }
    assert_eq!(next(&journal, &used), Err(EnrolmentError::NotEmpty { keys: 0, certificates: 1 }));
    let _ = journal.add(Event::Will(Step::Key));
    let pair = |number, public: u8| KeyView { number, public_key: Some(vec![public]) };
    let two = TokenView { keys: vec![pair(1, 1), pair(2, 2)], ..token.clone() };
    assert_eq!(next(&journal, &two), Err(EnrolmentError::SeveralKeys(2)));
    let _ = journal.add(Event::DidKey(1, vec![9]));
    assert_eq!(next(&journal, &two), Err(EnrolmentError::OtherKey(1)));
    assert_eq!(next(&journal, &token), Err(EnrolmentError::KeyGone(1)));
    let _ = journal.add(Event::GiveUp);
    assert_eq!(next(&journal, &token), Err(EnrolmentError::GivenUp));
}

#[test]
fn what_is_no_journal() {
    let text = Journal::begin(decisions()).1;
    assert_eq!(Journal::from_text(""), Err(JournalError::NotOne));
    assert_eq!(Journal::from_text("kaztoken trace 1\n\n"), Err(JournalError::NotOne));
    assert_eq!(Journal::from_text("kaztoken enrolment 2\n\n"), Err(JournalError::Version));
    assert_eq!(Journal::from_text(&format!("{text}did nothing\n")), Err(JournalError::Line { number: 3 }));
    assert_eq!(
        Journal::from_text(&format!("{text}did key number=1 public=!\n")),
        Err(JournalError::Line { number: 3 })
    );
    assert!(!text.contains("ТОО"), "blanks and letters of other alphabets are escaped");
}
