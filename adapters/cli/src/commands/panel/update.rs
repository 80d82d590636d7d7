//! What a key, a tick or the token's answer changes, and what has to be done then.

use super::dialog::{Action, Dialog, Form, Name};
use super::state::{Busy, Content, Notice, Row, State, Tab, View};
use crate::exit::{Code, Problem};
use crate::language::say;
use core::time::Duration;
use kaztoken_core::pin::{Role, State as PinState};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use zeroize::Zeroizing;

/// What happens to the panel.
pub(super) enum Event {
    Key(KeyEvent),
    /// Time has passed since the last one.
    Tick(Duration),
    Worker(Answer),
    /// The program was asked to end.
    Interrupted,
}

/// What the worker says.
pub(super) enum Answer {
    /// What is at the bus now.
    Bus(Vec<Row>),
    Row(String, Result<Box<View>, Problem>),
    /// The end of an action. What the token looks like now follows by itself.
    Done(Action, Result<(), Problem>),
    /// Who is logged in now.
    Login(Option<(String, Role)>),
    /// The bus cannot be looked at.
    Failed(Problem),
}

/// What has to be done. It has no `Debug`: PINs are in it.
pub(super) enum Effect {
    Work(Job),
    /// Stops what the token is doing.
    Stop,
}

/// Work for the token.
pub(super) enum Job {
    Refresh,
    Logout,
    Act(Box<Order>),
}

/// An action with all it needs.
pub(super) struct Order {
    pub(super) id: String,
    pub(super) action: Action,
    pub(super) pin: Option<Zeroizing<String>>,
    pub(super) new_user: Option<Zeroizing<String>>,
    pub(super) new_admin: Option<Zeroizing<String>>,
    pub(super) last_try: bool,
    pub(super) serial: String,
    pub(super) label: String,
    pub(super) erase_keys: bool,
    /// How many tokens are attached.
    pub(super) attached: usize,
}

pub(super) fn update(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::Tick(time) => {
            if let Some(busy) = &mut state.busy {
                busy.elapsed += time;
            }
            Vec::new()
        }
        Event::Interrupted => leave(state),
        Event::Worker(answer) => {
            answered(state, answer);
            Vec::new()
        }
        Event::Key(key) if key.kind == KeyEventKind::Release => Vec::new(),
        Event::Key(KeyEvent {
            code: KeyCode::Char('c' | 'с'), modifiers: KeyModifiers::CONTROL, ..
        }) => leave(state),
        // The token is at work: nothing else can be asked of it.
        Event::Key(_) if state.busy.is_some() => Vec::new(),
        Event::Key(key) => match state.dialog.take() {
            Some(dialog) => in_dialog(state, dialog, key),
            None => on_main_screen(state, key),
        },
    }
}

fn leave(state: &mut State) -> Vec<Effect> {
    state.quit = true;
    state.dialog = None;
    if state.busy.is_some() { vec![Effect::Stop] } else { Vec::new() }
}

fn answered(state: &mut State, answer: Answer) {
    match answer {
        Answer::Bus(rows) => {
            let chosen = state.row().map(|row| row.id.clone());
            let known = std::mem::take(&mut state.rows);
            state.rows = rows
                .into_iter()
                .map(|row| known.iter().find(|old| old.id == row.id).cloned().unwrap_or(row))
                .collect();
            let at = state.rows.iter().position(|row| Some(&row.id) == chosen.as_ref());
            state.chosen = at.unwrap_or(0);
            if at.is_none() {
                state.scroll = 0;
            }
            state.looked = true;
            // A dialog about a token that is gone is over.
            let about_gone = |form: &Form| !state.rows.iter().any(|row| row.id == form.id);
            let closes = match &state.dialog {
                Some(Dialog::Form(form)) => about_gone(form),
                Some(Dialog::LastTry(_)) => at.is_none(),
                _ => false,
            };
            if closes {
                state.dialog = None;
                tell(state, false, say!("panel-gone"));
            }
        }
        Answer::Row(id, result) => {
            if let Some(row) = state.rows.iter_mut().find(|row| row.id == id) {
                row.content = match result {
                    Ok(view) => Content::Read(view),
                    Err(problem) => Content::Unusable(problem.message),
                };
            }
            state.scroll = state.scroll.min(state.lines().saturating_sub(1));
        }
        Answer::Login(login) => state.login = login,
        Answer::Done(action, result) => {
            state.busy = None;
            match result {
                Ok(()) => tell(state, true, action.done()),
                Err(problem) => tell(state, false, failure(&problem)),
            }
        }
        Answer::Failed(problem) => {
            state.busy = None;
            state.looked = true;
            tell(state, false, problem.message);
        }
    }
}

