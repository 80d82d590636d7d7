//! In English the messages are the layers' own.

use super::*;
use kaztoken_core::Millis;
use kaztoken_core::apdu::tlv::TlvError;
use kaztoken_core::apdu::{CommandError, ExchangeError, FciError, StatusWord};
use kaztoken_core::atr::AtrError;
use kaztoken_core::ccid::{CcidError, DescriptorError, ErrorCode, ExchangeLevel, Features, MessageType};
use kaztoken_core::ccid::{Quirks, Violation};
use kaztoken_core::gost;
use kaztoken_core::pin::{PinError, Refusal, Role, Weakness};
use kaztoken_core::token::{self, Algorithm, Contents, CryptoProSet, FormatRefusal, Serial, Step};
use kaztoken_core::tpdu::pps::PpsError;
use kaztoken_core::tpdu::t0::T0Error;
use kaztoken_core::tpdu::t1::T1Error;
use kaztoken_rig::Fault;
use kaztoken_rig::hello::Dialect;
use kaztoken_rig::host::{self, safety};
use kaztoken_usb::{ConfigurationError, Direction, Holder, InterfaceError};
use kaztoken_virtual::link::LinkError;
use kaztoken_virtual::serve::Notice;
use kaztoken_virtual::store::FileStore;
use std::io::ErrorKind;

#[track_caller]
fn same<T: Said + core::fmt::Display>(values: impl IntoIterator<Item = T>) {
    for value in values {
        assert_eq!(value.said(), value.to_string());
    }
}

#[test]
fn status_words_and_pins() {
    same((0..=0xFFFF).map(StatusWord));
    same([PinError::Empty, PinError::TooLong { got: 250 }, PinError::NotAscii]);
    same([Refusal::CounterUnknown, Refusal::LastTry, Refusal::Blocked, Refusal::Absent]);
    same([
        Weakness::TooShort { got: 1, min: 6 },
        Weakness::TooLong { got: 40, max: 32 },
        Weakness::ForbiddenCharacter { at: 2 },
        Weakness::NoLetter,
        Weakness::NoDigit,
        Weakness::Run { at: 3 },
    ]);
}

#[test]
fn the_conversation() {
    use token::Error as E;
    let steps = [
        Step::GetData,
        Step::Select,
        Step::Read,
        Step::Update,
        Step::Create,
        Step::Delete,
        Step::Tries,
        Step::Verify,
        Step::Logout,
        Step::ChangePin,
        Step::Unblock,
        Step::FormatStart,
        Step::FormatEnd,
        Step::Generate,
        Step::ReadPublicKey,
        Step::SetEnvironment,
        Step::Sign,
        Step::Decipher,
        Step::Random,
    ];
    same(steps);
    let refusals = [
        FormatRefusal::OtherToken,
        FormatRefusal::NotEmpty(Contents { keys: 1, certificates: 2, foreign: 3 }),
        FormatRefusal::AdminPinNeeded,
    ];
    same(refusals);
    for role in [Role::User, Role::Admin] {
        same([
            E::WrongPin { role, tries_left: Some(3) },
            E::WrongPin { role, tries_left: None },
            E::PinBlocked { role },
            E::PinRefused { role, refusal: Refusal::LastTry },
        ]);
    }
    let commands = [
        CommandError::TooShort { got: 3 },
        CommandError::WrongLength { lc: 5, got: 4 },
        CommandError::DataTooLong { got: 300, max: 255 },
        CommandError::NeTooLarge { got: 70_000, max: 65_536 },
        CommandError::BufferTooSmall { needed: 261 },
    ];
    same(commands);
    let exchanges = [
        ExchangeError::Command(commands[0]),
        ExchangeError::NoStatusWord { got: 1 },
        ExchangeError::AnswerTooLong { got: 300, max: 256 },
        ExchangeError::Endless,
    ];
    same(exchanges);
    let tlvs = [TlvError::Truncated { at: 1 }, TlvError::LongTag { at: 2 }, TlvError::LongLength { at: 3 }];
    same(tlvs);
    let fcis = [
        FciError::NoTemplate,
        FciError::Tlv(tlvs[0]),
        FciError::Missing { tag: 0x83 },
        FciError::WrongLength { tag: 0x82, got: 1, expected: 2 },
    ];
    same(fcis);
    same([
        E::Exchange(exchanges[1]),
        E::Card { step: Step::Sign, sw: StatusWord(0x6982) },
        E::Malformed { step: Step::Read, what: "the directory's entries overlap" },
        E::Fci(fcis[2]),
        E::AlreadyVerified,
        E::Weak(Weakness::NoDigit),
        E::FormatRefused(refusals[0]),
        E::NotFound { what: "key" },
        E::Exists { what: "directory entry" },
        E::Full { what: "the token" },
        E::WrongInput { what: "this key is RSA, not GOST" },
        E::BufferTooSmall { needed: 9 },
        E::NoLayout,
        E::Unsupported { what: "a key of unknown kind" },
        E::TooManyCommands,
        E::NotAConversation,
    ]);
    same([token::WrongSerial { token: Serial(1), given: Serial(2) }]);
    let sets = [CryptoProSet::A, CryptoProSet::B, CryptoProSet::C].map(Algorithm::Gost256);
    same(sets.into_iter().chain([Algorithm::Gost512, Algorithm::Rsa { bits: 2048 }]));
}

