//! The Debian package, by dpkg's own tools.

use std::fs;
use std::path::{Path, PathBuf};

use super::source::{Source, gzip, gzip_all};
use super::{filled, install, read, write};
use crate::commands::{command, output, root, run};

/// Builds the package of `program` and what goes with it.
pub(super) fn build(source: &Source, program: &Path, ship: &Path, folder: &Path) -> Result<PathBuf, String> {
    let content = folder.join("deb");
    let binary = content.join("usr/bin/kaztoken");
    install(program, &binary, 0o755)?;
    done(command("strip").args(["--remove-section=.comment", "--remove-section=.note"]).arg(&binary))?;
    for part in ["share", "lib"] {
        done(command("cp").arg("-r").arg(ship.join(part)).arg(content.join("usr")))?;
    }
    let documents = content.join("usr/share/doc/kaztoken");
    install(&root().join("packaging/debian/copyright"), &documents.join("copyright"), 0o644)?;
    install(&root().join("CHANGELOG.md"), &documents.join("changelog"), 0o644)?;
    gzip(&documents.join("changelog"))?;
    write(&documents.join("changelog.Debian"), &source.debian_changelog())?;
    gzip(&documents.join("changelog.Debian"))?;
    let pages = content.join("usr/share/man/man1");
    let cannot_read = |error: std::io::Error| format!("{}: {error}", pages.display());
    let found = fs::read_dir(&pages).map_err(cannot_read)?.map(|page| page.map(|page| page.path()));
    gzip_all(&found.collect::<Result<Vec<_>, _>>().map_err(cannot_read)?)?;
    let architecture = output(command("dpkg").arg("--print-architecture"))?;
    let architecture = architecture.trim();
    let control = control(source, architecture, folder, &content, &binary)?;
    write(&content.join("DEBIAN/control"), &control)?;
    write(&content.join("DEBIAN/md5sums"), &sums(&content)?)?;
    for script in ["postinst", "postrm"] {
        install(&root().join("packaging/debian").join(script), &content.join("DEBIAN").join(script), 0o755)?;
    }
    same_for_everybody(&content)?;
    let package = folder.join(format!("kaztoken_{}-1_{architecture}.deb", source.version));
    done(
        command("dpkg-deb")
            .args(["--build", "--root-owner-group", "-Zxz"])
            .arg(&content)
            .arg(&package)
            .env("SOURCE_DATE_EPOCH", &source.date),
    )?;
    fs::remove_dir_all(&content).map_err(|error| format!("{}: {error}", content.display()))?;
    Ok(package)
}

/// The package's description, with what the program is linked with as dpkg finds it.
fn control(
    source: &Source,
    architecture: &str,
    folder: &Path,
    content: &Path,
    binary: &Path,
) -> Result<String, String> {
    // dpkg-shlibdeps reads the source package's description; nothing of it goes anywhere.
    let work = folder.join("shlibdeps");
    write(&work.join("debian/control"), "Source: kaztoken\n\nPackage: kaztoken\nArchitecture: any\n")?;
    let said = output(command("dpkg-shlibdeps").arg("-O").arg(binary).current_dir(&work))?;
    fs::remove_dir_all(&work).map_err(|error| format!("{}: {error}", work.display()))?;
    let depends = said.trim().strip_prefix("shlibs:Depends=").ok_or("dpkg-shlibdeps names no libraries")?;
    let size = output(command("du").args(["-sk", "--apparent-size"]).arg(content))?;
    let size = size.split_whitespace().next().unwrap_or_default();
    let template = read(&root().join("packaging/debian/control"))?;
    let values = [
        ("VERSION", source.version),
        ("ARCHITECTURE", architecture),
        ("MAINTAINER", &source.maintainer),
        ("SIZE", size),
        ("DEPENDS", depends),
    ];
    filled(&template, &values)
}

/// As dpkg checks the files: a sum and the path from the root.
fn sums(content: &Path) -> Result<String, String> {
    let files = output(command("find").args(["usr", "-type", "f"]).current_dir(content))?;
    let mut files: Vec<&str> = files.lines().collect();
    files.sort_unstable();
    output(command("md5sum").args(files).current_dir(content))
}

/// Whatever the mask of whoever builds it, everybody may read it and only root may write it.
fn same_for_everybody(content: &Path) -> Result<(), String> {
    done(command("chmod").args(["-R", "u=rwX,go=rX"]).arg(content))
}

fn done(command: &mut std::process::Command) -> Result<(), String> {
    run(command).map(drop).map_err(|failure| failure.reason)
}
