//! Files as people have them: DER, PEM, or bare base64.

use pem_rfc7468::LineEnding;

/// The octets of a file that may be DER, PEM (RFC 7468) of any label, or base64 without label; of several PEM blocks the
/// first. `None` when it is none.
#[must_use]
pub fn octets(file: &[u8]) -> Option<Vec<u8>> {
    blocks(file)?.into_iter().next()
}

/// The same for all PEM blocks of a file, of which there is at least one.
#[must_use]
pub fn blocks(file: &[u8]) -> Option<Vec<Vec<u8>>> {
    // A SEQUENCE, in definite or indefinite length; not base64 that begins with the same letter.
    if file.first() == Some(&0x30) && !file.iter().all(|octet| is_text(*octet)) {
        return Some(vec![file.to_vec()]);
    }
    let text = core::str::from_utf8(file).ok()?;
    if !text.contains("-----BEGIN ") {
        return Some(vec![base64(&compact(text))?]);
    }
    let mut all = Vec::new();
    let mut rest = text;
    while let Some((_, begun)) = rest.split_once("-----BEGIN ") {
        let (_, body) = begun.split_once('\n')?;
        let (body, ended) = body.split_once("-----END ")?;
        all.push(base64(&compact(body))?);
        rest = ended;
    }
    Some(all)
}

fn compact(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_ascii_whitespace()).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_every_dress() {
        let der = [0x30, 0x03, 0x02, 0x01, 0xFF];
        let one = pem(label::CERTIFICATE, &der);
        assert_eq!(octets(&der), Some(der.to_vec()));
        assert_eq!(octets(one.as_bytes()), Some(der.to_vec()));
        assert_eq!(octets(one.replace('\n', "\r\n").as_bytes()), Some(der.to_vec()));
        assert_eq!(octets(to_base64(&der).as_bytes()), Some(der.to_vec()));
        assert_eq!(octets(b" MAMC\nAf8\n"), Some(der.to_vec()));
        let two = format!("subject: x\n{one}issuer: y\n{one}");
        assert_eq!(blocks(two.as_bytes()), Some(vec![der.to_vec(); 2]));
        for bad in ["", "=", "MAMCAf8====", "-----BEGIN X-----\nMAMC", "-----BEGIN X-----", "a-b"] {
            assert_eq!(octets(bad.as_bytes()), None, "{bad}");
        }
    }
}
