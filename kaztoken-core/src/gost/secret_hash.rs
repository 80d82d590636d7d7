//! Which implementation of the hash functions reads secrets.

pub(super) use super::hash::{Streebog256 as SecretStreebog256, Streebog512 as SecretStreebog512};
