//! Lines on the debugger's console, by semihosting.

use core::ffi::CStr;
use core::fmt::{self, Write};

use semihosting::sys::arm_compat::sys_write0;

/// Bytes handed over at once, with the final zero.
const PART: usize = 64;

#[derive(Default)]
struct Console {
    part: heapless::Vec<u8, PART>,
}

impl Console {
    fn flush(&mut self) {
        _ = self.part.push(0);
        if let Ok(text) = CStr::from_bytes_with_nul(&self.part) {
            sys_write0(text);
        }
        self.part.clear();
    }
}

impl Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            if self.part.len() + 1 == PART {
                self.flush();
            }
            // A zero would end the text for the debugger.
            _ = self.part.push(byte.max(1));
        }
        Ok(())
    }
}

/// Prints one line.
#[inline(never)]
pub fn line(text: fmt::Arguments<'_>) {
    let mut console = Console::default();
    _ = console.write_fmt(text);
    _ = console.write_char('\n');
    console.flush();
}
