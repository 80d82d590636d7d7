//! Object identifiers, for people and for DER.

use core::fmt;

/// An object identifier in the two forms that are needed: for people and for DER.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Oid {
    dotted: &'static str,
    body: &'static [u8],
}

impl Oid {
    /// `body` is what [`encode`] makes of `dotted`: see [`oid!`].
    pub(super) const fn new(dotted: &'static str, body: &'static [u8]) -> Self {
        Self { dotted, body }
    }

    /// Dotted form, `1.2.643.2.2.35.1`.
    #[must_use]
    pub const fn dotted(self) -> &'static str {
        self.dotted
    }

    /// Contents octets of the DER encoding, without the tag `06` and the length.
    #[must_use]
    pub const fn der_body(self) -> &'static [u8] {
        self.body
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.dotted)
    }
}

/// An [`Oid`] from its dotted form, encoded by the compiler.
macro_rules! oid {
    ($dotted:literal) => {
        const {
            const BODY: &[u8] =
                &$crate::gost::oid::encode::<{ $crate::gost::oid::encoded_len($dotted) }>($dotted);
            $crate::gost::oid::Oid::new($dotted, BODY)
        }
    };
}
pub(super) use oid;

/// Octets that [`encode`] makes. X.690 section 8.19: seven bits an octet, the first two arcs in one.
#[allow(clippy::indexing_slicing)] // Run by the compiler only, which refuses an index out of range.
pub(super) const fn encoded_len(dotted: &str) -> usize {
    let text = dotted.as_bytes();
    let (mut len, mut at, mut arc, mut arcs, mut first) = (0, 0, 0_u32, 0, 0);
    while at <= text.len() {
        if at < text.len() && text[at] != b'.' {
            arc = arc * 10 + (text[at] - b'0') as u32;
        } else {
            match arcs {
                0 => first = arc,
                1 => len += septets(first * 40 + arc),
                _ => len += septets(arc),
            }
            (arc, arcs) = (0, arcs + 1);
        }
        at += 1;
    }
    len
}

/// Contents octets of the identifier; `N` is its [`encoded_len`].
#[allow(clippy::indexing_slicing)] // As for `encoded_len`.
pub(super) const fn encode<const N: usize>(dotted: &str) -> [u8; N] {
    let text = dotted.as_bytes();
    let mut body = [0; N];
    let (mut len, mut at, mut arc, mut arcs, mut first) = (0, 0, 0_u32, 0, 0);
    while at <= text.len() {
        if at < text.len() && text[at] != b'.' {
            arc = arc * 10 + (text[at] - b'0') as u32;
        } else {
            if arcs == 0 {
                first = arc;
            } else {
                let value = if arcs == 1 { first * 40 + arc } else { arc };
                let mut left = septets(value);
                while left > 0 {
                    left -= 1;
                    let more = if left > 0 { 0x80 } else { 0 };
                    body[len] = (value >> (7 * left)) as u8 & 0x7f | more;
                    len += 1;
                }
            }
            (arc, arcs) = (0, arcs + 1);
        }
        at += 1;
    }
    body
}

const fn septets(value: u32) -> usize {
    let (mut rest, mut count) = (value >> 7, 1);
    while rest > 0 {
        rest >>= 7;
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    /// Bodies from RFC 4357, RFC 9215 and X.690's own example, by hand.
    #[test]
    fn bodies() {
        assert_eq!(oid!("1.2.643.2.2.35.1").der_body(), b"\x2a\x85\x03\x02\x02\x23\x01");
        assert_eq!(oid!("1.2.643.7.1.2.1.2.3").der_body(), b"\x2a\x85\x03\x07\x01\x02\x01\x02\x03");
        assert_eq!(oid!("1.2.398.3.10.1.1.2.2").der_body(), b"\x2a\x83\x0e\x03\x0a\x01\x01\x02\x02");
        assert_eq!(oid!("1.3.6.1.4.1.6801.1.5.8").der_body(), b"\x2b\x06\x01\x04\x01\xb5\x11\x01\x05\x08");
        assert_eq!(oid!("1.2.840.113549.1.7.2").der_body(), b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02");
        assert_eq!(oid!("2.999.3").der_body(), b"\x88\x37\x03");
    }
}
