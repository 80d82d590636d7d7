//! What happens on the bus, to the device and to the chip, at every transfer of a session.

use core::future::Future;
use core::ops::ControlFlow;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use kaztoken_core::Millis;
use kaztoken_core::ccid::{CcidError, CcidLink, ClassRequest, LinkError, LinkOptions, NoHook, Rung};
use kaztoken_core::drive::asynchronous::ApduLink as _;
use kaztoken_core::drive::{ApduLink, BulkPipe, Failure, asynchronous};
use kaztoken_core::pin::{LastTry, Role, State};
use kaztoken_core::token::Error as TokenError;
use kaztoken_max3421e::{Error, HostResult};
use proptest::prelude::*;

use super::bench::{Bench, Outcome, Pipe, card, device, pin as secret};
use super::bus::BusFault;
use super::token::Shared;

const SERIAL_NUMBER: [u8; 5] = [0, 0xCA, 1, 0x81, 0];
/// No session may take longer than this, whatever happens, in microseconds.
const LONGEST: u64 = 240_000_000;

fn serial(link: &mut impl ApduLink<Error = LinkError<Error>>) -> Result<usize, LinkError<Error>> {
    link.transmit(&SERIAL_NUMBER, &mut [0; 258], Millis(1_000))
}

/// A session with a wrong PIN, from the first transfer to the last.
fn wrong_login(bench: &Bench) -> Result<(), Outcome> {
    let mut connection = bench.connect()?;
    connection.run(async |session| session.login_user(&secret("12345670"), LastTry::Refuse).await.map(drop))
}

/// The tries left, as the card itself says.
fn tries(card: &Shared) -> u8 {
    let bench = Bench::with(device(card, ""));
    let info = bench.connect().unwrap().run(async |session| session.pin_info(Role::User).await).unwrap();
    match info.state {
        State::NotVerified { tries } => tries,
        state => panic!("{state:?}"),
    }
}

/// The number of transfers of a session without faults, up to the answer to the VERIFY and the counter.
fn transfers() -> u64 {
    let bench = Bench::with(device(&card(), ""));
    let mut connection = bench.connect().unwrap();
    let result = connection
        .run(async |session| session.login_user(&secret("12345670"), LastTry::Refuse).await.map(drop));
    assert_eq!(result, wrong_pin());
    bench.chip().transfers
}

fn wrong_pin() -> Result<(), Outcome> {
    Err(Failure::Token(TokenError::WrongPin { role: Role::User, tries_left: Some(9) }))
}

#[test]
fn a_single_disturbance_is_not_noticed_and_no_packet_counts_twice() {
    let last = transfers();
    for fault in [BusFault::Nak, BusFault::Lost, BusFault::Damaged, BusFault::AckLost] {
        for number in 1..=last {
            let card = card();
            let bench = Bench::with(device(&card, ""));
            bench.disturb(&[(number, fault)]);
            assert_eq!(wrong_login(&bench), wrong_pin(), "{fault:?} at transfer {number}");
            assert_eq!(tries(&card), 9, "{fault:?} at transfer {number}");
        }
    }
}

#[test]
fn two_in_a_row_are_not_noticed_either_before_the_third_revision() {
    let last = transfers();
    for number in 1..=last {
        let card = card();
        let bench = Bench::empty(0x12);
        bench.plug(device(&card, ""));
        bench.disturb(&[(number, BusFault::AckLost), (number + 1, BusFault::Damaged)]);
        assert_eq!(wrong_login(&bench), wrong_pin(), "at transfer {number}");
        assert_eq!(tries(&card), 9, "at transfer {number}");
    }
}

#[test]
fn three_in_a_row_are_an_error_that_a_power_cycle_heals() {
    for (fault, result) in [
        (BusFault::Lost, HostResult::NoAnswer),
        (BusFault::Damaged, HostResult::CrcError),
        (BusFault::Babble, HostResult::Babble),
    ] {
        let bench = Bench::with(device(&card(), ""));
        let mut link = bench.link().unwrap();
        // The first transfer is the command.
        bench.disturb(&[(2, fault), (3, fault), (4, fault)]);
        assert_eq!(serial(&mut link), Err(LinkError::Pipe(Error::Bus(result))));
        assert_eq!(link.recovery().answers_lost(), 1);
        link.recover().unwrap();
        assert_eq!(serial(&mut link), Ok(10), "{fault:?}");
    }
}