#[test]
fn readers_and_cards() {
    let atrs = [
        AtrError::Empty,
        AtrError::TooLong { got: 34 },
        AtrError::InitialCharacter(0x12),
        AtrError::Truncated { expected: 9, got: 3 },
    ];
    same(atrs);
    let kind = MessageType::from(0x80);
    let violations = [
        Violation::ShortHeader { got: 3 },
        Violation::ShortBody { declared: 9, got: 3 },
        Violation::TooLong { declared: 900, max: 271 },
        Violation::TrailingBytes { got: 2 },
        Violation::Slot { expected: 0, got: 1 },
        Violation::Type { expected: kind, got: MessageType::from(0x81) },
        Violation::MistypedError(MessageType::from(0x6C)),
        Violation::Status(3),
        Violation::NoStatusWord { got: 1 },
        Violation::Chained { parameter: 2 },
        Violation::TooManyStale { dropped: 9 },
        Violation::TooManyTimeExtensions,
    ];
    same(violations);
    same((0..=0xFF).map(|code: u8| ErrorCode::from(code)));
    let levels = [
        ExchangeLevel::Character,
        ExchangeLevel::Tpdu,
        ExchangeLevel::ShortApdu,
        ExchangeLevel::ExtendedApdu,
    ];
    same(levels);
    let pps = [
        PpsError::NoCommonProtocol,
        PpsError::CrcNotSupported,
        PpsError::ImplicitParameters,
        PpsError::SpeedNotSupported { f_d_index: 0x96 },
        PpsError::Length { got: 2 },
        PpsError::InitialCharacter(1),
        PpsError::CheckByte { expected: 1, got: 2 },
        PpsError::Protocol { expected: 1, got: 0 },
        PpsError::Unexpected(0x70),
        PpsError::Speed { expected: 0x96, got: 0x95 },
    ];
    same(pps);
    let t0 = [
        T0Error::Malformed { got: 3 },
        T0Error::Extended,
        T0Error::NoCommand,
        T0Error::NoStatusWord { got: 1 },
        T0Error::InvalidStatus(1, 2),
        T0Error::AnswerTooLong { got: 3, max: 2 },
        T0Error::BufferTooSmall { needed: 3, got: 2 },
        T0Error::WrongLengthTwice,
        T0Error::Endless,
    ];
    same(t0);
    let t1 = [
        T1Error::CrcNotSupported,
        T1Error::EmptyCommand,
        T1Error::NotExchanging,
        T1Error::NeedsReset,
        T1Error::NoIfsd,
        T1Error::Unrecovered,
        T1Error::OutcomeUnknown,
        T1Error::Aborted,
        T1Error::WaitingTimeZero,
        T1Error::TooManyWaits,
        T1Error::ResponseTooLong { room: 258 },
        T1Error::NoStatusWord { got: 1 },
    ];
    same(t1);
    same(levels.map(|level| CcidError::UnsupportedLevel(Some(level))));
    same(violations.map(CcidError::Violation));
    same([
        CcidError::UnsupportedLevel(None),
        CcidError::UnsupportedPacketSize(4),
        CcidError::BufferTooSmall { needed: 3, got: 2 },
        CcidError::CommandLength { got: 3, max: 261 },
        CcidError::NotOffered(kind),
        CcidError::CommandPending,
        CcidError::NoCommand,
        CcidError::Timeout { budget: Millis(1500) },
        CcidError::Cancelled,
        CcidError::PipeFailed,
        CcidError::CardAbsent,
        CcidError::CardInactive,
        CcidError::CardMute,
        CcidError::Busy(ErrorCode::SlotBusy),
        CcidError::Reader(ErrorCode::IccMute),
        CcidError::BadAtr(atrs[0]),
        CcidError::ProtocolMismatch { reader: 1, card: 1 },
        CcidError::ResponseTooLong { needed: 300, got: 258 },
        CcidError::Pps(pps[0]),
        CcidError::T0(t0[0]),
        CcidError::T1(t1[0]),
        CcidError::Unplug,
    ]);
    same([
        DescriptorError::NotFound { got: 9 },
        DescriptorError::BadLength { at: 9, length: 1 },
        DescriptorError::MessageLength(10),
        DescriptorError::ConflictingLevels(Features(0x30000)),
    ]);
}

