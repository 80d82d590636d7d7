//! Messages over HTTP/1.1 (RFC 6712), as little of it as they need: one request and one answer a connection.
//!
//! Without TLS: the messages of CMP, OCSP and time stamps protect themselves. Any stream will do, so that tests can cut it
//! at any octet.

use core::fmt;
use std::io::{self, Read, Write};

/// Of CMP (RFC 6712 section 3.1).
pub const CMP: &str = "application/pkixcmp";
/// Of OCSP requests (RFC 6960 appendix A.1), and of the responses.
pub const OCSP_REQUEST: &str = "application/ocsp-request";
/// See [`OCSP_REQUEST`].
pub const OCSP_RESPONSE: &str = "application/ocsp-response";
/// Of requests for time stamps (RFC 3161 section 3.4), and of the answers.
pub const TIME_STAMP_QUERY: &str = "application/timestamp-query";
/// See [`TIME_STAMP_QUERY`].
pub const TIME_STAMP_REPLY: &str = "application/timestamp-reply";

/// Most octets of a head.
const MAX_HEAD: usize = 16 * 1024;
/// Most octets of a body.
pub const MAX_BODY: usize = super::MAX_MESSAGE;

/// Why nothing came over.
#[derive(Debug)]
#[non_exhaustive]
pub enum HttpError {
    /// The connection failed or ended early.
    Io(io::Error),
    /// What came is no HTTP, or a kind of it that is not spoken here.
    Protocol(&'static str),
    /// The server answered with this status.
    Status(u16),
    /// The head or the body is longer than allowed.
    TooLarge,
    /// The body is of another kind than expected.
    Kind(String),
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "the connection failed: {error}"),
            Self::Protocol(what) => write!(f, "the server's answer is no HTTP as it should be: {what}"),
            Self::Status(status) => write!(f, "the server answered with HTTP status {status}"),
            Self::TooLarge => f.write_str("the answer is longer than any should be"),
            Self::Kind(kind) => write!(f, "the server answered with {kind:?}"),
        }
    }
}

impl core::error::Error for HttpError {}

impl From<io::Error> for HttpError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// `http://host:port/path` taken apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Url {
    /// Name or address; an IPv6 address with its brackets.
    pub host: String,
    /// 80 unless another is named.
    pub port: u16,
    /// With its `/`.
    pub path: String,
}

impl Url {
    /// `None` for anything else than plain HTTP.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("http://")?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port.parse().ok()?),
            _ => (authority, 80),
        };
        let sound = |text: &str| text.bytes().all(|octet| octet.is_ascii_graphic());
        let path = if path.is_empty() { "/" } else { path };
        (!host.is_empty() && sound(host) && sound(path)).then(|| Self {
            host: host.to_owned(),
            port,
            path: path.to_owned(),
        })
    }
}

/// Sends a body and gives the answer's.
/// # Errors
/// [`HttpError`].
pub fn post(
    stream: &mut (impl Read + Write),
    url: &Url,
    kind: &str,
    answer_kind: &str,
    body: &[u8],
) -> Result<Vec<u8>, HttpError> {
    let Url { host, port, path } = url;
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\
         Connection: close\r\nCache-Control: no-cache\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat())?;
    stream.flush()?;
    let head = Head::read(stream)?;
    let mut words = head.first.split(' ');
    let (version, status) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if !version.starts_with("HTTP/1.") {
        return Err(HttpError::Protocol("it does not begin with HTTP/1"));
    }
    match status.parse() {
        Ok(200) => {}
        Ok(status) => return Err(HttpError::Status(status)),
        Err(_) => return Err(HttpError::Protocol("it has no status")),
    }
    let body = head.body(stream)?;
    let found = head.value("content-type").unwrap_or_default();
    if found.split(';').next().unwrap_or_default().trim() != answer_kind {
        return Err(HttpError::Kind(found.to_owned()));
    }
    Ok(body)
}

/// A request that came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// `POST` or `GET`.
    pub method: String,
    /// What for.
    pub path: String,
    /// Of what kind the body is.
    pub kind: String,
    /// The body.
    pub body: Vec<u8>,
}

/// Reads a request.
/// # Errors
/// [`HttpError`].
pub fn read_request(stream: &mut impl Read) -> Result<Request, HttpError> {
    let head = Head::read(stream)?;
    let mut words = head.first.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if !words.next().is_some_and(|version| version.starts_with("HTTP/1.")) {
        return Err(HttpError::Protocol("it is no request"));
    }
    let body = if head.value("content-length").is_some() { head.body(stream)? } else { Vec::new() };
    Ok(Request {
        method: method.to_owned(),
        path: path.to_owned(),
        kind: head.value("content-type").unwrap_or_default().to_owned(),
        body,
    })
}

