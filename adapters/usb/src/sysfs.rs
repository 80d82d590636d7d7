//! What the kernel tells of a USB device in `/sys`, `/proc`, `/dev` and `/etc`, readable by everyone.
//!
//! Elsewhere than on Linux these paths do not exist and every answer is "unknown".

use crate::Process;
use std::fs;
use std::path::{Path, PathBuf};

/// The file system these facts are read from; a directory of its own in tests.
#[derive(Clone, Debug)]
pub(crate) struct System {
    root: PathBuf,
}

impl Default for System {
    fn default() -> Self {
        Self { root: "/".into() }
    }
}

impl System {
    #[cfg(test)]
    pub(crate) fn at(root: &Path) -> Self {
        Self { root: root.into() }
    }

    /// `path`, which is absolute, below the root.
    pub(crate) fn path(&self, path: &Path) -> PathBuf {
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// The node of a device, if there is one.
    pub(crate) fn node(&self, bus: u8, address: u8) -> Option<PathBuf> {
        let node = PathBuf::from(format!("/dev/bus/usb/{bus:03}/{address:03}"));
        self.path(&node).exists().then_some(node)
    }

    /// The directory of a device in `/sys`.
    fn device(&self, bus: u8, address: u8) -> Option<PathBuf> {
        subdirectories(&self.path(Path::new("/sys/bus/usb/devices"))).into_iter().find(|device| {
            number(&device.join("busnum")) == Some(bus.into())
                && number(&device.join("devnum")) == Some(address.into())
        })
    }

    /// A string of the device (`manufacturer`, `product`), read by the kernel when it was plugged in.
    pub(crate) fn string(&self, bus: u8, address: u8, name: &str) -> Option<String> {
        first_line(&self.device(bus, address)?.join(name)).filter(|text| !text.is_empty())
    }

    /// The driver bound to an interface. `usbfs` is a program that claimed it.
    pub(crate) fn driver(&self, bus: u8, address: u8, interface: u8) -> Option<String> {
        let device = self.device(bus, address)?;
        let interface = subdirectories(&device).into_iter().find(|directory| {
            let number = first_line(&directory.join("bInterfaceNumber"));
            number.and_then(|hex| u8::from_str_radix(&hex, 16).ok()) == Some(interface)
        })?;
        let driver = fs::read_link(interface.join("driver")).ok()?;
        Some(driver.file_name()?.to_string_lossy().into_owned())
    }

    /// Processes that have `node` open, as far as this user may see.
    pub(crate) fn openers(&self, node: &Path) -> Vec<Process> {
        let mut openers: Vec<_> = self
            .processes()
            .filter(|(_, directory)| {
                entries(&directory.join("fd")).any(|fd| fs::read_link(fd).is_ok_and(|to| to == node))
            })
            .map(|(pid, directory)| Process { pid, name: process_name(&directory) })
            .collect();
        openers.sort_by_key(|process| process.pid);
        openers
    }

    /// A running process of that name.
    pub(crate) fn process(&self, name: &str) -> Option<Process> {
        self.processes()
            .map(|(pid, directory)| Process { pid, name: process_name(&directory) })
            .find(|process| process.name == name)
    }

    fn processes(&self) -> impl Iterator<Item = (u32, PathBuf)> {
        entries(&self.path(Path::new("/proc")))
            .filter_map(|directory| Some((directory.file_name()?.to_str()?.parse().ok()?, directory)))
    }

    /// The name of a user (`/etc/passwd`) or group (`/etc/group`), or its number when it has none there.
    #[cfg(unix)]
    pub(crate) fn account(&self, file: &str, id: u32) -> String {
        let text = fs::read_to_string(self.path(Path::new(file))).unwrap_or_default();
        let name = text.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)?.parse() == Ok(id)).then(|| name.to_owned())
        });
        name.unwrap_or_else(|| id.to_string())
    }
}

fn entries(directory: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(directory).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()))
}

fn subdirectories(directory: &Path) -> Vec<PathBuf> {
    entries(directory).filter(|path| path.is_dir()).collect()
}

fn first_line(file: &Path) -> Option<String> {
    Some(printable(fs::read_to_string(file).ok()?.lines().next().unwrap_or_default()))
}

fn number(file: &Path) -> Option<u32> {
    first_line(file)?.parse().ok()
}

fn process_name(directory: &Path) -> String {
    first_line(&directory.join("comm")).unwrap_or_default()
}

/// A device chooses its strings, and they end up on a terminal: no control characters.
pub(crate) fn printable(text: &str) -> String {
    text.trim().chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}
