//! The virtual reader: what it answers to raw messages, and the core's host side over it.

#[path = "reader/abort.rs"]
mod abort;
#[path = "reader/bench.rs"]
mod bench;
#[path = "suite/common.rs"]
#[allow(dead_code)]
mod common;
#[path = "reader/events.rs"]
mod events;
#[path = "reader/levels.rs"]
mod levels;
#[path = "reader/parameters.rs"]
mod parameters;
#[path = "reader/quirks.rs"]
mod quirks;
#[path = "reader/t1.rs"]
mod t1;
