//! The side that asks for a certificate.
//!
//! A [`Transaction`] is plain data: it can be written down after each message and taken up again after a power failure.
//! It says which octets go out next, and takes the answer.

use der::asn1::{BitString, GeneralizedTime, OctetString};
use der::{Any, Decode, Encode, Sequence};
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::Name;
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use super::message::{
    Body, CertOrEncCert, CertRepMessage, CertReqMsg, CertRequest, CertStatus, CertTemplate, Header,
    PollRequest, PopoSigningKey, ProofOfPossession, status, texts,
};
use super::protection::{Credentials, Opened, seal};
use super::{CmpError, octet_string, rejected};
use crate::algorithm::{SignatureAlgorithm, encoded};
use crate::chain::{Material, Question};
use crate::{Certificate, DateTime, KeyError, PublicKey};

/// A request whose proof of possession is still missing: the new key's signature. The token may take its time.
#[derive(Clone, Debug)]
pub struct Draft {
    request: Vec<u8>,
    key: PublicKey,
    algorithm: SignatureAlgorithm,
    digest: Vec<u8>,
}

impl Draft {
    /// A request for this subject, key and extensions.
    /// # Errors
    /// [`CmpError::Key`]: the key is not for signatures.
    pub fn new(subject: &Name, key: &PublicKey, extensions: &Extensions) -> Result<Self, CmpError> {
        let algorithm = SignatureAlgorithm::of_key(key).ok_or(CmpError::Key(KeyError::OtherKey))?;
        let request = CertRequest {
            cert_req_id: 0,
            cert_template: CertTemplate {
                subject: Some(subject.clone()),
                public_key: Some(SubjectPublicKeyInfoOwned::from_der(&key.to_spki())?),
                extensions: (!extensions.is_empty()).then(|| extensions.clone()),
                ..CertTemplate::default()
            },
            controls: None,
        };
        let request = request.to_der()?;
        let digest = algorithm.digest_for(key).digest(&request);
        Ok(Self { request, key: key.clone(), algorithm, digest })
    }

    /// What the new key signs.
    #[must_use]
    pub fn digest(&self) -> &[u8] {
        &self.digest
    }

    /// How.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// With the signature: DER of CertReqMsg, to begin a [`Transaction`] with.
    /// # Errors
    /// [`CmpError::Key`]: the signature is not that of this key.
    pub fn finish(self, signature: &[u8]) -> Result<Vec<u8>, CmpError> {
        self.key.verify_digest(self.algorithm, &self.digest, signature).map_err(CmpError::Key)?;
        let popo = PopoSigningKey {
            algorithm_identifier: self.algorithm.identifier(),
            signature: BitString::from_bytes(signature)?,
        };
        Ok(encoded(&CertReqMsg {
            cert_req: Any::from_der(&self.request)?,
            popo: Some(ProofOfPossession::Signature(popo)),
            reg_info: None,
        }))
    }
}

/// How far a transaction is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// The request goes out, perhaps again.
    Request,
    /// The authority has it and wants time.
    Waiting,
    /// The certificate came and its receipt is to be confirmed.
    Confirm,
    /// All is said.
    Done,
}

/// Between the request and the certificate. Has no secrets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transaction {
    stage: Stage,
    /// DER of CertReqMsg.
    request: Vec<u8>,
    id: Vec<u8>,
    /// That of one's own last message.
    nonce: Vec<u8>,
    /// That of the authority's last message.
    authority_nonce: Option<Vec<u8>>,
    certificate: Option<Vec<u8>>,
}

/// A transaction as octets.
#[derive(Sequence)]
struct Saved {
    version: u8,
    stage: u8,
    request: Any,
    id: OctetString,
    nonce: OctetString,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    authority_nonce: Option<OctetString>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    certificate: Option<Any>,
}

/// What an answer came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// Send the next message at once.
    Go,
    /// Send the next message after so many seconds; what the authority says to it.
    Wait(u32, String),
    /// This is the certificate. With implicit confirmation all is said, else the next message confirms it.
    Certificate(Box<Certificate>, bool),
    /// All is said.
    Done,
}

/// Who speaks to whom.
#[derive(Clone, Copy, Debug)]
pub struct Parties<'a> {
    /// The sender's name: the initial certificate's subject, or that of the request.
    pub sender: &'a Name,
    /// The authority's name, empty when it is not known.
    pub recipient: &'a Name,
}

