//! Which PKCS#15 directory files there are.

/// A directory file of the application folder.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum DirectoryKind {
    /// PrKDF, 6002.
    PrivateKeys,
    /// PuKDF, 6001.
    PublicKeys,
    /// CDF, 6004.
    Certificates,
    /// DODF, 6006.
    Data,
}

impl DirectoryKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::PrivateKeys, Self::PublicKeys, Self::Certificates, Self::Data];

    pub(super) const fn file_id(self) -> u16 {
        match self {
            Self::PrivateKeys => 0x6002,
            Self::PublicKeys => 0x6001,
            Self::Certificates => 0x6004,
            Self::Data => 0x6006,
        }
    }

    /// Its tag in the object directory file.
    pub(super) const fn odf_tag(self) -> u8 {
        match self {
            Self::PrivateKeys => 0xA0,
            Self::PublicKeys => 0xA1,
            Self::Certificates => 0xA4,
            Self::Data => 0xA7,
        }
    }

    /// The high byte of the files in which its objects' contents lie; the low byte counts.
    pub(super) const fn content_base(self) -> u16 {
        match self {
            Self::PrivateKeys | Self::PublicKeys => 0x0200,
            Self::Certificates => 0x0300,
            Self::Data => 0x0400,
        }
    }
}

/// A record of the object directory file: tag { SEQUENCE { path 3F00/5000/id } }.
pub(super) const fn odf_record(tag: u8, id: u16) -> [u8; 12] {
    let [hi, lo] = id.to_be_bytes();
    [tag, 0x0A, 0x30, 0x08, 0x04, 0x06, 0x3F, 0x00, 0x50, 0x00, hi, lo]
}
