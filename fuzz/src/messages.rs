//! Single CCID messages, in both directions and on the interrupt pipe.

use kaztoken_core::ccid::{MessageView, Notification, PcToRdr, RdrToPc};

/// A message that parses is emitted as the same bytes, reserved ones apart, and parses to the same value.
pub fn messages(data: &[u8]) {
    let mut buffer = vec![0xCB; data.len() + 4];
    if let Ok(view) = MessageView::parse(data) {
        let declared = u32::from_le_bytes([data[1], data[2], data[3], data[4]]) as usize;
        assert_eq!(view.body(), &data[10..10 + declared]);
        assert_eq!(view.trailing(), &data[10 + declared..]);
        assert_eq!(
            (view.slot(), view.sequence(), view.specific()),
            (data[5], data[6], [data[7], data[8], data[9]])
        );
        assert!(!format!("{view:?}").is_empty());
    }
    if let Ok(message) = PcToRdr::parse(data) {
        let len = message.emit(&mut buffer).expect("it had room in the input");
        assert!(len <= data.len());
        assert_eq!(buffer[0], data[0]);
        assert_eq!(buffer[5..7], data[5..7]);
        assert_eq!(PcToRdr::parse(&buffer[..len]), Ok(message));
        for short in [0, 9, len - 1] {
            assert!(message.emit(&mut buffer[..short]).is_err());
        }
    }
    if let Ok(message) = RdrToPc::parse(data) {
        let len = message.emit(&mut buffer).expect("it had room in the input");
        assert!(len <= data.len());
        assert_eq!((buffer[0], &buffer[5..9]), (data[0], &data[5..9]));
        assert_eq!(RdrToPc::parse(&buffer[..len]), Ok(message));
    }
    if let Ok(notification) = Notification::parse(data) {
        let len = notification.emit(&mut buffer).expect("it had room in the input");
        assert_eq!(&buffer[..len], data);
        for slot in 0..=255u8 {
            let bits = data.get(1 + usize::from(slot / 4)).map(|byte| byte >> (slot % 4 * 2) & 3);
            let told =
                notification.slot(slot).map(|told| u8::from(told.present) | u8::from(told.changed) << 1);
            assert!(told == bits || data[0] == 0x51 && told.is_none());
        }
    }
}
