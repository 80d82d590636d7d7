//! The right half: the chosen token.

use super::text::{cell, flow, width};
use super::{coloured, label};
use crate::commands::panel::state::{Content, State, Tab, View};
use crate::language::say;
use kaztoken_core::pin::{Role, State as PinState};
use kaztoken_core::token::opensc::DirectoryKind;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};

/// The most tries that a format can give a PIN.
const MOST_TRIES: u8 = 10;
/// What PKCS#11 programs are told of this family's memory, in bytes. The token itself does not tell.
const USUAL_MEMORY: u32 = 131_072;
/// The length of the memory bar.
const BAR: u32 = 8;

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let block = Block::bordered().title(format!(" {} ", say!("panel-token")));
    let inside = block.inner(area);
    frame.render_widget(block, area);
    let columns = usize::from(inside.width);
    let lines = match state.row().map(|row| &row.content) {
        None => Vec::new(),
        Some(Content::Reading) => vec![Line::raw(say!("panel-reading"))],
        Some(Content::Unusable(why)) => {
            let why = say!("panel-cannot-open", why = why.clone());
            flow(&why, columns)
                .into_iter()
                .map(|line| Line::styled(line, coloured(state, Color::Red)))
                .collect()
        }
        Some(Content::Read(view)) => token(state, view, columns, usize::from(inside.height)),
    };
    frame.render_widget(Paragraph::new(lines), inside);
}

fn token(state: &State, view: &View, columns: usize, height: usize) -> Vec<Line<'static>> {
    let serial = format!("{} ({:#})", view.about.serial, view.about.serial);
    let fields = [
        (say!("panel-model"), vec![Span::raw(view.about.model)]),
        (say!("panel-serial"), vec![Span::raw(serial)]),
        (say!("panel-label"), vec![Span::raw(label(view.seen.label.as_ref()))]),
        (say!("panel-user-pin"), pin(state, view.pin(Role::User))),
        (say!("panel-admin-pin"), pin(state, view.pin(Role::Admin))),
        (say!("panel-memory"), memory(state, view.seen.free_memory)),
    ];
    let names = fields.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    let mut lines: Vec<Line<'_>> = fields
        .into_iter()
        .map(|(name, mut value)| {
            let mut spans = vec![Span::raw(cell(&name, names)), Span::raw("  ")];
            spans.append(&mut value);
            Line::from(spans)
        })
        .collect();
    lines.push(Line::raw(if view.is_unfinished() { say!("panel-unfinished") } else { String::new() }));
    lines.push(tabs(state, view));
    let table = table(state.tab, view, columns);
    let room = height.saturating_sub(lines.len() + 1);
    if table.len() <= 1 {
        let empty = match state.tab {
            Tab::Keys => say!("panel-no-keys"),
            Tab::Certificates => say!("panel-no-certificates"),
            Tab::Objects => say!("panel-no-objects"),
        };
        lines.extend(flow(&empty, columns).into_iter().map(Line::raw));
        return lines;
    }
    for (at, line) in table.into_iter().enumerate() {
        if at == 0 {
            lines.push(Line::styled(line, Style::new().add_modifier(Modifier::DIM)));
        } else if at > state.scroll && at <= state.scroll + room {
            lines.push(Line::raw(line));
        }
    }
    lines
}

/// How many tries are left, as squares and in words.
fn pin(state: &State, pin: PinState) -> Vec<Span<'static>> {
    match pin {
        PinState::NotVerified { tries } => {
            let colour = match tries {
                0..=1 => Color::Red,
                2..=3 => Color::Yellow,
                _ => Color::Green,
            };
            let squares = usize::from(tries.min(MOST_TRIES));
            vec![
                Span::styled("■".repeat(squares), coloured(state, colour)),
                Span::raw(format!(" {}", say!("panel-tries", count = tries))),
            ]
        }
        PinState::Blocked => {
            vec![Span::styled(
                say!("panel-blocked"),
                coloured(state, Color::Red).add_modifier(Modifier::BOLD),
            )]
        }
        PinState::Absent => vec![Span::raw(say!("panel-pin-absent"))],
        PinState::Verified => vec![Span::styled(say!("panel-verified"), coloured(state, Color::Green))],
        PinState::Unknown => vec![Span::raw(say!("panel-unknown"))],
    }
}

