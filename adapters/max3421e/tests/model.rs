//! The driver on a model of the chip, with the virtual token behind it.
//!
//! * `model/chip.rs`: the chip: SPI bytes, registers, FIFOs, results, toggles, time;
//! * `model/bus.rs`: what can be plugged into it, and what can happen on the way there;
//! * `model/token.rs`: the virtual token as a USB device;
//! * `model/bench.rs`: both together behind the driver.
//!
//! The model knows what the Programming Guide says and what the drivers of Linux and TinyUSB rely on. It
//! fails the test where the driver does what none of them allows.

#[path = "model/bench.rs"]
mod bench;
#[path = "model/bus.rs"]
mod bus;
#[path = "model/chip.rs"]
mod chip;
#[path = "model/faults.rs"]
mod faults;
#[path = "model/start.rs"]
mod start;
#[path = "model/token.rs"]
mod token;
#[path = "model/work.rs"]
mod work;
