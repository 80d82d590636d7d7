//! Signed messages of any size: read piece by piece, the content passed on and hashed as it comes, the rest kept.

use core::fmt;
use std::io::{self, Read};

use der::asn1::ObjectIdentifier;
use der::{AnyRef, Decode};
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::{CmsError, SIGNED_DATA, SignedMessage, elements};
use crate::algorithm::{DigestAlgorithm, Hasher, encoded};
use crate::ber::{self, BerError};

/// Octets that are read at a time.
const PIECE: usize = 64 * 1024;
/// Most octets of all that is not content: certificates, revocation lists, signers.
const MAX_REST: usize = 64 << 20;
/// How deep elements may be nested.
const MAX_DEPTH: usize = 64;
/// Most hash functions in one reading.
const MAX_HASHES: usize = 8;

/// A message that was read to its end.
#[derive(Debug)]
pub struct Streamed {
    /// Everything but the content, which is as if detached.
    pub message: SignedMessage,
    /// How long the content was; `None`: it was detached.
    pub content_len: Option<u64>,
    /// Its digests: by each function that the message names at its beginning and by each that was wanted.
    pub digests: Vec<(DigestAlgorithm, Vec<u8>)>,
}

impl Streamed {
    /// The digest by this function; `None`: it was neither named nor wanted.
    #[must_use]
    pub fn digest(&self, hash: DigestAlgorithm) -> Option<&[u8]> {
        self.digests.iter().find(|(known, _)| *known == hash).map(|(_, digest)| digest.as_slice())
    }
}

/// Why a message could not be read to its end.
#[derive(Debug)]
#[non_exhaustive]
pub enum StreamError {
    /// It could not be read, or its content not be passed on.
    Io(io::Error),
    /// It is none, or damaged.
    Message(CmsError),
}

