//! Answers to reset.

use kaztoken_core::atr::{Atr, AtrError, CardTiming, Convention, Edc, MAX_ATR_LEN, Model, Tck};
use kaztoken_core::ccid::ClassDescriptor;
use kaztoken_core::tpdu::pps;

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
    selection(&atr, &protocols);
}

/// Protocol and speed are ones that card and reader have, and the PPS that follows is understood.
fn selection(atr: &Atr<'_>, protocols: &[u8]) {
    for (at, supported) in [1, 2, 3, 0].into_iter().enumerate() {
        let reader = reader(supported, [0, 0x40, 0x80, 0xC0][at]);
        let Ok(chosen) = pps::choose(atr, &reader, &[]) else { continue };
        assert!(chosen.protocol <= 1 && supported >> chosen.protocol & 1 != 0);
        assert!(protocols.contains(&chosen.protocol) || atr.specific_mode().is_some());
        assert!(CardTiming::from_index(chosen.f_d_index).is_some() || !chosen.set_parameters);
        let Some(pps) = chosen.pps else { continue };
        let (request, len) = pps.request();
        assert_eq!(pps.check(&request[..len]), Ok(pps.pps1.unwrap_or(0x11)));
        assert_eq!(pps.check(&[0xFF, pps.protocol, 0xFF ^ pps.protocol]), Ok(0x11));
        // The rest of the input as the card's answer to it.
        if let Ok(f_d_index) = pps.check(atr.historical()) {
            assert!(f_d_index == 0x11 || Some(f_d_index) == pps.pps1);
        }
    }
}

fn reader(protocols: u32, features: u32) -> ClassDescriptor {
    let mut bytes = [0; 54];
    bytes[..7].copy_from_slice(&[0x36, 0x21, 0x10, 0x01, 0x00, 0x07, protocols as u8]);
    bytes[10..14].copy_from_slice(&4_000u32.to_le_bytes());
    bytes[23..27].copy_from_slice(&500_000u32.to_le_bytes());
    bytes[40..44].copy_from_slice(&(0x0001_0000 | features).to_le_bytes());
    bytes[44..48].copy_from_slice(&271u32.to_le_bytes());
    ClassDescriptor::parse(&bytes).expect("a TPDU reader")
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
    assert!(
        (1..=254).contains(&atr.usable_ifsc()) && atr.usable_waiting_integer() > 0 && atr.usable_bwi() <= 9
    );
    assert!(atr.ifsc() == atr.usable_ifsc() || matches!(atr.ifsc(), 0 | 255));
    assert!(atr.waiting_time(0).is_none() && atr.block_waiting_time(0).is_none());
    for clock in [1, 3_580, u32::MAX] {
        for time in [atr.waiting_time(clock), atr.block_waiting_time(clock)] {
            assert_eq!(time.is_some(), timing.is_some());
        }
    }
    // A faster clock never makes a longer wait.
    assert!(atr.block_waiting_time(5_000) <= atr.block_waiting_time(3_580));
}
