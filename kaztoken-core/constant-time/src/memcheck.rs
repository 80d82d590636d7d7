//! What valgrind's memcheck is told: which memory holds a secret, and which no longer does.
//!
//! A client request is a sequence of instructions that does nothing on a processor and is recognised by valgrind
//! (valgrind.h, memcheck.h).

use std::ffi::c_void;

const RUNNING_ON_VALGRIND: usize = 0x1001;
/// `'M' << 24 | 'C' << 16`, where memcheck's requests begin.
const MEMCHECK: usize = 0x4d43_0000;
const MAKE_UNDEFINED: usize = MEMCHECK + 1;
const MAKE_DEFINED: usize = MEMCHECK + 2;

/// True inside valgrind.
pub(crate) fn running() -> bool {
    request(RUNNING_ON_VALGRIND, std::ptr::null(), 0) != 0
}

/// From here on the value is a secret: memcheck reports what its time or its addresses depend on.
pub(crate) fn secret<T: ?Sized>(value: &mut T) {
    request(MAKE_UNDEFINED, std::ptr::from_mut(value).cast(), size_of_val(value));
}

/// From here on the value is public.
pub(crate) fn public<T: ?Sized>(value: &mut T) {
    request(MAKE_DEFINED, std::ptr::from_mut(value).cast(), size_of_val(value));
}

#[cfg(target_arch = "x86_64")]
fn request(code: usize, address: *const c_void, length: usize) -> usize {
    let request = [code, address as usize, length, 0, 0, 0];
    let mut answer = 0_usize;
    // SAFETY: outside valgrind nothing changes: rdi is rotated by 128 bits in all, rbx exchanged with itself, and
    // rdx keeps its 0. Inside, valgrind reads the six words at rax and writes rdx; these requests change no
    // memory, only what memcheck thinks of it.
    unsafe {
        core::arch::asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") request.as_ptr(),
            inout("rdx") answer,
            options(nostack),
        );
    }
    answer
}

/// Other machines have other sequences, which nobody has run yet.
#[cfg(not(target_arch = "x86_64"))]
fn request(_: usize, _: *const c_void, _: usize) -> usize {
    0
}
