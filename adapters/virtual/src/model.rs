//! The tokens that can be imitated.

use serde::{Deserialize, Serialize};

/// The transmission protocol that the answer to reset offers.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Protocol {
    /// T=0: case 4 is sent as case 3, answers are collected with GET RESPONSE.
    T0,
    /// T=1: the answer comes with the response.
    T1,
}

/// Which token the virtual token imitates. The command set is the same; ATR and protocol differ.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Model {
    /// KAZTOKEN, the USB token (T=1).
    #[default]
    Kaztoken,
    /// KAZTOKEN SC, the card (T=0).
    KaztokenSc,
    /// Rutoken ECP 2.0 and 3.0 (T=1), the relative that OpenSC and libccid know.
    RutokenEcp,
}

impl Model {
    /// Every model.
    pub const ALL: [Self; 3] = [Self::Kaztoken, Self::KaztokenSc, Self::RutokenEcp];

    /// The answer to reset (ISO 7816-3 section 8).
    #[must_use]
    pub const fn atr(self) -> &'static [u8] {
        match self {
            Self::Kaztoken => b"\x3B\x88\x01KAZTOKEN\x82",
            Self::KaztokenSc => b"\x3B\x98\x96\x00KAZTOKEN",
            Self::RutokenEcp => b"\x3B\x8B\x01Rutoken DS \xC1",
        }
    }

    /// The protocol that the ATR offers.
    #[must_use]
    pub const fn protocol(self) -> Protocol {
        match self {
            Self::Kaztoken | Self::RutokenEcp => Protocol::T1,
            Self::KaztokenSc => Protocol::T0,
        }
    }

    /// Name for people and for the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kaztoken => "kaztoken",
            Self::KaztokenSc => "kaztoken-sc",
            Self::RutokenEcp => "rutoken-ecp",
        }
    }

    /// The model with this [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|model| model.name() == name)
    }

    /// Memory for files and their headers, in bytes. 128 KiB is what a Rutoken ECP 3.0 reports.
    #[must_use]
    pub const fn memory(self) -> u32 {
        128 * 1024
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_t1_check_byte_makes_the_sum_zero() {
        for model in Model::ALL {
            let sum = model.atr()[1..].iter().fold(0, |sum, byte| sum ^ byte);
            assert_eq!(sum == 0, model.protocol() == Protocol::T1, "{model:?}");
            assert_eq!(Model::from_name(model.name()), Some(model));
        }
    }
}
