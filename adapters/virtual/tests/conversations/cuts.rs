//! Every conversation, cut off after every single APDU, both ways: the command lost, or its answer.
//!
//! Afterwards the token must be usable with the same PINs, no try may have been spent, and every
//! key file must show in the list of keys.

use super::link::{CONSENT, Cut, Link, Outcome, SERIAL, connect, connect_cut, format, formatted, pin, token};
use kaztoken_core::apdu::tlv;
use kaztoken_core::drive::{Connection, Failure};
use kaztoken_core::pin::{Limits, Pin, Role, State};
use kaztoken_core::token::opensc::DirectoryKind;
use kaztoken_core::token::{Algorithm, CryptoProSet, Error, KeyRef, KeyState, Path, Session};
use kaztoken_virtual::store::MemoryStore;
use kaztoken_virtual::{Model, VirtualToken};

type Token = VirtualToken<MemoryStore>;

const GOST: Algorithm = Algorithm::Gost256(CryptoProSet::A);

/// Runs `conversation` once whole, to count its APDUs, then once for each place to cut it; `check`
/// looks at what is left. Returns how many cuts there were.
fn sweep(
    prepare: impl Fn() -> Token,
    conversation: impl Fn(&mut Connection<Link<'_>>) -> Outcome<()>,
    check: impl Fn(&mut Token, Cut),
) -> usize {
    let mut whole = prepare();
    let mut connection = connect(&mut whole);
    conversation(&mut connection).unwrap();
    let count = connection.link().sent.len();
    drop(connection);
    assert!(count > 0);
    for n in 1..=count {
        for cut in [Cut::CommandLost(n), Cut::AnswerLost(n)] {
            let mut token = prepare();
            let result = conversation(&mut connect_cut(&mut token, cut));
            assert!(matches!(result, Err(Failure::Link(_))), "{cut:?}: {result:?}");
            check(&mut token, cut);
        }
    }
    2 * count
}

/// Whether the counter of a PIN is full, by asking without sending one.
async fn no_try_spent(session: &mut Session<'_>, role: Role, full: u8) -> Result<(), Error> {
    assert_eq!(session.pin_info(role).await?.state, State::NotVerified { tries: full }, "{role}");
    Ok(())
}

/// The token works: both counters are full, the user gets in with one of these PINs, can make a key
/// and sign with it, and no key file is without its line in the list.
fn usable(token: &mut Token, user_pins: &[Pin], cut: Cut) {
    connect(token)
        .run(async |session| {
            no_try_spent(session, Role::Admin, 10).await?;
            no_try_spent(session, Role::User, 5).await?;
            let mut inside = None;
            for candidate in user_pins {
                match session.login_user(candidate, CONSENT).await {
                    Ok(_) => inside = Some(candidate),
                    Err(Error::WrongPin { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            let inside = inside.unwrap_or_else(|| panic!("{cut:?}: no PIN fits"));
            let mut user = session.login_user(inside, CONSENT).await?;
            let (key, public) = user.generate(GOST).await?;
            let mut out = [0; 128];
            let signature = user.sign_gost(key, &[1; 32], &mut out).await?;
            super::link::verify(GOST, &public, &[1; 32], signature);
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{cut:?}: {error}"));
    every_key_file_is_listed(token, cut);
}

fn every_key_file_is_listed(token: &mut Token, cut: Cut) {
    connect(token)
        .run(async |session| {
            let keys = session.keys().await?;
            for (folder, other) in
                [(Path::PRIVATE_KEYS, KeyState::PublicOnly), (Path::PUBLIC_KEYS, KeyState::PrivateOnly)]
            {
                for file in &session.list::<255>(folder).await? {
                    let listed = keys.iter().find(|k| u16::from(k.key.get()) == file.id);
                    assert!(listed.is_some_and(|k| k.state != other), "{cut:?}: {:04X}", file.id);
                }
            }
            // Directory entries are whole, and none names a key that was never there.
            for kind in DirectoryKind::ALL {
                for object in session.objects(kind).await?.iter() {
                    assert!(!object.label.is_empty() && object.path.is_some(), "{cut:?}: {object:?}");
                }
            }
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{cut:?}: {error}"));
}

fn registered() -> Token {
    let mut token = formatted(Model::Kaztoken);
    let mut connection = connect(&mut token);
    for name in ["first", "second"] {
        generate_and_register(&mut connection, name).unwrap();
    }
    drop(connection);
    token
}

fn generate_and_register(connection: &mut Connection<Link<'_>>, name: &str) -> Outcome<()> {
    connection.run(async |session| {
        let mut user = session.login_user(&pin("12345678"), CONSENT).await?;
        let (key, public) = user.generate(GOST).await?;
        let mut encoded: heapless::Vec<u8, 80> = heapless::Vec::new();
        tlv::push(&mut encoded, 0x04, &[&public]).unwrap();
        user.register_key(key, GOST, &encoded, name.as_bytes(), name).await
    })
}

#[test]
fn reading_conversations() {
    let cuts = sweep(
        registered,
        |connection| {
            connection.run(async |session| {
                session.identify().await?;
                session.pin_info(Role::Admin).await?;
                session.pin_info(Role::User).await?;
                session.keys().await?;
                for kind in DirectoryKind::ALL {
                    session.objects(kind).await?;
                }
                session.random(&mut [0; 300]).await
            })
        },
        |token, cut| usable(token, &[pin("12345678")], cut),
    );
    println!("identify, tries, keys, objects, random: {cuts} cuts");
}

#[test]
fn format_on_every_model() {
    for model in [Model::Kaztoken, Model::KaztokenSc, Model::RutokenEcp] {
        let cuts = sweep(
            || token(model),
            |connection| format(connection, false),
            |token, cut| {
                let identity = connect(token).run(async |s| s.identify().await).unwrap();
                assert_eq!(identity.serial, SERIAL);
                // Whatever is left, formatting once more brings a good token.
                let again = format(&mut connect(token), false);
                assert_eq!(again, Ok(()), "{model:?} {cut:?}");
                usable(token, &[pin("12345678")], cut);
            },
        );
        println!("format, {model:?}: {cuts} cuts");
    }
}

#[test]
fn login_change_and_unblock() {
    let cuts = sweep(
        registered,
        |connection| {
            connection.run(async |session| {
                let mut user = session.login_user(&pin("12345678"), CONSENT).await?;
                user.change_pin(&pin("Kz47token9"), Limits::ANY).await?;
                let mut admin = session.login_admin(&pin("87654321"), CONSENT).await?;
                admin.unblock_user_pin().await?;
                admin.set_user_pin(&pin("Qa64token8"), Limits::ANY).await?;
                admin.logout().await
            })
        },
        |token, cut| {
            // Trying out which of the three PINs it is now is the test's own affair.
            connect(token)
                .run(async |session| {
                    no_try_spent(session, Role::User, 5).await?;
                    no_try_spent(session, Role::Admin, 10).await
                })
                .unwrap();
            usable(token, &[pin("12345678"), pin("Kz47token9"), pin("Qa64token8")], cut);
        },
    );
    println!("login, change PIN, unblock, set PIN, logout: {cuts} cuts");
}

#[test]
fn generate_and_register_a_key() {
    let cuts = sweep(
        registered,
        |connection| generate_and_register(connection, "third"),
        |token, cut| {
            let names = connect(token).run(async |s| s.objects(DirectoryKind::PrivateKeys).await).unwrap();
            assert!(names.iter().take(2).map(|o| o.label).eq(["first", "second"]), "{cut:?}");
            usable(token, &[pin("12345678")], cut);
        },
    );
    println!("generate and register a key: {cuts} cuts");
}

#[test]
fn generate_a_512_bit_key_and_sign() {
    let cuts = sweep(
        registered,
        |connection| {
            connection.run(async |session| {
                let mut user = session.login_user(&pin("12345678"), CONSENT).await?;
                let (key, _) = user.generate(Algorithm::Gost512).await?;
                user.sign_gost(key, &[3; 64], &mut [0; 128]).await.map(|_| ())
            })
        },
        |token, cut| usable(token, &[pin("12345678")], cut),
    );
    println!("generate a 512-bit key and sign: {cuts} cuts");
}

#[test]
fn rsa_keys_sign_and_decipher() {
    let cuts = sweep(
        registered,
        |connection| {
            connection.run(async |session| {
                let mut user = session.login_user(&pin("12345678"), CONSENT).await?;
                let (key, _) = user.generate(Algorithm::Rsa { bits: 512 }).await?;
                let mut out = [0; 512];
                let signature = user.sign_rsa_sha256(key, &[3; 32], &mut out).await?.to_vec();
                user.decipher_rsa(key, &signature, &mut out).await.map(|_| ())
            })
        },
        |token, cut| usable(token, &[pin("12345678")], cut),
    );
    println!("generate an RSA key, sign and decipher: {cuts} cuts");
}

#[test]
fn the_layout_of_vendor_middleware() {
    let key = KeyRef::new(1).unwrap();
    let gzip = [&[0x1F, 0x8B][..], &[9; 600]].concat();
    let prepare = || {
        let mut token = registered();
        let begun = connect(&mut token).run(async |session| {
            super::objects::begin_middleware_layout(&mut session.login_user(&pin("12345678"), CONSENT).await?)
                .await
        });
        assert_eq!(begun, Ok(()));
        token
    };
    let cuts = sweep(
        prepare,
        |connection| {
            connection.run(async |session| {
                let mut user = session.login_user(&pin("12345678"), CONSENT).await?;
                user.add_alias(key, "18f3a").await?;
                user.store_compressed_certificate(key, &gzip).await
            })
        },
        |token, cut| {
            // A map cut off is the old one or the new one.
            let map = connect(token).run(async |s| s.name_map().await).unwrap();
            assert!(matches!(map.alias(key), None | Some("18f3a")), "{cut:?}");
            usable(token, &[pin("12345678")], cut);
        },
    );
    println!("alias and certificate in the layout of vendor middleware: {cuts} cuts");
}

#[test]
fn certificates_and_deletion() {
    let cuts = sweep(
        registered,
        |connection| {
            connection.run(async |session| {
                let mut user = session.login_user(&pin("12345678"), CONSENT).await?;
                user.store_certificate(&[0x30; 700], b"first", "certificate").await?;
                let public = user.objects(DirectoryKind::PublicKeys).await?;
                let private = user.objects(DirectoryKind::PrivateKeys).await?;
                user.delete_key(KeyRef::new(1).unwrap()).await?;
                user.delete_object(&public.iter().next().unwrap()).await?;
                user.delete_object(&private.iter().next().unwrap()).await
            })
        },
        |token, cut| usable(token, &[pin("12345678")], cut),
    );
    println!("store a certificate, delete a key and its entries: {cuts} cuts");
}

/// A token with eight registered keys: directories of more than 255 bytes, so that an entry is taken
/// out in several writes. Made once, given out as copies.
fn many_registered() -> impl Fn() -> Token {
    let mut token = formatted(Model::Kaztoken);
    let mut connection = connect(&mut token);
    for name in EIGHT {
        generate_and_register(&mut connection, name).unwrap();
    }
    drop(connection);
    let state = token.state().clone();
    move || {
        VirtualToken::create(MemoryStore::new(state.clone()), state.clone(), super::link::Counter(3)).unwrap()
    }
}

const EIGHT: [&str; 8] = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"];

fn names(token: &mut Token, kind: DirectoryKind) -> Vec<String> {
    let objects = connect(token).run(async |s| s.objects(kind).await).unwrap();
    objects.iter().map(|object| object.label.to_string()).collect()
}

#[test]
fn deletion_in_directories_longer_than_one_write() {
    let prepare = many_registered();
    for (at, name) in [(0, "first"), (1, "second"), (7, "eighth")] {
        let cuts = sweep(
            &prepare,
            |connection| {
                connection.run(async |session| {
                    let mut user = session.login_user(&pin("12345678"), CONSENT).await?;
                    for kind in [DirectoryKind::PublicKeys, DirectoryKind::PrivateKeys] {
                        let objects = user.objects(kind).await?;
                        user.delete_object(&objects.iter().nth(at).unwrap()).await?;
                    }
                    user.delete_key(KeyRef::new(at as u8 + 1).unwrap()).await
                })
            },
            |token, cut| {
                let without: Vec<_> = EIGHT.iter().copied().filter(|n| *n != name).collect();
                for kind in [DirectoryKind::PublicKeys, DirectoryKind::PrivateKeys] {
                    // As before, or without the entry, or ending before it: never a broken entry,
                    // never one twice. Keys whose names are lost are still in the list of keys.
                    let names = names(token, kind);
                    assert!(names == EIGHT || names == without || names == EIGHT[..at], "{cut:?}: {names:?}");
                }
                let keys = connect(token).run(async |s| s.keys().await).unwrap();
                let others = keys.iter().filter(|k| k.key.get() != at as u8 + 1);
                assert_eq!(others.filter(|k| k.state == KeyState::Pair).count(), 7, "{cut:?}");
                usable(token, &[pin("12345678")], cut);
                // The directory takes entries again.
                generate_and_register(&mut connect(token), "after").unwrap();
                assert_eq!(names_end(token), "after", "{cut:?}");
            },
        );
        println!("delete key {name} of eight and its entries: {cuts} cuts");
    }
}

fn names_end(token: &mut Token) -> String {
    names(token, DirectoryKind::PrivateKeys).pop().unwrap_or_default()
}

#[test]
fn what_is_registered_half_is_reported() {
    let prepare = many_registered();
    let cuts = sweep(
        &prepare,
        |connection| {
            generate_and_register(connection, "ninth")?;
            connection.run(async |session| {
                let mut user = session.login_user(&pin("12345678"), CONSENT).await?;
                user.store_certificate(&[0x30; 700], b"ninth", "ninth").await
            })
        },
        |token, cut| {
            for kind in [DirectoryKind::PublicKeys, DirectoryKind::PrivateKeys, DirectoryKind::Certificates] {
                // All names that were there; the new one whole or not at all.
                let names = names(token, kind);
                let old = if kind == DirectoryKind::Certificates { 0 } else { 8 };
                assert!(names.len() <= old + 1 && names[..old] == EIGHT[..old], "{cut:?}: {names:?}");
                assert!(names.get(old).is_none_or(|name| name == "ninth"), "{cut:?}: {names:?}");
            }
            connect(token)
                .run(async |session| {
                    let keys = session.keys().await?;
                    let mut contents = Vec::new();
                    for kind in DirectoryKind::ALL {
                        for object in session.objects(kind).await?.iter() {
                            // An entry names a key that is listed or a file that is there.
                            match object.key() {
                                Some(key) => assert!(keys.iter().any(|k| k.key == key), "{cut:?}"),
                                None => {
                                    session.select(object.path.unwrap()).await?;
                                    contents.extend(object.path);
                                }
                            }
                        }
                    }
                    // A key without a name, or a content file without an entry: at most the one in work.
                    let private = session.objects(DirectoryKind::PrivateKeys).await?;
                    let named = |key: KeyRef| private.iter().any(|object| object.key() == Some(key));
                    assert!(keys.iter().filter(|k| !named(k.key)).all(|k| k.key.get() == 9), "{cut:?}");
                    let files = session.list::<64>(Path::PKCS15).await?;
                    let is_content = |id: u16| (0x0200..0x0600).contains(&id);
                    let loose = files.iter().filter(|f| is_content(f.id));
                    let loose = loose.filter(|f| !contents.contains(&Path::PKCS15.child(f.id))).count();
                    assert!(loose <= 1, "{cut:?}: {loose}");
                    Ok(())
                })
                .unwrap_or_else(|error| panic!("{cut:?}: {error}"));
            usable(token, &[pin("12345678")], cut);
        },
    );
    println!("register a key and a certificate among eight: {cuts} cuts");
}
