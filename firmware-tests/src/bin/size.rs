//! The core as a microcontroller links it: no allocator, no operating system, no Rust standard library.
//!
//! A host at the end of a USB pipe talks to a token that answers from a table: the answer to reset is parsed, the
//! CCID slot machine powers the card and exchanges APDUs, the user logs in and signs. That it links at all proves that nothing in the core
//! allocates; that it ends with status 0 proves that it does what it does on a desktop.
#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;

use cortex_m as _;
use kaztoken_core::Millis;
use kaztoken_core::ccid::{CcidLink, ClassDescriptor};
use kaztoken_core::drive::Connection;
use kaztoken_core::pin::{LastTry, Pin};
use kaztoken_core::token::{KeyRef, Protocol};
use kaztoken_firmware_tests::{CLASS_DESCRIPTOR, DIGEST, Device, SIGNATURE};
use semihosting::process::exit;

#[cortex_m_rt::entry]
fn main() -> ! {
    exit(talk().map_or_else(|step| step, |()| 0))
}

/// The number of the step that went wrong.
fn talk() -> Result<(), i32> {
    let mut now = 0;
    let clock = || {
        now += 1;
        Millis(now)
    };
    let descriptor = ClassDescriptor::parse(black_box(&CLASS_DESCRIPTOR)).map_err(|_| 1)?;
    let link = CcidLink::open(Device::default(), clock, &descriptor).map_err(|_| 2)?;
    if !link.atr().map_err(|_| 3)?.offers(1) {
        return Err(4);
    }
    let pin = Pin::new(black_box(b"12345678")).map_err(|_| 5)?;
    let key = KeyRef::new(1).ok_or(6)?;
    let mut signature = [0; 128];
    let (serial, length) = Connection::new(link, Protocol::T1)
        .run(async |session| {
            let serial = session.serial().await?;
            let mut user = session.login_user(&pin, LastTry::Refuse).await?;
            let length = user.sign_gost(key, &DIGEST, &mut signature).await?.len();
            user.logout().await?;
            Ok((serial, length))
        })
        .map_err(|_| 7)?;
    if serial.0 != 0x4773_8461 || signature.get(..length) != SIGNATURE.get(..64) {
        return Err(8);
    }
    Ok(())
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    exit(101)
}
