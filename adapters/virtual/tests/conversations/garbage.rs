//! A token that answers nonsense: arbitrary bytes, status words that mean something else, answers cut
//! off or with bits turned, well-formed file information of any kind; now and then, or always.
//!
//! Whatever it answers: nothing panics, every conversation ends, and a PIN is sent at most once a
//! login, right after a counter that allowed it.

use super::link::{CONSENT, SERIAL, formatted, pin};
use kaztoken_core::Millis;
use kaztoken_core::apdu::{AccessRules, Fci, FileKind, KeyProperties, tlv};
use kaztoken_core::drive::{ApduLink, Connection, Failure};
use kaztoken_core::pin::{Limits, Role};
use kaztoken_core::token::opensc::DirectoryKind;
use kaztoken_core::token::{
    Algorithm, CryptoProSet, EraseEverything, Error, FormatParameters, KeyRef, KeyState, Path, Protocol,
    Session, middleware,
};
use kaztoken_virtual::store::MemoryStore;
use kaztoken_virtual::{Card as _, Model, State, VirtualToken};
use proptest::prelude::*;
use std::sync::LazyLock;

/// One answer that is not the token's.
#[derive(Clone, Debug)]
enum Lie {
    /// These bytes.
    Bytes(Vec<u8>),
    /// The token's data with this status word.
    Status(u16),
    /// No data, this status word.
    Bare(u16),
    /// The token's answer up to here.
    Cut(usize),
    /// The token's answer with these bits turned in this byte.
    Turned(usize, u8),
    /// Well-formed file information.
    File(Fci),
    /// More than any buffer for a short answer holds is claimed to be there.
    Claim(usize),
}

/// What comes from the token, and what from the liar.
struct Liar {
    token: VirtualToken<MemoryStore>,
    /// For one command after the other, over and over: a lie, or the token's own answer.
    plan: Vec<Option<Lie>>,
    /// Commands and the answers that were given to them.
    log: Vec<(Vec<u8>, Vec<u8>)>,
}

impl ApduLink for Liar {
    type Error = core::convert::Infallible;

    fn transmit(
        &mut self,
        command: &[u8],
        response: &mut [u8],
        _: Millis,
    ) -> Result<usize, core::convert::Infallible> {
        let mut answer = Vec::new();
        self.token.process(command, &mut answer);
        let data = answer.len() - 2;
        let mut claimed = None;
        match self.plan.get(self.log.len() % self.plan.len().max(1)).cloned().flatten() {
            None => {}
            Some(Lie::Bytes(bytes)) => answer = bytes,
            Some(Lie::Status(sw)) => answer[data..].copy_from_slice(&sw.to_be_bytes()),
            Some(Lie::Bare(sw)) => answer = sw.to_be_bytes().to_vec(),
            Some(Lie::Cut(at)) => answer.truncate(at % (answer.len() + 1)),
            Some(Lie::Turned(at, bits)) => {
                let at = at % answer.len();
                answer[at] ^= bits;
            }
            Some(Lie::File(fci)) => {
                answer = [fci.select_answer(0x6F).as_slice(), &[0x90, 0]].concat();
            }
            Some(Lie::Claim(len)) => claimed = Some(len),
        }
        answer.truncate(response.len());
        response[..answer.len()].copy_from_slice(&answer);
        let len = claimed.unwrap_or(answer.len());
        self.log.push((command.to_vec(), answer));
        Ok(len)
    }
}

fn status_word() -> impl Strategy<Value = u16> {
    prop_oneof![
        proptest::sample::select(vec![
            0x9000, 0x6300, 0x63C0, 0x63C1, 0x63C5, 0x6982, 0x6983, 0x6985, 0x6A80, 0x6A82, 0x6A84, 0x6A86,
            0x6A88, 0x6A89, 0x6B00, 0x6D00, 0x6F86, 0x6883, 0x6700, 0x6282, 0x6581,
        ]),
        (0u16..256).prop_map(|low| 0x6100 | low),
        (0u16..256).prop_map(|low| 0x6C00 | low),
        any::<u16>(),
    ]
}

