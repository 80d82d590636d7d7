//! Identify and format.

use super::link::{CONSENT, SERIAL, connect, format, formatted, pin, token};
use kaztoken_core::apdu::{AccessRules, Fci, FileKind};
use kaztoken_core::drive::Failure;
use kaztoken_core::pin::{Limits, Role, State};
use kaztoken_core::token::opensc::Label;
use kaztoken_core::token::{
    Algorithm, Contents, EraseEverything, Error, FormatParameters, FormatRefusal, Path, Serial, UserPinChange,
};
use kaztoken_virtual::Model;

const MODELS: [Model; 3] = [Model::Kaztoken, Model::KaztokenSc, Model::RutokenEcp];

#[test]
fn a_factory_token_has_no_opensc_layout_and_no_label() {
    for model in MODELS {
        let mut token = token(model);
        let identity = connect(&mut token).run(async |s| s.identify().await).unwrap();
        assert_eq!(identity.serial, SERIAL);
        assert!(identity.free_memory.unwrap() > 64 * 1024);
        assert!(identity.layouts.file_system && identity.layouts.key_folders && identity.layouts.vendor);
        assert!(!identity.layouts.opensc && !identity.layouts.opensc_unfinished);
        assert_eq!(identity.label, None);
    }
}

/// The label alone changes: OpenSC reads the same file, so its other fields stay octet for octet.
#[test]
fn a_label_is_given_changed_and_taken() {
    let info = Path::PKCS15.child(0x5032);
    for model in MODELS {
        let mut blank = token(model);
        let none = connect(&mut blank).run(async |s| s.set_label(Label::new("x").as_ref()).await);
        assert!(matches!(none, Err(Failure::Token(Error::NoLayout))), "{none:?}");
        let mut token = formatted(model);
        let (mut first, mut last) = ([0; 128], [0; 128]);
        let mut connection = connect(&mut token);
        connection
            .run(async |session| {
                session.set_label(None).await?;
                session.read_file(info, &mut first).await?;
                for text in ["Бухгалтерия", "a", &"z".repeat(Label::MAX_LEN)] {
                    let label = Label::new(text);
                    session.set_label(label.as_ref()).await?;
                    assert_eq!(session.label().await?, label);
                    assert_eq!(session.serial().await?, SERIAL);
                }
                session.set_label(None).await?;
                assert_eq!(session.label().await?, None);
                session.read_file(info, &mut last).await
            })
            .unwrap();
        assert_eq!(first, last);
    }
}

#[test]
fn a_format_gives_label_limits_and_policy() {
    for model in MODELS {
        let mut token = token(model);
        let mut connection = connect(&mut token);
        connection
            .run(async |session| {
                let (old, admin, user) = (pin("87654321"), pin("Almaty-2026"), pin("12345678"));
                let parameters = FormatParameters {
                    label: Label::new("Бухгалтерия"),
                    min_admin_len: 10,
                    min_user_len: 8,
                    admin_tries: 3,
                    user_tries: 2,
                    user_pin_change: UserPinChange::Admin,
                    time: Some(*b"20261122120000Z"),
                    ..FormatParameters::new(&admin, &user)
                };
                let consent = EraseEverything::confirm(session.serial().await?, SERIAL).unwrap();
                session.login_admin(&old, CONSENT).await?.format(consent, &parameters).await?;
                let identity = session.identify().await?;
                assert!(identity.layouts.opensc && identity.layouts.key_folders && identity.layouts.vendor);
                assert_eq!(identity.label.unwrap().as_str(), "Бухгалтерия");
                assert_eq!(session.pin_info(Role::Admin).await?.state, State::NotVerified { tries: 3 });
                assert_eq!(session.pin_info(Role::User).await?.state, State::NotVerified { tries: 2 });
                // Only the administrator may change the user PIN, and not to a short one.
                let mut as_user = session.login_user(&user, CONSENT).await?;
                assert!(matches!(
                    as_user.change_pin(&pin("another-1"), Limits::ANY).await,
                    Err(Error::Card { .. })
                ));
                let mut as_admin = session.login_admin(&admin, CONSENT).await?;
                assert!(as_admin.set_user_pin(&pin("seven77"), Limits::ANY).await.is_err());
                as_admin.set_user_pin(&pin("eight888"), Limits::ANY).await?;
                session.login_user(&pin("eight888"), CONSENT).await.map(|_| ())
            })
            .unwrap();
    }
}

