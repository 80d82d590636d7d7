//! The core's vectors and state machines on a microcontroller, as tests of the crate embedded-test.
//!
//! `cargo xtask on-target` runs them on Cortex-M0, M3, M4 and M33 in QEMU; in this folder
//! `cargo test --profile on-target --target thumbv6m-none-eabi` runs one board, each test in a QEMU of its
//! own. Vectors are tables that the build script makes of the core's own files; nothing is written down
//! twice.
//!
//! # On a real board
//! probe-rs runs the same images. **Not run on hardware.** For an STM32F407 and for the first BBC micro:bit:
//!
//! ```text
//! KAZTOKEN_BOARD=stm32f407 cargo test --profile on-target --target thumbv7em-none-eabi --no-run
//! probe-rs run --chip STM32F407VGTx IMAGE
//! cargo test --profile on-target --target thumbv6m-none-eabi --no-run
//! probe-rs run --chip nRF51822_xxAA IMAGE
//! ```
//!
//! cargo prints the images' paths. All of the micro:bit's images fit into its 256 KB of flash and 16 KB of RAM.
//! Another board is one more entry in `build/boards.rs`. The tests use no peripheral: the processor runs at
//! the clock it has after reset, and what is printed goes by semihosting, which probe-rs shows.
#![no_std]
#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod apdu;
pub mod atr;
#[allow(unsafe_code, reason = "the whole RAM is looked at, and exceptions have no other names")]
pub mod board;
pub mod cases;
pub mod ccid;
pub mod console;
pub mod gost;
pub mod hashes;
pub mod pins;
pub mod reader;
pub mod residue;
pub mod scripts;
pub mod token;
pub mod tpdu;
