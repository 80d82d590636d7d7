//! The panel without a terminal and without a token: screens compared with files, and what keys do.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test -p kaztoken panel` writes the files in `tests/snapshots` anew.

mod picture;
mod screens;

use super::dialog::Action;
use super::draw::draw;
use super::state::{CertificateLine, Content, KeyLine, ObjectLine, Row, State, View};
use super::update::{Answer, Effect, Event, Job, update};
use crate::args::Via;
use crate::commands::status::Seen;
use crate::device::About;
use crate::exit::{Code, Problem};
use kaztoken_core::pin::{Role, State as PinState};
use kaztoken_core::token::opensc::DirectoryKind;
use kaztoken_core::token::{Contents, Layouts, Serial};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

fn view(serial: &str, user: PinState, label: Option<&str>) -> View {
    let about = About {
        via: Via::Usb,
        place: "bus 1 address 4, port 2".into(),
        atr: Vec::new(),
        model: "KAZTOKEN",
        serial: Serial::parse(serial).unwrap(),
        attached: 1,
    };
    let seen = Seen {
        label: label.map(crate::output::printable),
        layouts: Layouts { file_system: true, ..Layouts::default() },
        free_memory: Some(103_200),
        admin: PinState::NotVerified { tries: 10 },
        user,
        contents: Contents::default(),
        key_faults: 0,
    };
    View { about, seen, keys: Vec::new(), certificates: Vec::new(), objects: Vec::new() }
}

/// A token in use.
fn used(serial: &str, tries: u8) -> View {
    let mut view = view(serial, PinState::NotVerified { tries }, Some("ТОО «Пример»"));
    view.seen.contents = Contents { keys: 2, certificates: 1, foreign: 0 };
    view.seen.free_memory = Some(61_440);
    let key = |number: &str, algorithm: &str, label: &str, faulty| KeyLine {
        number: number.into(),
        algorithm: Some(algorithm.into()),
        label: label.into(),
        faulty,
    };
    view.keys = vec![
        key("1", "GOST R 34.10-2012 256 bit, CryptoPro A", "платежи", false),
        key("2", "RSA-2048", "", true),
    ];
    view.certificates = vec![CertificateLine {
        label: "платежи".into(),
        subject: Some("ИВАНОВ ИВАН".into()),
        until: "2027-01-31".into(),
    }];
    let object = |kind, label: &str, private| ObjectLine {
        kind,
        label: label.into(),
        file: "5000/0400".into(),
        private,
    };
    view.objects = vec![
        object(DirectoryKind::PrivateKeys, "платежи", true),
        object(DirectoryKind::Certificates, "платежи", false),
    ];
    view
}

fn row(id: &str, content: Content) -> Row {
    Row {
        id: id.into(),
        place: format!("bus 1 address {id}, port 2"),
        name: "KAZTOKEN".into(),
        is_token: true,
        content,
    }
}

fn with(rows: Vec<Row>) -> State {
    State { rows, looked: true, ..State::default() }
}

fn one(view: View) -> State {
    with(vec![row("4", Content::Read(Box::new(view)))])
}

fn key(code: KeyCode) -> Event {
    Event::Key(KeyEvent::new(code, KeyModifiers::NONE))
}

fn typed(state: &mut State, text: &str) -> Vec<Effect> {
    text.chars()
        .flat_map(|c| {
            update(
                state,
                key(match c {
                    '\n' => KeyCode::Enter,
                    '\t' => KeyCode::Tab,
                    '\u{1b}' => KeyCode::Esc,
                    c => KeyCode::Char(c),
                }),
            )
        })
        .collect()
}

fn drawn(state: &State, width: u16, height: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(state, frame)).unwrap();
    terminal.backend().buffer().clone()
}

fn order(effects: Vec<Effect>) -> super::update::Order {
    let [Effect::Work(Job::Act(order))] = <[Effect; 1]>::try_from(effects).ok().unwrap() else { panic!() };
    *order
}

fn five() -> PinState {
    PinState::NotVerified { tries: 5 }
}

#[test]
fn a_login_is_sent_once_and_a_wrong_pin_is_told() {
    let mut state = one(view("7", five(), None));
    let order = order(typed(&mut state, "u12345678\n"));
    assert_eq!((order.action, order.last_try, order.id.as_str()), (Action::Login(Role::User), false, "4"));
    assert_eq!(order.pin.as_deref().map(String::as_str), Some("12345678"));
    assert!(state.busy.is_some() && state.dialog.is_none());
    // While the token works, nothing else is sent.
    assert!(typed(&mut state, "u12345678\nf\n").is_empty());
    let wrong = Problem { pin: Some((Role::User, Some(4))), ..Problem::new(Code::WrongPin, "wrong") };
    assert!(
        update(&mut state, Event::Worker(Answer::Done(Action::Login(Role::User), Err(wrong)))).is_empty()
    );
    assert!(state.busy.is_none() && state.notice.as_ref().is_some_and(|notice| notice.text.contains('4')));
}

