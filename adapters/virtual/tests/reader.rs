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
#[path = "reader/everywhere.rs"]
mod everywhere;
#[path = "reader/host.rs"]
mod host;
#[path = "reader/levels.rs"]
mod levels;
#[path = "reader/misbehaviour.rs"]
mod misbehaviour;
#[path = "reader/parameters.rs"]
mod parameters;
#[path = "reader/properties.rs"]
mod properties;
#[path = "reader/quirks.rs"]
mod quirks;
#[path = "reader/reopening.rs"]
mod reopening;
#[path = "reader/t1.rs"]
mod t1;
