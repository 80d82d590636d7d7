//! What must hold for any commands whatever.

use super::common::{SERIAL, Token, factory, hex, send, token};
use kaztoken_virtual::{Card, Model, State};
use proptest::prelude::*;

/// Commands that mean something, mixed with any bytes. Never a right PIN, so nobody has any right.
fn command() -> impl Strategy<Value = Vec<u8>> {
    let ins = prop::sample::select(hex("20 22 24 2A 2C 40 46 84 8A A4 B0 C0 CA D6 E0 E4"));
    let path = prop::sample::select(vec![
        hex("1000"),
        hex("1000 1000"),
        hex("1000 1000 6001"),
        hex("1000 1000 6002 0001"),
        hex("1000 1000 0002"),
        hex("3F00"),
        hex("0002"),
        hex("5000"),
    ]);
    let file = (
        any::<u16>(),
        prop::sample::select(hex("38 01 10")),
        0u16..0x300,
        prop::sample::select(hex("01 03 13 23 33")),
    )
        .prop_map(|(size, kind, id, object)| {
            let [s0, s1] = (size % 0x400).to_be_bytes();
            let [i0, i1] = id.to_be_bytes();
            let mut body = vec![0x80, 2, s0, s1, 0x82, 2, kind, 0, 0x83, 2, i0, i1];
            if kind == 0x10 {
                body.extend([0x85, 6, object, 0x20, 0, 0xAA, 0, 0]);
            }
            body.extend([0x86, 15, 0x43, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            let mut template = vec![0x6F, body.len() as u8];
            template.extend(body);
            template
        });
    let pin = Just(hex("80 02 0008 A5 08 \"11111111\""));
    let data = prop_oneof![
        Just(Vec::new()),
        path,
        file,
        pin,
        Just(hex("84 01 01")),
        Just(hex("\"99999999\"")),
        prop::collection::vec(any::<u8>(), 0..40),
    ];
    // `80 8A` erases all by design and needs no right: class 80 goes with other instructions only.
    let built = (prop::sample::select(hex("00 10 80")), ins, 0u8..10, 0u8..5, data, any::<bool>())
        .prop_filter("format", |(cla, ins, ..)| !(cla & 0x80 != 0 && *ins == 0x8A))
        .prop_map(|(cla, ins, p1, p2, data, le)| {
            let mut command = vec![cla, ins, p1, p2];
            if !data.is_empty() {
                command.push(data.len() as u8);
                command.extend(data);
            }
            command.extend(le.then_some(0));
            command
        });
    let noise = prop::collection::vec(any::<u8>(), 0..20)
        .prop_filter("format", |bytes| !matches!(bytes[..], [0x80 | 0x90, 0x8A, ..]));
    prop_oneof![8 => built, 1 => noise]
}

/// Tries left, without any effect.
fn tries_left(card: &mut Token, reference: u8) -> Option<u8> {
    match send(card, &[0, 0x20, 0, reference])[..] {
        [0x63, low] => Some(low & 0x0F),
        [0x69, 0x83] => Some(0),
        [0x68, 0x83] => None,
        ref other => panic!("{other:02X?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn without_authority_no_pin_changes_and_no_counter_rises(
        commands in prop::collection::vec(command(), 1..60), sc in any::<bool>(),
    ) {
        let model = if sc { Model::KaztokenSc } else { Model::Kaztoken };
        let mut card = token(State::factory(model, SERIAL));
        let mut before = [10, 10];
        for command in commands {
            let response = send(&mut card, &command);
            prop_assert!((2..=258).contains(&response.len()), "{command:02X?} -> {response:02X?}");
            let verified_nobody = !matches!(command[..], [0, 0x20, ..]) || response != [0x90, 0];
            prop_assert!(verified_nobody);
            for (reference, before) in [1, 2].into_iter().zip(&mut before) {
                // In mid-chain the token says nothing else but 6883.
                if let Some(now) = tries_left(&mut card, reference) {
                    prop_assert!(now <= *before, "{command:02X?} raised the counter from {before} to {now}");
                    *before = now;
                }
            }
        }
        card.reset();
        before = [1, 2].map(|reference| tries_left(&mut card, reference).unwrap());
        // The PINs are what they were, unless blocked.
        for (reference, pin, left) in [(1, "87654321", before[0]), (2, "12345678", before[1])] {
            card.reset();
            let mut verify = vec![0, 0x20, 0, reference, 8];
            verify.extend(pin.bytes());
            let expected = if left == 0 { [0x69, 0x83] } else { [0x90, 0] };
            prop_assert_eq!(send(&mut card, &verify), expected);
        }
    }

    #[test]
    fn with_the_users_rights_the_administrators_pin_is_safe(
        commands in prop::collection::vec(command(), 1..60),
    ) {
        let mut card = factory();
        send(&mut card, &hex("00 20 00 02 08 \"12345678\""));
        for command in commands {
            send(&mut card, &command);
        }
        card.reset();
        let left = tries_left(&mut card, 1).unwrap();
        let answer = send(&mut card, &hex("00 20 00 01 08 \"87654321\""));
        prop_assert_eq!(answer, if left == 0 { [0x69, 0x83] } else { [0x90, 0] });
    }
}

#[test]
fn a_token_that_is_full_says_so_and_goes_on() {
    let mut card = factory();
    send(&mut card, &hex("00 20 00 02 08 \"12345678\""));
    send(&mut card, &hex("00 A4 08 00 04 1000 1004 00"));
    let free =
        |card: &mut Token| u32::from_be_bytes(send(card, &hex("00 CA 01 8A 04"))[..4].try_into().unwrap());
    let mut created = 0u16;
    let answer = loop {
        let answer = send(
            &mut card,
            &hex(&format!("00 E0 00 00 1F 6F1D 8002 4000 8202 0100 8302 {created:04X} 860F 43 02 02 00*12")),
        );
        if answer != [0x90, 0] {
            break answer;
        }
        created += 1;
    };
    assert_eq!((answer, created), (vec![0x6A, 0x84], 7));
    assert!(free(&mut card) < 0x4020);
    assert_eq!(send(&mut card, &hex("00 E4 00 00 02 0000")), [0x90, 0]);
    assert!(free(&mut card) > 0x4020);
    assert_eq!(send(&mut card, &hex("00 A4 08 00 06 1000 1004 0001 00"))[4..6], [0x40, 0]);
    assert_eq!(send(&mut card, &hex("00 D6 3F FF 02 0102")), [0x6A, 0x84]);
    assert_eq!(send(&mut card, &hex("00 D6 3F FF 01 01")), [0x90, 0]);
    assert_eq!(send(&mut card, &hex("00 B0 3F FE 00")), [0, 1, 0x90, 0]);
    assert_eq!(send(&mut card, &hex("00 B0 40 01 00")), [0x6B, 0]);
    assert_eq!(send(&mut card, &hex("00 B0 80 00 00")), [0x6A, 0x86]);
}
