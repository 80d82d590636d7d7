//! A rig in software with a virtual token on it: in process, or served on a socket.

mod contacts;
mod serve;
mod usb;

pub use contacts::ContactBench;
pub use serve::{Listener, in_process, serve};
pub use usb::UsbBench;
