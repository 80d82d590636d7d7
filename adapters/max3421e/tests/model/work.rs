//! The token's work over the chip.

use kaztoken_core::Millis;
use kaztoken_core::apdu::Command;
use kaztoken_core::ccid::ClassRequest;
use kaztoken_core::drive::{ApduLink, BulkPipe, Failure};
use kaztoken_core::gost::signature::TokenWire;
use kaztoken_core::gost::{self, HashAlgorithm, ParameterSet, PublicKey, Signature};
use kaztoken_core::pin::{LastTry, Role, State};
use kaztoken_core::token::{Algorithm, CryptoProSet, Error as TokenError};
use kaztoken_max3421e::Revision;

use super::bench::{Bench, SERIAL, card, device, pin};

#[test]
fn a_token_is_identified_and_signs_on_every_revision_of_the_chip() {
    for revision in [0x01, 0x12, 0x13] {
        let bench = Bench::empty(revision);
        let mut token = device(&card(), "");
        // Every message is refused twice before it is taken: its packet is sent again.
        token.naks_per_message = 2;
        bench.plug(token);
        let mut connection = bench.connect().unwrap();
        let identity = connection.run(async |session| session.identify().await).unwrap();
        assert_eq!(identity.serial, SERIAL);
        assert!(identity.layouts.key_folders);
        let digest = HashAlgorithm::Streebog256.digest(b"Payment order 17: 125000.00 KZT");
        let (public, wire) = connection
            .run(async |session| {
                let mut user = session.login_user(&pin("12345678"), LastTry::Refuse).await?;
                let (key, public) = user.generate(Algorithm::Gost256(CryptoProSet::A)).await?;
                let mut out = [0; 128];
                let wire = user.sign_gost(key, digest.as_slice(), &mut out).await?.to_vec();
                user.logout().await?;
                Ok((public, wire))
            })
            .unwrap();
        let public = PublicKey::from_raw(ParameterSet::CryptoProA, &public).unwrap();
        let signature = Signature::from(TokenWire::from_slice(&wire).unwrap());
        gost::verify(&public, &digest, &signature).unwrap();
        let refused = connection.run(async |session| {
            let mut out = [0; 64];
            let command = Command::new(0, 0x2A, 0x9E, 0x9A).data(digest.as_slice()).ne(64);
            session.raw(command, &mut out).await
        });
        assert!(!refused.unwrap().sw.is_success(), "nobody is logged in");
    }
    assert_eq!(Revision::Two as u8, 0x12);
}

#[test]
fn a_wrong_pin_takes_one_try() {
    let bench = Bench::with(device(&card(), ""));
    let mut connection = bench.connect().unwrap();
    let result =
        connection.run(async |session| session.login_user(&pin("12345670"), LastTry::Refuse).await.map(drop));
    let wrong = TokenError::WrongPin { role: Role::User, tries_left: Some(9) };
    assert_eq!(result, Err(Failure::Token(wrong)));
    let info = connection.run(async |session| session.pin_info(Role::User).await).unwrap();
    assert_eq!(info.state, State::NotVerified { tries: 9 });
}

#[test]
fn messages_of_every_length_around_full_packets() {
    let bench = Bench::with(device(&card(), ""));
    let mut link = bench.link().unwrap();
    // 10 bytes of header and SW1 SW2 around the random bytes: 54 of them fill one packet, 118 two.
    for len in (1..=255u8).filter(|len| matches!(len % 64, 50..=58) || *len > 250) {
        let begin = bench.chip().now;
        let mut response = [0; 258];
        let got = link.transmit(&[0, 0x84, 0, 0, len], &mut response, Millis(1_000)).unwrap();
        assert_eq!(got, usize::from(len) + 2);
        assert_eq!(response[got - 2..got], [0x90, 0]);
        assert!(bench.chip().now - begin < 60_000, "{len} bytes took long");
    }
    // The command: 15 bytes around its data.
    for len in (1..=255u8).filter(|len| matches!(len % 64, 45..=52) || *len > 250) {
        let mut command = vec![0, 0xA4, 0x08, 0, len];
        command.extend((0..len).map(|byte| byte ^ 0x5A));
        let mut response = [0; 258];
        let got = link.transmit(&command, &mut response, Millis(1_000)).unwrap();
        assert_eq!(got, 2, "{len} bytes");
        assert_ne!(response[0], 0x90, "no such file");
    }
    let counters = link.counters();
    assert_eq!((counters.stale, counters.empty), (0, 0));
}

