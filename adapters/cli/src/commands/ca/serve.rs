//! A test authority at a port of this machine.

use super::folder::{Folder, later};
use super::{issue, kind_of, problem};
use crate::args::EnrolledKey;
use crate::commands::enroll::random;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::{Report, note, printable};
use crate::progress::{interrupted, watch_for_interrupt};
use crate::said::Said as _;
use crate::trust::now;
use kaztoken_pki::authority::Authority;
use kaztoken_pki::chain::{Material, Question, Revocation, Usage};
use kaztoken_pki::cmp::server::{Decision, Office, Server, Wanted};
use kaztoken_pki::cmp::{Failure, http};
use kaztoken_pki::{Certificate, ObjectIdentifier, oid};
use serde_json::json;
use std::io::{ErrorKind, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;
use zeroize::Zeroizing;

/// How long a client may say nothing.
const SILENCE: Duration = Duration::from_secs(10);

struct Desk<'a> {
    folder: &'a Folder,
    root: Authority,
    centre: Authority,
    ocsp: Authority,
    stamps: Authority,
}

/// The policy of its time stamps: the national centre's for its kind of key.
fn stamp_policy(authority: &Authority) -> ObjectIdentifier {
    match kind_of(authority) {
        EnrolledKey::Gost256 => oid::POLICY_STAMP_GOST_2004,
        EnrolledKey::Gost512 => oid::POLICY_STAMP_GOST_2015,
        EnrolledKey::Rsa2048 => oid::POLICY_STAMP_RSA,
    }
}

impl Office for Desk<'_> {
    fn secret(&self, _: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        // Initial keys are what this desk gives out.
        None
    }

    fn signers(&self) -> (Material, Question) {
        let material = Material {
            anchors: vec![self.root.certificate().clone()],
            intermediates: vec![self.centre.certificate().clone()],
            ..Material::default()
        };
        (material, Question { at: now(), usage: Usage::Any, revocation: Revocation::IfKnown })
    }

    fn decide(&mut self, _: &[u8], wanted: &Wanted<'_>) -> Result<Certificate, Decision> {
        let refuse = |failure, text: String| Decision::Reject(Failure(failure), text);
        let signer = wanted.signer.ok_or_else(|| refuse(23, say!("ca-refuses-initial")))?;
        if signer.subject() != wanted.subject {
            return Err(refuse(19, say!("ca-refuses-name")));
        }
        let revoked = self.folder.revoked().unwrap_or_default();
        if revoked.iter().any(|(serial, _)| serial == signer.serial_number()) {
            return Err(refuse(10, say!("ca-refuses-revoked")));
        }
        let issued = issue(self.folder, &self.centre, wanted.subject, wanted.key, wanted.extensions);
        issued.map_err(|problem| refuse(19, problem.message))
    }
}

pub(super) fn serve(folder: &Folder, port: u16, answers: Option<u32>) -> Result<Report> {
    let mut desk = Desk {
        folder,
        root: folder.authority("root")?,
        centre: folder.authority("centre")?,
        ocsp: folder.authority("ocsp")?,
        stamps: folder.authority("stamps")?,
    };
    let failed = |error: std::io::Error| Problem::new(Code::Failed, say!("ca-no-port", text = error.said()));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?.to_string();
    watch_for_interrupt();
    note(&say!("ca-serving", address = address));
    let (mut server, mut count) = (Server::default(), 0);
    while answers.is_none_or(|answers| count < answers) && !interrupted() {
        match listener.accept() {
            Ok((stream, _)) => match answer(stream, &mut desk, &mut server) {
                Ok(what) => {
                    count += 1;
                    note(&what);
                }
                Err(problem) => note(&problem.message),
            },
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                std::thread::sleep(Duration::from_millis(20))
            }
            Err(error) => return Err(failed(error)),
        }
    }
    Ok(Report::new(say!("ca-served", count = count), json!({ "answers": count })))
}

fn answer(mut stream: TcpStream, desk: &mut Desk<'_>, server: &mut Server) -> Result<String> {
    let io = |error: std::io::Error| Problem::new(Code::Failed, error.said());
    stream.set_nonblocking(false).and_then(|()| stream.set_read_timeout(Some(SILENCE))).map_err(io)?;
    stream.set_write_timeout(Some(SILENCE)).map_err(io)?;
    let request = http::read_request(&mut stream).map_err(|error| Problem::new(Code::Data, error.said()))?;
    let path = printable(&request.path);
    let (kind, body) = match request.path.as_str() {
        "/crl" => ("application/pkix-crl", desk.folder.crl(now())?.1),
        "/ocsp" => {
            let issued = desk.folder.issued()?;
            let known = |serial: &[u8]| {
                let found = issued.iter().find(|issued| issued.certificate.serial_number() == serial)?;
                Some(found.revoked)
            };
            let dates = (now(), later(now(), 1));
            let answer = desk.ocsp.ocsp(&desk.centre, &request.body, dates, known);
            (http::OCSP_RESPONSE, answer.map_err(|error| problem(&error))?)
        }
        "/tsp" => {
            let policies = [stamp_policy(&desk.stamps)];
            let mut serial: [u8; 16] = random()?;
            // Positive, and with a first digit.
            serial[0] = serial[0] & 0x7F | 0x10;
            let answer = desk.stamps.time_stamp(&request.body, &policies, now(), &serial);
            (http::TIME_STAMP_REPLY, answer.map_err(|error| problem(&error))?)
        }
        _ => {
            let (centre, random) = (desk.folder.authority("centre")?, random()?);
            let answer = server.answer(&request.body, &centre, desk, now(), random);
            let answer = answer.map_err(|error| Problem::new(Code::Data, error.said()));
            match answer {
                Ok(answer) => (http::CMP, answer),
                Err(problem) => {
                    http::answer(&mut stream, 400, "text/plain", b"").map_err(io)?;
                    return Err(problem);
                }
            }
        }
    };
    http::answer(&mut stream, 200, kind, &body).and_then(|()| stream.flush()).map_err(io)?;
    Ok(say!("ca-answered", path = path, count = body.len()))
}