#[test]
fn usb() {
    use kaztoken_usb::Error as E;
    let process = |name: &str| kaztoken_usb::Process { pid: 7, name: name.to_owned() };
    let holders = [
        Holder::default(),
        Holder { node: Some("/dev/x".into()), driver: Some("usbhid".into()), ..Holder::default() },
        Holder { processes: vec![process("a"), process("pcscd")], ..Holder::default() },
        Holder { processes: vec![process("a")], ..Holder::default() },
        Holder { suspect: Some(process("pcscd")), ..Holder::default() },
    ];
    same(holders.iter().cloned());
    let interfaces = [
        InterfaceError::Missing,
        InterfaceError::NoConfiguration,
        InterfaceError::Unsupported { subclass: 0, protocol: 1 },
        InterfaceError::Unsupported { subclass: 1, protocol: 0 },
        InterfaceError::Endpoints { direction: Direction::In, found: 2 },
        InterfaceError::PacketSize(7),
        InterfaceError::ClassDescriptor(DescriptorError::NotFound { got: 0 }),
    ];
    same(interfaces.iter().cloned());
    same(interfaces.map(E::Unusable));
    same(holders.map(|holder| E::Held(Box::new(holder))));
    same([
        E::NothingThere,
        E::NoPermission(None),
        E::Unplugged,
        E::SendTimeout { sent: 1, of: 2 },
        E::Overflow { asked: 3 },
        E::Stalled,
    ]);
    same([
        ConfigurationError::Start { found: Some(9) },
        ConfigurationError::Start { found: None },
        ConfigurationError::Length { at: 1, length: 2, left: 3 },
    ]);
}

