//! The bodies of the fuzz targets: functions over bytes that panic when an invariant does not hold.
//!
//! The executables in `fuzz_targets/` hand them libFuzzer's bytes; the tests in [`mod@replay`] hand them the
//! committed corpus and every input that ever found something. A target that is a dialogue reads its bytes as
//! a script ([`source::Source`]): what the host does, what the device or card sends, when. What the device
//! sent is thus known here, and what the machine hands over is judged without the machine's help.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod apdu_exchange;
mod atr;
mod card;
mod ccid_dialogue;
mod contact_dialogue;
mod descriptor;
mod fci_tlv;
mod messages;
mod pki;
#[cfg(test)]
mod replay;
mod rig_frames;
mod source;
mod spy;
mod t0_dialogue;
mod t1_dialogue;
mod trace;
mod virtual_token;

pub use apdu_exchange::apdu_exchange;
pub use atr::atr;
pub use ccid_dialogue::ccid_dialogue;
pub use contact_dialogue::contact_dialogue;
pub use descriptor::descriptor;
pub use fci_tlv::fci_tlv;
pub use messages::messages;
pub use pki::{certificates, cmp, journal, key_store, signed_messages, xml};
pub use rig_frames::rig_frames;
pub use t0_dialogue::t0_dialogue;
pub use t1_dialogue::t1_dialogue;
pub use trace::{trace_file, trace_record};
pub use virtual_token::virtual_token;

/// A target: its name, which is also that of its folder in `corpus` and `regressions`, and its body.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("descriptor", descriptor),
    ("messages", messages),
    ("atr", atr),
    ("fci_tlv", fci_tlv),
    ("apdu_exchange", apdu_exchange),
    ("t0_dialogue", t0_dialogue),
    ("t1_dialogue", t1_dialogue),
    ("contact_dialogue", contact_dialogue),
    ("ccid_dialogue", ccid_dialogue),
    ("virtual_token", virtual_token),
    ("rig_frames", rig_frames),
    ("trace_file", trace_file),
    ("trace_record", trace_record),
    ("certificates", certificates),
    ("signed_messages", signed_messages),
    ("key_store", key_store),
    ("cmp", cmp),
    ("enrolment_journal", journal),
    ("xml", xml),
];

/// PINs that occur nowhere else: where these bytes are found, a PIN is.
pub(crate) const PIN: &[u8; 8] = b"\xE1\x9C\xB7\xD3\xF2\xA8\xC5\x96";

/// Instructions whose data is a PIN or costs a try: VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER.
pub(crate) const fn is_secret(instruction: u8) -> bool {
    matches!(instruction, 0x20 | 0x21 | 0x24 | 0x25 | 0x2C | 0x2D)
}
