//! What we want to be, as a multiple of the fastest peer's speed on the same machine.

use core::fmt;

/// The goal of every operation.
pub(crate) const GOAL: f64 = 2.0;

/// The least that is accepted: curve, signing, verifying. Nothing else may be slower than the best peer.
const FLOORS: &[(&str, f64, f64)] = &[
    ("CryptoPro-A", 1.5, 1.7),
    ("tc26-256-A", 1.5, 1.2),
    ("tc26-512-A", 1.25, 1.5),
    ("tc26-512-B", 2.0, 2.5),
    ("tc26-512-C", 1.3, 1.0),
];

/// Where a ratio stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// At or above the goal.
    Goal,
    /// At or above the floor.
    Floor,
    Below,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Goal => "goal reached",
            Self::Floor => "floor reached",
            Self::Below => "BELOW",
        })
    }
}

/// The least ratio that is accepted.
pub(crate) fn floor(curve: &str, operation: &str) -> f64 {
    let floors = FLOORS.iter().find(|(name, _, _)| *name == curve);
    match (floors, operation) {
        (Some((_, sign, _)), "sign") => *sign,
        (Some((_, _, verify)), "verify") => *verify,
        _ => 1.0,
    }
}

/// Where this ratio to the fastest peer stands.
pub(crate) fn mark(curve: &str, operation: &str, ratio: f64) -> Mark {
    let floor = floor(curve, operation);
    if ratio >= GOAL.max(floor) {
        Mark::Goal
    } else if ratio >= floor {
        Mark::Floor
    } else {
        Mark::Below
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks() {
        assert_eq!(mark("CryptoPro-A", "sign", 1.49), Mark::Below);
        assert_eq!(mark("CryptoPro-A", "sign", 1.5), Mark::Floor);
        assert_eq!(mark("CryptoPro-A", "sign", 2.0), Mark::Goal);
        // A floor above the common goal is the goal.
        assert_eq!(mark("tc26-512-B", "verify", 2.4), Mark::Below);
        assert_eq!(mark("Streebog-256", "1024", 1.0), Mark::Floor);
        assert_eq!(mark("CryptoPro-B", "verify", 0.99), Mark::Below);
    }
}