fn file() -> impl Strategy<Value = Fci> {
    let kind =
        proptest::sample::select(vec![FileKind::Df, FileKind::Ef, FileKind::Rsf, FileKind::Unknown(7)]);
    let id = prop_oneof![0u16..300, any::<u16>()];
    let size = prop_oneof![
        proptest::sample::select(vec![0u16, 0x20, 0x40, 0x80, 8, 0x148, 0x288, 0x508, 0xFFFF]),
        any::<u16>()
    ];
    let properties = prop_oneof![
        Just(None),
        (proptest::sample::select(vec![1u8, 3, 0x13, 0x23, 0x33, 0x43, 0x53]), any::<u8>())
            .prop_map(|(kind, parameter)| Some(KeyProperties::from_bytes([kind, parameter, 0, 0xAA, 0, 0]))),
    ];
    (kind, id, size, properties, any::<[u8; 15]>()).prop_map(|(kind, id, size, properties, access)| Fci {
        kind,
        id,
        size,
        properties,
        access: AccessRules::from_bytes(access),
    })
}

fn lie() -> impl Strategy<Value = Lie> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..300).prop_map(Lie::Bytes),
        status_word().prop_map(Lie::Status),
        status_word().prop_map(Lie::Bare),
        (0usize..300).prop_map(Lie::Cut),
        (0usize..300, 1u8..).prop_map(|(at, bits)| Lie::Turned(at, bits)),
        file().prop_map(Lie::File),
        (0usize..100_000).prop_map(Lie::Claim),
    ]
}

/// Few lies among many true answers, or nothing but lies.
fn plan() -> impl Strategy<Value = Vec<Option<Lie>>> {
    let sparse =
        (3usize..60, proptest::collection::vec((any::<usize>(), lie()), 1..4)).prop_map(|(length, lies)| {
            let mut plan = vec![None; length];
            for (at, lie) in lies {
                plan[at % length] = Some(lie);
            }
            plan
        });
    let dense = proptest::collection::vec(proptest::option::weighted(0.7, lie()), 1..12);
    prop_oneof![3 => sparse, 1 => dense]
}

static FULL_T1: LazyLock<State> = LazyLock::new(|| full(Model::Kaztoken));
static FULL_T0: LazyLock<State> = LazyLock::new(|| full(Model::KaztokenSc));

/// A token with three keys, their names and a certificate.
fn full(model: Model) -> State {
    let mut token = formatted(model);
    super::link::connect(&mut token)
        .run(async |session| {
            let mut user = session.login_user(&pin("12345678"), CONSENT).await?;
            for name in ["first", "second", "third"] {
                let (key, public) = user.generate(GOST).await?;
                let mut octets: heapless::Vec<u8, 80> = heapless::Vec::new();
                tlv::push(&mut octets, 0x04, &[&public]).unwrap();
                user.register_key(key, GOST, &octets, name.as_bytes(), name).await?;
            }
            user.store_certificate(&[0x30; 600], b"first", "certificate").await
        })
        .unwrap();
    token.state().clone()
}

const GOST: Algorithm = Algorithm::Gost256(CryptoProSet::A);

fn liar(plan: Vec<Option<Lie>>, t0: bool) -> Connection<Liar> {
    let state = if t0 { FULL_T0.clone() } else { FULL_T1.clone() };
    let token =
        VirtualToken::create(MemoryStore::new(state.clone()), state, super::link::Counter(5)).unwrap();
    let protocol = if t0 { Protocol::T0 } else { Protocol::T1 };
    Connection::new(Liar { token, plan, log: Vec::new() }, protocol)
}

