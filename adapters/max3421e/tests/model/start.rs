//! Start of the chip, what is plugged in, enumeration.

use embedded_hal::spi::ErrorKind;
use kaztoken_core::Millis;
use kaztoken_core::ccid::UsbInterfaceError;
use kaztoken_max3421e::{Connection, Error, HostResult, Options, Revision, VbusSwitch};

use super::bench::{Bench, card, device};
use super::bus::{Answer, BusFault, Handshake, Peripheral};
use super::chip::Defects;

#[test]
fn the_chip_starts() {
    for (value, revision) in [(0x01, Revision::One), (0x12, Revision::Two), (0x13, Revision::Three)] {
        let mut host = Bench::empty(value).start().unwrap();
        assert_eq!(host.revision(), revision);
        assert_eq!(host.connection(), Ok(Connection::Nothing));
        assert_eq!(host.attach(Millis(20)), Err(Error::NothingThere));
    }
}

#[test]
fn what_is_no_chip_is_named() {
    // MISO pulled down, pulled up, and another chip.
    for revision in [0x00, 0xFF, 0x42] {
        assert_eq!(Bench::empty(revision).start().err(), Some(Error::NoChip { revision }));
    }
}

#[test]
fn a_chip_that_does_not_work_is_named() {
    let with = |defects| {
        let bench = Bench::with(device(&card(), ""));
        bench.chip().defects = defects;
        bench.attach().err()
    };
    assert_eq!(with(Defects { no_oscillator: true, ..Defects::default() }), Some(Error::Oscillator));
    let wiring = Some(Error::Wiring { wrote: 0x5A, read: 0x58 });
    assert_eq!(with(Defects { stuck_low: 0x02, ..Defects::default() }), wiring);
    assert_eq!(with(Defects { no_bus_reset: true, ..Defects::default() }), Some(Error::BusReset));
}

#[test]
fn spi_may_fail_at_any_time() {
    let whole = Bench::with(device(&card(), ""));
    whole.attach().unwrap();
    let transactions = whole.chip().transactions;
    // Most of them ask whether something is over.
    for number in (1..200).chain((200..transactions).step_by(17)) {
        let bench = Bench::with(device(&card(), ""));
        bench.chip().defects.spi_fails_at = Some(number);
        assert_eq!(bench.attach().err(), Some(Error::Spi(ErrorKind::Overrun)), "transaction {number}");
    }
}

#[test]
fn the_port_has_power_when_it_is_switched_on() {
    let bench = Bench::with(device(&card(), ""));
    bench.chip().vbus_bit = Some(0x02);
    assert_eq!(bench.attach(), Err(Error::NothingThere), "nobody switches it on");
    let options = Options { vbus: Some(VbusSwitch { pin: 1, active_high: true }) };
    let mut host = bench.start_with(options).unwrap();
    assert!(host.attach(Millis(500)).is_ok());
    host.switch_vbus(false).unwrap();
    assert_eq!(host.connection(), Ok(Connection::Nothing));
}

#[test]
fn the_token_is_enumerated() {
    for size in [8, 16, 32, 64] {
        let mut token = device(&card(), "");
        token.control_packet = size;
        let found = Bench::with(token).attach().unwrap();
        assert_eq!((found.vendor, found.product), (0x0A89, 0x0035));
        assert_eq!(found.control_packet, size);
        assert_eq!(found.interface.bulk_in.address, 0x81);
        assert_eq!(found.interface.bulk_out.address, 0x02);
        assert_eq!(found.interface.class.max_message_length, 271);
    }
}

#[test]
fn a_slow_or_disturbed_device_is_enumerated() {
    let bench = Bench::with(device(&card(), ""));
    bench.attach().unwrap();
    let transfers = bench.chip().transfers;
    for fault in [BusFault::Nak, BusFault::Lost, BusFault::Damaged, BusFault::AckLost] {
        for number in 1..=transfers {
            let bench = Bench::with(device(&card(), ""));
            bench.disturb(&[(number, fault)]);
            let found = bench.attach();
            assert!(found.is_ok(), "{fault:?} at transfer {number}: {found:?}");
        }
    }
}

