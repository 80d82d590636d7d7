//! The CCID interface among the descriptors of a configuration.

use kaztoken_core::ccid::{DescriptorError, UsbInterface, UsbInterfaceError};

const CLASS: [u8; 54] = [
    0x36, 0x21, 0x00, 0x01, 0x00, 0x01, 0x02, 0, 0, 0, 0xFC, 0x0D, 0, 0, 0xFC, 0x0D, 0, 0, 0, 0x80, 0x25, 0,
    0, 0x80, 0x25, 0, 0, 0, 0xFE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x08, 0x02, 0, 0x0F, 0x01, 0, 0,
    0xFF, 0xFF, 0, 0, 0, 1,
];
const CONFIGURATION: [u8; 9] = [9, 2, 0, 0, 1, 3, 0, 0x80, 50];
const OUT: [u8; 7] = [7, 5, 0x02, 2, 64, 0, 0];
const IN: [u8; 7] = [7, 5, 0x81, 2, 64, 0, 0];
const INTERRUPT: [u8; 7] = [7, 5, 0x83, 3, 8, 0, 16];

fn interface(number: u8, class: u8, subclass: u8, protocol: u8) -> [u8; 9] {
    [9, 4, number, 0, 2, class, subclass, protocol, 0]
}

fn ccid(number: u8) -> Vec<u8> {
    [&interface(number, 0x0B, 0, 0)[..], &CLASS, &OUT, &IN].concat()
}

fn find(parts: &[&[u8]]) -> Result<UsbInterface, UsbInterfaceError> {
    UsbInterface::find(&[&[&CONFIGURATION[..]], parts].concat().concat())
}

#[test]
fn the_usual_one_is_found() {
    let found = find(&[&ccid(0)]).unwrap();
    assert_eq!((found.configuration, found.number, found.setting), (3, 0, 0));
    assert_eq!((found.bulk_out.address, found.bulk_in.address), (0x02, 0x81));
    assert_eq!((found.bulk_out.max_packet, found.bulk_in.max_packet), (64, 64));
    assert_eq!(found.class.max_message_length, 271);
}

#[test]
fn others_stand_around_it() {
    let hid = [&interface(0, 3, 1, 1)[..], &[9, 0x21, 0x11, 1, 0, 1, 0x22, 63, 0], &INTERRUPT].concat();
    let found = find(&[&hid, &ccid(1), &interface(2, 8, 6, 0x50), &OUT, &IN]).unwrap();
    assert_eq!(found.number, 1);
    // The interrupt endpoint does not matter, nor where the class descriptor stands.
    let late = find(&[&interface(0, 0x0B, 0, 0), &INTERRUPT, &IN, &OUT, &CLASS]).unwrap();
    assert_eq!(late.bulk_out.address, 0x02);
}

#[test]
fn the_first_that_works_is_taken() {
    let found = find(&[&interface(0, 0x0B, 0, 2), &CLASS, &ccid(1)]).unwrap();
    assert_eq!(found.number, 1);
    let error = find(&[&interface(0, 0x0B, 0, 2), &CLASS, &interface(1, 0x0B, 0, 0)]).unwrap_err();
    assert_eq!(error, UsbInterfaceError::Unsupported { subclass: 0, protocol: 2 });
}

#[test]
fn what_is_missing_is_named() {
    let hub = [&interface(0, 9, 0, 0)[..], &INTERRUPT].concat();
    let ccid = interface(0, 0x0B, 0, 0);
    let cases: [(&[&[u8]], UsbInterfaceError); 7] = [
        (&[], UsbInterfaceError::Missing),
        (&[&hub], UsbInterfaceError::Missing),
        (&[&ccid, &CLASS, &OUT], UsbInterfaceError::Endpoints { bulk_in: 0, bulk_out: 1 }),
        (&[&ccid, &CLASS, &OUT, &IN, &IN], UsbInterfaceError::Endpoints { bulk_in: 2, bulk_out: 1 }),
        // The class descriptor of the next interface is not this one's.
        (
            &[&ccid, &OUT, &IN, &interface(1, 3, 0, 0), &CLASS],
            UsbInterfaceError::Class(DescriptorError::NotFound { got: 14 }),
        ),
        (&[&ccid, &CLASS, &OUT, &[7, 5, 0x81, 2, 0, 4, 0]], UsbInterfaceError::PacketSize(1024)),
        (&[&ccid, &CLASS, &OUT, &[7, 5, 0x81, 2, 4, 0, 0]], UsbInterfaceError::PacketSize(4)),
    ];
    for (parts, error) in cases {
        assert_eq!(find(parts), Err(error), "{parts:02X?}");
        assert!(!error.to_string().is_empty());
    }
    assert_eq!(UsbInterface::find(&[]), Err(UsbInterfaceError::NoConfiguration));
    assert_eq!(UsbInterface::find(&interface(0, 0x0B, 0, 0)), Err(UsbInterfaceError::NoConfiguration));
}

#[test]
fn lengths_that_lie_are_named_and_never_loop() {
    for length in [0, 1] {
        assert_eq!(find(&[&[length, 4]]), Err(UsbInterfaceError::Length { at: 9, length }));
    }
    assert_eq!(find(&[&[9, 4, 0]]), Err(UsbInterfaceError::Length { at: 9, length: 9 }));
    assert_eq!(find(&[&[5, 4, 0, 0, 2]]), Err(UsbInterfaceError::Length { at: 9, length: 5 }));
    let ccid = interface(0, 0x0B, 0, 0);
    assert_eq!(find(&[&ccid, &[4, 5, 2, 2]]), Err(UsbInterfaceError::Length { at: 18, length: 4 }));
    let whole = [&CONFIGURATION[..], &self::ccid(0)].concat();
    for end in 0..whole.len() {
        assert!(UsbInterface::find(&whole[..end]).is_err(), "cut at {end}");
    }
    for at in 0..whole.len() {
        for value in [0, 1, 2, 7, 9, 0x36, 0xFF] {
            let mut bytes = whole.clone();
            bytes[at] = value;
            let _ = UsbInterface::find(&bytes);
        }
    }
}
