//! pcscd with a virtual reader, the virtual token in it and OpenSC as the judge. The cases are in `rigs/pcsc/`.
//!
//! pcscd's socket and the reader's port belong to the whole machine, so all of it runs in mount and network
//! namespaces of its own and meets no other pcscd.

use crate::commands::{command, count_cases, output, root, run_counting, target};
use crate::packages;
use crate::report::{Count, Failure};
use crate::rigs::{fresh_folder, kaztoken};

/// Seconds for everything.
const LIMIT: &str = "600";

/// Runs the rig.
pub(crate) fn run() -> Result<Count, Failure> {
    if !cfg!(target_os = "linux") {
        return Err(Failure::from("the rig needs Linux: namespaces and Debian's virtual reader".to_owned()));
    }
    packages::debian(&[packages::RIG_PCSC])?;
    let work = target().join("rig/pcsc");
    fresh_folder(&work)?;
    let scripts = root().join("xtask/rigs/pcsc");
    let mut namespaces = vec!["--mount", "--net", "--pid", "--fork", "--kill-child"];
    if !packages::is_root() {
        // Where the system lets anyone make a user namespace, root is not needed.
        namespaces.push("--map-root-user");
    }
    output(command("unshare").args(&namespaces).arg("true"))
        .map_err(|reason| format!("{reason}; run it as root, in a container with --cap-add SYS_ADMIN"))?;
    let mut rig = command("timeout");
    rig.args(["--kill-after=5", LIMIT, "unshare"]).args(&namespaces);
    rig.arg("bash")
        .arg(scripts.join("run.sh"))
        .env("KAZTOKEN", kaztoken()?)
        .env("RIG", &scripts)
        .env("WORK", &work);
    let counted = run_counting(&mut rig, count_cases);
    let Count { passed, failed } = *counted.as_ref().unwrap_or_else(|failure| &failure.count);
    println!("rig pcsc: {passed} passed, {failed} failed");
    counted
}
