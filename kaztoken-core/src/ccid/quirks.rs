//! Readers that are known to depart from the class, as data.
//!
//! Only what a public source says is here: each row names it. A reader that is not in the table may have
//! quirks all the same, so nothing but strictness may be decided by its absence.

use core::fmt;

/// A set of departures from the class that a host can live with.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Quirks(u16);

impl Quirks {
    /// None.
    pub const NONE: Self = Self(0);
    /// Every one.
    pub const ALL: Self = Self(u16::MAX);
    /// The transfer goes on after the dwLength bytes of the message.
    pub const TRAILING_BYTES: Self = Self(1);
    /// Zero-length packets come before answers or between them.
    pub const EMPTY_TRANSFERS: Self = Self(1 << 1);
    /// Answers are chained (bChainParameter) although dwFeatures says short APDU level.
    pub const CHAINED_ANSWERS: Self = Self(1 << 2);
    /// Errors are answered with the type of a command, 6C, instead of an answer's.
    pub const MISTYPED_ERRORS: Self = Self(1 << 3);
    /// dwFeatures says extended APDU level, and only short APDUs work.
    pub const SHORT_APDUS_ONLY: Self = Self(1 << 4);
    /// S(IFS request) must not be sent to the card through this reader, although automatic IFSD exchange
    /// is not announced.
    pub const NO_IFSD_EXCHANGE: Self = Self(1 << 5);
    /// dwMaxIFSD is wrong; 254 is right.
    pub const IFSD_254: Self = Self(1 << 6);
    /// SetParameters fails with some cards, which work without it after another reset.
    pub const PARAMETERS_REFUSED: Self = Self(1 << 7);
    /// dwMaxDataRate promises more than works; 9600 bits per second is right, so no PPS.
    pub const DEFAULT_RATE_ONLY: Self = Self(1 << 8);
    /// The card needs IccPowerOff before IccPowerOn.
    pub const POWER_OFF_FIRST: Self = Self(1 << 9);

    const NAMES: [(Self, &'static str); 10] = [
        (Self::TRAILING_BYTES, "bytes after the end of a message"),
        (Self::EMPTY_TRANSFERS, "zero-length packets between answers"),
        (Self::CHAINED_ANSWERS, "chained answers at the short APDU level"),
        (Self::MISTYPED_ERRORS, "errors answered with type 6C"),
        (Self::SHORT_APDUS_ONLY, "short APDUs only (dwFeatures says more)"),
        (Self::NO_IFSD_EXCHANGE, "no IFSD exchange"),
        (Self::IFSD_254, "IFSD 254 (dwMaxIFSD says otherwise)"),
        (Self::PARAMETERS_REFUSED, "SetParameters fails with some cards"),
        (Self::DEFAULT_RATE_ONLY, "9600 bits per second only"),
        (Self::POWER_OFF_FIRST, "IccPowerOff before IccPowerOn"),
    ];

    /// What is known of the reader with these ids; [`Quirks::NONE`] of most.
    ///
    /// Some firmware releases only have a quirk; it is given for all of them, because each is one that a
    /// reader without it is not hurt by.
    #[must_use]
    pub fn of(vendor_id: u16, product_id: u16) -> Self {
        let found = TABLE.iter().find(|(vendor, product, _)| (*vendor, *product) == (vendor_id, product_id));
        found.map_or(Self::NONE, |&(.., quirks)| quirks)
    }

    /// Are all of `other` in this set?
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Is it no quirk at all?
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The quirks of the set one by one, each in a few words.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(quirk, _)| self.contains(*quirk)).map(|(_, name)| name)
    }

    /// Every reader of the table.
    pub fn known_readers() -> impl ExactSizeIterator<Item = KnownReader> {
        ROWS.into_iter()
    }
}

impl fmt::Display for Quirks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.names().enumerate() {
            f.write_str(if index == 0 { "" } else { ", " })?;
            f.write_str(name)?;
        }
        if self.is_empty() { f.write_str("none known") } else { Ok(()) }
    }
}

impl fmt::Debug for Quirks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Quirks({self})")
    }
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownReader {
    /// idVendor.
    pub vendor_id: u16,
    /// idProduct.
    pub product_id: u16,
    /// What is known of it.
    pub quirks: Quirks,
    /// Where that was found: repository and path, or repository and thread.
    pub source: &'static str,
}

const fn reader(vendor_id: u16, product_id: u16, quirks: Quirks, source: &'static str) -> KnownReader {
    KnownReader { vendor_id, product_id, quirks, source }
}

const LIBCCID: &str = "LudovicRousseau/CCID:src/ccid.c";
const LIBCCID_HANDLER: &str = "LudovicRousseau/CCID:src/ifdhandler.c";
const LIBCCID_66: &str = "LudovicRousseau/CCID#66";

