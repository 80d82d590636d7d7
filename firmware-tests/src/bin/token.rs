//! What the token's operations take: a conversation each, from the factory's token to a signature.
//!
//! What the image takes beyond `token_device`, which has the same token and asks it nothing, is the operations'.
#![no_std]
#![no_main]

#[path = "../../../adapters/virtual/tests/conversations/operations.rs"]
mod operations;

use core::panic::PanicInfo;

use cortex_m as _;
use kaztoken_core::drive::Connection;
use kaztoken_core::pin::Pin;
use kaztoken_core::token::Protocol;
use kaztoken_firmware_tests::answers::Recorded;
use kaztoken_firmware_tests::meter::{Meter, print};
use operations::{Pins, operations};
use semihosting::process::exit;

#[cortex_m_rt::entry]
fn main() -> ! {
    exit(talk().map_or_else(|step| step, |()| 0))
}

/// The error is the number of the operation that went wrong.
fn talk() -> Result<(), i32> {
    let meter = Meter::start();
    let pin = |bytes| Pin::new(bytes).map_err(|_| 20);
    let pins = Pins { admin: pin(b"87654321")?, user: pin(b"12345678")?, new: pin(b"Almaty-2026")? };
    let mut token = Recorded::default();
    let mut connection = Connection::new(&mut token, Protocol::T1);
    print(c"resident ", "connection", [size_of_val(&connection) as u32, 0]);
    for ((name, operation), number) in operations().into_iter().zip(1..) {
        let mut went = false;
        let cost = meter.cost(|| went = operation(&mut connection, &pins).is_ok());
        if !went {
            return Err(number);
        }
        print(c"cost ", name, [cost.instructions, cost.stack]);
    }
    // It logs out.
    drop(connection);
    if token.finished() { Ok(()) } else { Err(21) }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    exit(101)
}
