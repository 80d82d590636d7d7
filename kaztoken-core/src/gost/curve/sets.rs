//! The curves of RFC 4357, RFC 7836, RFC 7091 and RFC 9215.

use crate::gost::arith::field::Field;
use crate::gost::arith::montgomery::Montgomery;
use crate::gost::arith::special::Special;
use crate::gost::arith::words::{Mask, N256, N512, Word};
use crate::gost::octets::Integer;
use crate::gost::parameter_set::ParameterSet;

use super::Curve;
use super::comb::{self, Comb, Shape, Term};
use super::edwards::{self, Edwards, Extended};
use super::primes::{P255, P255T, P256, P256C, P511, P511T, P512, modulus};
use super::weierstrass::{self, Affine, CombSum, PublicSum, Weierstrass};

/// Two tables for one curve: a comb for multiples of the base point in constant time, and odd multiples of
/// it for verification. Points are in the inner form of their field.
macro_rules! tables {
    (any $name:literal, $n:expr, $k:literal) => {
        #[cfg(feature = "tables")]
        tables!(@statics $name, ".large", $n, $k, Shape {
            columns: if $n == N256 { 4 } else { 8 },
            widths: &[6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 4],
        }, 8);
        #[cfg(not(feature = "tables"))]
        tables!(small $name, $n, $k);
    };
    (small $name:literal, $n:expr, $k:literal) => {
        tables!(@statics $name, ".small", $n, $k, Shape {
            columns: if $n == N256 { 16 } else { 32 },
            widths: if $n == N256 { &[4, 4, 4, 4] } else { &[6, 5, 5] },
        }, 5);
    };
    (@statics $name:literal, $size:literal, $n:expr, $k:literal, $shape:expr, $odd_width:literal) => {
        pub(crate) const SHAPE: Shape = $shape;
        pub(crate) const ODD_WIDTH: usize = $odd_width;
        static COMB: [[[Word; $n]; $k]; SHAPE.entries()] =
            load(include_bytes!(concat!("../tables/", $name, $size)));
        static ODD: [[[Word; $n]; $k]; 1 << (ODD_WIDTH - 2)] =
            load(include_bytes!(concat!("../tables/", $name, ".odd")));
        pub(crate) const COMB_TABLE: Comb<'static, FieldElement, $k> =
            Comb { shape: SHAPE, entries: &COMB };
        pub(crate) static ODD_TABLE: &[[[Word; $n]; $k]] = &ODD;
    };
}

/// Words from little-endian octets, at compile time.
const fn load<const N: usize, const K: usize, const M: usize>(octets: &[u8]) -> [[[Word; N]; K]; M] {
    const SIZE: usize = Word::BITS as usize / 8;
    let mut out = [[[0; N]; K]; M];
    let mut i = 0;
    while i < M * K * N * SIZE {
        let word = i / SIZE;
        out[word / N / K][word / N % K][word % N] |= (octets[i] as Word) << (i % SIZE * 8);
        i += 1;
    }
    out
}

macro_rules! sized {
    (words 256) => {
        N256
    };
    (words 512) => {
        N512
    };
}

macro_rules! field {
    (special $prime:ident, $size:tt) => { Special<$prime, { sized!(words $size) }> };
    (montgomery $prime:ident, $size:tt) => { Montgomery<$prime, { sized!(words $size) }> };
}

macro_rules! coefficient_a {
    (minus_three) => {
        None
    };
    ($a:literal) => {
        Some(FieldElement::from_hex($a))
    };
}

/// What both shapes share: the module of a curve with its types, constants and tables.
macro_rules! curve_module {
    ($module:ident, $curve:ident, $order:ident, $size:tt, $kind:ident $prime:ident, $q:expr,
     $tables:ident $name:literal, $k:literal) => {
        modulus!($order, $size, $q);
        use super::*;
        pub(crate) type FieldElement = field!($kind $prime, $size);
        pub(crate) type Scalar = Montgomery<$order, { sized!(words $size) }>;
        tables!($tables $name, sized!(words $size), $k);
        /// Of the table of a public key.
        const POINT_SHAPE: Shape = Shape { columns: $size / 16, widths: &[6, 5, 5] };
    };
}

