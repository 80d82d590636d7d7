//! What is checked, by the name that the image is started with. The token's plan of faults comes from outside
//! and has to fit; its messages are counted from 1, the power on.

use core::ops::ControlFlow;

use embassy_time::{Duration, Instant, TimeoutError, with_timeout};
use embassy_usb_host::{BusState, bus};
use kaztoken_core::Millis;
use kaztoken_core::apdu::Command;
use kaztoken_core::ccid::{
    CcidError, CcidLink, ClassRequest, LinkError, LinkOptions, NoHook, UsbInterfaceError, Violation,
};
use kaztoken_core::drive::Failure;
use kaztoken_core::drive::asynchronous::{ApduLink, BulkPipe, run as converse};
use kaztoken_core::gost::signature::TokenWire;
use kaztoken_core::gost::{self, HashAlgorithm, ParameterSet, PublicKey, Signature};
use kaztoken_core::pin::{Access, LastTry, Pin, Role, State};
use kaztoken_core::token::{Algorithm, BUFFER_LEN, Card, CryptoProSet, Error, Protocol, Serial, Session};
use semihosting::println;

use crate::board;
use crate::controller::Host;
use crate::report::{Report, Trouble, expect};
use crate::token::{Token, UsbError};

/// The virtual token's serial number, as the rig makes it.
const SERIAL: Serial = Serial(0x4773_8461);
/// Its user PIN in the factory state, and one that is wrong.
const USER_PIN: &[u8] = b"12345678";
const WRONG_PIN: &[u8] = b"12345670";
const TRIES: u8 = 10;
/// How long something may take to be plugged in.
const PLUG: Duration = Duration::from_secs(2);
/// The budget of single APDUs, and of power on and off: long, since the machine may be busy.
const BUDGET: Millis = Millis(5_000);
/// And where an answer is lost on purpose.
const SHORT: Millis = Millis(600);
/// GET DATA: the serial number.
const GET_SERIAL: [u8; 5] = [0x00, 0xCA, 0x01, 0x81, 0x00];
/// How many APDUs are timed.
const TIMED: u32 = 200;

type Link = CcidLink<Token<Host>, fn() -> Millis, NoHook>;

fn clock() -> Millis {
    Millis(board::microseconds() / 1000)
}

/// Carries out the checks with this name. Returns the exit status.
pub(crate) async fn run(name: &str) -> i32 {
    let mut report = Report::new();
    let result = match name {
        "token" => token(&mut report).await,
        "slow" => slow(&mut report).await,
        "damage" => damage(&mut report).await,
        "pin" => lost_verify(&mut report).await,
        "reset" => bus_reset(&mut report).await,
        "unplug" => unplug(&mut report).await,
        "empty-reader" => empty_reader(&mut report).await,
        "hub" => refused(&mut report, "a hub is refused", UsbError::Hub).await,
        "mouse" => {
            let error = UsbError::Interface(UsbInterfaceError::Missing);
            refused(&mut report, "a mouse is no token", error).await
        }
        "nothing" => nothing(&mut report).await,
        _ => Err(Trouble::Not("the name of a scenario")),
    };
    report.finish(result)
}

/// Starts the controller and enumerates what is plugged in.
async fn plugged() -> Result<Token<Host>, Trouble> {
    static STATE: BusState = BusState::new();
    let (mut controller, handle) = bus(Host::start()?, &STATE);
    let speed = with_timeout(PLUG, controller.wait_for_connection())
        .await
        .map_err(|TimeoutError| Trouble::Not("something plugged in"))?;
    Ok(Token::open(controller, handle, speed).await?)
}

async fn open(token: Token<Host>) -> Result<Link, Trouble> {
    let interface = token.interface().ok_or(UsbError::Unplugged)?;
    let options = LinkOptions {
        max_packet: interface.bulk_in.max_packet,
        power_budget: BUDGET,
        sequence: 0xFE,
        ..LinkOptions::default()
    };
    let on_wait: NoHook = |_| ControlFlow::Continue(());
    Ok(CcidLink::open_async(token, clock as fn() -> Millis, &interface.class, options, on_wait).await?)
}

