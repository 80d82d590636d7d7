//! Blocking, over CCID messages: the whole stack of a desktop program, with a virtual token in place of the USB cable.
//!
//! With a real token the pipe comes from `kaztoken_usb::Usb::new()?.open_only()?`; nothing else changes.
//!
//! `cargo run -p kaztoken-examples --bin blocking`

use core::error::Error;
use core::time::Duration;
use kaztoken_core::Millis;
use kaztoken_core::atr::Model;
use kaztoken_core::ccid::CcidLink;
use kaztoken_core::drive::Connection;
use kaztoken_core::pin::{LastTry, Limits, Pin, Role};
use kaztoken_core::token::Protocol;
use kaztoken_virtual::ccid::{CcidDevice, class_descriptor};
use kaztoken_virtual::fault::FaultPlan;
use kaztoken_virtual::link::VirtualPipe;
use kaztoken_virtual::store::MemoryStore;
use kaztoken_virtual::{State, VirtualToken, system_rng};
use std::thread::sleep;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let model = kaztoken_virtual::Model::Kaztoken;
    let store = MemoryStore::new(State::factory(model, 0x4773_8461));
    let card = VirtualToken::open(store, system_rng())?;
    let wait = |time: Millis| sleep(Duration::from_millis(time.0));
    let pipe = VirtualPipe::new(card, CcidDevice::new(FaultPlan::default()), wait);

    let start = Instant::now();
    let clock = move || Millis(start.elapsed().as_millis() as u64);
    let link = CcidLink::open(pipe, clock, &class_descriptor(model))?;
    let name = Model::from_atr(link.atr_bytes()).map_or("a card of another kind", |model| model.name);
    let mut token = Connection::new(link, Protocol::T1);

    // Without a PIN.
    let identity = token.run(async |session| session.identify().await)?;
    let tries = token.run(async |session| session.pin_info(Role::User).await)?;
    println!("{name} {}: user PIN {:?}", identity.serial, tries.state);

    // With one. The rights are a guard: what needs them cannot be called without.
    let (old, new) = (Pin::new(b"12345678")?, Pin::new(b"Karaganda47")?);
    token.run(async |session| {
        let mut user = session.login_user(&old, LastTry::Refuse).await?;
        user.change_pin(&new, Limits { min: 6, max: 32 }).await?;
        user.logout().await
    })?;
    println!("the user PIN is changed");

    // The old one is wrong now and costs a try.
    let refused = token.run(async |session| session.login_user(&old, LastTry::Refuse).await.map(|_| ()));
    println!("the old one: {}", refused.err().ok_or("a wrong PIN was accepted")?);
    Ok(())
}