#[test]
fn a_token_may_take_its_time() {
    let bench = Bench::with(device(&card(), "late@2:700ms,extend@84:3x400ms"));
    let mut link = bench.link().unwrap();
    let mut response = [0; 258];
    let begin = bench.chip().now;
    assert_eq!(link.transmit(&[0, 0xCA, 1, 0x81, 0], &mut response, Millis(2_000)), Ok(10));
    let took = bench.chip().now - begin;
    assert!((700_000..800_000).contains(&took), "{took} us");
    let begin = bench.chip().now;
    assert_eq!(link.transmit(&[0, 0x84, 0, 0, 8], &mut response, Millis(5_000)), Ok(10));
    let took = bench.chip().now - begin;
    assert!((1_200_000..1_400_000).contains(&took), "{took} us");
    assert_eq!(link.counters().time_extensions, 3);
}

#[test]
fn what_a_transfer_costs() {
    let bench = Bench::with(device(&card(), ""));
    let mut link = bench.link().unwrap();
    let transfers = bench.chip().transfers;
    let begin = bench.chip().now;
    for _ in 0..100 {
        let mut response = [0; 258];
        link.transmit(&[0, 0xCA, 1, 0x81, 0], &mut response, Millis(1_000)).unwrap();
    }
    let transfers = bench.chip().transfers - transfers;
    let took = bench.chip().now - begin;
    assert_eq!(transfers, 200, "one out, one in");
    assert!(took < 100_000, "{took} us for 100 APDUs");
}

#[test]
fn class_requests_go_over_the_control_pipe() {
    let bench = Bench::with(device(&card(), ""));
    let mut pipe = bench.pipe().unwrap();
    assert!(pipe.has_control_pipe());
    let mut data = [0; 16];
    // The token has no such list: it stalls.
    assert_eq!(pipe.class_request(ClassRequest::GetDataRates, &mut data, Millis(500)), Ok(None));
    let abort = ClassRequest::Abort { slot: 0, sequence: 5 };
    assert_eq!(pipe.class_request(abort, &mut [], Millis(500)), Ok(Some(0)));
    let abort = ClassRequest::Abort { slot: 1, sequence: 5 };
    assert_eq!(pipe.class_request(abort, &mut [], Millis(500)), Ok(None), "there is no second slot");
    // Until the bulk half with bSeq 5, every command is answered with CMD_ABORTED.
    pipe.send(&[0x65, 0, 0, 0, 0, 0, 4, 0, 0, 0], Millis(500)).unwrap();
    let mut buffer = [0; 64];
    assert_eq!(pipe.receive(&mut buffer, Millis(500)), Ok(Some(10)));
    assert_eq!((buffer[6], buffer[7] & 0xC0, buffer[8]), (4, 0x40, 0xFF));
    pipe.send(&[0x72, 0, 0, 0, 0, 0, 5, 0, 0, 0], Millis(500)).unwrap();
    assert_eq!(pipe.receive(&mut buffer, Millis(500)), Ok(Some(10)));
    assert_eq!((buffer[6], buffer[7] & 0xC0), (5, 0));
    assert_eq!(pipe.receive(&mut buffer, Millis(50)), Ok(None));
}

#[test]
fn a_buffer_need_not_hold_a_whole_packet() {
    let bench = Bench::with(device(&card(), ""));
    let mut pipe = bench.pipe().unwrap();
    let status = [0x65, 0, 0, 0, 0, 0, 1, 0, 0, 0];
    let mut buffer = [0; 10];
    pipe.send(&status, Millis(500)).unwrap();
    assert_eq!(pipe.receive(&mut buffer, Millis(500)), Ok(Some(10)));
    pipe.send(&status, Millis(500)).unwrap();
    let overflow = Err(kaztoken_max3421e::Error::Overflow);
    assert_eq!(pipe.receive(&mut buffer[..9], Millis(500)), overflow);
}

#[test]
fn the_device_is_reset_on_the_bus() {
    let bench = Bench::with(device(&card(), ""));
    let mut pipe = bench.pipe().unwrap();
    let mut buffer = [0; 64];
    // An odd number of packets each way: after the reset both sides begin with DATA0 again.
    pipe.send(&[0x62, 0, 0, 0, 0, 0, 1, 0, 0, 0], Millis(500)).unwrap();
    assert_eq!(pipe.receive(&mut buffer, Millis(500)), Ok(Some(22)));
    assert_eq!(buffer[7], 0, "the card has power");
    assert_eq!(pipe.reset(), Ok(true));
    pipe.send(&[0x65, 0, 0, 0, 0, 0, 2, 0, 0, 0], Millis(500)).unwrap();
    assert_eq!(pipe.receive(&mut buffer, Millis(500)), Ok(Some(10)));
    assert_eq!(buffer[7], 1, "the card has none");
}