/// Answers a request.
/// # Errors
/// The stream's.
pub fn answer(stream: &mut impl Write, status: u16, kind: &str, body: &[u8]) -> io::Result<()> {
    let phrase = match status {
        200 => "OK",
        400 => "Bad Request",
        404 => "Not Found",
        _ => "Internal Server Error",
    };
    let head = format!(
        "HTTP/1.1 {status} {phrase}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat())?;
    stream.flush()
}

/// The lines before a body.
struct Head {
    first: String,
    /// Names in small letters.
    lines: Vec<(String, String)>,
}

impl Head {
    /// Octet by octet: what follows is the body's.
    fn read(stream: &mut impl Read) -> Result<Self, HttpError> {
        let mut text = Vec::new();
        while !text.ends_with(b"\r\n\r\n") {
            if text.len() >= MAX_HEAD {
                return Err(HttpError::TooLarge);
            }
            let mut octet = [0];
            stream.read_exact(&mut octet)?;
            text.push(octet[0]);
        }
        let text = String::from_utf8(text).map_err(|_| HttpError::Protocol("its head is no text"))?;
        let mut lines = text.split("\r\n");
        let first = lines.next().unwrap_or_default().to_owned();
        let lines = lines.filter_map(|line| line.split_once(':'));
        let lines = lines.map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        Ok(Self { first, lines: lines.collect() })
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.lines.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn body(&self, stream: &mut impl Read) -> Result<Vec<u8>, HttpError> {
        if self.value("transfer-encoding").is_some() {
            return Err(HttpError::Protocol("its body comes in chunks"));
        }
        let len = self.value("content-length").ok_or(HttpError::Protocol("its body has no length"))?;
        let len: usize = len.parse().map_err(|_| HttpError::Protocol("its body has no length"))?;
        if len > MAX_BODY {
            return Err(HttpError::TooLarge);
        }
        let mut body = vec![0; len];
        stream.read_exact(&mut body)?;
        Ok(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let url = Url::parse("http://127.0.0.1:8080/pkix/").unwrap();
        assert_eq!((url.host.as_str(), url.port, url.path.as_str()), ("127.0.0.1", 8080, "/pkix/"));
        assert_eq!(Url::parse("http://ca.example").unwrap().port, 80);
        assert_eq!(Url::parse("http://[::1]:99/x").unwrap().host, "[::1]");
        for bad in ["", "ca.example", "https://ca.example/", "http://", "http://a:b/", "http://a b/"] {
            assert_eq!(Url::parse(bad), None, "{bad}");
        }
    }

    /// What a stream gives and takes.
    struct Wire<'a>(&'a [u8], Vec<u8>);

    impl Read for Wire<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            // One octet at a time, as slow networks do.
            let len = self.0.len().min(out.len()).min(1);
            out[..len].copy_from_slice(&self.0[..len]);
            self.0 = &self.0[len..];
            Ok(len)
        }
    }

    impl Write for Wire<'_> {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            self.1.write(octets)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn there_and_back() {
        let mut answered = Vec::new();
        answer(&mut answered, 200, CMP, b"answer").unwrap();
        let url = Url::parse("http://a/b").unwrap();
        let mut wire = Wire(&answered, Vec::new());
        assert_eq!(post(&mut wire, &url, CMP, CMP, b"question").unwrap(), b"answer");
        let request = read_request(&mut Wire(&wire.1, Vec::new())).unwrap();
        assert_eq!(
            (request.method.as_str(), request.path.as_str(), request.kind.as_str()),
            ("POST", "/b", CMP)
        );
        assert_eq!(request.body, b"question");
        for end in 0..answered.len() {
            let cut = post(&mut Wire(&answered[..end], Vec::new()), &url, CMP, CMP, b"");
            assert!(matches!(cut, Err(HttpError::Io(_))), "{end}");
        }
    }

    #[test]
    fn what_is_no_answer() {
        let url = Url::parse("http://a/b").unwrap();
        let said =
            |text: &str| post(&mut Wire(text.as_bytes(), Vec::new()), &url, CMP, CMP, b"").unwrap_err();
        assert!(matches!(said("HTTP/1.1 503 Busy\r\n\r\n"), HttpError::Status(503)));
        assert!(matches!(said("SMTP\r\n\r\n"), HttpError::Protocol(_)));
        assert!(matches!(said("HTTP/1.1 200 OK\r\n\r\n"), HttpError::Protocol(_)));
        assert!(matches!(
            said("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"),
            HttpError::TooLarge
        ));
        assert!(matches!(
            said("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"),
            HttpError::Protocol(_)
        ));
        let html = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1\r\n\r\nx";
        assert!(matches!(said(html), HttpError::Kind(_)));
        assert!(matches!(said(&"x".repeat(20_000)), HttpError::TooLarge));
    }
}
