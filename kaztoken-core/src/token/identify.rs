//! Which token is this? Nothing here needs a PIN or changes anything.

use super::{Error, Path, Session, Step, files::Found, opensc};
use crate::apdu::{Command, ins};
use crate::pin::{LastTry, Role, State};
use core::fmt;

/// A token's serial number: eight bytes, most significant first.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Serial(pub u64);

impl Serial {
    /// Reads what a person types: decimal, as printed on the case, or hexadecimal after `0x`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(hex) => u64::from_str_radix(hex, 16),
            None => text.parse(),
        };
        number.ok().map(Self)
    }
}

/// Decimal, as printed on the case. With `{:#}` the hexadecimal form that the vendor's tools show.
impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() { write!(f, "{:08x}", self.0) } else { write!(f, "{}", self.0) }
    }
}

/// Which layouts a token carries; one token may carry several that do not see each other's objects.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Layouts {
    /// There is a file system at all. A token that was erased and not formatted has none.
    pub file_system: bool,
    /// The folders of keys (1000/1000/6001 and 6002).
    pub key_folders: bool,
    /// OpenSC's PKCS#15 application (5000) with its token information written, the last step of a
    /// format.
    pub opensc: bool,
    /// The application folder is there, but its format did not come to the end.
    pub opensc_unfinished: bool,
    /// The vendor's folder of public objects (1000/1001/8001). Its contents are not public.
    pub vendor: bool,
    /// The name map seen in vendor middleware (1000/1010/1010).
    pub middleware: bool,
}

/// What a token says of itself without a PIN.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    /// The serial number.
    pub serial: Serial,
    /// Free memory in bytes, where the token answers it.
    pub free_memory: Option<u32>,
    /// The layouts it carries.
    pub layouts: Layouts,
    /// The label, if a format wrote one. A token without is shown as `<no label>`.
    pub label: Option<opensc::Label>,
}

/// What is known of one PIN without sending it.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct PinInfo {
    /// Whose PIN.
    pub role: Role,
    /// Its state.
    pub state: State,
}

impl Session<'_> {
    /// Serial number, free memory, label and layouts.
    pub async fn identify(&mut self) -> Result<Identity, Error> {
        let serial = self.serial().await?;
        let free_memory = self.free_memory().await?;
        let layouts = self.layouts().await?;
        let label = if layouts.opensc { self.label().await? } else { None };
        Ok(Identity { serial, free_memory, layouts, label })
    }

    /// The serial number (`CA 01 81`).
    pub async fn serial(&mut self) -> Result<Serial, Error> {
        let mut data = [0; 256];
        let command = Command::new(0, ins::GET_DATA, 0x01, 0x81).ne(256);
        let len = self.done(Step::GetData, command, &mut data).await?;
        match data.get(..len) {
            Some(&[a, b, c, d, e, f, g, h]) => Ok(Serial(u64::from_be_bytes([a, b, c, d, e, f, g, h]))),
            _ => Err(Error::Malformed { step: Step::GetData, what: "a serial number has 8 bytes" }),
        }
    }

    /// Free memory in bytes (`CA 01 8A`): certain on Rutoken S, probable here; `None` where the token
    /// does not answer it.
    pub async fn free_memory(&mut self) -> Result<Option<u32>, Error> {
        let mut data = [0; 256];
        let command = Command::new(0, ins::GET_DATA, 0x01, 0x8A).ne(256);
        let reply = self.transmit(command, &mut data).await?;
        Ok(match data.get(..reply.len) {
            Some(&[a, b, c, d]) if reply.sw.is_success() => Some(u32::from_be_bytes([a, b, c, d])),
            _ => None,
        })
    }

    /// Looks which layouts there are, by selecting their folders.
    pub async fn layouts(&mut self) -> Result<Layouts, Error> {
        let vendor = Path::MF.child(0x1000).child(0x1001).child(0x8001);
        let mut layouts = Layouts { file_system: self.exists(Path::MF).await?, ..Layouts::default() };
        if !layouts.file_system {
            return Ok(layouts);
        }
        layouts.key_folders =
            self.exists(Path::PRIVATE_KEYS).await? && self.exists(Path::PUBLIC_KEYS).await?;
        let application = self.exists(Path::PKCS15).await?;
        layouts.opensc = application && self.has_token_info().await?;
        layouts.opensc_unfinished = application && !layouts.opensc;
        layouts.vendor = self.exists(vendor).await?;
        layouts.middleware = self.exists(super::middleware::MAP).await?;
        Ok(layouts)
    }

    /// Reads how many tries a PIN has left. Costs nothing and changes nothing.
    pub async fn pin_info(&mut self, role: Role) -> Result<PinInfo, Error> {
        let command = Command::new(0, ins::VERIFY, 0, role.reference());
        let reply = self.transmit(command, &mut []).await?;
        self.access.counter_read(role, reply.sw);
        match self.access.state(role) {
            State::Unknown => Err(Error::Card { step: Step::Tries, sw: reply.sw }),
            state => Ok(PinInfo { role, state }),
        }
    }

    /// Whether a PIN may be sent now, after reading its counter.
    pub async fn may_try(&mut self, role: Role, last_try: LastTry) -> Result<(), Error> {
        self.pin_info(role).await?;
        self.access.permit(role, last_try).map_err(|refusal| Error::PinRefused { role, refusal })
    }

    async fn exists(&mut self, path: Path) -> Result<bool, Error> {
        Ok(matches!(self.look(path).await?, Found::Yes(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn serial_numbers_as_people_write_them() {
        let serial = Serial(0x4773_8461);
        assert_eq!(format!("{serial} {serial:#}"), "1198752865 47738461");
        assert_eq!(Serial::parse(" 1198752865 "), Some(serial));
        assert_eq!(Serial::parse("0x47738461"), Some(serial));
        assert_eq!(Serial::parse("47738461"), Some(Serial(47_738_461)));
        for bad in ["", "0x", "-1", "12a", "99999999999999999999"] {
            assert_eq!(Serial::parse(bad), None, "{bad}");
        }
    }
}