#[test]
fn faults_that_stay_end_in_an_error() {
    let attach = |fault| {
        let bench = Bench::with(device(&card(), ""));
        bench.chip().faults = (1..20_000).map(|number| (number, fault)).collect();
        let begin = bench.chip().now;
        let result = bench.attach();
        let took = bench.chip().now - begin;
        assert!(took < 10_000_000, "{fault:?} took {took} us");
        result.unwrap_err()
    };
    assert_eq!(attach(BusFault::Nak), Error::Timeout);
    assert_eq!(attach(BusFault::Stall), Error::Stalled);
    assert_eq!(attach(BusFault::Lost), Error::Bus(HostResult::NoAnswer));
    assert_eq!(attach(BusFault::Hang), Error::Silent);
    assert_eq!(attach(BusFault::Unplug), Error::Unplugged);
}

#[test]
fn the_token_may_be_unplugged_at_any_transfer() {
    let bench = Bench::with(device(&card(), ""));
    bench.attach().unwrap();
    let transfers = bench.chip().transfers;
    assert!(transfers > 15, "{transfers}");
    for number in 1..=transfers {
        let bench = Bench::with(device(&card(), ""));
        bench.disturb(&[(number, BusFault::Unplug)]);
        assert_eq!(bench.attach(), Err(Error::Unplugged), "transfer {number}");
    }
}

#[test]
fn other_devices_are_refused() {
    let patched = |patches: &[(u8, usize, u8)]| {
        let mut token = device(&card(), "");
        token.patches = patches.to_vec();
        Bench::with(token).attach().unwrap_err()
    };
    const DEVICE: u8 = 1;
    const CONFIGURATION: u8 = 2;
    assert_eq!(patched(&[(DEVICE, 4, 9)]), Error::Hub);
    // bInterfaceClass: mass storage.
    assert_eq!(patched(&[(CONFIGURATION, 9 + 5, 8)]), Error::Interface(UsbInterfaceError::Missing));
    // wMaxPacketSize of bulk IN: 512.
    assert_eq!(patched(&[(CONFIGURATION, 83, 0), (CONFIGURATION, 84, 2)]), Error::PacketSize(512));
    let size = "bMaxPacketSize0 is not 8, 16, 32 or 64";
    assert_eq!(patched(&[(DEVICE, 7, 9)]), Error::Descriptor(size));
    assert_eq!(patched(&[(DEVICE, 1, 7)]), Error::Descriptor("no device descriptor"));
    assert_eq!(patched(&[(CONFIGURATION, 3, 2)]), Error::LongConfiguration(0x0256));
    assert_eq!(patched(&[(CONFIGURATION, 2, 200)]), Error::Descriptor("one ends early"));
    assert_eq!(patched(&[(CONFIGURATION, 1, 3)]), Error::Descriptor("one has another type than asked for"));
    // Every byte of the descriptors may be nonsense; the configuration has 86.
    for kind in [DEVICE, CONFIGURATION] {
        for at in 0..86 {
            for byte in [0, 1, 9, 0xFF] {
                let mut token = device(&card(), "");
                token.patches = vec![(kind, at, byte)];
                let _ = Bench::with(token).attach();
            }
        }
    }
}

/// A mouse of the old kind.
struct LowSpeed;

impl Peripheral for LowSpeed {
    fn low_speed(&self) -> bool {
        true
    }
    fn reset(&mut self) {}
    fn pass(&mut self, _: u64) {}
    fn attached(&self) -> bool {
        true
    }
    fn setup(&mut self, _: u8, _: [u8; 8]) -> Handshake {
        Handshake::Silent
    }
    fn input(&mut self, _: u8, _: u8) -> Answer {
        Answer::Silent
    }
    fn acknowledged(&mut self, _: u8) {}
    fn output(&mut self, _: u8, _: u8, _: bool, _: &[u8]) -> Handshake {
        Handshake::Silent
    }
}

#[test]
fn a_low_speed_device_is_refused() {
    assert_eq!(Bench::with(LowSpeed).attach(), Err(Error::LowSpeed));
}

#[test]
fn every_error_says_something() {
    for error in [
        Error::NoChip { revision: 0xFF },
        Error::Wiring { wrote: 0x5A, read: 0 },
        Error::Interface(UsbInterfaceError::Missing),
        Error::SendTimeout { sent: 64, of: 100 },
        Error::Bus(HostResult::CrcError),
    ] {
        assert!(error.to_string().len() > 20, "{error}");
    }
    for code in 0..=0xFF {
        assert!(!HostResult::of(code).meaning().is_empty());
        assert_eq!(HostResult::of(code) as u8, code & 0x0F);
    }
}
