//! PKCS#8 PrivateKeyInfo and OneAsymmetricKey (RFC 5958 section 2).

use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::algorithm::{self, KeyAlgorithm, KeyFamily};
use super::der::{INTEGER, OCTET_STRING, Reader, SEQUENCE, Writer, context};
use super::error::{EncodingError, Field, Problem};
use super::private_key::{Form, secret};
use super::spki::{read_bits, write_bits};
use crate::gost::octets::{MAX, Octets};
use crate::gost::signing_key::SigningKey;

/// Octets of the longest one that is written: 512 bits, with the public key.
const MAX_INFO: usize = 4 + 3 + algorithm::MAX + 12 + MAX + 4 + 17 + 2 * MAX;

/// `[1]`, a BIT STRING with implicit tag.
const PUBLIC_KEY: u8 = 0x81;

/// A private key with its algorithm: what is inside of key stores, and in files "PRIVATE KEY".
///
/// The private key is wiped when dropped and never shown.
pub struct PrivateKeyInfo {
    algorithm: KeyAlgorithm,
    key: SigningKey,
    form: Form,
}

impl PrivateKeyInfo {
    /// Puts a key and its algorithm together, to be written in this form.
    ///
    /// # Errors
    /// [`Problem::Mismatch`]: the algorithm is of another curve, or the form not one of
    /// [its family](KeyFamily), or the masked one, which is only read.
    pub fn new(algorithm: KeyAlgorithm, key: SigningKey, form: Form) -> Result<Self, EncodingError> {
        if algorithm.parameter_set() != key.parameter_set() {
            return Err(algorithm::mismatch(Field::PublicKeyParamSet, 0));
        }
        if form == Form::RussianMasked || !forms(algorithm.family()).contains(&form) {
            return Err(algorithm::mismatch(Field::PrivateKey, 0));
        }
        Ok(Self { algorithm, key, form })
    }

    /// The algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// The form that the private key has, or had.
    #[must_use]
    pub const fn form(&self) -> Form {
        self.form
    }

    /// The key.
    #[must_use]
    pub const fn signing_key(&self) -> &SigningKey {
        &self.key
    }

    /// The key alone.
    #[must_use]
    pub fn into_signing_key(self) -> SigningKey {
        self.key
    }

    /// From DER: versions 1 (PrivateKeyInfo) and 2 (OneAsymmetricKey, whose public key must be that of the
    /// private one). Attributes may be there and are not kept. The form is told by the algorithm and by the
    /// first tag; Russian contents whose length is a multiple of the set's are bare numbers, as OpenSSL's
    /// GOST engine decides too.
    ///
    /// # Errors
    /// [`EncodingError`] says which field is wrong, where and why.
    pub fn from_der(octets: &[u8]) -> Result<Self, EncodingError> {
        let mut inside = Reader::only(octets, SEQUENCE, Field::PrivateKeyInfo)?;
        let version = inside.expect(INTEGER, Field::Version)?;
        if !matches!(version.octets(), [0 | 1]) {
            return Err(version.error(Field::Version, Problem::Value));
        }
        let algorithm = KeyAlgorithm::read(&mut inside)?;
        let contents = inside.expect(OCTET_STRING, Field::PrivateKey)?;
        let form = form_of(&algorithm, contents)?;
        let key = form.read(algorithm.parameter_set(), contents)?;
        inside.optional(context(0), Field::Attributes)?;
        if version.octets() == [1] {
            if let Some(public) = inside.optional(PUBLIC_KEY, Field::PublicKeyOfPrivateKey)? {
                let bits = public.whole_octets(Field::PublicKeyOfPrivateKey)?;
                if read_bits(&algorithm, bits, Field::PublicKeyOfPrivateKey)? != key.public_key() {
                    return Err(bits.error(Field::PublicKeyOfPrivateKey, Problem::Mismatch));
                }
            }
        }
        inside.end(Field::PrivateKeyInfo)?;
        Ok(Self { algorithm, key, form })
    }

    /// As DER, version 1: without the public key.
    #[must_use]
    pub fn to_der(&self) -> PrivateKeyDer {
        self.encode(false)
    }

    /// As DER, version 2: with the public key, which is computed for it.
    #[must_use]
    pub fn to_der_with_public_key(&self) -> PrivateKeyDer {
        self.encode(true)
    }

    fn encode(&self, with_public_key: bool) -> PrivateKeyDer {
        let mut writer = Writer::new();
        writer.wrap(SEQUENCE, |writer| {
            if with_public_key {
                let key = self.key.public_key();
                writer.wrap(PUBLIC_KEY, |writer| write_bits(&self.algorithm, &key, writer));
            }
            // A masked key is written without masks, in the form that is nearest to it.
            writer.wrap(OCTET_STRING, |writer| self.form.write(&self.key, writer));
            self.algorithm.write(writer);
            writer.element(INTEGER, &[u8::from(with_public_key)]);
        });
        PrivateKeyDer::of(writer.written())
    }
}

impl fmt::Debug for PrivateKeyInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKeyInfo")
            .field("algorithm", &self.algorithm)
            .field("form", &self.form)
            .finish_non_exhaustive()
    }
}

/// PrivateKeyInfo in DER. Wiped when dropped and never shown.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct PrivateKeyDer(Octets<MAX_INFO>);

secret!(PrivateKeyDer);

impl core::ops::Deref for PrivateKeyDer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

/// The forms of a family; the first is what is usual.
const fn forms(family: KeyFamily) -> &'static [Form] {
    match family {
        KeyFamily::Kazakh2004 => &[Form::Kazakh2004],
        KeyFamily::Kazakh2015 => &[Form::Kazakh2015],
        KeyFamily::Gamma | KeyFamily::GammaExchange => &[Form::Gamma],
        KeyFamily::Russian2001 | KeyFamily::Russian2012 => {
            &[Form::RussianOctetString, Form::RussianInteger, Form::LittleEndian, Form::RussianMasked]
        }
    }
}

fn form_of(algorithm: &KeyAlgorithm, contents: Reader<'_>) -> Result<Form, EncodingError> {
    let len = algorithm.parameter_set().scalar_len();
    if let [form] = forms(algorithm.family()) {
        return Ok(*form);
    }
    let octets = contents.octets();
    if octets.len() == len {
        return Ok(Form::LittleEndian);
    }
    if !octets.is_empty() && octets.len().is_multiple_of(len) {
        return Ok(Form::RussianMasked);
    }
    match contents.peek() {
        Some(INTEGER) => Ok(Form::RussianInteger),
        Some(OCTET_STRING) => {
            // Longer than one number by more than a header: masks inside.
            let masked = octets.len() > len.saturating_add(4);
            Ok(if masked { Form::RussianMasked } else { Form::RussianOctetString })
        }
        Some(found) => Err(contents.error(Field::PrivateKey, Problem::Tag { expected: OCTET_STRING, found })),
        None => Err(contents.error(Field::PrivateKey, Problem::Truncated)),
    }
}
