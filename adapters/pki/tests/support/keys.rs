//! Software keys of every kind, the same in every run.

use kaztoken_core::gost::encoding::PrivateKeyInfo;
use kaztoken_core::gost::encoding::algorithm::KeyAlgorithm;
use kaztoken_core::gost::encoding::private_key::Form;
use kaztoken_core::gost::{HashAlgorithm, ParameterSet, SigningKey};
use kaztoken_pki::PrivateKey;
use rand_core::{TryCryptoRng, TryRng};
use std::collections::BTreeMap;
use std::sync::Mutex;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Kazakh2004,
    Kazakh2015,
    Gamma,
    Russian2012_256,
    Russian2012_512,
    Rsa,
}

#[allow(dead_code, reason = "each test program uses some of it")]
impl Kind {
    pub(crate) const ALL: [Self; 6] = [
        Self::Kazakh2004,
        Self::Kazakh2015,
        Self::Gamma,
        Self::Russian2012_256,
        Self::Russian2012_512,
        Self::Rsa,
    ];
    pub(crate) const GOST: [Self; 5] =
        [Self::Kazakh2004, Self::Kazakh2015, Self::Gamma, Self::Russian2012_256, Self::Russian2012_512];

    /// Key number `number` of this kind.
    pub(crate) fn key(self, number: u64) -> PrivateKey {
        let (set, algorithm, form) = match self {
            Self::Kazakh2004 => {
                (ParameterSet::CryptoProA, KeyAlgorithm::kazakh(ParameterSet::CryptoProA), Form::Kazakh2004)
            }
            Self::Kazakh2015 => {
                (ParameterSet::Tc26_512A, KeyAlgorithm::kazakh(ParameterSet::Tc26_512A), Form::Kazakh2015)
            }
            Self::Gamma => {
                (ParameterSet::CryptoProA, KeyAlgorithm::gamma(ParameterSet::CryptoProA), Form::Gamma)
            }
            Self::Russian2012_256 => (
                ParameterSet::CryptoProA,
                Ok(KeyAlgorithm::russian_2012(ParameterSet::CryptoProA)),
                Form::RussianOctetString,
            ),
            Self::Russian2012_512 => (
                ParameterSet::Tc26_512A,
                Ok(KeyAlgorithm::russian_2012(ParameterSet::Tc26_512A)),
                Form::RussianOctetString,
            ),
            Self::Rsa => return rsa(number),
        };
        let key = SigningKey::generate(set, &mut Seeded(number, 0)).unwrap();
        PrivateKey::from_gost(PrivateKeyInfo::new(algorithm.unwrap(), key, form).unwrap()).unwrap()
    }
}

/// RSA keys take long to make; each is made once.
fn rsa(number: u64) -> PrivateKey {
    static MADE: Mutex<BTreeMap<u64, Vec<u8>>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap();
    let der = made.entry(number).or_insert_with(|| {
        PrivateKey::generate_rsa(2048, &mut Seeded(number, 0)).unwrap().to_pkcs8().to_vec()
    });
    PrivateKey::from_pkcs8(der).unwrap()
}

/// Streebog in counter mode: repeatable, and no secret.
pub(crate) struct Seeded(pub(crate) u64, pub(crate) u64);

impl TryRng for Seeded {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        self.try_next_u64().map(|number| number as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut octets = [0; 8];
        self.try_fill_bytes(&mut octets)?;
        Ok(u64::from_le_bytes(octets))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        for piece in out.chunks_mut(64) {
            self.1 += 1;
            let seed = [self.0.to_le_bytes(), self.1.to_le_bytes()].concat();
            let digest = HashAlgorithm::Streebog512.digest(&seed);
            piece.copy_from_slice(&digest.as_slice()[..piece.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Seeded {}
