//! The blocking, `nb` and async drivers come to the same result with the same device.

use core::ops::ControlFlow;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use kaztoken_core::Millis;
use kaztoken_core::ccid::drivers::{asynchronous, blocking, nonblocking};
use kaztoken_core::ccid::{
    CcidError, CcidLink, ClassRequest, LinkError, LinkOptions, Outcome, Slot, Violation,
};

use super::scripted::{Device, Unplugged};
use super::{ATR, GOOD, SELECT, descriptor};

type Ended = (Result<Outcome, LinkError<Unplugged>>, Vec<Vec<u8>>, Option<CcidError>);

fn slot() -> Slot<[u8; 271]> {
    let mut slot = Slot::open([0; 271], &descriptor(), 64).unwrap();
    slot.exchange(Millis(0), SELECT, Millis(1_000)).unwrap();
    slot
}

fn ended(result: Result<Outcome, LinkError<Unplugged>>, slot: &Slot<[u8; 271]>, device: &Device) -> Ended {
    (result, device.0.borrow().sent.clone(), slot.closed())
}

fn run_blocking(device: &Device) -> Ended {
    let mut slot = slot();
    let go_on = |_| ControlFlow::Continue(());
    let result = blocking(
        &mut slot,
        &mut device.clone(),
        &mut [0; 320],
        (SELECT, &mut [0; 258]),
        device.clock(),
        go_on,
    );
    ended(result, &slot, device)
}

fn run_nonblocking(device: &Device) -> Ended {
    let mut slot = slot();
    let mut buffer = [0; 320];
    let mut response = [0; 258];
    for now in 0..2_000 {
        match nonblocking(&mut slot, &mut device.clone(), &mut buffer, (SELECT, &mut response), Millis(now)) {
            Ok(outcome) => return ended(Ok(outcome), &slot, device),
            Err(nb::Error::Other(error)) => return ended(Err(error), &slot, device),
            Err(nb::Error::WouldBlock) => {}
        }
    }
    panic!("no end");
}

fn run_asynchronous(device: &Device) -> Ended {
    let mut slot = slot();
    let result = {
        let mut pipe = device.clone();
        let (mut buffer, mut response) = ([0; 320], [0; 258]);
        let go_on = |_| ControlFlow::Continue(());
        let mut future = pin!(asynchronous(
            &mut slot,
            &mut pipe,
            &mut buffer,
            (SELECT, &mut response),
            device.clock(),
            go_on
        ));
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => result,
            Poll::Pending => panic!("the device never waits"),
        }
    };
    ended(result, &slot, device)
}

#[test]
fn one_device_three_drivers() {
    let timeout = CcidError::Timeout { budget: Millis(1_000) };
    let stale = format!("80 02000000 00 SS-1 00 00 00 6A82 | {GOOD}");
    let extended = format!("80 00000000 00 SS 80 01 00 | () | {GOOD}");
    let rows: &[(&[&str], Result<Outcome, CcidError>)] = &[
        (&[GOOD], Ok(Outcome::Response { len: 2 })),
        (&[&stale], Ok(Outcome::Response { len: 2 })),
        (&[&extended], Ok(Outcome::Response { len: 2 })),
        (&["80 00000000 00 SS 40 E0 00", GOOD], Ok(Outcome::Response { len: 2 })),
        (&["80 00000000 00 SS 40 FE 00"], Err(CcidError::CardMute)),
        (&["80"], Err(Violation::ShortHeader { got: 1 }.into())),
        (&[""], Err(timeout)),
    ];
    for (scripts, expected) in rows {
        let blocking = run_blocking(&Device::new(scripts));
        assert_eq!(blocking.0, expected.map_err(LinkError::Ccid), "{scripts:?}");
        assert_eq!(run_nonblocking(&Device::new(scripts)), blocking, "nb {scripts:?}");
        assert_eq!(run_asynchronous(&Device::new(scripts)), blocking, "async {scripts:?}");
    }
}

#[test]
fn one_abort_three_drivers() {
    let timeout = LinkError::Ccid(CcidError::Timeout { budget: Millis(1_000) });
    for run in [run_blocking, run_nonblocking, run_asynchronous] {
        let device =
            Device::new(&["", "80 00000000 00 SS 40 FF 00 | 81 00000000 00 SS 00 00 00"]).with_control();
        let (result, sent, closed) = run(&device);
        assert_eq!((result, closed), (Err(timeout), None));
        assert_eq!(sent.iter().map(|message| message[0]).collect::<Vec<_>>(), [0x6F, 0x72]);
        assert_eq!(device.0.borrow().requests, [ClassRequest::Abort { slot: 0, sequence: 0 }]);
    }
}

