//! The curves that have all of this.

use elliptic_curve::bigint::{Odd, U256, U512};
use elliptic_curve::consts::{U32, U64};
use elliptic_curve::ops::{Reduce, Retrieve};
use elliptic_curve::point::{PointCompaction, PointCompression};
use elliptic_curve::scalar::FromUintUnchecked;
use elliptic_curve::{CurveArithmetic, FieldBytes, PrimeCurve, PrimeCurveArithmetic, PrimeField};

use super::roots::Roots;
use super::{AffinePoint, Internal, OrderField, PrimeOrder, ProjectivePoint, Scalar};

use crate::gost::curve::sets::*;

macro_rules! prime_order {
    (
        curve: $curve:ident, module: $module:ident, uint: $uint:ident, size: $size:ident,
        field: non-residue $p_residue:literal, two-adicity $p_two:literal,
        scalar: non-residue $q_residue:literal, two-adicity $q_two:literal,
        modulus: $q:expr,
        half: $half:expr,
        root: $root:expr,
        inverse root: $inverse_root:expr,
        delta: $delta:expr,
    ) => {
        impl Internal for $curve {
            const FIELD_ROOTS: Roots = Roots { non_residue: $p_residue, two_adicity: $p_two };
            const SCALAR_ROOTS: Roots = Roots { non_residue: $q_residue, two_adicity: $q_two };
            const ORDER_HEX: &'static str = $q;
            const ORDER_BITS: u32 = $module::Scalar::BITS as u32;
            const HALF: OrderField<Self> = $module::Scalar::from_hex($half);
            const ROOT: OrderField<Self> = $module::Scalar::from_hex($root);
            const INVERSE_ROOT: OrderField<Self> = $module::Scalar::from_hex($inverse_root);
            const DELTA: OrderField<Self> = $module::Scalar::from_hex($delta);
            const NON_RESIDUE: OrderField<Self> = $module::Scalar::from_hex(stringify!($q_residue));
        }

        impl PrimeOrder for $curve {}

        impl elliptic_curve::Curve for $curve {
            type FieldBytesSize = $size;
            type Uint = $uint;

            const ORDER: Odd<$uint> = Odd::<$uint>::from_be_hex($q.split_at(2).1);
        }

        impl PrimeCurve for $curve {}

        impl CurveArithmetic for $curve {
            type AffinePoint = AffinePoint<Self>;
            type ProjectivePoint = ProjectivePoint<Self>;
            type Scalar = Scalar<Self>;
        }

        impl PrimeCurveArithmetic for $curve {
            type CurveGroup = ProjectivePoint<Self>;
        }

        impl PointCompression for $curve {
            const COMPRESS_POINTS: bool = false;
        }

        impl PointCompaction for $curve {
            const COMPACT_POINTS: bool = false;
        }

        impl Reduce<$uint> for Scalar<$curve> {
            fn reduce(number: &$uint) -> Self {
                Self::from_uint_unchecked(*number)
            }
        }

        impl From<Scalar<$curve>> for $uint {
            fn from(scalar: Scalar<$curve>) -> Self {
                scalar.retrieve()
            }
        }

        impl From<&Scalar<$curve>> for $uint {
            fn from(scalar: &Scalar<$curve>) -> Self {
                scalar.retrieve()
            }
        }

        impl From<Scalar<$curve>> for FieldBytes<$curve> {
            fn from(scalar: Scalar<$curve>) -> Self {
                scalar.to_repr()
            }
        }

        elliptic_curve::scalar_impls!($curve, Scalar<$curve>);
    };
}

prime_order! {
    curve: CryptoProA, module: cryptopro_a, uint: U256, size: U32,
    field: non-residue 7, two-adicity 1,
    scalar: non-residue 2, two-adicity 1,
    modulus: "0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF6C611070995AD10045841B09B761B893",
    half: "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFB63088384CAD688022C20D84DBB0DC4A",
    root: "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF6C611070995AD10045841B09B761B892",
    inverse root: "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF6C611070995AD10045841B09B761B892",
    delta: "4",
}

prime_order! {
    curve: CryptoProB, module: cryptopro_b, uint: U256, size: U32,
    field: non-residue 3, two-adicity 3,
    scalar: non-residue 5, two-adicity 1,
    modulus: "0x800000000000000000000000000000015F700CFFF1A624E5E497161BCC8A198F",
    half: "40000000000000000000000000000000AFB8067FF8D31272F24B8B0DE6450CC8",
    root: "800000000000000000000000000000015F700CFFF1A624E5E497161BCC8A198E",
    inverse root: "800000000000000000000000000000015F700CFFF1A624E5E497161BCC8A198E",
    delta: "19",
}