#[test]
fn unplugging_at_any_transfer_is_named_and_takes_one_try_at_most() {
    let last = transfers();
    let mut spent = 0;
    for number in 1..=last {
        let card = card();
        let bench = Bench::with(device(&card, ""));
        bench.disturb(&[(number, BusFault::Unplug)]);
        let unplugged = Err(Failure::Link(LinkError::Pipe(Error::Unplugged)));
        assert_eq!(wrong_login(&bench), unplugged, "transfer {number}");
        match tries(&card) {
            10 => {}
            9 => spent += 1,
            left => panic!("{left} tries left after transfer {number}"),
        }
    }
    assert!(spent > 0, "the VERIFY itself was among them");
}

#[test]
fn unplugging_in_mid_transfer_after_a_stall_leaves_no_transfer_under_way() {
    // After the stall there is another way out than the usual one, and a packet more: taking the power.
    for number in 2..=transfers() {
        let card = card();
        let bench = Bench::empty(0x12);
        bench.plug(device(&card, ""));
        bench.disturb(&[(number - 1, BusFault::Stall), (number, BusFault::Unplug)]);
        assert!(wrong_login(&bench).is_err(), "transfer {number}");
        assert!(tries(&card) >= 9, "transfer {number}");
    }
}

#[test]
fn unplugged_stays_unplugged_until_it_is_attached_anew() {
    let card = card();
    let bench = Bench::with(device(&card, "unplug@3"));
    let mut link = bench.link().unwrap();
    assert_eq!(serial(&mut link), Ok(10));
    let unplugged = Err(LinkError::Pipe(Error::Unplugged));
    assert_eq!(serial(&mut link), unplugged);
    bench.plug(device(&card, ""));
    bench.chip().pass(1_000);
    assert_eq!(link.recover(), Err(LinkError::Pipe(Error::Unplugged)));
    let (pipe, _) = link.close();
    let mut host = pipe.release();
    assert!(host.attach(Millis(1_000)).is_ok());
}

#[test]
fn without_a_word_of_the_chip_the_bus_lines_tell_that_it_is_unplugged() {
    let bench = Bench::with(device(&card(), ""));
    bench.chip().defects.no_connect_detect = true;
    let mut link = bench.link().unwrap();
    bench.disturb(&[(2, BusFault::Unplug)]);
    assert_eq!(serial(&mut link), Err(LinkError::Pipe(Error::Unplugged)));
}

#[test]
fn a_halted_endpoint_is_freed_for_the_next_message() {
    let bench = Bench::with(device(&card(), ""));
    let mut pipe = bench.pipe().unwrap();
    let status = [0x65, 0, 0, 0, 0, 0, 1, 0, 0, 0];
    bench.disturb(&[(1, BusFault::Stall)]);
    assert_eq!(pipe.send(&status, Millis(100)), Err(Error::Stalled));
    assert_eq!(pipe.send(&status, Millis(100)), Ok(()));
    assert_eq!(pipe.receive(&mut [0; 64], Millis(100)), Ok(Some(10)));
}

#[test]
fn a_short_interruption_is_an_unplugging() {
    let card = card();
    let bench = Bench::with(device(&card, ""));
    let mut link = bench.link().unwrap();
    let token = bench.chip().device.take();
    bench.chip().pass(1_000);
    bench.chip().device = token;
    bench.chip().pass(1_000);
    assert_eq!(serial(&mut link), Err(LinkError::Pipe(Error::Unplugged)));
}

#[test]
fn a_stalled_answer_is_fetched_after_the_halt() {
    let bench = Bench::with(device(&card(), ""));
    let mut link = bench.link().unwrap();
    bench.disturb(&[(2, BusFault::Stall)]);
    assert_eq!(serial(&mut link), Ok(10));
    assert_eq!(serial(&mut link), Ok(10));
    assert_eq!(link.recovery().answers_lost(), 0);
}

