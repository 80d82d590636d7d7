//! The core's host side on the virtual token with all of CCID in between.

use super::common::{SERIAL, token};
use kaztoken_core::Millis;
use kaztoken_core::ccid::CcidLink;
use kaztoken_core::drive::{ApduLink, Connection};
use kaztoken_core::gost::signature::TokenWire;
use kaztoken_core::gost::{Digest, ParameterSet, PublicKey, verify};
use kaztoken_core::pin::{LastTry, Pin};
use kaztoken_core::token::{Algorithm, CryptoProSet, EraseEverything, FormatParameters, Protocol};
use kaztoken_virtual::ccid::{CcidDevice, class_descriptor};
use kaztoken_virtual::link::VirtualPipe;
use kaztoken_virtual::{Model, State};
use std::cell::Cell;

fn format_generate_sign<L: ApduLink>(link: L, protocol: Protocol)
where
    L::Error: 'static,
{
    let pin = |text: &str| Pin::new(text.as_bytes()).unwrap();
    let (admin, user) = (pin("87654321"), pin("userpin1"));
    let mut connection = Connection::new(link, protocol);
    let hash = [7; 32];
    let (public, signature) = connection
        .run(async |session| {
            let identity = session.identify().await?;
            assert_eq!(identity.serial.0, SERIAL);
            assert!(identity.layouts.vendor && !identity.layouts.opensc);
            let consent = EraseEverything::confirm(identity.serial, identity.serial).unwrap();
            let mut rights = session.login_admin(&admin, LastTry::Refuse).await?;
            rights.format(consent, &FormatParameters::new(&admin, &user)).await?;
            assert!(session.layouts().await?.opensc);
            let mut rights = session.login_user(&user, LastTry::Refuse).await?;
            let (reference, public) = rights.generate(Algorithm::Gost256(CryptoProSet::A)).await?;
            let mut out = [0; 128];
            let signature = rights.sign_gost(reference, &hash, &mut out).await?.to_vec();
            Ok((public, signature))
        })
        .unwrap();
    let public = PublicKey::from_raw(ParameterSet::CryptoProA, &public).unwrap();
    verify(&public, &Digest::from(hash), &TokenWire::from_slice(&signature).unwrap().into()).unwrap();
}

#[test]
fn format_generate_and_sign_over_ccid() {
    let now = Cell::new(0);
    let device = CcidDevice::new("extend@46:3x1000ms".parse().unwrap());
    let card = token(State::factory(Model::Kaztoken, SERIAL));
    let pipe = VirtualPipe::new(card, device, |by: Millis| now.set(now.get() + by.0));
    let link = CcidLink::open(pipe, || Millis(now.get()), &class_descriptor(Model::Kaztoken)).unwrap();
    format_generate_sign(link, Protocol::T1);
    assert_eq!(now.get(), 3001);
}
