//! The programs that are shipped, and what each of them brings: completions, manual pages, the udev rules.

use std::fs;
use std::path::{Path, PathBuf};

use super::source::{Source, gzip};
use super::{install, write};
use crate::commands::{cargo, command, output, root, run, target};
use crate::packages;
use crate::report::{Count, Failure};

const STATIC: &str = "x86_64-unknown-linux-musl";
const WINDOWS: &str = "x86_64-pc-windows-gnu";
/// A Mac's linker is nowhere else; what is checked is that the compiler takes the code.
const APPLE: &str = "aarch64-apple-darwin";
/// libusb's sources read the kernel's headers, which musl's compiler does not look for. Behind its own they hide none.
const KERNEL_HEADERS: &str = "-idirafter /usr/include -idirafter /usr/include/x86_64-linux-gnu";
/// Each shell's completion script, and where Debian's shells look for it below `/usr/share`.
pub(super) const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "bash-completion/completions/kaztoken"),
    ("zsh", "zsh/vendor-completions/_kaztoken"),
    ("fish", "fish/vendor_completions.d/kaztoken.fish"),
];

/// The release build with PC/SC, linked with the system's libraries.
pub(super) fn dynamic() -> Result<PathBuf, String> {
    let path = target().join("release/kaztoken");
    if path.exists() { Ok(path) } else { Err(format!("{} is not there", path.display())) }
}

/// What a program says of itself, and what goes with it, below `ship/share`.
pub(super) fn ship(program: &Path, ship: &Path) -> Result<(), String> {
    let share = ship.join("share");
    for (shell, place) in COMPLETIONS {
        write(&share.join(place), &output(command(program).args(["completions", shell]))?)?;
    }
    output(command(program).arg("manual").arg(share.join("man/man1")))?;
    let documents = share.join("doc/kaztoken");
    for file in ["README.md", "packaging/libccid/Info.plist.snippet"] {
        let name = Path::new(file).file_name().unwrap_or_default();
        install(&root().join(file), &documents.join(name), 0o644)?;
    }
    write(&documents.join("crates.txt"), &crates()?)?;
    let rules = "udev/rules.d/60-kaztoken.rules";
    install(&root().join("packaging/udev/60-kaztoken.rules"), &ship.join("lib").join(rules), 0o644)
}

/// The crates that are linked in, each with its licence.
fn crates() -> Result<String, String> {
    let tree =
        ["tree", "--locked", "-p", "kaztoken", "--features", "pcsc", "-e", "normal", "--prefix", "none"];
    let said = output(cargo().args(tree).args(["--no-dedupe", "--format", "{p}: {l}"]))?;
    // What stands in this folder is the project itself.
    let mut lines: Vec<&str> = said.lines().filter(|line| !line.contains(" (/")).collect();
    lines.sort_unstable();
    lines.dedup();
    Ok(lines.join("\n") + "\n")
}

/// The program that needs nothing of the system but its kernel, with what goes with it.
pub(super) fn static_archive(
    source: &Source,
    ship: &Path,
    folder: &Path,
    quick: bool,
) -> Result<PathBuf, String> {
    build_for(STATIC, quick)?;
    let name = format!("kaztoken-{}-x86_64-linux-static", source.version);
    let content = folder.join(&name);
    let program = content.join("bin/kaztoken");
    install(&target().join(STATIC).join("release/kaztoken"), &program, 0o755)?;
    run(command("strip").arg(&program)).map_err(|failure| failure.reason)?;
    for part in ["share", "lib"] {
        run(command("cp").arg("-r").arg(ship.join(part)).arg(&content)).map_err(|failure| failure.reason)?;
    }
    for licence in ["LICENSE-APACHE", "LICENSE-MIT", "CHANGELOG.md"] {
        install(&root().join(licence), &content.join("share/doc/kaztoken").join(licence), 0o644)?;
    }
    let tar = folder.join(format!("{name}.tar"));
    run(command("tar")
        .args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--format=gnu"])
        .arg(format!("--mtime=@{}", source.date))
        .arg("-cf")
        .arg(&tar)
        .arg(&name)
        .current_dir(folder))
    .map_err(|failure| failure.reason)?;
    fs::remove_dir_all(&content).map_err(|error| format!("{}: {error}", content.display()))?;
    gzip(&tar)
}

/// The program for Windows, as it is released.
pub(super) fn windows_program(folder: &Path) -> Result<PathBuf, String> {
    build_for(WINDOWS, false)?;
    let program = folder.join(format!("kaztoken-{}-x86_64.exe", env!("CARGO_PKG_VERSION")));
    install(&target().join(WINDOWS).join("release/kaztoken.exe"), &program, 0o755)?;
    run(command("x86_64-w64-mingw32-strip").arg(&program)).map_err(|failure| failure.reason)?;
    Ok(program)
}

/// The step "other systems" of all tests: the whole command line compiled for Windows without a warning, and what
/// needs no C for a Mac.
pub(crate) fn other_systems() -> Result<Count, Failure> {
    packages::debian(&[packages::WINDOWS])?;
    packages::rust_target(WINDOWS)?;
    run(cargo()
        .args(["check", "-p", "kaztoken", "--target", WINDOWS])
        .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS", "-D warnings"))?;
    apple()?;
    Ok(Count { passed: 2, failed: 0 })
}

fn apple() -> Result<(), Failure> {
    packages::rust_target(APPLE)?;
    let portable =
        ["check", "-p", "kaztoken-core", "-p", "kaztoken-virtual", "-p", "kaztoken-trace", "--target", APPLE];
    run(cargo().args(portable)).map(drop)
}

/// The step "Windows build": the whole command line compiled without a warning and linked for Windows. It is not run.
pub(crate) fn windows() -> Result<Count, Failure> {
    packages::debian(&[packages::WINDOWS])?;
    packages::rust_target(WINDOWS)?;
    run(cargo()
        .args(["build", "-p", "kaztoken", "--target", WINDOWS])
        .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS", "-D warnings"))?;
    let program = target().join(WINDOWS).join("debug/kaztoken.exe");
    let said = output(command("x86_64-w64-mingw32-objdump").arg("-p").arg(&program))?;
    let libraries: Vec<&str> =
        said.lines().filter_map(|line| line.trim().strip_prefix("DLL Name: ")).collect();
    println!("needs {}", libraries.join(" "));
    // Windows brings the others itself.
    if let Some(library) = libraries.iter().find(|name| name.starts_with("lib")) {
        return Err(Failure::from(format!("the program needs {library}, which Windows does not have")));
    }
    apple()?;
    Ok(Count { passed: 3, failed: 0 })
}

/// A release build; a quick one is optimised little.
fn build_for(triple: &str, quick: bool) -> Result<(), String> {
    packages::debian(&[if triple == WINDOWS { packages::WINDOWS } else { packages::STATIC }])?;
    packages::rust_target(triple)?;
    let mut build = cargo();
    build.args(["build", "--locked", "--release", "-p", "kaztoken", "--target", triple]);
    if triple == STATIC {
        build.env("CFLAGS_x86_64_unknown_linux_musl", KERNEL_HEADERS);
    }
    if quick {
        build.env("CARGO_PROFILE_RELEASE_LTO", "off").env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
    }
    run(&mut build).map(drop).map_err(|failure| failure.reason)
}