macro_rules! weierstrass {
    (
        $(#[$doc:meta])*
        set: $set:ident, module: $module:ident, curve: $curve:ident, order: $order:ident, size: $size:tt,
        field: $kind:ident $prime:ident,
        q: $q:expr,
        a: $a:tt,
        b: $b:expr,
        x: $x:expr,
        y: $y:expr,
        tables: $tables:ident $name:literal,
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $curve;

        pub(crate) mod $module {
            curve_module!($module, $curve, $order, $size, $kind $prime, $q, $tables $name, 2);

            impl Weierstrass for $curve {
                type Field = FieldElement;
                const A: Option<FieldElement> = coefficient_a!($a);
                const B: FieldElement = FieldElement::from_hex($b);
                const ALL_BITS: bool = Scalar::BITS == SHAPE.bits();
                const TOP_ONES: usize = Scalar::TOP_ONES;
            }

            impl Curve for $curve {
                type Field = FieldElement;
                type Scalar = Scalar;
                type Point = Affine<FieldElement>;

                type Table = [[[Word; sized!(words $size)]; 2]; POINT_SHAPE.entries()];

                const SET: ParameterSet = ParameterSet::$set;
                const BASE: (FieldElement, FieldElement) =
                    (FieldElement::from_hex($x), FieldElement::from_hex($y));

                fn point(x: &FieldElement, y: &FieldElement) -> Option<Self::Point> {
                    Affine::new::<Self>(x, y)
                }

                fn checked_point(x: &FieldElement, y: &FieldElement) -> Self::Point {
                    Affine { x: *x, y: *y }
                }

                fn multiply_base(k: &Integer) -> (FieldElement, FieldElement) {
                    let (k, negative) = odd::<Scalar>(k);
                    signed(COMB_TABLE.multiply::<CombSum<Self>>(&k).finish().to_affine(), negative)
                }

                fn multiply(point: &Self::Point, k: &Integer) -> (FieldElement, FieldElement) {
                    let (k, negative) = odd::<Scalar>(k);
                    signed(weierstrass::multiply::<Self>(point, &k, $size).to_affine(), negative)
                }

                fn table(point: &Self::Point) -> Self::Table {
                    weierstrass::table_vartime::<Self, { POINT_SHAPE.entries() }>(point, POINT_SHAPE)
                }

                fn table_combination_has_x(
                    z1: &Integer,
                    z2: &Integer,
                    table: &Self::Table,
                    candidates: &[FieldElement],
                ) -> bool {
                    let (z1, negate1) = odd::<Scalar>(z1);
                    let (z2, negate2) = odd::<Scalar>(z2);
                    let point = Comb { shape: POINT_SHAPE, entries: table };
                    comb::combine_vartime::<_, PublicSum<Self>, 2>([
                        Term { comb: COMB_TABLE, k: *z1, negate: negate1.is_set_vartime() },
                        Term { comb: point, k: *z2, negate: negate2.is_set_vartime() },
                    ])
                    .is_some_and(|sum| sum.0.has_x(candidates))
                }

                fn combination_has_x(
                    z1: &Integer,
                    z2: &Integer,
                    point: &Self::Point,
                    candidates: &[FieldElement],
                ) -> bool {
                    weierstrass::combine_vartime::<Self, { $size + 1 }>(z1, (ODD_TABLE, ODD_WIDTH), z2, point)
                        .has_x(candidates)
                }
            }
        }
    };
}

macro_rules! edwards {
    (
        $(#[$doc:meta])*
        set: $set:ident, module: $module:ident, curve: $curve:ident, order: $order:ident, size: $size:tt,
        field: $kind:ident $prime:ident,
        q: $q:expr,
        d: $d:expr,
        s: $s:expr,
        t: $t:expr,
        x: $x:expr,
        y: $y:expr,
        tables: $tables:ident $name:literal,
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $curve;

        pub(crate) mod $module {
            curve_module!($module, $curve, $order, $size, $kind $prime, $q, $tables $name, 3);

            impl Edwards for $curve {
                type Field = FieldElement;
                const D: FieldElement = FieldElement::from_hex($d);
                const S: FieldElement = FieldElement::from_hex($s);
                const T: FieldElement = FieldElement::from_hex($t);
                const Q: Integer = Scalar::MODULUS;
            }

            impl Curve for $curve {
                type Field = FieldElement;
                type Scalar = Scalar;
                type Point = Extended<Self>;

                type Table = [[[Word; sized!(words $size)]; 3]; POINT_SHAPE.entries()];

                const SET: ParameterSet = ParameterSet::$set;
                const BASE: (FieldElement, FieldElement) =
                    (FieldElement::from_hex($x), FieldElement::from_hex($y));

                fn point(x: &FieldElement, y: &FieldElement) -> Option<Self::Point> {
                    Extended::from_weierstrass(x, y)
                }

                fn checked_point(x: &FieldElement, y: &FieldElement) -> Self::Point {
                    Extended::map(x, y)
                }

                fn multiply_base(k: &Integer) -> (FieldElement, FieldElement) {
                    let (k, negative) = odd::<Scalar>(k);
                    let (x, y) = COMB_TABLE.multiply::<Extended<Self>>(&k).to_weierstrass();
                    signed(Affine { x, y }, negative)
                }

                fn multiply(point: &Self::Point, k: &Integer) -> (FieldElement, FieldElement) {
                    let (k, negative) = odd::<Scalar>(k);
                    let (x, y) = edwards::multiply::<Self>(point, &k, $size).to_weierstrass();
                    signed(Affine { x, y }, negative)
                }

                fn table(point: &Self::Point) -> Self::Table {
                    edwards::table_vartime::<Self, { POINT_SHAPE.entries() }>(point, POINT_SHAPE)
                }

                fn table_combination_has_x(
                    z1: &Integer,
                    z2: &Integer,
                    table: &Self::Table,
                    candidates: &[FieldElement],
                ) -> bool {
                    let (z1, negate1) = odd::<Scalar>(z1);
                    let (z2, negate2) = odd::<Scalar>(z2);
                    let point = Comb { shape: POINT_SHAPE, entries: table };
                    comb::combine_vartime::<_, Extended<Self>, 3>([
                        Term { comb: COMB_TABLE, k: *z1, negate: negate1.is_set_vartime() },
                        Term { comb: point, k: *z2, negate: negate2.is_set_vartime() },
                    ])
                    .is_some_and(|sum| sum.has_x(candidates))
                }

                fn combination_has_x(
                    z1: &Integer,
                    z2: &Integer,
                    point: &Self::Point,
                    candidates: &[FieldElement],
                ) -> bool {
                    edwards::combine_vartime::<Self, { $size + 1 }>(z1, (ODD_TABLE, ODD_WIDTH), z2, point)
                        .has_x(candidates)
                }
            }
        }
    };
}

/// k where it is odd, else q - k, and whether that was done.
fn odd<S: Field>(k: &Integer) -> (zeroize::Zeroizing<Integer>, Mask) {
    let even = Mask::from_bit(Word::from(k.bit(0) ^ 1));
    (zeroize::Zeroizing::new(k.subtract_from_where(even, &S::MODULUS)), even)
}

/// The coordinates of a point or of its negative.
fn signed<F: Field>(point: Affine<F>, negative: Mask) -> (F, F) {
    (point.x, F::select(negative, &point.y.neg(), &point.y))
}

weierstrass! {
    /// `id-GostR3410-2001-CryptoPro-A-ParamSet`: RFC 4357 section 11.4.
    set: CryptoProA, module: cryptopro_a, curve: CryptoProA, order: Order, size: 256,
    field: special P256,
    q: "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF6C611070995AD10045841B09B761B893",
    a: minus_three,
    b: "A6",
    x: "1",
    y: "8D91E471E0989CDA27DF505A453F2B7635294F2DDF23E3B122ACC99C9E9F1E14",
    tables: any "cryptopro_a",
}

weierstrass! {
    /// `id-GostR3410-2001-CryptoPro-B-ParamSet`: RFC 4357 section 11.4.
    set: CryptoProB, module: cryptopro_b, curve: CryptoProB, order: Order, size: 256,
    field: special P255,
    q: "800000000000000000000000000000015F700CFFF1A624E5E497161BCC8A198F",
    a: minus_three,
    b: "3E1AF419A269A5F866A7D3C25C3DF80AE979259373FF2B182F49D4CE7E1BBC8B",
    x: "1",
    y: "3FA8124359F96680B83D1C3EB2C070E5C545C9858D03ECFB744BF8D717717EFC",
    tables: any "cryptopro_b",
}

weierstrass! {
    /// `id-GostR3410-2001-CryptoPro-C-ParamSet`: RFC 4357 section 11.4.
    set: CryptoProC, module: cryptopro_c, curve: CryptoProC, order: Order, size: 256,
    field: montgomery P256C,
    q: "9B9F605F5A858107AB1EC85E6B41C8AA582CA3511EDDFB74F02F3A6598980BB9",
    a: minus_three,
    b: "805A",
    x: "0",
    y: "41ECE55743711A8C3CBF3783CD08C0EE4D4DC440D4641A8F366E550DFDB3BB67",
    tables: any "cryptopro_c",
}

edwards! {
    /// `id-tc26-gost-3410-2012-256-paramSetA`: RFC 7836 appendix A.2. Cofactor 4.
    set: Tc26_256A, module: tc26_256_a, curve: Tc26A256, order: Order, size: 256,
    field: special P256,
    q: "400000000000000000000000000000000FD8CDDFC87B6635C115AF556C360C67",
    d: "605F6B7C183FA81578BC39CFAD518132B9DF62897009AF7E522C32D6DC7BFFB",
    s: "7E7E82520F9F015FAA1D0F18C14AB9FB35188275DA3FD94206B74F34A48E0ECD",
    t: "100FE73F595FF158E974B44D478D9588744FE5C192AC47EA63075DCE7A14AAA",
    x: "91E38443A5E82C0D880923425712B2BB658B9196932E02C78B2582FE742DAA28",
    y: "32879423AB1A0375895786C4BB46E9565FDE0B5344766740AF268ADB32322E5C",
    tables: any "tc26_256_a",
}

weierstrass! {
    /// `id-tc26-gost-3410-12-512-paramSetA`: RFC 7836 appendix A.1.
    set: Tc26_512A, module: tc26_512_a, curve: Tc26A512, order: Order, size: 512,
    field: special P512,
    q: concat!(
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
        "27E69532F48D89116FF22B8D4E0560609B4B38ABFAD2B85DCACDB1411F10B275"
    ),
    a: minus_three,
    b: concat!(
        "E8C2505DEDFC86DDC1BD0B2B6667F1DA34B82574761CB0E879BD081CFD0B6265",
        "EE3CB090F30D27614CB4574010DA90DD862EF9D4EBEE4761503190785A71C760"
    ),
    x: "3",
    y: concat!(
        "7503CFE87A836AE3A61B8816E25450E6CE5E1C93ACF1ABC1778064FDCBEFA921",
        "DF1626BE4FD036E93D75E6A50E3A41E98028FE5FC235F5B889A589CB5215F2A4"
    ),
    tables: any "tc26_512_a",
}

weierstrass! {
    /// `id-tc26-gost-3410-12-512-paramSetB`: RFC 7836 appendix A.1.
    set: Tc26_512B, module: tc26_512_b, curve: Tc26B512, order: Order, size: 512,
    field: special P511,
    q: concat!(
        "8000000000000000000000000000000000000000000000000000000000000001",
        "49A1EC142565A545ACFDB77BD9D40CFA8B996712101BEA0EC6346C54374F25BD"
    ),
    a: minus_three,
    b: concat!(
        "687D1B459DC841457E3E06CF6F5E2517B97C7D614AF138BCBF85DC806C4B289F",
        "3E965D2DB1416D217F8B276FAD1AB69C50F78BEE1FA3106EFB8CCBC7C5140116"
    ),
    x: "2",
    y: concat!(
        "1A8F7EDA389B094C2C071E3647A8940F3C123B697578C213BE6DD9E6C8EC7335",
        "DCB228FD1EDF4A39152CBCAAF8C0398828041055F94CEEEC7E21340780FE41BD"
    ),
    tables: any "tc26_512_b",
}

edwards! {
    /// `id-tc26-gost-3410-2012-512-paramSetC`: RFC 7836 appendix A.2. Cofactor 4.
    set: Tc26_512C, module: tc26_512_c, curve: Tc26C512, order: Order, size: 512,
    field: special P512,
    q: concat!(
        "3FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
        "C98CDBA46506AB004C33A9FF5147502CC8EDA9E7A769A12694623CEF47F023ED"
    ),
    d: concat!(
        "9E4F5D8C017D8D9F13A5CF3CDF5BFE4DAB402D54198E31EBDE28A0621050439C",
        "A6B39E0A515C06B304E2CE43E79E369E91A0CFC2BC2A22B4CA302DBB33EE7550"
    ),
    s: concat!(
        "186C289CFFA09C983B168C30C829006C952FF4AAF99C73850875D7E77BEBEF18",
        "D653187D6BA8FE533EC74C6F061872585B97CC0F50F57752CD73F4913304621E"
    ),
    t: concat!(
        "9A628F975594ECEFD89BA28A2539FFB79C8AB238AEED0851FA5C1ABB02B80B44",
        "C6734501B83A011DD625CD0B5145091A6D9ACD4B1F5C5B1E21B2B249DDFD1271"
    ),
    x: concat!(
        "E2E31EDFC23DE7BDEBE241CE593EF5DE2295B7A9CBAEF021D385F7074CEA043A",
        "A27272A7AE602BF2A7B9033DB9ED3610C6FB85487EAE97AAC5BC7928C1950148"
    ),
    y: concat!(
        "F5CE40D95B5EB899ABBCCFF5911CB8577939804D6527378B8C108C3D2090FF9B",
        "E18E2D33E3021ED2EF32D85822423B6304F726AA854BAE07D0396E9A9ADDC40F"
    ),
    tables: any "tc26_512_c",
}

weierstrass! {
    /// `id-GostR3410-2001-TestParamSet`: RFC 7091 section 7.1.
    set: Test256, module: test_256, curve: Test256, order: Order, size: 256,
    field: special P255T,
    q: "8000000000000000000000000000000150FE8A1892976154C59CFC193ACCF5B3",
    a: "7",
    b: "5FBFF498AA938CE739B8E022FBAFEF40563F6E6A3472FC2A514C0CE9DAE23B7E",
    x: "2",
    y: "8E2A8A0E65147D4BD6316030E16D19C85C97F0A9CA267122B96ABBCEA7E8FC8",
    tables: small "test_256",
}

weierstrass! {
    /// `id-tc26-gost-3410-2012-512-paramSetTest`: RFC 9215 appendix E.
    set: Test512, module: test_512, curve: Test512, order: Order, size: 512,
    field: montgomery P511T,
    q: concat!(
        "4531ACD1FE0023C7550D267B6B2FEE80922B14B2FFB90F04D4EB7C09B5D2D15D",
        "A82F2D7ECB1DBAC719905C5EECC423F1D86E25EDBE23C595D644AAF187E6E6DF"
    ),
    a: "7",
    b: concat!(
        "1CFF0806A31116DA29D8CFA54E57EB748BC5F377E49400FDD788B649ECA1AC43",
        "61834013B2AD7322480A89CA58E0CF74BC9E540C2ADD6897FAD0A3084F302ADC"
    ),
    x: concat!(
        "24D19CC64572EE30F396BF6EBBFD7A6C5213B3B3D7057CC825F91093A68CD762",
        "FD60611262CD838DC6B60AA7EEE804E28BC849977FAC33B4B530F1B120248A9A"
    ),
    y: concat!(
        "2BB312A43BD2CE6E0D020613C857ACDDCFBF061E91E5F2C3F32447C259F39B2C",
        "83AB156D77F1496BF7EB3351E1EE4E43DC1A18B91B24640B6DBB92CB1ADD371E"
    ),
    tables: small "test_512",
}
