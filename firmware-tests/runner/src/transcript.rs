//! What a test printed: its cases, which of them failed, what was left out, and the rest.

/// The lines of one test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Transcript {
    /// Cases that began.
    pub(crate) cases: usize,
    /// The last of them.
    pub(crate) last_case: Option<String>,
    /// `NAME: WHY` of those that failed.
    pub(crate) failed: Vec<String>,
    /// `NAME: WHY` of what this board does not test.
    pub(crate) left_out: Vec<String>,
    /// All other lines.
    pub(crate) other: Vec<String>,
}

impl Transcript {
    /// Sorts the lines.
    pub(crate) fn read(output: &str) -> Self {
        let mut transcript = Self::default();
        for line in output.lines().map(str::trim_end) {
            if let Some(name) = line.strip_prefix("case ") {
                transcript.cases += 1;
                transcript.last_case = Some(name.to_owned());
            } else if let Some(failure) = line.strip_prefix("failed ") {
                transcript.failed.push(failure.to_owned());
            } else if let Some(subject) = line.strip_prefix("left out ") {
                transcript.left_out.push(subject.to_owned());
            } else if !line.is_empty() {
                transcript.other.push(line.to_owned());
            }
        }
        transcript
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_sorted() {
        let output = "case F1\r\nhello\ncase F2\nfailed F2: no answer\n\nleft out ciphers: flash\ncases\n";
        let transcript = Transcript::read(output);
        assert_eq!((transcript.cases, transcript.last_case.as_deref()), (2, Some("F2")));
        assert_eq!(transcript.failed, ["F2: no answer"]);
        assert_eq!(transcript.left_out, ["ciphers: flash"]);
        assert_eq!(transcript.other, ["hello", "cases"]);
    }
}
