//! The core's conversations with the virtual token: what they do, and what is left when they are cut
//! off after any single APDU.

#[path = "conversations/cuts.rs"]
mod cuts;
#[path = "conversations/dialogue.rs"]
mod dialogue;
#[path = "conversations/drivers.rs"]
mod drivers;
#[path = "conversations/format_bytes.rs"]
mod format_bytes;
#[path = "conversations/garbage.rs"]
mod garbage;
#[path = "conversations/link.rs"]
mod link;
#[path = "conversations/objects.rs"]
mod objects;
#[path = "conversations/operations.rs"]
mod operations;
#[path = "conversations/pins.rs"]
mod pins;
#[path = "conversations/secrets.rs"]
mod secrets;
#[path = "conversations/setup.rs"]
mod setup;
#[path = "conversations/direct.rs"]
mod way;
