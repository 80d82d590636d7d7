//! Why a device node cannot be opened, and the udev rule that changes it.

use crate::sysfs::System;
use core::fmt;
use std::path::{Path, PathBuf};

/// The node of a USB device and who may open it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NodeAccess {
    /// The node.
    pub path: PathBuf,
    /// Owner, by name where it has one.
    pub owner: String,
    /// Group, by name where it has one.
    pub group: String,
    /// The permission bits.
    pub mode: u32,
    /// A udev rule that lets the user at the computer open it.
    pub rule: String,
}

/// Where the rule goes. Below 70, because later rules no longer act on `uaccess`.
pub const UDEV_RULES_FILE: &str = "/etc/udev/rules.d/60-kaztoken.rules";

impl NodeAccess {
    /// What the file system says of `path`, the node of the device with these ids.
    #[cfg(unix)]
    pub(crate) fn read(system: &System, path: &Path, vendor_id: u16, product_id: u16) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let metadata = std::fs::metadata(system.path(path)).ok()?;
        Some(Self {
            path: path.into(),
            owner: system.account("/etc/passwd", metadata.uid()),
            group: system.account("/etc/group", metadata.gid()),
            mode: metadata.mode() & 0o7777,
            rule: udev_rule(vendor_id, product_id),
        })
    }

    /// Nodes are a matter of Unix.
    #[cfg(not(unix))]
    pub(crate) fn read(_: &System, _: &Path, _: u16, _: u16) -> Option<Self> {
        None
    }
}

/// The udev rule that lets people open the device with these ids: whoever sits at the computer (`uaccess`, where
/// logind tells who that is), and the members of the group plugdev, where there is such a group.
#[must_use]
pub fn udev_rule(vendor_id: u16, product_id: u16) -> String {
    format!(
        "SUBSYSTEM==\"usb\", ENV{{DEVTYPE}}==\"usb_device\", ATTR{{idVendor}}==\"{vendor_id:04x}\", \
         ATTR{{idProduct}}==\"{product_id:04x}\", MODE=\"0660\", GROUP=\"plugdev\", TAG+=\"uaccess\""
    )
}

impl fmt::Display for NodeAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, owner, group, mode, rule } = self;
        write!(
            f,
            "no permission to open {} (owner {owner}, group {group}, mode {mode:04o}); put this line into \
             {UDEV_RULES_FILE}, run `udevadm control --reload` as root and replug the token: {rule}",
            path.display()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[cfg(unix)]
    #[test]
    fn names_path_owner_group_mode_and_the_rule() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let root = tempfile::tempdir().unwrap();
        let node = Path::new("/dev/bus/usb/001/004");
        let file = root.path().join("dev/bus/usb/001/004");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        let (uid, gid) = (fs::metadata(&file).unwrap().uid(), fs::metadata(&file).unwrap().gid());
        fs::create_dir(root.path().join("etc")).unwrap();
        fs::write(
            root.path().join("etc/passwd"),
            format!("x:x:4294967295:1::/:/\nowner:x:{uid}:7::/:/bin/sh\n"),
        )
        .unwrap();
        let access = NodeAccess::read(&System::at(root.path()), node, 0x0A89, 0x0035).unwrap();
        assert_eq!((access.owner.as_str(), access.mode), ("owner", 0o640));
        // No /etc/group here: the number stands in for the name.
        assert_eq!(access.group, gid.to_string());
        let message = access.to_string();
        for part in ["/dev/bus/usb/001/004 (owner owner,", "mode 0640", "60-kaztoken.rules"] {
            assert!(message.contains(part), "{part} is missing in: {message}");
        }
        assert!(message.ends_with(
            r#"ATTR{idVendor}=="0a89", ATTR{idProduct}=="0035", MODE="0660", GROUP="plugdev", TAG+="uaccess""#
        ));
    }

    #[test]
    fn the_packaged_rules_are_these_for_every_known_device() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging/udev/60-kaztoken.rules");
        let text = fs::read_to_string(file).unwrap();
        let rules: Vec<_> = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(str::to_owned)
            .collect();
        let known = crate::KNOWN_DEVICES.iter().map(|known| udev_rule(known.vendor_id, known.product_id));
        assert_eq!(rules, known.collect::<Vec<_>>());
        assert!(
            UDEV_RULES_FILE.ends_with("/60-kaztoken.rules"),
            "the same name, so that one replaces the other"
        );
    }
}
