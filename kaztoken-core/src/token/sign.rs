//! Using a private key: sign and decipher.

use super::keys::{Algorithm, KeyRef};
use super::login::{User, Verified};
use super::{Error, Path, Step};
use crate::apdu::{Command, ObjectKind, ins};

/// The control reference templates of the security environment.
#[derive(Copy, Clone)]
enum Template {
    Sign = 0xB6,
    Decipher = 0xB8,
}

/// The DigestInfo of SHA-256 before its 32 bytes (RFC 8017 section 9.2, note 1).
const SHA256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];
/// RSA-4096.
const MAX_RSA_LEN: usize = 512;

impl Verified<'_, '_, User> {
    /// Signs a digest with a GOST key. `digest` has 32 bytes for a 256-bit key and 64 for a 512-bit
    /// one, exactly as the hash function gives them. The signature comes as the token sends it:
    /// r then s, each with the least significant byte first (see `gost::signature::TokenWire`).
    pub async fn sign_gost<'o>(
        &mut self,
        key: KeyRef,
        digest: &[u8],
        out: &'o mut [u8; 128],
    ) -> Result<&'o [u8], Error> {
        let algorithm = self.select_private(key).await?;
        let scalar_len = match algorithm {
            Algorithm::Gost256 { .. } => 32,
            Algorithm::Gost512 => 64,
            Algorithm::Rsa { .. } => return Err(Error::WrongInput { what: "this key is RSA, not GOST" }),
        };
        if digest.len() != scalar_len {
            return Err(Error::WrongInput { what: "the digest's length does not fit the key" });
        }
        self.set_environment(Template::Sign, key, algorithm).await?;
        let wanted = 2usize.saturating_mul(scalar_len);
        let command =
            Command::new(0, ins::PERFORM_SECURITY_OPERATION, 0x9E, 0x9A).data(digest).ne(wanted as u32);
        let len = self.done(Step::Sign, command, out).await?;
        match out.get(..len) {
            Some(signature) if len == wanted => Ok(signature),
            _ => Err(Error::Malformed { step: Step::Sign, what: "the signature has a wrong length" }),
        }
    }

    /// Signs a SHA-256 digest with an RSA key: PKCS #1 v1.5 (RFC 8017 section 8.2), whose block is
    /// built here, since the token does the bare private operation. The signature has the most
    /// significant byte first.
    pub async fn sign_rsa_sha256<'o>(
        &mut self,
        key: KeyRef,
        digest: &[u8; 32],
        out: &'o mut [u8; MAX_RSA_LEN],
    ) -> Result<&'o [u8], Error> {
        let (algorithm, len) = self.select_rsa(key).await?;
        let mut block = [0xFF; MAX_RSA_LEN];
        let block = block.get_mut(..len).unwrap_or_default();
        let tail = SHA256_DIGEST_INFO.len() + digest.len() + 1;
        // 00 01 FF .. FF 00 DigestInfo digest, with at least eight FF.
        let (Some(padding), Some([first, second, ..])) =
            (len.checked_sub(tail), block.first_chunk_mut::<11>())
        else {
            return Err(Error::WrongInput { what: "the RSA key is too short for SHA-256" });
        };
        if padding < 10 {
            return Err(Error::WrongInput { what: "the RSA key is too short for SHA-256" });
        }
        (*first, *second) = (0x00, 0x01);
        let info = [&[0x00][..], &SHA256_DIGEST_INFO, digest].into_iter().flatten();
        for (place, byte) in block.iter_mut().skip(padding).zip(info) {
            *place = *byte;
        }
        self.set_environment(Template::Sign, key, algorithm).await?;
        self.rsa(Step::Sign, [0x9E, 0x9A], block, out).await
    }

    /// Deciphers one block with an RSA key: the bare private operation, padding left in place. Block
    /// and answer have the most significant byte first and the modulus' length.
    pub async fn decipher_rsa<'o>(
        &mut self,
        key: KeyRef,
        block: &[u8],
        out: &'o mut [u8; MAX_RSA_LEN],
    ) -> Result<&'o [u8], Error> {
        let (algorithm, len) = self.select_rsa(key).await?;
        if block.len() != len {
            return Err(Error::WrongInput { what: "the block's length is not that of the modulus" });
        }
        let mut copy = [0; MAX_RSA_LEN];
        let copy = copy.get_mut(..len).unwrap_or_default();
        copy.copy_from_slice(block);
        self.set_environment(Template::Decipher, key, algorithm).await?;
        self.rsa(Step::Decipher, [0x80, 0x86], copy, out).await
    }

    /// The bare operation. On the wire the least significant byte comes first, both ways.
    async fn rsa<'o>(
        &mut self,
        step: Step,
        [p1, p2]: [u8; 2],
        block: &mut [u8],
        out: &'o mut [u8; MAX_RSA_LEN],
    ) -> Result<&'o [u8], Error> {
        block.reverse();
        let command =
            Command::new(0, ins::PERFORM_SECURITY_OPERATION, p1, p2).data(block).ne(block.len() as u32);
        let result = self.done(step, command, out).await;
        let wanted = block.len();
        zeroize::Zeroize::zeroize(block);
        match out.get_mut(..result?) {
            Some(answer) if answer.len() == wanted => {
                answer.reverse();
                Ok(answer)
            }
            _ => Err(Error::Malformed { step, what: "the answer has not the modulus' length" }),
        }
    }

    async fn select_rsa(&mut self, key: KeyRef) -> Result<(Algorithm, usize), Error> {
        match self.select_private(key).await? {
            algorithm @ Algorithm::Rsa { bits } if bits <= 4096 => Ok((algorithm, usize::from(bits / 8))),
            _ => Err(Error::WrongInput { what: "this key is not RSA of at most 4096 bits" }),
        }
    }

    async fn select_private(&mut self, key: KeyRef) -> Result<Algorithm, Error> {
        let path = Path::PRIVATE_KEYS.child(key.id());
        let fci = match self.look(path).await? {
            super::files::Found::Yes(fci) => fci,
            super::files::Found::No => return Err(Error::NotFound { what: "key" }),
        };
        Algorithm::from_fci(&fci).ok_or(Error::Unsupported { what: "a key of unknown kind" })
    }

    /// MANAGE SECURITY ENVIRONMENT. A 512-bit GOST key takes the form seen in vendor middleware,
    /// with 91 01 40 before the key's reference; the others that of OpenSC.
    async fn set_environment(
        &mut self,
        template: Template,
        key: KeyRef,
        algorithm: Algorithm,
    ) -> Result<(), Error> {
        let reference = [0x84, 0x01, key.get()];
        let with_usage = [0x91, 0x01, 0x40, 0x84, 0x01, key.get()];
        let data: &[u8] = match algorithm.private_kind() {
            ObjectKind::Gost512Private => &with_usage,
            _ => &reference,
        };
        let command = Command::new(0, ins::MANAGE_SECURITY_ENVIRONMENT, 0x41, template as u8).data(data);
        self.done(Step::SetEnvironment, command, &mut []).await.map(|_| ())
    }
}
