//! The curves as types for `primeorder`: another implementation to compare with.
//!
//! The sets of cofactor 4 are here in their Weierstrass form. `primeorder`'s formulas fail only where the
//! difference of two points has order 2, which never happens within the subgroup of order q; so they may be
//! used there, and nowhere else.
//!
//! `primefield` asks for a multiplicative generator of each field; proving one needs p - 1 factored,
//! which for these primes is out of reach. The smallest quadratic non-residue stands in: all that is
//! derived from it is a root of unity for square roots, and that needs no more.

macro_rules! curve {
    (
        module: $module:ident, name: $name:ident, uint: $uint:ident, size: $size:ident, a: $a:ident,
        p: $p:expr, non_residue: $p_generator:literal,
        q: $q:expr, non_residue: $q_generator:literal,
        equation_a: $equation_a:expr, equation_b: $equation_b:expr,
        generator_x: $x:expr, generator_y: $y:expr,
    ) => {
        #[allow(unreachable_pub, dead_code, missing_docs, deprecated)] // what the macros of primefield write
        mod $module {
            use elliptic_curve::bigint::{self, Odd, $uint};
            use elliptic_curve::consts::$size;
            use elliptic_curve::hazmat::FieldArithmetic;
            use elliptic_curve::point::{PointCompaction, PointCompression};
            use elliptic_curve::{ByteOrder, Curve, CurveArithmetic, PrimeCurve, PrimeCurveArithmetic};
            use primeorder::mul_backend::VariableOnly;
            use primeorder::{AffinePoint, PrimeCurveParams, ProjectivePoint, point_arithmetic};

            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
            pub struct $name;

            mod field {
                use super::bigint::$uint;
                use elliptic_curve::ff::PrimeField;
                use elliptic_curve::subtle::{Choice, ConstantTimeEq, CtOption};

                primefield::monty_field_params! {
                    name: FieldParams,
                    modulus: $p,
                    uint: $uint,
                    byte_order: primefield::ByteOrder::BigEndian,
                    multiplicative_generator: $p_generator,
                    doc: "Montgomery parameters modulo p"
                }
                primefield::monty_field_element! {
                    name: FieldElement, params: FieldParams, uint: $uint, doc: "Number modulo p"
                }
                primefield::monty_field_arithmetic! {
                    name: FieldElement, params: FieldParams, uint: $uint
                }
                impl elliptic_curve::ops::BatchInvert for FieldElement {}
            }

            mod scalar {
                use super::bigint::$uint;
                use super::{Curve as _, $name};
                use elliptic_curve::ff::PrimeField;
                use elliptic_curve::scalar::{FromUintUnchecked, IsHigh};
                use elliptic_curve::subtle::{Choice, ConstantTimeEq, ConstantTimeGreater, CtOption};
                use primeorder::wnaf;

                primefield::monty_field_params! {
                    name: ScalarParams,
                    modulus: $q,
                    uint: $uint,
                    byte_order: primefield::ByteOrder::BigEndian,
                    multiplicative_generator: $q_generator,
                    doc: "Montgomery parameters modulo q"
                }
                primefield::monty_field_element! {
                    name: Scalar, params: ScalarParams, uint: $uint, doc: "Number modulo q"
                }
                primefield::monty_field_arithmetic! {
                    name: Scalar, params: ScalarParams, uint: $uint
                }
                primefield::monty_field_reduce! {
                    name: Scalar, params: ScalarParams, uint: $uint,
                }
                elliptic_curve::scalar_impls!($name, Scalar);
                wnaf::impl_wnaf_size_for_scalar!(Scalar);

                impl AsRef<Scalar> for Scalar {
                    fn as_ref(&self) -> &Scalar {
                        self
                    }
                }

                impl FromUintUnchecked for Scalar {
                    type Uint = $uint;

                    fn from_uint_unchecked(uint: $uint) -> Self {
                        Self::from_uint_unchecked(uint)
                    }
                }

                impl IsHigh for Scalar {
                    fn is_high(&self) -> Choice {
                        const HALF: $uint = $name::ORDER.as_ref().shr_vartime(1);
                        self.to_canonical().ct_gt(&HALF)
                    }
                }
            }

            pub use field::FieldElement;
            pub use scalar::Scalar;

            impl Curve for $name {
                type FieldBytesSize = $size;
                type Uint = $uint;

                const ORDER: Odd<$uint> = Odd::<$uint>::from_be_hex($q);
                const FIELD_ENDIANNESS: ByteOrder = ByteOrder::BigEndian;
            }

            impl PrimeCurve for $name {}

            impl PointCompression for $name {
                const COMPRESS_POINTS: bool = false;
            }

            impl PointCompaction for $name {
                const COMPACT_POINTS: bool = false;
            }

            impl CurveArithmetic for $name {
                type AffinePoint = AffinePoint<$name>;
                type ProjectivePoint = ProjectivePoint<$name>;
                type Scalar = Scalar;
            }

            impl FieldArithmetic for $name {
                type FieldElement = FieldElement;
            }

            impl PrimeCurveArithmetic for $name {
                type CurveGroup = ProjectivePoint<$name>;
            }

            impl PrimeCurveParams for $name {
                type PointArithmetic = point_arithmetic::$a;
                type Backend = VariableOnly;

                const EQUATION_A: FieldElement = FieldElement::from_hex_vartime($equation_a);
                const EQUATION_B: FieldElement = FieldElement::from_hex_vartime($equation_b);
                const GENERATOR: (FieldElement, FieldElement) =
                    (FieldElement::from_hex_vartime($x), FieldElement::from_hex_vartime($y));
            }
        }
        #[allow(unused_imports, reason = "not every test takes all curves")]
        pub(crate) use $module::$name;
    };
}

