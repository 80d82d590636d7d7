//! Dialogs: the fields that a person fills in. What stands in a hidden field is wiped.

use crate::language::say;
use kaztoken_core::pin::{Pin, Role};
use zeroize::Zeroizing;

/// What is in front of everything else.
pub(super) enum Dialog {
    Help,
    /// Consent to spend the last try; without it no PIN is asked for.
    LastTry(Action),
    Form(Form),
}

/// What a person can have done.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Action {
    Login(Role),
    Change(Role),
    Unblock,
    SetUser,
    Format,
}

impl Action {
    /// Whose PIN it needs.
    pub(super) const fn role(self) -> Role {
        match self {
            Self::Login(role) | Self::Change(role) => role,
            Self::Unblock | Self::SetUser | Self::Format => Role::Admin,
        }
    }

    pub(super) fn title(self) -> String {
        match self {
            Self::Login(Role::User) => say!("panel-login-user"),
            Self::Login(Role::Admin) => say!("panel-login-admin"),
            Self::Change(Role::User) => say!("panel-change-user"),
            Self::Change(Role::Admin) => say!("panel-change-admin"),
            Self::Unblock => say!("panel-unblock"),
            Self::SetUser => say!("panel-set-user"),
            Self::Format => say!("panel-format"),
        }
    }

    pub(super) fn done(self) -> String {
        match self {
            Self::Login(Role::User) => say!("panel-done-login-user"),
            Self::Login(Role::Admin) => say!("panel-done-login-admin"),
            Self::Change(Role::User) => say!("panel-done-change-user"),
            Self::Change(Role::Admin) => say!("panel-done-change-admin"),
            Self::Unblock => say!("panel-done-unblock"),
            Self::SetUser => say!("panel-done-set-user"),
            Self::Format => say!("panel-done-format"),
        }
    }

    const fn fields(self) -> &'static [Name] {
        match self {
            Self::Login(Role::User) => &[Name::User],
            Self::Login(Role::Admin) | Self::Unblock => &[Name::Admin],
            Self::Change(Role::User) => &[Name::User, Name::NewUser, Name::NewAgain],
            Self::Change(Role::Admin) => &[Name::Admin, Name::NewAdmin, Name::NewAgain],
            Self::SetUser => &[Name::Admin, Name::NewUser, Name::NewAgain],
            Self::Format => {
                &[Name::Serial, Name::Label, Name::Admin, Name::NewUser, Name::NewAdmin, Name::EraseKeys]
            }
        }
    }
}

/// The fields there are.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Name {
    User,
    Admin,
    NewUser,
    NewAdmin,
    NewAgain,
    Serial,
    Label,
    EraseKeys,
}

impl Name {
    pub(super) fn text(self) -> String {
        match self {
            Self::User => say!("panel-field-user"),
            Self::Admin => say!("panel-field-admin"),
            Self::NewUser => say!("panel-field-new-user"),
            Self::NewAdmin => say!("panel-field-new-admin"),
            Self::NewAgain => say!("panel-field-again"),
            Self::Serial => say!("panel-field-serial"),
            Self::Label => say!("panel-field-label"),
            Self::EraseKeys => say!("panel-field-erase"),
        }
    }

    const fn is_hidden(self) -> bool {
        matches!(self, Self::User | Self::Admin | Self::NewUser | Self::NewAdmin | Self::NewAgain)
    }
}

/// Room for every text, taken at once: a text that moves leaves a copy behind.
const ROOM: usize = 4 * Pin::MAX_LEN;

/// A field and what was typed into it.
pub(super) struct Field {
    pub(super) name: Name,
    text: Zeroizing<String>,
    pub(super) ticked: bool,
}

impl Field {
    fn new(name: Name) -> Self {
        Self { name, text: Zeroizing::new(String::with_capacity(ROOM)), ticked: false }
    }

    pub(super) fn push(&mut self, c: char) {
        match self.name {
            Name::EraseKeys if c == ' ' => self.ticked = !self.ticked,
            Name::EraseKeys => {}
            _ if !c.is_control() && self.text.chars().count() < Pin::MAX_LEN => self.text.push(c),
            _ => {}
        }
    }

    pub(super) fn pop(&mut self) {
        // Popping alone would leave the character in the room behind the end; it is wiped with the rest.
        self.text.pop();
    }

    /// As it may be shown: hidden text is a star a character.
    pub(super) fn shown(&self) -> String {
        if self.name.is_hidden() {
            "*".repeat(self.text.chars().count())
        } else {
            crate::output::printable(&self.text)
        }
    }
}

/// A dialog with fields. It has no `Debug`: PINs are in it.
pub(super) struct Form {
    pub(super) action: Action,
    /// The row it is about.
    pub(super) id: String,
    pub(super) serial: String,
    /// The tries of the PIN that is going to be sent.
    pub(super) tries: Option<u8>,
    /// A token whose format was cut off has no PIN to ask for.
    pub(super) needs_pin: bool,
    /// The person has agreed to spend the last one.
    pub(super) last_try: bool,
    pub(super) fields: Vec<Field>,
    pub(super) at: usize,
    pub(super) error: Option<String>,
}

impl Form {
    pub(super) fn new(action: Action, id: &str, serial: String, tries: Option<u8>, needs_pin: bool) -> Self {
        let fields = action.fields().iter().copied().map(Field::new).collect();
        Self {
            action,
            id: id.to_owned(),
            serial,
            tries,
            needs_pin,
            last_try: false,
            fields,
            at: 0,
            error: None,
        }
    }

    pub(super) fn field(&mut self) -> Option<&mut Field> {
        self.fields.get_mut(self.at)
    }

    pub(super) fn next(&mut self) {
        self.at = (self.at + 1) % self.fields.len().max(1);
    }

    pub(super) fn previous(&mut self) {
        self.at = self.at.checked_sub(1).unwrap_or(self.fields.len().saturating_sub(1));
    }

    pub(super) fn is_last(&self) -> bool {
        self.at + 1 >= self.fields.len()
    }

    pub(super) fn ticked(&self, name: Name) -> bool {
        self.fields.iter().any(|field| field.name == name && field.ticked)
    }

    /// What was typed; empty when there is no such field.
    pub(super) fn text(&self, name: Name) -> &str {
        self.fields.iter().find(|field| field.name == name).map_or("", |field| &field.text)
    }

    /// A copy that is wiped; `None` when nothing was typed.
    pub(super) fn secret(&self, name: Name) -> Option<Zeroizing<String>> {
        let text = self.text(name);
        (!text.is_empty()).then(|| Zeroizing::new(text.to_owned()))
    }

    /// What keeps it from being sent, as far as that shows without the token.
    pub(super) fn missing(&self) -> Option<String> {
        let old = match self.action.role() {
            Role::User => Name::User,
            Role::Admin => Name::Admin,
        };
        let new = if self.action == Action::Change(Role::Admin) { Name::NewAdmin } else { Name::NewUser };
        if self.action == Action::Format && self.text(Name::Serial).trim() != self.serial {
            return Some(say!("panel-serial-differs", serial = self.serial.clone()));
        }
        if self.needs_pin && self.text(old).is_empty() {
            return Some(say!("panel-pin-missing"));
        }
        if self.action.fields().contains(&Name::NewAgain) {
            if self.text(new).is_empty() {
                return Some(say!("panel-new-missing"));
            }
            if self.text(new) != self.text(Name::NewAgain) {
                return Some(say!("panel-new-differs"));
            }
        }
        None
    }
}
