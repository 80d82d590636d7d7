//! What `cargo xtask dist` makes: the Debian package in a root folder of its own, the static program in an empty one, the
//! recipes by their languages' own judges. The cases are in `rigs/package/`.

use crate::commands::{command, count_cases, output, root, run_counting, target};
use crate::dist;
use crate::packages;
use crate::report::{Count, Failure};
use crate::rigs::fresh_folder;

/// Seconds for everything after the build.
const LIMIT: &str = "300";

/// Runs the rig.
pub(crate) fn run() -> Result<Count, Failure> {
    packages::debian(&[packages::RIG_PACKAGE])?;
    let made = dist::run_all(&dist::Options::for_a_test())?;
    let work = target().join("rig/package");
    fresh_folder(&work)?;
    let scripts = root().join("xtask/rigs/package");
    let mut namespaces = vec!["--mount", "--net", "--pid", "--fork", "--kill-child"];
    if !packages::is_root() {
        namespaces.push("--map-root-user");
    }
    output(command("unshare").args(&namespaces).arg("true"))
        .map_err(|reason| format!("{reason}; run it as root, in a container with --cap-add SYS_ADMIN"))?;
    let mut rig = command("timeout");
    rig.args(["--kill-after=5", LIMIT, "unshare"]).args(&namespaces);
    rig.arg("bash")
        .arg(scripts.join("run.sh"))
        .env("DIST", dist::folder())
        .env("RIG", &scripts)
        .env("PACKAGING", root().join("packaging"))
        .env("WORK", &work);
    let counted = run_counting(&mut rig, count_cases);
    let Count { passed, failed } = *counted.as_ref().unwrap_or_else(|failure| &failure.count);
    println!("rig package: {made} files made, {passed} passed, {failed} failed", made = made.passed);
    counted
}
