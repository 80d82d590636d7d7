//! The primes p of the curves.

use crate::gost::arith::inverse::{L256, L512, Prime};
use crate::gost::arith::special::SpecialPrime;
use crate::gost::arith::words::{self, N256, N512, Word};

macro_rules! special {
    ($(#[$doc:meta])* $name:ident, $n:ident, $l:ident, $p:expr, $c:literal, above: $above:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(crate) struct $name;

        impl SpecialPrime<$n> for $name {
            const P: [Word; $n] = words::from_hex($p);
            const C: Word = $c;
            const ABOVE: bool = $above;

            fn invert(a: &[Word; $n]) -> [Word; $n] {
                const PRIME: Prime<$l> = Prime::new(&$name::P);
                PRIME.invert(a)
            }
        }
    };
}

/// A type for a modulus without special form: group orders and two fields.
macro_rules! modulus {
    ($name:ident, 256, $m:expr) => { modulus!(@ $name, N256, L256, $m); };
    ($name:ident, 512, $m:expr) => { modulus!(@ $name, N512, L512, $m); };
    (@ $name:ident, $n:ident, $l:ident, $m:expr) => {
        #[derive(Clone, Copy)]
        pub(crate) struct $name;

        impl $crate::gost::arith::montgomery::Modulus<{ $crate::gost::arith::words::$n }> for $name {
            const M: [$crate::gost::arith::words::Word; $crate::gost::arith::words::$n] =
                $crate::gost::arith::words::from_hex($m);

            fn invert(
                a: &[$crate::gost::arith::words::Word; $crate::gost::arith::words::$n],
            ) -> [$crate::gost::arith::words::Word; $crate::gost::arith::words::$n] {
                use $crate::gost::arith::inverse::{$l, Prime};
                use $crate::gost::arith::montgomery::Modulus;
                const PRIME: Prime<$l> = Prime::new(&<$name as Modulus<_>>::M);
                PRIME.invert(a)
            }
        }
    };
}
pub(crate) use modulus;

special! {
    /// 2^256 - 617: CryptoPro-A and tc26-256-A.
    P256, N256, L256, "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFD97", 617, above: false
}

special! {
    /// 2^255 + 3225: CryptoPro-B.
    P255, N256, L256, "8000000000000000000000000000000000000000000000000000000000000C99", 3225, above: true
}

special! {
    /// 2^255 + 1073: the 256-bit example.
    P255T, N256, L256, "8000000000000000000000000000000000000000000000000000000000000431", 1073, above: true
}

special! {
    /// 2^512 - 569: tc26-512-A and tc26-512-C.
    P512, N512, L512, concat!(
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFDC7"
    ), 569, above: false
}

special! {
    /// 2^511 + 111: tc26-512-B.
    P511, N512, L512, concat!(
        "8000000000000000000000000000000000000000000000000000000000000000",
        "000000000000000000000000000000000000000000000000000000000000006F"
    ), 111, above: true
}

// CryptoPro-C.
modulus!(P256C, 256, "9B9F605F5A858107AB1EC85E6B41C8AACF846E86789051D37998F7B9022D759B");

// The 512-bit example.
modulus!(
    P511T,
    512,
    concat!(
        "4531ACD1FE0023C7550D267B6B2FEE80922B14B2FFB90F04D4EB7C09B5D2D15D",
        "F1D852741AF4704A0458047E80E4546D35B8336FAC224DD81664BBF528BE6373"
    )
);
