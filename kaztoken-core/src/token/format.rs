//! Formatting: it erases everything, for good.
//!
//! The commands and files are those of OpenSC's `pkcs15-init` for the Rutoken ECP, so that OpenSC
//! and this crate see the same objects afterwards. How the vendor's own tools format, and whether
//! the chip itself asks for the administrator PIN, is not public; here it is asked for.

use super::login::{Admin, Verified};
use super::opensc::{self, Label};
use super::{Error, Path, Serial, Session, Step};
use crate::apdu::{AccessMode, AccessRules, Command, Condition, Fci, FileKind, KeyProperties, ins};
use crate::pin::{LastTry, Limits, Pin, Role, State};
use core::fmt;

/// Consent to erase one certain token: it can only be made by naming its serial number.
#[derive(Debug)]
pub struct EraseEverything {
    serial: Serial,
}

/// The serial number given is not that of the token.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct WrongSerial {
    /// The token's serial number.
    pub token: Serial,
    /// The one that was given.
    pub given: Serial,
}

impl fmt::Display for WrongSerial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the serial number {} is not that of this token ({}); nothing was erased",
            self.given, self.token
        )
    }
}

impl core::error::Error for WrongSerial {}

impl EraseEverything {
    /// Checks the serial number that the person typed against that of the token.
    pub fn confirm(token: Serial, given: Serial) -> Result<Self, WrongSerial> {
        if token == given { Ok(Self { serial: token }) } else { Err(WrongSerial { token, given }) }
    }
}

/// Who may change the user PIN after the format. The numbers are the vendor's.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum UserPinChange {
    /// 1: only the administrator.
    Admin,
    /// 2: only the user.
    User,
    /// 3: both.
    Both,
}

/// What the formatted token shall be like.
pub struct FormatParameters<'a> {
    /// The administrator PIN from now on.
    pub admin_pin: &'a Pin,
    /// The user PIN from now on.
    pub user_pin: &'a Pin,
    /// The token's name, or none.
    pub label: Option<Label>,
    /// The shortest administrator PIN, 1 to 31.
    pub min_admin_len: u8,
    /// The shortest user PIN, 1 to 31.
    pub min_user_len: u8,
    /// Wrong administrator PINs until it is blocked, 3 to 10.
    pub admin_tries: u8,
    /// Wrong user PINs until it is blocked, 1 to 10.
    pub user_tries: u8,
    /// Who may change the user PIN.
    pub user_pin_change: UserPinChange,
    /// Go on although keys, certificates or files of other software are on the token.
    pub erase_keys: bool,
    /// The time of the format as `YYYYMMDDhhmmssZ`, if it is known.
    pub time: Option<[u8; 15]>,
}

/// Without the PINs.
impl fmt::Debug for FormatParameters<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FormatParameters").field("label", &self.label).finish_non_exhaustive()
    }
}

impl<'a> FormatParameters<'a> {
    /// The limits of OpenSC's profile: administrator at least 8 characters and 10 tries, user at
    /// least 6 and 5 tries, both may change the user PIN, no label.
    #[must_use]
    pub const fn new(admin_pin: &'a Pin, user_pin: &'a Pin) -> Self {
        Self {
            admin_pin,
            user_pin,
            label: None,
            min_admin_len: 8,
            min_user_len: 6,
            admin_tries: 10,
            user_tries: 5,
            user_pin_change: UserPinChange::Both,
            erase_keys: false,
            time: None,
        }
    }

    fn check(&self) -> Result<(), Error> {
        let within = |value: u8, low: u8, high: u8| (low..=high).contains(&value);
        if !within(self.min_admin_len, 1, 31) || !within(self.min_user_len, 1, 31) {
            return Err(Error::WrongInput { what: "the shortest PIN must have 1 to 31 characters" });
        }
        if !within(self.admin_tries, 3, 10) {
            return Err(Error::WrongInput { what: "the administrator's tries must be 3 to 10" });
        }
        if !within(self.user_tries, 1, 10) {
            return Err(Error::WrongInput { what: "the user's tries must be 1 to 10" });
        }
        // What OpenSC announces as the longest PIN of this layout.
        Limits { min: self.min_admin_len, max: 32 }.check(self.admin_pin)?;
        Limits { min: self.min_user_len, max: 32 }.check(self.user_pin)?;
        Ok(())
    }
}

/// How much is on a token that a format would destroy.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Contents {
    /// Key pairs, halves included.
    pub keys: u16,
    /// Certificates of all layouts that are known.
    pub certificates: u16,
    /// Files in the folders of the vendor's and other software; what they hold is not public.
    pub foreign: u16,
}

impl Contents {
    /// Whether there is nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        matches!(self, Self { keys: 0, certificates: 0, foreign: 0 })
    }
}

/// Why a format was not started. The token is as before.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum FormatRefusal {
    /// The consent was given for another token.
    OtherToken,
    /// There are keys, certificates or files of other software on it.
    NotEmpty(Contents),
    /// There is an administrator PIN, so it must be verified first.
    AdminPinNeeded,
}

impl fmt::Display for FormatRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherToken => {
                f.write_str("another token is attached than the one to be erased; nothing was erased")
            }
            Self::NotEmpty(Contents { keys, certificates, foreign }) => write!(
                f,
                "there are {keys} keys, {certificates} certificates and {foreign} files of other software on the \
                 token and a format destroys them; nothing was erased"
            ),
            Self::AdminPinNeeded => f.write_str("a format needs the administrator PIN; nothing was erased"),
        }
    }
}

const SYSTEM_FOLDERS: [(Path, &[u16]); 4] = {
    let sys = Path::MF.child(0x1000);
    [
        (sys, &[0x1000]),
        (sys.child(0x1000), &[0x6001, 0x6002, 0x6003, 0x6004, 0x6005]),
        (sys, &[0x1001, 0x1002, 0x1003, 0x1004]),
        (sys.child(0x1001), &[0x8001, 0x8002]),
    ]
};

