//! The token behind its contacts: takes command APDUs, gives response APDUs.

mod files;
mod keys;
mod pins;
mod response;
#[cfg(feature = "rsa")]
mod rsa;
#[cfg(not(feature = "rsa"))]
#[path = "card/without_rsa.rs"]
mod rsa;

use crate::model::Model;
use crate::state::State;
use crate::store::Store;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use kaztoken_core::apdu::{Command, CommandView, StatusWord, ins};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// 6581: the state could not be saved.
const MEMORY_FAILURE: StatusWord = StatusWord(0x6581);
/// 6884: command chaining not supported (with this instruction).
const CHAINING_NOT_SUPPORTED: StatusWord = StatusWord(0x6884);
/// Longest chained data: an RSA-4096 private key import with its headers, with room to spare.
const MAX_CHAIN: usize = 2048;

type Result<T> = core::result::Result<T, StatusWord>;

/// Whether a command makes the chip generate a key: the slow one.
pub(crate) fn is_key_generation(command: &[u8]) -> bool {
    matches!(command, [0x00, ins::GENERATE_KEY_PAIR, 0x00 | 0x80, ..])
}

/// A card in a reader: what a link needs of it.
pub trait Card {
    /// Which token it is.
    fn model(&self) -> Model;

    /// Power on or reset: drops PINs, selection, security environment and chains. Returns the answer to
    /// reset.
    fn reset(&mut self) -> &'static [u8];

    /// Takes one command APDU; `response` becomes the response APDU, status word included.
    fn process(&mut self, command: &[u8], response: &mut Vec<u8>);
}

impl<C: Card + ?Sized> Card for &mut C {
    fn model(&self) -> Model {
        (**self).model()
    }

    fn reset(&mut self) -> &'static [u8] {
        (**self).reset()
    }

    fn process(&mut self, command: &[u8], response: &mut Vec<u8>) {
        (**self).process(command, response);
    }
}

impl<C: Card + ?Sized> Card for Box<C> {
    fn model(&self) -> Model {
        (**self).model()
    }

    fn reset(&mut self) -> &'static [u8] {
        (**self).reset()
    }

    fn process(&mut self, command: &[u8], response: &mut Vec<u8>) {
        (**self).process(command, response);
    }
}

/// Several links to one card. A lock poisoned by a panic elsewhere still gives the card: its state is always
/// whole.
#[cfg(feature = "std")]
impl<C: Card> Card for std::sync::Arc<std::sync::Mutex<C>> {
    fn model(&self) -> Model {
        self.lock().unwrap_or_else(std::sync::PoisonError::into_inner).model()
    }

    fn reset(&mut self) -> &'static [u8] {
        self.lock().unwrap_or_else(std::sync::PoisonError::into_inner).reset()
    }

    fn process(&mut self, command: &[u8], response: &mut Vec<u8>) {
        self.lock().unwrap_or_else(std::sync::PoisonError::into_inner).process(command, response);
    }
}

/// The parts of a command chain so far.
struct Chain {
    header: [u8; 3],
    data: Zeroizing<Vec<u8>>,
}

/// What MANAGE SECURITY ENVIRONMENT set.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Environment {
    Sign(u8),
    Decipher(u8),
}

/// What a reset forgets.
#[derive(Default)]
struct Session {
    /// Path of the current folder.
    folder: Vec<u16>,
    /// The current EF, PIN or key object, a child of the current folder.
    file: Option<u16>,
    /// Reference of the verified PIN. The token holds one at a time.
    verified: Option<u8>,
    environment: Option<Environment>,
    chain: Option<Chain>,
    /// What GET RESPONSE will collect.
    pending: Vec<u8>,
}

/// The virtual token. `S` keeps its state.
pub struct VirtualToken<S: Store> {
    state: State,
    store: S,
    rng: Box<dyn CryptoRng + Send>,
    session: Session,
    store_error: Option<S::Error>,
}

impl<S: Store> VirtualToken<S> {
    /// Opens the token that `store` holds. `rng` makes keys, nonces and challenges; a seeded one makes tests
    /// repeatable.
    ///
    /// # Errors
    /// What the store says.
    pub fn open(mut store: S, rng: impl CryptoRng + Send + 'static) -> core::result::Result<Self, S::Error> {
        let state = store.load()?;
        Ok(Self { state, store, rng: Box::new(rng), session: Session::default(), store_error: None })
    }

    /// Puts a new token into `store`, replacing what it holds, and opens it.
    ///
    /// # Errors
    /// What the store says.
    pub fn create(
        mut store: S,
        state: State,
        rng: impl CryptoRng + Send + 'static,
    ) -> core::result::Result<Self, S::Error> {
        store.save(&state)?;
        Ok(Self { state, store, rng: Box::new(rng), session: Session::default(), store_error: None })
    }

    /// The state as last saved.
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Why the last save failed, if it did: the host only sees 6581.
    pub const fn store_error(&self) -> Option<&S::Error> {
        self.store_error.as_ref()
    }

    /// Gives the store back.
    pub fn into_store(self) -> S {
        self.store
    }

    /// Changes the state, whole or not at all: it is safe in the store before the answer leaves.
    fn change<T>(&mut self, change: impl FnOnce(&mut State) -> Result<T>) -> Result<T> {
        let mut next = self.state.clone();
        let result = change(&mut next)?;
        self.store_error = self.store.save(&next).err();
        if self.store_error.is_some() {
            return Err(MEMORY_FAILURE);
        }
        self.state = next;
        Ok(result)
    }

