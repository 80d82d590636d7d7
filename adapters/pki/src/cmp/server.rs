//! The side that gives certificates: for the test authority.

use der::asn1::{BitString, GeneralizedTime, Null, OctetString};
use der::{Any, Decode, Encode};
use std::collections::BTreeMap;
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::Name;
use zeroize::Zeroizing;

use super::message::{
    Body, CertOrEncCert, CertRepMessage, CertReqMsg, CertRequest, CertResponse, CertifiedKeyPair,
    ErrorMsgContent, Header, PkiStatusInfo, PollAnswer, ProofOfPossession, status,
};
use super::protection::{Credentials, Opened, Secret, seal};
use super::{CmpError, Failure, octet_string};
use crate::algorithm::SignatureAlgorithm;
use crate::authority::Authority;
use crate::chain::{Material, Question};
use crate::request::Request;
use crate::{Certificate, DateTime, PublicKey};

/// What an authority decides and remembers; in memory, in a folder, wherever.
pub trait Office {
    /// The secret of this reference.
    fn secret(&self, reference: &[u8]) -> Option<Zeroizing<Vec<u8>>>;
    /// Whose signatures are taken, and what is asked of them.
    fn signers(&self) -> (Material, Question);
    /// Gives a certificate, or says why not. Asked again with the same transaction, it gives the same one.
    /// # Errors
    /// [`Decision`].
    fn decide(&mut self, transaction: &[u8], wanted: &Wanted<'_>) -> Result<Certificate, Decision>;
}

/// What is asked for, the proof of possession judged.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// For whom.
    pub subject: &'a Name,
    /// For which key.
    pub key: &'a PublicKey,
    /// With what.
    pub extensions: &'a Extensions,
    /// The certificate that signed the message; `None`: a shared secret protected it.
    pub signer: Option<&'a Certificate>,
}

/// Why there is no certificate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decision {
    /// Not yet: ask again in so many seconds.
    Wait(u32),
    /// No, for this reason.
    Reject(Failure, String),
}

/// The hash of a certificate in certConf: by the function of its signature (RFC 4210 section 5.3.18).
pub(super) fn certificate_hash(certificate: &Certificate) -> Result<Vec<u8>, CmpError> {
    let oid = certificate.signature_algorithm_oid();
    let hash = match SignatureAlgorithm::from_oid(&oid, None) {
        Some(SignatureAlgorithm::Gost(algorithm)) => {
            crate::algorithm::DigestAlgorithm::Gost(algorithm.hash())
        }
        Some(SignatureAlgorithm::Rsa(hash)) => hash,
        None => return Err(CmpError::UnknownProtection(oid)),
    };
    Ok(hash.digest(certificate.der()))
}

/// A request that waits for its decision.
struct Pending {
    wanted: OwnedWanted,
    signer: Option<Certificate>,
    /// Whether it came as an ir (then the answer is an ip) or as another.
    initial: bool,
    certificate: Option<Certificate>,
}

struct OwnedWanted {
    id: i8,
    subject: Name,
    key: PublicKey,
    extensions: Extensions,
}

/// The server's side of all transactions.
#[derive(Default)]
pub struct Server {
    pending: BTreeMap<Vec<u8>, Pending>,
}

/// No more transactions are remembered.
const MAX_PENDING: usize = 4096;

impl core::fmt::Debug for Server {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Server({} transactions)", self.pending.len())
    }
}

impl Server {
    /// Answers a message. What is wrong with it is said in the answer; an error is one of the authority's own.
    /// # Errors
    /// [`CmpError`]: no answer could be made.
    pub fn answer(
        &mut self,
        octets: &[u8],
        authority: &Authority,
        office: &mut impl Office,
        now: DateTime,
        random: [u8; 32],
    ) -> Result<Vec<u8>, CmpError> {
        let opened = Opened::from_der(octets)?;
        let (body, secret) = match Self::judge(&opened, office) {
            Ok((signer, secret)) => (self.body(&opened, signer, office), secret),
            Err(error) => (Err(error), None),
        };
        let body = body.unwrap_or_else(|error| Body::Error(message_of(&error)));
        let (nonce, salt) = random.split_first_chunk::<16>().ok_or(CmpError::State)?;
        let salt = salt.first_chunk().copied().ok_or(CmpError::State)?;
        let header = Header {
            pvno: 2,
            sender: GeneralName::DirectoryName(authority.certificate().subject().clone()),
            recipient: opened.header.sender.clone(),
            message_time: Some(GeneralizedTime::from_date_time(now)),
            protection_alg: None,
            sender_kid: None,
            recip_kid: None,
            transaction_id: opened.header.transaction_id.clone(),
            sender_nonce: Some(octet_string(nonce)?),
            recip_nonce: opened.header.sender_nonce.clone(),
            free_text: None,
            general_info: None,
        };
        let own = [authority.certificate().clone()];
        match &secret {
            Some(secret) => seal(header, &body, &Credentials::Secret(secret), salt),
            None => seal(header, &body, &Credentials::Signature(authority.key(), &own), salt),
        }
    }