#[test]
fn a_stalled_command_is_not_sent_again() {
    let card = card();
    let bench = Bench::with(device(&card, ""));
    let mut connection = bench.connect().unwrap();
    // Logout, its answer, the counter, its answer, and the VERIFY.
    bench.disturb(&[(5, BusFault::Stall)]);
    let result = connection
        .run(async |session| session.login_user(&secret("12345670"), LastTry::Refuse).await.map(drop));
    assert_eq!(result, Err(Failure::Link(LinkError::Pipe(Error::Stalled))));
    assert_eq!(connection.access().state(Role::User), State::Unknown);
    connection.recover().unwrap();
    let info = connection.run(async |session| session.pin_info(Role::User).await).unwrap();
    assert_eq!(info.state, State::NotVerified { tries: 10 }, "the card never saw it");
}

#[test]
fn stalls_at_any_transfer_end_in_a_typed_error_or_not_at_all() {
    for number in 1..=transfers() {
        let card = card();
        let bench = Bench::with(device(&card, ""));
        bench.disturb(&[(number, BusFault::Stall)]);
        match wrong_login(&bench) {
            Err(Failure::Link(LinkError::Pipe(Error::Stalled))) => {}
            result => assert_eq!(result, wrong_pin(), "transfer {number}"),
        }
        assert!(tries(&card) >= 9, "transfer {number}");
    }
}

#[test]
fn a_chip_that_hangs_is_named_and_works_after_a_reset() {
    for number in 1..=transfers() {
        let card = card();
        let bench = Bench::with(device(&card, ""));
        bench.disturb(&[(number, BusFault::Hang)]);
        let silent = Err(Failure::Link(LinkError::Pipe(Error::Silent)));
        assert_eq!(wrong_login(&bench), silent, "transfer {number}");
        // The start resets the chip.
        assert!(matches!(wrong_login(&bench), Err(Failure::Token(TokenError::WrongPin { .. }))));
        assert!(tries(&card) >= 8);
    }
}

#[test]
fn a_device_that_is_never_ready_is_given_up() {
    let mut token = device(&card(), "");
    token.naks_per_message = u32::MAX;
    let bench = Bench::with(token);
    let mut pipe = bench.pipe().unwrap();
    let begin = bench.chip().now;
    let error = Err(Error::SendTimeout { sent: 0, of: 10 });
    assert_eq!(pipe.send(&[0x65, 0, 0, 0, 0, 0, 1, 0, 0, 0], Millis(300)), error);
    let took = bench.chip().now - begin;
    assert!((300_000..450_000).contains(&took), "{took} us");
    let begin = bench.chip().now;
    assert_eq!(pipe.receive(&mut [0; 64], Millis(100)), Ok(None));
    let took = bench.chip().now - begin;
    assert!((99_000..150_000).contains(&took), "{took} us");
}

#[test]
fn lost_and_damaged_answers_of_the_token_are_followed_by_an_abort() {
    let bench = Bench::with(device(&card(), "drop@3,corrupt@6"));
    let mut link = bench.link().unwrap();
    assert_eq!(serial(&mut link), Ok(10));
    let lost = serial(&mut link);
    assert!(matches!(lost, Err(LinkError::Ccid(CcidError::Timeout { .. }))), "{lost:?}");
    assert_eq!(link.recovery().next(), None, "the abort was confirmed");
    assert_eq!(serial(&mut link), Ok(10));
    let damaged = serial(&mut link);
    assert!(matches!(damaged, Err(LinkError::Ccid(CcidError::Violation(_)))), "{damaged:?}");
    link.recover().unwrap();
    assert_eq!(serial(&mut link), Ok(10));
    assert_eq!(link.recovery().answers_lost(), 2);
}

