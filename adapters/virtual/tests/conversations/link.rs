//! A token in memory, a link that can be cut, and a record of what went over it.

use super::way::Way;
use core::fmt;
use kaztoken_core::Millis;
use kaztoken_core::drive::{ApduLink, Connection, Failure};
use kaztoken_core::gost::signature::TokenWire;
use kaztoken_core::gost::{self, Digest, ParameterSet, PublicKey, Signature};
use kaztoken_core::pin::{LastTry, Pin};
use kaztoken_core::token::{Algorithm, CryptoProSet, EraseEverything, FormatParameters, Protocol, Serial};
use kaztoken_virtual::store::MemoryStore;
use kaztoken_virtual::{Card as _, Model, State, VirtualToken};
use rand_core::{TryCryptoRng, TryRng};

pub(crate) const SERIAL: Serial = Serial(0x4773_8461);
pub(crate) const CONSENT: LastTry = LastTry::Refuse;

/// A generator of known numbers: tests are the same in every run.
pub(crate) struct Counter(pub u64);

impl TryRng for Counter {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        self.try_next_u64().map(|n| n as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Ok(z ^ (z >> 31))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        for part in out.chunks_mut(8) {
            part.copy_from_slice(&self.try_next_u64()?.to_le_bytes()[..part.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Counter {}

/// Where the link breaks: at the nth APDU, counted from 1.
#[derive(Copy, Clone, Debug)]
pub(crate) enum Cut {
    Never,
    /// The command does not reach the token.
    CommandLost(usize),
    /// The token carries it out, its answer is lost.
    AnswerLost(usize),
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the link broke")
    }
}

impl core::error::Error for Broken {}

pub(crate) struct Link<'t> {
    token: &'t mut VirtualToken<MemoryStore>,
    way: Way,
    pub(crate) cut: Cut,
    pub(crate) sent: Vec<Vec<u8>>,
    broken: bool,
}

impl ApduLink for Link<'_> {
    type Error = Broken;

    fn transmit(&mut self, command: &[u8], response: &mut [u8], _: Millis) -> Result<usize, Broken> {
        if self.broken {
            return Err(Broken);
        }
        self.sent.push(command.to_vec());
        if matches!(self.cut, Cut::CommandLost(n) if n == self.sent.len()) {
            self.broken = true;
            return Err(Broken);
        }
        let answer = self.way.exchange(self.token, command);
        if matches!(self.cut, Cut::AnswerLost(n) if n == self.sent.len()) {
            self.broken = true;
            return Err(Broken);
        }
        response[..answer.len()].copy_from_slice(&answer);
        Ok(answer.len())
    }
}

pub(crate) fn token(model: Model) -> VirtualToken<MemoryStore> {
    let state = State::factory(model, SERIAL.0);
    VirtualToken::create(MemoryStore::new(state.clone()), state, Counter(1)).unwrap()
}

pub(crate) fn pin(text: &str) -> Pin {
    Pin::new(text.as_bytes()).unwrap()
}

/// Plugs the token in: a reset, then a fresh connection.
pub(crate) fn connect(token: &mut VirtualToken<MemoryStore>) -> Connection<Link<'_>> {
    connect_cut(token, Cut::Never)
}

pub(crate) fn connect_cut(token: &mut VirtualToken<MemoryStore>, cut: Cut) -> Connection<Link<'_>> {
    let protocol = match token.model().protocol() {
        kaztoken_virtual::Protocol::T0 => Protocol::T0,
        kaztoken_virtual::Protocol::T1 => Protocol::T1,
    };
    let way = Way::power_on(token);
    Connection::new(Link { token, way, cut, sent: Vec::new(), broken: false }, protocol)
}

pub(crate) type Outcome<T> = Result<T, Failure<Broken>>;

/// Formats with the factory PINs.
pub(crate) fn format(connection: &mut Connection<Link<'_>>, erase_keys: bool) -> Outcome<()> {
    connection.run(async |session| {
        let (admin, user) = (pin("87654321"), pin("12345678"));
        let mut parameters = FormatParameters::new(&admin, &user);
        parameters.erase_keys = erase_keys;
        let consent = EraseEverything::confirm(session.serial().await?, SERIAL).unwrap();
        if session.is_format_unfinished().await? {
            return session.format_unfinished(consent, &parameters).await;
        }
        session.login_admin(&admin, CONSENT).await?.format(consent, &parameters).await
    })
}

pub(crate) fn formatted(model: Model) -> VirtualToken<MemoryStore> {
    let mut token = token(model);
    format(&mut connect(&mut token), false).unwrap();
    token
}

/// Checks a signature with the core's software verification.
pub(crate) fn verify(algorithm: Algorithm, public: &[u8], digest: &[u8], signature: &[u8]) {
    let set = match algorithm {
        Algorithm::Gost256(CryptoProSet::A) => ParameterSet::CryptoProA,
        Algorithm::Gost256(CryptoProSet::B) => ParameterSet::CryptoProB,
        Algorithm::Gost256(CryptoProSet::C) => ParameterSet::CryptoProC,
        Algorithm::Gost512 => ParameterSet::Tc26_512A,
        Algorithm::Rsa { .. } => panic!("not GOST"),
    };
    let key = PublicKey::from_raw(set, public).unwrap();
    let signature = Signature::from(TokenWire::from_slice(signature).unwrap());
    gost::verify(&key, &Digest::from_slice(digest).unwrap(), &signature).unwrap();
}
