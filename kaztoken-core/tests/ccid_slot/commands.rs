//! Messages beside power and data: sent only when the descriptor offers them.

use kaztoken_core::Millis;
use kaztoken_core::ccid::code::{ClockCommand, MechanicalFunction};
use kaztoken_core::ccid::{
    CcidError, ClassDescriptor, ControlAnswer, ErrorCode, Features, MessageType, Outcome, PcToRdrMessage,
    Poll, PowerSelect, ProtocolData, Rates, RdrToPcMessage, Slot, T0Parameters,
};

use super::{BUDGET, GOOD, Rig, descriptor};

const PARAMETERS: ProtocolData<'_> = ProtocolData::T0(T0Parameters {
    f_d_index: 0x96,
    tcckst: 0,
    guard_time: 0,
    waiting_integer: 10,
    clock_stop: 0,
});
const RATES: Rates = Rates { clock_khz: 4_000, data_rate: 344_086 };
const T0_APDU: PcToRdrMessage<'_> =
    PcToRdrMessage::T0Apdu { changes: 1, class_get_response: 0, class_envelope: 0 };
const SECURE: PcToRdrMessage<'_> = PcToRdrMessage::Secure { bwi: 0, level_parameter: 0, data: &[0, 30] };

/// A reader that offers everything.
fn all() -> ClassDescriptor {
    ClassDescriptor {
        features: Features(0x0002_0000 | Features::CLOCK_STOP),
        protocols: 3,
        mechanical: 0x0F,
        pin_support: 3,
        ..descriptor()
    }
}

fn ask(
    reader: &ClassDescriptor,
    message: &PcToRdrMessage<'_>,
    script: &str,
) -> (Result<Outcome, CcidError>, Rig) {
    let slot = Slot::open([0; 271], reader, 64).unwrap().allow_escape();
    let mut rig = Rig { slot, ..Rig::new() };
    let result = match rig.slot.command(rig.now, message, BUDGET) {
        Ok(()) => rig.run(&[], &[script]),
        Err(error) => Err(error),
    };
    (result, rig)
}

/// Every message of this kind, its answer, and what the answer says.
fn rows() -> Vec<(PcToRdrMessage<'static>, Vec<u8>, &'static str, RdrToPcMessage<'static>)> {
    let parameters = "82 05000000 00 SS 00 00 00 9600000A00";
    let status = "81 00000000 00 SS 00 00 01";
    let stopped = RdrToPcMessage::SlotStatus { clock: 1.into() };
    let body = vec![0x96, 0, 0, 10, 0];
    let rates = vec![0xA0, 0x0F, 0, 0, 0x16, 0x40, 0x05, 0];
    let rates_script = "84 08000000 00 SS 00 00 00 A00F000016400500";
    let set = RdrToPcMessage::DataRateAndClockFrequency(Some(RATES));
    let secure = RdrToPcMessage::DataBlock { chain: 0.into(), data: &[0x90, 0x00] };
    let escape = RdrToPcMessage::Escape { data: &[0xAA, 0xBB] };
    let answered = RdrToPcMessage::Parameters(PARAMETERS);
    vec![
        (PcToRdrMessage::GetParameters, vec![], parameters, answered),
        (PcToRdrMessage::ResetParameters, vec![], parameters, answered),
        (PcToRdrMessage::SetParameters(PARAMETERS), body, parameters, answered),
        (PcToRdrMessage::IccClock { command: ClockCommand::Stop }, vec![], status, stopped),
        (T0_APDU, vec![], status, stopped),
        (PcToRdrMessage::Mechanical { function: MechanicalFunction::Eject }, vec![], status, stopped),
        (PcToRdrMessage::SetDataRateAndClockFrequency(RATES), rates, rates_script, set),
        (SECURE, vec![0, 30], GOOD, secure),
        (PcToRdrMessage::Escape { data: &[1, 2] }, vec![1, 2], "83 02000000 00 SS 00 00 00 AABB", escape),
    ]
}

#[test]
fn what_is_offered_is_sent_and_its_answer_decoded() {
    for (message, body, script, answer) in rows() {
        let (result, rig) = ask(&all(), &message, script);
        assert_eq!(result, Ok(Outcome::Replied), "{message:?}");
        assert_eq!(rig.sent[0][0], u8::from(message.message_type()));
        assert_eq!(rig.sent[0][10..], body, "{message:?}");
        assert_eq!(rig.slot.reply(), answer, "{message:?}");
    }
}