#[test]
fn the_letters_work_on_a_cyrillic_keyboard() {
    for (latin, cyrillic) in
        [('u', 'г'), ('a', 'ф'), ('c', 'с'), ('d', 'В'), ('b', 'и'), ('s', 'ы'), ('f', 'а')]
    {
        let titles = [latin, cyrillic].map(|letter| {
            let mut state = one(view("7", five(), None));
            typed(&mut state, &letter.to_string());
            match state.dialog {
                Some(super::dialog::Dialog::Form(form)) => form.action,
                _ => panic!("{letter}"),
            }
        });
        assert_eq!(titles[0], titles[1]);
    }
    let mut state = one(view("7", five(), None));
    typed(&mut state, "й");
    assert!(state.quit);
}

#[test]
fn the_last_try_needs_consent_of_its_own() {
    let last = PinState::NotVerified { tries: 1 };
    let mut state = one(view("7", last, None));
    assert!(typed(&mut state, "u\n12345678\n").is_empty());
    let mut state = one(view("7", last, None));
    assert!(typed(&mut state, "u\u{1b}").is_empty() && state.dialog.is_none());
    assert!(order(typed(&mut state, "uy12345678\n")).last_try);
    // The other PIN has its tries: no consent carries over.
    state.busy = None;
    assert!(!order(typed(&mut state, "a12345678\n")).last_try);
}

#[test]
fn a_blocked_or_absent_pin_is_not_asked_for() {
    for pin in [PinState::Blocked, PinState::Absent] {
        let mut state = one(view("7", pin, None));
        assert!(typed(&mut state, "u").is_empty());
        assert!(state.dialog.is_none() && state.notice.is_some());
    }
    let mut state = with(Vec::new());
    for letter in ["u", "a", "c", "d", "b", "s", "f", "o", "\n"] {
        assert!(typed(&mut state, letter).is_empty() && state.dialog.is_none(), "{letter}");
    }
}

#[test]
fn a_new_pin_is_typed_twice() {
    let mut state = one(view("7", five(), None));
    assert!(typed(&mut state, "c12345678\nNew71234\nNew71235\n").is_empty());
    let order = order(typed(&mut state, "\u{1b}c12345678\nNew71234\nNew71234\n"));
    assert_eq!(order.new_user.as_deref().map(String::as_str), Some("New71234"));
    assert_eq!(order.new_admin.as_deref().map(String::as_str), None);
}

#[test]
fn a_format_needs_the_serial_number_and_one_token() {
    let mut state = one(used("1198752865", 5));
    assert!(typed(&mut state, "f119875286\tA\t87654321\t\t\t \n").is_empty());
    let order = order(typed(&mut state, "\t5\n\n\n\n\n\n"));
    assert_eq!((order.serial.as_str(), order.label.as_str()), ("1198752865", "A"));
    assert!(order.erase_keys && order.new_user.is_none() && order.new_admin.is_none());
    let mut state = with(vec![
        row("4", Content::Read(Box::new(view("7", five(), None)))),
        row("5", Content::Unusable("held".into())),
    ]);
    assert!(typed(&mut state, "f").is_empty() && state.dialog.is_none());
}

#[test]
fn a_token_that_goes_takes_its_dialog_along() {
    let mut state = one(view("7", five(), None));
    typed(&mut state, "u1234");
    update(&mut state, Event::Worker(Answer::Bus(vec![row("9", Content::Reading)])));
    assert!(state.dialog.is_none() && state.notice.is_some());
}

#[test]
fn ctrl_c_leaves_and_stops_what_is_under_way() {
    let ctrl_c = || Event::Key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL));
    let mut state = one(view("7", five(), None));
    typed(&mut state, "u12345678");
    assert!(update(&mut state, ctrl_c()).is_empty() && state.quit);
    let mut state = one(view("7", five(), None));
    typed(&mut state, "u12345678\n");
    assert!(matches!(update(&mut state, ctrl_c())[..], [Effect::Stop]) && state.quit);
}

#[test]
fn every_size_can_be_drawn() {
    let mut form = one(used("1198752865", 1));
    typed(&mut form, "f");
    let mut help = one(used("1198752865", 3));
    typed(&mut help, "?");
    let mut long = one(view("7", five(), None));
    long.notice = Some(super::state::Notice { text: "long ".repeat(200), good: false });
    for state in [form, help, long, with(Vec::new())] {
        let some = (1..=60).step_by(7).chain([23, 24, 25, 60]);
        for height in some {
            for width in (1..=200).step_by(13).chain([79, 80, 81, 109, 110, 200]) {
                drawn(&state, width, height);
            }
        }
    }
}
