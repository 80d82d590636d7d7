//! `cargo xtask dist`: what is released, from `packaging` and the last commit, into `target/dist`.

mod deb;
mod program;
mod recipes;
mod source;

use std::fs;
use std::path::{Path, PathBuf};

use crate::commands::{command, output, target};
use crate::packages;
use crate::report::{Count, Failure};
use crate::rigs::fresh_folder;
use source::Source;

pub(crate) use program::{other_systems, windows};

/// What the options ask for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options<'o> {
    /// Where the files can be downloaded; without it a name that nobody can have.
    url: Option<&'o str>,
    /// The program for Windows too.
    windows: bool,
    /// The static program is built in a third of the time, and is slower.
    quick: bool,
}

impl<'o> Options<'o> {
    /// To see how things are packed, not how fast they are.
    pub(crate) fn for_a_test() -> Self {
        Self { quick: true, ..Self::default() }
    }

    /// `--url URL` and `--windows`, in any order.
    pub(crate) fn parse(mut words: &[&'o str]) -> Result<Self, String> {
        let mut options = Self::default();
        while let [word, rest @ ..] = words {
            words = match (*word, rest) {
                ("--windows", rest) => {
                    options.windows = true;
                    rest
                }
                ("--url", [url, rest @ ..]) if url.starts_with("https://") => {
                    options.url = Some(url.trim_end_matches('/'));
                    rest
                }
                _ => return Err(format!("{word}: expected --url https://... or --windows")),
            };
        }
        Ok(options)
    }
}

/// Makes everything; the release build of the command line is there.
pub(crate) fn run_all(options: &Options<'_>) -> Result<Count, Failure> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(Failure::from("packages are made on x86-64 Linux".to_owned()));
    }
    packages::debian(&[packages::BUILD, packages::DIST])?;
    let folder = folder();
    fresh_folder(&folder)?;
    let source = Source::of_the_last_commit()?;
    let archive = source.archive(&folder)?;
    let program = program::dynamic()?;
    let ship = folder.join("ship");
    program::ship(&program, &ship)?;
    let package = deb::build(&source, &program, &ship, &folder)?;
    let statically = program::static_archive(&source, &ship, &folder, options.quick)?;
    let windows = options.windows.then(|| program::windows_program(&folder)).transpose()?;
    recipes::write_all(options.url, &source, &archive, windows.as_deref(), &folder.join("recipes"))?;
    let mut files = vec![archive, package, statically];
    files.extend(windows);
    fs::remove_dir_all(&ship).map_err(|error| format!("{}: {error}", ship.display()))?;
    let sums = output(
        command("sha256sum").args(files.iter().filter_map(|file| file.file_name())).current_dir(&folder),
    )?;
    write(&folder.join("SHA256SUMS"), &sums)?;
    print!("{sums}");
    for file in &files {
        let size = fs::metadata(file).map_err(|error| format!("{}: {error}", file.display()))?.len();
        println!("{:>9} {}", size, file.display());
    }
    Ok(Count { passed: files.len(), failed: 0 })
}

/// Where everything goes.
pub(crate) fn folder() -> PathBuf {
    target().join("dist")
}

/// A text with its words in `@` filled in. One that is left is a fault.
fn filled(text: &str, values: &[(&str, &str)]) -> Result<String, String> {
    let text =
        values.iter().fold(text.to_owned(), |text, (word, value)| text.replace(&format!("@{word}@"), value));
    let left = text.split('@').skip(1).step_by(2).find(|word| {
        !word.is_empty()
            && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    });
    match left {
        Some(word) => Err(format!("nothing is known for @{word}@")),
        None => Ok(text),
    }
}

/// The sum of a file that was just made.
fn sha256(file: &Path) -> Result<String, String> {
    let said = output(command("sha256sum").arg(file))?;
    said.split_whitespace().next().map(str::to_owned).ok_or_else(|| "sha256sum says nothing".to_owned())
}

fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

fn write(file: &Path, content: &str) -> Result<(), String> {
    make_folder_of(file)?;
    fs::write(file, content).map_err(|error| format!("{}: {error}", file.display()))
}

fn make_folder_of(file: &Path) -> Result<(), String> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))
}

/// Copies a file, for everybody to read and, a program, to run.
fn install(from: &Path, to: &Path, mode: u32) -> Result<(), String> {
    make_folder_of(to)?;
    fs::copy(from, to).map_err(|error| format!("{} to {}: {error}", from.display(), to.display()))?;
    output(command("chmod").arg(format!("{mode:o}")).arg(to)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_filled_in_or_missed() {
        let values = [("VERSION", "1.2"), ("SHA256_SOURCE", "ab")];
        assert_eq!(filled("v@VERSION@ a@b.c @SHA256_SOURCE@", &values).as_deref(), Ok("v1.2 a@b.c ab"));
        assert_eq!(filled("v@VERSION@ @SIZE@", &values), Err("nothing is known for @SIZE@".to_owned()));
        assert_eq!(filled("nothing", &values).as_deref(), Ok("nothing"));
    }

    #[test]
    fn options_in_any_order() {
        let both = Options { url: Some("https://a.example"), windows: true, ..Options::default() };
        assert_eq!(Options::parse(&["--windows", "--url", "https://a.example/"]), Ok(both));
        assert_eq!(Options::parse(&[]), Ok(Options::default()));
        for wrong in [&["--url"][..], &["--url", "ftp://a"], &["all"]] {
            assert!(Options::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