curve! {
    // id-GostR3410-2001-CryptoPro-A-ParamSet: RFC 4357, 11.4.
    module: cryptopro_a,
    name: CryptoProA,
    uint: U256,
    size: U32,
    a: EquationAIsMinusThree,
    p: "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFD97", non_residue: 7,
    q: "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF6C611070995AD10045841B09B761B893", non_residue: 2,
    equation_a: "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFD94",
    equation_b: "00000000000000000000000000000000000000000000000000000000000000A6",
    generator_x: "0000000000000000000000000000000000000000000000000000000000000001",
    generator_y: "8D91E471E0989CDA27DF505A453F2B7635294F2DDF23E3B122ACC99C9E9F1E14",
}

curve! {
    // id-GostR3410-2001-CryptoPro-B-ParamSet: RFC 4357, 11.4.
    module: cryptopro_b,
    name: CryptoProB,
    uint: U256,
    size: U32,
    a: EquationAIsMinusThree,
    p: "8000000000000000000000000000000000000000000000000000000000000C99", non_residue: 3,
    q: "800000000000000000000000000000015F700CFFF1A624E5E497161BCC8A198F", non_residue: 5,
    equation_a: "8000000000000000000000000000000000000000000000000000000000000C96",
    equation_b: "3E1AF419A269A5F866A7D3C25C3DF80AE979259373FF2B182F49D4CE7E1BBC8B",
    generator_x: "0000000000000000000000000000000000000000000000000000000000000001",
    generator_y: "3FA8124359F96680B83D1C3EB2C070E5C545C9858D03ECFB744BF8D717717EFC",
}

curve! {
    // id-GostR3410-2001-CryptoPro-C-ParamSet: RFC 4357, 11.4.
    module: cryptopro_c,
    name: CryptoProC,
    uint: U256,
    size: U32,
    a: EquationAIsMinusThree,
    p: "9B9F605F5A858107AB1EC85E6B41C8AACF846E86789051D37998F7B9022D759B", non_residue: 2,
    q: "9B9F605F5A858107AB1EC85E6B41C8AA582CA3511EDDFB74F02F3A6598980BB9", non_residue: 7,
    equation_a: "9B9F605F5A858107AB1EC85E6B41C8AACF846E86789051D37998F7B9022D7598",
    equation_b: "000000000000000000000000000000000000000000000000000000000000805A",
    generator_x: "0000000000000000000000000000000000000000000000000000000000000000",
    generator_y: "41ECE55743711A8C3CBF3783CD08C0EE4D4DC440D4641A8F366E550DFDB3BB67",
}

