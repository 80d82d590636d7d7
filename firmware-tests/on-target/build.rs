//! Chooses the board, and turns the core's vector files into tables: each file is read where it lies.
//!
//! The board is the one that QEMU has for the target, or what `KAZTOKEN_BOARD` names.

#[path = "build/boards.rs"]
mod boards;
#[path = "build/ccid.rs"]
mod ccid;
#[path = "build/emit.rs"]
mod emit;
#[path = "build/gost.rs"]
mod gost;
#[path = "build/hashes.rs"]
mod hashes;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    if let Err(reason) = generate() {
        eprintln!("{reason}");
        std::process::exit(1);
    }
}

fn generate() -> Result<(), String> {
    let variable = |name: &str| env::var(name).map_err(|_| format!("cargo does not set {name}"));
    let out = PathBuf::from(variable("OUT_DIR")?);
    println!("cargo:rerun-if-env-changed=KAZTOKEN_BOARD");
    let board = boards::choose(&variable("TARGET")?, env::var("KAZTOKEN_BOARD").ok().as_deref())?;
    let write = |name: &str, text: String| {
        let file = out.join(name);
        fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))
    };
    write("memory.x", board.memory_map())?;
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rustc-link-arg-tests=-Tembedded-test.x");

    let core = Path::new(&variable("CARGO_MANIFEST_DIR")?).join("../../kaztoken-core");
    for folder in ["vectors", "tests/vectors"] {
        println!("cargo:rerun-if-changed={}", core.join(folder).display());
    }
    let oracle = core.join("../adapters/usb/oracle");
    for file in ["src/cases.rs", "expected.txt"] {
        println!("cargo:rerun-if-changed={}", oracle.join(file).display());
    }
    let expected = oracle.join("expected.txt");
    let expected =
        fs::read_to_string(&expected).map_err(|error| format!("{}: {error}", expected.display()))?;
    write("board.rs", board.constants())?;
    write("ccid.rs", ccid::tables(&core.join("vectors/ccid"), &expected)?)?;
    write("gost.rs", gost::tables(&core, board)?)?;
    write("hashes.rs", hashes::tables(&core)?)
}