    /// Who sent it: a signer's certificate or a secret.
    fn judge(
        opened: &Opened,
        office: &impl Office,
    ) -> Result<(Option<Certificate>, Option<Secret>), CmpError> {
        if opened.is_by_secret() {
            let reference = opened.header.sender_kid.as_ref().map(OctetString::as_bytes).unwrap_or_default();
            let secret = office.secret(reference).ok_or(CmpError::UnknownReference)?;
            opened.check_secret(&secret)?;
            return Ok((None, Some(Secret { reference: reference.to_vec(), secret })));
        }
        let (material, question) = office.signers();
        Ok((Some(opened.check_signature(&material, &question)?), None))
    }

    fn body(
        &mut self,
        opened: &Opened,
        signer: Option<Certificate>,
        office: &mut impl Office,
    ) -> Result<Body, CmpError> {
        let id =
            opened.header.transaction_id.as_ref().map(OctetString::as_bytes).unwrap_or_default().to_vec();
        let (wanted, initial) = match opened.body::<Body>()? {
            Body::Ir(requests) => (request(&requests)?, true),
            Body::Cr(requests) => (request(&requests)?, false),
            Body::P10cr(der) => (pkcs10(&der)?, false),
            Body::PollReq(_) => return self.decide(&id, office, true),
            Body::CertConf(confirmed) => return self.confirm(&id, &confirmed),
            _ => return Err(CmpError::Unexpected),
        };
        if let Some(known) = self.pending.get(&id) {
            // The same request again: its answer was lost. Another one under the same number is somebody else's.
            if known.wanted.key != wanted.key {
                return Err(CmpError::OtherTransaction);
            }
        } else {
            if self.pending.len() >= MAX_PENDING {
                self.pending.pop_first();
            }
            self.pending.insert(id.clone(), Pending { wanted, signer, initial, certificate: None });
        }
        self.decide(&id, office, false)
    }

    fn decide(&mut self, id: &[u8], office: &mut impl Office, polled: bool) -> Result<Body, CmpError> {
        let pending = self.pending.get_mut(id).ok_or(CmpError::OtherTransaction)?;
        let wanted = Wanted {
            subject: &pending.wanted.subject,
            key: &pending.wanted.key,
            extensions: &pending.wanted.extensions,
            signer: pending.signer.as_ref(),
        };
        let known = pending.certificate.clone();
        let outcome = known.map_or_else(|| office.decide(id, &wanted), Ok);
        let (cert_req_id, initial) = (pending.wanted.id, pending.initial);
        let response = |status: PkiStatusInfo, certificate: Option<&Certificate>| -> Result<_, CmpError> {
            let pair = certificate.map(|certificate| {
                let der = Any::from_der(certificate.der())?;
                Ok::<_, CmpError>(CertifiedKeyPair {
                    cert_or_enc_cert: CertOrEncCert::Certificate(der),
                    private_key: None,
                    publication_info: None,
                })
            });
            let response = vec![CertResponse {
                cert_req_id,
                status,
                certified_key_pair: pair.transpose()?,
                rsp_info: None,
            }];
            Ok(CertRepMessage { ca_pubs: None, response })
        };
        let bare = |status| PkiStatusInfo { status, status_string: None, fail_info: None };
        let message = match outcome {
            Ok(certificate) => {
                let message = response(bare(status::ACCEPTED), Some(&certificate))?;
                pending.certificate = Some(certificate);
                message
            }
            Err(Decision::Wait(check_after)) if polled => {
                return Ok(Body::PollRep(vec![PollAnswer { cert_req_id, check_after, reason: None }]));
            }
            Err(Decision::Wait(_)) => response(bare(status::WAITING), None)?,
            Err(Decision::Reject(failure, text)) => {
                let message = response(refusal(failure, text)?, None)?;
                self.pending.remove(id);
                return Ok(if initial { Body::Ip(message) } else { Body::Cp(message) });
            }
        };
        Ok(if initial { Body::Ip(message) } else { Body::Cp(message) })
    }

