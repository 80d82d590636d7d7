//! How long a certificate takes: made here in every kind, parsed and verified again and again. `cargo xtask bench pki` runs it
//! beside OpenSSL.
//!
//! `certificates make FOLDER` writes `KIND.der` and `KIND-issuer.der`; `certificates time CERTIFICATE ISSUER MILLISECONDS`
//! prints nanoseconds for one certificate.

use kaztoken_core::gost::encoding::PrivateKeyInfo;
use kaztoken_core::gost::encoding::algorithm::KeyAlgorithm;
use kaztoken_core::gost::encoding::private_key::Form;
use kaztoken_core::gost::{ParameterSet, SigningKey};
use kaztoken_pki::authority::Authority;
use kaztoken_pki::name::of_authority;
use kaztoken_pki::{Certificate, DateTime, Extensions, PrivateKey};
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn gost(set: ParameterSet, algorithm: KeyAlgorithm, form: Form, octet: u8) -> Outcome<PrivateKey> {
    let len = if set == ParameterSet::Tc26_512A { 64 } else { 32 };
    let key = SigningKey::from_le_bytes(set, &vec![octet; len])?;
    Ok(PrivateKey::from_gost(PrivateKeyInfo::new(algorithm, key, form)?)?)
}

/// A key of each kind, by the name of its files.
fn key(kind: &str, octet: u8) -> Outcome<PrivateKey> {
    let (small, large) = (ParameterSet::CryptoProA, ParameterSet::Tc26_512A);
    let russian = Form::RussianOctetString;
    match kind {
        "kazakh-256" => gost(small, KeyAlgorithm::kazakh(small)?, Form::Kazakh2004, octet),
        "kazakh-512" => gost(large, KeyAlgorithm::kazakh(large)?, Form::Kazakh2015, octet),
        "russian-256" => gost(small, KeyAlgorithm::russian_2012(small), russian, octet),
        "russian-512" => gost(large, KeyAlgorithm::russian_2012(large), russian, octet),
        rsa => {
            let bits = rsa.trim_start_matches("rsa-").parse()?;
            Ok(PrivateKey::generate_rsa(bits, &mut getrandom::SysRng)?)
        }
    }
}

fn make(folder: &Path) -> Outcome<()> {
    let dates = (DateTime::new(2025, 1, 1, 0, 0, 0)?, DateTime::new(2035, 1, 1, 0, 0, 0)?);
    for kind in ["kazakh-256", "kazakh-512", "russian-256", "russian-512", "rsa-2048", "rsa-4096"] {
        let issuer = Authority::root(&of_authority("BENCH TEST")?, key(kind, 5)?, dates)?;
        let own = key(kind, 6)?;
        let subject = of_authority("ТЕСТОВ ТЕСТ")?;
        let certificate =
            issuer.issue_to(&subject, own.public_key(), &Extensions::new(), dates, vec![7; 20])?;
        std::fs::write(folder.join(format!("{kind}.der")), certificate.der())?;
        std::fs::write(folder.join(format!("{kind}-issuer.der")), issuer.certificate().der())?;
    }
    Ok(())
}

fn time(certificate: &Path, issuer: &Path, sample: Duration) -> Outcome<()> {
    let der = std::fs::read(certificate)?;
    let issuer = Certificate::from_der(&std::fs::read(issuer)?)?;
    let key = issuer.public_key()?;
    let (begin, mut count) = (Instant::now(), 0_u32);
    while begin.elapsed() < sample || count < 3 {
        for _ in 0..4 {
            let certificate = Certificate::from_der(&der)?;
            certificate.public_key()?;
            certificate.verify_signature(key)?;
            count += 1;
        }
    }
    println!("{}", begin.elapsed().as_nanos() / u128::from(count));
    Ok(())
}

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match &words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["make", folder] => make(folder.as_ref()),
        ["time", certificate, issuer, sample] => {
            time(certificate.as_ref(), issuer.as_ref(), Duration::from_millis(sample.parse()?))
        }
        _ => Err("usage: certificates make FOLDER | time CERTIFICATE ISSUER MILLISECONDS".into()),
    }
}
