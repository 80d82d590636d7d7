//! Answers to reset.

use kaztoken_core::atr::{Atr, AtrError, Convention, Edc, MAX_ATR_LEN, Model, Tck};

/// Where the parts of an answer to reset are, found anew: historical bytes, and whether TCK is needed.
fn layout(data: &[u8]) -> Option<(usize, usize, bool)> {
    let t0 = *data.get(1)?;
    let (mut at, mut present, mut needs_tck) = (2, t0 >> 4, false);
    loop {
        at += (present & 7).count_ones() as usize;
        if present & 8 == 0 {
            break;
        }
        let td = *data.get(at)?;
        at += 1;
        present = td >> 4;
        needs_tck |= td & 15 != 0;
    }
    let end = at + usize::from(t0 & 15);
    (end <= data.len()).then_some((at, end, needs_tck))
}

/// An answer is refused for the reason that holds, or its accessors agree with the bytes and each other.
pub fn atr(data: &[u8]) {
    let _ = Model::from_atr(data);
    let atr = match Atr::parse(data) {
        Ok(atr) => atr,
        Err(error) => {
            match error {
                AtrError::Empty => assert!(data.is_empty()),
                AtrError::TooLong { got } => assert!(got == data.len() && got > MAX_ATR_LEN),
                AtrError::InitialCharacter(ts) => assert!(ts == data[0] && ts != 0x3B && ts != 0x3F),
                AtrError::Truncated { expected, got } => {
                    assert!(got == data.len() && expected > got && layout(data).is_none());
                }
                _ => {}
            }
            return assert!(!error.to_string().is_empty());
        }
    };
    assert!(data.len() <= MAX_ATR_LEN);
    let (start, end, needs_tck) = layout(data).expect("it was parsed");
    assert_eq!(atr.as_bytes(), data);
    assert_eq!(atr.historical(), &data[start..end]);
    assert_eq!(atr.convention() == Convention::Inverse, data[0] == 0x3F);
    let sum = data[1..end].iter().fold(0, |sum, byte| sum ^ byte);
    let tck = match (needs_tck, data.get(end)) {
        (false, _) => Tck::NotNeeded,
        (true, None) => Tck::Missing,
        (true, Some(&got)) if got == sum => Tck::Correct,
        (true, Some(&got)) => Tck::Wrong { expected: sum, got },
    };
    assert_eq!(atr.tck(), tck);
    assert_eq!(atr.trailing(), data.get(end + usize::from(needs_tck)..).unwrap_or(&[]));
    // The groups are the interface bytes, in order, none left out.
    let groups: Vec<_> = atr.interface_bytes().collect();
    let joined: Vec<u8> = groups.iter().flat_map(|g| [g.ta, g.tb, g.tc, g.td]).flatten().collect();
    assert_eq!(joined, data[2..start]);
    let mut before = None;
    for (number, group) in groups.iter().enumerate() {
        assert_eq!(usize::from(group.index), number + 1);
        assert_eq!(group.protocol, before);
        assert_eq!(atr.group(group.index), Some(*group));
        before = group.td.map(|td| td & 15);
    }
    assert!(before.is_none() && atr.group(0).is_none());
    let protocols: Vec<u8> = atr.protocols().collect();
    assert!(protocols.iter().all(|protocol| *protocol < 15));
    assert_eq!(protocols == [0] && groups[0].td.is_none(), groups[0].td.is_none());
    for protocol in [0, 1, 2, 14, 15, 16, 255] {
        assert_eq!(atr.offers(protocol), protocols.contains(&protocol));
    }
    timing(&atr);
}

fn timing(atr: &Atr<'_>) {
    let first = atr.group(1).expect("there is always a first group");
    let timing = atr.card_timing();
    assert!(timing.is_none_or(|timing| timing.f >= 372 && timing.d >= 1));
    assert!(first.ta.is_some() || timing.is_some_and(|timing| (timing.f, timing.d) == (372, 1)));
    let mode = atr.specific_mode();
    assert_eq!(mode.is_some(), atr.group(2).is_some_and(|group| group.ta.is_some()));
    assert!(atr.bwi() <= 15 && atr.cwi() <= 15);
    assert_eq!(atr.extra_guard_time(), first.tc.unwrap_or(0));
    assert!(matches!(atr.edc(), Edc::Lrc | Edc::Crc));
    let (_, _) = (atr.ifsc(), atr.waiting_integer());
    assert!(atr.waiting_time(0).is_none() && atr.block_waiting_time(0).is_none());
    for clock in [1, 3_580, u32::MAX] {
        for time in [atr.waiting_time(clock), atr.block_waiting_time(clock)] {
            assert_eq!(time.is_some(), timing.is_some());
        }
    }
    // A faster clock never makes a longer wait.
    assert!(atr.block_waiting_time(5_000) <= atr.block_waiting_time(3_580));
}
