//! Gives every board's image its memory map.
#![allow(clippy::expect_used, reason = "a build script has nobody to give an error to")]
use std::fs;
use std::path::PathBuf;

/// Flash and RAM: where they begin. How much of them the firmware may take is the same for every board, so that
/// the linker refuses an image that takes more.
const BOARDS: [(&str, u32, u32); 5] = [
    // ARM DAI 0386: ZBT SSRAM 1 at 0, SSRAM 2 and 3 at 0x2000_0000.
    ("mps2-an386", 0x0000_0000, 0x2000_0000),
    // ARM DAI 0505: the secure aliases of SSRAM 1 and 2.
    ("mps2-an505", 0x1000_0000, 0x3800_0000),
    // LM3S6965 data sheet, 3: memory map.
    ("lm3s6965evb", 0x0000_0000, 0x2000_0000),
    // nRF51 reference manual, 5: memory.
    ("microbit", 0x0000_0000, 0x2000_0000),
    // RM0090, 2.3: memory map.
    ("stm32f407", 0x0800_0000, 0x2000_0000),
];

fn main() {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    for (board, flash, ram) in BOARDS {
        let folder = out.join(board);
        fs::create_dir_all(&folder).expect("a folder in OUT_DIR");
        let map = format!(
            "MEMORY\n{{\n  FLASH : ORIGIN = {flash:#010x}, LENGTH = 64K\n  RAM : ORIGIN = {ram:#010x}, LENGTH = 16K\n}}\n"
        );
        fs::write(folder.join("memory.x"), map).expect("a file in OUT_DIR");
        println!("cargo:rustc-link-arg-bin={board}=-L{}", folder.display());
    }
    println!("cargo:rustc-link-arg-bins=-Tdefmt.x");
    println!("cargo:rerun-if-changed=build.rs");
}
