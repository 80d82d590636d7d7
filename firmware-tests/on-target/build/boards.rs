//! The boards, and what fits on each.

/// A board.
pub(crate) struct Board {
    /// What it is called here.
    name: &'static str,
    /// The target triple's beginning.
    target: &'static str,
    /// QEMU's machine; empty for a real board that QEMU does not have.
    machine: &'static str,
    flash: (u32, u32),
    ram: (u32, u32),
    /// Of so many kinds of open vectors one is run on a 512-bit curve, another one on the next curve.
    pub(crate) one_of: usize,
    /// What is not tested there, and why.
    left_out: &'static [(&'static str, &'static str)],
}

const KB: u32 = 1024;

/// All have this in common.
const EVERYWHERE: (&str, &str) = (
    "open vectors of signatures but the first of every kind on every curve",
    "time; the core's own tests run all",
);

const BOARDS: &[Board] = &[
    // QEMU's hw/arm/nrf51_soc.c: 256 KB and 16 KB, as the nRF51822 of the first BBC micro:bit has them.
    Board {
        name: "microbit",
        target: "thumbv6m-",
        machine: "microbit",
        flash: (0, 256 * KB),
        ram: (0x2000_0000, 16 * KB),
        one_of: 3,
        left_out: &[
            EVERYWHERE,
            (
                "of these two thirds on 512-bit curves, other ones on each",
                "time; there is no long multiplication",
            ),
        ],
    },
    // Stellaris LM3S6965, data sheet: 256 KB of flash, 64 KB of SRAM.
    Board {
        name: "lm3s6965evb",
        target: "thumbv7m-",
        machine: "lm3s6965evb",
        flash: (0, 256 * KB),
        ram: (0x2000_0000, 64 * KB),
        one_of: 1,
        left_out: &[EVERYWHERE],
    },
    // Arm AN386: 4 MB of memory at either address, of which this is a part.
    Board {
        name: "mps2-an386",
        target: "thumbv7em-",
        machine: "mps2-an386",
        flash: (0, 1024 * KB),
        ram: (0x2000_0000, 128 * KB),
        one_of: 1,
        left_out: &[EVERYWHERE],
    },
    // Arm AN505, secure addresses: 4 MB of code memory, 2 MB and more of RAM, of which this is a part.
    Board {
        name: "mps2-an505",
        target: "thumbv8m.main-",
        machine: "mps2-an505",
        flash: (0x1000_0000, 1024 * KB),
        ram: (0x3800_0000, 128 * KB),
        one_of: 1,
        left_out: &[EVERYWHERE],
    },
    // ST DS8626: 1 MB of flash, 112 and 16 KB of SRAM in one piece. Not run on hardware.
    Board {
        name: "stm32f407",
        target: "thumbv7em-",
        machine: "",
        flash: (0x0800_0000, 1024 * KB),
        ram: (0x2000_0000, 128 * KB),
        one_of: 1,
        left_out: &[EVERYWHERE],
    },
];

/// The board of this name, or the first that has this target.
pub(crate) fn choose(target: &str, name: Option<&str>) -> Result<&'static Board, String> {
    let known = || BOARDS.iter().map(|board| board.name).collect::<Vec<_>>().join(", ");
    let fits = |board: &&Board| target.starts_with(board.target);
    let board = BOARDS.iter().filter(fits).find(|board| name.is_none_or(|name| board.name == name));
    board.ok_or_else(|| format!("no board {} for {target}; there are {}", name.unwrap_or_default(), known()))
}

impl Board {
    /// The linker's map, with the name of QEMU's machine for whoever runs the image.
    pub(crate) fn memory_map(&self) -> String {
        let ((flash, flash_len), (ram, ram_len)) = (self.flash, self.ram);
        format!(
            "MEMORY\n{{\n  FLASH : ORIGIN = {flash:#x}, LENGTH = {flash_len:#x}\n  RAM : ORIGIN = {ram:#x}, LENGTH = \
             {ram_len:#x}\n}}\n_ram_start = ORIGIN(RAM);\n_ram_end = ORIGIN(RAM) + LENGTH(RAM);\n\
             SECTIONS {{ .kaztoken.machine 0 (INFO) : {{ KEEP(*(.kaztoken.machine)); }} }}\n"
        )
    }

    /// What the image is told of its board.
    pub(crate) fn constants(&self) -> String {
        let Self { name, machine, left_out, .. } = self;
        format!(
            "/// The board.\npub const NAME: &str = {name:?};\n\
             /// What is not tested on it, and why.\npub const LEFT_OUT: &[(&str, &str)] = &{left_out:?};\n\
             #[used]\n#[cfg_attr(target_os = \"none\", unsafe(link_section = \".kaztoken.machine\"))]\n\
             static MACHINE: [u8; {len}] = *b{machine:?};\n",
            len = machine.len(),
        )
    }
}