#[test]
fn what_is_not_offered_is_not_sent() {
    let usb_icc = descriptor();
    let nothing = ClassDescriptor {
        features: Features(0x0001_0000 | Features::USB_ICC | Features::AUTO_CLOCK),
        mechanical: 0,
        pin_support: 0,
        ..usb_icc
    };
    for (message, ..) in rows() {
        if message.message_type() != MessageType::Escape {
            let (result, rig) = ask(&nothing, &message, GOOD);
            assert_eq!(result, Err(CcidError::NotOffered(message.message_type())));
            assert!(rig.sent.is_empty());
        }
    }
    // What has its own way is not sent by this one.
    for message in [
        PcToRdrMessage::IccPowerOn { power_select: PowerSelect::Automatic },
        PcToRdrMessage::IccPowerOff,
        PcToRdrMessage::GetSlotStatus,
        PcToRdrMessage::XfrBlock { bwi: 0, level_parameter: 0, data: &[0, 0xA4, 4, 0] },
        PcToRdrMessage::Abort,
    ] {
        assert_eq!(ask(&all(), &message, GOOD).0, Err(CcidError::NotOffered(message.message_type())));
    }
}

#[test]
fn escape_has_to_be_allowed() {
    let mut slot = Slot::open([0; 271], &all(), 64).unwrap();
    let refused = slot.command(kaztoken_core::Millis(0), &PcToRdrMessage::Escape { data: &[] }, BUDGET);
    assert_eq!(refused, Err(CcidError::NotOffered(MessageType::Escape)));
}

#[test]
fn a_body_that_does_not_fit_is_refused_and_leaves_the_slot_free() {
    let (result, mut rig) = ask(&all(), &PcToRdrMessage::Escape { data: &[0; 300] }, GOOD);
    assert_eq!(result, Err(CcidError::CommandLength { got: 310, max: 271 }));
    assert_eq!(rig.exchange(&[GOOD]), Ok(vec![0x90, 0x00]));
}

#[test]
fn x09_an_extension_on_any_of_them() {
    let (message, _, script, _) = rows().remove(2);
    let (result, rig) = ask(&all(), &message, &format!("82 00000000 00 SS 80 01 00 | {script}"));
    assert_eq!((result, rig.extensions), (Ok(Outcome::Replied), vec![1]));
}

#[test]
fn a_refusal_is_the_readers() {
    let (result, _) = ask(&all(), &PcToRdrMessage::GetParameters, "82 00000000 00 SS 40 00 00");
    assert_eq!(result, Err(CcidError::Reader(ErrorCode::CommandNotSupported)));
    let (result, mut rig) = ask(&all(), &SECURE, "80 00000000 00 SS 40 E0 00");
    assert_eq!(result, Err(CcidError::Busy(ErrorCode::SlotBusy)), "PIN entry is not repeated");
    assert_eq!(rig.sent.len(), 1);
    assert_eq!(rig.exchange(&[GOOD]), Ok(vec![0x90, 0x00]));
}

#[test]
fn a_lost_answer_to_pin_entry_on_the_reader_counts() {
    let pad = ClassDescriptor { pin_support: 1, ..descriptor() };
    let mut slot = Slot::open([0; 271], &pad, 64).unwrap();
    slot.command(Millis(0), &SECURE, Millis(1000)).unwrap();
    slot.transmitted(Millis(0));
    slot.handle_timeout(Millis(1000));
    slot.control_done(Millis(1000), ControlAnswer::Impossible);
    assert!(matches!(slot.poll(&[], &mut []), Poll::Done(Err(_))));
    assert_eq!(slot.recovery().answers_lost(), 1);
}

/// A reader may say "busy" and carry the command out all the same.
#[test]
fn a11_a_key_generation_is_not_sent_again_to_a_busy_reader() {
    let mut slot = Slot::open([0; 271], &descriptor(), 64).unwrap();
    let command = [0x00, 0x46, 0x00, 0x00];
    slot.exchange(Millis(0), &command, Millis(30_000)).unwrap();
    slot.transmitted(Millis(0));
    slot.handle_input(Millis(1), &[0x80, 0, 0, 0, 0, 0, 0, 0x40, 0xE0, 0]);
    let _ = slot.poll(&command, &mut [0; 258]);
    slot.handle_timeout(Millis(101));
    assert!(slot.poll_transmit().is_none(), "sent again: {:02X?}", slot.poll_transmit());
}

#[test]
fn a_vendor_command_is_not_sent_again_to_a_busy_reader() {
    let escape = PcToRdrMessage::Escape { data: &[1] };
    let (result, rig) = ask(&all(), &escape, "83 00000000 00 SS 40 E0 00");
    assert_eq!(result, Err(CcidError::Busy(ErrorCode::SlotBusy)));
    assert_eq!(rig.sent.len(), 1);
}
