//! The functions of libusb that libccid calls, with the scripted reader behind them. The layouts and
//! numbers are those of libusb's public header,
//! <https://github.com/libusb/libusb/blob/v1.0.26/libusb/libusb.h>.
//!
//! There is one device, one thread, and libccid reads nothing here except the descriptors.

#![expect(unreachable_pub, reason = "found by name, by the dynamic linker")]

use std::ffi::{c_char, c_int, c_uchar, c_uint, c_void};
use std::ptr::{null, null_mut};
use std::sync::Mutex;

use crate::device::{Device, Read};

const ERROR_IO: c_int = -1;
const ERROR_NOT_FOUND: c_int = -5;
const ERROR_TIMEOUT: c_int = -7;
const ERROR_OVERFLOW: c_int = -8;
const ERROR_PIPE: c_int = -9;
const ERROR_NOT_SUPPORTED: c_int = -12;

const OUT: u8 = 0x02;
const IN: u8 = 0x81;

/// What the bulk endpoints lead to.
pub(crate) enum Reader {
    Absent,
    Scripted(Box<Device>),
    Quick(crate::quick::Quick),
}

/// The reader that libccid finds.
pub(crate) static READER: Mutex<Reader> = Mutex::new(Reader::Absent);

/// The reader, whatever a panic left.
pub(crate) fn reader() -> std::sync::MutexGuard<'static, Reader> {
    READER.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[repr(C)]
struct Endpoint {
    length: u8,
    kind: u8,
    address: u8,
    attributes: u8,
    max_packet: u16,
    interval: u8,
    refresh: u8,
    synch_address: u8,
    extra: *const c_uchar,
    extra_length: c_int,
}

#[repr(C)]
struct Setting {
    length: u8,
    kind: u8,
    number: u8,
    alternate: u8,
    endpoints: u8,
    class: u8,
    subclass: u8,
    protocol: u8,
    name: u8,
    endpoint: *const Endpoint,
    extra: *const c_uchar,
    extra_length: c_int,
}

#[repr(C)]
struct Interface {
    settings: *const Setting,
    count: c_int,
}

#[repr(C)]
pub struct Configuration {
    length: u8,
    kind: u8,
    total_length: u16,
    interfaces: u8,
    value: u8,
    name: u8,
    attributes: u8,
    max_power: u8,
    interface: *const Interface,
    extra: *const c_uchar,
    extra_length: c_int,
}

/// idVendor 0A89, idProduct 0030: a Rutoken ECP, which libccid's list has.
#[repr(C)]
pub struct DeviceDescriptor {
    length: u8,
    kind: u8,
    usb: u16,
    class: u8,
    subclass: u8,
    protocol: u8,
    max_packet: u8,
    vendor: u16,
    product: u16,
    device: u16,
    manufacturer: u8,
    product_name: u8,
    serial: u8,
    configurations: u8,
}

/// Something to point at.
static HANDLE: u8 = 0;

fn handle() -> *mut c_void {
    (&raw const HANDLE).cast_mut().cast()
}

fn endpoint(address: u8) -> Endpoint {
    Endpoint {
        length: 7,
        kind: 5,
        address,
        attributes: 2,
        max_packet: 64,
        interval: 0,
        refresh: 0,
        synch_address: 0,
        extra: null(),
        extra_length: 0,
    }
}

/// Lives until the end of the process.
fn configuration(class: [u8; 54]) -> *const Configuration {
    let endpoints = Box::leak(Box::new([endpoint(OUT), endpoint(IN)]));
    let class = Box::leak(Box::new(class));
    let setting = Box::leak(Box::new(Setting {
        length: 9,
        kind: 4,
        number: 0,
        alternate: 0,
        endpoints: 2,
        class: 0x0B,
        subclass: 0,
        protocol: 0,
        name: 0,
        endpoint: endpoints.as_ptr(),
        extra: class.as_ptr(),
        extra_length: 54,
    }));
    let interface = Box::leak(Box::new(Interface { settings: setting, count: 1 }));
    Box::leak(Box::new(Configuration {
        length: 9,
        kind: 2,
        total_length: 9 + 9 + 54 + 14,
        interfaces: 1,
        value: 1,
        name: 0,
        attributes: 0x80,
        max_power: 50,
        interface,
        extra: null(),
        extra_length: 0,
    }))
}