#[test]
fn formatting_needs_the_right_serial_and_an_empty_token() {
    assert!(EraseEverything::confirm(SERIAL, Serial(1)).is_err());
    let mut token = formatted(Model::Kaztoken);
    let mut connection = connect(&mut token);
    connection
        .run(async |session| {
            session
                .login_user(&pin("12345678"), CONSENT)
                .await?
                .generate(Algorithm::Gost512)
                .await
                .map(|_| ())
        })
        .unwrap();
    let refused = Err(Failure::Token(Error::FormatRefused(FormatRefusal::NotEmpty(Contents {
        keys: 1,
        certificates: 0,
        foreign: 0,
    }))));
    assert_eq!(format(&mut connection, false), refused);
    let keys = connection.run(async |s| s.keys().await).unwrap();
    assert_eq!(keys.len(), 1, "a refused format leaves the token as it was");
    format(&mut connection, true).unwrap();
    assert!(connection.run(async |s| s.keys().await).unwrap().is_empty());
    // Consent for one token is none for another that was plugged in meanwhile.
    let other = connection.run(async |session| {
        let (admin, user) = (pin("87654321"), pin("12345678"));
        let consent = EraseEverything::confirm(Serial(1), Serial(1)).unwrap();
        let parameters = FormatParameters::new(&admin, &user);
        session.login_admin(&admin, CONSENT).await?.format(consent, &parameters).await
    });
    assert_eq!(other, Err(Failure::Token(Error::FormatRefused(FormatRefusal::OtherToken))));
}

#[test]
fn files_of_other_software_are_not_erased_unasked() {
    let mut token = token(Model::Kaztoken);
    let mut connection = connect(&mut token);
    connection
        .run(async |session| {
            let mut user = session.login_user(&pin("12345678"), CONSENT).await?;
            let vendor = Path::MF.child(0x1000).child(0x1001).child(0x8001);
            let access = AccessRules::new(&[]);
            let file = Fci { kind: FileKind::Ef, id: 1, size: 8, properties: None, access };
            user.create_file(vendor, file).await?;
            assert_eq!(user.foreign_files().await?, 1);
            Ok(())
        })
        .unwrap();
    let refusal = FormatRefusal::NotEmpty(Contents { keys: 0, certificates: 0, foreign: 1 });
    let refused = Err(Failure::Token(Error::FormatRefused(refusal)));
    assert_eq!(format(&mut connection, false), refused);
    assert_eq!(format(&mut connection, true), Ok(()));
    assert_eq!(connection.run(async |s| s.foreign_files().await), Ok(0));
}

#[test]
fn a_format_with_bad_parameters_erases_nothing() {
    let mut token = formatted(Model::Kaztoken);
    let mut connection = connect(&mut token);
    connection
        .run(async |session| {
            let (admin, user, short) = (pin("87654321"), pin("12345678"), pin("1234"));
            let good = || FormatParameters::new(&admin, &user);
            for bad in [
                FormatParameters { min_user_len: 0, ..good() },
                FormatParameters { min_admin_len: 32, ..good() },
                FormatParameters { admin_tries: 2, ..good() },
                FormatParameters { user_tries: 11, ..good() },
                FormatParameters { user_pin: &short, ..good() },
            ] {
                let consent = EraseEverything::confirm(SERIAL, SERIAL).unwrap();
                let mut as_admin = session.login_admin(&admin, CONSENT).await?;
                assert!(matches!(
                    as_admin.format(consent, &bad).await,
                    Err(Error::WrongInput { .. } | Error::Weak(_))
                ));
            }
            assert!(session.identify().await?.layouts.opensc);
            Ok(())
        })
        .unwrap();
}

#[test]
fn an_unfinished_format_is_no_way_round_the_administrator_pin() {
    let mut token = formatted(Model::Kaztoken);
    let result = connect(&mut token).run(async |session| {
        let (admin, user) = (pin("87654321"), pin("12345678"));
        let consent = EraseEverything::confirm(SERIAL, SERIAL).unwrap();
        session.format_unfinished(consent, &FormatParameters::new(&admin, &user)).await
    });
    assert_eq!(result, Err(Failure::Token(Error::FormatRefused(FormatRefusal::AdminPinNeeded))));
}