/// In the order of the ids. Names are those of the sources, the ids of libccid's readers from its
/// `src/ccid.h`.
const ROWS: [KnownReader; 20] = [
    // CHERRY_KC1000SC, bcdDevice 1.00, when it says short APDU level: answers in parts of 128 bytes.
    reader(0x046A, 0x00A1, Quirks::CHAINED_ANSWERS, LIBCCID),
    // CHERRY_XX44: "Firmware uses chaining".
    reader(0x046A, 0x00A7, Quirks::CHAINED_ANSWERS, LIBCCID),
    // SAFENET_ETOKEN_5100, bcdDevice 0.12 and 0.13.
    reader(0x0529, 0x0620, Quirks::NO_IFSD_EXCHANGE, LIBCCID),
    // ALCORMICRO_AU9540: the card is reset and used without SetParameters; trailing zeros are from #66.
    reader(
        0x058F,
        0x9540,
        Quirks::PARAMETERS_REFUSED.and(Quirks::TRAILING_BYTES),
        "LudovicRousseau/CCID:src/ifdhandler.c and LudovicRousseau/CCID#66",
    ),
    // ACS ACR33U-A1: `61 27` and zeros to the end of the buffer.
    reader(0x072F, 0x8300, Quirks::TRAILING_BYTES, "acshk/acsccid#19, acshk/acsccid#20"),
    // HID_OMNIKEY_3X21, HID_AVIATOR, HID_OMNIKEY_6121: "Firmware uses chaining".
    reader(0x076B, 0x3031, Quirks::CHAINED_ANSWERS, LIBCCID),
    reader(0x076B, 0x3A21, Quirks::CHAINED_ANSWERS, LIBCCID),
    reader(0x076B, 0x6632, Quirks::CHAINED_ANSWERS, LIBCCID),
    // GEMPCTWIN and GEMPCKEY, bcdDevice 2.00, on a USB 3 port; trailing zeros of the first are from #66.
    reader(
        0x08E6,
        0x3437,
        Quirks::EMPTY_TRANSFERS.and(Quirks::TRAILING_BYTES),
        "LudovicRousseau/CCID:src/ccid.c and LudovicRousseau/CCID#66",
    ),
    reader(0x08E6, 0x3438, Quirks::EMPTY_TRANSFERS, LIBCCID),
    // FEITIANR502DUAL.
    reader(0x096E, 0x060D, Quirks::TRAILING_BYTES, LIBCCID_66),
    // MYSMARTPAD.
    reader(0x09BE, 0x0002, Quirks::IFSD_254, LIBCCID),
    // OZ776 and OZ776_7772.
    reader(0x0B97, 0x7762, Quirks::DEFAULT_RATE_ONLY, LIBCCID),
    reader(0x0B97, 0x7772, Quirks::DEFAULT_RATE_ONLY, LIBCCID),
    // FUJITSU_D323: "Firmware uses chaining".
    reader(0x0BF8, 0x1024, Quirks::CHAINED_ANSWERS, LIBCCID),
    // KOBIL_TRIBANK: "Firmware does NOT supported extended APDU".
    reader(0x0D46, 0x3010, Quirks::SHORT_APDUS_ONLY, LIBCCID),
    // KOBIL_IDTOKEN.
    reader(0x0D46, 0x301D, Quirks::POWER_OFF_FIRST, LIBCCID_HANDLER),
    // Nitrokey 3: pieces of 54 bytes with empty packets between them; its firmware is built on usbd-ccid.
    reader(
        0x20A0,
        0x42B2,
        Quirks::CHAINED_ANSWERS.and(Quirks::EMPTY_TRANSFERS).and(Quirks::MISTYPED_ERRORS),
        "open-keychain/open-keychain#2842, trussed-dev/usbd-ccid:src/pipe.rs; ids: \
         Nitrokey/libnitrokey:data/README.md",
    ),
    // DIEBOLDNIXDORF_PN7362AU: "Firmware uses chaining".
    reader(0x2F7C, 0x6007, Quirks::CHAINED_ANSWERS, LIBCCID),
    // DELLSCRK, bcdDevice 2.00, on a USB 3 port.
    reader(0x413C, 0x2101, Quirks::EMPTY_TRANSFERS, LIBCCID),
];

/// The rows without the sources, which no device needs to carry.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler only")]
static TABLE: [(u16, u16, Quirks); ROWS.len()] = {
    let mut table = [(0, 0, Quirks::NONE); ROWS.len()];
    let mut at = 0;
    while at < ROWS.len() {
        table[at] = (ROWS[at].vendor_id, ROWS[at].product_id, ROWS[at].quirks);
        at += 1;
    }
    table
};
