use super::*;
use proptest::prelude::*;

/// A token that is plugged in, asked for its serial number, and given a PIN.
fn sample() -> Trace {
    Trace::parse(
        b"kaztoken-trace 1
0.000000 1 open way=usb place=bus%201%20address%201 name=-
0.000100 1 ccid> 62 00 00 00 00 00 00 01 00 00
0.200000 1 ccid< 80 02 00 00 00 00 00 00 00 00 3B 00
0.200100 1 interrupt 50 03
1.000000 1 ccid> 6F ** ** ** ** 00 01 00 00 00 00 20 00 02 *
1.000500 1 ccid< 80 02 00 00 00 00 01 00 00 00 63 C2
",
    )
    .unwrap()
}

/// The capture with every number turned round.
fn big_endian(capture: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let swap = |bytes: &[u8]| bytes.iter().rev().copied().collect::<Vec<_>>();
    out.extend(swap(&capture[..4]));
    out.extend([0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0]);
    out.extend(220_u32.to_be_bytes());
    let mut at = 24;
    while at < capture.len() {
        let len = u32::from_le_bytes(capture[at + 8..at + 12].try_into().unwrap()) as usize;
        for word in capture[at..at + 16].chunks(4) {
            out.extend(swap(word));
        }
        let packet = &capture[at + 16..at + 16 + len];
        out.extend(swap(&packet[..8]));
        out.extend(&packet[8..12]);
        out.extend(swap(&packet[12..14]));
        out.extend(&packet[14..16]);
        out.extend(swap(&packet[16..24]));
        for word in packet[24..40].chunks(4) {
            out.extend(swap(word));
        }
        out.extend(&packet[40..]);
        at += 16 + len;
    }
    out
}

/// The same packets in blocks.
fn next_generation(capture: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut block = |kind: u32, body: &[u8]| {
        let len = 12 + body.len().next_multiple_of(4);
        out.extend(kind.to_le_bytes());
        out.extend((len as u32).to_le_bytes());
        out.extend(body);
        out.resize(out.len().next_multiple_of(4), 0);
        out.extend((len as u32).to_le_bytes());
    };
    block(0x0A0D_0D0A, &[0x4D, 0x3C, 0x2B, 0x1A, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255]);
    block(1, &[220, 0, 0, 0, 0, 0, 4, 0]);
    let mut at = 24;
    while at < capture.len() {
        let number = |at: usize| u32::from_le_bytes(capture[at..at + 4].try_into().unwrap());
        let (len, micros) =
            (number(at + 8) as usize, u64::from(number(at)) * 1_000_000 + u64::from(number(at + 4)));
        let mut body = 0_u32.to_le_bytes().to_vec();
        body.extend(((micros >> 32) as u32).to_le_bytes());
        body.extend((micros as u32).to_le_bytes());
        body.extend((len as u32).to_le_bytes());
        body.extend(number(at + 12).to_le_bytes());
        body.extend(&capture[at + 16..at + 16 + len]);
        block(6, &body);
        at += 16 + len;
    }
    out
}

#[test]
fn a_capture_of_a_trace_is_that_trace() {
    let trace = sample();
    let capture = export_pcap(&trace);
    for capture in [capture.clone(), big_endian(&capture), next_generation(&capture)] {
        let read = import_pcap(&capture).unwrap();
        let dialogue = |trace: &Trace| {
            trace.entries.iter().skip(1).map(|entry| entry.record.clone()).collect::<Vec<_>>()
        };
        assert_eq!(dialogue(&read), dialogue(&trace));
        // What was cut off is told.
        assert_eq!(read.about.len(), 1);
        assert_eq!(read.entries[5].at - read.entries[4].at, 500);
    }
}

#[test]
fn a_pin_in_a_capture_stays_there() {
    let mut trace = sample();
    trace.entries.truncate(1);
    let mut capture = export_pcap(&trace);
    let message = b"\x6F\x0D\0\0\0\0\x01\0\0\0\0\x20\0\x02\x0812345678";
    capture.extend([0; 8]);
    capture.extend((64 + message.len() as u32).to_le_bytes());
    capture.extend((64 + message.len() as u32).to_le_bytes());
    capture.extend([1, 0, 0, 0, 0, 0, 0, 0, b'S', 3, 2, 5, 1, 0, b'-', 0]);
    capture.extend([0; 16]);
    capture.extend((message.len() as u32).to_le_bytes());
    capture.extend((message.len() as u32).to_le_bytes());
    capture.extend([0; 24]);
    capture.extend(message);
    let text = import_pcap(&capture).unwrap().to_string();
    assert!(text.contains("ccid> 6F ** ** ** ** 00 01 00 00 00 00 20 00 02 *"), "{text}");
    assert!(!text.contains("31 32"), "{text}");
}

#[test]
fn files_of_another_kind_and_damaged_ones() {
    let capture = export_pcap(&sample());
    assert!(matches!(import_pcap(b""), Err(ConvertError::Kind(_))));
    assert!(matches!(import_pcap(b"PK\x03\x04........................"), Err(ConvertError::Kind(_))));
    let mut ethernet = capture.clone();
    ethernet[20] = 1;
    assert!(matches!(import_pcap(&ethernet), Err(ConvertError::Kind(_))));
    assert_eq!(import_pcap(&capture[..24]), Err(ConvertError::Nothing));
    for len in 25..capture.len() {
        // Cut anywhere: whole packets or an error that names the place.
        let _ = import_pcap(&capture[..len]);
    }
    let mut long = capture;
    long[32..36].copy_from_slice(&[0xFF; 4]);
    assert!(matches!(import_pcap(&long), Err(ConvertError::Place { number: 1, .. })));
}

proptest! {
    #[test]
    fn any_bytes_are_a_capture_or_an_error(
        start in prop::sample::select(vec![
            vec![0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 220, 0, 0, 0],
            vec![0xA1, 0xB2, 0x3C, 0x4D, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 189],
            vec![0x0A, 0x0D, 0x0D, 0x0A, 28, 0, 0, 0, 0x4D, 0x3C, 0x2B, 0x1A],
            vec![],
        ]),
        bytes in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let mut file = start;
        file.extend(bytes);
        let _ = import_pcap(&file);
    }
}