#[unsafe(no_mangle)]
pub extern "C" fn libusb_init(_context: *mut *mut c_void) -> c_int {
    0
}

#[unsafe(no_mangle)]
pub extern "C" fn libusb_exit(_context: *mut c_void) {}

/// # Safety
/// `list` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libusb_get_device_list(_: *mut c_void, list: *mut *mut *mut c_void) -> isize {
    let devices = Box::leak(Box::new([handle(), null_mut()]));
    // SAFETY: libccid gives the address of a pointer of its own.
    unsafe { list.write(devices.as_mut_ptr()) };
    1
}

#[unsafe(no_mangle)]
pub extern "C" fn libusb_free_device_list(_list: *mut *mut c_void, _unref: c_int) {}

/// # Safety
/// `out` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libusb_get_device_descriptor(_: *mut c_void, out: *mut DeviceDescriptor) -> c_int {
    let descriptor = DeviceDescriptor {
        length: 18,
        kind: 1,
        usb: 0x0110,
        class: 0,
        subclass: 0,
        protocol: 0,
        max_packet: 16,
        vendor: 0x0A89,
        product: 0x0030,
        device: 0x0100,
        manufacturer: 1,
        product_name: 2,
        serial: 0,
        configurations: 1,
    };
    // SAFETY: libccid gives the address of a descriptor of its own.
    unsafe { out.write(descriptor) };
    0
}

/// # Safety
/// `out` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libusb_get_active_config_descriptor(
    _: *mut c_void,
    out: *mut *const Configuration,
) -> c_int {
    let class = match &*reader() {
        Reader::Absent => return ERROR_NOT_FOUND,
        Reader::Scripted(device) => device.class(),
        Reader::Quick(quick) => quick.class(),
    };
    // SAFETY: libccid gives the address of a pointer of its own.
    unsafe { out.write(configuration(class)) };
    0
}

#[unsafe(no_mangle)]
pub extern "C" fn libusb_free_config_descriptor(_configuration: *mut Configuration) {}

#[unsafe(no_mangle)]
pub extern "C" fn libusb_get_bus_number(_device: *mut c_void) -> u8 {
    1
}

#[unsafe(no_mangle)]
pub extern "C" fn libusb_get_device_address(_device: *mut c_void) -> u8 {
    2
}

/// # Safety
/// `out` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libusb_open(_: *mut c_void, out: *mut *mut c_void) -> c_int {
    // SAFETY: libccid gives the address of a pointer of its own.
    unsafe { out.write(handle()) };
    0
}

#[unsafe(no_mangle)]
pub extern "C" fn libusb_close(_handle: *mut c_void) {}

#[unsafe(no_mangle)]
pub extern "C" fn libusb_claim_interface(_handle: *mut c_void, _interface: c_int) -> c_int {
    0
}

#[unsafe(no_mangle)]
pub extern "C" fn libusb_release_interface(_handle: *mut c_void, _interface: c_int) -> c_int {
    0
}

/// # Safety
/// `out` has room for `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libusb_get_string_descriptor_ascii(
    _: *mut c_void,
    _index: u8,
    out: *mut c_uchar,
    length: c_int,
) -> c_int {
    let text = b"Script\0";
    let fits = usize::try_from(length).is_ok_and(|length| length >= text.len());
    if !fits {
        return ERROR_OVERFLOW;
    }
    // SAFETY: the length was compared.
    unsafe { out.copy_from_nonoverlapping(text.as_ptr(), text.len()) };
    6
}

