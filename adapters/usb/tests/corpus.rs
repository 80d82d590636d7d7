//! The descriptors of real readers as judge: libccid's `readers/*.txt`, which print every field with its
//! meaning as another program decoded it. They are not ours and not in this repository: the folder is
//! `KAZTOKEN_CCID_READERS`, or `target/ccid-readers`. Without it the test says so and passes.

use kaztoken_core::ccid::{ClassDescriptor, ExchangeLevel};
use kaztoken_usb::InterfaceDescriptor;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The fields of the class descriptor with their sizes (CCID 1.1, table 5.1-1), after bcdCCID.
const LAYOUT: [(&str, usize); 19] = [
    ("bMaxSlotIndex", 1),
    ("bVoltageSupport", 1),
    ("dwProtocols", 4),
    ("dwDefaultClock", 4),
    ("dwMaximumClock", 4),
    ("bNumClockSupported", 1),
    ("dwDataRate", 4),
    ("dwMaxDataRate", 4),
    ("bNumDataRatesSupported", 1),
    ("dwMaxIFSD", 4),
    ("dwSynchProtocols", 4),
    ("dwMechanical", 4),
    ("dwFeatures", 4),
    ("dwMaxCCIDMessageLength", 4),
    ("bClassGetResponse", 1),
    ("bClassEnvelope", 1),
    ("wLcdLayout", 2),
    ("bPINSupport", 1),
    ("bMaxCCIDBusySlots", 1),
];

/// One interface as the dump has it: names and values, and the lines of meanings.
#[derive(Default)]
struct Dump {
    fields: BTreeMap<String, String>,
    meanings: Vec<String>,
}

impl Dump {
    /// The dumps in a file: each begins with idVendor.
    fn read(text: &str) -> Vec<Self> {
        let mut dumps: Vec<Self> = Vec::new();
        let mut in_class = false;
        for line in text.lines() {
            let line = line.trim();
            if line.starts_with("idVendor:") {
                dumps.push(Self::default());
                in_class = false;
            }
            let Some(dump) = dumps.last_mut() else { continue };
            in_class |= line == "CCID Class Descriptor";
            match line.split_once(": ") {
                Some((name, value)) => {
                    // One dump has an older spelling. bLength is in the interface descriptor, too.
                    let name = if name == "bClassEnveloppe" { "bClassEnvelope" } else { name };
                    let name = if in_class { format!("class {name}") } else { name.to_owned() };
                    dump.fields.entry(name).or_insert_with(|| value.trim().to_owned());
                }
                None => dump.meanings.push(line.to_owned()),
            }
        }
        dumps
    }

    fn text(&self, name: &str) -> &str {
        self.fields.get(name).unwrap_or_else(|| panic!("no {name}"))
    }

    /// The number that a value begins with: `0x00020840`, `0x0000 0x0002`, `3.580 MHz`, `254 bytes`.
    fn number(&self, name: &str) -> u32 {
        let words: Vec<_> = self.text(name).split_whitespace().collect();
        let hexadecimal = |word: &str| u32::from_str_radix(word.strip_prefix("0x")?, 16).ok();
        let number = match words[..] {
            [high, low] if low.starts_with("0x") => {
                hexadecimal(high).zip(hexadecimal(low)).map(|(high, low)| high << 16 | low)
            }
            [megahertz, "MHz"] => megahertz.replace('.', "").parse().ok(),
            [word, ..] if word.starts_with("0x") => hexadecimal(word),
            // What has no sign is printed with one.
            [word, ..] => word.parse::<i64>().ok().map(|number| number as u32),
            [] => None,
        };
        number.unwrap_or_else(|| panic!("{name} is {:?}", self.text(name)))
    }

    fn says(&self, meaning: &str) -> bool {
        // A level's line begins with its bits: "02.... Short APDU level exchange".
        self.meanings.iter().any(|line| line == meaning || line.get(7..) == Some(meaning))
    }