#[test]
fn o04_a_plug_pulled_during_the_abort_is_the_end() {
    for run in [run_blocking, run_nonblocking, run_asynchronous] {
        let device = Device::new(&[""]).with_control();
        device.0.borrow_mut().unplug_at_request = true;
        let (result, sent, closed) = run(&device);
        assert_eq!(result, Err(LinkError::Pipe(Unplugged)));
        assert_eq!(sent.len(), 1, "no more input or output");
        assert!(closed.is_some());
    }
}

#[test]
fn a_pulled_plug_ends_and_closes() {
    for run in [run_blocking, run_nonblocking, run_asynchronous] {
        let device = Device::new(&[]);
        device.0.borrow_mut().unplugged = true;
        let (result, _, closed) = run(&device);
        assert_eq!(result, Err(LinkError::Pipe(Unplugged)));
        assert_eq!(closed, Some(CcidError::PipeFailed));
    }
}

#[test]
fn without_a_command_there_is_nothing_to_drive() {
    let mut slot = Slot::open([0; 271], &descriptor(), 64).unwrap();
    let device = Device::new(&[]);
    let go_on = |_| ControlFlow::Continue(());
    let result = blocking(
        &mut slot,
        &mut device.clone(),
        &mut [0; 320],
        (SELECT, &mut [0; 258]),
        device.clock(),
        go_on,
    );
    assert_eq!(result, Err(LinkError::Ccid(CcidError::NoCommand)));
}

/// Opens, exchanges, times out, is closed, recovers: the same story for every kind of link.
const STORY: [&str; 6] = [
    ATR,
    GOOD,
    "",
    "80 02000000 00 SS-1 00 00 00 6982 | 81 00000000 00 SS 01 00 00",
    ATR,
    "80 04000000 00 SS 00 00 00 AABB9000",
];
const SHORT: Millis = Millis(1_000);

fn told(answers: [Result<Vec<u8>, LinkError<Unplugged>>; 4], device: &Device) {
    let timeout = || Err(LinkError::Ccid(CcidError::Timeout { budget: SHORT }));
    let expected = [Ok(vec![0x90, 0]), timeout(), timeout(), Ok(vec![0xAA, 0xBB, 0x90, 0])];
    assert_eq!(answers, expected);
    let kinds: Vec<u8> = device.0.borrow().sent.iter().map(|message| message[0]).collect();
    assert_eq!(kinds, [0x62, 0x6F, 0x6F, 0x63, 0x62, 0x6F]);
}

#[test]
fn a_blocking_link_tells_the_story() {
    use kaztoken_core::drive::ApduLink;
    let device = Device::new(&STORY);
    let mut link = CcidLink::open(device.clone(), device.clock(), &descriptor()).unwrap();
    let mut buffer = [0; 258];
    let mut ask = |link: &mut CcidLink<_, _>| {
        link.transmit(SELECT, &mut buffer, SHORT).map(|len| buffer[..len].to_vec())
    };
    let before = [ask(&mut link), ask(&mut link), ask(&mut link)];
    link.power_cycle().unwrap();
    let [a, b, c] = before;
    told([a, b, c, ask(&mut link)], &device);
}

#[test]
fn an_async_link_tells_the_story() {
    use kaztoken_core::drive::asynchronous::ApduLink;
    let device = Device::new(&STORY);
    let story = async {
        let go_on = |_| ControlFlow::Continue(());
        let options = LinkOptions::default();
        let mut link = CcidLink::open_async(device.clone(), device.clock(), &descriptor(), options, go_on)
            .await
            .unwrap();
        let mut answers = vec![];
        for step in 0..4 {
            if step == 3 {
                link.power_cycle_async().await.unwrap();
            }
            let mut buffer = [0; 258];
            let result = link.transmit(SELECT, &mut buffer, SHORT).await;
            answers.push(result.map(|len| buffer[..len].to_vec()));
        }
        assert_eq!(link.atr().unwrap().historical(), b"KAZTOKEN");
        answers.try_into().unwrap()
    };
    match pin!(story).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answers) => told(answers, &device),
        Poll::Pending => panic!("the device never waits"),
    }
}

