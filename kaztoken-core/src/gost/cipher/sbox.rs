//! The eight 4-bit substitutions of GOST 28147-89, by name and by identifier.

use core::fmt;

use super::super::oid::{Oid, oid};

/// A parameter set of GOST 28147-89: which substitutions it uses.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Sbox {
    /// `id-Gost28147-89-TestParamSet` (RFC 4357 section 11.1).
    Test,
    /// `id-Gost28147-89-CryptoPro-A-ParamSet` (RFC 4357 section 11.1).
    CryptoProA,
    /// `id-Gost28147-89-CryptoPro-B-ParamSet` (RFC 4357 section 11.1).
    CryptoProB,
    /// `id-Gost28147-89-CryptoPro-C-ParamSet` (RFC 4357 section 11.1).
    CryptoProC,
    /// `id-Gost28147-89-CryptoPro-D-ParamSet` (RFC 4357 section 11.1).
    CryptoProD,
    /// `id-tc26-gost-28147-param-Z` (RFC 7836 appendix C); what Magma uses (RFC 8891 section 4.1).
    Tc26Z,
}

impl Sbox {
    /// Every set of this version.
    pub const ALL: &'static [Self] =
        &[Self::Test, Self::CryptoProA, Self::CryptoProB, Self::CryptoProC, Self::CryptoProD, Self::Tc26Z];

    /// The object identifier of the parameter set.
    #[must_use]
    pub const fn oid(self) -> Oid {
        match self {
            Self::Test => oid!("1.2.643.2.2.31.0"),
            Self::CryptoProA => oid!("1.2.643.2.2.31.1"),
            Self::CryptoProB => oid!("1.2.643.2.2.31.2"),
            Self::CryptoProC => oid!("1.2.643.2.2.31.3"),
            Self::CryptoProD => oid!("1.2.643.2.2.31.4"),
            Self::Tc26Z => oid!("1.2.643.7.1.2.5.1.1"),
        }
    }

    /// The set that a DER object identifier names, by its contents octets (no tag, no length).
    #[must_use]
    pub fn from_oid(body: &[u8]) -> Option<Self> {
        Self::ALL.iter().copied().find(|set| set.oid().der_body() == body)
    }

    /// Short name, `CryptoPro-A`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Test => "Test",
            Self::CryptoProA => "CryptoPro-A",
            Self::CryptoProB => "CryptoPro-B",
            Self::CryptoProC => "CryptoPro-C",
            Self::CryptoProD => "CryptoPro-D",
            Self::Tc26Z => "tc26-Z",
        }
    }

    pub(super) const fn sliced(self) -> &'static Sliced {
        match self {
            Self::Test => &TEST,
            Self::CryptoProA => &CRYPTOPRO_A,
            Self::CryptoProB => &CRYPTOPRO_B,
            Self::CryptoProC => &CRYPTOPRO_C,
            Self::CryptoProD => &CRYPTOPRO_D,
            Self::Tc26Z => &TC26_Z,
        }
    }
}

impl fmt::Display for Sbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// All eight substitutions at once: a tree of multiplexers over the bits of each 4-bit digit, so that no
/// address and no branch depends on the input.
pub(super) struct Sliced {
    /// The digits that the substitutions give for an even argument 2 i.
    even: [u32; 8],
    /// What turns them into those for 2 i + 1.
    odd: [u32; 8],
}

impl Sliced {
    /// From the rows of RFC 4357 section 11.1: row j has K1(j), ..., K8(j) as hexadecimal digits.
    #[allow(clippy::indexing_slicing, reason = "the loops run over the arrays' own lengths")]
    const fn new(rows: [u32; 16]) -> Self {
        let (mut even, mut odd) = ([0; 8], [0; 8]);
        let mut i = 0;
        while i < 8 {
            // K1 serves the lowest digit.
            even[i] = digits_reversed(rows[2 * i]);
            odd[i] = even[i] ^ digits_reversed(rows[2 * i + 1]);
            i += 1;
        }
        Self { even, odd }
    }

