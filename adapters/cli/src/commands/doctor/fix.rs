//! `doctor --fix`: writes the files that clear what was found, after showing each and asking.

use super::Finding;
use crate::context::Context;
use crate::exit::{Code, Problem, Result};
use crate::language::{say, text};
use crate::output::note;
use kaztoken_usb::{UDEV_RULES_FILE, udev_rule};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A file that clears what was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Fix {
    pub(super) path: PathBuf,
    /// What it holds afterwards.
    pub(super) content: String,
    /// What is new in it.
    pub(super) shown: String,
    /// Commands that make the system look at it. Where one is missing or fails, a replug does the same.
    pub(super) then: &'static [&'static [&'static str]],
    /// A message that tells what is left to do.
    pub(super) after: Option<&'static str>,
}

/// udev reads its rules anew, and acts on the devices that are there as if they had just come.
const READ_RULES: &[&[&str]] = &[
    &["udevadm", "control", "--reload"],
    &["udevadm", "trigger", "--action=add", "--subsystem-match=usb"],
    &["udevadm", "settle", "--timeout=5"],
];

impl Fix {
    /// The rule that lets people open devices with these ids.
    pub(super) fn rule(vendor_id: u16, product_id: u16) -> Self {
        let shown = udev_rule(vendor_id, product_id);
        let path = PathBuf::from(UDEV_RULES_FILE);
        Self { path, content: format!("{shown}\n"), shown, then: READ_RULES, after: None }
    }
}

/// Carries out the fixes that were found. Whether anything was changed.
pub(super) fn apply(context: &Context, findings: &[Finding]) -> Result<bool> {
    let mut fixes: Vec<&Fix> = findings.iter().filter_map(|finding| finding.fix.as_ref()).collect();
    fixes.dedup();
    if fixes.is_empty() {
        note(&text("doctor-fix-nothing"));
        return Ok(false);
    }
    for fix in &fixes {
        let path = fix.path.display().to_string();
        note(&say!("doctor-fix-shows", path = path, text = fix.shown.clone()));
        if context.dry_run() {
            continue;
        }
        context.confirm(&text("doctor-fix-question"))?;
        write(fix).map_err(|error| refused(&fix.path, &error))?;
        for words in fix.then {
            run(words);
        }
        note(&text(fix.after.unwrap_or("doctor-fix-done")));
    }
    Ok(!context.dry_run())
}

fn refused(path: &Path, error: &std::io::Error) -> Problem {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied => {
            Problem::new(Code::NoPermission, say!("doctor-fix-needs-root", path = path.display().to_string()))
        }
        _ => Problem::file(path, error),
    }
}

/// What was in a file of rules stays in it. Another file is kept beside itself as it was. Either the whole of the new
/// file is there afterwards or the old one.
fn write(fix: &Fix) -> std::io::Result<()> {
    // Debian's list of readers is a link to a file in /etc.
    let path = std::fs::canonicalize(&fix.path).unwrap_or_else(|_| fix.path.clone());
    let folder = path.parent().unwrap_or(Path::new("/"));
    let before = match std::fs::read_to_string(&path) {
        Ok(before) => Some(before),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    std::fs::create_dir_all(folder)?;
    match &before {
        Some(before) if fix.path.ends_with(UDEV_RULES_FILE.trim_start_matches('/')) => {
            put(folder, &path, &format!("{}\n{}", before.trim_end(), fix.content))
        }
        Some(before) => {
            let mut kept = path.clone().into_os_string();
            kept.push(".before-kaztoken");
            put(folder, Path::new(&kept), before)?;
            put(folder, &path, &fix.content)
        }
        None => put(folder, &path, &fix.content),
    }
}

fn put(folder: &Path, path: &Path, content: &str) -> std::io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(".kaztoken").tempfile_in(folder)?;
    file.write_all(content.as_bytes())?;
    file.as_file().sync_all()?;
    readable(file.path())?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// As files of the system are: everybody reads them.
#[cfg(unix)]
fn readable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &Path) -> std::io::Result<()> {
    Ok(())
}

fn run(words: &[&str]) {
    let Some((program, arguments)) = words.split_first() else { return };
    let quiet = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    drop(quiet);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_whole_and_the_old_one_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("etc/udev/rules.d/60-kaztoken.rules");
        let fix = Fix { path: path.clone(), ..Fix::rule(0x0A89, 0x0035) };
        write(&fix).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), fix.content);
        let second = Fix { path: path.clone(), ..Fix::rule(0x0A89, 0x0030) };
        write(&second).unwrap();
        let rules = std::fs::read_to_string(&path).unwrap();
        assert_eq!(rules, format!("{}{}", fix.content, second.content), "the first rule is still there");
        let list = folder.path().join("Info.plist");
        std::fs::write(&list, "old").unwrap();
        let fix = Fix { path: list.clone(), content: "new".into(), ..fix };
        write(&fix).unwrap();
        assert_eq!(std::fs::read_to_string(&list).unwrap(), "new");
        assert_eq!(std::fs::read_to_string(folder.path().join("Info.plist.before-kaztoken")).unwrap(), "old");
    }
}
