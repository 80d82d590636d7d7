//! The built program again, over a rig: the same tests, the token on a rig in software, and what is the rig's own.
#![cfg(unix)]

#[path = "cli/support.rs"]
#[allow(dead_code)]
mod support;

#[path = "cli/certificates.rs"]
mod certificates;
#[path = "rig/commands.rs"]
mod commands;
#[path = "cli/dry_run.rs"]
mod dry_run;
#[path = "cli/format.rs"]
mod format;
#[path = "cli/keys.rs"]
mod keys;
#[path = "cli/pins.rs"]
mod pins;
#[path = "rig/plans.rs"]
mod plans;
#[path = "rig/rules.rs"]
mod rules;

/// See `support`.
const THROUGH_A_RIG: bool = true;
