//! Raw USB.

use super::{Said, byte};
use crate::language::say;
use kaztoken_usb::{
    ConfigurationError, Error, Holder, InterfaceError, Location, NodeAccess, UDEV_RULES_FILE,
};

impl Said for Error {
    fn said(&self) -> String {
        match self {
            Self::Start(error) => say!("device-start", text = error.to_string()),
            Self::NothingThere => say!("device-nothing"),
            Self::Several(locations) => {
                let places: Vec<_> = locations.iter().map(Said::said).collect();
                say!("device-several", count = places.len(), text = places.join("; "))
            }
            Self::NoPermission(Some(node)) => node.said(),
            Self::NoPermission(None) => say!("device-not-allowed"),
            Self::Held(holder) => holder.said(),
            Self::Unplugged => say!("device-unplugged"),
            Self::Unusable(error) => say!("device-unusable", text = error.said()),
            Self::SendTimeout { sent, of } => say!("device-send-timeout", sent = *sent, count = *of),
            Self::Overflow { asked } => say!("device-sent-too-much", count = *asked),
            Self::Stalled => say!("device-stalled"),
            Self::Transfer(error) => say!("device-transfer", text = error.to_string()),
            _ => self.to_string(),
        }
    }
}

impl Said for NodeAccess {
    fn said(&self) -> String {
        say!(
            "device-node",
            path = self.path.display().to_string(),
            owner = self.owner.as_str(),
            group = self.group.as_str(),
            mode = format!("{:04o}", self.mode),
            file = UDEV_RULES_FILE,
            rule = self.rule.as_str(),
        )
    }
}

impl Said for Holder {
    fn said(&self) -> String {
        let name = match (&self.driver, &self.processes[..], &self.suspect) {
            (_, [_, ..], _) => {
                let programs: Vec<_> = self.processes.iter().map(ToString::to_string).collect();
                programs.join(", ")
            }
            (Some(driver), [], _) => say!("device-holder-driver", name = driver.as_str()),
            (None, [], Some(pcscd)) => say!("device-holder-suspect", name = pcscd.to_string()),
            (None, [], None) => say!("device-holder-unknown"),
        };
        let advice = match (self.is_pcscd(), &self.driver) {
            (true, _) => say!("device-advice-pcscd"),
            (false, Some(_)) => say!("device-advice-driver"),
            (false, None) => say!("device-advice-program"),
        };
        match &self.node {
            Some(node) => {
                say!("device-held-at", path = node.display().to_string(), name = name, advice = advice)
            }
            None => say!("device-held", name = name, advice = advice),
        }
    }
}

impl Said for InterfaceError {
    fn said(&self) -> String {
        match self {
            Self::Missing => say!("device-missing"),
            Self::NoConfiguration => say!("device-no-configuration"),
            Self::Unsupported { subclass: 0, protocol: protocol @ 1..=2 } => {
                say!("device-iccd", protocol = *protocol)
            }
            Self::Unsupported { subclass, protocol } => {
                say!("device-other-class", subclass = byte(*subclass), protocol = byte(*protocol))
            }
            Self::Endpoints { direction, found } => {
                say!("device-endpoints", count = *found, direction = direction.to_string())
            }
            Self::PacketSize(size) => say!("device-packet-size", count = *size),
            Self::ClassDescriptor(error) => error.said(),
            _ => self.to_string(),
        }
    }
}

impl Said for ConfigurationError {
    fn said(&self) -> String {
        match *self {
            Self::Start { found: Some(found) } => say!("device-configuration-start", got = byte(found)),
            Self::Start { found: None } => say!("device-configuration-short"),
            Self::Length { at, length, left } => {
                say!("device-configuration-length", at = at, count = length, left = left)
            }
            _ => self.to_string(),
        }
    }
}

impl Said for Location {
    fn said(&self) -> String {
        let mut place = say!("device-place", bus = self.bus, address = self.address);
        if !self.ports.is_empty() {
            let ports: Vec<_> = self.ports.iter().map(u8::to_string).collect();
            place = say!("device-place-port", place = place, ports = ports.join("."));
        }
        match self.interface {
            Some(number) => say!("device-place-interface", place = place, number = number),
            None => place,
        }
    }
}