/// Runs one conversation; returns how many logins it asked for.
fn converse(connection: &mut Connection<Liar>, which: usize) -> usize {
    let (mut file, mut out, mut random) = ([0; 300], [0; 128], [0; 300]);
    let key = KeyRef::new(1).unwrap();
    let mut logins = 0;
    // What comes of it does not matter here.
    let _: Result<(), Failure<_>> = connection.run(async |session: &mut Session<'_>| {
        let user_pin = pin("12345678");
        match which {
            0 => session.identify().await.map(|_| ()),
            1 => session.keys().await.map(|_| ()),
            2 => {
                for kind in DirectoryKind::ALL {
                    for object in session.objects(kind).await?.iter() {
                        let _ = session.read_object(&object, &mut file).await;
                    }
                }
                Ok(())
            }
            3 => {
                logins = 1;
                session.login_user(&user_pin, CONSENT).await?.logout().await
            }
            4 => {
                logins = 2;
                let (admin, user) = (pin("87654321"), pin("12345678"));
                let mut parameters = FormatParameters::new(&admin, &user);
                parameters.erase_keys = true;
                let consent = EraseEverything::confirm(SERIAL, SERIAL).unwrap();
                session.login_admin(&admin, CONSENT).await?.format(consent, &parameters).await
            }
            5 => {
                logins = 1;
                let mut user = session.login_user(&user_pin, CONSENT).await?;
                let (key, public) = user.generate(GOST).await?;
                user.register_key(key, GOST, &public, b"new", "new").await
            }
            6 => {
                logins = 1;
                session.login_user(&user_pin, CONSENT).await?.sign_gost(key, &[1; 32], &mut out).await?;
                Ok(())
            }
            7 => {
                logins = 1;
                let mut user = session.login_user(&user_pin, CONSENT).await?;
                let mut long = [0; 512];
                let _ = user.sign_rsa_sha256(key, &[1; 32], &mut long).await;
                user.decipher_rsa(key, &[1; 256], &mut long).await.map(|_| ())
            }
            8 => session.read_file(Path::PKCS15.child(0x6001), &mut [0; 4096]).await.map(|_| ()),
            9 => session.random(&mut random).await,
            10 => {
                logins = 2;
                let mut user = session.login_user(&user_pin, CONSENT).await?;
                user.change_pin(&user_pin, Limits::ANY).await?;
                let mut admin = session.login_admin(&pin("87654321"), CONSENT).await?;
                admin.set_user_pin(&user_pin, Limits::ANY).await
            }
            11 => {
                logins = 1;
                let mut user = session.login_user(&user_pin, CONSENT).await?;
                let objects = user.objects(DirectoryKind::PublicKeys).await?;
                for object in objects.iter() {
                    user.delete_object(&object).await?;
                }
                user.store_certificate(&[0x30; 700], b"1", "new").await
            }
            12 => {
                session.is_format_unfinished().await?;
                session.pin_limits(Role::User).await?;
                session.list::<8>(Path::MF).await?;
                session.read_public_key(key).await.map(|_| ())
            }
            _ => {
                logins = 1;
                let mut user = session.login_user(&user_pin, CONSENT).await?;
                let _ = user.name_map().await;
                let _ = user.add_alias(key, "alias").await;
                let _ = user.store_compressed_certificate(key, &[0x1F, 0x8B, 0]).await;
                let _ = user.read_compressed_certificate(key, &mut [0; middleware::MAX_COMPRESSED + 2]).await;
                user.delete_key(KeyRef::new(2).unwrap()).await
            }
        }
    });
    logins
}

const CONVERSATIONS: usize = 14;
/// More commands than any conversation may send.
const BOUND: usize = 20_000;

fn carries_pin(command: &[u8]) -> bool {
    command[1] == 0x20 && command.len() > 5
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 700, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_or_goes_on_for_ever_and_no_pin_is_sent_twice(
        which in 0..CONVERSATIONS,
        plan in plan(),
        t0: bool,
    ) {
        let mut connection = liar(plan, t0);
        let logins = converse(&mut connection, which);
        let log = &connection.link().log;
        prop_assert!(log.len() <= BOUND, "{} commands", log.len());
        let verifies: Vec<usize> = (0..log.len()).filter(|at| carries_pin(&log[*at].0)).collect();
        prop_assert!(verifies.len() <= logins, "{} VERIFY for {logins} logins", verifies.len());
        for at in verifies {
            // Directly before it the counter was read, for this PIN, and allowed it.
            let (asked, answer) = &log[at - 1];
            let expected: &[u8] = if t0 { &[0, 0x20, 0, log[at].0[3], 0] } else { &[0, 0x20, 0, log[at].0[3]] };
            // Over T=0 a token may first announce an answer that has no data.
            let collected = asked[1] == 0xC0;
            prop_assert!(collected || asked[..] == *expected, "{asked:02X?}");
            prop_assert!(matches!(answer[..], [0x63, 0xC2..=0xCF]), "{answer:02X?}");
        }
        // All PINs were right, so no try is spent, whatever was answered.
        let token = &mut connection.link().token;
        token.reset();
        for (reference, full) in [(1, 0xCA), (2, 0xC5)] {
            let mut answer = Vec::new();
            token.process(&[0, 0x20, 0, reference], &mut answer);
            let absent = which == 4 && answer[..] == [0x6A, 0x88];
            prop_assert!(absent || answer[..] == [0x63, full], "{answer:02X?}");
        }
    }
}

