//! Messages read piece by piece are the same as messages read whole.

use crate::files::Files;
use crate::keys::Kind;
use crate::openssl::OpenSsl;
use crate::{person, sign};
use kaztoken_pki::algorithm::DigestAlgorithm;
use kaztoken_pki::cms::{CmsError, Content, SignedMessage, StreamError, Streamed, message, stream};
use kaztoken_pki::text;
use proptest::prelude::*;
use std::io::Read;

/// Gives so many octets at a time.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let len = buffer.len().min(self.1).min(self.0.len());
        buffer[..len].copy_from_slice(&self.0[..len]);
        self.0 = &self.0[len..];
        Ok(len)
    }
}

fn read(octets: &[u8], step: usize) -> Result<(Streamed, Vec<u8>), StreamError> {
    let mut content = Vec::new();
    let streamed = stream(&mut Slow(octets, step), &[], &mut |piece| {
        content.extend_from_slice(piece);
        Ok(())
    })?;
    Ok((streamed, content))
}

fn same(octets: &[u8]) {
    let whole = SignedMessage::from_der(octets).unwrap();
    for step in [1, 7, 4096, usize::MAX] {
        let (streamed, content) = read(octets, step).unwrap();
        assert_eq!(streamed.content_len.map(|len| len as usize), whole.content().map(<[u8]>::len));
        assert_eq!(content, whole.content().unwrap_or_default());
        let message = &streamed.message;
        assert_eq!(message.content(), None);
        assert_eq!(message.content_type(), whole.content_type());
        assert_eq!(message.certificates(), whole.certificates());
        let signers = |message: &SignedMessage| {
            message.signers().iter().map(|signer| signer.der().to_vec()).collect::<Vec<_>>()
        };
        assert_eq!(signers(message), signers(&whole));
        for signer in whole.signers() {
            let hash = signer.hash().unwrap();
            assert_eq!(streamed.digest(hash).unwrap(), hash.digest(whole.content().unwrap_or_default()));
        }
        if whole.content().is_some() {
            let digest = |hash: DigestAlgorithm| streamed.digest(hash).unwrap_or_default().to_vec();
            let both = [Content::Attached, Content::Detached(&digest)];
            let [attached, detached] = both.map(|content| {
                let message = if matches!(content, Content::Attached) { &whole } else { message };
                let verdicts = message.verify(content, &[]).unwrap();
                verdicts
                    .into_iter()
                    .map(|verdict| verdict.map_err(|error| error.to_string()))
                    .collect::<Vec<_>>()
            });
            assert_eq!(attached, detached);
        }
    }
}

#[test]
fn the_national_centres_piece_by_piece() {
    let Some(files) = Files::find() else { return };
    let all: Vec<_> = files.of_kind("CMS").into_iter().collect();
    for (_, octets) in &all {
        same(octets);
    }
    println!("{} messages read piece by piece", all.len());
    assert_eq!(all.len(), 4);
}

/// DER, indefinite lengths and content in pieces, attached and detached.
#[test]
fn openssls_piece_by_piece() {
    let Some(openssl) = OpenSsl::find() else { return };
    let (certificate, key, _) = person(Kind::Rsa, 3);
    openssl.write("key.pem", text::pem("PRIVATE KEY", &key.to_pkcs8()).as_bytes());
    openssl.write("cert.pem", text::pem("CERTIFICATE", certificate.der()).as_bytes());
    let document = vec![0x30; 100_000];
    openssl.write("document", &document);
    let mut count = 0;
    for options in
        ["-nodetach", "-nodetach -stream", "", "-stream", "-nodetach -nocerts", "-nodetach -noattr"]
    {
        openssl.run(&format!(
            "cms -sign -binary -in document -signer cert.pem -inkey key.pem -outform DER -out m.der {options}"
        ));
        let octets = openssl.read("m.der");
        same(&octets);
        // Cut anywhere: never a message.
        for end in (0..octets.len()).step_by(if octets.len() > 50_000 { 997 } else { 13 }) {
            assert!(read(&octets[..end], 4096).is_err(), "{options} {end}");
        }
        assert!(matches!(
            read(&[octets.as_slice(), &[0]].concat(), 4096),
            Err(StreamError::Message(CmsError::Encoding(_)))
        ));
        count += 1;
    }
    println!("{count} forms of OpenSSL read piece by piece");
}

#[test]
fn what_is_no_message() {
    let none: [&[u8]; 6] =
        [b"", b"MII", &[0x30, 0x80], &[0x30, 3, 2, 1, 1], &[0x30, 0x84, 255, 255, 255, 255], &[0x04, 1, 1]];
    for octets in none {
        let error = read(octets, 1).unwrap_err();
        assert!(matches!(error, StreamError::Message(CmsError::NotOne)), "{octets:?} {error}");
    }
    // A reader that fails, and a content that nobody takes.
    let (certificate, key, _) = person(Kind::Kazakh2004, 4);
    let signer = sign(&certificate, &key, b"content");
    let octets = message(Some(b"content"), &[signer], &[certificate]).unwrap();
    let refused = stream(&mut octets.as_slice(), &[], &mut |_| Err(std::io::ErrorKind::StorageFull.into()));
    assert!(matches!(refused, Err(StreamError::Io(_))));
    // More than any memory, promised by lengths alone.
    let mut large = octets;
    let place = large.windows(2).rposition(|pair| pair == [0x31, 0x82]).unwrap();
    large.splice(place + 1..place + 4, [0x85, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF]);
    assert!(read(&large, 4096).is_err());
}

proptest! {
    /// Whatever comes, both readers say the same.
    #[test]
    fn readers_agree(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let (certificate, key, _) = person(Kind::Kazakh2004, 4);
        let signer = sign(&certificate, &key, b"content");
        let mut octets = message(Some(b"content"), &[signer], &[certificate]).unwrap();
        for (place, value) in changes {
            let place = place.index(octets.len());
            octets[place] = value;
        }
        let whole = SignedMessage::from_der(&octets);
        if let (Ok(whole), Ok((streamed, content))) = (&whole, read(&octets, 64)) {
            prop_assert_eq!(whole.content().unwrap_or_default(), content);
            prop_assert_eq!(whole.certificates(), streamed.message.certificates());
        }
    }
}
