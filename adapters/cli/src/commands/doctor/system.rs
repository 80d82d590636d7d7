//! What the computer tells of itself in files that everybody may read. Elsewhere than on Linux they do not exist, and
//! nothing is known.

use std::fs;
use std::path::{Path, PathBuf};

/// The file system that these facts are read from; a folder in tests.
#[derive(Clone, Debug)]
pub(super) struct System {
    root: PathBuf,
}

/// Where udev looks for rules.
const RULES: [&str; 4] =
    ["/etc/udev/rules.d", "/run/udev/rules.d", "/usr/lib/udev/rules.d", "/lib/udev/rules.d"];
/// Files of configuration are not larger.
const LARGEST: u64 = 4 << 20;

impl System {
    pub(super) fn here() -> Self {
        Self { root: "/".into() }
    }

    #[cfg(test)]
    pub(super) fn at(root: &Path) -> Self {
        Self { root: root.into() }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    /// A file of text, if it is there and no larger than such files are.
    pub(super) fn read(&self, path: &str) -> Option<String> {
        read(&self.path(path))
    }

    /// The texts of a folder's files.
    pub(super) fn files(&self, folder: &str) -> Vec<String> {
        entries(&self.path(folder)).iter().filter_map(|path| read(path)).collect()
    }

    /// Does a program of this name run?
    pub(super) fn runs(&self, name: &str) -> bool {
        let is_process = |path: &PathBuf| {
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.parse::<u32>().is_ok())
        };
        let processes = entries(&self.path("/proc"));
        let names = processes.into_iter().filter(is_process).filter_map(|path| read(&path.join("comm")));
        names.into_iter().any(|process| process.trim() == name)
    }

    /// Is this the session of the person at the computer's own screen and keyboard, or root's? logind says so.
    pub(super) fn is_at_the_computer(&self) -> bool {
        let seat = self.read("/run/systemd/seats/seat0").unwrap_or_default();
        let active =
            seat.lines().find_map(|line| line.strip_prefix("ACTIVE_UID=")?.trim().parse::<u32>().ok());
        self.user().is_some_and(|user| user == 0 || Some(user) == active)
    }

    pub(super) fn is_root(&self) -> bool {
        self.user() == Some(0)
    }

    /// The user that this program acts as: in the line `Uid:` real, effective, saved, file system.
    fn user(&self) -> Option<u32> {
        let status = self.read("/proc/self/status")?;
        let ids = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
        ids.split_whitespace().nth(1)?.parse().ok()
    }

    /// Does a udev rule give devices with these ids to people?
    pub(super) fn has_rule(&self, vendor_id: u16, product_id: u16) -> bool {
        let (vendor, product) = (format!("{vendor_id:04x}"), format!("{product_id:04x}"));
        let gives = |line: &str| {
            let line = line.trim().to_ascii_lowercase();
            let names = |attribute: &str, value: &str| {
                line.split(attribute).nth(1).is_some_and(|rest| rest.contains(&format!("\"{value}\"")))
            };
            !line.starts_with('#')
                && names("{idvendor}", &vendor)
                && (names("{idproduct}", &product) || !line.contains("{idproduct}"))
                && ["uaccess", "mode=", "mode:=", "group=", "group:="].iter().any(|word| line.contains(word))
        };
        let mut rules = RULES.iter().flat_map(|folder| self.files(folder));
        rules.any(|text| text.lines().any(gives))
    }

    /// The lines of the udev rules that name the vendor of these tokens, each after its file.
    pub(super) fn rules_of(&self, vendor_id: u16) -> Vec<String> {
        let vendor = format!("{vendor_id:04x}");
        let files = RULES.iter().flat_map(|folder| entries(&self.path(folder)));
        let lines = files.flat_map(|file| {
            let text = read(&file).unwrap_or_default();
            let of = text.lines().filter(|line| line.to_ascii_lowercase().contains(&vendor));
            of.map(|line| format!("{}: {}", file.display(), line.trim())).collect::<Vec<_>>()
        });
        let mut lines: Vec<_> = lines.collect();
        lines.dedup();
        lines
    }

    /// The container that this runs in, by name.
    pub(super) fn container(&self) -> Option<String> {
        if let Some(name) = self.read("/run/systemd/container") {
            return Some(name.trim().to_owned());
        }
        let marks = [("/run/.containerenv", "podman"), ("/.dockerenv", "docker")];
        marks.into_iter().find(|(mark, _)| self.has(mark)).map(|(_, name)| name.to_owned())
    }

