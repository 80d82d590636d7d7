//! PINs: VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER.

use super::{Result, VirtualToken};
use crate::store::Store;
use crate::tree::File;
use alloc::vec::Vec;
use kaztoken_core::apdu::{AccessMode, KeyProperties, ObjectKind, StatusWord};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Longest PIN: what fits one CHANGE REFERENCE DATA.
pub(super) const MAX_PIN: usize = 249;

impl<S: Store> VirtualToken<S> {
    fn pin(&self, reference: u8) -> Result<(&File, KeyProperties)> {
        let file = self.state.tree.pin(reference).ok_or(StatusWord::DATA_NOT_FOUND)?;
        Ok((file, file.properties().ok_or(StatusWord::DATA_NOT_FOUND)?))
    }

    fn set_tries(&mut self, reference: u8, tries: u8) -> Result<()> {
        let path = self.pin(reference)?.0.path.clone();
        self.change(|state| {
            state.tree.get_mut(&path).ok_or(StatusWord::DATA_NOT_FOUND)?.set_tries_left(tries);
            Ok(())
        })
    }

    /// VERIFY; without data: how many tries are left, in any state and without any effect.
    pub(super) fn verify(&mut self, p1: u8, reference: u8, pin: &[u8]) -> Result<Vec<u8>> {
        if p1 != 0 {
            return Err(StatusWord::WRONG_PARAMETERS);
        }
        let (_, properties) = self.pin(reference)?;
        let tries = properties.tries_left();
        if pin.is_empty() {
            return match tries {
                _ if self.session.verified == Some(reference) => Ok(Vec::new()),
                0 => Err(StatusWord::BLOCKED),
                tries => Err(StatusWord::tries(tries)),
            };
        }
        if self.session.verified.is_some() {
            return Err(StatusWord::ALREADY_VERIFIED);
        }
        // The try is counted before the comparison: cutting the power in between gains nothing.
        let left = tries.checked_sub(1).ok_or(StatusWord::BLOCKED)?;
        self.set_tries(reference, left)?;
        let right: bool = self.pin(reference)?.0.content.as_slice().ct_eq(pin).into();
        if !right {
            return Err(StatusWord::WRONG_PIN);
        }
        self.set_tries(reference, properties.max_tries())?;
        self.session.verified = Some(reference);
        Ok(Vec::new())
    }

    /// RESET RETRY COUNTER: tries back to the maximum, the PIN stays.
    pub(super) fn reset_retry_counter(&mut self, p1: u8, reference: u8, data: &[u8]) -> Result<Vec<u8>> {
        if p1 != 3 {
            return Err(StatusWord::WRONG_PARAMETERS);
        }
        if !data.is_empty() {
            return Err(StatusWord::WRONG_LENGTH);
        }
        let (file, properties) = self.pin(reference)?;
        self.require(file, AccessMode::CreateOrRead)?;
        self.set_tries(reference, properties.max_tries())?;
        Ok(Vec::new())
    }

    /// CHANGE REFERENCE DATA: a new value for a PIN, or for the selected PIN or key object (reference 00).
    pub(super) fn change_reference_data(&mut self, p1: u8, reference: u8, data: &[u8]) -> Result<Vec<u8>> {
        if p1 != 1 {
            return Err(StatusWord::WRONG_PARAMETERS);
        }
        let file = match reference {
            0 => self.current_file()?,
            _ => self.pin(reference)?.0,
        };
        let properties = file.properties().ok_or(StatusWord::NO_CURRENT_FILE)?;
        self.require(file, AccessMode::Update)?;
        let value = import_value(data)?;
        let fits = match properties.kind() {
            ObjectKind::Pin => (usize::from(properties.parameter()).max(1)..=MAX_PIN).contains(&value.len()),
            _ => value.len() == usize::from(file.size()),
        };
        if !fits {
            return Err(StatusWord::WRONG_DATA);
        }
        let path = file.path.clone();
        let memory = self.state.memory();
        self.change(|state| {
            state.tree.get_mut(&path).ok_or(StatusWord::NOT_FOUND)?.write_object(&value);
            if state.tree.used() > memory { Err(StatusWord::NO_MEMORY) } else { Ok(()) }
        })?;
        Ok(Vec::new())
    }
}

/// `80 02 len` and then one or more `A5 len data`, where len is one raw byte: not BER, which would need 81
/// above 127.
fn import_value(data: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let Some((&[0x80, 0x02, hi, lo], mut rest)) = data.split_first_chunk::<4>() else {
        return Err(StatusWord::WRONG_DATA);
    };
    let expected = usize::from(u16::from_be_bytes([hi, lo]));
    let mut value = Zeroizing::new(Vec::with_capacity(rest.len()));
    while let [tag, len, tail @ ..] = rest {
        let (part, after) = tail.split_at_checked(usize::from(*len)).ok_or(StatusWord::WRONG_DATA)?;
        if *tag != 0xA5 {
            return Err(StatusWord::WRONG_DATA);
        }
        value.extend_from_slice(part);
        rest = after;
    }
    if rest.is_empty() && value.len() == expected { Ok(value) } else { Err(StatusWord::WRONG_DATA) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_parts_with_raw_lengths_make_one_value() {
        let mut data = alloc::vec![0x80, 2, 0, 200, 0xA5, 150];
        data.extend([1; 150]);
        data.extend([0xA5, 50]);
        data.extend([2; 50]);
        assert_eq!(import_value(&data).map(|v| (v.len(), v[149], v[150])), Ok((200, 1, 2)));
        for cut in 0..data.len() {
            assert!(import_value(&data[..cut]).is_err(), "{cut}");
        }
    }
}
