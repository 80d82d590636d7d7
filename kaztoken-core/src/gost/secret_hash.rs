//! Which implementation of the hash functions reads secrets: the one without tables.

pub(super) use super::hash::{
    ConstantTimeStreebog256 as SecretStreebog256, ConstantTimeStreebog512 as SecretStreebog512,
};
