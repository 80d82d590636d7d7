//! Puts the memory map where the linker looks for it.
use std::path::PathBuf;

fn main() {
    // Not under its last name here: the linker takes the `memory.x` of this folder, which is the one it works
    // in, before any other, and the other packages of this workspace have maps of their own.
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    std::fs::copy("mps2-an386.x", out.join("memory.x")).expect("the memory map is copied");
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rerun-if-changed=mps2-an386.x");
    // Functions that are the same are one.
    for image in ["engine", "engine_device"] {
        println!("cargo:rustc-link-arg-bin={image}=--icf=all");
    }
}
