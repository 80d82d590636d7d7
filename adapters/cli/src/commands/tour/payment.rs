//! The tour's second half: the initial key, the certificate, a payment signed and verified.

use super::bank::{Bank, DSN, question};
use super::{PAYMENT, Tour, chosen};
use crate::commands::enroll::{random, sign_on_token, store_on_token};
use crate::device::Token;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::{hex, printable};
use crate::said::Said as _;
use crate::said::pki::moment;
use crate::trust::{judge, now};
use kaztoken_core::pin::LastTry;
use kaztoken_pki::algorithm::DigestAlgorithm;
use kaztoken_pki::chain::Usage;
use kaztoken_pki::cmp::Credentials;
use kaztoken_pki::cmp::client::{Draft as CmpDraft, Parties, Transaction};
use kaztoken_pki::cms::{CmsError, Content, Draft, SignedMessage, TimeStampRequest, Verified, message};
use kaztoken_pki::key_store::KeyStore;
use kaztoken_pki::request::Template;
use kaztoken_pki::{Certificate, Name, PrivateKey, PublicKey, oid};

fn told(error: &impl crate::said::Said) -> Problem {
    Problem::new(Code::Data, error.said())
}

/// What the initial key's file holds.
pub(super) struct Initial {
    key: PrivateKey,
    certificates: Vec<Certificate>,
}

impl Tour {
    /// The file from the bank, opened with the code.
    pub(super) fn initial(&mut self, bank: &Bank) -> Result<Initial> {
        let file = bank.initial(&random()?)?;
        let wrong = KeyStore::open(&file, "K4ZT7KEN2YB").err().map(|error| error.said());
        let mut store = KeyStore::open(&file, DSN).map_err(|error| told(&error))?;
        let none = || Problem::new(Code::Failed, say!("key-none"));
        let key = store.keys.pop().ok_or_else(none)?.key;
        let certificates: Vec<_> = store.certificates.into_iter().map(|stored| stored.certificate).collect();
        let owner = certificates.first().map(|own| printable(&own.subject().to_string()));
        self.step(
            &say!("tour-initial"),
            &say!("tour-initial-why"),
            &[
                (DSN.to_owned(), say!("tour-opened", count = file.len())),
                ("K4ZT7KEN2YB".to_owned(), wrong.unwrap_or_default()),
                (say!("tour-owner"), owner.unwrap_or_default()),
            ],
        );
        Ok(Initial { key, certificates })
    }

    /// The key on the token proves itself, the initial key vouches for the person, the bank gives the certificate.
    pub(super) fn certificate(
        &mut self,
        token: &mut Token,
        bank: &mut Bank,
        number: u8,
        public: &PublicKey,
        initial: &Initial,
    ) -> Result<Certificate> {
        let none = Name::default();
        let subject = initial.certificates.first().map_or(&none, Certificate::subject);
        let extensions = Template::signing(oid::ROLE_HEAD, oid::STORE_KAZTOKEN).extensions();
        let extensions = extensions.map_err(|error| Problem::new(Code::Failed, error.to_string()))?;
        let draft = CmpDraft::new(subject, public, &extensions).map_err(|error| told(&error))?;
        let (pin, refuse) = (chosen()?, LastTry::Refuse);
        let signature = sign_on_token(token, &pin, refuse, number, draft.algorithm(), draft.digest())?;
        let request = draft.finish(&signature).map_err(|error| told(&error))?;
        let mut transaction = Transaction::begin(request, random()?);
        let credentials = Credentials::Signature(&initial.key, &initial.certificates);
        let parties = Parties { sender: subject, recipient: &none };
        let mut messages = 0;
        // Request and answer, confirmation and answer.
        while !transaction.is_done() && messages < 4 {
            let sent = transaction.message(parties, &credentials, now(), random()?);
            let answer = bank.answer(&sent.map_err(|error| told(&error))?, random()?);
            let answer = answer.map_err(|error| told(&error))?;
            let taken = transaction.answer(&answer, &credentials, &bank.material(), &question(Usage::Any));
            taken.map_err(|error| told(&error))?;
            messages += 2;
        }
        let der = transaction.certificate().unwrap_or_default().to_vec();
        let certificate = Certificate::from_der(&der).map_err(|error| told(&error))?;
        judge(&bank.material(), &certificate, &question(Usage::Signature))?;
        store_on_token(token, &pin, refuse, number, &der, "payments")?;
        self.step(
            &say!("tour-certificate"),
            &say!("tour-certificate-why"),
            &[
                (say!("tour-messages"), messages.to_string()),
                (say!("tour-owner"), printable(&certificate.subject().to_string())),
                (say!("tour-until"), moment(certificate.validity().1)),
                (say!("tour-stored"), say!("bytes", count = der.len())),
            ],
        );
        Ok(certificate)
    }

