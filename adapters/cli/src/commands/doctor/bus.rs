//! Raw USB: is the bus there, is a token on it, may it be opened, does anybody hold it.

use super::fix::Fix;
use super::{Finding, Identity, System};
use crate::exit::Code;
use crate::output::printable;
use crate::said::Said as _;
use kaztoken_usb::{Candidate, Error, InterfaceError, Usb};

/// What is on the bus. Gives the tokens that were seen.
pub(super) fn look(system: &System, findings: &mut Vec<Finding>) -> Vec<Identity> {
    let candidates = match Usb::new().and_then(|usb| usb.discover()) {
        Ok(candidates) => candidates,
        Err(error) => {
            let finding = Finding::fail("doctor-bus-hidden", Code::NoToken);
            findings.push(finding.with("text", printable(&error.said())));
            findings.extend(surroundings(system));
            return Vec::new();
        }
    };
    if candidates.is_empty() {
        findings.push(Finding::fail("doctor-nothing-there", Code::NoToken));
        findings.extend(surroundings(system));
        return Vec::new();
    }
    for candidate in &candidates {
        findings.push(seen(candidate));
        findings.extend(obstacle(system, candidate));
        findings.extend(driver(candidate));
    }
    let identity = |candidate: &Candidate| Identity {
        vendor_id: candidate.vendor_id,
        product_id: candidate.product_id,
        name: printable(&candidate.product.clone().unwrap_or_else(|| "KAZTOKEN".to_owned())),
    };
    let mut tokens: Vec<_> = candidates.iter().filter(|it| it.known.is_some()).map(identity).collect();
    tokens.dedup();
    tokens
}

/// Where nothing is to be seen: is there a wall around this system?
fn surroundings(system: &System) -> Option<Finding> {
    let inside = |id, name: String| Some(Finding::warn(id).with("name", printable(&name)));
    match (system.container(), system.machine()) {
        (Some(name), _) => inside("doctor-in-container", name),
        (None, Some(name)) => inside("doctor-in-machine", name),
        (None, None) => None,
    }
}

/// A driver that is taken from the interface when it is opened, and gets it back.
fn driver(candidate: &Candidate) -> Option<Finding> {
    let driver = candidate.driver.as_deref().filter(|_| candidate.obstacle.is_none())?;
    Some(Finding::warn("doctor-driver-bound").with("name", printable(driver)))
}

/// What holds readers where it is not Linux.
pub(super) fn other_systems(findings: &mut Vec<Finding>) {
    if cfg!(windows) {
        findings.push(Finding::warn("doctor-windows"));
    } else if cfg!(target_os = "macos") {
        findings.push(Finding::warn("doctor-macos"));
    }
}

fn name(candidate: &Candidate) -> String {
    let name = candidate.product.clone().or_else(|| candidate.known.map(|known| known.name.to_owned()));
    let ids = format!("{:04x}:{:04x}", candidate.vendor_id, candidate.product_id);
    name.map_or_else(|| ids.clone(), |name| format!("{} ({ids})", printable(&name)))
}

fn seen(candidate: &Candidate) -> Finding {
    let finding = match &candidate.interface {
        Ok(_) => Finding::ok("doctor-seen"),
        Err(InterfaceError::Missing) => Finding::fail("doctor-no-interface", Code::Unsupported),
        Err(error) => {
            Finding::fail("doctor-descriptors", Code::Unsupported).with("text", printable(&error.said()))
        }
    };
    finding.with("name", name(candidate)).with("place", candidate.location.said())
}

fn obstacle(system: &System, candidate: &Candidate) -> Option<Finding> {
    let rule = || system.has_rule(candidate.vendor_id, candidate.product_id);
    let finding = match candidate.obstacle.as_ref() {
        None if candidate.interface.is_err() => return None,
        // Root may open everything; the person at the computer may not.
        None if candidate.node.is_some() && system.is_root() && !rule() => {
            let fix = Fix::rule(candidate.vendor_id, candidate.product_id);
            Finding::warn("doctor-only-root").with("rule", fix.shown.clone()).curable(Some(fix))
        }
        None => Finding::ok("doctor-node"),
        Some(Error::NoPermission(Some(node))) => {
            // Where there is a rule already, another one does not help.
            let asleep = rule();
            let id = if asleep { "doctor-rule-asleep" } else { "doctor-no-permission" };
            let fix = (!asleep).then(|| Fix::rule(candidate.vendor_id, candidate.product_id));
            Finding::fail(id, Code::NoPermission)
                .with("path", node.path.display().to_string())
                .with("owner", printable(&node.owner))
                .with("group", printable(&node.group))
                .with("mode", format!("{:04o}", node.mode))
                .with("rule", node.rule.clone())
                .curable(fix)
        }
        Some(Error::NoPermission(None)) => Finding::fail("doctor-not-allowed", Code::NoPermission),
        Some(Error::Held(holder)) => {
            let programs: Vec<_> =
                holder.processes.iter().chain(&holder.suspect).map(ToString::to_string).collect();
            match (&programs[..], &holder.driver) {
                ([], Some(driver)) => {
                    Finding::fail("doctor-driver", Code::Busy).with("name", printable(driver))
                }
                _ if holder.is_pcscd() => Finding::warn("doctor-held-by-service"),
                ([], None) => Finding::fail("doctor-held-by-somebody", Code::Busy),
                _ => Finding::fail("doctor-held", Code::Busy).with("name", printable(&programs.join(", "))),
            }
        }
        Some(Error::Unplugged) => Finding::fail("doctor-gone", Code::Removed),
        Some(error) => {
            Finding::fail("doctor-cannot-open", Code::Failed).with("text", printable(&error.said()))
        }
    };
    Some(finding)
}
