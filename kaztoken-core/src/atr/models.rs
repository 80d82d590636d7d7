//! Which token sends which answer to reset.
//!
//! The answers are those of public lists (pcsc-tools' `smartcard_list.txt`, OpenSC's Rutoken
//! drivers and the vendor's UART driver). **This project has never run a KAZTOKEN on hardware.**
//! Neither the answer to reset nor the USB id tells generations apart (ECP 2.0 and 3.0 answer
//! alike).

/// Under which brand the token is sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Family {
    /// KAZTOKEN, Kazakhstan.
    Kaztoken,
    /// Rutoken.
    Rutoken,
    /// uaToken.
    UaToken,
}

/// Which transmission protocols the model uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protocols {
    /// T=0 only.
    T0,
    /// T=1 only.
    T1,
    /// T=0 and T=1 are offered.
    T0AndT1,
    /// Radio side: a reader shows it as T=1.
    Contactless,
    /// The public lists do not say.
    Unknown,
}

/// Which set of commands the token's operating system understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommandSet {
    /// Rutoken ECP: what this library speaks.
    RutokenEcp,
    /// Rutoken Lite: the same file system without cryptography.
    RutokenLite,
    /// Rutoken S: older, different objects.
    RutokenS,
    /// Known to be another operating system.
    Other,
    /// Not known from public sources.
    Unknown,
}

/// A row of the table of tokens.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Model {
    /// The product's name.
    pub name: &'static str,
    /// Its brand.
    pub family: Family,
    /// How it talks.
    pub protocols: Protocols,
    /// What it understands.
    pub command_set: CommandSet,
    atr: &'static [u8],
    match_: Match,
}

/// How an answer to reset is compared with a row after no row was equal to it.
#[derive(Debug, PartialEq, Eq)]
enum Match {
    /// Equal only.
    Exact,
    /// Same length; bytes `from..to` and, apart from them, nothing else is compared.
    Only(usize, usize),
    /// Same length; bytes `from..to` and the last byte, TCK, are not compared.
    Except(usize, usize),
}

impl Model {
    /// The model that sends this answer to reset: an equal row first, then the rows that compare
    /// only a part (card variants that differ in speed, radio identifiers).
    #[must_use]
    pub fn from_atr(atr: &[u8]) -> Option<&'static Self> {
        TABLE.iter().find(|model| model.atr == atr).or_else(|| TABLE.iter().find(|model| model.matches(atr)))
    }

    /// All rows.
    #[must_use]
    pub fn all() -> &'static [Self] {
        TABLE
    }

    /// The answer to reset of this row. Bytes that vary from card to card are 00 here.
    #[must_use]
    pub const fn atr(&self) -> &'static [u8] {
        self.atr
    }

    fn matches(&self, atr: &[u8]) -> bool {
        if atr.len() != self.atr.len() {
            return false;
        }
        let mut pairs = atr.iter().zip(self.atr).enumerate();
        match self.match_ {
            Match::Exact => false,
            Match::Only(from, to) => pairs.all(|(at, (a, b))| at < from || at >= to || a == b),
            Match::Except(from, to) => {
                pairs.all(|(at, (a, b))| (from..to).contains(&at) || at + 1 == self.atr.len() || a == b)
            }
        }
    }
}

const fn row(
    name: &'static str,
    family: Family,
    protocols: Protocols,
    command_set: CommandSet,
    atr: &'static [u8],
    match_: Match,
) -> Model {
    Model { name, family, protocols, command_set, atr, match_ }
}

use CommandSet::{Other, RutokenEcp, RutokenLite, RutokenS};
use Family::{Kaztoken, Rutoken, UaToken};
use Match::{Exact, Except, Only};
use Protocols::{Contactless, T0, T0AndT1, T1};

#[rustfmt::skip]
static TABLE: &[Model] = &[
    row("KAZTOKEN", Kaztoken, T1, RutokenEcp, b"\x3B\x88\x01KAZTOKEN\x82", Exact),
    row("KAZTOKEN SC", Kaztoken, T0, RutokenEcp, b"\x3B\x98\x96\x00KAZTOKEN", Exact),
    row("Rutoken ECP", Rutoken, T1, RutokenEcp, b"\x3B\x8B\x01Rutoken ECP\xA0", Exact),
    row("Rutoken ECP 2.0 or 3.0", Rutoken, T1, RutokenEcp, b"\x3B\x8B\x01Rutoken DS \xC1", Exact),
    row("Rutoken ECP SC", Rutoken, T0, RutokenEcp, b"\x3B\x9C\x96\x00RutokenECPsc", Only(4, 16)),
    row("Rutoken ECP SC", Rutoken, T0AndT1, RutokenEcp,
        b"\x3B\x9C\x94\x80\x11\x40RutokenECPsc\xC3", Only(6, 18)),
    row("Rutoken ECP 3.0 NFC", Rutoken, T0AndT1, RutokenEcp,
        b"\x3B\x9C\x97\x80\x11\x40RutokenECPsc\xC0", Exact),
    // Only the four letters count in the field of radio cards.
    row("Rutoken ECP SC or 3.0 NFC, radio", Rutoken, Contactless, RutokenEcp,
        b"\x3B\x88\x80\x01RtSC\x77\x81\x83\x20\x6A", Only(4, 8)),
    // Bytes 5 to 8 are the card's radio identifier; TCK follows from them.
    row("Rutoken ECP 3.0, radio type B", Rutoken, Contactless, RutokenEcp,
        b"\x3B\x8C\x80\x01\x50\0\0\0\0RtSC\x77\x81\x83\xD9", Except(5, 9)),
    row("Rutoken Lite", Rutoken, T1, RutokenLite, b"\x3B\x8B\x01Rutokenlite\xC2", Exact),
    row("Rutoken Lite SC", Rutoken, T0, RutokenLite, b"\x3B\x9E\x96\x00RutokenLiteSC2", Only(4, 18)),
    // TD1 is 00, so E3 is a byte too many by ISO 7816-3.
    row("Rutoken Lite SD", Rutoken, Protocols::Unknown, RutokenLite, b"\x3B\x8B\x00RutokenltSD\xE3", Exact),
    row("Rutoken ECP Bluetooth", Rutoken, T1, RutokenEcp, b"\x3B\x8B\x01RutokenDSBT\xD7", Exact),
    row("Rutoken PINPad", Rutoken, T1, RutokenEcp, b"\x3B\x8B\x01RtPINPad  2\x9C", Exact),
    row("Rutoken 2151", Rutoken, T0, CommandSet::Unknown, b"\x3B\x1A\x96rutokenmsc", Exact),
    row("Rutoken 2151, radio", Rutoken, Contactless, CommandSet::Unknown,
        b"\x3B\x88\x80\x01RtMC\x00\x81\xC1\x00\x61", Exact),
    row("Rutoken Mikron", Rutoken, T0, CommandSet::Unknown, b"\x3B\x78\x13\x00\x00rutokenm", Exact),
    row("Rutoken Mikron SC", Rutoken, T0, CommandSet::Unknown, b"\x3B\x7A\x13\x00\x00rutokenmsc", Exact),
    row("Rutoken Magistra", Rutoken, T0, Other,
        b"\x3B\x98\x96\x00\x80\x31\xC0\x72\xF7\x41\x81\x07", Exact),
    row("Rutoken S", Rutoken, T0, RutokenS,
        b"\x3B\x6F\x00\xFF\x00VruTokns0 \x00\x00\x90\x00", Exact),
    row("uaToken S", UaToken, T0, RutokenS,
        b"\x3B\x6F\x00\xFF\x00VuaTokns0 \x00\x00\x90\x00", Exact),
];
