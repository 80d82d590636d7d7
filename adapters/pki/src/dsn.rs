//! The DSN code, password of the bank's initial key: 11 characters, capital letters and digits, by the bank's manual. More
//! about its alphabet is not public.
//!
//! The manual names what people mistype: small letters, I and 1, O and 0. Trying is offline and costs nothing, so the codes
//! that look like the typed one can be tried one after another.

use core::fmt;
use zeroize::Zeroizing;

/// Characters of a code.
pub const LEN: usize = 11;
/// Most corrections that are offered.
const MAX: usize = 64;

/// What is wrong with a code by its looks alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum DsnError {
    /// It has another number of characters.
    Length {
        /// How many.
        found: usize,
    },
    /// It has small letters.
    Small,
    /// It has letters of another alphabet, or signs.
    Alphabet,
}

impl fmt::Display for DsnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { found } => write!(f, "the DSN code has {LEN} characters, and {found} were typed"),
            Self::Small => f.write_str("the DSN code is written in capital letters"),
            Self::Alphabet => f.write_str(
                "the DSN code has Latin letters and digits; one of those typed only looks like one",
            ),
        }
    }
}

impl core::error::Error for DsnError {}

/// Judges a code by its looks.
/// # Errors
/// [`DsnError`].
pub fn check(code: &str) -> Result<(), DsnError> {
    match code.chars().count() {
        LEN => {}
        found => return Err(DsnError::Length { found }),
    }
    if code.chars().any(char::is_lowercase) {
        return Err(DsnError::Small);
    }
    let known = code.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit());
    if known { Ok(()) } else { Err(DsnError::Alphabet) }
}

/// One letter that may have been taken for another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Change {
    /// Its place, from 1.
    pub place: usize,
    /// What was typed.
    pub typed: char,
    /// What may be meant.
    pub meant: char,
}

/// A code that looks like the typed one. Wiped when dropped; only what differs is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Correction {
    /// The code.
    pub code: Zeroizing<String>,
    /// Where it differs.
    pub changes: Vec<Change>,
}

impl fmt::Debug for Correction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Correction").field("changes", &self.changes).finish_non_exhaustive()
    }
}

const fn look_alike(letter: char) -> Option<char> {
    match letter {
        'I' => Some('1'),
        '1' => Some('I'),
        'O' => Some('0'),
        '0' => Some('O'),
        _ => None,
    }
}

/// The codes that look like this one: with one letter changed first, then with two and so on, at most 64.
#[must_use]
pub fn corrections(code: &str) -> Vec<Correction> {
    let alike: Vec<Change> = code
        .chars()
        .zip(1..)
        .filter_map(|(typed, place)| Some(Change { place, typed, meant: look_alike(typed)? }))
        .take(16)
        .collect();
    let mut choices: Vec<u32> = (1..1_u32 << alike.len()).collect();
    choices.sort_by_key(|choice| (choice.count_ones(), choice.reverse_bits().wrapping_neg()));
    let correction = |choice: u32| {
        let changes: Vec<Change> = alike
            .iter()
            .zip(0..)
            .filter(|(_, bit)| choice >> bit & 1 == 1)
            .map(|(change, _)| *change)
            .collect();
        let letter = |(typed, place): (char, usize)| {
            changes.iter().find(|change| change.place == place).map_or(typed, |change| change.meant)
        };
        Correction { code: Zeroizing::new(code.chars().zip(1..).map(letter).collect()), changes }
    };
    choices.into_iter().take(MAX).map(correction).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks() {
        assert_eq!(check("QX7B0I1KO42"), Ok(()));
        assert_eq!(check("QX7B0I1KO4"), Err(DsnError::Length { found: 10 }));
        assert_eq!(check("qX7B0I1KO42"), Err(DsnError::Small));
        assert_eq!(check("QX7В0I1KO42"), Err(DsnError::Alphabet), "a Cyrillic letter");
        assert_eq!(check("QX7B 0I1KO4"), Err(DsnError::Alphabet));
    }

    #[test]
    fn one_after_another() {
        let codes = |code| corrections(code).iter().map(|one| one.code.to_string()).collect::<Vec<_>>();
        assert_eq!(codes("ABCDEFGHJKL"), Vec::<String>::new());
        assert_eq!(codes("AO1"), ["A01", "AOI", "A0I"]);
        let many = corrections("IIIIIIIIIII");
        assert_eq!(many.len(), MAX);
        assert!(many.windows(2).all(|pair| pair[0].changes.len() <= pair[1].changes.len()));
        assert!(!format!("{many:?}").contains("IIII"), "no code is shown");
        assert!(corrections(&"0".repeat(1000)).len() <= MAX);
    }
}
