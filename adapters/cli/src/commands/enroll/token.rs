//! The token's side of an enrolment.

use crate::commands::cert::{store_in_layouts, stored};
use crate::commands::sign::sign_digest;
use crate::context::pin_limits;
use crate::device::Token;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::names::{Name, named_keys, public_key};
use crate::public_key as cli;
use kaztoken_core::gost::encoding::SubjectPublicKeyInfo;
use kaztoken_core::gost::encoding::algorithm::KeyAlgorithm;
use kaztoken_core::gost::signature::Layout;
use kaztoken_core::pin::{LastTry, Limits, Pin, Role};
use kaztoken_core::token::opensc::{DirectoryKind, Label};
use kaztoken_core::token::{Algorithm, Error, KeyRef, User, Verified};
use kaztoken_pki::algorithm::SignatureAlgorithm;
use kaztoken_pki::enrolment::{KeyView, TokenView};
use kaztoken_pki::{PublicKey, RsaPublicKey};

/// A token's key as the authorities of Kazakhstan name it; `None` for one that they do not certify.
pub(in crate::commands) fn kazakh(key: &cli::PublicKey) -> Option<PublicKey> {
    match key {
        cli::PublicKey::Gost(key) => {
            let algorithm = KeyAlgorithm::kazakh(key.parameter_set()).ok()?;
            Some(PublicKey::Gost(SubjectPublicKeyInfo::new(algorithm, *key).ok()?))
        }
        cli::PublicKey::Rsa { modulus, exponent } => {
            RsaPublicKey::new(modulus, exponent).ok().map(PublicKey::Rsa)
        }
    }
}

/// What the token shows of itself. No PIN is sent.
pub(super) fn view(token: &mut Token) -> Result<TokenView> {
    let serial = token.about.serial.0;
    let view = token.connection.run(async |session| {
        let identity = session.identify().await?;
        let layouts = identity.layouts;
        let formatted =
            layouts.key_folders && !layouts.opensc_unfinished && (layouts.opensc || layouts.middleware);
        let mut view = TokenView {
            serial,
            label: identity.label.map(|label| label.as_str().to_owned()),
            formatted,
            ..TokenView::default()
        };
        if formatted {
            for key in named_keys(session).await? {
                let public = if key.is_half() { None } else { public_key(session, &key).await? };
                let public_key = public.as_ref().and_then(kazakh).map(|public| public.to_spki());
                view.keys.push(KeyView { number: key.key.key.get(), public_key });
            }
            view.certificates = stored(session).await?.into_iter().filter_map(|stored| stored.der).collect();
        }
        Ok(view)
    })?;
    Ok(view)
}

/// The lengths that the user PIN may have.
pub(super) fn limits(token: &mut Token) -> Result<Limits> {
    Ok(token.connection.run(async |session| pin_limits(session, Role::User).await)?)
}

pub(super) fn change_password(
    token: &mut Token,
    old: &Pin,
    new: &Pin,
    limits: Limits,
    last_try: LastTry,
) -> Result<()> {
    Ok(token.connection.run(async |session| {
        let mut user = session.login_user(old, last_try).await?;
        user.change_pin(new, limits).await?;
        user.logout().await
    })?)
}

/// Sees whether this password holds: one login.
pub(super) fn check_password(token: &mut Token, pin: &Pin, last_try: LastTry) -> Result<()> {
    Ok(token.connection.run(async |session| session.login_user(pin, last_try).await?.logout().await)?)
}

pub(super) fn set_label(token: &mut Token, label: &str) -> Result<()> {
    let label = Label::new(label).ok_or_else(|| Problem::new(Code::Usage, say!("format-label-wrong")))?;
    Ok(token.connection.run(async |session| match session.set_label(Some(&label)).await {
        // A token in another layout has no label that is known how to write.
        Err(Error::NoLayout) => Ok(()),
        done => done,
    })?)
}