    /// A payment in a signed message, with a time stamp.
    pub(super) fn pay(
        &mut self,
        token: &mut Token,
        bank: &Bank,
        number: u8,
        certificate: &Certificate,
    ) -> Result<Vec<u8>> {
        let failed = |error: CmsError| told(&error);
        let digest = Draft::hash(certificate).map_err(failed)?.digest(PAYMENT.as_bytes());
        let draft = Draft::new(certificate, &digest, Some(now())).map_err(failed)?;
        let algorithm = draft.algorithm();
        let signature = sign_on_token(token, &chosen()?, LastTry::Refuse, number, algorithm, draft.digest())?;
        let signer = draft.finish(&signature).map_err(failed)?;
        let own = std::slice::from_ref(certificate);
        let bare = message(None, &[signer], own).and_then(|bare| SignedMessage::from_der(&bare));
        let bare = bare.map_err(failed)?;
        let signer = bare.signers().first().ok_or_else(|| failed(CmsError::NoSigner))?;
        let asked = TimeStampRequest::new(&signature, algorithm, None, random()?).map_err(failed)?;
        let answer = bank.stamp(&asked.to_octets())?;
        let (stamp, carried) = asked.answered(&answer, &[]).map_err(failed)?;
        let signed =
            signer.stamped(&carried).and_then(|signer| message(Some(PAYMENT.as_bytes()), &[signer], own));
        let signed = signed.map_err(failed)?;
        let shown = hex(signature.get(..16).unwrap_or_default()).to_lowercase();
        self.step(
            &say!("tour-sign"),
            &say!("tour-sign-why"),
            &[
                (say!("tour-document"), PAYMENT.to_owned()),
                (say!("tour-signature"), say!("tour-signature-bytes", text = shown, count = signature.len())),
                (say!("tour-stamp"), moment(stamp.time)),
                (say!("tour-message"), say!("bytes", count = signed.len())),
            ],
        );
        Ok(signed)
    }

    /// What the bank does with it: the message and the root are enough.
    pub(super) fn verify(&mut self, bank: &Bank, signed: &[u8]) -> Result<()> {
        let good = judged(signed)?;
        judge(&bank.material(), &good.certificate, &question(Usage::Signature))?;
        if let Some(stamp) = &good.time_stamp {
            judge(&bank.material(), &stamp.certificate, &question(Usage::TimeStamping))?;
        }
        let (from, to) = (b"125000", b"925000");
        let place = signed.windows(from.len()).position(|part| part == from).unwrap_or_default();
        let mut altered = signed.to_vec();
        if let Some(part) = altered.get_mut(place..place + to.len()) {
            part.copy_from_slice(to);
        }
        let Err(refused) = judged(&altered) else {
            return Err(Problem::new(Code::Data, say!("tour-altered-accepted")));
        };
        self.step(
            &say!("tour-verify"),
            &say!("tour-verify-why"),
            &[
                (say!("tour-this-payment"), say!("tour-good")),
                (say!("tour-owner"), printable(&good.certificate.subject().to_string())),
                (say!("tour-altered"), refused.message),
            ],
        );
        Ok(())
    }
}

/// The one signer's verdict.
fn judged(signed: &[u8]) -> Result<Verified> {
    let failed = |error: CmsError| told(&error);
    let read = SignedMessage::from_der(signed).map_err(failed)?;
    let content = read.content().unwrap_or_default().to_vec();
    let digest = |hash: DigestAlgorithm| hash.digest(&content);
    let verdicts = read.verify(Content::Detached(&digest), &[]).map_err(failed)?;
    verdicts.into_iter().next().ok_or_else(|| failed(CmsError::NoSigner))?.map_err(failed)
}
