//! What a token is for, an operation each, on any link: from the factory's token to a signature and back.
//!
//! The image `token` in `firmware-tests` takes this file, too, and measures every operation.

use kaztoken_core::drive::{ApduLink, Connection, Failure};
use kaztoken_core::pin::{LastTry, Limits, Pin};
use kaztoken_core::token::{
    Algorithm, CryptoProSet, EraseEverything, Error, FormatParameters, KeyRef, Serial,
};

/// The token that may be erased.
pub(crate) const SERIAL: Serial = Serial(0x4773_8461);
/// A digest of 256 bits.
const DIGEST: [u8; 32] = [7; 32];
const LAST: LastTry = LastTry::Refuse;

/// The PINs that are needed: the factory's, and the user's next one.
#[allow(missing_debug_implementations, reason = "secrets have none")]
pub(crate) struct Pins {
    pub(crate) admin: Pin,
    pub(crate) user: Pin,
    pub(crate) new: Pin,
}

/// One operation.
pub(crate) type Operation<L> = fn(&mut Connection<L>, &Pins) -> Result<(), Failure<<L as ApduLink>::Error>>;

/// All of them, in an order in which they go well on a token from the factory.
pub(crate) fn operations<L: ApduLink>() -> [(&'static str, Operation<L>); 11] {
    [
        ("identify", identify),
        ("format", format),
        ("login-admin", login_admin),
        ("login-user", login_user),
        ("change-pin", change_pin),
        ("generate-256", generate),
        ("keys", keys),
        ("read-public-key", read_public_key),
        ("sign-by-token", sign),
        ("random-32", random),
        ("delete-key", delete_key),
    ]
}

type Done<L> = Result<(), Failure<<L as ApduLink>::Error>>;

#[inline(never)]
fn identify<L: ApduLink>(connection: &mut Connection<L>, _: &Pins) -> Done<L> {
    connection.run(async |session| session.identify().await.map(drop))
}

#[inline(never)]
fn format<L: ApduLink>(connection: &mut Connection<L>, pins: &Pins) -> Done<L> {
    connection.run(async |session| {
        let found = session.serial().await?;
        let wrong = Error::WrongInput { what: "another token" };
        let consent = EraseEverything::confirm(found, SERIAL).map_err(|_| wrong)?;
        let mut admin = session.login_admin(&pins.admin, LAST).await?;
        admin.format(consent, &FormatParameters::new(&pins.admin, &pins.user)).await
    })
}

#[inline(never)]
fn login_admin<L: ApduLink>(connection: &mut Connection<L>, pins: &Pins) -> Done<L> {
    connection.run(async |session| session.login_admin(&pins.admin, LAST).await?.logout().await)
}

#[inline(never)]
fn login_user<L: ApduLink>(connection: &mut Connection<L>, pins: &Pins) -> Done<L> {
    connection.run(async |session| session.login_user(&pins.user, LAST).await.map(drop))
}

#[inline(never)]
fn change_pin<L: ApduLink>(connection: &mut Connection<L>, pins: &Pins) -> Done<L> {
    connection.run(async |session| {
        session.login_user(&pins.user, LAST).await?.change_pin(&pins.new, Limits::ANY).await
    })
}

#[inline(never)]
fn generate<L: ApduLink>(connection: &mut Connection<L>, pins: &Pins) -> Done<L> {
    connection.run(async |session| {
        let mut user = session.login_user(&pins.new, LAST).await?;
        user.generate(Algorithm::Gost256(CryptoProSet::A)).await.map(drop)
    })
}

#[inline(never)]
fn keys<L: ApduLink>(connection: &mut Connection<L>, _: &Pins) -> Done<L> {
    connection.run(async |session| session.keys().await.map(drop))
}

#[inline(never)]
fn read_public_key<L: ApduLink>(connection: &mut Connection<L>, _: &Pins) -> Done<L> {
    connection.run(async |session| session.read_public_key(first()?).await.map(drop))
}

#[inline(never)]
fn sign<L: ApduLink>(connection: &mut Connection<L>, pins: &Pins) -> Done<L> {
    connection.run(async |session| {
        let mut user = session.login_user(&pins.new, LAST).await?;
        user.sign_gost(first()?, &DIGEST, &mut [0; 128]).await.map(drop)
    })
}

#[inline(never)]
fn random<L: ApduLink>(connection: &mut Connection<L>, _: &Pins) -> Done<L> {
    connection.run(async |session| session.random(&mut [0; 32]).await)
}

#[inline(never)]
fn delete_key<L: ApduLink>(connection: &mut Connection<L>, pins: &Pins) -> Done<L> {
    connection.run(async |session| session.login_user(&pins.new, LAST).await?.delete_key(first()?).await)
}

/// The key that was generated.
fn first() -> Result<KeyRef, Error> {
    KeyRef::new(1).ok_or(Error::WrongInput { what: "keys are counted from 1" })
}