curve! {
    // id-tc26-gost-3410-12-512-paramSetA: RFC 7836, A.1.
    module: tc26_512_a,
    name: Tc26A512,
    uint: U512,
    size: U64,
    a: EquationAIsMinusThree,
    p: concat!(
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFDC7"
    ), non_residue: 5,
    q: concat!(
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
        "27E69532F48D89116FF22B8D4E0560609B4B38ABFAD2B85DCACDB1411F10B275"
    ), non_residue: 2,
    equation_a: concat!(
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFDC4"
    ),
    equation_b: concat!(
        "E8C2505DEDFC86DDC1BD0B2B6667F1DA34B82574761CB0E879BD081CFD0B6265",
        "EE3CB090F30D27614CB4574010DA90DD862EF9D4EBEE4761503190785A71C760"
    ),
    generator_x: concat!(
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000003"
    ),
    generator_y: concat!(
        "7503CFE87A836AE3A61B8816E25450E6CE5E1C93ACF1ABC1778064FDCBEFA921",
        "DF1626BE4FD036E93D75E6A50E3A41E98028FE5FC235F5B889A589CB5215F2A4"
    ),
}

curve! {
    // id-tc26-gost-3410-12-512-paramSetB: RFC 7836, A.1.
    module: tc26_512_b,
    name: Tc26B512,
    uint: U512,
    size: U64,
    a: EquationAIsMinusThree,
    p: concat!(
        "8000000000000000000000000000000000000000000000000000000000000000",
        "000000000000000000000000000000000000000000000000000000000000006F"
    ), non_residue: 7,
    q: concat!(
        "8000000000000000000000000000000000000000000000000000000000000001",
        "49A1EC142565A545ACFDB77BD9D40CFA8B996712101BEA0EC6346C54374F25BD"
    ), non_residue: 2,
    equation_a: concat!(
        "8000000000000000000000000000000000000000000000000000000000000000",
        "000000000000000000000000000000000000000000000000000000000000006C"
    ),
    equation_b: concat!(
        "687D1B459DC841457E3E06CF6F5E2517B97C7D614AF138BCBF85DC806C4B289F",
        "3E965D2DB1416D217F8B276FAD1AB69C50F78BEE1FA3106EFB8CCBC7C5140116"
    ),
    generator_x: concat!(
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000002"
    ),
    generator_y: concat!(
        "1A8F7EDA389B094C2C071E3647A8940F3C123B697578C213BE6DD9E6C8EC7335",
        "DCB228FD1EDF4A39152CBCAAF8C0398828041055F94CEEEC7E21340780FE41BD"
    ),
}

curve! {
    // id-GostR3410-2001-TestParamSet: RFC 7091, 7.1.
    module: test_256,
    name: Test256,
    uint: U256,
    size: U32,
    a: EquationAIsGeneric,
    p: "8000000000000000000000000000000000000000000000000000000000000431", non_residue: 7,
    q: "8000000000000000000000000000000150FE8A1892976154C59CFC193ACCF5B3", non_residue: 2,
    equation_a: "0000000000000000000000000000000000000000000000000000000000000007",
    equation_b: "5FBFF498AA938CE739B8E022FBAFEF40563F6E6A3472FC2A514C0CE9DAE23B7E",
    generator_x: "0000000000000000000000000000000000000000000000000000000000000002",
    generator_y: "08E2A8A0E65147D4BD6316030E16D19C85C97F0A9CA267122B96ABBCEA7E8FC8",
}

