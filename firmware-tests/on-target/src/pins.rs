//! The PIN state machine, and sessions against a card that counts: no PIN is sent that should not be.

use kaztoken_core::apdu::StatusWord;
use kaztoken_core::drive::{ApduLink, Connection, Failure};
use kaztoken_core::pin::{Access, LastTry, Pin, PinError, Refusal, Role, State};
use kaztoken_core::token::{Error, Protocol};

use crate::cases::{Cases, Failed, Wrong, check, wrong};
use crate::token::{AnswerLost, TRIES, Token, USER_PIN};

const WRONG_PIN: &[u8] = b"00000000";

/// What is known after each answer, and what may be sent then.
///
/// # Errors
/// [`Failed`].
pub fn states() -> Result<(), Failed> {
    let mut cases = Cases::new();
    for (sw, expected) in [
        (0x9000, State::Verified),
        (0x6300, State::Unknown),
        (0x63C3, State::NotVerified { tries: 3 }),
        (0x63C0, State::Blocked),
        (0x6983, State::Blocked),
        (0x6F86, State::Unknown),
        (0x6D00, State::Unknown),
    ] {
        cases.run(format_args!("VERIFY answered {sw:04X}"), || {
            let mut access = Access::unknown();
            access.verify_sent(Role::User);
            check(access.state(Role::User) == State::Unknown, "known while VERIFY is under way")?;
            access.verify_answered(Role::User, StatusWord(sw));
            check(access.state(Role::User) == expected, "another state")?;
            check(access.state(Role::Admin) == State::Unknown, "the administrator's changed")
        });
    }
    for tries in 0..=15_u16 {
        cases.run(format_args!("{tries} tries left"), || {
            let mut access = Access::unknown();
            access.counter_read(Role::User, StatusWord(0x63C0 | tries));
            let (refused, accepted) = (
                access.permit(Role::User, LastTry::Refuse).err(),
                access.permit(Role::User, LastTry::Accept).err(),
            );
            let expected = match tries {
                0 => (Some(Refusal::Blocked), Some(Refusal::Blocked)),
                1 => (Some(Refusal::LastTry), None),
                _ => (None, None),
            };
            check((refused, accepted) == expected, "another permission")?;
            access.forget();
            check(access.permit(Role::User, LastTry::Accept) == Err(Refusal::CounterUnknown), "after forget")
        });
    }
    for (name, bytes, expected) in [
        ("no PIN", &[][..], Some(PinError::Empty)),
        ("250 bytes", &[b'1'; 250], Some(PinError::TooLong { got: 250 })),
        ("249 bytes", &[b'1'; 249], None),
        ("a line feed", b"abc\n", Some(PinError::NotAscii)),
    ] {
        cases.run(name, || check(Pin::new(bytes).err() == expected, "another error"));
    }
    cases.end(27)
}

/// Logins through the driver.
///
/// # Errors
/// [`Failed`].
pub fn logins() -> Result<(), Failed> {
    let mut cases = Cases::new();
    cases.run("right PIN, logout", || {
        let mut connection = Connection::new(Token::default(), Protocol::T1);
        login(&mut connection, &USER_PIN, LastTry::Refuse).map_err(told)?;
        check(connection.link().verified && connection.link().pins == 1, "not logged in with one PIN")?;
        check(connection.access().state(Role::User) == State::Verified, "not known as logged in")?;
        connection.run(async |session| session.logout().await).map_err(told)?;
        check(!connection.link().verified, "still logged in")
    });
    cases.run("wrong PINs until one try is left", || {
        let mut connection = Connection::new(Token::default(), Protocol::T1);
        for left in [2, 1] {
            let expected = Error::WrongPin { role: Role::User, tries_left: Some(left) };
            expect(login(&mut connection, WRONG_PIN, LastTry::Refuse), Failure::Token(expected))?;
        }
        let refused = Error::PinRefused { role: Role::User, refusal: Refusal::LastTry };
        expect(login(&mut connection, &USER_PIN, LastTry::Refuse), Failure::Token(refused))?;
        check(connection.link().pins == 2, "the last try was spent without consent")?;
        login(&mut connection, &USER_PIN, LastTry::Accept).map_err(told)?;
        check(connection.link().tries == TRIES, "not all tries back")
    });
    cases.run("a blocked PIN is not sent", || {
        let mut connection = Connection::new(Token { tries: 0, ..Token::default() }, Protocol::T1);
        let refused = Error::PinRefused { role: Role::User, refusal: Refusal::Blocked };
        expect(login(&mut connection, &USER_PIN, LastTry::Accept), Failure::Token(refused))?;
        check(connection.link().pins == 0, "it was sent")
    });
    cases.run("a lost answer: VERIFY is not repeated", || {
        let token = Token { lose_answer: true, ..Token::default() };
        let mut connection = Connection::new(token, Protocol::T1);
        expect(login(&mut connection, WRONG_PIN, LastTry::Refuse), Failure::Link(AnswerLost))?;
        check(connection.link().pins == 1, "sent again")?;
        check(connection.access().state(Role::User) == State::Unknown, "claims to know the state")?;
        // The next login reads the counter first.
        login(&mut connection, &USER_PIN, LastTry::Refuse).map_err(told)?;
        check(connection.link().pins == 2, "not once")
    });
    cases.run("over T=0", || {
        let mut connection = Connection::new(Token::default(), Protocol::T0);
        login(&mut connection, &USER_PIN, LastTry::Refuse).map_err(told)?;
        check(connection.link().verified, "not logged in")
    });
    cases.end(5)
}

type Result_<T> = Result<T, Failure<AnswerLost>>;

#[inline(never)]
fn login(connection: &mut Connection<Token>, pin: &[u8], last_try: LastTry) -> Result_<()> {
    let pin = Pin::new(pin).map_err(|_| Failure::Token(Error::NotAConversation))?;
    connection.run(async |session| session.login_user(&pin, last_try).await.map(|_| ()))
}

fn told<E: core::fmt::Debug>(error: E) -> Wrong {
    wrong(format_args!("{error:?}"))
}

fn expect(got: Result_<()>, expected: Failure<<Token as ApduLink>::Error>) -> Result<(), Wrong> {
    if got == Err(expected) { Ok(()) } else { Err(wrong(format_args!("{got:?}"))) }
}
