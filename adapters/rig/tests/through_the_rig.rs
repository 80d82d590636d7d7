//! The conversations of the virtual token's own tests, with the rig in between: the same files, another way.

#[path = "../../virtual/tests/conversations/cuts.rs"]
mod cuts;
#[path = "../../virtual/tests/conversations/format_bytes.rs"]
mod format_bytes;
#[path = "../../virtual/tests/conversations/link.rs"]
mod link;
#[path = "../../virtual/tests/conversations/objects.rs"]
mod objects;
#[path = "../../virtual/tests/conversations/pins.rs"]
mod pins;
#[path = "../../virtual/tests/conversations/setup.rs"]
mod setup;
#[path = "through_the_rig/way.rs"]
mod way;
