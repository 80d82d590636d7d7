//! Files as people have them: DER, PEM, or bare base64.

use pem_rfc7468::LineEnding;

/// The octets of a file that may be DER, PEM (RFC 7468) of any label, or base64 without label. `None` when it is none.
#[must_use]
pub fn octets(file: &[u8]) -> Option<Vec<u8>> {
    // A SEQUENCE, in definite or indefinite length.
    if file.first() == Some(&0x30) && file.get(1) != Some(&b'\n') && !file.iter().all(|octet| is_text(*octet))
    {
        return Some(file.to_vec());
    }
    let text = core::str::from_utf8(file).ok()?;
    let inside = match (text.find("-----BEGIN "), text.find("-----END ")) {
        (Some(begin), Some(end)) if begin < end => {
            let body = text.get(begin..end)?;
            // Headers of old PEM end with an empty line; none is known to be in such files, and RFC 7468 has none.
            body.split_once('\n')?.1
        }
        (None, None) => text,
        _ => return None,
    };
    let compact: String = inside.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
    base64(&compact)
}

const fn is_text(octet: u8) -> bool {
    octet.is_ascii_graphic() || octet.is_ascii_whitespace()
}

/// Base64 (RFC 4648 section 4) without blanks; padding may be missing.
#[must_use]
pub fn base64(text: &str) -> Option<Vec<u8>> {
    use base64ct::Encoding as _;
    let bare = text.trim_end_matches('=');
    if bare.is_empty() || text.len() - bare.len() > 2 {
        return None;
    }
    base64ct::Base64Unpadded::decode_vec(bare).ok()
}

/// As base64 on one line, padded.
#[must_use]
pub fn to_base64(octets: &[u8]) -> String {
    use base64ct::Encoding as _;
    base64ct::Base64::encode_string(octets)
}

/// As PEM with this label, lines of 64 letters.
#[must_use]
pub fn pem(label: &str, octets: &[u8]) -> String {
    pem_rfc7468::encode_string(label, LineEnding::LF, octets).unwrap_or_default()
}

/// The labels that are used here.
pub mod label {
    /// A certificate (RFC 7468 section 5).
    pub const CERTIFICATE: &str = "CERTIFICATE";
    /// A revocation list (section 6).
    pub const X509_CRL: &str = "X509 CRL";
    /// A certification request (section 7).
    pub const CERTIFICATE_REQUEST: &str = "CERTIFICATE REQUEST";
    /// CMS (section 9).
    pub const CMS: &str = "CMS";
    /// PKCS#8 (section 10).
    pub const PRIVATE_KEY: &str = "PRIVATE KEY";
    /// SubjectPublicKeyInfo (section 13).
    pub const PUBLIC_KEY: &str = "PUBLIC KEY";
}
