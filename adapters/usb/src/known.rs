//! Devices known by their USB ids.

/// A device known by its ids.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct KnownDevice {
    /// idVendor.
    pub vendor_id: u16,
    /// idProduct.
    pub product_id: u16,
    /// What it is.
    pub name: &'static str,
}

/// The vendor of the Rutoken family, and, by the one source there is, of KAZTOKEN.
const AKTIV: u16 = 0x0A89;

const fn aktiv(product_id: u16, name: &'static str) -> KnownDevice {
    KnownDevice { vendor_id: AKTIV, product_id, name }
}

/// The Rutoken family as libccid's list of readers names it, and KAZTOKEN.
///
/// An id only gives a device its name and lets one pass whose interface class is vendor specific: tokens
/// are found by the interface class. KAZTOKEN's 0A89:0035 rests on a single public source, a change
/// proposed to libccid and never merged; it is unconfirmed.
pub const KNOWN_DEVICES: &[KnownDevice] = &[
    aktiv(0x0035, "KAZTOKEN (id unconfirmed)"),
    aktiv(0x0030, "Rutoken ECP"),
    aktiv(0x0025, "Rutoken lite"),
    aktiv(0x0060, "Rutoken Magistra"),
    aktiv(0x0069, "Rutoken SCR 3001"),
    aktiv(0x006A, "Rutoken SCR 3101 NFC"),
    aktiv(0x0080, "Rutoken PINPad"),
    aktiv(0x0081, "Rutoken PINPad"),
    aktiv(0x0082, "Rutoken PINPad"),
];

impl KnownDevice {
    /// The device with these ids, if it is a known one.
    #[must_use]
    pub fn by_id(vendor_id: u16, product_id: u16) -> Option<Self> {
        KNOWN_DEVICES
            .iter()
            .copied()
            .find(|known| (known.vendor_id, known.product_id) == (vendor_id, product_id))
    }
}