#[test]
fn rigs() {
    use host::Error as E;
    let io = |number: i32| std::io::Error::from_raw_os_error(number);
    let ours = Dialect::OURS;
    same([ours]);
    same([2, 13, 111, 5].map(|number| E::Open { place: "/dev/x".into(), error: io(number) }));
    same([
        E::NotARig { bytes: 0 },
        E::NotARig { bytes: 4 },
        E::WrongVersion { rig: ours, firmware: "f\u{1b}".into() },
        E::AnotherRig { board: "b".into() },
        E::Disconnected,
        E::Line(io(5)),
        E::Silent,
        E::Asleep,
        E::RequestLost,
        E::AnswerLost,
        E::Timeout,
        E::Cancelled,
        E::WrongAnswer,
        E::TooLong { len: 300 },
        E::BufferTooSmall { needed: 3, got: 2 },
        E::Broken,
        E::Fault(Fault::T1),
    ]);
    same([
        Fault::NoSession,
        Fault::Repeated,
        Fault::Malformed,
        Fault::Unsupported,
        Fault::TooLong,
        Fault::NoCard,
        Fault::NotPowered,
        Fault::Mute,
        Fault::WrongTs(0x12),
        Fault::BadAtr,
        Fault::Parity,
        Fault::OverCurrent,
        Fault::Timeout,
        Fault::Pps,
        Fault::T0,
        Fault::T1,
        Fault::ResponseTooLong,
        Fault::Ccid,
        Fault::Unplugged,
        Fault::Stalled,
        Fault::Stopped,
        Fault::Hardware(3),
    ]);
    let (cla, ins) = (0x80, 0x8A);
    same([
        safety::Refusal::NotAllowed(Serial(5)),
        safety::Refusal::NoSerial,
        safety::Refusal::BelowFloor { role: Role::User, tries: 2, floor: 3 },
        safety::Refusal::TriesUnknown(Role::Admin),
        safety::Refusal::WrongBefore(Role::User),
        safety::Refusal::Destructive { cla, ins },
        safety::Refusal::Unknown { cla, ins },
        safety::Refusal::Disguised { cla, ins },
        safety::Refusal::WornOut { generations: 9 },
        safety::Refusal::Opaque,
    ]);
    same([safety::LedgerError::File { path: "/x".into(), error: io(13) }, safety::LedgerError::NoFile]);
    same(["".parse::<host::Address>().unwrap_err()]);
}

#[test]
fn virtual_tokens_and_gost() {
    same([LinkError::Unplugged, LinkError::NoAnswer, LinkError::BufferTooSmall { needed: 3, got: 2 }]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t");
    same([FileStore::open(&path).unwrap_err()]);
    std::fs::write(&path, "x").unwrap();
    same([FileStore::create(&path).unwrap_err(), FileStore::open(path.join("y")).unwrap_err()]);
    let kept = FileStore::open(&path).unwrap();
    same([FileStore::open(&path).unwrap_err()]);
    drop(kept);
    same([
        Notice::WaitingForVpcd(1),
        Notice::InVpcd(2),
        Notice::VpcdClosed,
        Notice::PluggedIn,
        Notice::UsbClosed,
        Notice::Unplugged,
        Notice::Failed(ErrorKind::NotFound.into()),
    ]);
    same([
        gost::DecodeError::Length { found: 3 },
        gost::DecodeError::Header,
        gost::DecodeError::Coordinate,
        gost::DecodeError::NotOnCurve,
        gost::DecodeError::ParameterSet,
        gost::DecodeError::PrivateKey,
    ]);
    same([
        gost::VerifyError::DigestLength,
        gost::VerifyError::SignatureLength,
        gost::VerifyError::OutOfRange,
        gost::VerifyError::Mismatch,
    ]);
}

#[cfg(feature = "pcsc")]
#[test]
fn pcsc() {
    use kaztoken_pcsc::Error as E;
    same([
        E::NoService,
        E::NoPermission,
        E::NothingThere,
        E::NoCard,
        E::Held,
        E::Removed,
        E::Reset,
        E::Mute,
        E::Timeout { budget: Millis(9) },
        E::ResponseTooLong { needed: 3, got: 2 },
        E::WorkerGone,
    ]);
}

#[test]
fn traces() {
    use kaztoken_trace::convert::ConvertError;
    use kaztoken_trace::{ReplayError, TraceError};
    let (expected, got) = ("ccid> 62".to_owned(), "ccid> 63".to_owned());
    same([ReplayError::Ended { got: got.clone() }, ReplayError::Differs { expected, got }]);
    same([TraceError::TooLong, TraceError::NotATrace, TraceError::Line { number: 3, wrong: "is odd" }]);
    same([
        ConvertError::Kind("is odd"),
        ConvertError::Place { number: 3, wrong: "is odd" },
        ConvertError::Nothing,
    ]);
}

#[cfg(target_os = "linux")]
#[test]
fn the_systems_errors() {
    same((1..134).map(std::io::Error::from_raw_os_error));
    same([std::io::Error::other("own words")]);
}

/// The conversation's terms are told by their English text; none may be missing in the files.
#[test]
fn every_term_of_the_layers_is_known() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../kaztoken-core/src/token");
    let mut folders = vec![folder];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap();
            for rest in source.split("what: \"").skip(1) {
                let term = rest.split('"').next().unwrap();
                assert!(messages().get(&word_id(term), None, &[]).is_some(), "no message {}", word_id(term));
                assert_eq!(word(term), term);
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "{seen}");
    for quirk in Quirks::known_readers().flat_map(|reader| reader.quirks.names()) {
        assert_eq!(word(quirk), quirk);
        assert!(messages().get(&word_id(quirk), None, &[]).is_some(), "no message {}", word_id(quirk));
    }
}