    /// A configuration whose class descriptor is laid out by the table of the class, not by our code.
    fn configuration(&self) -> Vec<u8> {
        let byte = |name: &str| u8::try_from(self.number(name)).unwrap();
        let mut class = vec![byte("class bLength"), byte("class bDescriptorType")];
        let (major, minor) = self.text("class bcdCCID").split_once('.').unwrap();
        class.extend([minor, major].map(|digits| u8::from_str_radix(digits, 16).unwrap()));
        for (name, size) in LAYOUT {
            class.extend(&self.number(&format!("class {name}")).to_le_bytes()[..size]);
        }
        let endpoints: &[[u8; 3]] = match byte("bNumEndpoints") {
            0 => &[],
            1 => &[[0x83, 3, 8]],
            2 => &[[0x02, 2, 64], [0x81, 2, 64]],
            _ => &[[0x02, 2, 64], [0x81, 2, 64], [0x83, 3, 8]],
        };
        let mut configuration = vec![9, 2, 0, 0, 1, 1, 0, 0x80, 50, 9, 4];
        for name in [
            "bInterfaceNumber",
            "bAlternateSetting",
            "bNumEndpoints",
            "bInterfaceClass",
            "bInterfaceSubClass",
            "bInterfaceProtocol",
        ] {
            configuration.push(byte(name));
        }
        configuration.push(0);
        configuration.extend(class);
        for [address, attributes, size] in endpoints {
            configuration.extend([7, 5, *address, *attributes, *size, 0, 0]);
        }
        configuration
    }
}

/// Our decoding in the dump's words: each field as it is printed there, and which meanings it names.
fn compare(class: &ClassDescriptor, dump: &Dump) -> Vec<String> {
    let megahertz = |khz: u32| format!("{}.{:03} MHz", khz / 1000, khz % 1000);
    let protocols = class.protocols;
    let fields = [
        ("bcdCCID", format!("{:X}.{:02X}", class.version >> 8, class.version & 0xFF)),
        ("bMaxSlotIndex", format!("0x{:02X}", class.max_slot_index)),
        ("bVoltageSupport", format!("0x{:02X}", class.voltage_support.0)),
        ("dwProtocols", format!("0x{:04X} 0x{:04X}", protocols >> 16, protocols & 0xFFFF)),
        ("dwDefaultClock", megahertz(class.default_clock_khz)),
        ("dwMaximumClock", megahertz(class.maximum_clock_khz)),
        ("bNumClockSupported", class.clocks_supported.to_string()),
        ("dwDataRate", format!("{} bps", class.data_rate.cast_signed())),
        ("dwMaxDataRate", format!("{} bps", class.max_data_rate.cast_signed())),
        ("bNumDataRatesSupported", class.data_rates_supported.to_string()),
        ("dwMaxIFSD", class.max_ifsd.cast_signed().to_string()),
        ("dwSynchProtocols", format!("0x{:08X}", class.synch_protocols)),
        ("dwMechanical", format!("0x{:08X}", class.mechanical)),
        ("dwFeatures", format!("0x{:08X}", class.features.0)),
        ("dwMaxCCIDMessageLength", format!("{} bytes", class.max_message_length.cast_signed())),
        ("bClassGetResponse", format!("0x{:02X}", class.class_get_response)),
        ("bClassEnvelope", format!("0x{:02X}", class.class_envelope)),
        ("wLcdLayout", format!("0x{:04X}", class.lcd_layout)),
        ("bPINSupport", format!("0x{:02X}", class.pin_support)),
        ("bMaxCCIDBusySlots", class.max_busy_slots.to_string()),
    ];
    let mut wrong: Vec<String> = Vec::new();
    for (name, ours) in fields {
        let theirs = dump.text(&format!("class {name}"));
        let theirs = theirs.split(" (").next().unwrap_or_default();
        if theirs != ours {
            wrong.push(format!("{name}: ours {ours}, theirs {theirs}"));
        }
    }
    let level = class.exchange_level();
    for (meaning, ours) in [
        ("T=0", class.supports(0)),
        ("T=1", class.supports(1)),
        ("5.0V", class.voltage_support.0 & 1 != 0),
        ("3.0V", class.voltage_support.0 & 2 != 0),
        ("1.8V", class.voltage_support.0 & 4 != 0),
        ("Character level exchange", level == Some(ExchangeLevel::Character)),
        ("TPDU level exchange", level == Some(ExchangeLevel::Tpdu)),
        ("Short APDU level exchange", level == Some(ExchangeLevel::ShortApdu)),
        ("Short and Extended APDU level exchange", level == Some(ExchangeLevel::ExtendedApdu)),
        ("PIN Verification supported", class.pin_support & 1 != 0),
        ("PIN Modification supported", class.pin_support & 2 != 0),
    ] {
        if dump.says(meaning) != ours {
            wrong.push(format!("{meaning:?}: ours {ours}, theirs {}", !ours));
        }
    }
    wrong
}

