//! The descriptors of real readers that libccid has recorded. They are in Debian's source package, which is
//! downloaded once into `target/`; nothing of it is in this repository.

use std::fs;
use std::path::Path;

use crate::commands::{self, cargo, command, count_libtest, output, run_counting, target};
use crate::report::{Count, Failure};

/// A source package of libccid that has `readers/` in it (1.8.4 has none), with the checksum from its `.dsc`.
const SOURCE: &str = "http://deb.debian.org/debian/pool/main/c/ccid/ccid_1.6.2.orig.tar.xz";
const SHA256: &str = "41958410950157e622f9d91c9e78c7b708db74e22f71190c581d24d20564d449";
/// Seconds that the download may take.
const PATIENCE: &str = "20";

/// Downloads what is missing and compares every recorded interface. Without a network that is skipped.
pub(crate) fn run() -> Result<Count, Failure> {
    let folder = target().join("ccid-readers");
    if !folder.exists() && !fetch(&folder)? {
        return Ok(Count::default());
    }
    run_counting(
        cargo()
            .args(["test", "-p", "kaztoken-usb", "--test", "corpus", "--", "--nocapture"])
            .env("KAZTOKEN_CCID_READERS", &folder),
        count_libtest,
    )
}

/// False: the network refused.
fn fetch(folder: &Path) -> Result<bool, Failure> {
    let archive = target().join("ccid.tar.xz");
    let download =
        command("curl").args(["-sSfL", "--max-time", PATIENCE, "-o"]).arg(&archive).arg(SOURCE).status();
    if !download.is_ok_and(|status| status.success()) {
        println!("skipped: {SOURCE} cannot be downloaded");
        return Ok(false);
    }
    let sum = output(command("sha256sum").arg(&archive))?;
    if !sum.starts_with(SHA256) {
        return Err(format!("{SOURCE} has another checksum: {sum}").into());
    }
    // Under another name until it is whole.
    let part = target().join("ccid-readers.part");
    let fail = |error: std::io::Error| Failure::from(format!("{}: {error}", part.display()));
    fs::create_dir_all(&part).map_err(fail)?;
    // tar minds the order: the folder stands before what goes there.
    commands::run(
        command("tar")
            .arg("--directory")
            .arg(&part)
            .args(["--extract", "--strip-components=2", "--file"])
            .arg(&archive)
            .args(["--wildcards", "*/readers/*.txt"]),
    )?;
    fs::rename(&part, folder).map_err(fail)?;
    Ok(true)
}
