//! What stands in front of the screen: dialogs, and messages too long for a line.

use super::coloured;
use super::text::{cell, cut, flow, width};
use crate::commands::panel::dialog::{Action, Dialog, Field, Form, Name};
use crate::commands::panel::state::State;
use crate::language::say;
use kaztoken_core::pin::Role;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph};

/// How wide a dialog is inside.
const COLUMNS: usize = 64;

pub(super) fn draw(state: &State, frame: &mut Frame<'_>) {
    match &state.dialog {
        Some(Dialog::Help) => {
            let text = say!("panel-help");
            window(state, frame, &say!("panel-key-help"), plain(&text), Color::Cyan);
        }
        Some(Dialog::LastTry(action)) => {
            let text = match action.role() {
                Role::User => say!("panel-last-try-user"),
                Role::Admin => say!("panel-last-try-admin"),
            };
            window(state, frame, &action.title(), plain(&text), Color::Red);
        }
        Some(Dialog::Form(form)) => draw_form(state, frame, form),
        None => {
            let long = state.notice.as_ref().filter(|_| state.busy.is_none());
            let long = long.filter(|notice| width(&notice.text) + 1 >= usize::from(frame.area().width));
            if let Some(notice) = long {
                let colour = if notice.good { Color::Green } else { Color::Red };
                let text = format!("{}\n\n{}", notice.text, say!("panel-esc-closes"));
                window(state, frame, "", plain(&text), colour);
            }
        }
    }
}

fn plain(text: &str) -> Vec<Line<'static>> {
    flow(text, COLUMNS).into_iter().map(Line::raw).collect()
}

/// A box in the middle; where its inside is.
fn window(state: &State, frame: &mut Frame<'_>, title: &str, lines: Vec<Line<'_>>, colour: Color) -> Rect {
    let whole = frame.area();
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).min(whole.height);
    let columns = (COLUMNS as u16 + 4).min(whole.width);
    let area =
        Rect { x: (whole.width - columns) / 2, y: (whole.height - height) / 2, width: columns, height };
    let mut block = Block::bordered()
        .border_style(coloured(state, colour))
        .padding(ratatui::widgets::Padding::horizontal(1));
    if !title.is_empty() {
        block = block.title(format!(" {} ", cut(title, COLUMNS)));
    }
    let inside = block.inner(area);
    frame.render_widget(Clear, area);
    frame.render_widget(Paragraph::new(lines).block(block), area);
    inside
}

fn draw_form(state: &State, frame: &mut Frame<'_>, form: &Form) {
    let mut lines = vec![Line::raw(say!("panel-about", serial = form.serial.clone()))];
    if form.action == Action::Format {
        lines.extend(plain(&say!("panel-format-warning")));
        if let Some(view) = state.view() {
            let contents = view.seen.contents;
            let text = say!(
                "panel-format-lost",
                keys = contents.keys,
                certificates = contents.certificates,
                files = contents.foreign
            );
            let style = if contents.is_empty() { Style::new() } else { coloured(state, Color::Red) };
            lines.push(Line::styled(cut(&text, COLUMNS), style));
        }
    }
    if let Some(tries) = form.tries {
        let text = match form.action.role() {
            Role::User => say!("panel-user-tries", count = tries),
            Role::Admin => say!("panel-admin-tries", count = tries),
        };
        let style = if tries <= 3 { coloured(state, Color::Yellow) } else { Style::new() };
        lines.push(Line::styled(text, style));
    }
    lines.push(Line::default());
    let names: Vec<String> = form.fields.iter().map(|field| field.name.text()).collect();
    let column = names.iter().map(|name| width(name)).max().unwrap_or(0).min(COLUMNS / 2 + 8);
    let first_field = lines.len();
    let mut cursor = None;
    for (at, (field, name)) in form.fields.iter().zip(&names).enumerate() {
        let (line, end) = draw_field(field, name, column, at == form.at);
        lines.push(line);
        if at == form.at {
            cursor = Some((end, first_field + at));
        }
    }
    lines.push(Line::default());
    match &form.error {
        Some(error) => {
            let flowed = flow(error, COLUMNS).into_iter();
            lines.extend(flowed.map(|line| Line::styled(line, coloured(state, Color::Red))));
        }
        None => lines.extend(plain(&hint(form))),
    }
    let colour = if form.action == Action::Format { Color::Red } else { Color::Cyan };
    let inside = window(state, frame, &form.action.title(), lines, colour);
    if let Some((column, row)) = cursor {
        let (x, y) = (inside.x + column, inside.y + u16::try_from(row).unwrap_or(0));
        if inside.contains(Position { x, y }) {
            frame.set_cursor_position(Position { x, y });
        }
    }
}

fn hint(form: &Form) -> String {
    match form.action {
        Action::Format => say!("panel-hint-format"),
        _ => say!("panel-hint"),
    }
}

/// A field on its line, and in which column its text ends.
fn draw_field(field: &Field, name: &str, column: usize, chosen: bool) -> (Line<'static>, u16) {
    let mark = if chosen { "> " } else { "  " };
    let style = if chosen { Style::new().add_modifier(Modifier::BOLD) } else { Style::new() };
    let head = format!("{mark}{}  ", cell(name, column));
    let room = COLUMNS.saturating_sub(width(&head) + 2);
    let (value, end) = match field.name {
        Name::EraseKeys => (if field.ticked { "[x]".to_owned() } else { "[ ]".to_owned() }, 1),
        _ => {
            // The end is what a person looks at while typing.
            let shown = field.shown();
            let mut tail: String = shown.clone();
            while width(&tail) > room {
                tail.remove(0);
            }
            let end = width(&tail);
            (cell(&tail, room + 1), end)
        }
    };
    let end = u16::try_from(width(&head) + end).unwrap_or(u16::MAX);
    let value_style = match field.name {
        Name::EraseKeys => style,
        _ => Style::new().add_modifier(Modifier::UNDERLINED),
    };
    (Line::from(vec![Span::styled(head, style), Span::styled(value, value_style)]), end)
}
