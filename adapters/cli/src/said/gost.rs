//! The GOST arithmetic and its encodings.

use super::Said;
use crate::language::say;
use kaztoken_core::gost::{DecodeError, VerifyError};

impl Said for DecodeError {
    fn said(&self) -> String {
        match *self {
            Self::Length { found } => say!("gost-length", count = found),
            Self::Header => say!("gost-header"),
            Self::Coordinate => say!("gost-coordinate"),
            Self::NotOnCurve => say!("gost-not-on-curve"),
            Self::ParameterSet => say!("gost-parameter-set"),
            Self::PrivateKey => say!("gost-private-key"),
            _ => self.to_string(),
        }
    }
}

impl Said for VerifyError {
    fn said(&self) -> String {
        match self {
            Self::DigestLength => say!("gost-digest-length"),
            Self::SignatureLength => say!("gost-signature-length"),
            Self::OutOfRange => say!("gost-out-of-range"),
            Self::Mismatch => say!("gost-mismatch"),
            _ => self.to_string(),
        }
    }
}
