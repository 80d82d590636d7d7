//! Substitutions and iteration constant of GOST R 34.11-94.

/// Eight substitutions pi1 to pi8 of four bits, as RFC 4357 prints them: word `v` holds the replacements
/// of the value `v`, pi1's in the highest digit. pi1 works on the lowest four bits.
pub(super) type SBox = [u32; 16];

/// id-GostR3411-94-TestParamSet (RFC 4357 section 11.2; RFC 5831 section 7.1).
#[rustfmt::skip]
pub(super) const TEST: SBox = [
    0x4e57_64d1, 0xab8d_cbbf, 0x941a_7a4d, 0x2cd1_1010, 0xd6a0_5735, 0x8d38_f2f7, 0x0f49_d15a, 0xea2f_8d94,
    0x62ee_4309, 0xb3f4_a6a2, 0x18c6_98e3, 0xc17c_e57e, 0x706b_0966, 0xf702_3c8b, 0x5595_bf28, 0x39b3_2ecc,
];

/// id-GostR3411-94-CryptoProParamSet (RFC 4357 section 11.2).
#[rustfmt::skip]
pub(super) const CRYPTO_PRO: SBox = [
    0xa574_77d1, 0x4ffa_66e3, 0x54c7_424a, 0x60ec_b419, 0x8290_9d75, 0x1d4f_c90b, 0x3b12_2f54, 0x7908_a0af,
    0xd13e_1a38, 0xc7b1_81c6, 0xe656_0587, 0x0325_ebfe, 0x9c6d_f86d, 0x2eab_de20, 0xba89_3c92, 0xf8d3_53bc,
];

/// C[3] (RFC 5831 section 5.1); C[2] and C[4] are zero.
pub(super) const C3: [u64; 4] =
    [0xff00_ff00_ff00_ff00, 0x00ff_00ff_00ff_00ff, 0xff00_00ff_00ff_ff00, 0xff00_ffff_0000_00ff];

/// Four tables of 256 words: the substitutions of two digits each, and the rotation by 11.
pub(super) type Tables = [[u32; 256]; 4];

/// Tables of an S-box, 4 KB.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler only")]
pub(super) const fn tables(rows: &SBox) -> Tables {
    let mut tables = [[0; 256]; 4];
    let mut pair = 0;
    while pair < 4 {
        let mut octet = 0;
        while octet < 256 {
            let low = rows[octet & 15] >> (28 - 8 * pair) & 15;
            let high = rows[octet >> 4] >> (24 - 8 * pair) & 15;
            tables[pair][octet] = ((low | high << 4) << (8 * pair)).rotate_left(11);
            octet += 1;
        }
        pair += 1;
    }
    tables
}
