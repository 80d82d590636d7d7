//! After a logout the PIN is nowhere in the RAM: every byte of it is looked at, the dead part of the stack,
//! too.
//!
//! Not only the whole PIN counts: any four of its bytes in a row do, which is what a register holds.

use core::cell::Cell;
use core::hint::black_box;
use core::mem;
use core::ops::ControlFlow;
use core::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use kaztoken_core::Millis;
use kaztoken_core::ccid::{CcidLink, ClassDescriptor, LinkOptions};
use kaztoken_core::drive::{Connection, Failure};
use kaztoken_core::pin::{LastTry, Pin};
use kaztoken_core::token::{Error, Protocol};

use crate::board;
use crate::cases::{Cases, Failed, Wrong, check, wrong};
use crate::scripts;
use crate::token::{Level, Slot, Token, USER_PIN};

/// Bytes that count as a part of the PIN.
const FRAGMENT: usize = 4;
/// How many such parts a whole PIN has.
const WHOLE: u32 = (USER_PIN_LEN - FRAGMENT + 1) as u32;
const USER_PIN_LEN: usize = USER_PIN.len();
/// What the parts are looked for through, so that the search itself never has one in a register.
const MASK: u32 = 0x5A5A_5A5A;
/// The parts behind the mask, in flash.
static MASKED: [u32; WHOLE as usize] = masked();

const fn masked() -> [u32; WHOLE as usize] {
    let mut parts = [0; WHOLE as usize];
    let mut at = 0;
    while at < parts.len() {
        let pin = &USER_PIN;
        parts[at] = u32::from_le_bytes([pin[at], pin[at + 1], pin[at + 2], pin[at + 3]]) ^ MASK;
        at += 1;
    }
    parts
}

/// What there is of the PIN in the RAM.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    /// How many parts: [`WHOLE`] for one whole PIN.
    parts: u32,
    /// Where the first and the last of them end.
    first: u32,
    last: u32,
}

/// Looks at the whole RAM.
#[inline(never)]
fn search() -> Found {
    let parts = black_box(&MASKED);
    let (mut found, mut last_four) = (Found::default(), 0_u32);
    board::for_each_byte_of_ram(|address, byte| {
        last_four = (last_four >> 8) | (u32::from(byte ^ MASK as u8) << 24);
        if parts.contains(&last_four) {
            if found.parts == 0 {
                found.first = address;
            }
            found.last = address;
            found.parts += 1;
        }
    });
    found
}

/// The number found while the card had the PIN in its hands.
static UNDER_WAY: AtomicU32 = AtomicU32::new(0);

/// A login and a logout at every exchange level, then the search: while the connection is open, and after it.
///
/// # Errors
/// [`Failed`].
pub fn after_logout() -> Result<(), Failed> {
    let mut cases = Cases::new();
    for (level, name) in Level::ALL.into_iter().zip(["short APDUs", "T=1", "T=0"]) {
        cases.run(name, || {
            board::wipe_free_ram();
            nothing("before the login", search())?;
            let open = session(level)?;
            check(UNDER_WAY.load(Ordering::Relaxed) >= WHOLE, "not even found while VERIFY was under way")?;
            nothing("after the logout", open)?;
            nothing("after the end of the connection", search())
        });
    }
    cases.end(3)
}

fn nothing(when: &str, Found { parts, first, last }: Found) -> Result<(), Wrong> {
    match parts {
        0 => Ok(()),
        _ => Err(wrong(format_args!(
            "{when} {parts} parts of the PIN are in the RAM ({WHOLE} are a whole one), {first:#x} to {last:#x}"
        ))),
    }
}

/// Returns what was found with the connection still open.
#[inline(never)]
fn session(level: Level) -> Result<Found, Wrong> {
    UNDER_WAY.store(0, Ordering::Relaxed);
    let token = Token { on_pin: || UNDER_WAY.store(search().parts, Ordering::Relaxed), ..Token::default() };
    let descriptor = if level.is_tpdu() { scripts::T0[0].descriptor } else { scripts::FRAMES[0].descriptor };
    let descriptor = ClassDescriptor::parse(descriptor).map_err(|error| wrong(format_args!("{error:?}")))?;
    let now = Cell::new(0);
    let clock = || {
        now.set(now.get() + 1);
        Millis(now.get())
    };
    let go_on = |_| ControlFlow::Continue(());
    let pipe = (Slot::new(level, token), clock);
    let link = CcidLink::open_with(pipe.0, pipe.1, &descriptor, LinkOptions::default(), go_on);
    let link = link.map_err(|error| wrong(format_args!("{error:?}")))?;
    let protocol = if level == Level::T0 { Protocol::T0 } else { Protocol::T1 };
    let mut connection = Connection::new(link, protocol);
    let login = Pin::with(black_box(&USER_PIN), |pin| {
        connection.run(async |session| session.login_user(pin, LastTry::Refuse).await.map(|_| ()))
    });
    let login = login.unwrap_or(Err(Failure::Token(Error::NotAConversation)));
    let done = login.and_then(|()| connection.run(async |session| session.logout().await));
    done.map_err(|error| wrong(format_args!("{error:?}")))?;
    Ok(search())
}

/// A copy that somebody keeps, in a variable.
static KEPT: [AtomicU8; USER_PIN_LEN] = [const { AtomicU8::new(0) }; USER_PIN_LEN];

/// That the search finds what is there: copies in a variable and in the dead part of the stack, a PIN that is
/// not dropped, and parts of one.
///
/// # Errors
/// [`Failed`].
pub fn copies_are_found() -> Result<(), Failed> {
    let mut cases = Cases::new();
    let whole = |found: Found| check(found.parts >= WHOLE, "a copy is not found");
    cases.run("none", || {
        board::wipe_free_ram();
        nothing("at first", search())
    });
    cases.run("kept in a variable", || {
        keep(USER_PIN_LEN);
        let found = search();
        keep(0);
        whole(found)?;
        nothing("after it was wiped", search())
    });
    cases.run("four bytes of it", || {
        keep(FRAGMENT);
        let found = search();
        keep(0);
        check(found.parts == 1, "not found, or more than that")
    });
    cases.run("in the dead part of the stack", || {
        leave_on_stack();
        let found = search();
        board::wipe_free_ram();
        whole(found)?;
        nothing("after it was wiped", search())
    });
    cases.run("a PIN that is not dropped", || {
        forget_one();
        let found = search();
        board::wipe_free_ram();
        whole(found)
    });
    cases.run("a session that keeps a copy", || {
        let open = session(Level::ShortApdu)?;
        keep(USER_PIN_LEN);
        let found = search();
        keep(0);
        nothing("without the copy", open)?;
        whole(found)
    });
    cases.end(6)
}

/// Keeps the first `len` bytes.
#[inline(never)]
fn keep(len: usize) {
    // Nobody reads it, so it would not be written.
    for (at, place) in black_box(&KEPT).iter().enumerate() {
        let byte = if at < len { black_box(&USER_PIN)[at] } else { 0 };
        place.store(byte, Ordering::Relaxed);
    }
}

/// So deep that the search does not overwrite it.
#[inline(never)]
fn leave_on_stack() {
    let mut frame = [0_u8; 512];
    for (place, byte) in frame.iter_mut().zip(black_box(&USER_PIN)) {
        *place = *byte;
    }
    black_box(&mut frame);
}

#[inline(never)]
fn forget_one() {
    let below = black_box([0_u8; 256]);
    if let Ok(pin) = Pin::new(black_box(&USER_PIN)) {
        mem::forget(black_box(pin));
    }
    black_box(&below);
}