prime_order! {
    curve: CryptoProC, module: cryptopro_c, uint: U256, size: U32,
    field: non-residue 2, two-adicity 1,
    scalar: non-residue 7, two-adicity 3,
    modulus: "0x9B9F605F5A858107AB1EC85E6B41C8AA582CA3511EDDFB74F02F3A6598980BB9",
    half: "4DCFB02FAD42C083D58F642F35A0E4552C1651A88F6EFDBA78179D32CC4C05DD",
    root: "79FD93985E49CF59AA8B0AC2C6A794482C229A33DA3B253A4B6B40B5922B6413",
    inverse root: "12C1C22FFFB978C7B18E780293B62F7319A7A8245E693F23BEF3D05230C9FC18",
    delta: "57F6C1",
}

prime_order! {
    curve: Tc26A512, module: tc26_512_a, uint: U512, size: U64,
    field: non-residue 5, two-adicity 1,
    scalar: non-residue 2, two-adicity 2,
    modulus: concat!(
        "0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
        "27E69532F48D89116FF22B8D4E0560609B4B38ABFAD2B85DCACDB1411F10B275"
    ),
    half: concat!(
        "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
        "93F34A997A46C488B7F915C6A702B0304DA59C55FD695C2EE566D8A08F88593B"
    ),
    root: concat!(
        "E9EFE9063CAB12402363B7716098DED1A771486F03E5C685742B00ED998384EB",
        "C26D968B9EA9A90576E1F9E72B1FF639AE5608AD5835736FC469AFF061DFD4AA"
    ),
    inverse root: concat!(
        "161016F9C354EDBFDC9C488E9F67212E588EB790FC1A397A8BD4FF12667C7B13",
        "6578FEA755E3E00BF91031A622E56A26ECF52FFEA29D44EE06640150BD30DDCB"
    ),
    delta: "10",
}

prime_order! {
    curve: Tc26B512, module: tc26_512_b, uint: U512, size: U64,
    field: non-residue 7, two-adicity 1,
    scalar: non-residue 2, two-adicity 2,
    modulus: concat!(
        "0x8000000000000000000000000000000000000000000000000000000000000001",
        "49A1EC142565A545ACFDB77BD9D40CFA8B996712101BEA0EC6346C54374F25BD"
    ),
    half: concat!(
        "4000000000000000000000000000000000000000000000000000000000000000",
        "A4D0F60A12B2D2A2D67EDBBDECEA067D45CCB389080DF507631A362A1BA792DF"
    ),
    root: concat!(
        "603CDFB146AF89B734AD1FC1F70F16CB76DC8589E13D45822D0DB8A392F13F6",
        "12639C6250827E3BC1ED240A23B8DBA0207796790FE6E2DCEADDC18239DFB9D5"
    ),
    inverse root: concat!(
        "79FC3204EB9507648CB52E03E08F0E93489237A761EC2BA7DD2F2475C6D0EC0B",
        "373E4FB1D4E32709EB109371B61B315A6B21D09900350731DB56AAD1FD6F6BE8"
    ),
    delta: "10",
}

prime_order! {
    curve: Test256, module: test_256, uint: U256, size: U32,
    field: non-residue 7, two-adicity 4,
    scalar: non-residue 2, two-adicity 1,
    modulus: "0x8000000000000000000000000000000150FE8A1892976154C59CFC193ACCF5B3",
    half: "40000000000000000000000000000000A87F450C494BB0AA62CE7E0C9D667ADA",
    root: "8000000000000000000000000000000150FE8A1892976154C59CFC193ACCF5B2",
    inverse root: "8000000000000000000000000000000150FE8A1892976154C59CFC193ACCF5B2",
    delta: "4",
}

prime_order! {
    curve: Test512, module: test_512, uint: U512, size: U64,
    field: non-residue 2, two-adicity 1,
    scalar: non-residue 5, two-adicity 1,
    modulus: concat!(
        "0x4531ACD1FE0023C7550D267B6B2FEE80922B14B2FFB90F04D4EB7C09B5D2D15D",
        "A82F2D7ECB1DBAC719905C5EECC423F1D86E25EDBE23C595D644AAF187E6E6DF"
    ),
    half: concat!(
        "2298D668FF0011E3AA86933DB597F74049158A597FDC87826A75BE04DAE968AE",
        "D41796BF658EDD638CC82E2F766211F8EC3712F6DF11E2CAEB225578C3F37370"
    ),
    root: concat!(
        "4531ACD1FE0023C7550D267B6B2FEE80922B14B2FFB90F04D4EB7C09B5D2D15D",
        "A82F2D7ECB1DBAC719905C5EECC423F1D86E25EDBE23C595D644AAF187E6E6DE"
    ),
    inverse root: concat!(
        "4531ACD1FE0023C7550D267B6B2FEE80922B14B2FFB90F04D4EB7C09B5D2D15D",
        "A82F2D7ECB1DBAC719905C5EECC423F1D86E25EDBE23C595D644AAF187E6E6DE"
    ),
    delta: "19",
}