#[test]
fn a_token_that_answers_nothing_any_more_is_reset_on_the_bus() {
    let bench = Bench::with(device(&card(), "lose@2,lose@3,lose@4,lose@5"));
    let mut link = bench.link().unwrap();
    assert!(serial(&mut link).is_err());
    assert_eq!(link.recovery().next(), Some(Rung::PowerCycle));
    link.recover().unwrap();
    assert_eq!(serial(&mut link), Ok(10));
}

/// The same pipe for an executor that has nothing else to do.
struct Awaited(Pipe);

impl asynchronous::BulkPipe for Awaited {
    type Error = Error;

    async fn send(&mut self, message: &[u8], timeout: Millis) -> Result<(), Error> {
        self.0.send(message, timeout)
    }

    async fn receive(&mut self, buffer: &mut [u8], timeout: Millis) -> Result<Option<usize>, Error> {
        self.0.receive(buffer, timeout)
    }

    fn has_control_pipe(&self) -> bool {
        true
    }

    async fn class_request(
        &mut self,
        request: ClassRequest,
        data: &mut [u8],
        timeout: Millis,
    ) -> Result<Option<usize>, Error> {
        self.0.class_request(request, data, timeout)
    }

    async fn reset(&mut self) -> Result<bool, Error> {
        self.0.reset()
    }
}

#[test]
fn an_async_link_climbs_the_same_ladder() {
    let bench = Bench::with(device(&card(), "lose@2,lose@3,lose@4,lose@5"));
    let pipe = bench.pipe().unwrap();
    let class = pipe.device().interface.class;
    let options = LinkOptions { power_budget: Millis(1_000), ..LinkOptions::default() };
    let on_wait: NoHook = |_| ControlFlow::Continue(());
    let work = async {
        let pipe = Awaited(pipe);
        let mut link = CcidLink::open_async(pipe, bench.clock(), &class, options, on_wait).await?;
        let mut response = [0; 258];
        let lost = link.transmit(&SERIAL_NUMBER, &mut response, Millis(1_000)).await;
        assert!(matches!(lost, Err(LinkError::Ccid(CcidError::Timeout { .. }))), "{lost:?}");
        assert_eq!(link.recovery().next(), Some(Rung::PowerCycle));
        link.recover_async().await?;
        assert_eq!(link.transmit(&SERIAL_NUMBER, &mut response, Millis(1_000)).await?, 10);
        let (pipe, closed) = link.close_async().await;
        closed?;
        Ok::<_, LinkError<Error>>(pipe.0)
    };
    let mut context = Context::from_waker(Waker::noop());
    let Poll::Ready(result) = pin!(work).poll(&mut context) else { panic!("nothing waits") };
    assert_eq!(result.unwrap().device().vendor, 0x0A89);
}

#[test]
fn another_device_after_a_reset_is_not_the_token() {
    let bench = Bench::with(device(&card(), ""));
    let mut pipe = bench.pipe().unwrap();
    let mut other = device(&card(), "");
    other.control_packet = 8;
    // Without the chip noticing: as if it had switched its identity.
    bench.plug(other);
    assert_eq!(pipe.reset(), Err(Error::Replaced));
    assert_eq!(pipe.reset(), Err(Error::Unplugged));
}

fn any_fault() -> impl Strategy<Value = BusFault> {
    prop_oneof![
        4 => Just(BusFault::Nak),
        2 => Just(BusFault::Lost),
        2 => Just(BusFault::Damaged),
        2 => Just(BusFault::AckLost),
        1 => Just(BusFault::Babble),
        1 => Just(BusFault::Stall),
        1 => Just(BusFault::Unplug),
        1 => Just(BusFault::Hang),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_pin_is_sent_once_and_there_is_an_end(
        revision in prop_oneof![Just(0x12u8), Just(0x13)],
        faults in prop::collection::vec((1u64..60, any_fault()), 0..25),
    ) {
        let card = card();
        let bench = Bench::empty(revision);
        bench.plug(device(&card, ""));
        bench.disturb(&faults);
        let _ = wrong_login(&bench);
        prop_assert!(bench.chip().now < LONGEST);
        prop_assert!(tries(&card) >= 9);
    }
}
