//! Key pairs on the token: what there is, generate, delete.
//!
//! A key pair is two internal files with one number, 1000/1000/6002/00nn (private) and 6001/00nn
//! (public). The token files them there by itself. Names are kept apart, by a layout
//! ([`super::opensc`], [`super::middleware`]).

use super::files::Found;
use super::login::{User, Verified};
use super::{Error, MAX_CHILDREN, Path, Session, Step};
use crate::apdu::{
    AccessMode, AccessRules, Command, Condition, Fci, FileKind, KeyProperties, ObjectKind, Status, ins,
};
use core::fmt;
use core::num::NonZeroU8;

/// The number of a key pair, 1 to 255.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct KeyRef(NonZeroU8);

impl KeyRef {
    /// The key with this number; 0 is none.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        match NonZeroU8::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0.get()
    }

    pub(super) const fn id(self) -> u16 {
        self.0.get() as u16
    }

    pub(super) fn from_id(id: u16) -> Option<Self> {
        u8::try_from(id).ok().and_then(Self::new)
    }
}

impl fmt::Display for KeyRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a key is for.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Algorithm {
    /// GOST R 34.10, 256 bits, with a CryptoPro parameter set of RFC 4357. The standard of 2012 uses
    /// the same arithmetic as that of 2001, so the key signs digests of either hash.
    Gost256(CryptoProSet),
    /// GOST R 34.10-2012, 512 bits, tc26 parameter set A. How the token makes and uses such keys was
    /// seen in vendor middleware only.
    Gost512,
    /// RSA with this many bits.
    Rsa {
        /// The modulus' length.
        bits: u16,
    },
}

/// The 256-bit parameter sets the token knows.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum CryptoProSet {
    /// id-GostR3410-2001-CryptoPro-A-ParamSet.
    A,
    /// id-GostR3410-2001-CryptoPro-B-ParamSet.
    B,
    /// id-GostR3410-2001-CryptoPro-C-ParamSet.
    C,
}

impl CryptoProSet {
    const fn parameter(self) -> u8 {
        match self {
            Self::A => 0x20,
            Self::B => 0x30,
            Self::C => 0x40,
        }
    }

    /// 1, 2, 3 as PKCS#15 entries number the sets.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::A => 1,
            Self::B => 2,
            Self::C => 3,
        }
    }
}

impl Algorithm {
    /// The kind of the private half.
    #[must_use]
    pub const fn private_kind(self) -> ObjectKind {
        match self {
            Self::Gost256(_) => ObjectKind::Gost256Private,
            Self::Gost512 => ObjectKind::Gost512Private,
            Self::Rsa { .. } => ObjectKind::RsaPrivate,
        }
    }

    const fn public_kind(self) -> ObjectKind {
        match self {
            Self::Gost256(_) => ObjectKind::Gost256Public,
            Self::Gost512 => ObjectKind::Gost512Public,
            Self::Rsa { .. } => ObjectKind::RsaPublic,
        }
    }

    const fn parameter(self) -> u8 {
        match self {
            Self::Gost256(set) => set.parameter(),
            Self::Gost512 => 0x20,
            Self::Rsa { .. } => 0x00,
        }
    }

    /// The sizes of the private and the public object.
    const fn sizes(self) -> (u16, u16) {
        match self {
            Self::Gost256(_) => (0x20, 0x40),
            Self::Gost512 => (0x40, 0x80),
            Self::Rsa { bits } => ((bits / 16) * 5 + 8, (bits / 16) * 3),
        }
    }

    /// How many bytes of public key the token answers: X and Y, or the modulus.
    const fn public_len(self) -> usize {
        match self {
            Self::Gost256(_) => 64,
            Self::Gost512 => 128,
            Self::Rsa { bits } => (bits / 8) as usize,
        }
    }

    /// What a key file is, by its properties and size. `None` for what is no key or of no known kind.
    #[must_use]
    pub fn from_fci(fci: &Fci) -> Option<Self> {
        let properties = fci.properties?;
        match properties.kind() {
            ObjectKind::Gost256Private | ObjectKind::Gost256Public => match properties.parameter() {
                0x20 => Some(Self::Gost256(CryptoProSet::A)),
                0x30 => Some(Self::Gost256(CryptoProSet::B)),
                0x40 => Some(Self::Gost256(CryptoProSet::C)),
                _ => None,
            },
            ObjectKind::Gost512Private | ObjectKind::Gost512Public => Some(Self::Gost512),
            ObjectKind::RsaPrivate => Self::rsa(fci.size.checked_sub(8)?, 5),
            ObjectKind::RsaPublic => Self::rsa(fci.size, 3),
            _ => None,
        }
    }

