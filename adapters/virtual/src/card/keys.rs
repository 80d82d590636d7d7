//! Keys: generation, security environment, signatures, deciphering.

use super::{Environment, Result, VirtualToken, rsa};
use crate::store::Store;
use crate::tree::{File, PRIVATE_KEYS, PUBLIC_KEYS};
use alloc::vec::Vec;
use kaztoken_core::apdu::tlv::Tlvs;
use kaztoken_core::apdu::{AccessMode, KeyProperties, ObjectKind, StatusWord};
use kaztoken_core::gost::signature::TokenWire;
use kaztoken_core::gost::{Digest, ParameterSet, SigningKey};
use zeroize::Zeroizing;

/// The curve that a GOST key's parameter byte names.
fn parameter_set(properties: &KeyProperties) -> Option<ParameterSet> {
    match (properties.kind(), properties.parameter()) {
        (ObjectKind::Gost256Private | ObjectKind::Gost256Public, 0x20) => Some(ParameterSet::CryptoProA),
        (ObjectKind::Gost256Private | ObjectKind::Gost256Public, 0x30) => Some(ParameterSet::CryptoProB),
        (ObjectKind::Gost256Private | ObjectKind::Gost256Public, 0x40) => Some(ParameterSet::CryptoProC),
        (ObjectKind::Gost512Private | ObjectKind::Gost512Public, 0x20) => Some(ParameterSet::Tc26_512A),
        _ => None,
    }
}

/// Whether there can be a key object with these properties and this size.
pub(super) fn is_possible(properties: &KeyProperties, size: u16) -> bool {
    let set = parameter_set(properties).map(ParameterSet::scalar_len);
    let size_of = usize::from(size);
    // RSA: the number of extra Miller-Rabin tests must be 0.
    let no_extra_tests = properties.as_bytes().get(1..3) == Some(&[0, 0]);
    match properties.kind() {
        ObjectKind::Gost256Private | ObjectKind::Gost512Private => set == Some(size_of),
        ObjectKind::Gost256Public | ObjectKind::Gost512Public => set.map(|len| 2 * len) == Some(size_of),
        ObjectKind::RsaPrivate => no_extra_tests && rsa::bits_of_private(size).is_some(),
        ObjectKind::RsaPublic => no_extra_tests && rsa::bits_of_public(size).is_some(),
        _ => false,
    }
}

/// A generated pair: contents of the private and the public object.
type Pair = (Zeroizing<Vec<u8>>, Vec<u8>);

impl<S: Store> VirtualToken<S> {
    fn key(&self, folder: &[u16], reference: u8) -> Result<(&File, KeyProperties)> {
        let mut path = folder.to_vec();
        path.push(reference.into());
        let file = self.state.tree.get(&path).ok_or(StatusWord::DATA_NOT_FOUND)?;
        Ok((file, file.properties().ok_or(StatusWord::DATA_NOT_FOUND)?))
    }

    /// GENERATE KEY PAIR: 80 generates and gives the public key, 00 only generates, 81 only gives it.
    pub(super) fn generate(&mut self, p1: u8, reference: u8, _exponent: &[u8]) -> Result<Vec<u8>> {
        // The exponent template (A6) is accepted and changes nothing, as with the real firmware.
        match p1 {
            0x00 => {
                self.generate_pair(reference)?;
                Ok(Vec::new())
            }
            0x80 => {
                self.generate_pair(reference)?;
                self.public_key(reference)
            }
            0x81 => self.public_key(reference),
            _ => Err(StatusWord::WRONG_PARAMETERS),
        }
    }

    /// GOST: X and Y; RSA: the modulus. Little-endian.
    fn public_key(&self, reference: u8) -> Result<Vec<u8>> {
        let (file, properties) = self.key(PUBLIC_KEYS, reference)?;
        if file.content.is_empty() {
            return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
        }
        let len = match properties.kind() {
            // The exponent takes the last third.
            ObjectKind::RsaPublic => file.content.len() / 3 * 2,
            _ => file.content.len(),
        };
        Ok(file.content.iter().take(len).copied().collect())
    }

