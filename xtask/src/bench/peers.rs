//! The other libraries: which, from which packages, and how their programs are built.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::program::Program;
use crate::commands::{command, output, root, target};

/// A library and the program that times it.
pub(crate) struct Peer {
    name: &'static str,
    source: &'static str,
    /// pkg-config's names.
    libraries: &'static [&'static str],
    /// Debian's packages.
    packages: &'static str,
    /// The package whose version is the one that counts, where the library cannot say it itself.
    version_of: Option<&'static str>,
}

pub(crate) const ALL: &[Peer] = &[
    Peer {
        name: "gost-engine",
        source: "openssl.c",
        libraries: &["libcrypto"],
        packages: "libssl-dev libengine-gost-openssl",
        version_of: Some("libengine-gost-openssl"),
    },
    Peer {
        name: "nettle",
        source: "nettle.c",
        libraries: &["nettle", "hogweed", "gmp"],
        packages: "nettle-dev libgmp-dev",
        version_of: Some("nettle-dev"),
    },
    Peer {
        name: "libgcrypt",
        source: "libgcrypt.c",
        libraries: &["libgcrypt"],
        packages: "libgcrypt20-dev",
        version_of: None,
    },
    Peer {
        name: "botan",
        source: "botan.cpp",
        libraries: &["botan-2"],
        packages: "libbotan-2-dev",
        version_of: None,
    },
];

/// Builds a peer's program; where the library is not there, says what to type.
pub(crate) fn build(peer: &Peer) -> Result<Program, String> {
    let absent = || format!("not installed: {} (apt install {})", peer.name, peer.packages);
    let flags = output(command("pkg-config").args(["--cflags", "--libs"]).args(peer.libraries));
    let flags = flags.map_err(|_| absent())?;
    let folder = target().join("bench-peers");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let protocol = folder.join("protocol.o");
    compile("cc", &["-c".into(), source("protocol.c"), "-o".into(), protocol.clone()], "")?;
    let program = folder.join(peer.name);
    let compiler = if peer.source.ends_with("pp") { "c++" } else { "cc" };
    compile(compiler, &[source(peer.source), protocol, "-o".into(), program.clone()], &flags)?;
    // The engine is a module that may be missing while OpenSSL is there: then the program ends at once.
    let mut program =
        Program::open(peer.name, program, &[]).map_err(|error| format!("{} ({error})", absent()))?;
    if let Some(version) = peer.version_of.and_then(installed_version) {
        program.version = if peer.name == "gost-engine" {
            format!("{version} on OpenSSL {}", program.version)
        } else {
            version
        };
    }
    Ok(program)
}

fn source(name: &str) -> PathBuf {
    root().join("kaztoken-core/benches/peers").join(name)
}

fn compile(compiler: &str, arguments: &[PathBuf], flags: &str) -> Result<(), String> {
    output(command(compiler).args(["-O2", "-Wall", "-Wextra"]).args(arguments).args(flags.split_whitespace()))
        .map(drop)
        .map_err(|error| {
            let what = arguments.iter().find(|path| path.extension().is_some()).map(PathBuf::as_path);
            let what = what.and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
            format!("not built: {what} (apt install gcc g++ libc6-dev): {error}")
        })
}

/// Debian's version of a package without epoch and revision: `3.0.1` of `3.0.1-2+b1`.
fn installed_version(package: &str) -> Option<String> {
    let version =
        output(command("dpkg-query").args(["-W", "-f", "${Version}", package]).stderr(Stdio::null()));
    version.ok().map(|version| upstream(&version).to_owned()).filter(|version| !version.is_empty())
}

fn upstream(version: &str) -> &str {
    let version = version.split_once(':').map_or(version, |(_, version)| version);
    version.rsplit_once('-').map_or(version, |(upstream, _)| upstream)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_lose_debians_part() {
        assert_eq!(upstream("3.0.1-2+b1"), "3.0.1");
        assert_eq!(upstream("2:6.2.1+dfsg1-1.1"), "6.2.1+dfsg1");
        assert_eq!(upstream("1.0"), "1.0");
    }
}
