//! KExp15 and KImp15: a key and its OMAC, enciphered in CTR.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::super::octets::{MAX, Octets};
use super::CipherError;
use super::block::{BlockCipher, block_len};
use super::counter::Ctr;
use super::omac::Omac;

/// A key of 64 octets and a MAC of 16.
const EXPORTED: usize = MAX + 16;

/// KExp15 (RFC 9189): the enciphered key and its MAC, which has a block's octets.
///
/// For keys of 32 or 64 octets. The initialisation vector has half a block and must be fresh for each key;
/// the two export keys are different ones.
///
/// # Errors
/// [`CipherError::IvLength`], [`CipherError::KeyLength`].
pub fn kexp15<C: BlockCipher>(
    key: &[u8],
    mac_key: &[u8; 32],
    encryption_key: &[u8; 32],
    iv: &[u8],
) -> Result<Octets<EXPORTED>, CipherError> {
    if !(key.len() == 32 || key.len() == MAX) {
        return Err(CipherError::KeyLength { found: key.len() });
    }
    let mut cipher = Ctr::<C>::new(encryption_key, iv)?;
    let mac = mac::<C>(mac_key, iv, key);
    let mut text = Zeroizing::new([0; EXPORTED]);
    text.iter_mut().zip(key.iter().chain(mac.as_ref())).for_each(|(place, octet)| *place = *octet);
    let len = key.len().saturating_add(mac.as_ref().len());
    cipher.apply(text.get_mut(..len).unwrap_or_default());
    Ok(Octets::new().append(text.iter().copied().take(len)))
}

/// KImp15 (RFC 9189): the key that [`kexp15`] wrapped, 32 or 64 octets.
///
/// # Errors
/// [`CipherError::IvLength`], [`CipherError::WrappedLength`], [`CipherError::Integrity`].
pub fn kimp15<C: BlockCipher>(
    wrapped: &[u8],
    mac_key: &[u8; 32],
    encryption_key: &[u8; 32],
    iv: &[u8],
) -> Result<Zeroizing<Octets<MAX>>, CipherError> {
    let wrong = CipherError::WrappedLength { found: wrapped.len() };
    let key_len = wrapped.len().checked_sub(block_len::<C>()).ok_or(wrong)?;
    if !(key_len == 32 || key_len == MAX) {
        return Err(wrong);
    }
    let mut cipher = Ctr::<C>::new(encryption_key, iv)?;
    let mut text = Zeroizing::new([0; EXPORTED]);
    text.iter_mut().zip(wrapped).for_each(|(place, octet)| *place = *octet);
    let text = text.get_mut(..wrapped.len()).ok_or(wrong)?;
    cipher.apply(text);
    let (key, found) = text.split_at_checked(key_len).ok_or(wrong)?;
    if !bool::from(mac::<C>(mac_key, iv, key).as_ref().ct_eq(found)) {
        return Err(CipherError::Integrity);
    }
    Ok(Zeroizing::new(Octets::new().append(key.iter().copied())))
}

fn mac<C: BlockCipher>(mac_key: &[u8; 32], iv: &[u8], key: &[u8]) -> C::Block {
    let mut mac = Omac::<C>::new(mac_key);
    mac.update(iv);
    mac.update(key);
    mac.finish()
}
