//! A key made on the token, a signature by it, and the check of that signature in software, in the byte orders of
//! Kazakhstan and of Russia.
//!
//! `cargo run -p kaztoken-examples --bin sign-and-verify`

use core::error::Error;
use kaztoken_core::drive::Connection;
use kaztoken_core::gost::signature::{Kazakh, Russian, TokenWire};
use kaztoken_core::gost::{HashAlgorithm, ParameterSet, PublicKey, Signature, verify};
use kaztoken_core::pin::{LastTry, Pin};
use kaztoken_core::token::{Algorithm, CryptoProSet, Protocol};
use kaztoken_virtual::link::InProcess;
use kaztoken_virtual::store::MemoryStore;
use kaztoken_virtual::{Model, State, VirtualToken, system_rng};

fn main() -> Result<(), Box<dyn Error>> {
    let store = MemoryStore::new(State::factory(Model::Kaztoken, 0x4773_8461));
    let link = InProcess::new(VirtualToken::open(store, system_rng())?);
    let mut token = Connection::new(link, Protocol::T1);

    let document = b"Payment order 17: 125000.00 KZT to TOO Primer";
    let digest = HashAlgorithm::Streebog256.digest(document);
    let pin = Pin::new(b"12345678")?;
    let (key, public, wire) = token.run(async |session| {
        let mut user = session.login_user(&pin, LastTry::Refuse).await?;
        let (key, public) = user.generate(Algorithm::Gost256(CryptoProSet::A)).await?;
        let mut signature = [0; 128];
        let wire = user.sign_gost(key, digest.as_slice(), &mut signature).await?.to_vec();
        user.logout().await?;
        Ok((key, public, wire))
    })?;

    // From here on no token is needed. None of the byte orders can be told from another by looking at it, so each is
    // a type.
    let public = PublicKey::from_raw(ParameterSet::CryptoProA, &public)?;
    let signature: Signature = TokenWire::from_slice(&wire)?.into();
    verify(&public, &digest, &signature)?;
    println!("key {key} signed {:?}", String::from_utf8_lossy(document));
    println!("for a Kazakh certificate or CMS: {:02x?}..", &Kazakh::from(signature).as_slice()[..8]);
    println!("for PKCS#11, OpenSSL, RFC 4491:  {:02x?}..", &Russian::from(signature).as_slice()[..8]);

    let altered = HashAlgorithm::Streebog256.digest(b"Payment order 17: 925000.00 KZT to TOO Primer");
    match verify(&public, &altered, &signature) {
        Ok(()) => Err("a signature of another document was accepted".into()),
        Err(error) => {
            println!("an altered document: {error}");
            Ok(())
        }
    }
}
