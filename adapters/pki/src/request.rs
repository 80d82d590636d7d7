//! Certification requests, PKCS#10 (RFC 2986), in two phases.

use core::fmt;
use der::asn1::{BmpString, ObjectIdentifier, OctetString, SetOfVec};
use der::{Any, Decode, Encode};
use kaztoken_core::gost::encoding::{EncodingError, Signed};
use x509_cert::attr::Attribute;
use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage, KeyUsages};
use x509_cert::ext::{Extension, Extensions};
use x509_cert::name::Name;
use x509_cert::request::{CertReqInfo, Version};
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use crate::algorithm::{SignatureAlgorithm, encoded};
use crate::cms::{CmsError, Draft, message};
use crate::signed::ToBeSigned;
use crate::{Certificate, DateTime, EncodingFault, KeyError, PrivateKey, PublicKey, oid};

/// PKCS#9 extensionRequest.
const EXTENSION_REQUEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.14");

/// Microsoft's name for the same, in which requests to the settlement centre (KISC) were seen.
const EXTENSION_REQUEST_KISC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.2.1.14");
/// certificateTemplateName: a text in place of the extensions.
const TEMPLATE_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.20.2");

/// What a certificate shall be for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Template {
    /// keyUsage.
    pub key_usage: KeyUsage,
    /// extKeyUsage: purposes and roles.
    pub purposes: Vec<ObjectIdentifier>,
    /// The national centre's extension 1.2.398.3.3.5: in which kind of store the key was made.
    pub key_store_type: Option<ObjectIdentifier>,
}

impl Template {
    /// For signatures and entry by one GOST 2015 key, as the national centre issues them: digitalSignature, nonRepudiation,
    /// keyAgreement; e-mail protection and the role.
    #[must_use]
    pub fn signing(role: ObjectIdentifier, key_store_type: ObjectIdentifier) -> Self {
        let bits = KeyUsages::DigitalSignature | KeyUsages::NonRepudiation | KeyUsages::KeyAgreement;
        Self {
            key_usage: KeyUsage(bits),
            purposes: vec![oid::EMAIL_PROTECTION, role],
            key_store_type: Some(key_store_type),
        }
    }

    /// Its extensions, keyUsage critical as in the centre's certificates.
    /// # Errors
    /// The library's: more purposes than an encoding holds.
    pub fn extensions(&self) -> Result<Extensions, EncodingFault> {
        let mut all = vec![extension(oid::KEY_USAGE, true, &self.key_usage)?];
        if !self.purposes.is_empty() {
            all.push(extension(oid::EXT_KEY_USAGE, false, &ExtendedKeyUsage(self.purposes.clone()))?);
        }
        if let Some(store) = self.key_store_type {
            all.push(extension(oid::KEY_STORE_TYPE, false, &vec![store])?);
        }
        Ok(all)
    }
}

/// An extension with this value.
pub(crate) fn extension(
    name: ObjectIdentifier,
    critical: bool,
    value: &impl Encode,
) -> Result<Extension, EncodingFault> {
    Ok(Extension { extn_id: name, critical, extn_value: OctetString::new(value.to_der()?)? })
}

/// A request for this subject and key with these extensions, to be signed by the key itself.
/// # Errors
/// [`KeyError`]: the key is not for signatures.
pub fn prepare(subject: &Name, key: &PublicKey, extensions: &Extensions) -> Result<ToBeSigned, KeyError> {
    prepare_with(EXTENSION_REQUEST, subject, key, extensions)
}

/// A request in the form of the settlement centre (KISC), to be signed by the key itself and then [wrapped](wrap): the name
/// of a template, such as `C=KZ, O=Template, CN=GOST_USER_SIGN_14D`, in place of extensions.
///
/// **Unconfirmed:** one such message, of 2009, is publicly known; which templates there are today is not.
/// # Errors
/// [`KeyError`]: the key is not for signatures, or the name cannot be encoded.
pub fn prepare_by_template(subject: &Name, key: &PublicKey, template: &str) -> Result<ToBeSigned, KeyError> {
    let name = BmpString::from_utf8(template).map_err(|_| KeyError::Malformed)?;
    let extensions = vec![extension(TEMPLATE_NAME, false, &name).map_err(|_| KeyError::Malformed)?];
    prepare_with(EXTENSION_REQUEST_KISC, subject, key, &extensions)
}