#[test]
fn certificates() {
    use kaztoken_pki::chain::Problem;
    use kaztoken_pki::crl::{CrlError, CrlReason, Revoked};
    use kaztoken_pki::ocsp::OcspError;
    use kaztoken_pki::{CertificateError, DateTime, KeyError, oid};
    let keys = [
        KeyError::UnknownAlgorithm(oid::CLIENT_AUTH),
        KeyError::Rsa,
        KeyError::Malformed,
        KeyError::OtherKey,
        KeyError::Signature,
    ];
    same(keys.clone());
    let fault = || <u8 as kaztoken_pki::Decode>::from_der(&[]).unwrap_err();
    let extension = || CertificateError::Extension(oid::KEY_USAGE);
    same([CertificateError::Contents(fault()), CertificateError::Algorithms, extension()]);
    same([CrlError::Contents(fault()), CrlError::Algorithms, CrlError::Extension(oid::KEY_USAGE)]);
    same([
        OcspError::Contents(fault()),
        OcspError::Kind(oid::KEY_USAGE),
        OcspError::NoResponder,
        OcspError::Responder(extension()),
        OcspError::ResponderIssuer,
        OcspError::ResponderUsage,
        OcspError::ResponderTime,
        OcspError::Signature(KeyError::Rsa),
        OcspError::NotAnswered,
        OcspError::Nonce,
    ]);
    same([
        Problem::Key(KeyError::OtherKey),
        Problem::Damaged(extension()),
        Problem::NoIssuer,
        Problem::NotTrusted,
        Problem::OtherIssuerKey,
        Problem::IssuerNoAuthority,
        Problem::Signature(KeyError::Signature),
        Problem::TooLong,
        Problem::NotForSignatures,
        Problem::UnknownToResponder,
        Problem::RevocationUnknown,
        Problem::CrlSign,
        Problem::CrlSignature(KeyError::Signature),
        Problem::CrlDeltaAlone,
        Problem::Ocsp(OcspError::Nonce),
    ]);
    // Moments, reasons and names are told to people in another form than to programmers.
    let at = DateTime::new(2026, 1, 2, 3, 4, 5).unwrap();
    let revoked = |reason| Problem::Revoked(Revoked { at, reason });
    assert_eq!(revoked(None).said(), "it was revoked at 2026-01-02 03:04:05 UTC");
    let why = revoked(Some(CrlReason::KeyCompromise)).said();
    assert_eq!(why, "it was revoked at 2026-01-02 03:04:05 UTC (the key was compromised)");
    assert_eq!(Problem::Expired(at).said(), "it held until 2026-01-02 03:04:05 UTC");
    let role = Problem::NotFor(oid::ROLE_HEAD).said();
    assert_eq!(role, "it is not for head of the organisation (1.2.398.3.3.4.1.2.1)");
}

