//! Keys, certificates, files and random numbers.

use super::link::{CONSENT, Link, connect, formatted, pin};
use kaztoken_core::apdu::{AccessMode, AccessRules, Condition, Fci, FileKind, tlv};
use kaztoken_core::drive::{Connection, Failure};
use kaztoken_core::token::opensc::{DirectoryKind, EntryClass};
use kaztoken_core::token::{
    Algorithm, CryptoProSet, Error, KeyRef, KeyState, Path, User, Verified, middleware,
};
use kaztoken_virtual::Model;

fn octets(value: &[u8]) -> heapless::Vec<u8, 256> {
    let mut out = heapless::Vec::new();
    tlv::push(&mut out, 0x04, &[value]).unwrap();
    out
}

fn labels(connection: &mut Connection<Link<'_>>, kind: DirectoryKind) -> Vec<String> {
    let objects = connection.run(async |s| s.objects(kind).await).unwrap();
    objects.iter().map(|object| object.label.to_string()).collect()
}

#[test]
fn gost_keys_of_every_kind_sign_what_verifies() {
    for model in [Model::Kaztoken, Model::KaztokenSc] {
        let mut token = formatted(model);
        let mut connection = connect(&mut token);
        for algorithm in [
            Algorithm::Gost256(CryptoProSet::A),
            Algorithm::Gost256(CryptoProSet::B),
            Algorithm::Gost256(CryptoProSet::C),
            Algorithm::Gost512,
        ] {
            let len = if algorithm == Algorithm::Gost512 { 64 } else { 32 };
            let digest = vec![0x5A; len];
            let (public, signature, read_back) = connection
                .run(async |session| {
                    let mut user = session.login_user(&pin("12345678"), CONSENT).await?;
                    let (key, public) = user.generate(algorithm).await?;
                    let mut out = [0; 128];
                    let signature = user.sign_gost(key, &digest, &mut out).await?.to_vec();
                    let wrong = user.sign_gost(key, &digest[1..], &mut out).await;
                    assert!(matches!(wrong, Err(Error::WrongInput { .. })));
                    Ok((public, signature, user.read_public_key(key).await?))
                })
                .unwrap();
            assert_eq!(public, read_back);
            super::link::verify(algorithm, &public, &digest, &signature);
        }
        let keys = connection.run(async |s| s.keys().await).unwrap();
        assert_eq!(keys.iter().map(|k| k.key.get()).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert!(keys.iter().all(|k| k.state == KeyState::Pair && k.algorithm.is_some()));
    }
}

#[test]
fn rsa_signs_with_pkcs1_and_deciphers() {
    use rsa::traits::PublicKeyParts;
    let mut token = formatted(Model::Kaztoken);
    let mut connection = connect(&mut token);
    connection
        .run(async |session| {
            let mut user = session.login_user(&pin("12345678"), CONSENT).await?;
            let (key, modulus) = user.generate(Algorithm::Rsa { bits: 1024 }).await?;
            let digest = [7; 32];
            let mut out = [0; 512];
            let signature = user.sign_rsa_sha256(key, &digest, &mut out).await?.to_vec();
            let n = rsa::BoxedUint::from_be_slice(&modulus, 1024).unwrap();
            let public = rsa::PublicKey::new(n, rsa::BoxedUint::from(65537u64)).unwrap();
            let scheme = rsa::Pkcs1v15Sign::new::<sha2::Sha256>();
            public.verify(scheme, &digest, &signature).unwrap();
            // The bare operation undoes the public one.
            let size = public.size();
            assert_eq!(size, 128);
            let opened = user.decipher_rsa(key, &signature, &mut out).await;
            assert!(opened.is_ok());
            assert!(matches!(
                user.decipher_rsa(key, &signature[1..], &mut out).await,
                Err(Error::WrongInput { .. })
            ));
            assert!(matches!(
                user.sign_gost(key, &digest, &mut [0; 128]).await,
                Err(Error::WrongInput { .. })
            ));
            Ok(())
        })
        .unwrap();
}

#[test]
fn names_and_certificates_in_opensc_layout() {
    let mut token = formatted(Model::Kaztoken);
    let mut connection = connect(&mut token);
    let algorithm = Algorithm::Gost256(CryptoProSet::A);
    connection
        .run(async |session| {
            let mut user = session.login_user(&pin("12345678"), CONSENT).await?;
            for name in ["first", "second", "third"] {
                let (key, public) = user.generate(algorithm).await?;
                user.register_key(key, algorithm, &octets(&public), name.as_bytes(), name).await?;
                user.store_certificate(&[0x30; 1500], name.as_bytes(), name).await?;
            }
            Ok(())
        })
        .unwrap();
    for kind in [DirectoryKind::PrivateKeys, DirectoryKind::PublicKeys, DirectoryKind::Certificates] {
        assert_eq!(labels(&mut connection, kind), ["first", "second", "third"]);
    }
    connection
        .run(async |session| {
            let private = session.objects(DirectoryKind::PrivateKeys).await?;
            let second = private.iter().nth(1).unwrap();
            assert_eq!((second.key(), second.class), (KeyRef::new(2), EntryClass::Gost));
            let public = session.objects(DirectoryKind::PublicKeys).await?;
            let certificates = session.objects(DirectoryKind::Certificates).await?;
            let mut der = [0; 2000];
            let len = session.read_object(&certificates.iter().nth(1).unwrap(), &mut der).await?;
            assert_eq!(der[..len], [0x30; 1500]);
            let mut user = session.login_user(&pin("12345678"), CONSENT).await?;
            user.delete_key(KeyRef::new(2).unwrap()).await?;
            for (objects, at) in [(&private, 1), (&public, 1), (&certificates, 1)] {
                user.delete_object(&objects.iter().nth(at).unwrap()).await?;
            }
            // Again: it is not there any more.
            let gone = user.delete_object(&private.iter().nth(1).unwrap()).await;
            assert!(matches!(gone, Err(Error::NotFound { .. })));
            assert!(matches!(user.delete_key(KeyRef::new(2).unwrap()).await, Err(Error::NotFound { .. })));
            Ok(())
        })
        .unwrap();
    for kind in [DirectoryKind::PrivateKeys, DirectoryKind::PublicKeys, DirectoryKind::Certificates] {
        assert_eq!(labels(&mut connection, kind), ["first", "third"]);
    }
}

#[test]
fn too_large_and_too_many_are_refused_and_leave_nothing() {
    let mut token = formatted(Model::Kaztoken);
    let mut connection = connect(&mut token);
    connection
        .run(async |session| {
            let mut user = session.login_user(&pin("12345678"), CONSENT).await?;
            let free = user.free_memory().await?;
            let huge = vec![0; 0x8000];
            assert!(matches!(user.store_certificate(&huge, b"1", "c").await, Err(Error::WrongInput { .. })));
            let long = "n".repeat(300);
            assert!(matches!(user.store_certificate(&[1], b"1", &long).await, Err(Error::WrongInput { .. })));
            assert_eq!(user.free_memory().await?, free);
            // Until the token is full.
            let mut stored = 0;
            let full = loop {
                match user.store_certificate(&huge[..0x7FFF], b"1", "c").await {
                    Ok(()) => stored += 1,
                    Err(error) => break error,
                }
            };
            assert!(matches!(full, Error::Full { .. }) && stored > 0, "{full:?} after {stored}");
            assert_eq!(user.objects(DirectoryKind::Certificates).await?.iter().count(), stored);
            Ok(())
        })
        .unwrap();
}

/// As if the vendor's middleware had been here. Sizes and rules of its files are not known.
pub(crate) async fn begin_middleware_layout(user: &mut Verified<'_, '_, User>) -> Result<(), Error> {
    let access = AccessRules::new(&[
        (AccessMode::CreateOrRead, Condition::Always),
        (AccessMode::Update, Condition::User),
    ]);
    let folder = Fci { kind: FileKind::Df, id: 0x1010, size: 0, properties: None, access };
    user.create_file(Path::MF.child(0x1000), folder).await?;
    let map = Fci { kind: FileKind::Ef, size: 256, ..folder };
    user.create_file(Path::MF.child(0x1000).child(0x1010), map).await?;
    user.write_file(middleware::MAP, 0, &[1, 0, 0, 0x10]).await?;
    Ok(())
}

#[test]
fn the_middleware_layout_is_read_and_continued_but_never_begun() {
    let mut token = formatted(Model::Kaztoken);
    let mut connection = connect(&mut token);
    let key = KeyRef::new(1).unwrap();
    let gzip = [&[0x1F, 0x8B][..], &[9; 500]].concat();
    connection
        .run(async |session| {
            let mut user = session.login_user(&pin("12345678"), CONSENT).await?;
            assert_eq!(user.add_alias(key, "18f3a").await, Err(Error::NoLayout));
            assert_eq!(user.store_compressed_certificate(key, &gzip).await, Err(Error::NoLayout));
            begin_middleware_layout(&mut user).await?;
            user.add_alias(key, "18f3a").await?;
            user.add_alias(KeyRef::new(2).unwrap(), "second").await?;
            assert!(matches!(user.add_alias(key, "again").await, Err(Error::Exists { .. })));
            assert!(matches!(user.add_alias(key, "имя").await, Err(Error::WrongInput { .. })));
            user.store_compressed_certificate(key, &gzip).await?;
            let map = user.name_map().await?;
            assert_eq!(
                map.iter().map(|(k, a)| (k.get(), a)).collect::<Vec<_>>(),
                [(1, "18f3a"), (2, "second")]
            );
            let mut out = [0; middleware::MAX_COMPRESSED + 2];
            assert_eq!(user.read_compressed_certificate(key, &mut out).await?, gzip);
            assert!(user.layouts().await?.middleware);
            Ok(())
        })
        .unwrap();
}

#[test]
fn random_bytes_of_any_length() {
    let mut token = formatted(Model::KaztokenSc);
    let mut bytes = [0; 1000];
    connect(&mut token).run(async |s| s.random(&mut bytes).await).unwrap();
    assert!(bytes.chunks(100).all(|part| part.iter().any(|b| *b != 0)));
}

#[test]
fn listing_and_missing_files() {
    let mut token = formatted(Model::Kaztoken);
    let mut connection = connect(&mut token);
    let names = connection
        .run(async |s| Ok(s.list::<16>(Path::PKCS15).await?.iter().map(|f| f.id).collect::<Vec<_>>()))
        .unwrap();
    assert_eq!(names, [0x6005, 0x5031, 0x5032, 0x4946]);
    let missing = connection.run(async |s| s.read_file(Path::PKCS15.child(0x0300), &mut [0; 8]).await);
    assert!(matches!(missing, Err(Failure::Token(Error::NotFound { .. }))));
    let small = connection.run(async |s| s.read_file(Path::PKCS15.child(0x5031), &mut [0; 8]).await);
    assert_eq!(small, Err(Failure::Token(Error::BufferTooSmall { needed: 128 })));
    let denied = connection.run(async |s| s.write_file(Path::PKCS15.child(0x6005), 0, &[0]).await);
    assert!(matches!(denied, Err(Failure::Token(Error::Card { .. }))));
}

#[test]
fn a_full_directory_leaves_no_file_without_an_entry() {
    let mut token = formatted(Model::Kaztoken);
    connect(&mut token)
        .run(async |session| {
            let mut user = session.login_user(&pin("12345678"), CONSENT).await?;
            let label = "n".repeat(150);
            let full = loop {
                if let Err(error) = user.store_certificate(&[0x30; 8], b"1", &label).await {
                    break error;
                }
            };
            assert!(matches!(full, Error::Full { what: "the directory file" }), "{full:?}");
            let entries = user.objects(DirectoryKind::Certificates).await?.iter().count();
            let files = user.list::<64>(Path::PKCS15).await?;
            assert_eq!(files.iter().filter(|f| f.id & 0xFF00 == 0x0300).count(), entries);
            // The longest entry still has its zero behind it.
            user.store_certificate(&[0x30; 8], b"1", "short").await
        })
        .unwrap();
}

#[test]
fn an_entry_that_names_a_directory_file_does_not_take_it_along() {
    let mut token = formatted(Model::Kaztoken);
    connect(&mut token)
        .run(async |session| {
            let mut user = session.login_user(&pin("12345678"), CONSENT).await?;
            user.store_certificate(&[0x30; 8], b"1", "certificate").await?;
            let directory = Path::PKCS15.child(0x6004);
            let mut bytes = [0; 2048];
            user.read_file(directory, &mut bytes).await?;
            // The path at the entry's end: 3F00/5000/0300 becomes that of the token information.
            let at = bytes.windows(4).position(|w| w == [0x50, 0, 3, 0]).unwrap();
            user.write_file(directory, at + 2, &[0x50, 0x32]).await?;
            let objects = user.objects(DirectoryKind::Certificates).await?;
            user.delete_object(&objects.iter().next().unwrap()).await?;
            assert!(user.layouts().await?.opensc);
            assert_eq!(user.objects(DirectoryKind::Certificates).await?.iter().count(), 0);
            Ok(())
        })
        .unwrap();
}
