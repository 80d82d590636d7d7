//! Who holds the interface.

use crate::sysfs::System;
use core::fmt;
use std::path::PathBuf;

/// A running program.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Process {
    /// Process id.
    pub pid: u32,
    /// The name the kernel knows it by (at most 15 bytes on Linux).
    pub name: String,
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (pid {})", self.name, self.pid)
    }
}

/// Who has the interface, as far as this user may see.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Holder {
    /// The device node.
    pub node: Option<PathBuf>,
    /// The kernel driver bound to the interface, other than the one that stands for programs.
    pub driver: Option<String>,
    /// Programs that have the device open.
    pub processes: Vec<Process>,
    /// pcscd, when it runs and the program that has the device open cannot be seen by this user.
    pub suspect: Option<Process>,
}

/// The driver that stands for a program that claimed the interface.
const USBFS: &str = "usbfs";
const PCSCD: &str = "pcscd";

impl Holder {
    /// Who holds the interface at this moment; `None` when, as far as can be seen, no program does. A
    /// kernel driver does not count: it is detached.
    pub(crate) fn now(system: &System, bus: u8, address: u8, interface: u8) -> Option<Self> {
        (system.driver(bus, address, interface)? == USBFS)
            .then(|| Self::look(system, bus, address, interface))
    }

    /// The kernel driver bound to the interface, other than the one that stands for programs.
    pub(crate) fn driver(system: &System, bus: u8, address: u8, interface: u8) -> Option<String> {
        system.driver(bus, address, interface).filter(|driver| driver != USBFS)
    }

    /// Whatever can be found out about who holds an interface that could not be claimed.
    pub(crate) fn look(system: &System, bus: u8, address: u8, interface: u8) -> Self {
        let node = system.node(bus, address);
        let processes = node.as_deref().map(|node| system.openers(node)).unwrap_or_default();
        let driver = Self::driver(system, bus, address, interface);
        let seen = driver.is_some() || !processes.is_empty();
        let suspect = if seen { None } else { system.process(PCSCD) };
        Self { node, driver, processes, suspect }
    }

    /// Is it pcscd, so that the token can be used through PC/SC?
    #[must_use]
    pub fn is_pcscd(&self) -> bool {
        self.processes.iter().chain(&self.suspect).any(|process| process.name == PCSCD)
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the token")?;
        if let Some(node) = &self.node {
            write!(f, " ({})", node.display())?;
        }
        f.write_str(" is held by ")?;
        match (&self.driver, &self.processes[..], &self.suspect) {
            (_, [first, rest @ ..], _) => {
                write!(f, "{first}")?;
                for process in rest {
                    write!(f, ", {process}")?;
                }
            }
            (Some(driver), [], _) => write!(f, "the kernel driver {driver}")?,
            (None, [], Some(pcscd)) => write!(f, "another user's program, probably {pcscd}")?,
            (None, [], None) => f.write_str("another program or the system's smart card driver")?,
        }
        f.write_str(match (self.is_pcscd(), &self.driver) {
            (true, _) => {
                "; use it through PC/SC, or stop pcscd (`systemctl stop pcscd.socket pcscd.service` as root)"
            }
            (false, Some(_)) => "; unload that driver, or use the token through PC/SC",
            (false, None) => "; close that program, or use the token through PC/SC",
        })
    }
}

#[cfg(test)]
mod tests;
