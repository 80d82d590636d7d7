//! The fields of a class descriptor with their meanings (CCID 1.1, table 5.1-1).

use kaztoken_core::ccid::{ClassDescriptor, ExchangeLevel, Features};
use serde_json::{Value, json};

/// A field as people read it.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) value: String,
    /// A line for each bit that is set.
    pub(super) meanings: Vec<String>,
}

const VOLTAGES: [(u32, &str); 3] = [(1, "5.0 V"), (2, "3.0 V"), (4, "1.8 V")];
const PROTOCOLS: [(u32, &str); 2] = [(1, "T=0"), (2, "T=1")];
const MECHANICS: [(u32, &str); 4] =
    [(1, "card accept"), (2, "card ejection"), (4, "card capture"), (8, "card lock and unlock")];
const PIN_SUPPORT: [(u32, &str); 2] = [(1, "PIN verification"), (2, "PIN modification")];
const FEATURES: [(u32, &str); 12] = [
    (Features::AUTO_CONFIGURATION, "parameters are configured from the answer to reset"),
    (Features::AUTO_ACTIVATION, "the card is activated when inserted"),
    (Features::AUTO_VOLTAGE, "the voltage is selected automatically"),
    (Features::AUTO_CLOCK, "the clock is changed automatically"),
    (Features::AUTO_BAUD_RATE, "the baud rate is changed automatically"),
    (Features::AUTO_NEGOTIATION, "parameters are negotiated by the reader"),
    (Features::AUTO_PPS, "PPS is done by the reader"),
    (Features::CLOCK_STOP, "the card's clock can be stopped"),
    (Features::NAD, "NAD values other than 00 are accepted"),
    (Features::AUTO_IFSD, "the IFSD is exchanged by the reader"),
    (Features::USB_ICC, "only requests valid for a USB-ICC (ISO 7816-12)"),
    (Features::WAKE_UP, "wakes the host when a card is inserted or removed"),
];
/// dwFeatures: the exchange level.
const LEVEL: u32 = 0x0007_0000;

/// The meanings of the bits that are set, and the bits that have none.
fn bits(value: u32, known: &[(u32, &str)], elsewhere: u32) -> Vec<String> {
    let set = known.iter().filter(|(bit, _)| value & bit != 0);
    let rest = known.iter().fold(value & !elsewhere, |rest, (bit, _)| rest & !bit);
    let mut meanings: Vec<String> = set.map(|(_, meaning)| (*meaning).to_owned()).collect();
    if rest != 0 {
        meanings.push(format!("bits without a known meaning: {rest:X}"));
    }
    meanings
}

fn features(features: Features) -> Vec<String> {
    let mut meanings = bits(features.0, &FEATURES, LEVEL);
    meanings.push(match features.exchange_level() {
        Some(ExchangeLevel::Character) => "character level exchange".into(),
        Some(level) => format!("{level} level exchange"),
        None => "more than one exchange level".into(),
    });
    meanings
}

/// 0110 as 1.10.
pub(super) fn bcd(value: u16) -> String {
    format!("{:X}.{:02X}", value >> 8, value & 0xFF)
}

fn number_of_values(number: u8) -> String {
    if number == 0 { "0  all between default and maximum".into() } else { number.to_string() }
}

fn response_class(class: u8) -> String {
    if class == 0xFF { "FF  echoes the command's class".into() } else { format!("{class:02X}") }
}

fn display(layout: u16) -> String {
    let [columns, rows] = layout.to_le_bytes();
    if layout == 0 {
        "0000  no display".into()
    } else {
        format!("{layout:04X}  {rows} lines of {columns} characters")
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
            format!("{:02X}  {slots} {}", class.max_slot_index, if slots == 1 { "slot" } else { "slots" }),
        ),
        byte("bVoltageSupport", voltages, bits(voltages.into(), &VOLTAGES, 0)),
        long("dwProtocols", class.protocols, bits(class.protocols, &PROTOCOLS, 0)),
        plain("dwDefaultClock", format!("{} kHz", class.default_clock_khz)),
        plain("dwMaximumClock", format!("{} kHz", class.maximum_clock_khz)),
        plain("bNumClockSupported", number_of_values(class.clocks_supported)),
        plain("dwDataRate", format!("{} bits per second", class.data_rate)),
        plain("dwMaxDataRate", format!("{} bits per second", class.max_data_rate)),
        plain("bNumDataRatesSupported", number_of_values(class.data_rates_supported)),
        plain("dwMaxIFSD", class.max_ifsd.to_string()),
        long("dwSynchProtocols", class.synch_protocols, Vec::new()),
        long("dwMechanical", class.mechanical, bits(class.mechanical, &MECHANICS, 0)),
        long("dwFeatures", class.features.0, features(class.features)),
        plain("dwMaxCCIDMessageLength", format!("{} bytes", class.max_message_length)),
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