/// Runs a conversation. After a fault of the link nothing is known of the PINs.
async fn talk<T>(
    link: &mut Link,
    access: &mut Access,
    conversation: impl AsyncFnOnce(&mut Session<'_>) -> Result<T, Error>,
) -> Result<T, Failure<LinkError<UsbError>>> {
    let mut buffer = [0; BUFFER_LEN];
    let card = Card::new(&mut buffer, Protocol::T1);
    let mut session = Session::new(&card, access);
    let result = converse(link, &card, conversation(&mut session)).await;
    if matches!(result, Err(Failure::Link(_))) {
        access.forget();
    }
    result
}

async fn serial(link: &mut Link) -> Result<Serial, LinkError<UsbError>> {
    serial_within(link, BUDGET).await
}

async fn serial_within(link: &mut Link, budget: Millis) -> Result<Serial, LinkError<UsbError>> {
    let mut response = [0; 258];
    let len = link.transmit(&GET_SERIAL, &mut response, budget).await?;
    match response.get(..len) {
        Some(&[a, b, c, d, e, f, g, h, 0x90, 0x00]) => {
            Ok(Serial(u64::from_be_bytes([a, b, c, d, e, f, g, h])))
        }
        _ => Err(CcidError::Violation(Violation::NoStatusWord { got: len }).into()),
    }
}

fn pin(bytes: &[u8]) -> Result<Pin, Trouble> {
    Pin::new(bytes).map_err(|_| Trouble::Not("a PIN"))
}

async fn tries(link: &mut Link, access: &mut Access, role: Role) -> Result<State, Trouble> {
    Ok(talk(link, access, async |session| session.pin_info(role).await).await?.state)
}

/// The token's work without faults.
async fn token(report: &mut Report) -> Result<(), Trouble> {
    report.step("enumerate");
    let mut token = plugged().await?;
    expect(token.id() == Some((0x0A89, 0x0035)), "the identity of a KAZTOKEN")?;

    report.step("a class request that stalls");
    let mut rates = [0; 16];
    let answer = token.class_request(ClassRequest::GetDataRates, &mut rates, Millis(500)).await?;
    expect(answer.is_none(), "a stall")?;

    report.step("power on");
    let mut link = open(token).await?;
    println!("  | answer to reset: {:02X?}", link.atr_bytes());
    let mut access = Access::unknown();

    report.step("identify");
    let identity = talk(&mut link, &mut access, async |session| session.identify().await).await?;
    expect(identity.serial == SERIAL, "the serial number")?;
    expect(identity.layouts.file_system && identity.layouts.key_folders, "the folders of the factory state")?;

    report.step("tries left");
    for role in [Role::User, Role::Admin] {
        let state = tries(&mut link, &mut access, role).await?;
        expect(state == State::NotVerified { tries: TRIES }, "ten tries")?;
    }

    report.step("a wrong PIN takes one try");
    let wrong = pin(WRONG_PIN)?;
    let result = talk(&mut link, &mut access, async |session| {
        session.login_user(&wrong, LastTry::Refuse).await.map(drop)
    })
    .await;
    let tries_left = Some(TRIES - 1);
    let error = Error::WrongPin { role: Role::User, tries_left };
    expect(result == Err(Failure::Token(error)), "nine tries")?;

    report.step("login, key, GOST signature, logout");
    let right = pin(USER_PIN)?;
    let digest = HashAlgorithm::Streebog256.digest(b"Payment order 17: 125000.00 KZT");
    let mut signature = [0; 128];
    let (key, public, len) = talk(&mut link, &mut access, async |session| {
        let mut user = session.login_user(&right, LastTry::Refuse).await?;
        let (key, public) = user.generate(Algorithm::Gost256(CryptoProSet::A)).await?;
        let len = user.sign_gost(key, digest.as_slice(), &mut signature).await?.len();
        user.logout().await?;
        Ok((key, public, len))
    })
    .await?;

    report.step("the signature verifies in software");
    let decoded = |_| Trouble::Not("a key and a signature that can be read");
    let public = PublicKey::from_raw(ParameterSet::CryptoProA, &public).map_err(decoded)?;
    let wire = TokenWire::from_slice(signature.get(..len).unwrap_or_default()).map_err(decoded)?;
    let wire = Signature::from(wire);
    expect(gost::verify(&public, &digest, &wire).is_ok(), "a valid signature")?;
    let other = HashAlgorithm::Streebog256.digest(b"Payment order 17: 925000.00 KZT");
    expect(gost::verify(&public, &other, &wire).is_err(), "no signature of anything else")?;

    report.step("logged out means logged out");
    let state = tries(&mut link, &mut access, Role::User).await?;
    expect(state == State::NotVerified { tries: TRIES }, "all tries back")?;
    let refused = talk(&mut link, &mut access, async |session| {
        // PERFORM SECURITY OPERATION with nobody logged in.
        let command = Command::new(0, 0x2A, 0x9E, 0x9A).data(digest.as_slice()).ne(64);
        session.raw(command, &mut signature).await
    })
    .await?;
    expect(!refused.sw.is_success(), "a refusal")?;
    let keys = talk(&mut link, &mut access, async |session| session.keys().await).await?;
    expect(keys.iter().any(|known| known.key == key), "the key in the list")?;

    report.step("an answer of several packets");
    let mut random = [0; 255];
    talk(&mut link, &mut access, async |session| session.random(&mut random).await).await?;
    expect(random.iter().any(|byte| *byte != 0), "random bytes")?;

    report.step("200 APDUs");
    let begin = Instant::now();
    for _ in 0..TIMED {
        expect(serial(&mut link).await? == SERIAL, "the serial number")?;
    }
    println!("  | {TIMED} APDUs in {} ms", begin.elapsed().as_millis());

    report.step("power cycle and power off");
    link.power_cycle_async().await?;
    expect(link.recovery().next().is_none() && link.recovery().answers_lost() == 0, "a sound link")?;
    let (token, closed) = link.close_async().await;
    closed?;
    // What the drain gave up waiting for was taken up again by the next request.
    expect(token.controller().lost_channels() == 0, "no channel stopped in the middle")
}

/// `late@2:400ms,extend@CA:2x150ms`: the token takes its time.
async fn slow(report: &mut Report) -> Result<(), Trouble> {
    report.step("a late answer, after time extensions");
    let mut link = open(plugged().await?).await?;
    let mut access = Access::unknown();
    let begin = Instant::now();
    let found = talk(&mut link, &mut access, async |session| session.serial().await).await?;
    expect(found == SERIAL, "the serial number")?;
    expect(begin.elapsed().as_millis() >= 700, "that it took 700 ms")?;
    expect(link.counters().time_extensions == 2, "two time extensions")?;
    report.step("nothing was lost by waiting");
    expect(serial(&mut link).await? == SERIAL, "the serial number")?;
    expect(link.recovery().answers_lost() == 0, "no lost answer")
}

/// `drop@3,corrupt@6`: answers that are lost or damaged are followed by an abort, of which the control half
/// goes over the control pipe; the command is not sent again.
async fn damage(report: &mut Report) -> Result<(), Trouble> {
    let mut link = open(plugged().await?).await?;
    expect(serial(&mut link).await? == SERIAL, "the serial number")?;
    report.step("a lost answer ends in a timeout");
    let lost = serial_within(&mut link, SHORT).await;
    expect(matches!(lost, Err(LinkError::Ccid(CcidError::Timeout { .. }))), "a timeout")?;
    expect(link.recovery().next().is_none(), "a confirmed abort")?;
    expect(link.recovery().answers_lost() == 1, "one lost answer")?;
    report.step("and the next command is answered");
    expect(serial(&mut link).await? == SERIAL, "the serial number")?;
    report.step("a damaged answer is refused");
    let damaged = serial(&mut link).await;
    expect(matches!(damaged, Err(LinkError::Ccid(CcidError::Violation(_)))), "a violation")?;
    report.step("and the next command is answered, after recovery if need be");
    link.recover_async().await?;
    expect(serial(&mut link).await? == SERIAL, "the serial number")
}

/// `truncate@4:5`: logout, counter, VERIFY: of its answer nothing arrives that could be used.
async fn lost_verify(report: &mut Report) -> Result<(), Trouble> {
    let mut link = open(plugged().await?).await?;
    let mut access = Access::unknown();
    report.step("the answer to a wrong PIN is lost");
    let wrong = pin(WRONG_PIN)?;
    let result = talk(&mut link, &mut access, async |session| {
        session.login_user(&wrong, LastTry::Refuse).await.map(drop)
    })
    .await;
    expect(matches!(result, Err(Failure::Link(_))), "a failure of the link")?;
    expect(access.state(Role::User) == State::Unknown, "that nothing is known of the PIN")?;
    report.step("it was sent once");
    link.recover_async().await?;
    let state = tries(&mut link, &mut access, Role::User).await?;
    expect(state == State::NotVerified { tries: TRIES - 1 }, "one try less")
}

/// The bus is reset between two uses of the token. Not on the recovery ladder, where an answer is waited for
/// in vain: QEMU 7.2 keeps the bulk-IN request of a controller that was reset, and ends when the next one is
/// answered before it (`usb_packet_complete_one`).
async fn bus_reset(report: &mut Report) -> Result<(), Trouble> {
    let mut token = plugged().await?;
    for name in ["a reset before the first use", "and one after a use"] {
        report.step(name);
        expect(token.reset().await?, "a token that comes back")?;
        let mut link = open(token).await?;
        let mut access = Access::unknown();
        let right = pin(USER_PIN)?;
        talk(&mut link, &mut access, async |session| {
            let user = session.login_user(&right, LastTry::Refuse).await?;
            user.logout().await
        })
        .await?;
        expect(serial(&mut link).await? == SERIAL, "the serial number")?;
        let (back, closed) = link.close_async().await;
        closed?;
        token = back;
    }
    Ok(())
}

/// `unplug@3`: pulled out in the middle of an exchange.
async fn unplug(report: &mut Report) -> Result<(), Trouble> {
    let mut link = open(plugged().await?).await?;
    expect(serial(&mut link).await? == SERIAL, "the serial number")?;
    report.step("unplugged in the middle of an exchange");
    let gone = Err(LinkError::Pipe(UsbError::Unplugged));
    expect(serial(&mut link).await == gone, "that it is unplugged")?;
    report.step("every later command says so");
    expect(serial(&mut link).await.is_err(), "an error")?;
    expect(link.recover_async().await == Err(LinkError::Pipe(UsbError::Unplugged)), "that it is unplugged")
}

/// QEMU's own reader without a card: another implementation than ours.
async fn empty_reader(report: &mut Report) -> Result<(), Trouble> {
    report.step("a reader of other make is enumerated");
    let token = plugged().await?;
    expect(token.id() == Some((0x08E6, 0x4433)), "QEMU's reader")?;
    report.step("it has no card");
    match open(token).await {
        Err(Trouble::Link(LinkError::Ccid(CcidError::CardAbsent))) => Ok(()),
        Err(trouble) => Err(trouble),
        Ok(_) => Err(Trouble::Not("no card")),
    }
}

/// Something else is plugged in.
async fn refused(report: &mut Report, name: &'static str, error: UsbError) -> Result<(), Trouble> {
    report.step(name);
    match plugged().await {
        Err(Trouble::Usb(got)) if got == error => Ok(()),
        Err(trouble) => Err(trouble),
        Ok(_) => Err(Trouble::Not("a refusal")),
    }
}

/// Nothing is plugged in.
async fn nothing(report: &mut Report) -> Result<(), Trouble> {
    report.step("an empty port");
    match plugged().await {
        Err(Trouble::Not("something plugged in")) => Ok(()),
        Err(trouble) => Err(trouble),
        Ok(_) => Err(Trouble::Not("nothing")),
    }
}
