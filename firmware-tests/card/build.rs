//! Gives every board's image its memory map.
#![allow(clippy::expect_used, reason = "a build script has nobody to give an error to")]
use std::fs;
use std::path::PathBuf;

/// Flash and RAM: where they begin, and kilobytes that the image may take.
const BOARDS: [(&str, u32, u32, u32, u32); 3] = [
    // ARM DAI 0386: ZBT SSRAM 1 at 0, SSRAM 2 and 3 at 0x2000_0000. It has 4 MB of each; a chip has not.
    ("card-mps2-an386", 0x0000_0000, 512, 0x2000_0000, 192),
    // LM3S6965 data sheet, 3: memory map. All that the chip has.
    ("card-lm3s6965evb", 0x0000_0000, 256, 0x2000_0000, 64),
    // RM0090, 2.3: memory map. SRAM1 and SRAM2 lie side by side.
    ("card-stm32f407-usb", 0x0800_0000, 1024, 0x2000_0000, 128),
];

fn main() {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    for (image, flash, flash_kb, ram, ram_kb) in BOARDS {
        let folder = out.join(image);
        fs::create_dir_all(&folder).expect("a folder in OUT_DIR");
        let map = format!(
            "MEMORY\n{{\n  FLASH : ORIGIN = {flash:#010x}, LENGTH = {flash_kb}K\n  \
             RAM : ORIGIN = {ram:#010x}, LENGTH = {ram_kb}K\n}}\n"
        );
        fs::write(folder.join("memory.x"), map).expect("a file in OUT_DIR");
        println!("cargo:rustc-link-arg-bin={image}=-L{}", folder.display());
    }
    println!("cargo:rerun-if-changed=build.rs");
}
