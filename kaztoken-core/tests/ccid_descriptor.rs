//! Class descriptors, good and bad: cases D1 to D16 of the class. D6 and D15 are decided where
//! endpoints are seen: in kaztoken-usb.

use kaztoken_core::ccid::{
    CcidError, ClassDescriptor, DescriptorError, ExchangeLevel, Features, PowerSelect, Slot, SupportedValues,
    VoltageSupport,
};

/// As recorded from a Rutoken ECP.
const RUTOKEN: [u8; 54] = [
    0x36, 0x21, 0x00, 0x01, 0x00, 0x01, 0x02, 0, 0, 0, 0xFC, 0x0D, 0, 0, 0xFC, 0x0D, 0, 0, 0, 0x80, 0x25, 0,
    0, 0x80, 0x25, 0, 0, 0, 0xFE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x08, 0x02, 0, 0x0F, 0x01, 0, 0,
    0xFF, 0xFF, 0, 0, 0, 1,
];

fn with(at: usize, bytes: &[u8]) -> [u8; 54] {
    let mut descriptor = RUTOKEN;
    descriptor[at..at + bytes.len()].copy_from_slice(bytes);
    descriptor
}

fn parse(bytes: &[u8]) -> Result<ClassDescriptor, DescriptorError> {
    ClassDescriptor::parse(bytes)
}

#[test]
fn the_recorded_descriptor_reads_and_writes() {
    let d = parse(&RUTOKEN).unwrap();
    assert_eq!((d.version, d.max_slot_index, d.max_busy_slots), (0x0100, 0, 1));
    assert_eq!((d.default_clock_khz, d.maximum_clock_khz), (3580, 3580));
    assert_eq!((d.data_rate, d.max_data_rate), (9600, 9600));
    assert!(d.supports(1) && !d.supports(0));
    assert_eq!(d.features, Features(0x0002_0840));
    assert!(d.features.has(Features::AUTO_NEGOTIATION | Features::USB_ICC));
    assert!(!d.features.has(Features::AUTO_VOLTAGE));
    assert_eq!(d.exchange_level(), Some(ExchangeLevel::ShortApdu));
    assert_eq!(d.max_message_length, 271);
    assert_eq!((d.class_get_response, d.class_envelope), (0xFF, 0xFF));
    assert_eq!(d.to_bytes(), RUTOKEN);
}

#[test]
fn d01_lengths() {
    assert_eq!(parse(&[]), Err(DescriptorError::NotFound { got: 0 }));
    assert_eq!(parse(&RUTOKEN[..53]), Err(DescriptorError::NotFound { got: 53 }));
    assert!(parse(&with(0, &[0x35])).is_ok());
    assert!(parse(&with(0, &[0x37])).is_ok());
    let mut long = RUTOKEN.to_vec();
    long.resize(255, 0);
    assert!(parse(&long).is_ok());
}

#[test]
fn d02_other_descriptors_before() {
    let mut extra = vec![0x08, 0x0B, 0x00, 0x03, 0x0B, 0, 0, 0];
    extra.extend(RUTOKEN);
    assert!(parse(&extra).is_ok());
    let mut extra = vec![0x03, 0x30, 0x01];
    extra.extend(RUTOKEN);
    assert!(parse(&extra).is_ok());
}

#[test]
fn d03_other_descriptors_after() {
    let mut extra = RUTOKEN.to_vec();
    extra.extend([0x03, 0x30, 0x01]);
    assert!(parse(&extra).is_ok());
}

#[test]
fn d04_impossible_lengths_end_the_walk() {
    assert_eq!(parse(&with(0, &[0])), Err(DescriptorError::BadLength { at: 0, length: 0 }));
    assert_eq!(parse(&[3, 0x30, 1, 0, 0]), Err(DescriptorError::BadLength { at: 3, length: 0 }));
    assert_eq!(parse(&[3, 0x30, 1, 9, 1]), Err(DescriptorError::BadLength { at: 3, length: 9 }));
    assert_eq!(parse(&[1; 40]), Err(DescriptorError::BadLength { at: 0, length: 1 }));
}