/// A wrong PIN in the panel's words, everything else in the command line's.
fn failure(problem: &Problem) -> String {
    match (problem.code, problem.pin) {
        (Code::WrongPin, Some((Role::User, Some(left)))) => say!("panel-wrong-user", count = left),
        (Code::WrongPin, Some((Role::Admin, Some(left)))) => say!("panel-wrong-admin", count = left),
        (Code::PinBlocked, Some((Role::User, _))) => say!("panel-blocked-user"),
        (Code::PinBlocked, Some((Role::Admin, _))) => say!("panel-blocked-admin"),
        (Code::Refused, Some((_, Some(1)))) => say!("panel-last-try-came"),
        _ => problem.message.clone(),
    }
}

fn tell(state: &mut State, good: bool, text: String) {
    state.notice = Some(Notice { text, good });
}

/// The letter of the key, whichever of the two alphabets the keyboard writes now.
fn letter(c: char) -> char {
    let c = c.to_lowercase().next().unwrap_or(c);
    let pairs = [
        ('й', 'q'),
        ('г', 'u'),
        ('ф', 'a'),
        ('щ', 'o'),
        ('с', 'c'),
        ('в', 'd'),
        ('и', 'b'),
        ('ы', 's'),
        ('а', 'f'),
        ('к', 'r'),
    ];
    pairs.into_iter().find(|(cyrillic, _)| *cyrillic == c).map_or(c, |(_, latin)| latin)
}

fn on_main_screen(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    match key.code {
        KeyCode::Up => choose(state, state.chosen.saturating_sub(1)),
        KeyCode::Down => choose(state, state.chosen + 1),
        KeyCode::Tab | KeyCode::Right => show(state, state.tab.next()),
        KeyCode::BackTab | KeyCode::Left => show(state, state.tab.previous()),
        KeyCode::PageDown => state.scroll = (state.scroll + 5).min(state.lines().saturating_sub(1)),
        KeyCode::PageUp => state.scroll = state.scroll.saturating_sub(5),
        KeyCode::Esc => state.notice = None,
        KeyCode::F(1) => state.dialog = Some(Dialog::Help),
        KeyCode::Enter => begin(state, Action::Login(Role::User)),
        KeyCode::Char(c) if !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => {
            match letter(c) {
                'q' => state.quit = true,
                '?' => state.dialog = Some(Dialog::Help),
                'u' => begin(state, Action::Login(Role::User)),
                'a' => begin(state, Action::Login(Role::Admin)),
                'c' => begin(state, Action::Change(Role::User)),
                'd' => begin(state, Action::Change(Role::Admin)),
                'b' => begin(state, Action::Unblock),
                's' => begin(state, Action::SetUser),
                'f' => begin(state, Action::Format),
                'o' if state.login.is_some() => return vec![Effect::Work(Job::Logout)],
                'o' => tell(state, false, say!("panel-nobody")),
                'r' => {
                    state.notice = None;
                    return vec![Effect::Work(Job::Refresh)];
                }
                _ => {}
            }
        }
        _ => {}
    }
    Vec::new()
}

fn choose(state: &mut State, row: usize) {
    state.chosen = row.min(state.rows.len().saturating_sub(1));
    state.scroll = 0;
}

