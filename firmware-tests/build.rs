//! Puts the memory map where the linker looks for it.
fn main() {
    println!("cargo:rustc-link-search={}", env!("CARGO_MANIFEST_DIR"));
    println!("cargo:rerun-if-changed=memory.x");
    // Functions that are the same are one.
    for image in ["engine", "engine_device"] {
        println!("cargo:rustc-link-arg-bin={image}=--icf=all");
    }
}