    /// The virtual machine that this runs in, by name.
    pub(super) fn machine(&self) -> Option<String> {
        let kernel = self.read("/proc/version").unwrap_or_default().to_ascii_lowercase();
        if kernel.contains("microsoft") {
            return Some("WSL".to_owned());
        }
        let dmi = |name: &str| {
            let text = self.read(&format!("/sys/class/dmi/id/{name}")).unwrap_or_default();
            text.trim().to_owned()
        };
        let (vendor, product) = (dmi("sys_vendor"), dmi("product_name"));
        let makers = [
            ("QEMU", "QEMU"),
            ("VMware", "VMware"),
            ("innotek", "VirtualBox"),
            ("Xen", "Xen"),
            ("Parallels", "Parallels"),
        ];
        let named = makers.into_iter().find(|(mark, _)| vendor.contains(mark)).map(|(_, name)| name);
        let named =
            named.or((vendor.contains("Microsoft") && product.contains("Virtual")).then_some("Hyper-V"));
        if let Some(name) = named {
            return Some(name.to_owned());
        }
        let processor = self.read("/proc/cpuinfo").unwrap_or_default();
        let flags = processor.lines().find(|line| line.starts_with("flags"))?;
        flags.split_whitespace().any(|flag| flag == "hypervisor").then(|| "?".to_owned())
    }
}

fn read(path: &Path) -> Option<String> {
    use std::io::Read;
    let file = fs::File::open(path).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut text = Vec::new();
    file.take(LARGEST).read_to_end(&mut text).ok()?;
    Some(String::from_utf8_lossy(&text).into_owned())
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(files: &[(&str, &str)]) -> (tempfile::TempDir, System) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path.trim_start_matches('/'));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let system = System::at(folder.path());
        (folder, system)
    }

    #[test]
    fn our_own_rule_is_a_rule() {
        let rule = kaztoken_usb::udev_rule(0x0A89, 0x0035);
        let (_folder, with) = system(&[("/etc/udev/rules.d/60-kaztoken.rules", &rule)]);
        assert!(
            with.has_rule(0x0A89, 0x0035) && !with.has_rule(0x0A89, 0x0030) && !with.has_rule(0x1234, 0x0035)
        );
        let other = r#"ATTRS{idVendor}=="0A89", TAG+="uaccess""#;
        let (_folder, with) = system(&[("/usr/lib/udev/rules.d/x.rules", other)]);
        assert!(with.has_rule(0x0A89, 0x0035), "a rule for the vendor's devices");
        for no in [
            "",
            "# ATTR{idVendor}==\"0a89\", TAG+=\"uaccess\"",
            "ATTR{idVendor}==\"0a89\", ATTR{power/control}=\"auto\"",
        ] {
            let (_folder, without) = system(&[("/etc/udev/rules.d/1.rules", no)]);
            assert!(!without.has_rule(0x0A89, 0x0035), "{no}");
        }
    }

    #[test]
    fn who_sits_at_the_computer() {
        let status = |uid: u32| format!("Name:\tx\nUid:\t1000\t{uid}\t{uid}\t{uid}\n");
        let seat = "IS_SEAT0=1\nACTIVE=2\nACTIVE_UID=1000\n";
        for (uid, seat, is_there) in
            [(1000, seat, true), (1001, seat, false), (0, "", true), (1000, "", false)]
        {
            let files = [("/proc/self/status", &*status(uid)), ("/run/systemd/seats/seat0", seat)];
            let (_folder, system) = system(&files);
            assert_eq!(system.is_at_the_computer(), is_there, "{uid} {seat}");
            assert_eq!(system.is_root(), uid == 0);
        }
    }

    #[test]
    fn machines_and_containers() {
        let machine = |files: &[(&str, &str)]| system(files).1.machine();
        let of = |vendor: &str, product: &str| {
            let files =
                [("/sys/class/dmi/id/sys_vendor", vendor), ("/sys/class/dmi/id/product_name", product)];
            let (_folder, system) = system(&files);
            system.machine()
        };
        assert_eq!(of("QEMU\n", "Standard PC\n").as_deref(), Some("QEMU"));
        assert_eq!(of("innotek GmbH", "VirtualBox").as_deref(), Some("VirtualBox"));
        assert_eq!(of("Microsoft Corporation", "Virtual Machine").as_deref(), Some("Hyper-V"));
        assert_eq!(of("Microsoft Corporation", "Surface"), None);
        assert_eq!(machine(&[]), None);
        let (_folder, wsl) = system(&[("/proc/version", "Linux version 5.15 (x@Microsoft.com)")]);
        assert_eq!(wsl.machine().as_deref(), Some("WSL"));
        let (_folder, guest) = system(&[("/proc/cpuinfo", "flags\t\t: fpu hypervisor lahf\n")]);
        assert_eq!((guest.machine().as_deref(), guest.container()), (Some("?"), None));
        let (_folder, docker) = system(&[("/.dockerenv", "")]);
        assert_eq!(docker.container().as_deref(), Some("docker"));
    }
}
