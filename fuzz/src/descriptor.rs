//! Extra bytes of a USB interface.

use kaztoken_core::ccid::{ClassDescriptor, ExchangeLevel, Slot, SupportedValues};

/// Bytes that hold a class descriptor or not: what is read is what stands there, and only if it is usable.
pub fn descriptor(data: &[u8]) {
    let values = SupportedValues::new(data);
    assert_eq!(values.len(), data.len() / 4);
    assert!(values.zip(data.chunks(4)).all(|(value, bytes)| value.to_le_bytes() == *bytes));
    let read = ClassDescriptor::read(data);
    let descriptor = match ClassDescriptor::parse(data) {
        Ok(descriptor) => descriptor,
        Err(error) => {
            let usable =
                |read: &ClassDescriptor| read.exchange_level().is_some() && read.max_message_length >= 11;
            return assert!(!error.to_string().is_empty() && !read.is_ok_and(|read| usable(&read)));
        }
    };
    assert_eq!(read, Ok(descriptor));
    let bytes = descriptor.to_bytes();
    assert_eq!(ClassDescriptor::parse(&bytes), Ok(descriptor));
    // Every field was there, in one place, in a descriptor of the right type.
    let stands_there = |at: &[u8]| (53..=55).contains(&at[0]) && at[1] == 0x21 && at[2..] == bytes[2..];
    assert!(data.windows(54).any(stands_there), "{descriptor:?}");
    assert!(descriptor.exchange_level().is_some() && descriptor.max_message_length >= 11);
    assert!((1..=254).contains(&descriptor.ifsd()));
    assert!(u32::from(descriptor.ifsd()) <= descriptor.max_ifsd || descriptor.max_ifsd == 0);
    for protocol in 0..=255 {
        let bit = 1u32.checked_shl(protocol.into()).unwrap_or(0);
        assert_eq!(descriptor.supports(protocol), descriptor.protocols & bit != 0);
    }
    let voltages = descriptor.voltage_support.lowest_first().count();
    assert_eq!(voltages as u32, (descriptor.voltage_support.0 & 7).count_ones());
    for packet in [0, 1, 8, 64, 512, 1024] {
        let opened = Slot::open([0; 271], &descriptor, packet);
        let is_done = match descriptor.exchange_level() {
            // The shortest block.
            Some(ExchangeLevel::Tpdu) => descriptor.max_message_length >= 15,
            level => level != Some(ExchangeLevel::Character),
        };
        let is_done = is_done && packet != 0;
        assert_eq!(opened.is_ok(), is_done);
    }
}
