//! What a token shows without a PIN, in every layout that is known here, and what it does not.

use crate::commands::cert::{keys_with_public, stored};
use crate::der;
use crate::names::id_text;
use crate::output::printable;
use crate::public_key::Year;
use kaztoken_core::token::opensc::DirectoryKind;
use kaztoken_core::token::{Error, Session};

/// What something is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    PrivateKey,
    PublicKey,
    Certificate,
    Data,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::PrivateKey, Self::PublicKey, Self::Certificate, Self::Data];

    /// In JSON, as `object list` has it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::PrivateKey => "private key",
            Self::PublicKey => "public key",
            Self::Certificate => "certificate",
            Self::Data => "data",
        }
    }
}

/// Something that can be copied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Public {
    pub(super) kind: Kind,
    pub(super) label: String,
    pub(super) id: String,
    /// The number of the key's folder, where it is a key's.
    pub(super) key: Option<u8>,
    /// DER of a certificate, PEM of a public key, a data object as it is.
    pub(super) content: Vec<u8>,
}

/// Something that cannot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Left {
    pub(super) kind: Kind,
    pub(super) label: String,
    pub(super) id: String,
    pub(super) why: Why,
}

/// Why something cannot be copied.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Why {
    /// Private keys.
    NeverLeaves,
    /// Private data.
    NeedsPin,
    /// Its file is gone or broken, or the token does not give it.
    NotReadable,
}

impl Why {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::NeverLeaves => "never-leaves-the-token",
            Self::NeedsPin => "needs-pin",
            Self::NotReadable => "not-readable",
        }
    }
}

/// Reads everything; no PIN is asked for and none is sent.
pub(super) async fn collect(session: &mut Session<'_>) -> Result<(Vec<Public>, Vec<Left>), Error> {
    let (mut public, mut left) = (Vec::new(), Vec::new());
    if !session.layouts().await?.file_system {
        return Ok((public, left));
    }
    for certificate in stored(session).await? {
        let (kind, label, id) = (Kind::Certificate, certificate.label, id_text(&certificate.id));
        match certificate.der {
            Some(content) => public.push(Public { kind, label, id, key: None, content }),
            None => left.push(Left { kind, label, id, why: Why::NotReadable }),
        }
    }
    for (key, half) in keys_with_public(session).await? {
        let (label, id) = (key.label().to_owned(), id_text(key.id()));
        left.push(Left {
            kind: Kind::PrivateKey,
            label: label.clone(),
            id: id.clone(),
            why: Why::NeverLeaves,
        });
        match half {
            Some(half) => {
                let content = der::pem("PUBLIC KEY", &half.to_spki(Year::Y2012)) + "\n";
                let key = Some(key.key.key.get());
                public.push(Public { kind: Kind::PublicKey, label, id, key, content: content.into_bytes() });
            }
            None => left.push(Left { kind: Kind::PublicKey, label, id, why: Why::NotReadable }),
        }
    }
    data(session, &mut public, &mut left).await?;
    Ok((public, left))
}

async fn data(
    session: &mut Session<'_>,
    public: &mut Vec<Public>,
    left: &mut Vec<Left>,
) -> Result<(), Error> {
    let objects = session.objects(DirectoryKind::Data).await?;
    let mut file = vec![0; super::super::cert::MAX_LEN];
    for object in objects.iter() {
        let (kind, label, id) = (Kind::Data, printable(object.label), id_text(object.id));
        if object.flags.private {
            left.push(Left { kind, label, id, why: Why::NeedsPin });
            continue;
        }
        match session.read_object(&object, &mut file).await {
            Ok(len) => {
                let content = file.get(..len).unwrap_or_default().to_vec();
                public.push(Public { kind, label, id, key: None, content });
            }
            Err(Error::NotFound { .. } | Error::Card { .. } | Error::BufferTooSmall { .. }) => {
                left.push(Left { kind, label, id, why: Why::NotReadable });
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