impl Verified<'_, '_, Admin> {
    /// Erases the token and sets it up anew. Cut off anywhere, the token asks to be formatted again.
    pub async fn format(
        &mut self,
        consent: EraseEverything,
        parameters: &FormatParameters<'_>,
    ) -> Result<(), Error> {
        self.erase_and_set_up(consent, parameters).await
    }
}

impl Session<'_> {
    /// Whether a format was cut off, so that the token must be formatted again before it is of any
    /// use: it has no file system, no administrator PIN, or an application folder that was not
    /// written to the end. A token with anything on it never counts as such.
    pub async fn is_format_unfinished(&mut self) -> Result<bool, Error> {
        let layouts = self.layouts().await?;
        if !layouts.file_system {
            // Erased: there is nothing to protect. What it says of its PINs now is not public.
            return Ok(true);
        }
        if !layouts.opensc_unfinished && self.pin_info(Role::Admin).await?.state != State::Absent {
            return Ok(false);
        }
        Ok(self.contents().await?.is_empty())
    }

    /// Counts what a format would destroy. Needs no PIN.
    pub async fn contents(&mut self) -> Result<Contents, Error> {
        Ok(Contents {
            keys: self.key_numbers().await?.len(),
            certificates: self.count_certificates().await?,
            foreign: self.foreign_files().await?,
        })
    }

    /// Formats a token whose format was cut off: its administrator PIN is not there or not set yet,
    /// so that it cannot be verified.
    ///
    /// # Errors
    /// [`FormatRefusal::AdminPinNeeded`] when [`is_format_unfinished`](Self::is_format_unfinished)
    /// says no.
    pub async fn format_unfinished(
        &mut self,
        consent: EraseEverything,
        parameters: &FormatParameters<'_>,
    ) -> Result<(), Error> {
        if !self.is_format_unfinished().await? {
            return Err(Error::FormatRefused(FormatRefusal::AdminPinNeeded));
        }
        self.erase_and_set_up(consent, parameters).await
    }

    async fn erase_and_set_up(
        &mut self,
        consent: EraseEverything,
        parameters: &FormatParameters<'_>,
    ) -> Result<(), Error> {
        parameters.check()?;
        let serial = self.serial().await?;
        if serial != consent.serial {
            return Err(Error::FormatRefused(FormatRefusal::OtherToken));
        }
        if !parameters.erase_keys {
            let contents = self.contents().await?;
            if !contents.is_empty() {
                return Err(Error::FormatRefused(FormatRefusal::NotEmpty(contents)));
            }
        }
        // From here on there is no way back.
        self.access.forget();
        self.done(Step::FormatStart, Command::new(0x80, ins::FORMAT_START, 0, 0), &mut []).await?;
        self.create_folders().await?;
        let admin_rules = AccessRules::new(&[
            (AccessMode::CreateOrRead, Condition::Never),
            (AccessMode::Update, Condition::Admin),
            (AccessMode::Delete, Condition::Never),
        ]);
        let change = match parameters.user_pin_change {
            UserPinChange::Admin => Condition::Admin,
            UserPinChange::User => Condition::User,
            UserPinChange::Both => Condition::AdminOrUser,
        };
        let user_rules =
            admin_rules.with(AccessMode::CreateOrRead, Condition::Admin).with(AccessMode::Update, change);
        let admin = KeyProperties::pin(parameters.min_admin_len, parameters.admin_tries);
        let user = KeyProperties::pin(parameters.min_user_len, parameters.user_tries);
        self.create_pin(Role::Admin, parameters.admin_pin, admin, admin_rules).await?;
        // The PIN was set one command ago and has at least three tries.
        let mut session = self.login_admin(parameters.admin_pin, LastTry::Refuse).await?;
        session.select(Path::PKCS15).await?;
        session.create_pin(Role::User, parameters.user_pin, user, user_rules).await?;
        session.create_opensc_files(parameters.min_admin_len, parameters.min_user_len).await?;
        session.done(Step::FormatEnd, Command::new(0x80, ins::FORMAT_END, 0x4E, 0x19), &mut []).await?;
        // Last: a token without it counts as not formatted to the end.
        session.write_token_info(serial, parameters.label.as_ref(), parameters.time).await?;
        session.logout().await
    }

    async fn create_folders(&mut self) -> Result<(), Error> {
        let user = Condition::User;
        let rules = AccessRules::new(&[
            (AccessMode::CreateOrRead, user),
            (AccessMode::Update, user),
            (AccessMode::Delete, Condition::Never),
        ]);
        let folder = |id, access| Fci { kind: FileKind::Df, id, size: 0, properties: None, access };
        // The MF is current once it is created.
        self.create_here(folder(0x3F00, rules.with(AccessMode::Use, Condition::Admin))).await?;
        self.create_here(opensc::DIR).await?;
        self.create_file(Path::MF, folder(0x1000, rules)).await?;
        for (parent, children) in SYSTEM_FOLDERS {
            for id in children {
                self.create_file(parent, folder(*id, rules)).await?;
            }
        }
        self.create_file(Path::MF, opensc::APPLICATION).await
    }

    async fn create_pin(
        &mut self,
        role: Role,
        pin: &Pin,
        properties: KeyProperties,
        access: AccessRules,
    ) -> Result<(), Error> {
        let id = u16::from(role.reference());
        let size = pin.as_bytes().len() as u16;
        self.create_here(Fci { kind: FileKind::Rsf, id, size, properties: Some(properties), access }).await?;
        self.set_pin(role, pin).await
    }
}