#[test]
fn d05_another_descriptor_type_is_not_taken() {
    assert_eq!(parse(&with(1, &[0x22])), Err(DescriptorError::NotFound { got: 54 }));
    // A 9-byte HID descriptor has the same type byte.
    let mut extra = vec![9, 0x21, 0, 0, 0, 0, 0, 0, 0];
    extra.extend(RUTOKEN);
    assert!(parse(&extra).is_ok());
}

#[test]
fn what_is_refused_can_still_be_read() {
    let conflict = with(40, &0x0007_0840u32.to_le_bytes());
    assert_eq!(ClassDescriptor::read(&conflict).unwrap().exchange_level(), None);
    assert_eq!(ClassDescriptor::read(&conflict).unwrap().to_bytes(), conflict);
    assert_eq!(ClassDescriptor::read(&with(44, &[0; 4])).unwrap().max_message_length, 0);
    assert_eq!(ClassDescriptor::read(&RUTOKEN[..53]), Err(DescriptorError::NotFound { got: 53 }));
}

#[test]
fn d07_longest_message() {
    for length in [0u32, 9, 10] {
        let bytes = with(44, &length.to_le_bytes());
        assert_eq!(parse(&bytes), Err(DescriptorError::MessageLength(length)));
    }
    for length in [11, u32::MAX] {
        let descriptor = parse(&with(44, &length.to_le_bytes())).unwrap();
        assert_eq!(descriptor.max_message_length, length);
        let mut slot = Slot::open([0; 271], &descriptor, 64).unwrap();
        let max = if length == 11 { 1 } else { 261 };
        let too_long = slot.exchange(kaztoken_core::Millis(0), &[0; 262], kaztoken_core::Millis(1));
        assert_eq!(too_long, Err(CcidError::CommandLength { got: 262, max }));
    }
    // At the TPDU level not even a block or a command header would fit.
    let tpdu = 0x0001_0840u32.to_le_bytes();
    for length in [11u32, 14, 15] {
        let mut bytes = with(44, &length.to_le_bytes());
        bytes[40..44].copy_from_slice(&tpdu);
        let opened = Slot::open([0; 271], &parse(&bytes).unwrap(), 64).err();
        let needed = (length < 15).then_some(CcidError::BufferTooSmall { needed: 15, got: length as usize });
        assert_eq!(opened, needed);
    }
}

#[test]
fn d08_exchange_levels() {
    for features in [0x0007_0840u32, 0x0003_0840] {
        let error = DescriptorError::ConflictingLevels(Features(features));
        assert_eq!(parse(&with(40, &features.to_le_bytes())), Err(error));
    }
    let levels = [
        (0x0000_0840u32, ExchangeLevel::Character),
        (0x0001_0840, ExchangeLevel::Tpdu),
        (0x0004_0840, ExchangeLevel::ExtendedApdu),
    ];
    for (features, level) in levels {
        let descriptor = parse(&with(40, &features.to_le_bytes())).unwrap();
        assert_eq!(descriptor.exchange_level(), Some(level));
    }
    // At the character level the host would do every bit itself: refused, and said so.
    let characters = parse(&with(40, &0x0000_0840u32.to_le_bytes())).unwrap();
    let refused = Slot::open([0; 271], &characters, 64).unwrap_err();
    assert_eq!(refused, CcidError::UnsupportedLevel(Some(ExchangeLevel::Character)));
    assert!(refused.to_string().contains("character level"), "{refused}");
}

#[test]
fn d09_unknown_protocol_bits_are_ignored() {
    let descriptor = parse(&with(6, &[0xFF, 0, 0, 0x80])).unwrap();
    assert!(descriptor.supports(0) && descriptor.supports(1));
    assert!(!descriptor.supports(32) && !descriptor.supports(255));
    // Of the known ones those that are there.
    let t0_only = parse(&with(6, &[1])).unwrap();
    assert!(t0_only.supports(0) && !t0_only.supports(1));
    let none = parse(&with(6, &[0])).unwrap();
    assert!((0..=255).all(|protocol| !none.supports(protocol)));
    // What comes of it once the card has named its protocol: both are said.
    for (reader, card) in [(0u32, 1u8), (1, 1), (2, 0)] {
        let text = CcidError::ProtocolMismatch { reader, card }.to_string();
        assert!(text.contains(&format!("{reader:08X}")) && text.contains(&format!("T={card}")), "{text}");
    }
}