curve! {
    // id-tc26-gost-3410-2012-512-paramSetTest: RFC 9215, appendix E.
    module: test_512,
    name: Test512,
    uint: U512,
    size: U64,
    a: EquationAIsGeneric,
    p: concat!(
        "4531ACD1FE0023C7550D267B6B2FEE80922B14B2FFB90F04D4EB7C09B5D2D15D",
        "F1D852741AF4704A0458047E80E4546D35B8336FAC224DD81664BBF528BE6373"
    ), non_residue: 2,
    q: concat!(
        "4531ACD1FE0023C7550D267B6B2FEE80922B14B2FFB90F04D4EB7C09B5D2D15D",
        "A82F2D7ECB1DBAC719905C5EECC423F1D86E25EDBE23C595D644AAF187E6E6DF"
    ), non_residue: 5,
    equation_a: concat!(
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000007"
    ),
    equation_b: concat!(
        "1CFF0806A31116DA29D8CFA54E57EB748BC5F377E49400FDD788B649ECA1AC43",
        "61834013B2AD7322480A89CA58E0CF74BC9E540C2ADD6897FAD0A3084F302ADC"
    ),
    generator_x: concat!(
        "24D19CC64572EE30F396BF6EBBFD7A6C5213B3B3D7057CC825F91093A68CD762",
        "FD60611262CD838DC6B60AA7EEE804E28BC849977FAC33B4B530F1B120248A9A"
    ),
    generator_y: concat!(
        "2BB312A43BD2CE6E0D020613C857ACDDCFBF061E91E5F2C3F32447C259F39B2C",
        "83AB156D77F1496BF7EB3351E1EE4E43DC1A18B91B24640B6DBB92CB1ADD371E"
    ),
}

curve! {
    // id-tc26-gost-3410-2012-256-paramSetA: RFC 7836, A.2; cofactor 4.
    module: tc26_256_a,
    name: Tc26A256,
    uint: U256,
    size: U32,
    a: EquationAIsGeneric,
    p: "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFD97", non_residue: 7,
    q: "400000000000000000000000000000000FD8CDDFC87B6635C115AF556C360C67", non_residue: 5,
    equation_a: "C2173F1513981673AF4892C23035A27CE25E2013BF95AA33B22C656F277E7335",
    equation_b: "295F9BAE7428ED9CCC20E7C359A9D41A22FCCD9108E17BF7BA9337A6F8AE9513",
    generator_x: "91E38443A5E82C0D880923425712B2BB658B9196932E02C78B2582FE742DAA28",
    generator_y: "32879423AB1A0375895786C4BB46E9565FDE0B5344766740AF268ADB32322E5C",
}

curve! {
    // id-tc26-gost-3410-2012-512-paramSetC: RFC 7836, A.2; cofactor 4.
    module: tc26_512_c,
    name: Tc26C512,
    uint: U512,
    size: U64,
    a: EquationAIsGeneric,
    p: concat!(
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFDC7"
    ), non_residue: 5,
    q: concat!(
        "3FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
        "C98CDBA46506AB004C33A9FF5147502CC8EDA9E7A769A12694623CEF47F023ED"
    ), non_residue: 2,
    equation_a: concat!(
        "DC9203E514A721875485A529D2C722FB187BC8980EB866644DE41C68E1430645",
        "46E861C0E2C9EDD92ADE71F46FCF50FF2AD97F951FDA9F2A2EB6546F39689BD3"
    ),
    equation_b: concat!(
        "B4C4EE28CEBC6C2C8AC12952CF37F16AC7EFB6A9F69F4B57FFDA2E4F0DE5ADE0",
        "38CBC2FFF719D2C18DE0284B8BFEF3B52B8CC7A5F5BF0A3C8D2319A5312557E1"
    ),
    generator_x: concat!(
        "E2E31EDFC23DE7BDEBE241CE593EF5DE2295B7A9CBAEF021D385F7074CEA043A",
        "A27272A7AE602BF2A7B9033DB9ED3610C6FB85487EAE97AAC5BC7928C1950148"
    ),
    generator_y: concat!(
        "F5CE40D95B5EB899ABBCCFF5911CB8577939804D6527378B8C108C3D2090FF9B",
        "E18E2D33E3021ED2EF32D85822423B6304F726AA854BAE07D0396E9A9ADDC40F"
    ),
}
