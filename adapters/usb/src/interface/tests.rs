use super::*;

/// The configuration of a Rutoken ECP: one interface, its class descriptor, two bulk endpoints.
pub(crate) const RUTOKEN_ECP: [u8; 86] = *b"\
    \x09\x02\x56\x00\x01\x01\x00\x80\x32\
    \x09\x04\x00\x00\x02\x0B\x00\x00\x00\
    \x36\x21\x00\x01\x00\x01\x02\x00\x00\x00\xFC\x0D\x00\x00\xFC\x0D\x00\x00\x00\
    \x80\x25\x00\x00\x80\x25\x00\x00\x00\xFE\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\
    \x40\x08\x02\x00\x0F\x01\x00\x00\xFF\xFF\x00\x00\x00\x01\
    \x07\x05\x02\x02\x40\x00\x00\
    \x07\x05\x81\x02\x40\x00\x00";
const AT_INTERFACE: usize = 9;
const AT_CLASS_DESCRIPTOR: usize = 18;
const AT_ENDPOINTS: usize = 72;

/// Sorts descriptors into interfaces and endpoints the way libusb does.
fn split(configuration: &[u8]) -> Vec<InterfaceData> {
    let mut interfaces: Vec<InterfaceData> = Vec::new();
    let mut rest = &configuration[9..];
    while let [length, kind, ..] = *rest {
        let (descriptor, after) = rest.split_at(length.into());
        rest = after;
        match (kind, interfaces.last_mut()) {
            (4, _) => interfaces.push(InterfaceData {
                number: descriptor[2],
                setting: descriptor[3],
                class: descriptor[5],
                subclass: descriptor[6],
                protocol: descriptor[7],
                ..InterfaceData::default()
            }),
            (5, Some(interface)) => interface.endpoints.push(EndpointData {
                address: descriptor[2],
                bulk: descriptor[3] & 3 == 2,
                max_packet_size: u16::from_le_bytes([descriptor[4], descriptor[5]]),
                extra: Vec::new(),
            }),
            (_, Some(interface)) => match interface.endpoints.last_mut() {
                Some(endpoint) => endpoint.extra.extend(descriptor),
                None => interface.extra.extend(descriptor),
            },
            (_, None) => {}
        }
    }
    interfaces
}

fn chosen(configuration: &[u8]) -> Option<Result<CcidInterface, InterfaceError>> {
    choose(&split(configuration), false)
}

/// The Rutoken's configuration with some bytes changed.
fn changed(changes: &[(usize, u8)]) -> Vec<u8> {
    let mut configuration = RUTOKEN_ECP.to_vec();
    for &(at, byte) in changes {
        configuration[at] = byte;
    }
    configuration
}

#[test]
fn rutoken_ecp() {
    let interface = chosen(&RUTOKEN_ECP).unwrap().unwrap();
    assert_eq!((interface.number, interface.setting), (0, 0));
    assert_eq!((interface.bulk_in, interface.bulk_out, interface.packet_size), (0x81, 0x02, 64));
    assert_eq!((interface.class.features.0, interface.class.max_message_length), (0x0002_0840, 271));
}

#[test]
fn class_descriptor_after_the_last_endpoint() {
    let (head, class) = RUTOKEN_ECP.split_at(AT_CLASS_DESCRIPTOR);
    let (class, endpoints) = class.split_at(AT_ENDPOINTS - AT_CLASS_DESCRIPTOR);
    assert_eq!(chosen(&[head, endpoints, class].concat()), chosen(&RUTOKEN_ECP));
}

#[test]
fn an_interrupt_endpoint_is_left_alone() {
    let with_interrupt = [&RUTOKEN_ECP[..], b"\x07\x05\x83\x03\x08\x00\x18"].concat();
    assert_eq!(chosen(&with_interrupt), chosen(&RUTOKEN_ECP));
}

#[test]
fn keyboard_is_no_smart_card_device_whatever_its_ids() {
    let keyboard = changed(&[(AT_INTERFACE + 5, 3)]);
    assert_eq!(chosen(&keyboard), None);
    assert_eq!(choose(&split(&keyboard), true), Some(Err(InterfaceError::Missing)));
}

#[test]
fn vendor_specific_interface_counts_only_for_known_ids() {
    let vendor_specific = changed(&[(AT_INTERFACE + 5, 0xFF), (AT_INTERFACE + 6, 0xFF)]);
    assert_eq!(chosen(&vendor_specific), None);
    assert_eq!(choose(&split(&vendor_specific), true), chosen(&RUTOKEN_ECP));
}

#[test]
fn second_interface() {
    let second = [&RUTOKEN_ECP[..], &changed(&[(AT_INTERFACE + 2, 1)])[AT_INTERFACE..]].concat();
    assert_eq!(chosen(&second), Some(Err(InterfaceError::Several(vec![0, 1]))));
    // An alternate setting is the same interface again.
    let without_endpoints =
        [&RUTOKEN_ECP[..AT_ENDPOINTS], &changed(&[(AT_INTERFACE + 3, 1)])[AT_INTERFACE..]];
    let setting = chosen(&without_endpoints.concat()).unwrap().unwrap();
    assert_eq!(setting.setting, 1);
    // Next to a keyboard, its number stands.
    let keyboard = b"\x09\x04\x00\x00\x01\x03\x01\x01\x00\x07\x05\x83\x03\x08\x00\x0A";
    let composite =
        [&RUTOKEN_ECP[..9], keyboard, &changed(&[(AT_INTERFACE + 2, 1)])[AT_INTERFACE..]].concat();
    assert_eq!(chosen(&composite).unwrap().unwrap().number, 1);
}

#[test]
fn unusable_interfaces_are_named() {
    let at_out = AT_ENDPOINTS;
    let at_in = AT_ENDPOINTS + 7;
    for (changes, expected) in [
        (&[(AT_INTERFACE + 7, 1)][..], InterfaceError::Unsupported { subclass: 0, protocol: 1 }),
        (&[(AT_INTERFACE + 6, 6)], InterfaceError::Unsupported { subclass: 6, protocol: 0 }),
        (&[(at_in + 2, 1)], InterfaceError::Endpoints { direction: Direction::In, found: 0 }),
        (&[(at_in + 3, 3)], InterfaceError::Endpoints { direction: Direction::In, found: 0 }),
        (&[(at_out + 2, 0x82)], InterfaceError::Endpoints { direction: Direction::In, found: 2 }),
        (&[(at_out + 3, 3)], InterfaceError::Endpoints { direction: Direction::Out, found: 0 }),
        (&[(at_in + 4, 0)], InterfaceError::PacketSize(0)),
        (&[(at_out + 4, 0), (at_out + 5, 6)], InterfaceError::PacketSize(1536)),
        (
            &[(AT_CLASS_DESCRIPTOR + 1, 0x30)],
            InterfaceError::ClassDescriptor(DescriptorError::NotFound { got: 54 }),
        ),
        (
            &[(AT_CLASS_DESCRIPTOR + 44, 9), (AT_CLASS_DESCRIPTOR + 45, 0)],
            InterfaceError::ClassDescriptor(DescriptorError::MessageLength(9)),
        ),
    ] {
        assert_eq!(chosen(&changed(changes)), Some(Err(expected)), "{changes:?}");
    }
}
