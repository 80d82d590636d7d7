//! OpenSC's layout: a PKCS#15 application in the folder 5000, byte for byte as `pkcs15-init` writes
//! it for the Rutoken ECP, so that OpenSC and this crate see the same objects.

mod directory;
mod entry;
mod kind;
mod objects;
mod pins;

pub use entry::{EntryClass, Object, ObjectFlags};
pub use kind::DirectoryKind;
pub use objects::{DIRECTORY_LEN, Objects};

use super::{Error, Path, Serial, Session};
use crate::apdu::{AccessMode, AccessRules, Condition, Fci, FileKind, tlv};
use core::fmt;

/// EF.DIR.
pub(super) const DIR: Fci = ef(0x2F00, 128, ADMIN_RULES);
/// The application folder. 1388 is the size OpenSC gives it.
pub(super) const APPLICATION: Fci = Fci {
    kind: FileKind::Df,
    id: 0x5000,
    size: 0x1388,
    properties: None,
    access: rules([0x43, 0, 0, 0, 0, 0, 0, 0x02]),
};
const AODF: Fci = ef(0x6005, 256, ADMIN_RULES);
const ODF: Fci = ef(0x5031, 128, rules([0x43, 0, 0, 0, 0, 0, 0, 0x01]));
const TOKEN_INFO: Fci = ef(0x5032, 128, rules([0x43, 0, 0, 0, 0, 0, 0, 0x02]));
/// The file in which `pkcs15-init` marks that the profile was applied.
const MARKER: Fci = ef(0x4946, 128, ADMIN_RULES);

/// Anyone reads, the administrator writes and deletes.
const ADMIN_RULES: AccessRules = rules([0x43, 0, 0x01, 0, 0, 0, 0, 0x01]);

const fn rules([bitmap, a, b, c, d, e, f, g]: [u8; 8]) -> AccessRules {
    AccessRules::from_bytes([bitmap, a, b, c, d, e, f, g, 0, 0, 0, 0, 0, 0, 0])
}

const fn ef(id: u16, size: u16, access: AccessRules) -> Fci {
    Fci { kind: FileKind::Ef, id, size, properties: None, access }
}

/// Rules for an object of the user: anyone reads, the user writes and deletes.
fn user_rules() -> AccessRules {
    AccessRules::new(&[
        (AccessMode::CreateOrRead, Condition::Always),
        (AccessMode::Update, Condition::User),
        (AccessMode::Delete, Condition::User),
    ])
}

/// A token's name: 1 to 32 bytes of UTF-8 without control characters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label(heapless::String<{ Self::MAX_LEN }>);

impl Label {
    /// The longest label in bytes.
    pub const MAX_LEN: usize = 32;

