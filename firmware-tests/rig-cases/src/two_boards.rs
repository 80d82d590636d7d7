//! Two microcontrollers that talk to each other: the rig on one, the virtual token on the other, no PC between.
//!
//! The card's board has C7 on its first serial port and the other contacts on its second ([`kaztoken_lines`]). The
//! computer has the rig's serial port and nothing else.

use crate::machine::{Machine, connect};
use crate::report::{Outcome, Report, ensure, reason};
use crate::token::{Bench, MANY, SOON, select};
use kaztoken_core::Millis;
use kaztoken_core::drive::{ApduLink, Connection};
use kaztoken_core::gost::signature::TokenWire;
use kaztoken_core::gost::{Digest, ParameterSet, PublicKey, verify};
use kaztoken_core::pin::{LastTry, Pin};
use kaztoken_core::token::{Algorithm, CryptoProSet, Protocol};
use kaztoken_rig::host::{Line, Options, Rig, RigLink};
use kaztoken_rig::message::{Outcome as Answer, Task};
use kaztoken_virtual::Model;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Two processors are emulated, and every character goes through both.
const MANY_LIMIT: Duration = Duration::from_secs(6);

/// The cases.
pub(crate) fn cases(bench: &Bench<'_>, report: &mut Report) {
    let Some(card) = &bench.options.card else {
        println!("not run: two boards (no --card)");
        return;
    };
    let mut boards = match Boards::start(bench, card) {
        Ok(boards) => boards,
        Err(why) => return report.case("two boards: start", || Err(why)),
    };
    report.case("two boards: answer to reset, cold and warm", || boards.resets());
    report.case(format_args!("two boards: {MANY} APDUs"), || boards.many());
    report.case("two boards: PINs", || boards.pins());
    report.case("two boards: a key, a signature", || boards.sign());
    report.case("two boards: the card's is switched off and on", || boards.without_card());
}

/// Both, with the computer on the rig.
struct Boards<'c> {
    rig: Machine,
    image: &'c Path,
    folder: PathBuf,
    card: Option<Machine>,
}

impl<'c> Boards<'c> {
    fn start(bench: &Bench<'_>, image: &'c Path) -> Result<Self, String> {
        let folder = bench.folder("two-boards")?;
        let rig = Machine::alone(bench.board, &bench.image(), &folder).map_err(reason)?;
        // QEMU's own client does not wait for a socket that is not there yet; the rig's are there together.
        drop(connect(&rig.host()).map_err(reason)?);
        let mut boards = Self { rig, image, folder, card: None };
        boards.insert()?;
        Ok(boards)
    }

    /// Switches the card's board on, and waits until the rig knows that there is a card.
    fn insert(&mut self) -> Result<(), String> {
        let ports = ["line", "levels"].map(|name| format!("unix:{}", self.folder.join(name).display()));
        let folder = self.folder.join("card");
        self.card = Some(Machine::boot("mps2-an386", self.image, &folder, &ports).map_err(reason)?);
        let mut rig = self.rig()?;
        let begun = Instant::now();
        while !matches!(rig.ask(&Task::Card), Ok(Answer::Card(card)) if card.present == Some(true)) {
            ensure(begun.elapsed() < SOON, || "the card's board did not start".into())?;
        }
        Ok(())
    }

    fn rig(&self) -> Result<Rig, String> {
        let line = Line::from_unix(connect(&self.rig.host()).map_err(reason)?).map_err(reason)?;
        Rig::over(line, Options::default()).map_err(reason)
    }

    fn link(&self) -> Result<RigLink, String> {
        RigLink::open(self.rig()?).map_err(reason)
    }

    fn resets(&mut self) -> Outcome {
        let mut link = self.link()?;
        for turn in 0..3 {
            ensure(link.atr() == Model::Kaztoken.atr(), || format!("turn {turn}: {:02X?}", link.atr()))?;
            select(&mut link)?;
            if turn == 0 { link.reset() } else { link.power_cycle() }.map_err(reason)?;
        }
        Ok(String::new())
    }

    fn many(&mut self) -> Outcome {
        let mut link = self.link()?;
        let begun = Instant::now();
        for _ in 0..MANY {
            select(&mut link)?;
        }
        let took = begun.elapsed();
        ensure(took < MANY_LIMIT, || format!("took {took:?}"))?;
        Ok(format!("{} ms", took.as_millis()))
    }

    /// A wrong PIN costs a try, a reset forgets a login.
    fn pins(&mut self) -> Outcome {
        let mut link = self.link()?;
        let verify = |pin: &[u8; 8]| [&[0x00, 0x20, 0x00, 0x02, 8], &pin[..]].concat();
        let left = [0x00, 0x20, 0x00, 0x02];
        answers(&mut link, &verify(b"99999999"), [0x63, 0x00])?;
        answers(&mut link, &left, [0x63, 0xC9])?;
        answers(&mut link, &verify(b"12345678"), [0x90, 0x00])?;
        answers(&mut link, &left, [0x90, 0x00])?;
        link.reset().map_err(reason)?;
        answers(&mut link, &left, [0x63, 0xCA])?;
        Ok(String::new())
    }

    /// What it signs is verified here.
    fn sign(&mut self) -> Outcome {
        let user = Pin::new(b"12345678").map_err(reason)?;
        let mut connection = Connection::new(self.link()?, Protocol::T1);
        let (public, signature) = connection
            .run(async |session| {
                let mut rights = session.login_user(&user, LastTry::Refuse).await?;
                let (key, public) = rights.generate(Algorithm::Gost256(CryptoProSet::A)).await?;
                let mut out = [0; 128];
                let signature = rights.sign_gost(key, &[0x5A; 32], &mut out).await?.to_vec();
                Ok((public, signature))
            })
            .map_err(reason)?;
        let digest = Digest::from_slice(&[0x5A; 32]).map_err(reason)?;
        let public = PublicKey::from_raw(ParameterSet::CryptoProA, &public).map_err(reason)?;
        let signature = TokenWire::from_slice(&signature).map_err(reason)?;
        verify(&public, &digest, &signature.into()).map_err(reason)?;
        Ok(String::new())
    }

    /// A card that falls silent is an error that comes in time; another one works.
    fn without_card(&mut self) -> Outcome {
        let mut link = self.link()?;
        select(&mut link)?;
        self.card = None;
        let mut response = [0; 258];
        let begun = Instant::now();
        let failure = match link.transmit(&[0x00, 0xCA, 0x01, 0x8A, 0x00], &mut response, Millis(1_000)) {
            Ok(len) => return Err(format!("a card without power answers {:02X?}", &response[..len])),
            Err(error) => reason(error),
        };
        ensure(begun.elapsed() < SOON, || format!("{failure}, after {:?}", begun.elapsed()))?;
        drop(link);
        self.insert()?;
        select(&mut self.link()?)?;
        Ok(failure)
    }
}

fn answers(link: &mut RigLink, command: &[u8], status: [u8; 2]) -> Result<(), String> {
    let mut response = [0; 258];
    let len = link.transmit(command, &mut response, Millis(3_000)).map_err(reason)?;
    let response = &response[..len];
    ensure(response.ends_with(&status), || format!("{response:02X?} instead of {status:02X?}"))
}
