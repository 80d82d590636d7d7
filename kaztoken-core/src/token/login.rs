//! Logging in, and what the PINs allow: rights are guards that borrow the session.

use super::{Error, Session, Step};
use crate::apdu::{Command, Status, ins};
use crate::pin::{LastTry, Limits, Pin, Role, State};
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use zeroize::Zeroizing;

/// The administrator's rights.
#[derive(Copy, Clone, Debug)]
pub enum Admin {}

/// The user's rights.
#[derive(Copy, Clone, Debug)]
pub enum User {}

/// A role that a PIN proves.
pub trait Rights: private::Sealed {
    /// Whose PIN.
    const ROLE: Role;
}

impl Rights for Admin {
    const ROLE: Role = Role::Admin;
}

impl Rights for User {
    const ROLE: Role = Role::User;
}

mod private {
    pub trait Sealed {}
    impl Sealed for super::Admin {}
    impl Sealed for super::User {}
}

/// Proof that a PIN was verified in this session. The token can still take the rights away (a reset,
/// another program); it then answers 6982.
#[derive(Debug)]
pub struct Verified<'a, 's, R: Rights> {
    session: &'a mut Session<'s>,
    rights: PhantomData<R>,
}

impl<'s, R: Rights> Deref for Verified<'_, 's, R> {
    type Target = Session<'s>;

    fn deref(&self) -> &Self::Target {
        self.session
    }
}

impl<R: Rights> DerefMut for Verified<'_, '_, R> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.session
    }
}

impl<'s> Session<'s> {
    /// Logs in. Reads the tries left first, logs out whoever is logged in, then sends the PIN once.
    ///
    /// A PIN is never sent a second time: after a lost answer the caller must log in anew, which
    /// reads the counter again.
    ///
    /// # Errors
    /// [`Error::PinRefused`] when it was not sent (no tries to spend), [`Error::WrongPin`] with the
    /// tries left, [`Error::PinBlocked`].
    pub async fn login<'a, R: Rights>(
        &'a mut self,
        _rights: PhantomData<R>,
        pin: &Pin,
        last_try: LastTry,
    ) -> Result<Verified<'a, 's, R>, Error> {
        let role = R::ROLE;
        self.logout().await?;
        self.may_try(role, last_try).await?;
        self.access.verify_sent(role);
        let command = Command::new(0, ins::VERIFY, 0, role.reference()).data(pin.as_bytes());
        let sw = self.transmit(command, &mut []).await?.sw;
        self.access.verify_answered(role, sw);
        match sw.status() {
            Status::Success => Ok(Verified { session: self, rights: PhantomData }),
            Status::WrongPin | Status::TriesLeft(_) => Err(self.wrong_pin(role).await),
            Status::Blocked => Err(Error::PinBlocked { role }),
            Status::AlreadyVerified => Err(Error::AlreadyVerified),
            _ => Err(Error::Card { step: Step::Verify, sw }),
        }
    }

    /// Logs in as the user.
    pub async fn login_user<'a>(
        &'a mut self,
        pin: &Pin,
        last_try: LastTry,
    ) -> Result<Verified<'a, 's, User>, Error> {
        self.login(PhantomData, pin, last_try).await
    }

    /// Logs in as the administrator.
    pub async fn login_admin<'a>(
        &'a mut self,
        pin: &Pin,
        last_try: LastTry,
    ) -> Result<Verified<'a, 's, Admin>, Error> {
        self.login(PhantomData, pin, last_try).await
    }

    /// Gives back all rights (`80 40 00 00`).
    pub async fn logout(&mut self) -> Result<(), Error> {
        self.done(Step::Logout, Command::new(0x80, ins::RESET_ACCESS_RIGHTS, 0, 0), &mut []).await?;
        self.access.logged_out();
        Ok(())
    }

    /// A wrong PIN was answered without a counter: ask for it.
    async fn wrong_pin(&mut self, role: Role) -> Error {
        match self.pin_info(role).await.map(|info| info.state) {
            Ok(State::NotVerified { tries }) => Error::WrongPin { role, tries_left: Some(tries) },
            Ok(State::Blocked) => Error::PinBlocked { role },
            _ => Error::WrongPin { role, tries_left: None },
        }
    }

    /// CHANGE REFERENCE DATA for a PIN: its length, then the PIN under tag A5 with a raw length byte.
    pub(super) async fn set_pin(&mut self, role: Role, new: &Pin) -> Result<(), Error> {
        // Wiped when dropped, also when the conversation is given up in the middle.
        let mut data = Zeroizing::new(heapless::Vec::<u8, 255>::new());
        let len = new.as_bytes().len();
        let head = [0x80, 0x02, 0, len as u8, 0xA5, len as u8];
        let fits = data.extend_from_slice(&head).and_then(|()| data.extend_from_slice(new.as_bytes()));
        fits.map_err(|_| Error::WrongInput { what: "the new PIN is too long for one command" })?;
        let command = Command::new(0, ins::CHANGE_REFERENCE_DATA, 0x01, role.reference()).data(&data);
        self.access.change_sent(role);
        self.done(Step::ChangePin, command, &mut []).await.map(|_| ())
    }
}

impl<R: Rights> Verified<'_, '_, R> {
    /// Changes the PIN that was verified. Whether the role may do so is the token's rule.
    pub async fn change_pin(&mut self, new: &Pin, limits: Limits) -> Result<(), Error> {
        limits.check(new)?;
        self.set_pin(R::ROLE, new).await
    }

    /// Ends the session's rights.
    pub async fn logout(self) -> Result<(), Error> {
        self.session.logout().await
    }
}

impl Verified<'_, '_, Admin> {
    /// Gives the user PIN all its tries back (`2C 03 02`); the PIN stays as it is.
    pub async fn unblock_user_pin(&mut self) -> Result<(), Error> {
        let command = Command::new(0, ins::RESET_RETRY_COUNTER, 0x03, Role::User.reference());
        self.done(Step::Unblock, command, &mut []).await?;
        self.pin_info(Role::User).await.map(|_| ())
    }

    /// Sets the user PIN, where the format left that to the administrator, and unblocks it.
    pub async fn set_user_pin(&mut self, new: &Pin, limits: Limits) -> Result<(), Error> {
        limits.check(new)?;
        self.set_pin(Role::User, new).await?;
        self.unblock_user_pin().await
    }
}
