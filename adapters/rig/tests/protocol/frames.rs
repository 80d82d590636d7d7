//! Frames: judged by the crate `cobs` and by a CRC known to everybody; noise, half frames, endless ones.

use kaztoken_rig::frame::{FRAME_LEN, FrameError, FrameReader, FrameWriter, Full, Kind, write_bytes};
use proptest::prelude::*;

type Found = Result<(Kind, Vec<u8>), FrameError>;

/// Everything that a reader finds in these bytes.
fn read(bytes: &[u8]) -> Vec<Found> {
    let (mut reader, mut buffer) = (FrameReader::new(), [0; FRAME_LEN]);
    let mut found = Vec::new();
    for &byte in bytes {
        if let Some(frame) = reader.push(&mut buffer, byte) {
            found.push(frame.map(|(kind, len)| (kind, buffer[..len].to_vec())));
        }
    }
    found
}

fn frame(kind: Kind, body: &[u8]) -> Vec<u8> {
    let mut out = [0; FRAME_LEN + 2];
    let len = write_bytes(&mut out, kind, body).unwrap();
    out[..len].to_vec()
}

/// CRC-32/ISO-HDLC by its definition.
fn crc(bytes: &[u8]) -> u32 {
    let mut crc = !0_u32;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

#[test]
fn the_bytes_of_a_frame_never_change() {
    // The check value that every catalogue gives for this CRC.
    assert_eq!(crc(b"123456789"), 0xCBF4_3926);
    let sum = crc(&[3, 0, 0xAA]).to_le_bytes();
    let mut expected = vec![0, 2, 3, 6, 0xAA];
    expected.extend(sum);
    expected.push(0);
    assert!(!sum.contains(&0), "otherwise the line above is wrong");
    assert_eq!(frame(Kind::Request, &[0, 0xAA]), expected);
}

#[test]
fn every_kind_is_a_byte() {
    for byte in 0..=255 {
        assert_eq!(u8::from(Kind::from(byte)), byte);
    }
}

#[test]
fn a_frame_that_does_not_fit_is_refused() {
    let body = [0x55; 20];
    let whole = frame(Kind::Log, &body);
    for len in 0..whole.len() {
        assert_eq!(write_bytes(&mut vec![0; len], Kind::Log, &body), Err(Full), "{len}");
    }
    assert_eq!(write_bytes(&mut vec![0; whole.len()], Kind::Log, &body), Ok(whole.len()));
    assert!(FrameWriter::new(&mut [0; 3], Kind::Log).is_ok());
}

#[test]
fn ten_megabytes_are_skipped_in_the_space_of_one_frame() {
    let (mut reader, mut buffer) = (FrameReader::new(), [0; FRAME_LEN]);
    for turn in 0..10_000_000_u32 {
        assert_eq!(reader.push(&mut buffer, (turn % 255) as u8 + 1), None);
    }
    assert_eq!(reader.push(&mut buffer, 0), Some(Err(FrameError::TooLong)));
    let good = frame(Kind::Answer, b"next");
    let found: Vec<_> = good.iter().filter_map(|&byte| reader.push(&mut buffer, byte)).collect();
    assert_eq!(found, [Ok((Kind::Answer, 4))]);
    assert_eq!(&buffer[..4], b"next");
}

#[test]
fn text_of_another_program_is_no_frame() {
    let text =
        b"U-Boot 2024.01 (Jan 08 2024)\r\nHit any key to stop autoboot: 0 \r\n=> \0AT+CGMI\r\r\nOK\r\n\0";
    assert!(read(text).iter().all(Result::is_err));
    assert_eq!(read(text).len(), 2);
}

proptest! {
    #[test]
    fn what_is_written_is_read(kind: u8, body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let whole = frame(kind.into(), &body);
        prop_assert!(whole[1..whole.len() - 1].iter().all(|&byte| byte != 0));
        prop_assert_eq!(read(&whole), [Ok((kind.into(), body.clone()))]);
        // The other implementation agrees.
        let mut decoded = vec![0; 400];
        let report = cobs::decode(&whole[1..whole.len() - 1], &mut decoded).unwrap();
        let mut content = vec![kind];
        content.extend(&body);
        content.extend(crc(&content.clone()).to_le_bytes());
        prop_assert_eq!(&decoded[..report.frame_size()], &content[..]);
        // And ours reads what it writes.
        let mut coded = vec![0; 400];
        let len = cobs::encode(&content, &mut coded);
        coded.truncate(len);
        coded.push(0);
        prop_assert_eq!(read(&coded), [Ok((kind.into(), body))]);
    }

    #[test]
    fn a_damaged_frame_is_none_and_the_next_one_is(
        body in proptest::collection::vec(any::<u8>(), 0..280),
        at: prop::sample::Index,
        flip in 1..=255_u8,
    ) {
        let whole = frame(Kind::Request, &body);
        let mut bytes = whole.clone();
        let at = 1 + at.index(bytes.len() - 2);
        bytes[at] ^= flip;
        let halves = bytes[at] == 0;
        bytes.extend(frame(Kind::Beat, b"after"));
        let found = read(&bytes);
        prop_assert_eq!(found.last(), Some(&Ok((Kind::Beat, b"after".to_vec()))));
        let most = if halves { 3 } else { 2 };
        prop_assert!(found.len() <= most);
        prop_assert!(found[..found.len() - 1].iter().all(Result::is_err), "{:?}", found);
    }

    #[test]
    fn noise_hides_no_frame(
        noise in proptest::collection::vec(any::<u8>(), 0..2_000),
        body in proptest::collection::vec(any::<u8>(), 0..280),
    ) {
        let mut bytes = noise;
        bytes.extend(frame(Kind::Answer, &body));
        let found = read(&bytes);
        prop_assert_eq!(found.last(), Some(&Ok((Kind::Answer, body))));
    }

    #[test]
    fn a_half_frame_hides_no_frame(body in proptest::collection::vec(any::<u8>(), 0..280), cut: prop::sample::Index) {
        let whole = frame(Kind::Request, &body);
        // Its last zero alone is no loss: the next frame begins with one.
        let mut bytes = whole[..cut.index(whole.len() - 1)].to_vec();
        bytes.extend(frame(Kind::Hello, b"again"));
        let found = read(&bytes);
        prop_assert_eq!(found.last(), Some(&Ok((Kind::Hello, b"again".to_vec()))));
        prop_assert!(found[..found.len() - 1].iter().all(Result::is_err));
    }
}