    fn generate_pair(&mut self, reference: u8) -> Result<()> {
        let (private, private_properties) = self.key(PRIVATE_KEYS, reference)?;
        let (public, public_properties) = self.key(PUBLIC_KEYS, reference)?;
        self.require(private, AccessMode::Update)?;
        self.require(public, AccessMode::Update)?;
        let (private_path, public_path) = (private.path.clone(), public.path.clone());
        let pair = match (private_properties.kind(), public_properties.kind()) {
            (ObjectKind::RsaPrivate, ObjectKind::RsaPublic) => {
                let bits = rsa::bits_of_private(private.size());
                let bits = bits.filter(|_| bits == rsa::bits_of_public(public.size()));
                self.generate_rsa(bits.ok_or(StatusWord::WRONG_DATA)?)
            }
            _ => {
                let set = parameter_set(&private_properties);
                let set = set.filter(|_| set == parameter_set(&public_properties));
                self.generate_gost(set.ok_or(StatusWord::WRONG_DATA)?)
            }
        }?;
        self.change(|state| {
            state.tree.get_mut(&private_path).ok_or(StatusWord::NOT_FOUND)?.write_object(&pair.0);
            state.tree.get_mut(&public_path).ok_or(StatusWord::NOT_FOUND)?.write_object(&pair.1);
            Ok(())
        })
    }

    fn generate_gost(&mut self, set: ParameterSet) -> Result<Pair> {
        let key = SigningKey::generate(set, &mut *self.rng).map_err(|_| super::MEMORY_FAILURE)?;
        let private = Zeroizing::new(key.to_le_bytes().as_slice().to_vec());
        Ok((private, key.public_key().to_raw().as_slice().to_vec()))
    }

    fn generate_rsa(&mut self, bits: usize) -> Result<Pair> {
        rsa::generate(&mut *self.rng, bits).ok_or(super::MEMORY_FAILURE)
    }

    pub(super) fn manage_security_environment(&mut self, p1: u8, p2: u8, data: &[u8]) -> Result<Vec<u8>> {
        let mut reference = None;
        for object in Tlvs::new(data) {
            let object = object.map_err(|_| StatusWord::WRONG_DATA)?;
            match (object.tag, object.value) {
                (0x84, &[key]) => reference = Some(key),
                (0x91 | 0x95, &[0x40]) => {}
                _ => return Err(StatusWord::WRONG_DATA),
            }
        }
        let key = reference.ok_or(StatusWord::WRONG_DATA)?;
        self.session.environment = Some(match (p1, p2) {
            (0x41, 0xB6) => Environment::Sign(key),
            (0x41, 0xB8) => Environment::Decipher(key),
            _ => return Err(StatusWord::WRONG_PARAMETERS),
        });
        Ok(Vec::new())
    }

    pub(super) fn perform_security_operation(&mut self, p1: u8, p2: u8, data: &[u8]) -> Result<Vec<u8>> {
        let reference = match (p1, p2, self.session.environment) {
            (0x9E, 0x9A, Some(Environment::Sign(key))) | (0x80, 0x86, Some(Environment::Decipher(key))) => {
                key
            }
            (0x9E, 0x9A, _) | (0x80, 0x86, _) => return Err(StatusWord::CONDITIONS_NOT_SATISFIED),
            _ => return Err(StatusWord::WRONG_PARAMETERS),
        };
        let (file, properties) = self.key(PRIVATE_KEYS, reference)?;
        self.require(file, AccessMode::Use)?;
        if file.content.is_empty() {
            return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
        }
        if properties.kind() == ObjectKind::RsaPrivate {
            let bits = rsa::bits_of_private(file.size()).ok_or(StatusWord::CONDITIONS_NOT_SATISFIED)?;
            if data.len() != bits / 8 {
                return Err(StatusWord::WRONG_LENGTH);
            }
            return rsa::private_operation(&file.content, data).ok_or(StatusWord::WRONG_DATA);
        }
        let set =
            parameter_set(&properties).filter(|_| p1 == 0x9E).ok_or(StatusWord::CONDITIONS_NOT_SATISFIED)?;
        if data.len() != set.scalar_len() {
            return Err(StatusWord::WRONG_LENGTH);
        }
        let digest = Digest::from_slice(data).map_err(|_| StatusWord::WRONG_LENGTH)?;
        // An imported d that is 0 or too large is noticed here.
        let key = SigningKey::from_le_bytes(set, &file.content).map_err(|_| StatusWord::WRONG_DATA)?;
        let signature = key.sign(&digest, &mut *self.rng).map_err(|_| super::MEMORY_FAILURE)?;
        Ok(TokenWire::from(signature).as_slice().to_vec())
    }
}