#[test]
fn d10_ifsd_is_always_one_that_may_be_sent() {
    for (field, ifsd) in [(0u32, 32), (1, 1), (254, 254), (255, 254), (0x100, 254), (0x3E8, 254)] {
        assert_eq!(parse(&with(28, &field.to_le_bytes())).unwrap().ifsd(), ifsd);
    }
}

#[test]
fn d11_voltages_lowest_first() {
    use PowerSelect::{Volts1_8, Volts3, Volts5};
    assert!(VoltageSupport(7).lowest_first().eq([Volts1_8, Volts3, Volts5]));
    assert!(VoltageSupport(6).lowest_first().eq([Volts1_8, Volts3]));
    assert!(VoltageSupport(1).lowest_first().eq([Volts5]));
    assert!(VoltageSupport(0).lowest_first().eq([]));
}

#[test]
fn d12_odd_versions_are_taken() {
    for version in [0x1000u16, 0x0200, 0, 0xFFFF] {
        assert_eq!(parse(&with(2, &version.to_le_bytes())).unwrap().version, version);
    }
}

#[test]
fn d13_no_clock_divides_nothing() {
    // Clock, rates and their lists all 0: the fields are read and nothing is computed from them.
    let descriptor = parse(&with(10, &[0; 18])).unwrap();
    assert_eq!((descriptor.default_clock_khz, descriptor.maximum_clock_khz), (0, 0));
    assert_eq!((descriptor.data_rate, descriptor.max_data_rate), (0, 0));
    assert!(Slot::open([0; 271], &descriptor, 64).is_ok());
}

#[test]
fn d14_many_slots_are_one_for_us() {
    let descriptor = parse(&with(4, &[0xFF])).unwrap();
    assert_eq!(descriptor.max_slot_index, 0xFF);
    let mut slot = Slot::open([0; 271], &descriptor, 64).unwrap();
    slot.power_on(kaztoken_core::Millis(0), kaztoken_core::Millis(1)).unwrap();
    assert_eq!(slot.poll_transmit().and_then(|message| message.get(5)), Some(&0), "bSlot");
}

#[test]
fn d16_lists_of_clocks_and_rates() {
    let values = |answer: &[u8]| SupportedValues::new(answer).collect::<Vec<_>>();
    // A stall is no bytes, as an empty answer is.
    assert_eq!(values(&[]), []);
    assert_eq!(values(&[0x80]), []);
    assert_eq!(values(&[0x80, 0x25, 0]), []);
    assert_eq!(values(&[0x80, 0x25, 0, 0]), [9600]);
    assert_eq!(values(&[0x80, 0x25, 0, 0, 0x00, 0x4B]), [9600]);
    let many = SupportedValues::new(&[0xFF; 1024]);
    assert_eq!(many.len(), 256);
    assert!(many.eq(core::iter::repeat_n(u32::MAX, 256)));
}

#[test]
fn slots_refuse_buffers_and_packets_that_do_not_fit() {
    let descriptor = parse(&RUTOKEN).unwrap();
    let error = Slot::open([0; 270], &descriptor, 64).err();
    assert_eq!(error, Some(CcidError::BufferTooSmall { needed: 271, got: 270 }));
    assert_eq!(Slot::open([0; 271], &descriptor, 0).err(), Some(CcidError::UnsupportedPacketSize(0)));
}

proptest::proptest! {
    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in proptest::collection::vec(0u8..=255, 0..300)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn mutated_descriptors_write_what_they_read(at in 0usize..54, value: u8) {
        let bytes = with(at, &[value]);
        if let Ok(descriptor) = parse(&bytes) {
            let mut written = descriptor.to_bytes();
            written[0] = bytes[0];
            proptest::prop_assert_eq!(written, bytes);
        }
    }
}
