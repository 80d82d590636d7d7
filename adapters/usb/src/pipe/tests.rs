use super::*;
use crate::ErrorKind;
use core::ops::Range;
use std::collections::VecDeque;

/// A device that answers calls from a script.
#[derive(Default)]
struct Scripted {
    reads: VecDeque<rusb::Result<Vec<u8>>>,
    writes: VecDeque<rusb::Result<usize>>,
    taken: Vec<u8>,
    asked: Vec<usize>,
    timeouts: Vec<Duration>,
    cleared_in: usize,
    cleared_out: usize,
    gone: bool,
    controls: VecDeque<rusb::Result<Vec<u8>>>,
    requests: Vec<ClassRequest>,
    resets: VecDeque<rusb::Result<()>>,
}

impl Bulk for Scripted {
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> rusb::Result<usize> {
        self.asked.push(buffer.len());
        self.timeouts.push(timeout);
        let data = self.reads.pop_front().expect("no more reads expected")?;
        buffer[..data.len()].copy_from_slice(&data);
        Ok(data.len())
    }

    fn write(&mut self, data: &[u8], timeout: Duration) -> rusb::Result<usize> {
        self.timeouts.push(timeout);
        let len = self.writes.pop_front().expect("no more writes expected")?.min(data.len());
        self.taken.extend(&data[..len]);
        Ok(len)
    }

    fn clear_halt_in(&mut self) -> rusb::Result<()> {
        self.cleared_in += 1;
        Ok(())
    }

    fn clear_halt_out(&mut self) -> rusb::Result<()> {
        self.cleared_out += 1;
        Ok(())
    }

    fn control(&mut self, request: ClassRequest, data: &mut [u8], timeout: Duration) -> rusb::Result<usize> {
        self.requests.push(request);
        self.timeouts.push(timeout);
        let answer = self.controls.pop_front().expect("no more requests expected")?;
        data[..answer.len()].copy_from_slice(&answer);
        Ok(answer.len())
    }

    fn reset(&mut self) -> rusb::Result<()> {
        self.resets.pop_front().expect("no more resets expected")
    }

    fn gone(&mut self) -> bool {
        self.gone
    }
}

fn pipe(bulk: Scripted) -> Pipe<Scripted> {
    Pipe::new(bulk, 64)
}

fn reading<const N: usize>(reads: [rusb::Result<Vec<u8>>; N]) -> Pipe<Scripted> {
    pipe(Scripted { reads: reads.into(), ..Scripted::default() })
}

fn writing<const N: usize>(writes: [rusb::Result<usize>; N]) -> Pipe<Scripted> {
    pipe(Scripted { writes: writes.into(), ..Scripted::default() })
}

const SOON: Millis = Millis(50);

#[test]
fn libusb_only_sees_multiples_of_the_packet_size() {
    for (buffer, asked) in [(64, 64), (271, 320), (320, 320), (1, 64), (0, 0)] {
        let mut pipe = reading([Ok(vec![])]);
        assert_eq!(pipe.receive(&mut vec![0; buffer], SOON), Ok(Some(0)));
        assert_eq!(pipe.bulk.asked, [asked]);
    }
}

#[test]
fn what_does_not_fit_a_crooked_buffer_is_an_overflow() {
    let mut buffer = [0; 70];
    let mut pipe = reading([Ok(vec![7; 70]), Ok(vec![9; 71])]);
    assert_eq!(pipe.receive(&mut buffer, SOON), Ok(Some(70)));
    assert_eq!(buffer, [7; 70]);
    assert_eq!(pipe.receive(&mut buffer, SOON), Err(Error::Overflow { asked: 70 }));
    assert_eq!(buffer, [7; 70]);
    assert!(pipe.staging.iter().all(|&byte| byte == 0), "what was read stays in memory");
}

/// rusb returns Ok when the time ran out after some bytes (src/device_handle.rs, read_bulk).
#[test]
fn f19_what_came_before_the_time_ran_out_is_a_short_transfer() {
    for len in 1..10 {
        let mut pipe = reading([Ok(vec![0x80; len])]);
        assert_eq!(pipe.receive(&mut [0; 64], SOON), Ok(Some(len)), "the slot refuses the cut header");
    }
}

