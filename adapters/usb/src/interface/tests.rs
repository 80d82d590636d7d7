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

fn split(configuration: &[u8]) -> Vec<InterfaceDescriptor> {
    InterfaceDescriptor::of_configuration(configuration).unwrap()
}

/// What becomes of the only CCID interface; `None`: there is none.
fn chosen(configuration: &[u8]) -> Option<Result<CcidInterface, InterfaceError>> {
    let mut all = outcomes(configuration);
    assert!(all.len() < 2, "{all:?}");
    all.pop()
}

fn outcomes(configuration: &[u8]) -> Vec<Result<CcidInterface, InterfaceError>> {
    choose(&split(configuration), false).into_iter().map(|chosen| chosen.interface).collect()
}

fn chosen_of_known(configuration: &[u8]) -> Result<CcidInterface, InterfaceError> {
    let mut all = choose(&split(configuration), true);
    assert_eq!(all.len(), 1);
    all.remove(0).interface
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
fn d03_class_descriptor_after_the_last_endpoint() {
    let (head, class) = RUTOKEN_ECP.split_at(AT_CLASS_DESCRIPTOR);
    let (class, endpoints) = class.split_at(AT_ENDPOINTS - AT_CLASS_DESCRIPTOR);
    assert_eq!(chosen(&[head, endpoints, class].concat()), chosen(&RUTOKEN_ECP));
}

#[test]
fn d06_an_interrupt_endpoint_is_left_alone() {
    let with_interrupt = [&RUTOKEN_ECP[..], b"\x07\x05\x83\x03\x08\x00\x18"].concat();
    assert_eq!(chosen(&with_interrupt), chosen(&RUTOKEN_ECP));
}

#[test]
fn keyboard_is_no_smart_card_device_whatever_its_ids() {
    let keyboard = changed(&[(AT_INTERFACE + 5, 3)]);
    assert_eq!(chosen(&keyboard), None);
    assert_eq!(chosen_of_known(&keyboard), Err(InterfaceError::Missing));
}

#[test]
fn vendor_specific_interface_counts_only_for_known_ids() {
    let vendor_specific = changed(&[(AT_INTERFACE + 5, 0xFF), (AT_INTERFACE + 6, 0xFF)]);
    assert_eq!(chosen(&vendor_specific), None);
    assert_eq!(Some(chosen_of_known(&vendor_specific)), chosen(&RUTOKEN_ECP));
}

#[test]
fn each_interface_of_a_composite_device_is_a_reader() {
    let second = [&RUTOKEN_ECP[..], &changed(&[(AT_INTERFACE + 2, 1)])[AT_INTERFACE..]].concat();
    let numbers: Vec<_> = outcomes(&second).into_iter().map(|interface| interface.unwrap().number).collect();
    assert_eq!(numbers, [0, 1]);
    // One that cannot be used does not spoil the other.
    let iccd = changed(&[(AT_INTERFACE + 2, 1), (AT_INTERFACE + 7, 1)]);
    let second = [&RUTOKEN_ECP[..], &iccd[AT_INTERFACE..]].concat();
    let [Ok(first), Err(InterfaceError::Unsupported { subclass: 0, protocol: 1 })] = &outcomes(&second)[..]
    else {
        panic!("{:?}", outcomes(&second))
    };
    assert_eq!(first.number, 0);
}

#[test]
fn alternate_settings_and_other_interfaces() {
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
fn d06_packet_sizes() {
    let at_in = AT_ENDPOINTS + 7;
    for size in [8u16, 64, 512, 1024] {
        let [low, high] = size.to_le_bytes();
        let interface = chosen(&changed(&[(at_in + 4, low), (at_in + 5, high)])).unwrap().unwrap();
        assert_eq!(interface.packet_size, size);
    }
    // Bits 11 and 12 are no part of the size.
    let interface = chosen(&changed(&[(at_in + 4, 0), (at_in + 5, 0x12)])).unwrap().unwrap();
    assert_eq!(interface.packet_size, 512);
}

#[test]
fn d06_no_endpoints_at_all() {
    let none = chosen(&RUTOKEN_ECP[..AT_ENDPOINTS]);
    assert_eq!(none, Some(Err(InterfaceError::Endpoints { direction: Direction::In, found: 0 })));
}

#[test]
fn d15_iccd_is_refused_by_its_name() {
    for protocol in [1, 2] {
        let error = chosen(&changed(&[(AT_INTERFACE + 7, protocol)])).unwrap().unwrap_err();
        assert_eq!(error, InterfaceError::Unsupported { subclass: 0, protocol });
        assert!(error.to_string().contains("ICCD control-pipe device"), "{error}");
    }
    let other = chosen(&changed(&[(AT_INTERFACE + 7, 3)])).unwrap().unwrap_err();
    assert!(!other.to_string().contains("ICCD"), "{other}");
}

#[test]
fn configurations_that_are_none() {
    use crate::ConfigurationError as E;
    let split = InterfaceDescriptor::of_configuration;
    assert_eq!(split(&[]), Err(E::Start { found: None }));
    assert_eq!(split(&[9]), Err(E::Start { found: None }));
    assert_eq!(split(&RUTOKEN_ECP[AT_CLASS_DESCRIPTOR..]), Err(E::Start { found: Some(0x21) }));
    // Every cut in the middle of a descriptor is noticed, and every one between two is none.
    let ends = [9, AT_CLASS_DESCRIPTOR, AT_ENDPOINTS, AT_ENDPOINTS + 7, RUTOKEN_ECP.len()];
    for cut in 2..=RUTOKEN_ECP.len() {
        assert_eq!(split(&RUTOKEN_ECP[..cut]).is_ok(), ends.contains(&cut), "{cut}");
    }
    for length in [0, 1, 8] {
        let error = E::Length { at: AT_INTERFACE, length, left: RUTOKEN_ECP.len() - AT_INTERFACE };
        assert_eq!(split(&changed(&[(AT_INTERFACE, length)])), Err(error));
    }
    // A device descriptor before, a second configuration after.
    let device = [&[18, 1][..], &[0; 16], &RUTOKEN_ECP, &RUTOKEN_ECP].concat();
    assert_eq!(split(&device), split(&RUTOKEN_ECP));
}

#[test]
fn d06_unusable_interfaces_are_named() {
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
