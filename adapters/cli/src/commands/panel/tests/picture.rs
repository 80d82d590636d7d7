//! Pictures of the panel for the README, from the same cells as the screens.

use super::screens::holds;
use super::*;
use crate::language::Language;
use crate::language::tests::speak;
use ratatui::style::{Color, Modifier, Style};

/// A cell in pixels.
const CELL: (u16, u16) = (9, 17);
const MARGIN: u16 = 12;
const FOREGROUND: &str = "#d4d4d4";
const BACKGROUND: &str = "#1b1e24";

const fn colour(colour: Color) -> &'static str {
    match colour {
        Color::Red => "#f0716b",
        Color::Green => "#7fca7f",
        Color::Yellow => "#e6c35c",
        Color::Cyan => "#5fc3d6",
        _ => FOREGROUND,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A run of cells of one style: its place and length are fixed, whatever the reader's font is.
fn run(x: u16, y: u16, cells: u16, text: &str, style: Style) -> String {
    let (left, top) = (MARGIN + x * CELL.0, MARGIN + y * CELL.1);
    let length = cells * CELL.0;
    let reversed = style.add_modifier.contains(Modifier::REVERSED);
    let fill = if reversed { BACKGROUND } else { colour(style.fg.unwrap_or_default()) };
    let mut svg = String::new();
    if reversed {
        svg.push_str(&format!(
            "<rect x=\"{left}\" y=\"{top}\" width=\"{length}\" height=\"{}\" fill=\"{FOREGROUND}\"/>\n",
            CELL.1
        ));
    }
    let mut more = String::new();
    for (modifier, attribute) in [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::DIM, " opacity=\"0.7\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
    ] {
        if style.add_modifier.contains(modifier) {
            more.push_str(attribute);
        }
    }
    let base = top + 14;
    svg.push_str(&format!(
        "<text x=\"{left}\" y=\"{base}\" textLength=\"{length}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{fill}\"{more} \
         xml:space=\"preserve\">{}</text>\n",
        escaped(text)
    ));
    svg
}

fn svg(buffer: &Buffer) -> String {
    let (width, height) = (buffer.area.width, buffer.area.height);
    let (w, h) = (width * CELL.0 + 2 * MARGIN, height * CELL.1 + 2 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
         font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"15\">\n\
         <rect width=\"{w}\" height=\"{h}\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n"
    );
    for y in 0..height {
        let mut x = 0;
        while x < width {
            let style = buffer[(x, y)].style();
            let start = x;
            let mut text = String::new();
            while x < width && buffer[(x, y)].style() == style {
                text.push_str(buffer[(x, y)].symbol());
                x += 1;
            }
            // Blanks at the ends show nothing unless they have a ground of their own.
            let blank = style.add_modifier.is_empty() || style.add_modifier == Modifier::BOLD;
            if blank {
                let from = text.chars().take_while(|c| *c == ' ').count();
                let shown = text.trim();
                if !shown.is_empty() {
                    let cells = shown.chars().count() as u16;
                    svg.push_str(&run(start + from as u16, y, cells, shown, style));
                }
            } else {
                svg.push_str(&run(start, y, x - start, &text, style));
            }
        }
    }
    svg.push_str("</svg>\n");
    svg
}

#[test]
fn pictures_are_as_they_were() {
    for language in Language::ALL {
        speak(language);
        let mut first = used("1198752865", 3);
        first.keys[1].label = "архив".into();
        first.keys[1].faulty = false;
        let mut state = with(vec![
            row("4", Content::Read(Box::new(first))),
            row("5", Content::Read(Box::new(view("1198752866", five(), None)))),
        ]);
        state.colours = true;
        holds(&format!("panel-{}.svg", language.code()), &svg(&drawn(&state, 100, 26)));
    }
}