impl Transaction {
    /// Begins with a finished [`Draft`] and random octets.
    #[must_use]
    pub fn begin(request: Vec<u8>, random: [u8; 32]) -> Self {
        let (id, nonce) = random.split_at(16);
        Self {
            stage: Stage::Request,
            request,
            id: id.to_vec(),
            nonce: nonce.to_vec(),
            authority_nonce: None,
            certificate: None,
        }
    }

    /// As octets, to be written down.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let stage = match self.stage {
            Stage::Request => 0,
            Stage::Waiting => 1,
            Stage::Confirm => 2,
            Stage::Done => 3,
        };
        let string = |octets: &[u8]| OctetString::new(octets).ok();
        let saved = || {
            Some(Saved {
                version: 1,
                stage,
                request: Any::from_der(&self.request).ok()?,
                id: string(&self.id)?,
                nonce: string(&self.nonce)?,
                authority_nonce: self.authority_nonce.as_deref().and_then(string),
                certificate: self.certificate.as_deref().and_then(|der| Any::from_der(der).ok()),
            })
        };
        saved().map(|saved| encoded(&saved)).unwrap_or_default()
    }

    /// From octets that were written down.
    /// # Errors
    /// [`CmpError::State`].
    pub fn from_der(octets: &[u8]) -> Result<Self, CmpError> {
        let saved = Saved::from_der(octets).map_err(|_| CmpError::State)?;
        let stage = match (saved.version, saved.stage) {
            (1, 0) => Stage::Request,
            (1, 1) => Stage::Waiting,
            (1, 2) => Stage::Confirm,
            (1, 3) => Stage::Done,
            _ => return Err(CmpError::State),
        };
        let certificate =
            saved.certificate.map(|any| any.to_der()).transpose().map_err(|_| CmpError::State)?;
        if stage == Stage::Confirm && certificate.is_none() {
            return Err(CmpError::State);
        }
        Ok(Self {
            stage,
            request: saved.request.to_der().map_err(|_| CmpError::State)?,
            id: saved.id.as_bytes().to_vec(),
            nonce: saved.nonce.as_bytes().to_vec(),
            authority_nonce: saved.authority_nonce.map(|nonce| nonce.as_bytes().to_vec()),
            certificate,
        })
    }

    /// The certificate that came.
    #[must_use]
    pub fn certificate(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }

    /// Whether all is said.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.stage == Stage::Done
    }

    /// The next message. Write the transaction down before it is sent: the nonce is new.
    /// # Errors
    /// [`CmpError`].
    pub fn message(
        &mut self,
        parties: Parties<'_>,
        credentials: &Credentials<'_>,
        now: DateTime,
        random: [u8; 32],
    ) -> Result<Vec<u8>, CmpError> {
        let (nonce, salt) = random.split_first_chunk::<16>().ok_or(CmpError::State)?;
        let salt = salt.first_chunk().copied().ok_or(CmpError::State)?;
        let body = match self.stage {
            Stage::Request => {
                Body::Ir(vec![CertReqMsg::from_der(&self.request).map_err(|_| CmpError::State)?])
            }
            Stage::Waiting => Body::PollReq(vec![PollRequest { cert_req_id: 0 }]),
            Stage::Confirm => Body::CertConf(vec![self.confirmation()?]),
            Stage::Done => return Err(CmpError::State),
        };
        let directory = |name: &Name| GeneralName::DirectoryName(name.clone());
        let header = Header {
            pvno: 2,
            sender: directory(parties.sender),
            recipient: directory(parties.recipient),
            message_time: Some(GeneralizedTime::from_date_time(now)),
            protection_alg: None,
            sender_kid: None,
            recip_kid: None,
            transaction_id: Some(octet_string(&self.id)?),
            sender_nonce: Some(octet_string(nonce)?),
            recip_nonce: self.authority_nonce.as_deref().map(octet_string).transpose()?,
            free_text: None,
            general_info: None,
        };
        let message = seal(header, &body, credentials, salt)?;
        self.nonce = nonce.to_vec();
        Ok(message)
    }

    fn confirmation(&self) -> Result<CertStatus, CmpError> {
        let der = self.certificate.as_deref().ok_or(CmpError::State)?;
        let certificate = Certificate::from_der(der).map_err(CmpError::Certificate)?;
        Ok(CertStatus {
            cert_hash: octet_string(&super::server::certificate_hash(&certificate)?)?,
            cert_req_id: 0,
            status_info: None,
            hash_alg: None,
        })
    }

    /// Takes the answer to the last message: judged by the secret that protected it, or by who may sign for the authority.
    /// After an error the transaction is as before, and the message can be sent again.
    /// # Errors
    /// [`CmpError`].
    pub fn answer(
        &mut self,
        octets: &[u8],
        credentials: &Credentials<'_>,
        material: &Material,
        question: &Question,
    ) -> Result<Answer, CmpError> {
        let opened = Opened::from_der(octets)?;
        let body: Body = opened.body()?;
        let header = &opened.header;
        if header.transaction_id.as_ref().map(OctetString::as_bytes) != Some(&self.id) {
            return Err(CmpError::OtherTransaction);
        }
        if header.recip_nonce.as_ref().map(OctetString::as_bytes) != Some(&self.nonce) {
            return Err(CmpError::OtherNonce);
        }
        match (&body, &opened.message.protection, credentials) {
            // An authority that cannot make out who asks may not be able to protect its answer.
            (Body::Error(_), None, _) => {}
            (_, _, Credentials::Secret(secret)) if opened.is_by_secret() => {
                opened.check_secret(&secret.secret)?
            }
            _ => drop(opened.check_signature(material, question)?),
        }
        let next = self.take(body)?;
        self.authority_nonce = header.sender_nonce.as_ref().map(|nonce| nonce.as_bytes().to_vec());
        if let Answer::Certificate(_, true) = next
            && !implicit(header)
        {
            self.stage = Stage::Confirm;
            let Answer::Certificate(certificate, _) = next else { return Err(CmpError::Unexpected) };
            return Ok(Answer::Certificate(certificate, false));
        }
        Ok(next)
    }

    fn take(&mut self, body: Body) -> Result<Answer, CmpError> {
        match (self.stage, body) {
            (_, Body::Error(error)) => {
                Err(rejected(&error.pki_status_info, &texts(error.error_details.as_ref())))
            }
            (Stage::Request | Stage::Waiting, Body::Ip(answer) | Body::Cp(answer)) => self.response(&answer),
            (Stage::Waiting, Body::PollRep(answers)) => {
                let answer = answers.first().ok_or(CmpError::Unexpected)?;
                Ok(Answer::Wait(answer.check_after, texts(answer.reason.as_ref())))
            }
            (Stage::Confirm, Body::PkiConf(_)) => {
                self.stage = Stage::Done;
                Ok(Answer::Done)
            }
            _ => Err(CmpError::Unexpected),
        }
    }

    fn response(&mut self, answer: &CertRepMessage) -> Result<Answer, CmpError> {
        let [response] = &answer.response[..] else { return Err(CmpError::Unexpected) };
        match response.status.status {
            status::ACCEPTED | status::GRANTED_WITH_MODS => {}
            status::WAITING => {
                self.stage = Stage::Waiting;
                return Ok(Answer::Wait(0, texts(response.status.status_string.as_ref())));
            }
            _ => return Err(rejected(&response.status, "")),
        }
        let pair = response.certified_key_pair.as_ref().ok_or(CmpError::NoCertificate)?;
        let CertOrEncCert::Certificate(der) = &pair.cert_or_enc_cert;
        let der = der.to_der()?;
        let certificate = Certificate::from_der(&der).map_err(CmpError::Certificate)?;
        self.check(&certificate)?;
        self.certificate = Some(der);
        self.stage = Stage::Done;
        Ok(Answer::Certificate(Box::new(certificate), true))
    }

    /// A certificate for another key or another person is no answer to this request.
    fn check(&self, certificate: &Certificate) -> Result<(), CmpError> {
        let request = CertReqMsg::from_der(&self.request).map_err(|_| CmpError::State)?;
        let wanted = request.cert_req.decode_as::<CertRequest>().map_err(|_| CmpError::State)?.cert_template;
        let key = wanted.public_key.map(|key| key.to_der()).transpose()?;
        if key.as_deref() != Some(&certificate.public_key_info()) {
            return Err(CmpError::OtherKey);
        }
        if wanted.subject.as_ref() != Some(certificate.subject()) {
            return Err(CmpError::OtherSubject);
        }
        Ok(())
    }
}

fn implicit(header: &Header) -> bool {
    let mut info = header.general_info.iter().flatten();
    info.any(|info| info.info_type == super::message::IMPLICIT_CONFIRM)
}
