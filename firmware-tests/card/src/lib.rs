//! The virtual token on a Cortex-M: as a smart card on two serial ports, or (feature `usb`) as a USB device.
//!
//! The card's side of the byte line ([`contacts`]) is served by interrupts, the token by the main loop, so that the card
//! asks its reader for time while it works ([`chip`]). An image is one file in `src/bin`, which has the board: ports,
//! interrupts, memory.
//!
//! Unlike the core and the rig's firmware it has an allocator: the token's files are a tree of vectors.
//!
//! # What it is not
//! A test instrument, as the virtual token is everywhere: its keys lie in the open. In QEMU its random numbers come
//! from a constant ([`token::test_numbers`]). Its files live in RAM: without power of its own it forgets them.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod chip;
pub mod contacts;
pub mod job;
#[cfg(feature = "usb")]
pub mod plug;
pub mod token;
#[cfg(feature = "usb")]
pub mod usb;