/// Removes what a generation left that was cut off, and generates. Gives number and public key.
pub(super) fn generate(
    token: &mut Token,
    pin: &Pin,
    last_try: LastTry,
    algorithm: Algorithm,
    left: &[u8],
    name: &str,
) -> Result<(u8, PublicKey)> {
    let (key, public) = token.connection.run(async |session| {
        let mut user = session.login_user(pin, last_try).await?;
        for number in left.iter().filter_map(|number| KeyRef::new(*number)) {
            match user.delete_key(number).await {
                Ok(()) | Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let (key, bytes) = user.generate(algorithm).await?;
        let public = cli::PublicKey::from_token(algorithm, &bytes);
        if let Ok(public) = &public {
            register(&mut user, key, algorithm, public, name).await?;
        }
        user.logout().await?;
        Ok((key, public))
    })?;
    let public = kazakh(&public?).ok_or_else(|| Problem::new(Code::Data, say!("enroll-key-unsound")))?;
    Ok((key.get(), public))
}

/// Gives a whole key pair its name, where a generation was cut off before it.
pub(super) fn adopt(token: &mut Token, pin: &Pin, last_try: LastTry, number: u8, name: &str) -> Result<()> {
    Ok(token.connection.run(async |session| {
        let keys = named_keys(session).await?;
        let Some(key) = keys.iter().find(|key| key.key.key.get() == number) else { return Ok(()) };
        let public = public_key(session, key).await?;
        let (Some(algorithm), Some(public), Name::None) = (key.key.algorithm, public, &key.name) else {
            return Ok(());
        };
        let key = key.key.key;
        let mut user = session.login_user(pin, last_try).await?;
        register(&mut user, key, algorithm, &public, name).await?;
        user.logout().await
    })?)
}

/// Where the token's layout has a place for a key's name.
async fn register(
    user: &mut Verified<'_, '_, User>,
    key: KeyRef,
    algorithm: Algorithm,
    public: &cli::PublicKey,
    name: &str,
) -> Result<(), Error> {
    let layouts = user.layouts().await?;
    let id = public.id();
    match algorithm {
        Algorithm::Gost512 if !layouts.middleware => Ok(()),
        _ if layouts.opensc && algorithm != Algorithm::Gost512 => {
            // An entry without its other half, which a cut left.
            let entries = user.objects(DirectoryKind::PublicKeys).await?;
            if let Some(entry) = entries.iter().find(|entry| entry.id == id) {
                user.delete_object(&entry).await?;
            }
            user.register_key(key, algorithm, &public.to_opensc(), &id, name).await
        }
        _ if layouts.middleware => user.add_alias(key, name).await,
        _ => Ok(()),
    }
}

/// Signs a digest with a key on the token; the signature in the form of its algorithm.
pub(in crate::commands) fn sign(
    token: &mut Token,
    pin: &Pin,
    last_try: LastTry,
    number: u8,
    algorithm: SignatureAlgorithm,
    digest: &[u8],
) -> Result<Vec<u8>> {
    let gone = || Problem::new(Code::Failed, say!("key-none"));
    let keys = token.connection.run(async |session| named_keys(session).await)?;
    let key = keys.iter().find(|key| key.key.key.get() == number).ok_or_else(gone)?;
    let kind = key.key.algorithm.ok_or_else(gone)?;
    let wire = token.connection.run(async |session| {
        let mut user = session.login_user(pin, last_try).await?;
        let wire = sign_digest(&mut user, key, kind, digest).await?;
        user.logout().await?;
        Ok(wire)
    })?;
    match algorithm {
        SignatureAlgorithm::Gost(algorithm) => {
            let layout = algorithm.layouts().first().copied().unwrap_or(Layout::Kazakh);
            Ok(layout.encode(Layout::TokenWire.decode(&wire)?).to_vec())
        }
        _ => Ok(wire),
    }
}

/// Puts the certificate onto the token, in every layout that is there.
pub(in crate::commands) fn store(
    token: &mut Token,
    pin: &Pin,
    last_try: LastTry,
    number: u8,
    der: &[u8],
    name: &str,
) -> Result<()> {
    let key = KeyRef::new(number).ok_or_else(|| Problem::new(Code::Failed, say!("key-none")))?;
    let free = token.connection.run(async |session| session.free_memory().await)?;
    if let Some(free) = free.filter(|free| (*free as usize) < der.len()) {
        let message = say!("cert-no-room", count = der.len(), free = free);
        return Err(Problem::new(Code::Failed, message).and(&say!("cert-make-room")));
    }
    store_in_layouts(token, pin, last_try, key, der, name)
}
