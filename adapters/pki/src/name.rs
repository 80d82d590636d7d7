//! Names as Kazakhstan's authorities put them into certificates.

use core::fmt;
use core::str::FromStr;
use der::asn1::{ObjectIdentifier, PrintableString, SetOfVec, Utf8StringRef};
use der::{Any, Tagged as _};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const SURNAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.4");
const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");
const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
const ORGANIZATIONAL_UNIT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.11");
const GIVEN_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.42");

/// The upper bound that X.520 gives most attributes.
const MAX_ATTRIBUTE: usize = 64;

/// An individual's number (IIN) or an organisation's (BIN): 12 digits, the last of which checks the others.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct IdentificationNumber([u8; 12]);

/// Why a name cannot be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum NameError {
    /// A number of other than 12 digits.
    Number,
    /// A part that is empty.
    Empty {
        /// Which: `surname`, `name`, `organisation`, `common name`.
        part: &'static str,
    },
    /// A part longer than 64 characters, or with control characters.
    Part {
        /// Which.
        part: &'static str,
    },
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number => f.write_str("an IIN or BIN has 12 digits"),
            Self::Empty { part } => write!(f, "the {part} is empty"),
            Self::Part { part } => {
                write!(f, "the {part} is longer than {MAX_ATTRIBUTE} characters or has control characters")
            }
        }
    }
}

impl core::error::Error for NameError {}

impl IdentificationNumber {
    /// Whether the last digit is what the rule of the Kazakh registers makes of the others: weights 1 to 11, and where the
    /// remainder by 11 is 10, weights 3 to 11, 1, 2. The test certificates of the national centre have numbers that do not.
    #[must_use]
    pub fn check_digit_fits(self) -> bool {
        let digits = self.0.map(|digit| u32::from(digit - b'0'));
        let sum = |shift: usize| {
            let weights = (0..11).map(|at| (at + shift) % 11 + 1);
            digits.iter().zip(weights).map(|(digit, weight)| digit * weight as u32).sum::<u32>() % 11
        };
        let check = match sum(0) {
            10 => sum(2),
            check => check,
        };
        check == digits[11]
    }
}

impl FromStr for IdentificationNumber {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let digits: [u8; 12] = text.as_bytes().try_into().map_err(|_| NameError::Number)?;
        if digits.iter().all(u8::is_ascii_digit) { Ok(Self(digits)) } else { Err(NameError::Number) }
    }
}

impl fmt::Display for IdentificationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|digit| write!(f, "{}", char::from(*digit)))
    }
}

/// A subject by the national centre's conventions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Subject {
    /// Family name, in capitals as a rule.
    pub surname: String,
    /// Name.
    pub name: String,
    /// Patronymic, which goes into givenName.
    pub patronymic: Option<String>,
    /// The person's number.
    pub iin: IdentificationNumber,
    /// Of a legal entity's person: its name and number.
    pub organisation: Option<(String, IdentificationNumber)>,
}

impl Subject {
    /// As a name: CN, SURNAME, serialNumber, C, then givenName, O, OU where they are; UTF8String save C and serialNumber.
    /// # Errors
    /// [`NameError`].
    pub fn to_name(&self) -> Result<Name, NameError> {
        let common = format!("{} {}", self.surname.trim(), self.name.trim());
        check("surname", self.surname.trim())?;
        check("name", self.name.trim())?;
        let mut parts = vec![
            (COMMON_NAME, utf8("common name", &common)?),
            (SURNAME, utf8("surname", self.surname.trim())?),
            (SERIAL_NUMBER, printable(&format!("IIN{}", self.iin))),
            (COUNTRY, printable("KZ")),
        ];
        if let Some(patronymic) = self.patronymic.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            parts.push((GIVEN_NAME, utf8("patronymic", patronymic)?));
        }
        if let Some((name, bin)) = &self.organisation {
            parts.push((ORGANIZATION, utf8("organisation", name.trim())?));
            parts.push((ORGANIZATIONAL_UNIT, utf8("organisation", &format!("BIN{bin}"))?));
        }
        Ok(from_parts(parts))
    }
}

/// The name of an authority or a service: CN and C=KZ.
/// # Errors
/// [`NameError`].
pub fn of_authority(common_name: &str) -> Result<Name, NameError> {
    let common_name = utf8("common name", common_name)?;
    Ok(from_parts(vec![(COMMON_NAME, common_name), (COUNTRY, printable("KZ"))]))
}

fn check(part: &'static str, text: &str) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::Empty { part });
    }
    let fits = text.chars().count() <= MAX_ATTRIBUTE && !text.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(NameError::Part { part }) }
}

fn utf8(part: &'static str, text: &str) -> Result<Any, NameError> {
    check(part, text)?;
    let value = Utf8StringRef::new(text).map_err(|_| NameError::Part { part })?;
    Any::new(value.tag(), text.as_bytes()).map_err(|_| NameError::Part { part })
}

/// Of letters and digits only.
fn printable(text: &str) -> Any {
    PrintableString::new(text).map_or(Any::null(), |text| {
        Any::new(der::Tag::PrintableString, text.as_bytes()).unwrap_or(Any::null())
    })
}

fn from_parts(parts: Vec<(ObjectIdentifier, Any)>) -> Name {
    let mut sequence = RdnSequence::default();
    for (oid, value) in parts {
        let mut set = SetOfVec::new();
        // One value is always in order.
        if set.insert(AttributeTypeAndValue { oid, value }).is_ok() {
            sequence.push(RelativeDistinguishedName::from(set));
        }
    }
    Name::hazmat_from_rdn_sequence(sequence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> IdentificationNumber {
        text.parse().unwrap()
    }

    #[test]
    fn check_digits() {
        // Published numbers of organisations: the National Bank, the state corporation.
        for good in ["941240001151", "160440007161"] {
            assert!(number(good).check_digit_fits(), "{good}");
        }
        // Of the test certificates.
        assert!(!number("123456789011").check_digit_fits());
        for bad in ["", "12345678901", "1234567890123", "12345678901a", "１２３４"] {
            assert_eq!(bad.parse::<IdentificationNumber>(), Err(NameError::Number), "{bad}");
        }
    }

    #[test]
    fn a_person_of_an_organisation() {
        let subject = Subject {
            surname: "ТЕСТОВ".into(),
            name: "ТЕСТ".into(),
            patronymic: Some("ТЕСТОВИЧ".into()),
            iin: number("123456789011"),
            organisation: Some(("ТОО Пример".into(), number("123456789021"))),
        };
        let text = subject.to_name().unwrap().to_string();
        let expected = "OU=BIN123456789021,O=ТОО Пример,GN=ТЕСТОВИЧ,C=KZ,SERIALNUMBER=IIN123456789011,\
                        SN=ТЕСТОВ,CN=ТЕСТОВ ТЕСТ";
        assert_eq!(text, expected);
        let nobody = Subject { surname: " ".into(), ..subject.clone() };
        assert_eq!(nobody.to_name(), Err(NameError::Empty { part: "surname" }));
        let long = Subject { name: "я".repeat(65), ..subject };
        assert!(matches!(long.to_name(), Err(NameError::Part { .. })));
    }
}
