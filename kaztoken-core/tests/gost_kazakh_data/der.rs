//! DER, taken apart without ceremony: panics on what is none.

#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) whole: &'a [u8],
    pub(crate) contents: &'a [u8],
}

impl<'a> Element<'a> {
    pub(crate) fn children(&self) -> Vec<Self> {
        elements(self.contents)
    }

    pub(crate) fn child(&self, index: usize) -> Self {
        self.children()[index]
    }
}

/// The elements inside of the one that these octets start with.
pub(crate) fn children(octets: &[u8]) -> Vec<Element<'_>> {
    elements(octets)[0].children()
}

/// The elements that follow each other.
pub(crate) fn elements(octets: &[u8]) -> Vec<Element<'_>> {
    let mut all = Vec::new();
    let mut at = 0;
    while at < octets.len() {
        let first = usize::from(octets[at + 1]);
        let (header, len) = if first < 0x80 {
            (2, first)
        } else {
            let count = first & 0x7f;
            let len =
                octets[at + 2..at + 2 + count].iter().fold(0, |len, octet| len << 8 | usize::from(*octet));
            (2 + count, len)
        };
        all.push(Element {
            tag: octets[at],
            whole: &octets[at..at + header + len],
            contents: &octets[at + header..at + header + len],
        });
        at += header + len;
    }
    all
}