/// A request in a signed message (PKCS#7), as the settlement centre (KISC) takes it: signed by a registration centre, or by the
/// person whose initial key this is.
///
/// **Unconfirmed**, as [`prepare_by_template`].
/// # Errors
/// [`CmsError::Signature`]: the key is not that of the certificate.
pub fn wrap(
    request: &[u8],
    by: &PrivateKey,
    certificates: &[Certificate],
    at: DateTime,
) -> Result<Vec<u8>, CmsError> {
    let own = certificates.first().ok_or(CmsError::NoCertificate)?;
    let draft = Draft::new(own, &Draft::hash(own)?.digest(request), Some(at))?;
    let signature = by.sign_digest(draft.algorithm(), draft.digest());
    let signature = signature.map_err(|_| CmsError::Signature(KeyError::OtherKey))?;
    message(Some(request), &[draft.finish(&signature)?], certificates)
}

fn prepare_with(
    attribute: ObjectIdentifier,
    subject: &Name,
    key: &PublicKey,
    extensions: &Extensions,
) -> Result<ToBeSigned, KeyError> {
    let mut attributes = SetOfVec::new();
    if !extensions.is_empty() {
        let mut values = SetOfVec::new();
        let value = Any::encode_from(extensions).map_err(|_| KeyError::Malformed)?;
        values.insert(value).map_err(|_| KeyError::Malformed)?;
        attributes.insert(Attribute { oid: attribute, values }).map_err(|_| KeyError::Malformed)?;
    }
    let info = CertReqInfo {
        version: Version::V1,
        subject: subject.clone(),
        public_key: SubjectPublicKeyInfoOwned::from_der(&key.to_spki()).map_err(|_| KeyError::Malformed)?,
        attributes,
    };
    ToBeSigned::new(encoded(&info), key)
}

/// Why a request is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum RequestError {
    /// Its outer form is not that of signed objects.
    Form(EncodingError),
    /// Its contents are not those of a request.
    Contents(der::Error),
    /// Its key cannot be used.
    Key(KeyError),
    /// It is not signed by its own key.
    Signature(KeyError),
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(error) => write!(f, "no certification request: {error}"),
            Self::Contents(error) => write!(f, "no certification request: {error}"),
            Self::Key(error) => write!(f, "the request's key: {error}"),
            Self::Signature(error) => write!(f, "the request is not signed by its own key: {error}"),
        }
    }
}

impl core::error::Error for RequestError {}

/// A request that was read, and that its own key has signed.
#[derive(Clone, Debug)]
pub struct Request {
    info: CertReqInfo,
    key: PublicKey,
    extensions: Extensions,
    template: Option<String>,
}

impl Request {
    /// From DER; proves that the sender has the private key.
    /// # Errors
    /// [`RequestError`].
    pub fn from_der(der: &[u8]) -> Result<Self, RequestError> {
        let signed = Signed::from_der(der).map_err(RequestError::Form)?;
        let info = CertReqInfo::from_der(signed.signed()).map_err(RequestError::Contents)?;
        let spki = info.public_key.to_der().map_err(RequestError::Contents)?;
        let key = PublicKey::from_spki(&spki).map_err(RequestError::Key)?;
        let identifier = x509_cert::spki::AlgorithmIdentifierOwned::from_der(signed.algorithm_identifier())
            .map_err(RequestError::Contents)?;
        let algorithm = SignatureAlgorithm::from_oid(&identifier.oid, None)
            .ok_or(RequestError::Signature(KeyError::UnknownAlgorithm(identifier.oid)))?;
        key.verify(algorithm, signed.signed(), signed.signature()).map_err(RequestError::Signature)?;
        let mut extensions = Extensions::new();
        const REQUESTS: [ObjectIdentifier; 2] = [EXTENSION_REQUEST, EXTENSION_REQUEST_KISC];
        for attribute in info.attributes.iter().filter(|attribute| REQUESTS.contains(&attribute.oid)) {
            for value in attribute.values.iter() {
                extensions.extend(value.decode_as::<Extensions>().map_err(RequestError::Contents)?);
            }
        }
        let is_template = |extension: &Extension| extension.extn_id == TEMPLATE_NAME;
        let template = extensions.iter().find(|extension| is_template(extension)).map(template_name);
        extensions.retain(|extension| !is_template(extension));
        Ok(Self { info, key, extensions, template })
    }

    /// The name of the template that is asked for, in the settlement centre's form.
    #[must_use]
    pub fn template(&self) -> Option<&str> {
        self.template.as_deref()
    }

    /// Whose certificate it shall be.
    #[must_use]
    pub const fn subject(&self) -> &Name {
        &self.info.subject
    }

    /// Its key.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// The extensions that are asked for.
    #[must_use]
    pub const fn extensions(&self) -> &Extensions {
        &self.extensions
    }
}

/// BMPString, or plain octets: both were seen.
fn template_name(extension: &Extension) -> String {
    let octets = extension.extn_value.as_bytes();
    match BmpString::from_der(octets) {
        Ok(name) => name.to_string(),
        Err(_) => String::from_utf8_lossy(octets).into_owned(),
    }
}