    /// Takes a name; `None` when it is empty, too long or has control characters.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        if text.is_empty() || text.chars().any(char::is_control) {
            return None;
        }
        heapless::String::try_from(text).ok().map(Self)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Session<'_> {
    /// The token's label, as OpenSC and `pkcs11-tool` show it. How the vendor's tools store theirs is
    /// not public.
    pub async fn label(&mut self) -> Result<Option<Label>, Error> {
        let mut info = [0; 256];
        let len = self.read_start(Path::PKCS15.child(TOKEN_INFO.id), &mut info).await?.unwrap_or(0);
        let text = tlv::find_path(info.get(..len).unwrap_or_default(), &[0x30, 0x80]);
        Ok(text.and_then(|bytes| core::str::from_utf8(bytes).ok()).and_then(Label::new))
    }

    /// Gives the token another label, or none, where [`label`](Self::label) finds it; serial number and time of the format
    /// stay. Anyone may write this file, so no PIN is needed. One command writes it whole.
    ///
    /// # Errors
    /// [`Error::NoLayout`]: the token is not in OpenSC's layout.
    pub async fn set_label(&mut self, label: Option<&Label>) -> Result<(), Error> {
        let full = Error::Full { what: "TokenInfo" };
        let mut old = [0; TOKEN_INFO.size as usize];
        let len = self.read_start(Path::PKCS15.child(TOKEN_INFO.id), &mut old).await?.unwrap_or(0);
        let old = tlv::find(old.get(..len).unwrap_or_default(), 0x30).ok_or(Error::NoLayout)?;
        let mut fields: heapless::Vec<u8, 120> = heapless::Vec::new();
        let mut label = label;
        // PKCS#15 has version, serial number, manufacturer, label and flags in this order.
        for field in tlv::Tlvs::new(old).map_while(Result::ok) {
            let tag = u8::try_from(field.tag).map_err(|_| full)?;
            if tag > 0x0C || tag == 0x03 {
                if let Some(label) = label.take() {
                    tlv::push(&mut fields, 0x80, &[label.as_str().as_bytes()]).ok_or(full)?;
                }
            }
            if tag != 0x80 {
                tlv::push(&mut fields, tag, &[field.value]).ok_or(full)?;
            }
        }
        if let Some(label) = label {
            tlv::push(&mut fields, 0x80, &[label.as_str().as_bytes()]).ok_or(full)?;
        }
        let mut info: heapless::Vec<u8, 128> = heapless::Vec::new();
        tlv::push(&mut info, 0x30, &[&fields]).ok_or(full)?;
        self.write_padded(Path::PKCS15, TOKEN_INFO, &info).await
    }

    pub(super) async fn has_token_info(&mut self) -> Result<bool, Error> {
        let mut first = [0; 1];
        let len = self.read_start(Path::PKCS15.child(TOKEN_INFO.id), &mut first).await?;
        Ok(len == Some(1) && first == [0x30])
    }

    /// The files that `pkcs15-init` makes in a format, in its order; TokenInfo stays empty. The
    /// administrator is logged in.
    ///
    /// Every file is written to its end, padded with zeros: what a new file holds is not public.
    /// `pkcs15-init` leaves the rest of 5031 as it is, and of 6005 and 5032 until it writes them again.
    pub(super) async fn create_opensc_files(
        &mut self,
        min_admin_len: u8,
        min_user_len: u8,
    ) -> Result<(), Error> {
        let mut pins: heapless::Vec<u8, 256> = heapless::Vec::new();
        entry::push_pin(&mut pins, "Security Officer PIN", 1, [0x00, 0x99], min_admin_len)?;
        entry::push_pin(&mut pins, "User PIN", 2, [0x03, 0x98], min_user_len)?;
        self.create_opensc_file(AODF, &pins).await?;
        self.create_opensc_file(ODF, &kind::odf_record(0xA8, AODF.id)).await?;
        let mut dir: heapless::Vec<u8, 64> = heapless::Vec::new();
        let application: [&[u8]; 3] =
            [b"\x4F\x0C\xA0\x00\x00\x00\x63PKCS-15", b"\x50\x0BRutoken ECP", b"\x51\x04\x3F\x00\x50\x00"];
        tlv::push(&mut dir, 0x61, &application).ok_or(Error::Full { what: "EF.DIR" })?;
        self.write_padded(Path::MF, DIR, &dir).await?;
        self.create_opensc_file(TOKEN_INFO, &[]).await?;
        self.create_opensc_file(MARKER, b"\x01\x06pkcs15").await
    }

    async fn create_opensc_file(&mut self, fci: Fci, content: &[u8]) -> Result<(), Error> {
        self.create_file(Path::PKCS15, fci).await?;
        self.write_padded(Path::PKCS15, fci, content).await
    }

    /// Writes a file of a format whole: the content, then zeros to its end.
    async fn write_padded(&mut self, folder: Path, fci: Fci, content: &[u8]) -> Result<(), Error> {
        let mut whole = [0; 256];
        let too_long = Error::Full { what: "the file" };
        whole.get_mut(..content.len()).ok_or(too_long)?.copy_from_slice(content);
        let whole = whole.get(..usize::from(fci.size)).filter(|whole| whole.len() >= content.len());
        self.write_file(folder.child(fci.id), 0, whole.ok_or(too_long)?).await
    }

    /// Writes TokenInfo: serial number, manufacturer as OpenSC writes it, label, flags, time. It ends
    /// a format. Anyone may write this file.
    pub(super) async fn write_token_info(
        &mut self,
        serial: Serial,
        label: Option<&Label>,
        time: Option<[u8; 15]>,
    ) -> Result<(), Error> {
        let full = Error::Full { what: "TokenInfo" };
        let mut fields: heapless::Vec<u8, 120> = heapless::Vec::new();
        let mut put = |tag, value: &[u8]| tlv::push(&mut fields, tag, &[value]).ok_or(full);
        put(0x02, &[0])?;
        put(0x04, &serial.0.to_be_bytes())?;
        put(0x0C, b"Aktiv Co.")?;
        if let Some(label) = label {
            put(0x80, label.as_str().as_bytes())?;
        }
        put(0x03, &[0x04, 0x10])?;
        if let Some(time) = time {
            let mut value: heapless::Vec<u8, 17> = heapless::Vec::new();
            tlv::push(&mut value, 0x18, &[&time]).ok_or(full)?;
            put(0xA5, &value)?;
        }
        let mut info: heapless::Vec<u8, 128> = heapless::Vec::new();
        tlv::push(&mut info, 0x30, &[&fields]).ok_or(full)?;
        self.write_padded(Path::PKCS15, TOKEN_INFO, &info).await
    }
}
