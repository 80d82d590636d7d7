//! Numbers as octets, modulo something, and out of a seed.

use num_bigint::BigUint;
use streebog::{Digest as _, Streebog512};

/// The `len` low octets, the highest first.
pub(crate) fn be(value: &BigUint, len: usize) -> Vec<u8> {
    let mut octets = le(value, len);
    octets.reverse();
    octets
}

/// The `len` low octets, the lowest first.
pub(crate) fn le(value: &BigUint, len: usize) -> Vec<u8> {
    let mut octets = value.to_bytes_le();
    octets.resize(octets.len().max(len), 0);
    octets.truncate(len);
    octets
}

/// True when `value` takes no more than `len` octets.
pub(crate) fn fits(value: &BigUint, len: usize) -> bool {
    value.bits() <= 8 * len as u64
}

pub(crate) fn small(value: u32) -> BigUint {
    BigUint::from(value)
}

pub(crate) fn is_zero(value: &BigUint) -> bool {
    value.bits() == 0
}

pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

pub(crate) fn from_hex(digits: &str) -> Vec<u8> {
    let digits: Vec<char> = digits.chars().filter(|digit| !digit.is_whitespace()).collect();
    digits
        .chunks(2)
        .map(|pair| {
            let pair: String = pair.iter().collect();
            u8::from_str_radix(&pair, 16).expect("hexadecimal digits in pairs")
        })
        .collect()
}

/// value^-1 mod a prime, by Fermat.
pub(crate) fn invert(value: &BigUint, prime: &BigUint) -> BigUint {
    value.modpow(&(prime - 2_u32), prime)
}

/// -value mod m.
pub(crate) fn negate(value: &BigUint, m: &BigUint) -> BigUint {
    (m - value % m) % m
}

/// A square root modulo a prime p: p = 3 mod 4 directly, else Tonelli and Shanks.
pub(crate) fn square_root(value: &BigUint, p: &BigUint) -> Option<BigUint> {
    let one = small(1);
    let value = value % p;
    if is_zero(&value) {
        return Some(value);
    }
    let half = (p - 1_u32) >> 1;
    if value.modpow(&half, p) != one {
        return None;
    }
    let twos = (p - 1_u32).trailing_zeros().unwrap_or(0);
    let odd = (p - 1_u32) >> twos;
    let nonresidue = (2_u32..).map(small).find(|n| n.modpow(&half, p) != one)?;
    let mut generator = nonresidue.modpow(&odd, p);
    let mut root = value.modpow(&((&odd + 1_u32) >> 1), p);
    let mut rest = value.modpow(&odd, p);
    let mut order = twos;
    while rest != one {
        let mut exponent = 0;
        let mut power = rest.clone();
        while power != one {
            power = &power * &power % p;
            exponent += 1;
        }
        let factor = generator.modpow(&(one.clone() << (order - exponent - 1)), p);
        generator = &factor * &factor % p;
        root = root * factor % p;
        rest = rest * &generator % p;
        order = exponent;
    }
    Some(root)
}

/// Miller and Rabin with the first 40 primes as bases and 24 numbers out of a seed.
pub(crate) fn is_prime(n: &BigUint) -> bool {
    let bases: Vec<u32> = (2_u32..174).filter(|b| (2..*b).all(|d| b % d != 0)).collect();
    let mut seed = Seed::new("bases");
    let random = (0..24).map(|_| seed.below(n)).filter(|b| !is_zero(b));
    let twos = (n - 1_u32).trailing_zeros().unwrap_or(0);
    let odd = (n - 1_u32) >> twos;
    bases.into_iter().map(small).chain(random).all(|base| {
        let mut power = base.modpow(&odd, n);
        if power == small(1) || power == n - 1_u32 {
            return true;
        }
        (1..twos).any(|_| {
            power = &power * &power % n;
            power == n - 1_u32
        })
    })
}

/// Numbers that look random and are the same every time: Streebog-512 of a label and a counter.
pub(crate) struct Seed {
    label: String,
    counter: u32,
}

impl Seed {
    pub(crate) fn new(label: &str) -> Self {
        Self { label: format!("kaztoken vectors v1: {label}"), counter: 0 }
    }

    pub(crate) fn octets(&mut self, len: usize) -> Vec<u8> {
        let mut octets = Vec::new();
        while octets.len() < len {
            let mut hash = Streebog512::new();
            hash.update(self.label.as_bytes());
            hash.update(self.counter.to_be_bytes());
            octets.extend_from_slice(&hash.finalize());
            self.counter += 1;
        }
        octets.truncate(len);
        octets
    }

    /// A number in 0..bound.
    pub(crate) fn below(&mut self, bound: &BigUint) -> BigUint {
        BigUint::from_bytes_le(&self.octets(bound.bits().div_ceil(8) as usize + 16)) % bound
    }

    /// A number in 1..bound.
    pub(crate) fn nonzero(&mut self, bound: &BigUint) -> BigUint {
        self.below(&(bound - 1_u32)) + 1_u32
    }
}
