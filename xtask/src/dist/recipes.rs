//! The recipes of other package collections, with the sums of the files that were just made.

use std::path::{Path, PathBuf};

use super::source::Source;
use super::{filled, read, sha256, write};
use crate::commands::root;

/// RFC 2606: nobody can have this name. The recipes are whole, and download nothing.
const NOWHERE: &str = "https://kaztoken.invalid";

const FROM_SOURCE: [&str; 2] = ["aur/PKGBUILD", "homebrew/kaztoken.rb"];
const FROM_WINDOWS: [&str; 3] = [
    "winget/Kaztoken.Kaztoken.yaml",
    "winget/Kaztoken.Kaztoken.installer.yaml",
    "winget/Kaztoken.Kaztoken.locale.en-US.yaml",
];

/// Fills in the recipes; those that need the program for Windows only where it is there.
pub(super) fn write_all(
    url: Option<&str>,
    source: &Source,
    archive: &Path,
    windows: Option<&Path>,
    folder: &Path,
) -> Result<(), String> {
    if url.is_none() {
        println!("the recipes download from {NOWHERE}, which is nowhere: --url says where the files will be");
    }
    let archive = sha256(archive)?;
    // winget writes sums in capitals.
    let windows = windows.map(sha256).transpose()?.map(|sum| sum.to_uppercase());
    let mut values = vec![
        ("VERSION", source.version),
        ("URL", url.unwrap_or(NOWHERE)),
        ("SHA256_SOURCE", archive.as_str()),
    ];
    let mut recipes = FROM_SOURCE.to_vec();
    if let Some(sum) = &windows {
        values.push(("SHA256_WINDOWS", sum));
        recipes.extend(FROM_WINDOWS);
    }
    for recipe in recipes {
        let path = root().join("packaging").join(recipe);
        let text = filled(&read(&path)?, &values).map_err(|reason| format!("{recipe}: {reason}"))?;
        let name: PathBuf = Path::new(recipe).file_name().map(PathBuf::from).unwrap_or_default();
        write(&folder.join(name), &text)?;
    }
    Ok(())
}
