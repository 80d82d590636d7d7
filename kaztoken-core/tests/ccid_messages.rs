//! Messages of CCID 1.1 as bytes and as values.

use kaztoken_core::ccid::code::{ChainParameter, ClockCommand, ClockStatus, MechanicalFunction};
use kaztoken_core::ccid::{
    CommandStatus, ErrorCode, IccStatus, MessageError, MessageType, MessageView, Notification, PcToRdr,
    PcToRdrMessage, PowerSelect, ProtocolData, Rates, RdrToPc, RdrToPcMessage, SlotChange, Status,
    T0Parameters, T1Parameters,
};
use proptest::prelude::*;

fn hex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

const T0: ProtocolData<'_> = ProtocolData::T0(T0Parameters {
    f_d_index: 0x96,
    tcckst: 0,
    guard_time: 0,
    waiting_integer: 0x0A,
    clock_stop: 0,
});
const T1: ProtocolData<'_> = ProtocolData::T1(T1Parameters {
    f_d_index: 0x11,
    tcckst: 0x10,
    guard_time: 0,
    waiting_integers: 0x4D,
    clock_stop: 0,
    ifsc: 0xFE,
    nad: 0,
});
const RATES: Rates = Rates { clock_khz: 3580, data_rate: 9600 };

#[test]
fn every_message_to_the_reader_has_its_bytes() {
    let rows = [
        ("62 00000000 00 07 01 00 00", PcToRdrMessage::IccPowerOn { power_select: PowerSelect::Volts5 }),
        ("63 00000000 00 07 00 00 00", PcToRdrMessage::IccPowerOff),
        ("65 00000000 00 07 00 00 00", PcToRdrMessage::GetSlotStatus),
        (
            "6F 04000000 00 07 02 10 00 00A40400",
            PcToRdrMessage::XfrBlock { bwi: 2, level_parameter: 0x10, data: &[0, 0xA4, 4, 0] },
        ),
        ("6C 00000000 00 07 00 00 00", PcToRdrMessage::GetParameters),
        ("6D 00000000 00 07 00 00 00", PcToRdrMessage::ResetParameters),
        ("61 05000000 00 07 00 00 00 9600000A00", PcToRdrMessage::SetParameters(T0)),
        ("61 07000000 00 07 01 00 00 1110004D00FE00", PcToRdrMessage::SetParameters(T1)),
        ("6B 02000000 00 07 00 00 00 CAFE", PcToRdrMessage::Escape { data: &[0xCA, 0xFE] }),
        ("6E 00000000 00 07 01 00 00", PcToRdrMessage::IccClock { command: ClockCommand::Stop }),
        (
            "6A 00000000 00 07 03 C0 C2",
            PcToRdrMessage::T0Apdu { changes: 3, class_get_response: 0xC0, class_envelope: 0xC2 },
        ),
        ("69 01000000 00 07 05 00 00 00", PcToRdrMessage::Secure { bwi: 5, level_parameter: 0, data: &[0] }),
        ("71 00000000 00 07 04 00 00", PcToRdrMessage::Mechanical { function: MechanicalFunction::Lock }),
        ("72 00000000 00 07 00 00 00", PcToRdrMessage::Abort),
        ("73 08000000 00 07 00 00 00 FC0D0000 80250000", PcToRdrMessage::SetDataRateAndClockFrequency(RATES)),
    ];
    for (text, message) in rows {
        let (bytes, value) = (hex(text), PcToRdr { slot: 0, sequence: 7, message });
        assert_eq!(PcToRdr::parse(&bytes), Ok(value), "{text}");
        let mut buffer = [0xEE; 271];
        let len = value.emit(&mut buffer).unwrap();
        assert_eq!(buffer[..len], bytes, "{text}");
        let short = &mut buffer[..len - 1];
        assert_eq!(value.emit(short), Err(MessageError::BufferTooSmall { needed: len, got: len - 1 }));
    }
}

#[test]
fn every_message_from_the_reader_has_its_bytes() {
    let ok = Status(0);
    let rows = [
        (
            "80 02000000 01 07 00 00 00 9000",
            (ok, 0),
            RdrToPcMessage::DataBlock { chain: ChainParameter::Whole, data: &[0x90, 0] },
        ),
        (
            "80 00000000 01 07 80 FF 10",
            (Status(0x80), 0xFF),
            RdrToPcMessage::DataBlock { chain: ChainParameter::NextCommandPart, data: &[] },
        ),
        (
            "81 00000000 01 07 42 FE 03",
            (Status(0x42), 0xFE),
            RdrToPcMessage::SlotStatus { clock: ClockStatus::Stopped },
        ),
        ("82 05000000 01 07 00 00 00 9600000A00", (ok, 0), RdrToPcMessage::Parameters(T0)),
        ("82 07000000 01 07 00 00 01 1110004D00FE00", (ok, 0), RdrToPcMessage::Parameters(T1)),
        (
            "82 00000000 01 07 40 00 01",
            (Status(0x40), 0),
            RdrToPcMessage::Parameters(ProtocolData::Other { protocol: 1, data: &[] }),
        ),
        ("83 01000000 01 07 00 00 00 55", (ok, 0), RdrToPcMessage::Escape { data: &[0x55] }),
        (
            "84 08000000 01 07 00 00 00 FC0D0000 80250000",
            (ok, 0),
            RdrToPcMessage::DataRateAndClockFrequency(Some(RATES)),
        ),
        ("84 00000000 01 07 40 00 00", (Status(0x40), 0), RdrToPcMessage::DataRateAndClockFrequency(None)),
    ];
    for (text, (status, error), message) in rows {
        let (bytes, value) = (hex(text), RdrToPc { slot: 1, sequence: 7, status, error, message });
        assert_eq!(RdrToPc::parse(&bytes), Ok(value), "{text}");
        let mut buffer = [0xEE; 271];
        let len = value.emit(&mut buffer).unwrap();
        assert_eq!(buffer[..len], bytes, "{text}");
    }
}

