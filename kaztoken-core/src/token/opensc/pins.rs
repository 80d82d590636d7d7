//! What OpenSC's layout says of the PINs: their length limits, in the AODF.

use super::super::{Error, Path, Session};
use super::AODF;
use crate::apdu::tlv::{self, Tlvs};
use crate::pin::{Limits, Pin, Role};

/// The bytes of the AODF.
const AODF_LEN: usize = 256;

impl Session<'_> {
    /// The length limits of a new PIN: those that the layout names, or any length where there is no
    /// layout. The token has the last word.
    pub async fn pin_limits(&mut self, role: Role) -> Result<Limits, Error> {
        let mut pins = [0; AODF_LEN];
        let Some(len) = self.read_start(Path::PKCS15.child(AODF.id), &mut pins).await? else {
            return Ok(Limits::ANY);
        };
        Ok(limits(pins.get(..len).unwrap_or_default(), role).unwrap_or(Limits::ANY))
    }
}

/// PinAttributes: flags, type, minLength, storedLength, maxLength, [0] reference.
fn limits(aodf: &[u8], role: Role) -> Option<Limits> {
    Tlvs::new(aodf).map_while(Result::ok).find_map(|entry| {
        let attributes = tlv::find_path(entry.value, &[0xA1, 0x30])?;
        let reference: [u8; 1] = tlv::find(attributes, 0x80)?.try_into().ok()?;
        let mut numbers = Tlvs::new(attributes).map_while(Result::ok).filter(|t| t.tag == 0x02);
        let [min] = numbers.next()?.value.try_into().ok()?;
        let [max] = numbers.nth(1)?.value.try_into().ok()?;
        (reference == [role.reference()] && min <= max)
            .then_some(Limits { min, max: max.min(Pin::MAX_LEN as u8) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_of_both_pins() {
        let mut aodf: heapless::Vec<u8, 256> = heapless::Vec::new();
        super::super::entry::push_pin(&mut aodf, "Security Officer PIN", 1, [0x00, 0x99], 8).unwrap();
        super::super::entry::push_pin(&mut aodf, "User PIN", 2, [0x03, 0x98], 6).unwrap();
        assert_eq!(limits(&aodf, Role::Admin), Some(Limits { min: 8, max: 32 }));
        assert_eq!(limits(&aodf, Role::User), Some(Limits { min: 6, max: 32 }));
        assert_eq!(limits(&[0; 20], Role::User), None);
    }
}
