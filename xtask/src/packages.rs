//! What the steps need from outside: Debian packages and Rust targets. Installs what is missing, where it may.

use std::process::{Command, Stdio};

use crate::commands::{cargo, command, output, run};

/// libusb for the raw USB adapter, PC/SC's client library for its adapter.
pub(crate) const BUILD: &[&str] = &["pkg-config", "libusb-1.0-0-dev", "libpcsclite-dev"];
/// pcscd, its virtual reader, OpenSC as the judge, OpenSSL with the GOST engine as the judge's judge.
pub(crate) const RIG_PCSC: &[&str] = &[
    "pcscd",
    "vsmartcard-vpcd",
    "opensc",
    "opensc-pkcs11",
    "pcsc-tools",
    "openssl",
    "libengine-gost-openssl",
    "util-linux",
    "iproute2",
];
/// The virtual machine; the kernel itself is only downloaded.
pub(crate) const RIG_LINUX_USB: &[&str] = &[
    "qemu-system-x86",
    "pcscd",
    "libccid",
    "opensc",
    "openssl",
    "xz-utils",
    "coreutils",
    "udev",
    "util-linux",
    "tcpdump",
];
/// The reference driver, which is only loaded.
pub(crate) const RIG_LIBCCID: &[&str] = &["libccid"];
/// USB devices without a kernel that knows of them; setpriv is in util-linux.
pub(crate) const RIG_UMOCKDEV: &[&str] = &["umockdev", "util-linux", "coreutils"];
/// The Cortex-M machine.
pub(crate) const SIZE: &[&str] = &["qemu-system-arm"];

/// The judge of what depends on a secret, and what counts instructions.
pub(crate) const VALGRIND: &[&str] = &["valgrind", "coreutils"];

/// OpenSSL with its headers, the GOST engine and a C compiler, as the judge of the test vectors.
pub(crate) const VECTORS: &[&str] = &["gcc", "libc6-dev", "libssl-dev", "openssl", "libengine-gost-openssl"];

/// libFuzzer is C++.
pub(crate) const FUZZ: &[&str] = &["g++"];
/// Building a Debian package; git makes the source archive.
pub(crate) const DIST: &[&str] = &["dpkg-dev", "binutils", "git", "tar", "gzip", "coreutils"];
/// musl's compiler, and the kernel's headers for libusb.
pub(crate) const STATIC: &[&str] = &["musl-tools", "linux-libc-dev"];
/// A linker for Windows.
pub(crate) const WINDOWS: &[&str] = &["gcc-mingw-w64-x86-64"];
/// The judges of packages: Debian's, of manual pages, of recipes, and the completion library.
pub(crate) const RIG_PACKAGE: &[&str] =
    &["lintian", "mandoc", "man-db", "bash-completion", "ruby", "python3-yaml", "file", "util-linux"];
/// Linking and running 32-bit programs.
pub(crate) const POINTERS_32: &[&str] = &["gcc-multilib"];

/// Cortex-M4 with the DSP instructions, Cortex-M0 and M0+, M3, M33.
pub(crate) const TARGETS: &[&str] =
    &["thumbv7em-none-eabi", "thumbv6m-none-eabi", "thumbv7m-none-eabi", "thumbv8m.main-none-eabi"];

/// Makes sure that every package of `lists` is there: installs as root on Debian, otherwise says what to type.
pub(crate) fn debian(lists: &[&[&'static str]]) -> Result<(), String> {
    let wanted: Vec<&str> = lists.concat();
    let Ok(missing) = missing(&wanted) else {
        println!("not a Debian system; needed under whatever names they have here: {}", wanted.join(" "));
        return Ok(());
    };
    if missing.is_empty() {
        return Ok(());
    }
    let install = format!("apt-get install -y --no-install-recommends {}", missing.join(" "));
    if !is_root() {
        return Err(format!("packages are missing; type: sudo apt-get update && sudo {install}"));
    }
    run(command("apt-get").args(["update", "-qq"])).map_err(|failure| failure.reason)?;
    run(command("apt-get")
        .args(["install", "-y", "-qq", "--no-install-recommends"])
        .args(&missing)
        .env("DEBIAN_FRONTEND", "noninteractive"))
    .map_err(|failure| failure.reason)?;
    Ok(())
}

/// Makes sure that rustfmt and clippy are there: a minimal toolchain has neither.
pub(crate) fn rust_components() -> Result<(), String> {
    for component in ["rustfmt", "clippy"] {
        let tool = if component == "clippy" { "clippy" } else { "fmt" };
        if output(cargo().args([tool, "--version"]).stderr(Stdio::null())).is_err() {
            run(command("rustup").args(["component", "add", component])).map_err(|failure| failure.reason)?;
        }
    }
    Ok(())
}

/// Makes sure that the bare-metal targets' libraries are there.
pub(crate) fn rust_targets() -> Result<(), String> {
    install_targets(TARGETS)
}

/// Makes sure that the libraries of one more target are there.
pub(crate) fn rust_target(target: &str) -> Result<(), String> {
    install_targets(&[target])
}

fn install_targets(targets: &[&str]) -> Result<(), String> {
    let sysroot = output(command("rustc").args(["--print", "sysroot"]))?;
    let missing: Vec<&str> = targets
        .iter()
        .copied()
        .filter(|target| !std::path::Path::new(sysroot.trim()).join("lib/rustlib").join(target).exists())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    run(command("rustup").args(["target", "add"]).args(&missing)).map(|_| ()).map_err(|failure| {
        format!("{}; the targets {} are needed for some of the builds", failure.reason, missing.join(" "))
    })
}

/// Those of `wanted` that are not installed.
fn missing(wanted: &[&'static str]) -> Result<Vec<&'static str>, String> {
    let mut missing = Vec::new();
    for package in wanted {
        let status = Command::new("dpkg-query")
            .args(["-W", "-f", "${db:Status-Status}", package])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .map_err(|error| error.to_string())?;
        if status.stdout != b"installed" && !missing.contains(package) {
            missing.push(*package);
        }
    }
    Ok(missing)
}

/// Whether this process may install packages and make namespaces.
pub(crate) fn is_root() -> bool {
    output(command("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