#[test]
fn notifications_have_their_bytes() {
    let bytes = hex("50 0D 02");
    let change = Notification::parse(&bytes).unwrap();
    assert_eq!(change.slot(0), Some(SlotChange { present: true, changed: false }));
    assert_eq!(change.slot(1), Some(SlotChange { present: true, changed: true }));
    assert_eq!(change.slot(4), Some(SlotChange { present: false, changed: true }));
    assert_eq!(change.slot(8), None);
    let error = Notification::HardwareError { slot: 2, sequence: 9, code: 1 };
    assert_eq!(Notification::parse(&hex("51 02 09 01")), Ok(error));
    assert_eq!(error.slot(0), None);
    for notification in [change, error] {
        let mut buffer = [0; 4];
        let len = notification.emit(&mut buffer).unwrap();
        assert_eq!(Notification::parse(&buffer[..len]), Ok(notification));
        assert!(notification.emit(&mut buffer[..len - 1]).is_err());
    }
    for text in ["", "50", "51 00 00", "51 00 00 00 00", "80 00"] {
        assert!(Notification::parse(&hex(text)).is_err(), "{text}");
    }
}

#[test]
fn wrong_lengths_and_types_are_named() {
    assert_eq!(MessageView::parse(&[0x80; 9]), Err(MessageError::ShortHeader { got: 9 }));
    let short = MessageError::ShortBody { declared: u32::MAX, got: 2 };
    assert_eq!(RdrToPc::parse(&hex("80 FFFFFFFF 00 00 00 00 00 9000")), Err(short));
    let wrong_way = MessageError::UnexpectedType(MessageType::DataBlock);
    assert_eq!(PcToRdr::parse(&hex("80 00000000 00 00 00 00 00")), Err(wrong_way));
    let unknown = MessageError::UnexpectedType(MessageType::Unknown(0x99));
    assert_eq!(RdrToPc::parse(&hex("99 00000000 00 00 00 00 00")), Err(unknown));
    let body = MessageError::BodyLength { message_type: MessageType::SetDataRateAndClockFrequency, got: 1 };
    assert_eq!(PcToRdr::parse(&hex("73 01000000 00 00 00 00 00 00")), Err(body));
}

#[test]
fn a_view_keeps_padding_apart() {
    let bytes = hex("80 02000000 00 05 00 00 00 9000 0000");
    let view = MessageView::parse(&bytes).unwrap();
    assert_eq!((view.body(), view.trailing()), (&[0x90, 0][..], &[0, 0][..]));
    assert_eq!((view.slot(), view.sequence(), view.error(), view.specific()), (0, 5, 0, [0, 0, 0]));
}

#[test]
fn codes_keep_every_value() {
    for value in 0..=u8::MAX {
        assert_eq!(u8::from(MessageType::from(value)), value);
        assert_eq!(u8::from(ErrorCode::from(value)), value);
        assert_eq!(u8::from(ChainParameter::from(value)), value);
        let status = Status(value);
        assert_eq!(Status::new(status.icc(), status.command()).0, value & 0xC3);
    }
    assert_eq!(Status(0x42).icc(), IccStatus::Absent);
    assert_eq!(Status(0x42).command(), CommandStatus::Failed);
    assert_eq!(ErrorCode::from(0x05).parameter_offset(), Some(5));
    assert_eq!(ErrorCode::from(0x80).parameter_offset(), None);
}

proptest! {
    #[test]
    fn what_parses_is_written_and_read_back_the_same(
        kind in prop_oneof![0x60u8..0x74, 0x80u8..0x85, any::<u8>()],
        rest in proptest::array::uniform5(any::<u8>()),
        body in proptest::collection::vec(any::<u8>(), 0..300),
        declared in prop_oneof![Just(None), any::<u32>().prop_map(Some)],
    ) {
        let mut bytes = vec![kind];
        bytes.extend(declared.unwrap_or(body.len() as u32).to_le_bytes());
        bytes.extend(rest);
        bytes.extend(&body);
        let mut buffer = [0; 400];
        if let Ok(value) = PcToRdr::parse(&bytes) {
            let len = value.emit(&mut buffer).unwrap();
            prop_assert_eq!(PcToRdr::parse(&buffer[..len]), Ok(value));
        }
        if let Ok(value) = RdrToPc::parse(&bytes) {
            let len = value.emit(&mut buffer).unwrap();
            prop_assert_eq!(RdrToPc::parse(&buffer[..len]), Ok(value));
        }
        if let Ok(value) = Notification::parse(&bytes) {
            let len = value.emit(&mut buffer).unwrap();
            prop_assert_eq!(&buffer[..len], &bytes[..]);
        }
    }
}

#[test]
fn debug_does_not_print_card_data() {
    let bytes = hex("6F 0D000000 00 00 00 00 00 0020000208 3132333435363738");
    let printed = format!("{:?} {:?}", PcToRdr::parse(&bytes).unwrap(), MessageView::parse(&bytes).unwrap());
    assert!(printed.contains("XfrBlock") && printed.contains("13"), "{printed}");
    assert!(!printed.contains("49, 50") && !printed.contains("3132"), "{printed}");
}