#[test]
fn f19_no_timeout_is_zero_and_none_is_longer_than_asked() {
    let limits: [(Millis, Range<u64>); 3] =
        [(Millis(0), 1..2), (Millis(100), 50..101), (Millis(u64::MAX), 86_399_000..86_400_001)];
    for (timeout, range) in limits {
        let mut pipe = reading([Ok(vec![])]);
        pipe.receive(&mut [0; 64], timeout).unwrap();
        pipe.bulk.writes.push_back(Ok(1));
        pipe.send(&[1], timeout).unwrap();
        for given in &pipe.bulk.timeouts {
            let ms = u64::try_from(given.as_millis()).unwrap();
            assert!(range.contains(&ms), "{timeout:?} became {given:?}");
            assert_eq!(given.subsec_nanos() % 1_000_000, 0, "libusb drops {given:?} to whole milliseconds");
        }
    }
}

#[test]
fn zero_length_packet_is_not_nothing() {
    let mut pipe = reading([Ok(vec![]), Err(rusb::Error::Timeout)]);
    assert_eq!(pipe.receive(&mut [0; 64], SOON), Ok(Some(0)));
    assert_eq!(pipe.receive(&mut [0; 64], SOON), Ok(None));
    assert_eq!(pipe.transfers(), 1);
}

#[test]
fn o07_interrupted_calls_go_on_until_the_time_is_over() {
    let mut pipe = reading([Err(rusb::Error::Interrupted), Err(rusb::Error::Interrupted), Ok(vec![1])]);
    assert_eq!(pipe.receive(&mut [0; 64], Millis(10_000)), Ok(Some(1)));
    let given = &pipe.bulk.timeouts;
    assert!(given[0] >= given[1] && given[1] >= given[2]);

    let mut pipe = reading([Err(rusb::Error::Interrupted)]);
    assert_eq!(pipe.receive(&mut [0; 64], Millis(0)), Ok(None));
    let mut pipe = writing([Err(rusb::Error::Interrupted), Ok(3)]);
    assert_eq!(pipe.send(b"abc", Millis(10_000)), Ok(()));
    let mut pipe = writing([Err(rusb::Error::Interrupted)]);
    assert_eq!(pipe.send(b"abc", Millis(0)), Err(Error::SendTimeout { sent: 0, of: 3 }));
}

#[test]
fn o05_halted_in_endpoint_is_cleared_once() {
    let mut pipe = reading([Err(rusb::Error::Pipe), Ok(vec![1, 2])]);
    assert_eq!(pipe.receive(&mut [0; 64], SOON), Ok(Some(2)));
    let mut pipe = reading([Err(rusb::Error::Pipe), Err(rusb::Error::Pipe)]);
    assert_eq!(pipe.receive(&mut [0; 64], SOON), Err(Error::Stalled));
    assert_eq!(pipe.bulk.cleared_in, 1);
}

#[test]
fn o05_halted_out_endpoint_is_cleared_and_the_message_not_sent_again() {
    let mut pipe = writing([Err(rusb::Error::Pipe)]);
    assert_eq!(pipe.send(b"a PIN", SOON), Err(Error::Stalled));
    assert_eq!((pipe.bulk.cleared_out, pipe.bulk.taken.len()), (1, 0));
}

#[test]
fn o06_overflow_names_what_was_asked_for_and_clears_the_endpoint() {
    let mut pipe = reading([Err(rusb::Error::Overflow)]);
    assert_eq!(pipe.receive(&mut [0; 128], SOON), Err(Error::Overflow { asked: 128 }));
    assert_eq!(pipe.bulk.cleared_in, 1);
}

#[test]
fn o12_short_writes_are_continued() {
    let mut pipe = writing([Ok(64), Err(rusb::Error::Interrupted), Ok(64), Ok(64)]);
    let message: Vec<u8> = (0..150).collect();
    assert_eq!(pipe.send(&message, Millis(10_000)), Ok(()));
    assert_eq!((pipe.bulk.taken == message, pipe.transfers()), (true, 3));

    let mut pipe = writing([Ok(64), Err(rusb::Error::Timeout)]);
    assert_eq!(pipe.send(&message, SOON), Err(Error::SendTimeout { sent: 64, of: 150 }));
    assert_eq!(writing([Ok(0)]).send(&message, SOON), Err(Error::SendTimeout { sent: 0, of: 150 }));
}

#[test]
fn o04_unplugged_is_terminal() {
    let mut pipe = reading([Err(rusb::Error::NoDevice), Ok(vec![1])]);
    for _ in 0..3 {
        assert_eq!(pipe.receive(&mut [0; 64], SOON), Err(Error::Unplugged));
        assert_eq!(pipe.send(&[1], SOON), Err(Error::Unplugged));
    }
    assert_eq!(pipe.bulk.asked.len(), 1, "no transfer after the device has gone");
    let mut pipe = writing([Err(rusb::Error::NoDevice)]);
    assert_eq!(pipe.send(&[1], SOON), Err(Error::Unplugged));
    assert_eq!(pipe.receive(&mut [0; 64], SOON), Err(Error::Unplugged));
}

