//! The host's end against a rig in software, on good and bad lines.

#[path = "host/bad_lines.rs"]
mod bad_lines;
#[path = "host/lines.rs"]
mod lines;
#[path = "host/support.rs"]
mod support;
#[path = "host/usb.rs"]
mod usb;
