//! The wire protocol and the rig's server, byte by byte, without features.

#[path = "protocol/bench.rs"]
mod bench;
#[path = "protocol/frames.rs"]
mod frames;
#[path = "protocol/messages.rs"]
mod messages;
#[path = "protocol/server.rs"]
mod server;
