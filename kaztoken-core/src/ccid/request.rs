//! Class requests on the control pipe (CCID 1.1, 5.3).

/// A class request to a CCID interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ClassRequest {
    /// The control half of the abort sequence (5.3.1). No data.
    Abort {
        /// bSlot of the command to abort.
        slot: u8,
        /// bSeq, the same as in the bulk half.
        sequence: u8,
    },
    /// The clock frequencies that the reader can set (5.3.2): kHz, 4 bytes each, little-endian.
    GetClockFrequencies,
    /// The data rates that the reader can set (5.3.3): bits per second, 4 bytes each, little-endian.
    GetDataRates,
}

impl ClassRequest {
    /// bmRequestType: class, interface, and the direction.
    #[must_use]
    pub const fn request_type(self) -> u8 {
        match self {
            Self::Abort { .. } => 0x21,
            Self::GetClockFrequencies | Self::GetDataRates => 0xA1,
        }
    }

    /// bRequest.
    #[must_use]
    pub const fn request(self) -> u8 {
        match self {
            Self::Abort { .. } => 0x01,
            Self::GetClockFrequencies => 0x02,
            Self::GetDataRates => 0x03,
        }
    }

    /// wValue.
    #[must_use]
    pub const fn value(self) -> u16 {
        match self {
            Self::Abort { slot, sequence } => u16::from_le_bytes([slot, sequence]),
            Self::GetClockFrequencies | Self::GetDataRates => 0,
        }
    }

    /// The eight bytes of the SETUP packet. `length` is wLength.
    #[must_use]
    pub const fn setup(self, interface: u8, length: u16) -> [u8; 8] {
        let [v0, v1] = self.value().to_le_bytes();
        let [l0, l1] = length.to_le_bytes();
        [self.request_type(), self.request(), v0, v1, interface, 0, l0, l1]
    }
}
