//! Leaks on purpose: if valgrind does not report these, its silence elsewhere means nothing.

use std::hint::black_box;

use crate::memcheck;
use crate::random::SecretSource;

/// A name, and a function that leaks the secret it is given.
type Control = (&'static str, fn(u8) -> u32);

/// All of them.
pub(crate) const ALL: &[Control] = &[
    ("leak-branch", branch),
    ("leak-loop", repetitions),
    ("leak-table", table),
    ("leak-comparison", |secret| comparison(&[secret; 32])),
];

/// Runs one, on a secret.
pub(crate) fn run(name: &str) -> Result<(), String> {
    let leak = ALL.iter().find(|(known, _)| *known == name).map(|(_, leak)| leak);
    let leak = leak.ok_or_else(|| format!("no control is called {name}"))?;
    let mut octet = SecretSource(1).next() as u8;
    memcheck::secret(&mut octet);
    let mut result = leak(octet);
    memcheck::public(&mut result);
    println!("{name} gave {result}");
    Ok(())
}

/// A jump that no optimiser turns into a selection: both ways store, each to its own place.
#[inline(never)]
fn branch(secret: u8) -> u32 {
    let (mut odd, mut even) = (0_u32, 0_u32);
    if secret & 1 == 1 {
        black_box(&mut odd);
        odd += 1;
    } else {
        black_box(&mut even);
        even += 2;
    }
    odd + even
}

#[inline(never)]
fn repetitions(secret: u8) -> u32 {
    let mut count = 0;
    for _ in 0..secret {
        count = black_box(count + 1);
    }
    count
}

/// What a table-based S-box does.
#[inline(never)]
fn table(secret: u8) -> u32 {
    let table: [u8; 256] = black_box([7; 256]);
    u32::from(table[usize::from(secret)])
}

/// What `==` on slices of unknown length does: it ends at the first difference.
#[inline(never)]
fn comparison(secret: &[u8]) -> u32 {
    u32::from(black_box(secret) == black_box(&[7; 32][..]))
}