#[test]
fn o04_other_errors_of_a_vanished_device_are_unplugged_too() {
    for error in [rusb::Error::Io, rusb::Error::Other, rusb::Error::NotFound] {
        let mut pipe = reading([Err(error)]);
        assert_eq!(pipe.receive(&mut [0; 64], SOON), Err(Error::Transfer(error)));
        assert!(!pipe.unplugged);
        let mut pipe = reading([Err(error)]);
        pipe.bulk.gone = true;
        assert_eq!(pipe.receive(&mut [0; 64], SOON).unwrap_err().kind(), ErrorKind::Unplugged);
        assert!(pipe.unplugged);
    }
}

fn asking<const N: usize>(controls: [rusb::Result<Vec<u8>>; N]) -> Pipe<Scripted> {
    pipe(Scripted { controls: controls.into(), ..Scripted::default() })
}

fn resetting(reset: rusb::Result<()>) -> Pipe<Scripted> {
    pipe(Scripted { resets: [reset].into(), ..Scripted::default() })
}

const ABORT: ClassRequest = ClassRequest::Abort { slot: 0, sequence: 7 };

#[test]
fn class_requests_bring_what_the_device_answers() {
    let mut data = [0; 8];
    let mut pipe = asking([Ok(vec![0x80, 0x25, 0, 0, 1, 2]), Ok(vec![])]);
    assert!(pipe.has_control_pipe());
    assert_eq!(pipe.class_request(ClassRequest::GetDataRates, &mut data, SOON), Ok(Some(6)));
    assert_eq!(data, [0x80, 0x25, 0, 0, 1, 2, 0, 0]);
    assert_eq!(pipe.class_request(ABORT, &mut [], SOON), Ok(Some(0)));
    assert_eq!(pipe.bulk.requests, [ClassRequest::GetDataRates, ABORT]);
    assert!(pipe.bulk.timeouts.iter().all(|given| (1..=50).contains(&given.as_millis())));
    assert_eq!(pipe.transfers(), 0, "bulk transfers only");
}

#[test]
fn d16_a5_stalled_and_unanswered_class_requests_are_no_error() {
    let mut pipe = asking([Err(rusb::Error::Pipe), Err(rusb::Error::Timeout), Ok(vec![])]);
    assert_eq!(pipe.class_request(ClassRequest::GetClockFrequencies, &mut [0; 8], SOON), Ok(None));
    assert_eq!(pipe.class_request(ABORT, &mut [], SOON), Ok(None));
    assert_eq!(pipe.class_request(ABORT, &mut [], SOON), Ok(Some(0)));
    assert_eq!((pipe.bulk.cleared_in, pipe.bulk.cleared_out), (0, 0), "the control pipe needs no clearing");
}

#[test]
fn o07_interrupted_class_requests_go_on_until_the_time_is_over() {
    let mut pipe = asking([Err(rusb::Error::Interrupted), Ok(vec![])]);
    assert_eq!(pipe.class_request(ABORT, &mut [], Millis(10_000)), Ok(Some(0)));
    let mut pipe = asking([Err(rusb::Error::Interrupted)]);
    assert_eq!(pipe.class_request(ABORT, &mut [], Millis(0)), Ok(None));
}

#[test]
fn o04_nothing_moves_after_the_device_has_gone_during_an_abort() {
    let mut pipe = asking([Err(rusb::Error::NoDevice)]);
    for _ in 0..2 {
        assert_eq!(pipe.class_request(ABORT, &mut [], SOON), Err(Error::Unplugged));
        assert_eq!(pipe.receive(&mut [0; 64], SOON), Err(Error::Unplugged));
        assert_eq!(pipe.send(&[1], SOON), Err(Error::Unplugged));
        assert_eq!(pipe.reset(), Err(Error::Unplugged));
    }
    assert_eq!((pipe.bulk.requests.len(), pipe.bulk.asked.len()), (1, 0));
}

#[test]
fn a06_reset_keeps_the_pipe() {
    let mut pipe = resetting(Ok(()));
    pipe.bulk.reads.push_back(Ok(vec![1]));
    assert_eq!(pipe.reset(), Ok(true));
    assert_eq!(pipe.receive(&mut [0; 64], SOON), Ok(Some(1)));
    // Where the system has no reset, the next rung is the person's hand.
    let mut pipe = resetting(Err(rusb::Error::NotSupported));
    assert_eq!(pipe.reset(), Ok(false));
    let mut pipe = resetting(Err(rusb::Error::Busy));
    assert_eq!(pipe.reset(), Err(Error::Transfer(rusb::Error::Busy)));
    assert!(!pipe.unplugged);
}