fn memory(state: &State, free: Option<u32>) -> Vec<Span<'static>> {
    let Some(free) = free else { return vec![Span::raw(say!("panel-unknown"))] };
    let text = say!("panel-bytes-free", count = free);
    if free > USUAL_MEMORY {
        return vec![Span::raw(text)];
    }
    let used = ((USUAL_MEMORY - free) * BAR).div_ceil(USUAL_MEMORY) as usize;
    let rest = (BAR as usize).saturating_sub(used);
    vec![
        Span::styled("█".repeat(used), coloured(state, Color::Cyan)),
        Span::raw(format!("{} {text}", "░".repeat(rest))),
    ]
}

fn tabs(state: &State, view: &View) -> Line<'static> {
    let mut spans = Vec::new();
    for tab in Tab::ALL {
        let text = match tab {
            Tab::Keys => say!("panel-tab-keys", count = view.keys.len()),
            Tab::Certificates => say!("panel-tab-certificates", count = view.certificates.len()),
            Tab::Objects => say!("panel-tab-objects", count = view.objects.len()),
        };
        let chosen = tab == state.tab;
        let style = if chosen { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
        let text = if chosen { format!("[{text}]") } else { format!(" {text} ") };
        spans.push(Span::styled(text, style));
        spans.push(Span::raw(" "));
    }
    Line::from(spans)
}

/// The first line is the heading. Columns stand under each other; the widest text column gives way.
fn table(tab: Tab, view: &View, columns: usize) -> Vec<String> {
    let (heading, rows): (Vec<String>, Vec<Vec<String>>) = match tab {
        Tab::Keys => (
            vec![say!("panel-column-number"), say!("panel-column-algorithm"), say!("panel-column-label")],
            view.keys
                .iter()
                .map(|key| {
                    let algorithm = key.algorithm.clone().unwrap_or_else(|| say!("panel-unknown-kind"));
                    let mut label = key.label.clone();
                    if key.faulty {
                        label = format!("{label} {}", say!("panel-faulty")).trim_start().to_owned();
                    }
                    vec![key.number.clone(), algorithm, label]
                })
                .collect(),
        ),
        Tab::Certificates => (
            vec![say!("panel-column-until"), say!("panel-column-label"), say!("panel-column-subject")],
            view.certificates
                .iter()
                .map(|certificate| {
                    let subject = certificate.subject.clone().unwrap_or_else(|| say!("panel-unreadable"));
                    vec![certificate.until.clone(), certificate.label.clone(), subject]
                })
                .collect(),
        ),
        Tab::Objects => (
            vec![say!("panel-column-kind"), say!("panel-column-file"), say!("panel-column-label")],
            view.objects
                .iter()
                .map(|object| {
                    let kind = match object.kind {
                        DirectoryKind::PrivateKeys => say!("panel-private-key"),
                        DirectoryKind::PublicKeys => say!("panel-public-key"),
                        DirectoryKind::Certificates => say!("panel-certificate"),
                        DirectoryKind::Data => say!("panel-data"),
                    };
                    let mut label = object.label.clone();
                    if object.private {
                        label = format!("{label} {}", say!("panel-needs-pin"));
                    }
                    vec![kind, object.file.clone(), label]
                })
                .collect(),
        ),
    };
    let all: Vec<Vec<String>> = std::iter::once(heading).chain(rows).collect();
    let widest = |column: usize| all.iter().filter_map(|row| row.get(column)).map(|text| width(text)).max();
    let first = widest(0).unwrap_or(0).min(columns / 3);
    let second = widest(1).unwrap_or(0).min(columns / 2);
    let third = columns.saturating_sub(first + second + 4);
    let line = |row: &Vec<String>| {
        let part = |at: usize| row.get(at).map_or("", String::as_str);
        format!("{}  {}  {}", cell(part(0), first), cell(part(1), second), super::text::cut(part(2), third))
    };
    all.iter().map(line).collect()
}