    /// An RSA key whose object is `parts` times a sixteenth of the modulus' bits; a modulus has a
    /// multiple of 128 bits.
    fn rsa(size: u16, parts: u16) -> Option<Self> {
        let bits = size.checked_div(parts)?.checked_mul(16)?;
        (size.is_multiple_of(parts) && bits != 0 && bits.is_multiple_of(128)).then_some(Self::Rsa { bits })
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gost256(CryptoProSet::A) => f.write_str("GOST R 34.10 256 bit, CryptoPro-A"),
            Self::Gost256(CryptoProSet::B) => f.write_str("GOST R 34.10 256 bit, CryptoPro-B"),
            Self::Gost256(CryptoProSet::C) => f.write_str("GOST R 34.10 256 bit, CryptoPro-C"),
            Self::Gost512 => f.write_str("GOST R 34.10-2012 512 bit, tc26 set A"),
            Self::Rsa { bits } => write!(f, "RSA {bits} bit"),
        }
    }
}

/// Which halves of a key pair there are.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum KeyState {
    /// Both.
    Pair,
    /// Only the private half: a generation or a deletion was cut off.
    PrivateOnly,
    /// Only the public half: a deletion was cut off.
    PublicOnly,
}

/// A key pair on the token.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Key {
    /// Its number.
    pub key: KeyRef,
    /// What it is for; `None` for a kind nobody has published.
    pub algorithm: Option<Algorithm>,
    /// Which halves there are.
    pub state: KeyState,
}

/// Numbers of keys, a bit each.
pub(super) struct KeyNumbers([u8; 32]);

impl KeyNumbers {
    fn add(&mut self, key: KeyRef) {
        if let Some(byte) = self.0.get_mut(usize::from(key.get() / 8)) {
            *byte |= 1 << (key.get() % 8);
        }
    }

    fn has(&self, key: KeyRef) -> bool {
        self.0.get(usize::from(key.get() / 8)).is_some_and(|byte| byte & 1 << (key.get() % 8) != 0)
    }

    pub(super) fn len(&self) -> u16 {
        self.0.iter().fold(0, |len, byte| len.saturating_add(byte.count_ones() as u16))
    }
}

/// A public key as the token answers it: for GOST X then Y, each with the least significant byte
/// first; for RSA the modulus with the most significant byte first (turned round here).
pub type PublicKeyBytes = heapless::Vec<u8, 512>;