    /// Each digit of `word` replaced.
    #[inline(always)]
    pub(super) fn substitute(&self, word: u32) -> u32 {
        let bit = |n: u32| ((word >> n) & 0x1111_1111).wrapping_mul(15);
        let choose = |mask: u32, zero: u32, one: u32| zero ^ ((zero ^ one) & mask);
        let mask = bit(0);
        let [a, b, c, d, e, f, g, h] = self.even;
        let [aa, bb, cc, dd, ee, ff, gg, hh] = self.odd;
        let (a, b, c, d) = (a ^ (aa & mask), b ^ (bb & mask), c ^ (cc & mask), d ^ (dd & mask));
        let (e, f, g, h) = (e ^ (ee & mask), f ^ (ff & mask), g ^ (gg & mask), h ^ (hh & mask));
        let mask = bit(1);
        let (a, c) = (choose(mask, a, b), choose(mask, c, d));
        let (e, g) = (choose(mask, e, f), choose(mask, g, h));
        let mask = bit(2);
        choose(bit(3), choose(mask, a, c), choose(mask, e, g))
    }
}

const fn digits_reversed(word: u32) -> u32 {
    let bytes = word.swap_bytes();
    ((bytes & 0x0f0f_0f0f) << 4) | ((bytes >> 4) & 0x0f0f_0f0f)
}

static TEST: Sliced = Sliced::new([
    0x4cde_389c,
    0x2989_efb6,
    0xffeb_56c5,
    0x5ec2_9b02,
    0x9875_613b,
    0x113f_8960,
    0x0397_0c79,
    0x8aa1_d55d,
    0xe210_ad43,
    0x375d_b38e,
    0xb42c_77e7,
    0xcd46_cafa,
    0xd66a_201f,
    0x70f4_1ea4,
    0xab03_f221,
    0x65b8_44d8,
]);

static CRYPTOPRO_A: Sliced = Sliced::new([
    0x93ee_b31b,
    0x6747_5ada,
    0x3e6a_1d2f,
    0x292c_9c95,
    0x88bd_8170,
    0xba31_d2ac,
    0x1fd3_f06e,
    0x7089_0b08,
    0xa5c0_e786,
    0x42f2_45c2,
    0xe65b_2943,
    0xfca4_3459,
    0xcb0f_c8f1,
    0x0478_7f37,
    0xdd15_aebd,
    0x5196_66e4,
]);

static CRYPTOPRO_B: Sliced = Sliced::new([
    0x80e7_2850,
    0x41c5_7324,
    0xb200_c2ab,
    0x1aad_f6be,
    0x349b_9498,
    0x5d26_5d13,
    0x05d1_aec7,
    0x9cb2_bb31,
    0x2973_1c7a,
    0xe75a_4142,
    0xa38c_07d9,
    0xcfff_df06,
    0xdb34_6a6f,
    0x686e_80fd,
    0x7619_e985,
    0xfe48_35ec,
]);

static CRYPTOPRO_C: Sliced = Sliced::new([
    0x1083_8ca7,
    0xb126_d994,
    0xc750_bb60,
    0x2d01_0185,
    0x9b45_48da,
    0xd49d_5ee2,
    0x05fa_122f,
    0xf2a8_240e,
    0x483b_97fc,
    0x5e72_3336,
    0x8fc9_c651,
    0xecd7_e5bb,
    0xa96e_6a4d,
    0x7aef_f019,
    0x661c_afc3,
    0x33b4_7d78,
]);

static CRYPTOPRO_D: Sliced = Sliced::new([
    0xfb11_0831,
    0xc6c5_c00a,
    0x23be_8f66,
    0xa40c_93f8,
    0x6cfa_d21f,
    0x4fe7_25eb,
    0x5e60_ae90,
    0x025d_bb24,
    0x77a6_71dc,
    0x9dd2_3a83,
    0xe84b_64c5,
    0xd084_5749,
    0x1599_4cb7,
    0xba33_e9ad,
    0x897f_fd52,
    0x3128_167e,
]);

static TC26_Z: Sliced = Sliced::new([
    0xc6bc_7581,
    0x4838_fde7,
    0x6252_5f2e,
    0x2381_a65d,
    0xa92d_8960,
    0x5af4_1295,
    0xb5af_6c18,
    0x9cd6_dac3,
    0xe1e7_0bf4,
    0x8e10_974f,
    0xd47a_38ba,
    0x7745_e106,
    0x0bc3_b4d9,
    0x3d9e_43ac,
    0xf069_2e3b,
    0x1f0b_c072,
]);