const fn show(state: &mut State, tab: Tab) {
    state.tab = tab;
    state.scroll = 0;
}

/// Opens an action's dialog, or says why it cannot be done.
fn begin(state: &mut State, action: Action) {
    state.notice = None;
    let Some(view) = state.view() else {
        return tell(state, false, say!("panel-no-token-chosen"));
    };
    if action == Action::Format && state.tokens() > 1 {
        return tell(state, false, say!("panel-format-several", count = state.tokens()));
    }
    let pin = view.pin(action.role());
    let unformatted = action == Action::Format && view.is_unfinished();
    match (pin, action.role()) {
        (PinState::Blocked, Role::User) => tell(state, false, say!("panel-blocked-user")),
        (PinState::Blocked, Role::Admin) => tell(state, false, say!("panel-blocked-admin")),
        (PinState::Absent, _) if !unformatted => tell(state, false, say!("panel-absent")),
        (PinState::NotVerified { tries: 1 }, _) if !unformatted => {
            state.dialog = Some(Dialog::LastTry(action))
        }
        _ => open(state, action, false),
    }
}

fn open(state: &mut State, action: Action, last_try: bool) {
    let (Some(row), Some(view)) = (state.row(), state.view()) else { return };
    let tries = match view.pin(action.role()) {
        PinState::NotVerified { tries } => Some(tries),
        _ => None,
    };
    let needs_pin = action != Action::Format || !view.is_unfinished();
    let mut form = Form::new(action, &row.id, view.about.serial.to_string(), tries, needs_pin);
    form.last_try = last_try;
    state.dialog = Some(Dialog::Form(form));
}

fn in_dialog(state: &mut State, dialog: Dialog, key: KeyEvent) -> Vec<Effect> {
    match (dialog, key.code) {
        (Dialog::Help, _) => {}
        (Dialog::LastTry(action), KeyCode::Char('y' | 'Y' | 'н' | 'Н' | 'д' | 'Д' | 'и' | 'И')) => {
            open(state, action, true);
        }
        (Dialog::LastTry(_), KeyCode::Esc | KeyCode::Enter | KeyCode::Char(_)) => {
            tell(state, false, say!("panel-not-sent"));
        }
        (Dialog::Form(_), KeyCode::Esc) => tell(state, false, say!("panel-not-sent")),
        (Dialog::Form(form), KeyCode::Enter) if form.is_last() => return send(state, form),
        (Dialog::Form(mut form), code) => {
            form.error = None;
            match code {
                KeyCode::Enter | KeyCode::Tab | KeyCode::Down => form.next(),
                KeyCode::BackTab | KeyCode::Up => form.previous(),
                KeyCode::Backspace => form.field().into_iter().for_each(|field| field.pop()),
                KeyCode::Char(c) if !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => {
                    form.field().into_iter().for_each(|field| field.push(c));
                }
                _ => {}
            }
            state.dialog = Some(Dialog::Form(form));
        }
        (dialog @ Dialog::LastTry(_), _) => state.dialog = Some(dialog),
    }
    Vec::new()
}

fn send(state: &mut State, mut form: Form) -> Vec<Effect> {
    if let Some(missing) = form.missing() {
        form.error = Some(missing);
        state.dialog = Some(Dialog::Form(form));
        return Vec::new();
    }
    let old = match form.action.role() {
        Role::User => Name::User,
        Role::Admin => Name::Admin,
    };
    let order = Order {
        id: form.id.clone(),
        action: form.action,
        pin: form.secret(old),
        new_user: form.secret(Name::NewUser),
        new_admin: form.secret(Name::NewAdmin),
        last_try: form.last_try,
        serial: form.text(Name::Serial).trim().to_owned(),
        label: form.text(Name::Label).trim().to_owned(),
        erase_keys: form.ticked(Name::EraseKeys),
        attached: state.tokens(),
    };
    state.busy = Some(Busy { what: form.action.title(), elapsed: Duration::ZERO });
    vec![Effect::Work(Job::Act(Box::new(order)))]
}