impl Session<'_> {
    /// Lists the key pairs, by number. Needs no PIN as far as known.
    pub async fn keys(&mut self) -> Result<heapless::Vec<Key, MAX_CHILDREN>, Error> {
        let mut keys: heapless::Vec<Key, MAX_CHILDREN> = heapless::Vec::new();
        for (folder, state) in
            [(Path::PRIVATE_KEYS, KeyState::PrivateOnly), (Path::PUBLIC_KEYS, KeyState::PublicOnly)]
        {
            let listed = self.each_child(folder, |half| {
                let Some(key) = KeyRef::from_id(half.id) else { return Ok(()) };
                match keys.iter_mut().find(|known| known.key == key) {
                    Some(known) => known.state = KeyState::Pair,
                    None => {
                        let new = Key { key, algorithm: Algorithm::from_fci(half), state };
                        keys.push(new).map_err(|_| Error::Full { what: "the listing" })?;
                    }
                }
                Ok(())
            });
            match listed.await {
                Ok(()) | Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        keys.sort_unstable_by_key(|known| known.key);
        Ok(keys)
    }

    /// The numbers of the keys, of whose halves at least one is there.
    pub(super) async fn key_numbers(&mut self) -> Result<KeyNumbers, Error> {
        let mut numbers = KeyNumbers([0; 32]);
        for folder in [Path::PRIVATE_KEYS, Path::PUBLIC_KEYS] {
            let listed = self.each_child(folder, |half| {
                if let Some(key) = KeyRef::from_id(half.id) {
                    numbers.add(key);
                }
                Ok(())
            });
            match listed.await {
                Ok(()) | Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(numbers)
    }

    /// Reads a public key with `46 81`. Seen in vendor middleware, not confirmed on hardware; it
    /// changes nothing. Where a token does not know it, the public key must come from a layout.
    pub async fn read_public_key(&mut self, key: KeyRef) -> Result<PublicKeyBytes, Error> {
        let path = Path::PUBLIC_KEYS.child(key.id());
        let algorithm = match self.look(path).await? {
            Found::Yes(fci) => Algorithm::from_fci(&fci),
            Found::No => return Err(Error::NotFound { what: "key" }),
        };
        let algorithm = algorithm.ok_or(Error::Unsupported { what: "a key of unknown kind" })?;
        self.public_key_answer(Step::ReadPublicKey, 0x81, key, &[], algorithm).await
    }

    async fn public_key_answer(
        &mut self,
        step: Step,
        p1: u8,
        key: KeyRef,
        data: &[u8],
        algorithm: Algorithm,
    ) -> Result<PublicKeyBytes, Error> {
        let mut answer = [0; 512];
        let wanted = algorithm.public_len();
        let command =
            Command::new(0, ins::GENERATE_KEY_PAIR, p1, key.get()).data(data).ne(wanted.max(256) as u32);
        let len = self.done(step, command, &mut answer).await?;
        let malformed = Error::Malformed { step, what: "the public key has a wrong length" };
        let bytes = answer.get_mut(..len).filter(|bytes| bytes.len() == wanted).ok_or(malformed)?;
        if let Algorithm::Rsa { .. } = algorithm {
            bytes.reverse();
        }
        PublicKeyBytes::from_slice(bytes).map_err(|_| malformed)
    }
}

impl Verified<'_, '_, User> {
    /// Generates a key pair under the first free number. On a real token this takes minutes.
    ///
    /// When the token refuses, the two files made for it are deleted again. When the connection
    /// breaks, they stay, and [`Session::keys`] shows them.
    pub async fn generate(&mut self, algorithm: Algorithm) -> Result<(KeyRef, PublicKeyBytes), Error> {
        match algorithm {
            Algorithm::Rsa { bits: 512 | 768 | 1024 | 1280 | 1536 | 1792 | 2048 | 4096 } => {}
            Algorithm::Rsa { .. } => return Err(Error::Unsupported { what: "an RSA key of this length" }),
            Algorithm::Gost256(_) | Algorithm::Gost512 => {}
        }
        let key = self.free_key().await?;
        // OpenSC creates key files with its application folder current; the token files them itself.
        if self.look(Path::PKCS15).await? == Found::No {
            self.select(Path::MF).await?;
        }
        // Only what was created here may be deleted again: an existing key is not ours.
        let mut created = heapless::Vec::new();
        let made = self.generate_in(key, algorithm, &mut created).await;
        if let Err(error) = made {
            for folder in created.iter().rev() {
                match self.delete_file(folder.child(key.id())).await {
                    // The first error is the one to tell; what is left shows in the list of keys.
                    Ok(()) | Err(_) => {}
                }
            }
            return Err(error);
        }
        made.map(|public| (key, public))
    }

    /// Creates both halves, noting in `created` where one now is, and generates.
    async fn generate_in(
        &mut self,
        key: KeyRef,
        algorithm: Algorithm,
        created: &mut heapless::Vec<Path, 2>,
    ) -> Result<PublicKeyBytes, Error> {
        let user = Condition::User;
        let (private_size, public_size) = algorithm.sizes();
        let public_rules = AccessRules::new(&[
            (AccessMode::Update, user),
            (AccessMode::Use, Condition::Always),
            (AccessMode::Delete, user),
        ]);
        let private_rules = public_rules.with(AccessMode::Use, user);
        let halves = [
            (Path::PRIVATE_KEYS, algorithm.private_kind(), private_size, private_rules),
            (Path::PUBLIC_KEYS, algorithm.public_kind(), public_size, public_rules),
        ];
        for (folder, kind, size, access) in halves {
            let properties = Some(KeyProperties::key(kind, algorithm.parameter()));
            self.create_here(Fci { kind: FileKind::Rsf, id: key.id(), size, properties, access }).await?;
            // Two places for two halves.
            let _ = created.push(folder);
        }
        match algorithm {
            Algorithm::Gost256(_) => self.public_key_answer(Step::Generate, 0x80, key, &[], algorithm).await,
            // The public exponent 65537 in the form OpenSC sends; other values change nothing.
            Algorithm::Rsa { .. } => {
                let exponent = [0xA6, 0x06, 0x94, 0x04, 0x01, 0x00, 0x01, 0x00];
                self.public_key_answer(Step::Generate, 0x80, key, &exponent, algorithm).await
            }
            Algorithm::Gost512 => {
                let command = Command::new(0, ins::GENERATE_KEY_PAIR, 0x00, key.get());
                self.done(Step::Generate, command, &mut []).await?;
                self.public_key_answer(Step::ReadPublicKey, 0x81, key, &[], algorithm).await
            }
        }
    }

    async fn free_key(&mut self) -> Result<KeyRef, Error> {
        let taken = self.key_numbers().await?;
        (1..=255)
            .filter_map(KeyRef::new)
            .find(|free| !taken.has(*free))
            .ok_or(Error::Full { what: "the list of keys" })
    }

    /// Deletes a key pair for good, first the public, then the private half, as OpenSC does. Half a
    /// pair is deleted too. Entries of a layout are not touched.
    pub async fn delete_key(&mut self, key: KeyRef) -> Result<(), Error> {
        let mut any = false;
        for folder in [Path::PUBLIC_KEYS, Path::PRIVATE_KEYS] {
            match self.delete_file(folder.child(key.id())).await {
                Ok(()) => any = true,
                Err(Error::NotFound { .. }) => {}
                Err(Error::Card { sw, .. }) if sw.status() == Status::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        if any { Ok(()) } else { Err(Error::NotFound { what: "key" }) }
    }
}
