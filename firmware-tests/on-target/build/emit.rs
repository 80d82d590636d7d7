//! Values as Rust source.

/// `&[0x3b, ...]`.
pub(crate) fn octets(octets: &[u8]) -> String {
    let list: Vec<String> = octets.iter().map(u8::to_string).collect();
    format!("&[{}]", list.join(","))
}

/// Pairs of hexadecimal digits.
pub(crate) fn hex(digits: &str) -> Result<Vec<u8>, String> {
    let pair = |at: usize| digits.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let octets: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(pair).collect();
    octets.ok_or_else(|| format!("`{digits}` is not hexadecimal"))
}

/// The paragraphs of `name = value` lines of a file; the last line of its comment is the record's title.
pub(crate) struct Record<'a> {
    pub(crate) title: &'a str,
    fields: Vec<(&'a str, &'a str)>,
}

impl<'a> Record<'a> {
    pub(crate) fn all(text: &'a str) -> Vec<Self> {
        text.split("\n\n")
            .map(|paragraph| {
                let title = paragraph.lines().filter_map(|line| line.strip_prefix("# ")).next_back();
                let lines = paragraph.lines().filter(|line| !line.starts_with('#'));
                let fields =
                    lines.filter_map(|line| line.split_once(" =")).map(|(name, value)| (name, value.trim()));
                Self { title: title.unwrap_or_default(), fields: fields.collect() }
            })
            .filter(|record| !record.fields.is_empty())
            .collect()
    }

    pub(crate) fn text(&self, name: &str) -> Result<&'a str, String> {
        let field = self.fields.iter().find(|(field, _)| *field == name);
        field.map(|(_, value)| *value).ok_or_else(|| format!("{}: no {name}", self.title))
    }

    pub(crate) fn octets(&self, name: &str) -> Result<Vec<u8>, String> {
        hex(self.text(name)?)
    }

    /// A printed number, the last digits first.
    pub(crate) fn little_endian(&self, name: &str) -> Result<Vec<u8>, String> {
        self.octets(name).map(|mut octets| {
            octets.reverse();
            octets
        })
    }
}
