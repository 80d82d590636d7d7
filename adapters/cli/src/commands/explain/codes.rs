//! The codes that are known, by family. The texts of each are in `locales`, under the family's prefix and the code or
//! name.
//!
//! Sources: ISO/IEC 7816-4 and the Rutoken ECP's public middleware for status words; CCID 1.1, 6.2.6; `libusb.h`;
//! `winscard.h` and `pcsclite.h`; PKCS#11 2.40, `pkcs11t.h`.

/// Names of libusb, and their numbers.
pub(super) const LIBUSB: [(i32, &str); 13] = [
    (-1, "LIBUSB_ERROR_IO"),
    (-2, "LIBUSB_ERROR_INVALID_PARAM"),
    (-3, "LIBUSB_ERROR_ACCESS"),
    (-4, "LIBUSB_ERROR_NO_DEVICE"),
    (-5, "LIBUSB_ERROR_NOT_FOUND"),
    (-6, "LIBUSB_ERROR_BUSY"),
    (-7, "LIBUSB_ERROR_TIMEOUT"),
    (-8, "LIBUSB_ERROR_OVERFLOW"),
    (-9, "LIBUSB_ERROR_PIPE"),
    (-10, "LIBUSB_ERROR_INTERRUPTED"),
    (-11, "LIBUSB_ERROR_NO_MEM"),
    (-12, "LIBUSB_ERROR_NOT_SUPPORTED"),
    (-99, "LIBUSB_ERROR_OTHER"),
];

/// Names of PC/SC, and the low half of their numbers: the high one is 8010.
pub(super) const PCSC: [(u16, &str); 30] = [
    (0x01, "SCARD_F_INTERNAL_ERROR"),
    (0x02, "SCARD_E_CANCELLED"),
    (0x03, "SCARD_E_INVALID_HANDLE"),
    (0x04, "SCARD_E_INVALID_PARAMETER"),
    (0x06, "SCARD_E_NO_MEMORY"),
    (0x08, "SCARD_E_INSUFFICIENT_BUFFER"),
    (0x09, "SCARD_E_UNKNOWN_READER"),
    (0x0A, "SCARD_E_TIMEOUT"),
    (0x0B, "SCARD_E_SHARING_VIOLATION"),
    (0x0C, "SCARD_E_NO_SMARTCARD"),
    (0x0D, "SCARD_E_UNKNOWN_CARD"),
    (0x0F, "SCARD_E_PROTO_MISMATCH"),
    (0x10, "SCARD_E_NOT_READY"),
    (0x13, "SCARD_F_COMM_ERROR"),
    (0x16, "SCARD_E_NOT_TRANSACTED"),
    (0x17, "SCARD_E_READER_UNAVAILABLE"),
    (0x1D, "SCARD_E_NO_SERVICE"),
    (0x1E, "SCARD_E_SERVICE_STOPPED"),
    (0x22, "SCARD_E_UNSUPPORTED_FEATURE"),
    (0x2E, "SCARD_E_NO_READERS_AVAILABLE"),
    (0x65, "SCARD_W_UNSUPPORTED_CARD"),
    (0x66, "SCARD_W_UNRESPONSIVE_CARD"),
    (0x67, "SCARD_W_UNPOWERED_CARD"),
    (0x68, "SCARD_W_RESET_CARD"),
    (0x69, "SCARD_W_REMOVED_CARD"),
    (0x6A, "SCARD_W_SECURITY_VIOLATION"),
    (0x6B, "SCARD_W_WRONG_CHV"),
    (0x6C, "SCARD_W_CHV_BLOCKED"),
    (0x6E, "SCARD_W_CANCELLED_BY_USER"),
    (0x6F, "SCARD_W_CARD_NOT_AUTHENTICATED"),
];

