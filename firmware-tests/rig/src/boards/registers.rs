//! A register: the one place where a board's file is unsafe.

/// A 32-bit register.
#[derive(Copy, Clone, Debug)]
pub struct Register(pub u32);

impl Register {
    /// Its value now.
    pub fn read(self) -> u32 {
        // SAFETY: every address comes from the board's documents and is that of an aligned 32-bit register, which is
        // always there; reading it has at most the effects that its user wants.
        unsafe { (self.0 as *const u32).read_volatile() }
    }

    /// Gives it a value.
    pub fn write(self, value: u32) {
        // SAFETY: as in `read`; the registers control peripherals, none of which touches memory.
        unsafe { (self.0 as *mut u32).write_volatile(value) }
    }

    /// Sets and clears bits.
    #[allow(dead_code, reason = "not every board needs it")]
    pub fn change(self, clear: u32, set: u32) {
        self.write(self.read() & !clear | set);
    }
}
