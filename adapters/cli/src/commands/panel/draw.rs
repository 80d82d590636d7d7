//! The panel on the screen, at any size.

mod details;
mod front;
mod text;

use super::state::{Content, Row, State};
use crate::language::say;
use kaztoken_core::pin::Role;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};
use text::{cut, flow, width};

/// The smallest terminal that everything fits into.
pub(super) const SMALLEST: (u16, u16) = (80, 24);
/// Lines for the keys.
const FOOTER: u16 = 3;

pub(super) fn draw(state: &State, frame: &mut Frame<'_>) {
    let area = frame.area();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        let (needed, here) =
            (format!("{}x{}", SMALLEST.0, SMALLEST.1), format!("{}x{}", area.width, area.height));
        frame.render_widget(Paragraph::new(say!("panel-too-small", needed = needed, here = here)), area);
        return;
    }
    let [head, body, notice, footer] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(0),
        Constraint::Length(1),
        Constraint::Length(FOOTER),
    ])
    .areas(area);
    let left = if area.width >= 110 { 44 } else { 28 };
    let [list, details] = Layout::horizontal([Constraint::Length(left), Constraint::Min(0)]).areas(body);
    frame.render_widget(title(state, head.width), head);
    tokens(state, frame, list);
    details::draw(state, frame, details);
    frame.render_widget(said(state, notice.width), notice);
    keys(state, frame, footer);
    front::draw(state, frame);
}

/// A colour where colours are wanted.
pub(super) fn coloured(state: &State, colour: Color) -> Style {
    if state.colours { Style::new().fg(colour) } else { Style::new() }
}

fn title(state: &State, columns: u16) -> Line<'static> {
    let who = match state.logged_in() {
        Some(Role::User) => say!("panel-is-user"),
        Some(Role::Admin) => say!("panel-is-admin"),
        None => say!("panel-is-nobody"),
    };
    let name = format!(" kaztoken {}", env!("CARGO_PKG_VERSION"));
    let gap = usize::from(columns).saturating_sub(width(&name) + width(&who) + 1);
    let style = if state.logged_in().is_some() {
        coloured(state, Color::Green).add_modifier(Modifier::BOLD)
    } else {
        Style::new()
    };
    Line::from(vec![
        Span::styled(name, Style::new().add_modifier(Modifier::BOLD)),
        Span::raw(" ".repeat(gap)),
        Span::styled(who, style),
    ])
}

fn tokens(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let block = Block::bordered().title(format!(" {} ", say!("panel-tokens")));
    let inside = block.inner(area);
    frame.render_widget(block, area);
    let columns = usize::from(inside.width);
    if state.rows.is_empty() {
        let text = if state.looked { say!("panel-no-token") } else { say!("panel-reading") };
        frame.render_widget(Paragraph::new(flow(&text, columns).join("\n")), inside);
        return;
    }
    // Three lines each; the chosen one is always in sight.
    let fit = (usize::from(inside.height) / 3).max(1);
    let first = (state.chosen + 1).saturating_sub(fit);
    let lines: Vec<Line<'_>> = state
        .rows
        .iter()
        .enumerate()
        .skip(first)
        .take(fit)
        .flat_map(|(at, row)| entry(state, row, at == state.chosen, columns))
        .collect();
    frame.render_widget(Paragraph::new(lines), inside);
}

fn entry(state: &State, row: &Row, chosen: bool, columns: usize) -> [Line<'static>; 3] {
    let (serial, label) = match &row.content {
        Content::Read(view) => (view.about.serial.to_string(), label(view.seen.label.as_ref())),
        Content::Reading => (row.name.clone(), say!("panel-reading")),
        Content::Unusable(_) => (row.name.clone(), say!("panel-unusable")),
    };
    let mark = if chosen { "> " } else { "  " };
    let style = if chosen { Style::new().add_modifier(Modifier::BOLD) } else { Style::new() };
    let label_style = match row.content {
        Content::Unusable(_) => coloured(state, Color::Red),
        _ => Style::new(),
    };
    let room = columns.saturating_sub(2);
    [
        Line::styled(
            format!("{mark}{}", cut(&serial, room)),
            style.patch(if chosen { coloured(state, Color::Cyan) } else { Style::new() }),
        ),
        Line::styled(format!("  {}", cut(&label, room)), label_style),
        Line::styled(format!("  {}", cut(&row.place, room)), Style::new().add_modifier(Modifier::DIM)),
    ]
}

/// The label, or that there is none.
pub(super) fn label(label: Option<&String>) -> String {
    label.filter(|label| !label.is_empty()).cloned().unwrap_or_else(|| say!("panel-no-label"))
}

/// What is going on, or how the last thing ended.
fn said(state: &State, columns: u16) -> Line<'static> {
    let columns = usize::from(columns).saturating_sub(1);
    if let Some(busy) = &state.busy {
        let seconds = busy.elapsed.as_secs();
        let text = format!(" {} {}:{:02}", busy.what, seconds / 60, seconds % 60);
        return Line::styled(cut(&text, columns), coloured(state, Color::Yellow));
    }
    match &state.notice {
        // What is longer stands in front of the screen.
        Some(notice) if width(&notice.text) < columns => {
            let colour = if notice.good { Color::Green } else { Color::Red };
            Line::styled(format!(" {}", notice.text), coloured(state, colour))
        }
        _ => Line::default(),
    }
}

fn keys(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let all = [
        ("u", say!("panel-key-user")),
        ("a", say!("panel-key-admin")),
        ("o", say!("panel-key-out")),
        ("c", say!("panel-key-change-user")),
        ("d", say!("panel-key-change-admin")),
        ("b", say!("panel-key-unblock")),
        ("s", say!("panel-key-set")),
        ("f", say!("panel-key-format")),
        ("r", say!("panel-key-refresh")),
        ("?", say!("panel-key-help")),
        ("q", say!("panel-key-quit")),
    ];
    let mut lines: Vec<Line<'_>> = Vec::new();
    let (mut spans, mut used) = (vec![Span::raw(" ")], 1);
    for (key, text) in all {
        let needs = width(key) + 1 + width(&text) + 2;
        if used + needs > usize::from(area.width) + 2 {
            lines.push(Line::from(std::mem::replace(&mut spans, vec![Span::raw(" ")])));
            used = 1;
        }
        spans.push(Span::styled(key, coloured(state, Color::Cyan).add_modifier(Modifier::BOLD)));
        spans.push(Span::raw(format!(" {text}  ")));
        used += needs;
    }
    lines.push(Line::from(spans));
    frame.render_widget(Paragraph::new(lines), area);
}
