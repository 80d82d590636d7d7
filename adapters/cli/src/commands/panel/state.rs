//! What the panel shows: data only, without a terminal and without a token.

use super::dialog::Dialog;
use crate::commands::status::Seen;
use crate::device::About;
use core::time::Duration;
use kaztoken_core::pin::{Role, State as PinState};
use kaztoken_core::token::opensc::DirectoryKind;

/// The whole panel.
#[derive(Default)]
pub(super) struct State {
    pub(super) rows: Vec<Row>,
    pub(super) chosen: usize,
    pub(super) tab: Tab,
    pub(super) scroll: usize,
    pub(super) dialog: Option<Dialog>,
    pub(super) busy: Option<Busy>,
    pub(super) notice: Option<Notice>,
    /// Who is logged in, and at which token.
    pub(super) login: Option<(String, Role)>,
    /// The bus has been looked at.
    pub(super) looked: bool,
    /// Colours are wanted.
    pub(super) colours: bool,
    pub(super) quit: bool,
}

/// Something at the bus.
#[derive(Clone)]
pub(super) struct Row {
    /// As [`crate::device::presence::Present::id`].
    pub(super) id: String,
    pub(super) place: String,
    pub(super) name: String,
    pub(super) is_token: bool,
    pub(super) content: Content,
}

/// What is known of a row.
#[derive(Clone)]
pub(super) enum Content {
    Reading,
    Read(Box<View>),
    /// Why it cannot be opened.
    Unusable(String),
}

/// A token, read without a PIN.
#[derive(Clone)]
pub(super) struct View {
    pub(super) about: About,
    pub(super) seen: Seen,
    pub(super) keys: Vec<KeyLine>,
    pub(super) certificates: Vec<CertificateLine>,
    pub(super) objects: Vec<ObjectLine>,
}

#[derive(Clone)]
pub(super) struct KeyLine {
    pub(super) number: String,
    pub(super) algorithm: Option<String>,
    pub(super) label: String,
    /// Half or without an entry.
    pub(super) faulty: bool,
}

#[derive(Clone)]
pub(super) struct CertificateLine {
    pub(super) label: String,
    /// `None`: it cannot be read.
    pub(super) subject: Option<String>,
    pub(super) until: String,
}

#[derive(Clone)]
pub(super) struct ObjectLine {
    pub(super) kind: DirectoryKind,
    pub(super) label: String,
    pub(super) file: String,
    pub(super) private: bool,
}

/// What the lower half shows.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub(super) enum Tab {
    #[default]
    Keys,
    Certificates,
    Objects,
}

impl Tab {
    pub(super) const ALL: [Self; 3] = [Self::Keys, Self::Certificates, Self::Objects];

    pub(super) const fn next(self) -> Self {
        match self {
            Self::Keys => Self::Certificates,
            Self::Certificates => Self::Objects,
            Self::Objects => Self::Keys,
        }
    }

    pub(super) const fn previous(self) -> Self {
        self.next().next()
    }
}

/// What the token is doing.
pub(super) struct Busy {
    pub(super) what: String,
    pub(super) elapsed: Duration,
}

/// How the last thing ended.
pub(super) struct Notice {
    pub(super) text: String,
    pub(super) good: bool,
}

impl State {
    pub(super) fn row(&self) -> Option<&Row> {
        self.rows.get(self.chosen)
    }

    /// The chosen token, if it could be read.
    pub(super) fn view(&self) -> Option<&View> {
        match &self.row()?.content {
            Content::Read(view) => Some(view),
            _ => None,
        }
    }

    /// Who is logged in at the chosen token.
    pub(super) fn logged_in(&self) -> Option<Role> {
        let (id, role) = self.login.as_ref()?;
        (self.row()?.id == *id).then_some(*role)
    }

    /// How many lines the tab has.
    pub(super) fn lines(&self) -> usize {
        self.view().map_or(0, |view| match self.tab {
            Tab::Keys => view.keys.len(),
            Tab::Certificates => view.certificates.len(),
            Tab::Objects => view.objects.len(),
        })
    }

    /// How many tokens are attached.
    pub(super) fn tokens(&self) -> usize {
        self.rows.iter().filter(|row| row.is_token || matches!(row.content, Content::Read(_))).count()
    }
}

impl View {
    /// It was never formatted, or a format was cut off.
    pub(super) fn is_unfinished(&self) -> bool {
        self.seen.admin == PinState::Absent || self.seen.layouts.opensc_unfinished
    }

    pub(super) const fn pin(&self, role: Role) -> PinState {
        match role {
            Role::User => self.seen.user,
            Role::Admin => self.seen.admin,
        }
    }
}