#[test]
fn o08_a_device_that_comes_back_as_another_one_is_gone() {
    for error in [rusb::Error::NotFound, rusb::Error::NoDevice] {
        let mut pipe = resetting(Err(error));
        assert_eq!(pipe.reset(), Err(Error::Unplugged));
        assert_eq!(pipe.send(&[1], SOON), Err(Error::Unplugged));
        assert_eq!(pipe.receive(&mut [0; 64], SOON), Err(Error::Unplugged));
        assert!(pipe.bulk.asked.is_empty());
    }
}

/// The number that the whole stack is held to: two transfers until ready, two for each APDU, none idle.
mod counted {
    use super::*;
    use crate::interface::tests::RUTOKEN_ECP as CONFIGURATION;
    use core::cell::RefCell;
    use core::ops::ControlFlow;
    use kaztoken_core::ccid::{CcidLink, ClassDescriptor, LinkOptions};
    use kaztoken_core::drive::ApduLink;
    use std::rc::Rc;

    const ATR: &[u8] = b"\x3B\x88\x01KAZTOKEN\x82";

    /// A token that answers every command, after `busy` reads that find nothing yet.
    struct Token {
        answer: Option<Vec<u8>>,
        busy: usize,
    }

    impl Bulk for Token {
        fn read(&mut self, buffer: &mut [u8], _: Duration) -> rusb::Result<usize> {
            if self.busy > 0 {
                self.busy -= 1;
                return Err(rusb::Error::Timeout);
            }
            let answer = self.answer.take().ok_or(rusb::Error::Timeout)?;
            buffer[..answer.len()].copy_from_slice(&answer);
            Ok(answer.len())
        }

        fn write(&mut self, data: &[u8], _: Duration) -> rusb::Result<usize> {
            let body: &[u8] = match data[0] {
                0x62 => ATR,
                0x6F => b"\x90\x00",
                other => panic!("unexpected message {other:02X}"),
            };
            let mut answer = vec![0x80, u8::try_from(body.len()).unwrap(), 0, 0, 0, 0, data[6], 0, 0, 0];
            answer.extend(body);
            self.answer = Some(answer);
            Ok(data.len())
        }

        fn clear_halt_in(&mut self) -> rusb::Result<()> {
            Ok(())
        }

        fn clear_halt_out(&mut self) -> rusb::Result<()> {
            Ok(())
        }

        fn control(&mut self, request: ClassRequest, _: &mut [u8], _: Duration) -> rusb::Result<usize> {
            panic!("unexpected {request:?}")
        }

        fn reset(&mut self) -> rusb::Result<()> {
            panic!("unexpected reset")
        }

        fn gone(&mut self) -> bool {
            false
        }
    }

    /// The link owns its pipe; the test counts through a second owner.
    struct Shared(Rc<RefCell<Pipe<Token>>>);

    impl BulkPipe for Shared {
        type Error = Error;

        fn send(&mut self, message: &[u8], timeout: Millis) -> Result<(), Error> {
            self.0.borrow_mut().send(message, timeout)
        }

        fn receive(&mut self, buffer: &mut [u8], timeout: Millis) -> Result<Option<usize>, Error> {
            self.0.borrow_mut().receive(buffer, timeout)
        }
    }

    #[test]
    fn two_transfers_until_ready_two_for_each_apdu_none_idle() {
        let pipe = Rc::new(RefCell::new(Pipe::new(Token { answer: None, busy: 0 }, 64)));
        let count = || pipe.borrow().transfers();
        let class = ClassDescriptor::parse(&CONFIGURATION[18..72]).unwrap();
        let start = Instant::now();
        let clock = move || Millis(u64::try_from(start.elapsed().as_millis()).unwrap());
        let options = LinkOptions::default();
        let mut link = CcidLink::open_with(Shared(Rc::clone(&pipe)), clock, &class, options, |_| {
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!((link.atr_bytes(), count()), (ATR, 2));
        let mut response = [0; 258];
        for done in 1..=3 {
            let len = link.transmit(&[0, 0xA4, 0, 0], &mut response, Millis(1000)).unwrap();
            assert_eq!((&response[..len], count()), (&b"\x90\x00"[..], 2 + 2 * done));
        }
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(count(), 8, "idle");
        // Waiting for a slow answer moves nothing either.
        pipe.borrow_mut().bulk.busy = 5;
        link.transmit(&[0, 0x84, 0, 0, 8], &mut response, Millis(10_000)).unwrap();
        assert_eq!(count(), 10);
        drop(link);
        assert_eq!(count(), 10, "dropped");
    }
}
