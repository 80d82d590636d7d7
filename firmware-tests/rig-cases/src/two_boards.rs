//! Two microcontrollers that talk to each other.
use crate::report::Report;
use crate::token::Bench;
pub(crate) fn cases(_bench: &Bench<'_>, _report: &mut Report) {}
