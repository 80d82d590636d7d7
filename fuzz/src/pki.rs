//! Files and messages of the public key infrastructure, as a stranger may send them.

mod certificates;
mod cmp;
mod fixture;
mod journal;
mod key_store;
mod messages;
mod xml;

pub use certificates::certificates;
pub use cmp::cmp;
pub use journal::journal;
pub use key_store::key_store;
pub use messages::signed_messages;
pub use xml::xml;

#[cfg(test)]
pub(crate) use fixture::seeds;