#[test]
fn an_nb_link_tells_the_story() {
    use kaztoken_core::drive::nonblocking::ApduLink;
    let device = Device::new(&STORY);
    let options = LinkOptions::default();
    let mut link = CcidLink::open_nb(device.clone(), device.clock(), &descriptor(), options).unwrap();
    let step = || device.0.borrow_mut().now += 10;
    let wait = |poll: &mut dyn FnMut() -> nb::Result<usize, LinkError<Unplugged>>| {
        for _ in 0..1_000 {
            match poll() {
                Ok(len) => return Ok(len),
                Err(nb::Error::Other(error)) => return Err(error),
                Err(nb::Error::WouldBlock) => step(),
            }
        }
        panic!("no end");
    };
    wait(&mut || link.poll_ready().map(|()| 0)).unwrap();
    let mut answers = vec![];
    for turn in 0..4 {
        if turn == 3 {
            link.start_power_cycle().unwrap();
            wait(&mut || link.poll_ready().map(|()| 0)).unwrap();
        }
        let mut buffer = [0; 258];
        let result = match link.send(SELECT, SHORT) {
            Ok(()) => wait(&mut || link.receive(SELECT, &mut buffer)),
            Err(nb::Error::Other(error)) => Err(error),
            Err(nb::Error::WouldBlock) => panic!("the command is taken at once"),
        };
        answers.push(result.map(|len| buffer[..len].to_vec()));
    }
    assert_eq!(link.atr().unwrap().historical(), b"KAZTOKEN");
    told(answers.try_into().unwrap(), &device);
}

#[test]
fn an_nb_power_cycle_goes_on_when_the_reader_does_not_power_off() {
    let device = Device::new(&[ATR, "81 00000000 00 SS 41 04 00", ATR]);
    let options = LinkOptions::default();
    let mut link = CcidLink::open_nb(device.clone(), device.clock(), &descriptor(), options).unwrap();
    let ready = |link: &mut CcidLink<_, _, _>| {
        (0..1_000).find_map(|_| {
            device.0.borrow_mut().now += 10;
            match link.poll_ready() {
                Err(nb::Error::WouldBlock) => None,
                ended => Some(ended),
            }
        })
    };
    assert_eq!(ready(&mut link), Some(Ok(())));
    link.start_power_cycle().unwrap();
    assert_eq!(ready(&mut link), Some(Ok(())));
    let kinds: Vec<u8> = device.0.borrow().sent.iter().map(|message| message[0]).collect();
    assert_eq!(kinds, [0x62, 0x63, 0x62]);
}

#[test]
fn a_dropped_transmission_closes_the_async_link() {
    use kaztoken_core::drive::asynchronous::{ApduLink, BulkPipe};

    /// Answers power on and then never comes back.
    struct Stuck(Device, bool);

    impl BulkPipe for Stuck {
        type Error = Unplugged;

        async fn send(&mut self, message: &[u8], timeout: Millis) -> Result<(), Unplugged> {
            self.1 = message[0] == 0x6F;
            BulkPipe::send(&mut self.0, message, timeout).await
        }

        async fn receive(&mut self, buffer: &mut [u8], timeout: Millis) -> Result<Option<usize>, Unplugged> {
            if self.1 {
                core::future::pending::<()>().await;
            }
            BulkPipe::receive(&mut self.0, buffer, timeout).await
        }
    }

    fn now<T>(future: impl Future<Output = T>) -> Poll<T> {
        pin!(future).as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    let device = Device::new(&[ATR, GOOD, "81 00000000 00 SS 01 00 00", ATR]);
    let stuck = Stuck(device.clone(), false);
    let go_on = |_| ControlFlow::Continue(());
    let reader = descriptor();
    let opening = CcidLink::open_async(stuck, device.clock(), &reader, LinkOptions::default(), go_on);
    let Poll::Ready(Ok(mut link)) = now(opening) else { panic!("opens") };
    assert!(now(link.transmit(SELECT, &mut [0; 258], SHORT)).is_pending());
    let closed = Err(LinkError::Ccid(CcidError::Cancelled));
    assert_eq!(now(link.transmit(SELECT, &mut [0; 258], SHORT)), Poll::Ready(closed));
    assert_eq!(now(link.power_cycle_async()), Poll::Ready(Ok(())));
}
