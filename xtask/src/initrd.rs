//! Kernel and initial file system of the virtual machine, from Debian's own packages and without installing them.
//!
//! The machine's file tree is the host's, shared read-only; the initial file system holds only busybox, the few
//! modules that lead there, and `rigs/linux-usb/init`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::commands::{command, output, root};

/// The host's tree over virtio, the USB host controller, a driver that can be bound to any device, and the kernel's
/// own record of what goes over USB. What these depend on is added.
const MODULES: &[&str] = &["virtio_pci", "9pnet_virtio", "9p", "overlay", "xhci_pci", "usbserial", "usbmon"];
/// The parts of the kernel package that can hold them.
const MODULE_FOLDERS: &[&str] = &[
    "drivers/usb",
    "drivers/virtio",
    "fs/9p",
    "fs/netfs",
    "fs/fscache",
    "fs/overlayfs",
    "net/9p",
    "lib",
    "crypto",
];

/// Where the kernel and the initial file system lie.
pub(crate) struct Boot {
    pub(crate) kernel: PathBuf,
    pub(crate) initrd: PathBuf,
}

/// Makes both in `folder`. The packages are downloaded once.
pub(crate) fn build(folder: &Path) -> Result<Boot, String> {
    let error = |error: std::io::Error| format!("{}: {error}", folder.display());
    let stage = folder.join("stage");
    fs::create_dir_all(&stage).map_err(error)?;
    let (kernel_package, busybox_package) = download(folder)?;
    let kernel = folder.join("vmlinux");
    let initrd = folder.join("initrd");

    let folders = MODULE_FOLDERS.iter().map(|part| format!("./lib/modules/*/kernel/{part}/*"));
    unpack(&kernel_package, &stage, folders.chain(["./boot/vmlinuz-*".to_owned()]))?;
    unpack(&busybox_package, &stage, ["./bin/busybox".to_owned()])?;

    let compressed = only_file(&stage.join("boot"), "vmlinuz-")?;
    uncompress_kernel(&compressed, &kernel, folder)?;

    let mut archive = Archive::default();
    for directory in ["bin", "proc", "sys", "dev", "ro", "rw", "new", "m"] {
        archive.directory(directory);
    }
    archive.file("bin/busybox", &fs::read(stage.join("bin/busybox")).map_err(error)?, 0o755);
    archive.file("init", &fs::read(root().join("xtask/rigs/linux-usb/init")).map_err(error)?, 0o755);
    let mut order = String::new();
    for (name, path) in in_load_order(&stage.join("lib/modules"))? {
        archive.file(&format!("m/{name}.ko"), &fs::read(path).map_err(error)?, 0o644);
        order.push_str(&name);
        order.push('\n');
    }
    archive.file("m/order", order.as_bytes(), 0o644);
    fs::write(&initrd, archive.finish()).map_err(error)?;
    fs::remove_dir_all(&stage).map_err(error)?;
    Ok(Boot { kernel, initrd })
}

/// The kernel's and busybox's packages, downloaded if they are not there yet.
fn download(folder: &Path) -> Result<(PathBuf, PathBuf), String> {
    let find = || Ok((only_file(folder, "linux-image-")?, only_file(folder, "busybox-static_")?));
    if let Ok(found) = find() {
        return Ok(found);
    }
    // The package that the name without a version stands for changes with every security update.
    let depends = output(command("apt-cache").args(["depends", "linux-image-amd64"]))?;
    let kernel = depends
        .lines()
        .find_map(|line| line.trim().strip_prefix("Depends: "))
        .ok_or("apt-cache knows no linux-image-amd64; type: apt-get update")?;
    println!("downloading {kernel} and busybox-static");
    output(command("apt-get").args(["download", "-qq", kernel, "busybox-static"]).current_dir(folder))?;
    find()
}

/// The one file in `folder` whose name begins with `prefix`.
fn only_file(folder: &Path, prefix: &str) -> Result<PathBuf, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix)))
        .ok_or_else(|| format!("no {prefix}* in {}", folder.display()))
}

/// Unpacks the files of a Debian package that match `patterns`.
fn unpack(package: &Path, to: &Path, patterns: impl IntoIterator<Item = String>) -> Result<(), String> {
    let mut reader = command("dpkg-deb")
        .arg("--fsys-tarfile")
        .arg(package)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("dpkg-deb: {error}"))?;
    let tar = reader.stdout.take().ok_or("dpkg-deb without output")?;
    let unpacked = output(command("tar").args(["-x", "--wildcards", "-C"]).arg(to).args(patterns).stdin(tar));
    let _ = reader.wait();
    unpacked.map(|_| ())
}