impl fmt::Display for StreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Message(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for StreamError {}

impl From<io::Error> for StreamError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<CmsError> for StreamError {
    fn from(error: CmsError) -> Self {
        Self::Message(error)
    }
}

impl From<BerError> for StreamError {
    fn from(error: BerError) -> Self {
        Self::Message(CmsError::Encoding(error))
    }
}

type Result<T> = core::result::Result<T, StreamError>;

/// Reads a message, DER or BER, in constant memory. The content goes to `each` as it comes and before it is judged: keep
/// nothing of it unless the signers turn out good. Functions in `wanted` are reckoned beside those that the message names.
/// # Errors
/// [`StreamError`]; `CmsError::NotOne` when it does not begin as one.
pub fn stream(
    input: &mut dyn Read,
    wanted: &[DigestAlgorithm],
    each: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> Result<Streamed> {
    let mut reader = Reader { input, at: 0, ahead: None };
    let not_one = |error: StreamError| match error {
        StreamError::Message(_) => CmsError::NotOne.into(),
        error => error,
    };
    let outer = reader.enter(0x30).map_err(not_one)?;
    let kind = reader.small().map_err(not_one)?;
    if ObjectIdentifier::from_der(&kind).ok() != Some(SIGNED_DATA) {
        return Err(CmsError::NotOne.into());
    }
    let explicit = reader.enter(0xA0)?;
    let data = reader.enter(0x30)?;
    let version = reader.small()?;
    let algorithms = reader.small()?;
    let mut hashers = Vec::new();
    for hash in named(&algorithms)?.into_iter().chain(wanted.iter().copied()) {
        if hashers.len() < MAX_HASHES && !hashers.iter().any(|known: &Hasher| known.algorithm() == hash) {
            hashers.push(Hasher::new(hash));
        }
    }
    let info = reader.enter(0x30)?;
    let content_type = reader.small()?;
    let mut content_len = None;
    if !reader.ends(info)? {
        let wrapper = reader.enter(0xA0)?;
        let mut len: u64 = 0;
        reader.content(0, &mut |piece| {
            len += piece.len() as u64;
            hashers.iter_mut().for_each(|hasher| hasher.update(piece));
            each(piece)
        })?;
        reader.leave(wrapper)?;
        reader.leave(info)?;
        content_len = Some(len);
    }
    // The same without the content, and with ends instead of lengths.
    let mut rest = [&[0x30, 0x80], encoded(&SIGNED_DATA).as_slice(), &[0xA0, 0x80, 0x30, 0x80]].concat();
    rest.extend([version, algorithms].concat());
    rest.extend([&[0x30, 0x80], content_type.as_slice(), &[0, 0]].concat());
    while !reader.ends(data)? {
        reader.copy(&mut rest, 0)?;
    }
    reader.leave(explicit)?;
    reader.leave(outer)?;
    if reader.peek()?.is_some() {
        return Err(BerError::Trailing { at: reader.place() }.into());
    }
    rest.extend([0; 6]);
    let message = SignedMessage::from_definite(&ber::to_der(&rest)?)?;
    let digests = hashers.into_iter().map(|hasher| (hasher.algorithm(), hasher.finish()));
    Ok(Streamed { message, content_len, digests: digests.collect() })
}

/// The hash functions that a message names at its beginning; others than known ones are left out.
fn named(algorithms: &[u8]) -> core::result::Result<Vec<DigestAlgorithm>, CmsError> {
    const WHAT: CmsError = CmsError::Damaged("the digest algorithms");
    let der = ber::to_der(algorithms).map_err(|_| WHAT)?;
    let mut all = Vec::new();
    for algorithm in elements(AnyRef::from_der(&der).map_err(|_| WHAT)?, "the digest algorithms")? {
        let algorithm: AlgorithmIdentifierOwned = algorithm.decode_as().map_err(|_| WHAT)?;
        all.extend(DigestAlgorithm::from_oid(&algorithm.oid));
    }
    Ok(all)
}

/// Where an element ends; `None`: where its end is marked.
type End = Option<u64>;

struct Header {
    tag: u8,
    /// As they stood there.
    octets: Vec<u8>,
    /// `None`: indefinite.
    len: Option<u64>,
}

struct Reader<'a> {
    input: &'a mut dyn Read,
    at: u64,
    /// An octet that was looked at and not taken.
    ahead: Option<u8>,
}

impl Reader<'_> {
    fn place(&self) -> usize {
        usize::try_from(self.at).unwrap_or(usize::MAX)
    }

    fn peek(&mut self) -> Result<Option<u8>> {
        if self.ahead.is_none() {
            let mut octet = [0];
            loop {
                match self.input.read(&mut octet) {
                    Ok(0) => return Ok(None),
                    Ok(_) => break,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error.into()),
                }
            }
            self.ahead = Some(octet[0]);
        }
        Ok(self.ahead)
    }

    fn next(&mut self) -> Result<u8> {
        let octet = self.peek()?.ok_or(BerError::Truncated { at: self.place() })?;
        self.ahead = None;
        self.at += 1;
        Ok(octet)
    }

    fn header(&mut self) -> Result<Header> {
        let tag = self.next()?;
        let mut octets = vec![tag];
        // No part of a message has a tag of several octets.
        if tag & 0x1F == 0x1F {
            return Err(CmsError::Damaged("a tag").into());
        }
        let at = self.place();
        let first = self.next()?;
        octets.push(first);
        let len = match first {
            0x80 if tag & 0x20 != 0 => None,
            short @ 0..=0x7F => Some(u64::from(short)),
            0x80 | 0x89.. => return Err(BerError::Length { at }.into()),
            long => {
                let mut len: u64 = 0;
                for _ in 0..long & 0x7F {
                    let octet = self.next()?;
                    octets.push(octet);
                    len = len << 8 | u64::from(octet);
                }
                Some(len)
            }
        };
        Ok(Header { tag, octets, len })
    }

    fn end(&self, header: &Header) -> Result<End> {
        let end = |len: u64| self.at.checked_add(len).ok_or(BerError::Length { at: self.place() });
        Ok(header.len.map(end).transpose()?)
    }

    /// The beginning of an element of this tag.
    fn enter(&mut self, tag: u8) -> Result<End> {
        let header = self.header()?;
        if header.tag != tag {
            return Err(CmsError::Damaged("the signed data").into());
        }
        self.end(&header)
    }

    /// Whether an element ends here; the mark of its end is taken.
    fn ends(&mut self, end: End) -> Result<bool> {
        match end {
            Some(end) if self.at > end => Err(BerError::Truncated { at: self.place() }.into()),
            Some(end) => Ok(self.at == end),
            None if self.peek()? == Some(0) => {
                self.next()?;
                match self.next()? {
                    0 => Ok(true),
                    _ => Err(BerError::Length { at: self.place() }.into()),
                }
            }
            None => Ok(false),
        }
    }

    fn leave(&mut self, end: End) -> Result<()> {
        if self.ends(end)? { Ok(()) } else { Err(CmsError::Damaged("the signed data").into()) }
    }

    /// A whole element, as it stands there.
    fn small(&mut self) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        self.copy(&mut out, 0)?;
        Ok(out)
    }

    fn copy(&mut self, out: &mut Vec<u8>, depth: usize) -> Result<()> {
        if depth >= MAX_DEPTH {
            return Err(BerError::Depth { at: self.place() }.into());
        }
        let header = self.header()?;
        out.extend_from_slice(&header.octets);
        match header.len {
            Some(len) => {
                if len.saturating_add(out.len() as u64) > MAX_REST as u64 {
                    return Err(BerError::Length { at: self.place() }.into());
                }
                self.pieces(len, &mut |piece| {
                    out.extend_from_slice(piece);
                    Ok(())
                })
            }
            None => {
                while !self.ends(None)? {
                    if out.len() > MAX_REST {
                        return Err(BerError::Length { at: self.place() }.into());
                    }
                    self.copy(out, depth + 1)?;
                }
                out.extend([0, 0]);
                Ok(())
            }
        }
    }

    /// So many octets, piece by piece.
    fn pieces(&mut self, len: u64, each: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> Result<()> {
        let mut buffer = vec![0; PIECE.min(usize::try_from(len).unwrap_or(PIECE))];
        let mut left = len;
        while left > 0 {
            let most = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            let piece = buffer.get_mut(..most).unwrap_or_default();
            let read = match self.ahead.take() {
                Some(octet) => {
                    piece.iter_mut().take(1).for_each(|first| *first = octet);
                    1
                }
                None => match self.input.read(piece) {
                    Ok(read) => read,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => return Err(error.into()),
                },
            };
            if read == 0 {
                return Err(BerError::Truncated { at: self.place() }.into());
            }
            each(piece.get(..read).unwrap_or_default())?;
            self.at += read as u64;
            left = left.saturating_sub(read as u64);
        }
        Ok(())
    }

    /// OCTET STRING, whole or in pieces, which may be in pieces again. PKCS#7 of old has any type here, and the digest is over
    /// its contents.
    fn content(&mut self, depth: usize, each: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> Result<()> {
        if depth >= MAX_DEPTH {
            return Err(BerError::Depth { at: self.place() }.into());
        }
        let at = self.place();
        let header = self.header()?;
        match (header.tag, header.len) {
            (0x24, _) => {
                let end = self.end(&header)?;
                while !self.ends(end)? {
                    self.content(depth + 1, each)?;
                }
                Ok(())
            }
            (0x04, Some(len)) => self.pieces(len, each),
            (_, Some(len)) if depth == 0 => self.pieces(len, each),
            _ => Err(BerError::Piece { at }.into()),
        }
    }
}
