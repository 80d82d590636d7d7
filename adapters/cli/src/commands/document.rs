//! Documents that are signed: files of any size, read piece by piece, with progress.

use crate::args::Hash;
use crate::context::Context;
use crate::exit::{Code, Problem, Result, interrupted};
use crate::language::say;
use crate::output::printable;
use crate::progress::{self, Progress};
use kaztoken_core::gost::HashAlgorithm;
use kaztoken_pki::algorithm::{DigestAlgorithm, Hasher};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Octets that are read at a time.
const PIECE: usize = 256 * 1024;

/// Reads a file piece by piece.
pub(super) fn pieces(path: &Path, mut each: impl FnMut(&[u8]) -> std::io::Result<()>) -> Result<()> {
    let failed = |error: std::io::Error| Problem::file(path, &error);
    let mut file = File::open(path).map_err(failed)?;
    let mut buffer = vec![0; PIECE];
    loop {
        if progress::interrupted() {
            return Err(interrupted());
        }
        match file.read(&mut buffer).map_err(failed)? {
            0 => return Ok(()),
            len => each(buffer.get(..len).unwrap_or_default()).map_err(failed)?,
        }
    }
}

/// What a document comes to.
pub(super) struct Digested {
    pub(super) len: u64,
    digests: Vec<(DigestAlgorithm, Vec<u8>)>,
}

impl Digested {
    /// Reads a file and hashes it by each of the functions.
    pub(super) fn of(context: &Context, path: &Path, hashes: &[DigestAlgorithm]) -> Result<Self> {
        let shown = printable(&path.display().to_string());
        let _progress = Progress::start(&say!("hashing", path = shown), context.global.progress);
        let mut hashers: Vec<Hasher> = hashes.iter().map(|hash| Hasher::new(*hash)).collect();
        let mut len = 0;
        pieces(path, |piece| {
            len += piece.len() as u64;
            hashers.iter_mut().for_each(|hasher| hasher.update(piece));
            Ok(())
        })?;
        let digests = hashers.into_iter().map(|hasher| (hasher.algorithm(), hasher.finish()));
        Ok(Self { len, digests: digests.collect() })
    }

    /// The digest by one of the functions; empty, which fits nothing, for another.
    pub(super) fn by(&self, hash: DigestAlgorithm) -> Vec<u8> {
        let found = self.digests.iter().find(|(known, _)| *known == hash);
        found.map(|(_, digest)| digest.clone()).unwrap_or_default()
    }
}

/// The whole of a file that is not longer than this.
pub(super) fn whole(path: &Path, most: usize) -> Result<Vec<u8>> {
    let mut octets = Vec::new();
    let failed = |error: std::io::Error| Problem::file(path, &error);
    let file = File::open(path).map_err(failed)?;
    file.take(most as u64 + 1).read_to_end(&mut octets).map_err(failed)?;
    if octets.len() > most {
        let shown = path.display().to_string();
        return Err(Problem::new(Code::Data, say!("der-too-long", path = shown, count = most)));
    }
    Ok(octets)
}

impl Hash {
    /// The function that `--hash` names.
    pub(super) const fn algorithm(self) -> DigestAlgorithm {
        match self {
            Self::Streebog256 => DigestAlgorithm::Gost(HashAlgorithm::Streebog256),
            Self::Streebog512 => DigestAlgorithm::Gost(HashAlgorithm::Streebog512),
            Self::Gost94 => DigestAlgorithm::Gost(HashAlgorithm::Gost94Test),
            Self::Gost94CryptoPro => DigestAlgorithm::Gost(HashAlgorithm::Gost94CryptoPro),
            Self::Sha256 => DigestAlgorithm::Sha256,
        }
    }
}

/// As `--hash` names it.
pub(super) const fn hash_name(hash: DigestAlgorithm) -> &'static str {
    match hash {
        DigestAlgorithm::Gost(HashAlgorithm::Streebog256) => "streebog256",
        DigestAlgorithm::Gost(HashAlgorithm::Gost94Test) => "gost94",
        DigestAlgorithm::Gost(HashAlgorithm::Gost94CryptoPro) => "gost94-crypto-pro",
        DigestAlgorithm::Gost(_) => "streebog512",
        DigestAlgorithm::Sha1 => "sha1",
        DigestAlgorithm::Sha384 => "sha384",
        DigestAlgorithm::Sha512 => "sha512",
        _ => "sha256",
    }
}

/// A file's name with more behind it.
pub(super) fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
