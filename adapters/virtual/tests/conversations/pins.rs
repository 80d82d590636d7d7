//! PINs: what costs a try and what does not.

use super::link::{CONSENT, Cut, connect, connect_cut, formatted, pin};
use kaztoken_core::apdu::Command;
use kaztoken_core::drive::Failure;
use kaztoken_core::pin::{LastTry, Limits, Refusal, Role, State};
use kaztoken_core::token::Error;
use kaztoken_virtual::Model;

fn verifies(sent: &[Vec<u8>]) -> usize {
    sent.iter().filter(|apdu| apdu[1] == 0x20 && apdu.len() > 5).count()
}

#[test]
fn a_wrong_pin_costs_one_try_and_says_how_many_are_left() {
    for model in [Model::Kaztoken, Model::KaztokenSc] {
        let mut token = formatted(model);
        let mut connection = connect(&mut token);
        for left in (1..=4).rev() {
            let result =
                connection.run(async |s| s.login_user(&pin("wrong-1"), LastTry::Accept).await.map(|_| ()));
            let expected = Error::WrongPin { role: Role::User, tries_left: Some(left) };
            assert_eq!(result, Err(Failure::Token(expected)));
        }
        assert_eq!(verifies(&connection.link().sent), 4);
        // The last try: nothing is sent without consent.
        let before = verifies(&connection.link().sent);
        let result = connection.run(async |s| s.login_user(&pin("12345678"), CONSENT).await.map(|_| ()));
        let refused = Error::PinRefused { role: Role::User, refusal: Refusal::LastTry };
        assert_eq!(result, Err(Failure::Token(refused)));
        assert_eq!(verifies(&connection.link().sent), before);
        let result =
            connection.run(async |s| s.login_user(&pin("wrong-1"), LastTry::Accept).await.map(|_| ()));
        assert_eq!(result, Err(Failure::Token(Error::PinBlocked { role: Role::User })));
        // Blocked: not even sent with consent.
        let result =
            connection.run(async |s| s.login_user(&pin("12345678"), LastTry::Accept).await.map(|_| ()));
        let refused = Error::PinRefused { role: Role::User, refusal: Refusal::Blocked };
        assert_eq!(result, Err(Failure::Token(refused)));
        // The administrator gives the tries back; the PIN is the old one.
        connection
            .run(async |session| {
                session.login_admin(&pin("87654321"), CONSENT).await?.unblock_user_pin().await?;
                session.login_user(&pin("12345678"), CONSENT).await.map(|_| ())
            })
            .unwrap();
    }
}

#[test]
fn changing_pins() {
    let mut token = formatted(Model::Kaztoken);
    let mut connection = connect(&mut token);
    connection
        .run(async |session| {
            let limits = Limits { min: 6, max: 32 };
            let mut user = session.login_user(&pin("12345678"), CONSENT).await?;
            assert!(matches!(user.change_pin(&pin("short"), limits).await, Err(Error::Weak(_))));
            user.change_pin(&pin("Kz47token9"), limits).await?;
            session.login_user(&pin("Kz47token9"), CONSENT).await?.logout().await?;
            let mut admin = session.login_admin(&pin("87654321"), CONSENT).await?;
            admin.change_pin(&pin("Astana*2026"), limits).await?;
            session.login_admin(&pin("Astana*2026"), CONSENT).await.map(|_| ())
        })
        .unwrap();
}

#[test]
fn a_249_byte_pin_fits_one_command() {
    let mut token = formatted(Model::Kaztoken);
    let long = pin(&"p".repeat(249));
    connect(&mut token)
        .run(async |session| {
            session.login_user(&pin("12345678"), CONSENT).await?.change_pin(&long, Limits::ANY).await?;
            session.login_user(&long, CONSENT).await.map(|_| ())
        })
        .unwrap();
}

#[test]
fn a_lost_answer_to_verify_is_never_repeated() {
    for cut in [Cut::CommandLost(3), Cut::AnswerLost(3)] {
        let mut token = formatted(Model::Kaztoken);
        let mut connection = connect_cut(&mut token, cut);
        let result = connection.run(async |s| s.login_user(&pin("wrong-1"), CONSENT).await.map(|_| ()));
        assert!(matches!(result, Err(Failure::Link(_))));
        assert_eq!(verifies(&connection.link().sent), 1);
        assert_eq!(connection.access().state(Role::User), State::Unknown);
        drop(connection);
        let left = match cut {
            Cut::CommandLost(_) => 5,
            _ => 4,
        };
        let info = connect(&mut token).run(async |s| s.pin_info(Role::User).await).unwrap();
        assert_eq!(info.state, State::NotVerified { tries: left });
    }
}

#[test]
fn dropping_the_connection_logs_out() {
    let mut token = formatted(Model::Kaztoken);
    let mut connection = connect(&mut token);
    connection.run(async |s| s.login_user(&pin("12345678"), CONSENT).await.map(|_| ())).unwrap();
    drop(connection);
    // No reset in between: whoever comes next has no rights.
    let mut answer = Vec::new();
    kaztoken_virtual::Card::process(&mut token, &[0, 0x20, 0, 2], &mut answer);
    assert_eq!(answer, [0x63, 0xC5]);
}

#[test]
fn somebody_elses_login_is_ended_first() {
    let mut token = formatted(Model::Kaztoken);
    let mut connection = connect(&mut token);
    connection
        .run(async |session| {
            let foreign = Command::new(0, 0x20, 0, 1).data(b"87654321");
            assert!(session.raw(foreign, &mut []).await?.sw.is_success());
            session.login_user(&pin("12345678"), CONSENT).await.map(|_| ())
        })
        .unwrap();
}

#[test]
fn what_is_known_claims_no_rights_that_may_be_gone() {
    let mut token = formatted(Model::Kaztoken);
    let mut connection = connect(&mut token);
    connection
        .run(async |session| {
            let mut user = session.login_user(&pin("12345678"), CONSENT).await?;
            assert_eq!(user.access().state(Role::User), State::Verified);
            // Refused for want of rights: whose rights there are is open.
            let aodf = kaztoken_core::token::Path::PKCS15.child(0x6005);
            assert!(user.write_file(aodf, 0, &[0]).await.is_err());
            assert_eq!(user.access().state(Role::User), State::Unknown);
            assert_eq!(user.pin_info(Role::User).await?.state, State::Verified);
            user.change_pin(&pin("Kz47token9"), Limits::ANY).await?;
            assert_eq!(user.access().state(Role::User), State::Unknown);
            let mut admin = session.login_admin(&pin("87654321"), CONSENT).await?;
            admin.set_user_pin(&pin("12345678"), Limits::ANY).await?;
            assert_eq!(admin.access().state(Role::User), State::NotVerified { tries: 5 });
            admin.raw(Command::new(0x80, 0x40, 0, 0), &mut []).await?;
            assert_eq!(admin.access().state(Role::Admin), State::Unknown);
            Ok(())
        })
        .unwrap();
}