    fn confirm(&mut self, id: &[u8], confirmed: &[super::message::CertStatus]) -> Result<Body, CmpError> {
        let pending = self.pending.get(id).ok_or(CmpError::OtherTransaction)?;
        let certificate = pending.certificate.as_ref().ok_or(CmpError::Unexpected)?;
        let hash = certificate_hash(certificate)?;
        let [one] = confirmed else { return Err(CmpError::Unexpected) };
        if one.cert_hash.as_bytes() != hash {
            return Err(CmpError::OtherKey);
        }
        // It stays known for a while: the answer may be lost and asked for again.
        Ok(Body::PkiConf(Null))
    }
}

/// The one request of a message, its proof of possession judged.
fn request(requests: &[CertReqMsg]) -> Result<OwnedWanted, CmpError> {
    let [message] = requests else { return Err(CmpError::Unexpected) };
    let request: CertRequest = message.cert_req.decode_as()?;
    let template = request.cert_template;
    let (Some(subject), Some(key)) = (template.subject, template.public_key) else {
        return Err(CmpError::Unexpected);
    };
    let key = PublicKey::from_spki(&key.to_der()?).map_err(CmpError::Key)?;
    let Some(ProofOfPossession::Signature(proof)) = &message.popo else { return Err(CmpError::Unexpected) };
    let oid = proof.algorithm_identifier.oid;
    let algorithm = SignatureAlgorithm::from_oid(&oid, None).ok_or(CmpError::UnknownProtection(oid))?;
    let octets = message.cert_req.to_der()?;
    let signature = proof.signature.as_bytes().ok_or(CmpError::Key(crate::KeyError::Signature))?;
    key.verify(algorithm, &octets, signature).map_err(CmpError::Key)?;
    let extensions = template.extensions.unwrap_or_default();
    Ok(OwnedWanted { id: request.cert_req_id, subject, key, extensions })
}

fn pkcs10(der: &Any) -> Result<OwnedWanted, CmpError> {
    let request = Request::from_der(&der.to_der()?).map_err(|_| CmpError::Key(crate::KeyError::Signature))?;
    Ok(OwnedWanted {
        // RFC 9483 section 4.1.4: a PKCS#10 request has no number, and -1 is the answer's.
        id: -1,
        subject: request.subject().clone(),
        key: request.public_key().clone(),
        extensions: request.extensions().clone(),
    })
}

fn refusal(failure: Failure, text: String) -> Result<PkiStatusInfo, CmpError> {
    let mut bits = vec![0; usize::from(failure.0 / 8) + 1];
    if let Some(last) = bits.last_mut() {
        *last = 0x80 >> (failure.0 % 8);
    }
    let unused = 7 - failure.0 % 8;
    Ok(PkiStatusInfo {
        status: status::REJECTION,
        status_string: (!text.is_empty()).then(|| vec![text]),
        fail_info: Some(BitString::new(unused, bits)?),
    })
}

/// What is said to one whose message is not taken.
fn message_of(error: &CmpError) -> ErrorMsgContent {
    let failure = match error {
        CmpError::Secret | CmpError::Signature(_) | CmpError::Unprotected => Failure(1),
        CmpError::UnknownReference | CmpError::NoSigner | CmpError::Signer(_) => Failure(20),
        CmpError::UnknownProtection(_) => Failure(0),
        CmpError::Key(_) => Failure(9),
        CmpError::OtherTransaction => Failure::TRANSACTION_ID_IN_USE,
        CmpError::Contents(_) => Failure(5),
        _ => Failure(2),
    };
    let info = refusal(failure, error.to_string());
    let bare = PkiStatusInfo { status: status::REJECTION, status_string: None, fail_info: None };
    ErrorMsgContent { pki_status_info: info.unwrap_or(bare), error_code: None, error_details: None }
}
