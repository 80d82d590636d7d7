//! Raw USB: is the bus there, is a token on it, may it be opened, does anybody hold it.

use super::Finding;
use crate::exit::Code;
use crate::output::printable;
use kaztoken_usb::{Candidate, Error, InterfaceError, Usb};

pub(super) fn look(findings: &mut Vec<Finding>) {
    let candidates = match Usb::new().and_then(|usb| usb.discover()) {
        Ok(candidates) => candidates,
        Err(error) => {
            let finding = Finding::fail("doctor-bus-hidden", Code::NoToken);
            findings.push(finding.with("text", error.to_string()));
            return;
        }
    };
    if candidates.is_empty() {
        findings.push(Finding::fail("doctor-nothing-there", Code::NoToken));
        return;
    }
    for candidate in &candidates {
        findings.push(seen(candidate));
        findings.extend(obstacle(candidate));
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
            Finding::fail("doctor-descriptors", Code::Unsupported).with("text", printable(&error.to_string()))
        }
    };
    finding.with("name", name(candidate)).with("place", candidate.location.to_string())
}

fn obstacle(candidate: &Candidate) -> Option<Finding> {
    let finding = match candidate.obstacle.as_ref() {
        None => return candidate.interface.is_ok().then(|| Finding::ok("doctor-node")),
        Some(Error::NoPermission(Some(node))) => Finding::fail("doctor-no-permission", Code::NoPermission)
            .with("path", node.path.display().to_string())
            .with("owner", printable(&node.owner))
            .with("group", printable(&node.group))
            .with("mode", format!("{:04o}", node.mode))
            .with("rule", node.rule.clone()),
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
            Finding::fail("doctor-cannot-open", Code::Failed).with("text", printable(&error.to_string()))
        }
    };
    Some(finding)
}