/// Class requests: this reader stalls them all, as a Rutoken ECP does.
#[unsafe(no_mangle)]
pub extern "C" fn libusb_control_transfer(
    _handle: *mut c_void,
    _request_type: u8,
    _request: u8,
    _value: u16,
    _index: u16,
    _data: *mut c_uchar,
    _length: u16,
    _timeout: c_uint,
) -> c_int {
    ERROR_PIPE
}

/// # Safety
/// `data` has `length` bytes, to be read or written as the endpoint says; `transferred` can be written to
/// or is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libusb_bulk_transfer(
    _handle: *mut c_void,
    endpoint: c_uchar,
    data: *mut c_uchar,
    length: c_int,
    transferred: *mut c_int,
    timeout: c_uint,
) -> c_int {
    let Ok(length) = usize::try_from(length) else { return ERROR_IO };
    let mut reader = reader();
    let (status, moved) = if endpoint & 0x80 == 0 {
        // SAFETY: libccid gives its message with its length.
        let message = unsafe { std::slice::from_raw_parts(data, length) };
        let goes_on = match &mut *reader {
            Reader::Absent => false,
            Reader::Scripted(device) => device.write(message),
            Reader::Quick(quick) => quick.write(message),
        };
        (if goes_on { 0 } else { endless(&reader) }, length)
    } else {
        // SAFETY: libccid gives a buffer of its own with its length. It may be uninitialized,
        // and only bytes that were written before are read here.
        let buffer = unsafe { std::slice::from_raw_parts_mut(data, length) };
        let read = match &mut *reader {
            Reader::Absent => Read::Overflow,
            // 0 is for ever.
            Reader::Scripted(device) => {
                device.read(buffer, if timeout == 0 { u64::MAX >> 1 } else { timeout.into() })
            }
            Reader::Quick(quick) => quick.read(buffer),
        };
        match read {
            Read::Done(len) => (0, len),
            Read::TimedOut(len) => (ERROR_TIMEOUT, len),
            Read::Overflow => (ERROR_OVERFLOW, 0),
            Read::Endless => (endless(&reader), 0),
        }
    };
    if !transferred.is_null() {
        // SAFETY: not null, and libccid gives the address of a number of its own.
        unsafe { transferred.write(c_int::try_from(moved).unwrap_or(c_int::MAX)) };
    }
    status
}

/// libccid cannot be stopped otherwise.
fn endless(reader: &Reader) -> c_int {
    if let Reader::Scripted(device) = reader {
        crate::libccid::report(&crate::outcome::Outcome::Endless, device, &crate::outcome::Next::None);
    }
    std::process::exit(0);
}

#[unsafe(no_mangle)]
pub extern "C" fn libusb_alloc_transfer(_packets: c_int) -> *mut c_void {
    null_mut()
}

#[unsafe(no_mangle)]
pub extern "C" fn libusb_free_transfer(_transfer: *mut c_void) {}

#[unsafe(no_mangle)]
pub extern "C" fn libusb_submit_transfer(_transfer: *mut c_void) -> c_int {
    ERROR_NOT_SUPPORTED
}

#[unsafe(no_mangle)]
pub extern "C" fn libusb_cancel_transfer(_transfer: *mut c_void) -> c_int {
    ERROR_NOT_FOUND
}

#[unsafe(no_mangle)]
pub extern "C" fn libusb_handle_events_completed(_context: *mut c_void, _completed: *mut c_int) -> c_int {
    0
}

#[unsafe(no_mangle)]
pub extern "C" fn libusb_error_name(_error: c_int) -> *const c_char {
    c"LIBUSB_ERROR".as_ptr()
}

/// pcscd's, with more arguments in C; this one reads none of them.
#[unsafe(no_mangle)]
pub extern "C" fn log_msg(_priority: c_int, _format: *const c_char) {}

/// pcscd's.
#[unsafe(no_mangle)]
pub extern "C" fn log_xxd(_priority: c_int, _text: *const c_char, _bytes: *const c_uchar, _length: c_int) {}
