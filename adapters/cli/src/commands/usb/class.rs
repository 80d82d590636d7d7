//! The fields of a class descriptor with their meanings (CCID 1.1, table 5.1-1).

use crate::language::{say, text};
use crate::said::Said as _;
use kaztoken_core::ccid::{ClassDescriptor, Features};
use serde_json::{Value, json};

/// A field as people read it.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) value: String,
    /// A line for each bit that is set.
    pub(super) meanings: Vec<String>,
}

/// Bits, and the messages that say what they mean; what is no message stands for itself.
const VOLTAGES: [(u32, &str); 3] = [(1, "5.0 V"), (2, "3.0 V"), (4, "1.8 V")];
const PROTOCOLS: [(u32, &str); 2] = [(1, "T=0"), (2, "T=1")];
const MECHANICS: [(u32, &str); 4] =
    [(1, "class-card-accept"), (2, "class-card-ejection"), (4, "class-card-capture"), (8, "class-card-lock")];
const PIN_SUPPORT: [(u32, &str); 2] = [(1, "class-pin-verification"), (2, "class-pin-modification")];
const FEATURES: [(u32, &str); 12] = [
    (Features::AUTO_CONFIGURATION, "class-auto-configuration"),
    (Features::AUTO_ACTIVATION, "class-auto-activation"),
    (Features::AUTO_VOLTAGE, "class-auto-voltage"),
    (Features::AUTO_CLOCK, "class-auto-clock"),
    (Features::AUTO_BAUD_RATE, "class-auto-baud-rate"),
    (Features::AUTO_NEGOTIATION, "class-auto-negotiation"),
    (Features::AUTO_PPS, "class-auto-pps"),
    (Features::CLOCK_STOP, "class-clock-stop"),
    (Features::NAD, "class-nad"),
    (Features::AUTO_IFSD, "class-auto-ifsd"),
    (Features::USB_ICC, "class-usb-icc"),
    (Features::WAKE_UP, "class-wake-up"),
];
/// dwFeatures: the exchange level.
const LEVEL: u32 = 0x0007_0000;

/// The meanings of the bits that are set, and the bits that have none.
fn bits(value: u32, known: &[(u32, &str)], elsewhere: u32) -> Vec<String> {
    let set = known.iter().filter(|(bit, _)| value & bit != 0);
    let rest = known.iter().fold(value & !elsewhere, |rest, (bit, _)| rest & !bit);
    let mut meanings: Vec<String> = set.map(|(_, meaning)| text(meaning)).collect();
    if rest != 0 {
        meanings.push(say!("class-unknown-bits", got = format!("{rest:X}")));
    }
    meanings
}

fn features(features: Features) -> Vec<String> {
    let mut meanings = bits(features.0, &FEATURES, LEVEL);
    meanings.push(match features.exchange_level() {
        Some(level) => say!("class-level", level = level.said()),
        None => say!("class-levels"),
    });
    meanings
}

/// 0110 as 1.10.
pub(super) fn bcd(value: u16) -> String {
    format!("{:X}.{:02X}", value >> 8, value & 0xFF)
}

fn number_of_values(number: u8) -> String {
    if number == 0 { format!("0  {}", say!("class-all-values")) } else { number.to_string() }
}

fn response_class(class: u8) -> String {
    if class == 0xFF { format!("FF  {}", say!("class-echo")) } else { format!("{class:02X}") }
}

fn display(layout: u16) -> String {
    let [columns, rows] = layout.to_le_bytes();
    if layout == 0 {
        format!("0000  {}", say!("class-no-display"))
    } else {
        format!("{layout:04X}  {}", say!("class-display", rows = rows, columns = columns))
    }
}

/// Every field in the order of the descriptor.
pub(super) fn fields(class: &ClassDescriptor) -> Vec<Field> {
    let plain = |name, value| Field { name, value, meanings: Vec::new() };
    let long = |name, value: u32, meanings| Field { name, value: format!("{value:08X}"), meanings };
    let byte = |name, value: u8, meanings| Field { name, value: format!("{value:02X}"), meanings };
    let slots = u16::from(class.max_slot_index) + 1;
    let voltages = class.voltage_support.0;
    vec![
        plain("bcdCCID", bcd(class.version)),
        plain(
            "bMaxSlotIndex",
            format!("{:02X}  {}", class.max_slot_index, say!("class-slots", count = slots)),
        ),
        byte("bVoltageSupport", voltages, bits(voltages.into(), &VOLTAGES, 0)),
        long("dwProtocols", class.protocols, bits(class.protocols, &PROTOCOLS, 0)),
        plain("dwDefaultClock", say!("describe-unit-khz", text = class.default_clock_khz.to_string())),
        plain("dwMaximumClock", say!("describe-unit-khz", text = class.maximum_clock_khz.to_string())),
        plain("bNumClockSupported", number_of_values(class.clocks_supported)),
        plain("dwDataRate", say!("describe-unit-bps", text = class.data_rate.to_string())),
        plain("dwMaxDataRate", say!("describe-unit-bps", text = class.max_data_rate.to_string())),
        plain("bNumDataRatesSupported", number_of_values(class.data_rates_supported)),
        plain("dwMaxIFSD", class.max_ifsd.to_string()),
        long("dwSynchProtocols", class.synch_protocols, Vec::new()),
        long("dwMechanical", class.mechanical, bits(class.mechanical, &MECHANICS, 0)),
        long("dwFeatures", class.features.0, features(class.features)),
        plain("dwMaxCCIDMessageLength", say!("bytes", count = class.max_message_length)),
        plain("bClassGetResponse", response_class(class.class_get_response)),
        plain("bClassEnvelope", response_class(class.class_envelope)),
        plain("wLcdLayout", display(class.lcd_layout)),
        byte("bPINSupport", class.pin_support, bits(class.pin_support.into(), &PIN_SUPPORT, 0)),
        plain("bMaxCCIDBusySlots", class.max_busy_slots.to_string()),
    ]
}

/// The same as numbers.
pub(super) fn json(class: &ClassDescriptor) -> Value {
    json!({
        "bcdCCID": class.version,
        "bMaxSlotIndex": class.max_slot_index,
        "bVoltageSupport": class.voltage_support.0,
        "dwProtocols": class.protocols,
        "dwDefaultClock": class.default_clock_khz,
        "dwMaximumClock": class.maximum_clock_khz,
        "bNumClockSupported": class.clocks_supported,
        "dwDataRate": class.data_rate,
        "dwMaxDataRate": class.max_data_rate,
        "bNumDataRatesSupported": class.data_rates_supported,
        "dwMaxIFSD": class.max_ifsd,
        "dwSynchProtocols": class.synch_protocols,
        "dwMechanical": class.mechanical,
        "dwFeatures": class.features.0,
        "dwMaxCCIDMessageLength": class.max_message_length,
        "bClassGetResponse": class.class_get_response,
        "bClassEnvelope": class.class_envelope,
        "wLcdLayout": class.lcd_layout,
        "bPINSupport": class.pin_support,
        "bMaxCCIDBusySlots": class.max_busy_slots,
        "exchange_level": class.exchange_level().map(|level| level.to_string()),
        "features": features(class.features),
    })
}