fn folder() -> PathBuf {
    let usual = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/ccid-readers");
    std::env::var_os("KAZTOKEN_CCID_READERS").map_or_else(usual, PathBuf::from)
}

#[test]
fn every_recorded_reader_reads_as_libccid_read_it() {
    let folder = folder();
    let Ok(entries) = fs::read_dir(&folder) else {
        println!("SKIPPED: no recorded readers in {} (KAZTOKEN_CCID_READERS)", folder.display());
        return;
    };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut count = |what: String| *counts.entry(what).or_default() += 1;
    let (mut wrong, mut interfaces) = (Vec::new(), 0);
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    for file in &files {
        let text = String::from_utf8_lossy(&fs::read(file).unwrap()).into_owned();
        let name = file.display();
        for dump in Dump::read(&text).iter().filter(|dump| dump.fields.contains_key("class bLength")) {
            interfaces += 1;
            let settings = InterfaceDescriptor::of_configuration(&dump.configuration()).unwrap();
            let [interface] = &settings[..] else { panic!("{name}") };
            count(format!("endpoints: {}", interface.endpoints.len()));
            count(format!("bInterfaceProtocol: {}", interface.protocol));
            // A few old readers have a descriptor type of their own; they are refused, and nothing else is.
            let class = match interface.class_descriptor() {
                Ok(class) => class,
                Err(error) => {
                    assert_ne!(dump.number("class bDescriptorType"), 0x21, "{name}: {error}");
                    count(format!("refused: descriptor type {}", dump.text("class bDescriptorType")));
                    continue;
                }
            };
            count(match class.exchange_level() {
                Some(level) => format!("level: {level}"),
                None => "level: conflicting".into(),
            });
            let differences = compare(&class, dump);
            wrong.extend(differences.iter().map(|difference| format!("{name}: {difference}")));
            match interface.usable() {
                Ok(usable) => {
                    assert_eq!((usable.bulk_in, usable.bulk_out, usable.class), (0x81, 0x02, class));
                    count("usable".into());
                }
                Err(error) => count(format!("refused: {error}")),
            }
        }
    }
    println!("{} files, {interfaces} interfaces", files.len());
    counts.iter().for_each(|(what, number)| println!("{number:5}  {what}"));
    assert!(interfaces > 0, "no interface in {}", folder.display());
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

/// The judge can find something wrong.
#[test]
fn a_wrong_field_and_a_wrong_meaning_are_noticed() {
    let mut text = " idVendor: 0x0001\n CCID Class Descriptor\n  bcdCCID: 1.10\n   T=1\n".to_owned();
    text.push_str("   00.... Character level exchange\n  dwProtocols: 0x0000 0x0002\n  wLcdLayout: 0x0000\n");
    text.push_str("  dwMaxCCIDMessageLength: 271 bytes\n  bNumClockSupported: 0 (will use whatever)\n");
    for (name, value) in [
        ("dwDefaultClock dwMaximumClock", "0.000 MHz"),
        ("dwDataRate dwMaxDataRate", "0 bps"),
        ("bNumDataRatesSupported dwMaxIFSD bMaxCCIDBusySlots", "0"),
        ("bMaxSlotIndex bVoltageSupport bClassGetResponse bClassEnvelope bPINSupport", "0x00"),
        ("dwSynchProtocols dwMechanical dwFeatures", "0x00000000"),
    ] {
        name.split(' ').for_each(|name| text.push_str(&format!("  {name}: {value}\n")));
    }
    let [dump] = &Dump::read(&text)[..] else { panic!() };
    let mut bytes = [0; 54];
    bytes[..7].copy_from_slice(&[0x36, 0x21, 0x10, 0x01, 0, 0, 2]);
    (bytes[44], bytes[45]) = (0x0F, 0x01);
    assert_eq!(compare(&ClassDescriptor::read(&bytes).unwrap(), dump), [""; 0]);
    bytes[6] = 1;
    let wrong = compare(&ClassDescriptor::read(&bytes).unwrap(), dump);
    assert_eq!(wrong.len(), 3, "the field and both meanings: {wrong:?}");
}
