//! Messages to servers over HTTP, without TLS: those that are sent protect themselves.

use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::said::Said as _;
use kaztoken_pki::cmp::http::{self, HttpError, Url};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

/// How long a connection may take to come about, and how long to say nothing.
const CONNECT: Duration = Duration::from_secs(10);
const SILENCE: Duration = Duration::from_secs(30);

/// Sends a message and gives the answer, which has to be of this kind.
pub(crate) fn post(url: &Url, kind: &str, answer_kind: &str, message: &[u8]) -> Result<Vec<u8>> {
    let failed = |error: &HttpError| {
        let code = if matches!(error, HttpError::Io(_)) { Code::Timeout } else { Code::Data };
        let place = format!("http://{}:{}{}", url.host, url.port, url.path);
        Problem::new(code, say!("enroll-no-connection", place = place, text = error.said()))
    };
    let mut stream = connect(url).map_err(|error| failed(&HttpError::Io(error)))?;
    http::post(&mut stream, url, kind, answer_kind, message).map_err(|error| failed(&error))
}

fn connect(url: &Url) -> std::io::Result<TcpStream> {
    let host = url.host.trim_start_matches('[').trim_end_matches(']');
    let mut last = std::io::Error::from(std::io::ErrorKind::AddrNotAvailable);
    for address in (host, url.port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT) {
            Ok(stream) => {
                stream.set_read_timeout(Some(SILENCE))?;
                stream.set_write_timeout(Some(SILENCE))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}
