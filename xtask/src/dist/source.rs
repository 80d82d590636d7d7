//! The last commit: its version, its date, its author, its archive.

use std::path::{Path, PathBuf};

use crate::commands::{command, output, run};

/// What is released.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) version: &'static str,
    commit: String,
    /// Seconds since 1970; every date in every file that is made.
    pub(super) date: String,
    /// The date as Debian's changelog has it.
    pub(super) date_rfc2822: String,
    pub(super) maintainer: String,
}

impl Source {
    pub(super) fn of_the_last_commit() -> Result<Self, String> {
        let of = |format: &str| git(&["log", "-1", &format!("--format={format}")]);
        let author = || Some((std::env::var("DEBFULLNAME").ok()?, std::env::var("DEBEMAIL").ok()?));
        let maintainer = match author() {
            Some((name, email)) => format!("{name} <{email}>"),
            None => of("%an <%ae>")?,
        };
        if !git(&["status", "--porcelain", "--untracked-files=no"])?.is_empty() {
            println!("changes that are not committed are in the programs, but not in the source archive");
        }
        Ok(Self {
            version: env!("CARGO_PKG_VERSION"),
            commit: of("%H")?,
            date: of("%ct")?,
            date_rfc2822: of("%cD")?,
            maintainer,
        })
    }

    /// The source as it was committed. gzip without a name and a time: the same commit gives the same octets.
    pub(super) fn archive(&self, folder: &Path) -> Result<PathBuf, String> {
        let name = format!("kaztoken-{}", self.version);
        let tar = folder.join(format!("{name}.tar"));
        run(command("git")
            .args(["archive", "--format=tar", "--prefix"])
            .arg(format!("{name}/"))
            .arg("-o")
            .arg(&tar)
            .arg("HEAD"))
        .map_err(|failure| failure.reason)?;
        gzip(&tar)
    }

    /// The entry of Debian's changelog.
    pub(super) fn debian_changelog(&self) -> String {
        let Self { version, commit, date_rfc2822, maintainer, .. } = self;
        format!(
            "kaztoken ({version}-1) unstable; urgency=medium\n\n  * Built from commit {commit}.\n\n -- {maintainer}  {date_rfc2822}\n"
        )
    }
}

/// Packs a file in its place.
pub(super) fn gzip(file: &Path) -> Result<PathBuf, String> {
    gzip_all(&[file.to_path_buf()])?;
    let mut packed = file.to_path_buf().into_os_string();
    packed.push(".gz");
    Ok(packed.into())
}

/// Packs each file in its place.
pub(super) fn gzip_all(files: &[PathBuf]) -> Result<(), String> {
    output(command("gzip").args(["-9n", "-f"]).args(files)).map(drop)
}

fn git(arguments: &[&str]) -> Result<String, String> {
    output(command("git").args(arguments)).map(|said| said.trim().to_owned())
}