#[test]
fn key_stores_and_enrolment() {
    use kaztoken_pki::authority::AuthorityError;
    use kaztoken_pki::cmp::http::HttpError;
    use kaztoken_pki::cmp::{CmpError, Failure};
    use kaztoken_pki::cms::CmsError;
    use kaztoken_pki::dsn::DsnError;
    use kaztoken_pki::enrolment::{EnrolmentError, JournalError};
    use kaztoken_pki::key_store::KeyStoreError;
    use kaztoken_pki::name::NameError;
    use kaztoken_pki::request::RequestError;
    use kaztoken_pki::{KeyError, PrivateKeyError, oid};
    let fault = || <u8 as kaztoken_pki::Decode>::from_der(&[]).unwrap_err();
    same([
        PrivateKeyError::UnknownAlgorithm(oid::CLIENT_AUTH),
        PrivateKeyError::Rsa,
        PrivateKeyError::Malformed,
        PrivateKeyError::OtherAlgorithm,
        PrivateKeyError::DigestLength,
        PrivateKeyError::Random,
    ]);
    same([
        KeyStoreError::NotOne,
        KeyStoreError::Damaged("its bags"),
        KeyStoreError::Password,
        KeyStoreError::Changed,
        KeyStoreError::UnknownCipher(oid::CLIENT_AUTH),
        KeyStoreError::Iterations(7),
        KeyStoreError::OtherCertificate,
    ]);
    same([DsnError::Length { found: 3 }, DsnError::Small, DsnError::Alphabet]);
    same([
        JournalError::NotOne,
        JournalError::Version,
        JournalError::TooLarge,
        JournalError::Line { number: 3 },
    ]);
    same([
        EnrolmentError::OtherToken { expected: 1, found: 2 },
        EnrolmentError::NotFormatted,
        EnrolmentError::NotEmpty { keys: 1, certificates: 2 },
        EnrolmentError::KeyGone(1),
        EnrolmentError::OtherKey(1),
        EnrolmentError::SeveralKeys(2),
        EnrolmentError::GivenUp,
    ]);
    same([
        CmpError::Contents(fault()),
        CmpError::TooLarge,
        CmpError::Unprotected,
        CmpError::Secret,
        CmpError::UnknownReference,
        CmpError::Iterations(7),
        CmpError::NoSigner,
        CmpError::Signature(KeyError::Signature),
        CmpError::OtherTransaction,
        CmpError::OtherNonce,
        CmpError::Unexpected,
        CmpError::Rejected { text: "no".to_owned(), failures: vec![Failure(2), Failure(9)] },
        CmpError::NoCertificate,
        CmpError::OtherKey,
        CmpError::OtherSubject,
        CmpError::State,
    ]);
    same([HttpError::Protocol("x"), HttpError::Status(503), HttpError::TooLarge]);
    same([NameError::Number, NameError::Empty { part: "name" }, NameError::Part { part: "name" }]);
    same([RequestError::Contents(fault()), RequestError::Signature(KeyError::Signature)]);
    same([AuthorityError::OtherKey, AuthorityError::Weak, AuthorityError::Kind, AuthorityError::Dates]);
    same([
        CmsError::NotOne,
        CmsError::Damaged("a signer"),
        CmsError::NoContent,
        CmsError::NoSigner,
        CmsError::UnknownDigest(oid::CLIENT_AUTH),
        CmsError::UnknownAlgorithm(oid::CLIENT_AUTH),
        CmsError::OtherDigest,
        CmsError::NoCertificate,
        CmsError::Attribute(oid::CLIENT_AUTH),
        CmsError::OtherContentType,
        CmsError::Content,
        CmsError::OtherCertificate,
        CmsError::OtherStamp,
        CmsError::Stamp(Box::new(CmsError::NoSigner)),
        CmsError::Refused("busy".to_owned()),
    ]);
}
