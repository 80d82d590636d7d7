//! The centre's published test key stores (PKCS#12, RFC 7292), opened with openssl's key derivation and
//! ciphers.

use std::fs;
use std::path::Path;
use std::process::Command;

use kaztoken_core::gost::encoding::algorithm::KeyFamily;
use kaztoken_core::gost::encoding::private_key::Form;
use kaztoken_core::gost::encoding::{Certificate, PrivateKeyInfo};
use kaztoken_core::gost::signature::Layout;

use crate::der;
use crate::files::{Files, base64};

/// Published next to the files.
const PASSWORD: &str = "Qwerty12";

/// pkcs8ShroudedKeyBag, with tag and length.
const SHROUDED: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x02";

/// False for an RSA key.
pub(crate) fn check(name: &str, octets: &[u8], files: &Files) -> bool {
    let at = octets.windows(SHROUDED.len()).position(|window| window == SHROUDED).unwrap();
    // [0] EncryptedPrivateKeyInfo; what is around it may be BER.
    let encrypted = first(first(&octets[at + SHROUDED.len()..]).contents);
    let parameters = encrypted.child(0).child(1);
    let (salt, count) = (parameters.child(0).contents, parameters.child(1).contents);
    let count = count.iter().fold(0_u32, |count, octet| count << 8 | u32::from(*octet));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gost_key_stores");
    fs::create_dir_all(&folder).unwrap();
    let (file, store) = (folder.join("encrypted"), folder.join("store.p12"));
    fs::write(&file, encrypted.child(1).contents).unwrap();
    fs::write(&store, octets).unwrap();

    let (key, iv) = (derive(salt, count, 1, 24), derive(salt, count, 2, 8));
    let path = file.to_str().unwrap();
    let private = openssl(&["enc", "-d", "-des-ede3-cbc", "-K", &key, "-iv", &iv, "-in", path]).unwrap();
    let info = match PrivateKeyInfo::from_der(&private) {
        Ok(info) => info,
        Err(error) => {
            assert!(name.contains("/rsa/"), "{name}: {error}");
            return false;
        }
    };
    let pass = format!("pass:{PASSWORD}");
    let path = store.to_str().unwrap();
    let pem = openssl(&["pkcs12", "-legacy", "-in", path, "-nokeys", "-passin", &pass]).unwrap();
    let text = String::from_utf8(pem).unwrap();
    let certificate = base64(&text.as_bytes()[text.find("-----BEGIN").unwrap()..]);
    let certificate = Certificate::from_der(&certificate).unwrap();
    let public = certificate.public_key_info().unwrap();

    assert_eq!(&info.signing_key().public_key(), public.public_key(), "{name}");
    assert_eq!(info.algorithm(), public.algorithm(), "{name}");
    let form = if public.algorithm().family() == KeyFamily::Kazakh2004 {
        Form::Kazakh2004
    } else {
        Form::Kazakh2015
    };
    assert_eq!(info.form(), form, "{name}");
    // What was read is written as it was, octet for octet.
    assert_eq!(info.to_der().as_slice(), private, "{name}");
    assert_eq!(public.to_der().as_slice(), certificate.public_key_info_der(), "{name}");
    let issuer = files.by_subject(certificate.issuer()).unwrap();
    let issuer = Certificate::from_der(&issuer).unwrap().public_key_info().unwrap();
    assert_eq!(certificate.signed().verify(&issuer), Ok(Layout::Kazakh), "{name}");
    true
}

/// The element that the octets start with, whatever follows.
fn first(octets: &[u8]) -> der::Element<'_> {
    let len = match octets[1] {
        0x81 => 3 + usize::from(octets[2]),
        0x82 => 4 + (usize::from(octets[2]) << 8 | usize::from(octets[3])),
        short => 2 + usize::from(short),
    };
    der::elements(&octets[..len])[0]
}

/// Whether openssl is there and derives keys as PKCS#12 does.
pub(crate) fn openssl_can() -> bool {
    let arguments = ["kdf", "-keylen", "8", "-kdfopt", "digest:SHA1", "-kdfopt", "hexpass:0000"];
    let rest = ["-kdfopt", "hexsalt:00", "-kdfopt", "iter:1", "-kdfopt", "id:1", "PKCS12KDF"];
    openssl(&[&arguments[..], &rest].concat()).is_some()
}

/// RFC 7292 appendix B.2, in hexadecimal.
fn derive(salt: &[u8], count: u32, id: u8, len: usize) -> String {
    // BMPString with a terminating zero.
    let password: Vec<u8> = PASSWORD.bytes().chain([0]).flat_map(|letter| [0, letter]).collect();
    let output = openssl(&[
        "kdf",
        "-keylen",
        &len.to_string(),
        "-kdfopt",
        "digest:SHA1",
        "-kdfopt",
        &format!("hexpass:{}", hex(&password)),
        "-kdfopt",
        &format!("hexsalt:{}", hex(salt)),
        "-kdfopt",
        &format!("iter:{count}"),
        "-kdfopt",
        &format!("id:{id}"),
        "PKCS12KDF",
    ])
    .unwrap();
    String::from_utf8(output).unwrap().chars().filter(char::is_ascii_hexdigit).collect()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn openssl(arguments: &[&str]) -> Option<Vec<u8>> {
    let output = Command::new("openssl").args(arguments).output().ok()?;
    output.status.success().then_some(output.stdout)
}