#[test]
fn a_listing_without_end_ends() {
    // Ever new files, and ever the same.
    for same in [true, false] {
        let file = |id| Fci {
            kind: FileKind::Ef,
            id: if same { 1 } else { id },
            size: 1,
            properties: None,
            access: AccessRules::NONE,
        };
        let mut connection = liar((0..2000).map(|id| Some(Lie::File(file(id)))).collect(), false);
        let result = connection.run(async |session| session.keys().await.map(|_| ()));
        let expected = if same {
            matches!(result, Err(Failure::Token(Error::Malformed { .. })))
        } else {
            matches!(result, Err(Failure::Token(Error::Full { .. })))
        };
        assert!(expected, "{result:?}");
        assert!(connection.link().log.len() < 600);
    }
}

#[test]
fn a_read_that_brings_nothing_ends() {
    for bare in [0x9000, 0x6B00, 0x6282, 0x6100, 0x6C00] {
        let mut connection = liar(vec![None], false);
        let path = Path::PKCS15.child(0x6001);
        connection.link().plan = [vec![None], vec![Some(Lie::Bare(bare)); 500]].concat();
        let result = connection.run(async |session| session.read_file(path, &mut [0; 4096]).await);
        assert!(matches!(result, Ok(0) | Err(_)), "{bare:04X}: {result:?}");
        assert!(connection.link().log.len() < 10);
    }
}

#[test]
fn a_failed_generation_deletes_no_key_that_was_there() {
    // The token lists no keys, so number 1 seems free; then it says that the file exists.
    let mut connection = liar(vec![None], false);
    connection.run(async |s| s.login_user(&pin("12345678"), CONSENT).await.map(|_| ())).unwrap();
    let skip = connection.link().log.len();
    connection.link().plan = vec![None; 1000];
    // Logout, tries, VERIFY, select 6002, first child, select 6001, first child.
    for listing in [5, 7] {
        connection.link().plan[skip + listing - 1] = Some(Lie::Bare(0x6A82));
    }
    let result = connection.run(async |session| {
        session.login_user(&pin("12345678"), CONSENT).await?.generate(GOST).await.map(|_| ())
    });
    assert!(matches!(result, Err(Failure::Token(Error::Exists { .. }))), "{result:?}");
    let keys = connection.run(async |s| s.keys().await).unwrap();
    assert_eq!(keys.len(), 3);
    assert!(keys.iter().all(|key| key.state == KeyState::Pair));
}

#[test]
fn a_refused_generation_leaves_nothing_behind() {
    let generate = async |session: &mut Session<'_>| {
        session.login_user(&pin("12345678"), CONSENT).await?.generate(GOST).await.map(|_| ())
    };
    let mut connection = liar(vec![None], false);
    connection.run(generate).unwrap();
    let at = connection.link().log.iter().position(|(command, _)| command[1] == 0x46).unwrap();
    // Refused, and answered with a public key of a wrong length.
    for lie in [Lie::Bare(0x6A80), Lie::Cut(20), Lie::Bytes(vec![0x90, 0])] {
        let mut connection = liar([vec![None; at], vec![Some(lie)], vec![None; 500]].concat(), false);
        assert!(connection.run(generate).is_err());
        let keys = connection.run(async |s| s.keys().await).unwrap();
        assert_eq!(keys.iter().map(|key| key.key.get()).collect::<Vec<_>>(), [1, 2, 3]);
    }
}
