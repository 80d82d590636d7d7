//! Text in columns of a terminal, where a letter may take none, one or two.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How many columns a text takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// At most so many columns; what is cut off shows as an ellipsis.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let (mut short, mut used) = (String::new(), 1);
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > columns {
            break;
        }
        short.push(c);
    }
    if columns > 0 {
        short.push('…');
    }
    short
}

/// Exactly so many columns.
pub(super) fn cell(text: &str, columns: usize) -> String {
    let mut text = cut(text, columns);
    text.push_str(&" ".repeat(columns.saturating_sub(width(&text))));
    text
}

/// Lines of at most so many columns, broken between words, and within words that are longer.
pub(super) fn flow(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && width(&line) + 1 + width(word) > columns {
                lines.push(std::mem::take(&mut line));
            } else if !line.is_empty() {
                line.push(' ');
            }
            for c in word.chars() {
                if width(&line) + c.width().unwrap_or(0) > columns {
                    lines.push(std::mem::take(&mut line));
                }
                line.push(c);
            }
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns() {
        assert_eq!(cut("токен", 5), "токен");
        assert_eq!(cut("токены", 5), "токе…");
        assert_eq!(cut("令牌令牌", 5), "令牌…");
        assert_eq!(cut("ab", 0), "");
        assert_eq!(cell("令", 4), "令  ");
        assert_eq!(flow("one two three", 7), ["one two", "three"]);
        assert_eq!(flow("abcdefgh i", 3), ["abc", "def", "gh", "i"]);
        for columns in 1..9 {
            assert!(flow("令牌 a bc\ndéf", columns).iter().all(|line| width(line) <= columns.max(2)));
        }
    }
}