/// Names of PKCS#11, and their numbers.
pub(super) const PKCS11: [(u32, &str); 47] = [
    (0x000, "CKR_OK"),
    (0x001, "CKR_CANCEL"),
    (0x002, "CKR_HOST_MEMORY"),
    (0x003, "CKR_SLOT_ID_INVALID"),
    (0x005, "CKR_GENERAL_ERROR"),
    (0x006, "CKR_FUNCTION_FAILED"),
    (0x007, "CKR_ARGUMENTS_BAD"),
    (0x010, "CKR_ATTRIBUTE_READ_ONLY"),
    (0x013, "CKR_ATTRIBUTE_VALUE_INVALID"),
    (0x020, "CKR_DATA_INVALID"),
    (0x021, "CKR_DATA_LEN_RANGE"),
    (0x030, "CKR_DEVICE_ERROR"),
    (0x031, "CKR_DEVICE_MEMORY"),
    (0x032, "CKR_DEVICE_REMOVED"),
    (0x054, "CKR_FUNCTION_NOT_SUPPORTED"),
    (0x060, "CKR_KEY_HANDLE_INVALID"),
    (0x063, "CKR_KEY_TYPE_INCONSISTENT"),
    (0x068, "CKR_KEY_FUNCTION_NOT_PERMITTED"),
    (0x070, "CKR_MECHANISM_INVALID"),
    (0x071, "CKR_MECHANISM_PARAM_INVALID"),
    (0x082, "CKR_OBJECT_HANDLE_INVALID"),
    (0x090, "CKR_OPERATION_ACTIVE"),
    (0x091, "CKR_OPERATION_NOT_INITIALIZED"),
    (0x0A0, "CKR_PIN_INCORRECT"),
    (0x0A1, "CKR_PIN_INVALID"),
    (0x0A2, "CKR_PIN_LEN_RANGE"),
    (0x0A3, "CKR_PIN_EXPIRED"),
    (0x0A4, "CKR_PIN_LOCKED"),
    (0x0B0, "CKR_SESSION_CLOSED"),
    (0x0B1, "CKR_SESSION_COUNT"),
    (0x0B3, "CKR_SESSION_HANDLE_INVALID"),
    (0x0B5, "CKR_SESSION_READ_ONLY"),
    (0x0C0, "CKR_SIGNATURE_INVALID"),
    (0x0C1, "CKR_SIGNATURE_LEN_RANGE"),
    (0x0D0, "CKR_TEMPLATE_INCOMPLETE"),
    (0x0E0, "CKR_TOKEN_NOT_PRESENT"),
    (0x0E1, "CKR_TOKEN_NOT_RECOGNIZED"),
    (0x0E2, "CKR_TOKEN_WRITE_PROTECTED"),
    (0x100, "CKR_USER_ALREADY_LOGGED_IN"),
    (0x101, "CKR_USER_NOT_LOGGED_IN"),
    (0x102, "CKR_USER_PIN_NOT_INITIALIZED"),
    (0x103, "CKR_USER_TYPE_INVALID"),
    (0x104, "CKR_USER_ANOTHER_ALREADY_LOGGED_IN"),
    (0x121, "CKR_RANDOM_NO_RNG"),
    (0x150, "CKR_BUFFER_TOO_SMALL"),
    (0x190, "CKR_CRYPTOKI_NOT_INITIALIZED"),
    (0x191, "CKR_CRYPTOKI_ALREADY_INITIALIZED"),
];

/// Names of CCID's bError, and their numbers.
pub(super) const CCID: [(u8, &str); 16] = [
    (0xFF, "CMD_ABORTED"),
    (0xFE, "ICC_MUTE"),
    (0xFD, "XFR_PARITY_ERROR"),
    (0xFC, "XFR_OVERRUN"),
    (0xFB, "HW_ERROR"),
    (0xF8, "BAD_ATR_TS"),
    (0xF7, "BAD_ATR_TCK"),
    (0xF6, "ICC_PROTOCOL_NOT_SUPPORTED"),
    (0xF5, "ICC_CLASS_NOT_SUPPORTED"),
    (0xF4, "PROCEDURE_BYTE_CONFLICT"),
    (0xF3, "DEACTIVATED_PROTOCOL"),
    (0xF2, "BUSY_WITH_AUTO_SEQUENCE"),
    (0xF0, "PIN_TIMEOUT"),
    (0xEF, "PIN_CANCELLED"),
    (0xE0, "CMD_SLOT_BUSY"),
    (0x00, "CMD_NOT_SUPPORTED"),
];

/// Status words that have a text of their own.
pub(super) const STATUS: [u16; 21] = [
    0x9000, 0x6300, 0x6500, 0x6581, 0x6700, 0x6883, 0x6982, 0x6983, 0x6985, 0x6986, 0x6A80, 0x6A81, 0x6A82,
    0x6A84, 0x6A86, 0x6A88, 0x6A89, 0x6B00, 0x6D00, 0x6E00, 0x6F86,
];

/// Exit codes of this program.
pub(super) const EXIT: [u8; 15] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 130];
