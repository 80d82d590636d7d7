//! The built program, over virtual tokens in files.

#[path = "cli/support.rs"]
mod support;

#[path = "cli/backup.rs"]
mod backup;
#[path = "cli/ca.rs"]
mod ca;
#[path = "cli/canary.rs"]
mod canary;
#[path = "cli/certificates.rs"]
mod certificates;
#[path = "cli/devices.rs"]
mod devices;
#[path = "cli/doctor.rs"]
mod doctor;
#[path = "cli/dry_run.rs"]
mod dry_run;
#[path = "cli/enroll.rs"]
mod enroll;
#[path = "cli/explain.rs"]
mod explain;
#[path = "cli/faults.rs"]
mod faults;
#[path = "cli/format.rs"]
mod format;
#[path = "cli/keys.rs"]
mod keys;
#[path = "cli/keystore.rs"]
mod keystore;
#[path = "cli/language.rs"]
mod language;
#[path = "cli/manual.rs"]
mod manual;
#[path = "cli/messages.rs"]
mod messages;
#[path = "cli/other.rs"]
mod other;
#[path = "cli/outputs.rs"]
mod outputs;
#[path = "cli/panel.rs"]
mod panel;
#[path = "cli/pins.rs"]
mod pins;
#[path = "cli/schema.rs"]
mod schema;
#[path = "cli/traces.rs"]
mod traces;
#[path = "cli/trust.rs"]
mod trust;
#[path = "cli/watch.rs"]
mod watch;
#[path = "cli/xml.rs"]
mod xml;

/// See `support`.
const THROUGH_A_RIG: bool = false;