    /// Joins the parts of a command chain. `None`: more parts follow.
    fn join(&mut self, command: &Command<'_>, more: bool) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let header = [command.ins, command.p1, command.p2];
        match &mut self.session.chain {
            // A token left in mid-chain stays there until it is reset.
            Some(chain) if chain.header != header => return Err(StatusWord::CHAIN_END_EXPECTED),
            Some(chain) => {
                if chain.data.len() + command.data.len() > MAX_CHAIN {
                    self.session.chain = None;
                    return Err(StatusWord::WRONG_LENGTH);
                }
                chain.data.extend_from_slice(command.data);
            }
            None if !more => return Ok(Some(Zeroizing::new(command.data.to_vec()))),
            None => {
                if !matches!(command.ins, ins::CHANGE_REFERENCE_DATA | ins::PERFORM_SECURITY_OPERATION) {
                    return Err(CHAINING_NOT_SUPPORTED);
                }
                // Reserved at once: growing would leave copies of a PIN or a key behind.
                let mut data = Zeroizing::new(Vec::with_capacity(MAX_CHAIN));
                data.extend_from_slice(command.data);
                self.session.chain = Some(Chain { header, data });
            }
        }
        Ok(if more { None } else { self.session.chain.take().map(|chain| chain.data) })
    }

    /// Does what a command says. Returns the answer's data, unlimited by Ne.
    fn execute(&mut self, view: &CommandView<'_>) -> Result<Vec<u8>> {
        let command = view.command();
        if !matches!(command.cla & !0x10, 0x00 | 0x80) {
            return Err(StatusWord::UNKNOWN_CLASS);
        }
        let Some(data) = self.join(&command, view.is_chained())? else { return Ok(Vec::new()) };
        let (p1, p2) = (command.p1, command.p2);
        if command.cla & 0x80 != 0 {
            return match (command.ins, p1, p2) {
                (ins::RESET_ACCESS_RIGHTS, 0, 0) => {
                    self.session.verified = None;
                    Ok(Vec::new())
                }
                (ins::FORMAT_START, 0, 0) => self.format_start(),
                (ins::FORMAT_END, 0x4E, 0x19) => self.format_end(),
                (ins::RESET_ACCESS_RIGHTS | ins::FORMAT_START | ins::FORMAT_END, ..) => {
                    Err(StatusWord::WRONG_PARAMETERS)
                }
                _ => Err(StatusWord::UNKNOWN_INSTRUCTION),
            };
        }
        match command.ins {
            ins::SELECT => self.select(p1, p2, &data),
            ins::READ_BINARY => self.read(p1, p2, &data, command.ne),
            ins::UPDATE_BINARY => self.update(p1, p2, &data),
            ins::CREATE_FILE => self.create_file(p1, p2, &data),
            ins::DELETE_FILE => self.delete(p1, p2, &data),
            ins::VERIFY => self.verify(p1, p2, &data),
            ins::CHANGE_REFERENCE_DATA => self.change_reference_data(p1, p2, &data),
            ins::RESET_RETRY_COUNTER => self.reset_retry_counter(p1, p2, &data),
            ins::GENERATE_KEY_PAIR => self.generate(p1, p2, &data),
            ins::MANAGE_SECURITY_ENVIRONMENT => self.manage_security_environment(p1, p2, &data),
            ins::PERFORM_SECURITY_OPERATION => self.perform_security_operation(p1, p2, &data),
            ins::GET_CHALLENGE => self.get_challenge(p1, p2, command.ne),
            ins::GET_DATA => self.get_data(p1, p2),
            _ => Err(StatusWord::UNKNOWN_INSTRUCTION),
        }
    }

    fn format_start(&mut self) -> Result<Vec<u8>> {
        self.change(|state| {
            state.tree.clear();
            state.formatting = true;
            Ok(())
        })?;
        self.session = Session::default();
        Ok(Vec::new())
    }

    fn format_end(&mut self) -> Result<Vec<u8>> {
        if !self.state.formatting {
            return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
        }
        self.change(|state| {
            state.formatting = false;
            Ok(Vec::new())
        })
    }

    fn get_challenge(&mut self, p1: u8, p2: u8, ne: u32) -> Result<Vec<u8>> {
        if (p1, p2) != (0, 0) {
            return Err(StatusWord::WRONG_PARAMETERS);
        }
        if !(1..=256).contains(&ne) {
            return Err(StatusWord::WRONG_LENGTH);
        }
        let mut random = alloc::vec![0; ne as usize];
        self.rng.fill_bytes(&mut random);
        Ok(random)
    }

    fn get_data(&self, p1: u8, p2: u8) -> Result<Vec<u8>> {
        match (p1, p2) {
            (0x01, 0x81) => Ok(self.state.serial().to_be_bytes().to_vec()),
            (0x01, 0x8A) => Ok(self.state.free_memory().to_be_bytes().to_vec()),
            _ => Err(StatusWord::DATA_NOT_FOUND),
        }
    }
}

impl<S: Store> Card for VirtualToken<S> {
    fn model(&self) -> Model {
        self.state.model()
    }

    fn reset(&mut self) -> &'static [u8] {
        self.session = Session::default();
        self.state.model().atr()
    }

    fn process(&mut self, command: &[u8], response: &mut Vec<u8>) {
        response.clear();
        let status = self.answer(command, response);
        response.extend_from_slice(&status.to_bytes());
    }
}

impl<S: Store> fmt::Debug for VirtualToken<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VirtualToken").field("state", &self.state).finish_non_exhaustive()
    }
}