/// Debian's kernel is XZ inside a small loader. Without it a boot under emulation is three seconds shorter.
fn uncompress_kernel(compressed: &Path, kernel: &Path, folder: &Path) -> Result<(), String> {
    let error = |error: std::io::Error| format!("{}: {error}", kernel.display());
    let image = fs::read(compressed).map_err(error)?;
    let Some(start) = image.windows(6).position(|window| window == b"\xfd7zXZ\0") else {
        return fs::copy(compressed, kernel).map(|_| ()).map_err(error);
    };
    let payload = folder.join("vmlinux.xz");
    fs::write(&payload, image.get(start..).unwrap_or_default()).map_err(error)?;
    output(
        command("xz")
            .args(["--decompress", "--stdout", "--single-stream"])
            .stdin(File::open(&payload).map_err(error)?)
            .stdout(File::create(kernel).map_err(error)?),
    )?;
    fs::remove_file(&payload).map_err(error)
}

/// [`MODULES`] and everything they depend on, dependencies first.
fn in_load_order(modules: &Path) -> Result<Vec<(String, PathBuf)>, String> {
    let mut known = BTreeMap::new();
    collect(modules, &mut known)?;
    let mut order = Vec::new();
    for name in MODULES {
        add(name, &known, &mut order, 0)?;
    }
    Ok(order)
}

fn collect(folder: &Path, known: &mut BTreeMap<String, PathBuf>) -> Result<(), String> {
    let error = |error: std::io::Error| format!("{}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(error)? {
        let path = entry.map_err(error)?.path();
        if path.is_dir() {
            collect(&path, known)?;
        } else if let Some((name, _)) = path.file_name().and_then(|name| name.to_str()?.split_once(".ko")) {
            known.insert(name.replace('-', "_"), path);
        }
    }
    Ok(())
}

fn add(
    name: &str,
    known: &BTreeMap<String, PathBuf>,
    order: &mut Vec<(String, PathBuf)>,
    depth: usize,
) -> Result<(), String> {
    if order.iter().any(|(there, _)| there == name) {
        return Ok(());
    }
    let path = known.get(name).ok_or_else(|| format!("the kernel package has no module {name}"))?;
    if depth > 16 {
        return Err(format!("module {name} depends on itself"));
    }
    let path = uncompress_module(path)?;
    let module = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    for dependency in depends(&module) {
        add(&dependency, known, order, depth + 1)?;
    }
    order.push((name.to_owned(), path));
    Ok(())
}

/// Later Debian releases compress each module.
fn uncompress_module(path: &Path) -> Result<PathBuf, String> {
    if path.extension().is_none_or(|extension| extension != "xz") {
        return Ok(path.to_owned());
    }
    output(command("xz").args(["--decompress", "--keep", "--force"]).arg(path))?;
    Ok(path.with_extension(""))
}

/// The `depends=a,b` of a module's information section.
fn depends(module: &[u8]) -> Vec<String> {
    let key = b"\0depends=";
    let Some(at) = module.windows(key.len()).position(|window| window == key) else {
        return Vec::new();
    };
    let value = module.get(at + key.len()..).unwrap_or_default();
    let value = value.split(|byte| *byte == 0).next().unwrap_or_default();
    let value = String::from_utf8_lossy(value).replace('-', "_");
    value.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// A cpio archive in the "newc" form, which the kernel unpacks into its first file system.
#[derive(Default)]
struct Archive(Vec<u8>);

impl Archive {
    fn directory(&mut self, name: &str) {
        self.entry(name, 0o040_755, &[]);
    }

    fn file(&mut self, name: &str, content: &[u8], mode: u32) {
        self.entry(name, 0o100_000 | mode, content);
    }

    fn finish(mut self) -> Vec<u8> {
        self.entry("TRAILER!!!", 0, &[]);
        self.0
    }

    fn entry(&mut self, name: &str, mode: u32, content: &[u8]) {
        // magic, inode, mode, uid, gid, links, mtime, size, device x 4, length of the name, check
        let inode = self.0.len();
        let header = format!(
            "070701{inode:08X}{mode:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}",
            0,
            0,
            1,
            0,
            content.len(),
            0,
            0,
            0,
            0,
            name.len() + 1,
            0,
        );
        self.0.extend(header.as_bytes());
        self.0.extend(name.as_bytes());
        self.0.push(0);
        self.pad();
        self.0.extend(content);
        self.pad();
    }

    fn pad(&mut self) {
        self.0.resize(self.0.len().next_multiple_of(4), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_are_read_from_a_module() {
        let module = b"\x7fELF license=GPL\0depends=usb-common,usbcore\0retpoline=Y\0";
        assert_eq!(depends(module), ["usb_common", "usbcore"]);
        assert_eq!(depends(b"\0depends=\0name=x\0"), [""; 0]);
        assert_eq!(depends(b"no such key"), [""; 0]);
    }

    #[test]
    fn an_archive_entry_is_padded_to_four_bytes() {
        let mut archive = Archive::default();
        archive.file("m/order", b"9p\n9p", 0o644);
        let bytes = archive.finish();
        assert_eq!(bytes.len() % 4, 0);
        // 110 bytes of header, "m/order" and its NUL, two bytes of padding, then the content.
        assert_eq!(bytes.get(120..125), Some(b"9p\n9p".as_slice()));
        assert_eq!(bytes.get(54..62), Some(b"00000005".as_slice()));
    }
}
