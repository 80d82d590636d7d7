//! Screens compared with the files in `tests/snapshots`.

use super::*;
use crate::commands::panel::state::{Busy, Notice, Tab};
use crate::language::Language;
use crate::language::tests::speak;
use core::time::Duration;
use std::path::PathBuf;

/// Compares with a file, or writes it when `UPDATE_SNAPSHOTS` is set.
pub(super) fn holds(name: &str, now: &str) {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&file, now).unwrap();
        return;
    }
    let before = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(before == now, "{name} differs (UPDATE_SNAPSHOTS=1 writes it anew)\nwas:\n{before}\nis:\n{now}");
}

/// The characters of a screen, without what follows the last of a line.
fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += unicode_width::UnicodeWidthStr::width(symbol).max(1) as u16;
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Every screen that is compared, by name.
fn screens() -> Vec<(&'static str, State)> {
    let after = |mut state: State, keys: &str| {
        typed(&mut state, keys);
        state
    };
    let blocked = one(view("1198752865", PinState::Blocked, Some("Test")));
    let last = || one(view("1198752865", PinState::NotVerified { tries: 1 }, Some("Test")));
    let mut wrong = one(used("1198752865", 4));
    let problem = Problem { pin: Some((Role::User, Some(4))), ..Problem::new(Code::WrongPin, "wrong") };
    update(&mut wrong, Event::Worker(Answer::Done(Action::Login(Role::User), Err(problem))));
    let mut busy = one(view("7", five(), None));
    busy.busy = Some(Busy { what: Action::Format.title(), elapsed: Duration::from_secs(71) });
    let mut in_use = one(used("1198752865", 5));
    in_use.login = Some(("4".into(), Role::User));
    if let Content::Read(view) = &mut in_use.rows[0].content {
        view.seen.user = PinState::Verified;
    }
    let mut certificates = one(used("1198752865", 5));
    certificates.tab = Tab::Certificates;
    let mut objects = one(used("1198752865", 5));
    objects.tab = Tab::Objects;
    let several = with(vec![
        row("4", Content::Read(Box::new(used("1198752865", 5)))),
        row("5", Content::Read(Box::new(view("7", five(), None)))),
        row("6", Content::Unusable("another program holds it: pcscd (1234)".into())),
    ]);
    let mut shut = with(vec![row("6", Content::Unusable("no permission on /dev/bus/usb/001/006".into()))]);
    let several_refused = after(with(several.rows.clone()), "f");
    let hostile = one(view("7", five(), Some("a\u{1b}[31mb \u{202e}تجربة\u{2066} \u{200f}x")));
    shut.notice = Some(Notice { text: "long enough to need a window of its own ".repeat(4), good: false });
    vec![
        ("no-token", with(Vec::new())),
        ("empty-token", one(view("1198752865", five(), None))),
        ("keys", one(used("1198752865", 3))),
        ("certificates", certificates),
        ("objects", objects),
        ("logged-in", in_use),
        ("several", several),
        ("several-no-format", several_refused),
        ("cannot-open", shut),
        ("login", after(one(view("1198752865", five(), None)), "u12345678")),
        ("change-pin", after(one(view("1198752865", five(), None)), "c12345678\nabc\nabd\n")),
        ("last-try", after(last(), "u")),
        ("last-try-agreed", after(last(), "uy")),
        ("blocked", after(blocked, "u")),
        ("wrong-pin", wrong),
        ("format", after(one(used("1198752865", 5)), "f11987")),
        ("format-refused", after(one(used("1198752865", 5)), "f7\t\t1\t\t\t \n")),
        ("busy", busy),
        ("help", after(one(used("1198752865", 5)), "?")),
        ("hostile-label", hostile),
    ]
}

#[test]
fn screens_are_as_they_were() {
    for language in Language::ALL {
        speak(language);
        for (width, height) in [(80, 24), (120, 40)] {
            let mut all = String::new();
            for (name, state) in screens() {
                let buffer = drawn(&state, width, height);
                all.push_str(&format!("=== {name}\n{}", text(&buffer)));
            }
            holds(&format!("panel-{}-{width}x{height}.txt", language.code()), &all);
        }
    }
}

/// What a person must see is not cut off in any language.
#[test]
fn everything_fits_into_the_smallest_terminal() {
    for language in Language::ALL {
        speak(language);
        let shown = text(&drawn(&one(used("1198752865", 5)), 80, 24));
        let footer: Vec<&str> = shown.lines().rev().take(3).collect();
        let quit = crate::language::text("panel-key-quit");
        assert!(footer[..2].iter().any(|line| line.ends_with(&format!("q {quit}"))), "{shown}");
        for (name, state) in screens() {
            let shown = text(&drawn(&state, 80, 24));
            assert!(!shown.contains("panel-"), "{name}: a message is missing\n{shown}");
            assert!(shown.lines().all(|line| unicode_width::UnicodeWidthStr::width(line) <= 80), "{name}");
            assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{2066}', '\u{200f}']), "{name}");
            assert!(!shown.contains("12345678") || name == "none", "{name}: a PIN is on the screen");
        }
        for action in [
            Action::Login(Role::User),
            Action::Change(Role::User),
            Action::Change(Role::Admin),
            Action::SetUser,
            Action::Format,
        ] {
            assert!(unicode_width::UnicodeWidthStr::width(&*action.title()) <= 60);
            assert!(unicode_width::UnicodeWidthStr::width(&*action.done()) < 79, "{}", action.done());
        }
    }
}

#[test]
fn a_small_terminal_is_told_so() {
    speak(Language::English);
    assert_eq!(text(&drawn(&with(Vec::new()), 40, 2)), "needs 80x24, this is 40x2\n\n");
    assert_eq!(text(&drawn(&with(Vec::new()), 10, 1)), "needs 80x2\n");
}

#[test]
fn without_colours_there_are_none() {
    for (name, mut state) in screens() {
        let plain = drawn(&state, 80, 24);
        assert!(
            plain.content.iter().all(|cell| {
                cell.fg == ratatui::style::Color::Reset && cell.bg == ratatui::style::Color::Reset
            }),
            "{name}"
        );
        state.colours = true;
        assert_eq!(text(&plain), text(&drawn(&state, 80, 24)), "{name}: colour alone says something");
    }
}
