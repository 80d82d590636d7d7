//! The bank of the tour: an authority in memory that gives initial keys, certificates and time stamps. It lasts as long as
//! the tour.

use crate::args::EnrolledKey;
use crate::commands::ca::{later, problem, software_key};
use crate::exit::Result;
use crate::trust::now;
use kaztoken_pki::authority::{Authority, serial_number};
use kaztoken_pki::chain::{Material, Question, Revocation, Usage};
use kaztoken_pki::cmp::server::{Decision, Office, Wanted};
use kaztoken_pki::cmp::{CmpError, Failure, server::Server};
use kaztoken_pki::key_store::{Form, write};
use kaztoken_pki::name::{Subject, of_authority};
use kaztoken_pki::{Certificate, Extensions, oid};
use zeroize::Zeroizing;

/// The code that comes with the initial key, as on the bank's card.
pub(super) const DSN: &str = "K4ZT7KEN2YA";

pub(super) struct Bank {
    root: Authority,
    stamps: Authority,
    server: Server,
}

struct Desk<'a>(&'a Authority);

impl Office for Desk<'_> {
    fn secret(&self, _: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        None
    }

    fn signers(&self) -> (Material, Question) {
        (material(self.0), question(Usage::Any))
    }

    fn decide(&mut self, _: &[u8], wanted: &Wanted<'_>) -> Result<Certificate, Decision> {
        let refuse = |text: String| Decision::Reject(Failure(19), text);
        if wanted.signer.map(Certificate::subject) != Some(wanted.subject) {
            return Err(refuse(crate::language::say!("ca-refuses-name")));
        }
        let dates = (now(), later(now(), 365));
        let serial = serial_number(wanted.key);
        let issued = self.0.issue_to(wanted.subject, wanted.key, wanted.extensions, dates, serial);
        issued.map_err(|error| refuse(error.to_string()))
    }
}

fn material(root: &Authority) -> Material {
    Material { anchors: vec![root.certificate().clone()], ..Material::default() }
}

pub(super) fn question(usage: Usage) -> Question {
    Question { at: now(), usage, revocation: Revocation::IfKnown }
}

impl Bank {
    pub(super) fn new() -> Result<Self> {
        let dates = (now(), later(now(), 3650));
        let name = |text: &str| of_authority(text).map_err(|error| problem(&error));
        let key = || software_key(EnrolledKey::Gost256);
        let root = Authority::root(&name("KAZTOKEN TEST BANK")?, key()?, dates);
        let root = root.map_err(|error| problem(&error))?;
        let stamps = root.service(&name("KAZTOKEN TEST TSA")?, key()?, oid::TIME_STAMPING, dates);
        let stamps = stamps.map_err(|error| problem(&error))?;
        Ok(Self { root, stamps, server: Server::default() })
    }

    /// An initial key for the bookkeeper of TOO Primer: a key store that the code opens.
    pub(super) fn initial(&self, random: &[u8; 96]) -> Result<Vec<u8>> {
        let number = |text: &str| text.parse().map_err(|error| problem(&error));
        let subject = Subject {
            surname: "ТЕСТОВ".to_owned(),
            name: "ТЕСТ".to_owned(),
            patronymic: None,
            iin: number("123456789011")?,
            organisation: Some(("ТОО Пример".to_owned(), number("123456789021")?)),
        };
        let subject = subject.to_name().map_err(|error| problem(&error))?;
        let key = software_key(EnrolledKey::Gost256)?;
        let dates = (now(), later(now(), 30));
        let serial = serial_number(key.public_key());
        let certificate = self.root.issue_to(&subject, key.public_key(), &Extensions::new(), dates, serial);
        let certificate = certificate.map_err(|error| problem(&error))?;
        write(&key, &[certificate], "initial", DSN, Form::NationalCentre, random)
            .map_err(|error| problem(&error))
    }

    /// The answer to a message (CMP).
    pub(super) fn answer(&mut self, message: &[u8], random: [u8; 32]) -> Result<Vec<u8>, CmpError> {
        self.server.answer(message, &self.root, &mut Desk(&self.root), now(), random)
    }

    /// The answer to a question for a time stamp.
    pub(super) fn stamp(&self, request: &[u8]) -> Result<Vec<u8>> {
        let answer = self.stamps.time_stamp(request, &[oid::POLICY_STAMP_GOST_2004], now(), &[1]);
        answer.map_err(|error| problem(&error))
    }

    /// What is trusted in the tour: this bank.
    pub(super) fn material(&self) -> Material {
        material(&self.root)
    }
}
