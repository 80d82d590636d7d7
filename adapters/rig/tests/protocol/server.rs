//! The rig's server: handshake, repetition, the host's death, what is left in memory.

use crate::bench::{Got, Noting, SILENCE, Table};
use kaztoken_rig::frame::Kind;
use kaztoken_rig::hello::{Dialect, Hello};
use kaztoken_rig::message::{Activity, Octets, PAYLOAD_LEN, Pulse, Task};
use kaztoken_rig::server::{Buffers, Server};
use kaztoken_rig::{Fault, Micros};
use proptest::prelude::*;

const VERIFY: &[u8] = b"\x00\x20\x00\x02\x0812345678";

fn apdu(command: &[u8]) -> Task<'_> {
    Task::Apdu { budget: 1_000, command: Octets(command) }
}

fn fault(id: u32, fault: Fault) -> [Got; 1] {
    [Got::Answer(id, Err(fault))]
}

#[test]
fn nothing_is_done_before_a_hello() {
    let mut buffers = Buffers::new();
    let mut table = Table::new(&mut buffers);
    assert_eq!(table.ask(Task::PowerOn { budget: 1 }), fault(1, Fault::NoSession));
    assert_eq!(table.ask(apdu(VERIFY)), fault(2, Fault::NoSession));
    assert_eq!(table.beat(5), [Got::Pulse(Pulse { number: 5, state: Activity::Asleep })]);
    assert!(!table.bench.powered && table.bench.commands.is_empty());
}

#[test]
fn another_version_gets_a_welcome_and_nothing_else() {
    let mut buffers = Buffers::new();
    let mut table = Table::powered(&mut buffers);
    for dialect in [
        Dialect { version: Dialect::OURS.version + 1, ..Dialect::OURS },
        Dialect { schema: Dialect::OURS.schema ^ 1, ..Dialect::OURS },
    ] {
        table.send(Kind::Hello, &Hello { dialect, session: 9 }.to_bytes());
        assert_eq!(table.turn(), [Got::Welcome(Dialect::OURS, 9)]);
        assert!(!table.bench.powered, "whoever had the token is gone");
        let id = table.last_id() + 1;
        assert_eq!(table.ask(apdu(VERIFY)), fault(id, Fault::NoSession));
    }
}

#[test]
fn a_new_host_finds_nobody_logged_in() {
    let mut buffers = Buffers::new();
    let mut table = Table::powered(&mut buffers);
    // The same host's hello, repeated because the welcome was lost, changes nothing.
    table.hello(1);
    assert!(table.bench.powered && table.bench.stops == 0);
    table.hello(2);
    assert!(!table.bench.powered && table.bench.stops == 1);
}

#[test]
fn a_new_host_ends_the_command_of_the_old_one() {
    let mut buffers = Buffers::new();
    let mut table = Table::powered(&mut buffers);
    table.bench.patience = 1_000;
    assert_eq!(table.ask(apdu(VERIFY)), []);
    assert!(table.server.is_busy());
    assert_eq!(table.hello(2), [Got::Welcome(Dialect::OURS, 2)]);
    assert!(!table.server.is_busy() && !table.bench.powered);
    assert_eq!(table.bench.commands.len(), 1);
}

#[test]
fn no_apdu_is_carried_out_twice() {
    let mut buffers = Buffers::new();
    let mut table = Table::powered(&mut buffers);
    let id = table.last_id() + 1;
    table.request(id, apdu(VERIFY));
    assert!(matches!(&table.turn()[..], [Got::Answer(_, Ok(_))]));
    for old in [id, id - 1, id.wrapping_sub(100), id.wrapping_add(1 << 31)] {
        table.request(old, apdu(VERIFY));
        assert_eq!(table.turn(), fault(old, Fault::Repeated));
        // What is harmless is done again.
        table.request(old, Task::Card);
        assert_eq!(table.turn(), [Got::Other(old)]);
        table.request(id, Task::Card);
        table.turn();
    }
    assert_eq!(table.bench.commands.len(), 1);
    // Numbers wrap.
    table.hello(7);
    table.request(u32::MAX, Task::PowerOn { budget: 1 });
    table.turn();
    table.request(0, apdu(VERIFY));
    assert!(matches!(&table.turn()[..], [Got::Answer(0, Ok(_))]));
    assert_eq!(table.bench.commands.len(), 2);
}

#[test]
fn a_silent_host_costs_the_token_its_power() {
    for busy in [false, true] {
        let mut buffers = Buffers::new();
        let mut table = Table::powered(&mut buffers);
        if busy {
            table.bench.patience = u32::MAX;
            assert_eq!(table.ask(apdu(VERIFY)), []);
        }
        let start = table.now;
        assert!(table.server.poll_timeout().is_some());
        // As long as it beats it lives.
        for n in 1..10 {
            table.now += SILENCE.0 * 1_000;
            let state = match busy {
                true => Activity::Working { id: table.last_id() },
                false => Activity::Waiting { last: Some(table.last_id()) },
            };
            if busy && table.now > start + 2_000_000 {
                // The command's own budget ends it before.
                break;
            }
            assert_eq!(table.beat(n), [Got::Pulse(Pulse { number: n, state })]);
        }
        let dies = table.server.poll_timeout().unwrap();
        table.now = dies.0 - 1;
        if !busy {
            table.turn();
            assert!(table.bench.powered);
        }
        table.now = dies.0 + 1;
        table.turn();
        assert!(!table.bench.powered, "busy: {busy}");
        if !busy {
            assert!(!table.server.has_session());
            assert_eq!(table.server.line().silences, 1);
            let id = table.last_id() + 1;
            assert_eq!(table.ask(apdu(VERIFY)), fault(id, Fault::NoSession));
        }
    }
}

#[test]
fn the_host_dies_in_mid_command() {
    let mut buffers = Buffers::new();
    let mut table = Table::powered(&mut buffers);
    table.bench.patience = u32::MAX;
    assert_eq!(table.ask(Task::Apdu { budget: 330_000, command: Octets(VERIFY) }), []);
    table.now += SILENCE.0 * 1_000;
    assert_eq!(table.turn(), []);
    assert!(table.bench.powered);
    table.now += 1;
    assert_eq!(table.turn(), [], "nobody is there to be told");
    assert!(!table.bench.powered && !table.server.is_busy() && !table.server.has_session());
    drop(table);
    assert!(buffers.is_wiped());
}

#[test]
fn noise_is_no_sign_of_life() {
    let mut buffers = Buffers::new();
    let mut table = Table::powered(&mut buffers);
    for _ in 0..30 {
        table.now += 100_000;
        table.input(b"\0noise that is no frame\0");
        table.send(Kind::Answer, b"a frame that no host sends");
        table.turn();
    }
    assert!(!table.bench.powered);
    assert_eq!((table.server.line().damaged, table.server.line().foreign), (30, 30));
}

#[test]
fn a_bench_that_does_not_end_is_stopped() {
    let mut buffers = Buffers::new();
    let mut table = Table::powered(&mut buffers);
    table.bench.patience = u32::MAX;
    let id = table.last_id() + 1;
    assert_eq!(table.ask(Task::Apdu { budget: 500, command: Octets(VERIFY) }), []);
    table.now += 1_500_000;
    assert_eq!(table.turn(), []);
    table.now += 1;
    assert_eq!(table.turn(), fault(id, Fault::Timeout));
    assert!(!table.bench.powered);
}

#[test]
fn what_was_lost_shows_in_the_pulse() {
    let mut buffers = Buffers::new();
    let mut table = Table::powered(&mut buffers);
    let last = table.last_id();
    let waiting =
        |number, last| [Got::Pulse(Pulse { number, state: Activity::Waiting { last: Some(last) } })];
    assert_eq!(table.beat(1), waiting(1, last));
    table.bench.patience = 5;
    assert_eq!(table.ask(apdu(VERIFY)), [], "polled once");
    let working = Pulse { number: 2, state: Activity::Working { id: last + 1 } };
    assert_eq!(table.beat(2)[0], Got::Pulse(working));
    while table.server.is_busy() {
        table.turn();
    }
    assert_eq!(table.beat(3), waiting(3, last + 1));
}

#[test]
fn requests_that_make_no_sense() {
    let mut buffers = Buffers::new();
    let mut table = Table::powered(&mut buffers);
    // A number, then a task that does not exist; a task with bytes after it.
    table.send(Kind::Request, &[50, 99]);
    assert_eq!(table.turn(), fault(50, Fault::Malformed));
    table.send(Kind::Request, &[51, 1, 0]);
    assert_eq!(table.turn(), fault(51, Fault::Malformed));
    table.send(Kind::Request, &[0xFF; 5]);
    assert_eq!(table.turn(), []);
    let long = [0; PAYLOAD_LEN + 1];
    table.request(60, apdu(&long));
    assert_eq!(table.turn(), fault(60, Fault::TooLong));
    assert!(table.bench.commands.is_empty());
    // The line is as good as before.
    table.request(61, apdu(VERIFY));
    assert!(matches!(&table.turn()[..], [Got::Answer(61, Ok(_))]));
}

#[test]
fn what_a_bench_cannot_do_it_says() {
    let mut buffers = Buffers::new();
    let mut table = Table::powered(&mut buffers);
    for task in [
        Task::Reset { budget: 1 },
        Task::Atr,
        Task::Block { budget: 1, block: Octets(&[0]) },
        Task::UsbDescribe,
        Task::UsbSend { budget: 1, message: Octets(&[0]) },
        Task::UsbReceive { budget: 1 },
        Task::UsbReset { budget: 1 },
        Task::Pins,
        Task::SelfTest { budget: 1 },
    ] {
        let id = table.last_id() + 1;
        assert_eq!(table.ask(task), fault(id, Fault::Unsupported), "{task:?}");
    }
}

#[test]
fn nothing_stays_in_memory() {
    let mut buffers = Buffers::new();
    let mut table = Table::powered(&mut buffers);
    assert!(matches!(&table.ask(apdu(VERIFY))[..], [Got::Answer(_, Ok(_))]));
    // Without the drop, which wipes everything: what is left after the answer has gone.
    let shown = table.server.poll_transmit().to_vec();
    assert!(shown.is_empty());
    core::mem::forget(table);
    assert!(buffers.is_wiped());
    // A frame with a PIN that was damaged is wiped, too.
    let mut table = Table::powered(&mut buffers);
    let mut frame = b"\0\x20damaged 12345678".to_vec();
    frame.push(0);
    table.input(&frame);
    core::mem::forget(table);
    assert!(buffers.is_wiped());
}

#[test]
fn the_log_waits_for_answers() {
    let mut buffers = Buffers::new();
    let mut table = Table::powered(&mut buffers);
    assert_eq!(table.server.log(&[1, 2, 0, 3]), 4);
    assert_eq!(table.server.log(&[9]), 0, "the other one is still to be sent");
    assert_eq!(table.turn(), [Got::Log(vec![1, 2, 0, 3])]);
    assert_eq!(table.server.log(&[7; 1_000]), 128);
    assert_eq!(table.turn(), [Got::Log(vec![7; 128])]);
    assert_eq!(table.server.log(&[]), 0);
}

proptest! {
    /// Whatever comes: no panic, no APDU that was not sent whole, and a hello always works afterwards.
    #[test]
    fn any_bytes_at_all(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..90), 0..40)) {
        let mut buffers = Buffers::new();
        let mut server = Server::new(&mut buffers, SILENCE);
        let mut bench = Noting::default();
        for (turn, chunk) in chunks.iter().enumerate() {
            let now = Micros(turn as u64 * 1_000);
            server.handle_input(now, chunk);
            server.poll(now, &mut bench);
            let len = server.poll_transmit().len();
            server.transmitted(len);
        }
        prop_assert!(bench.commands.is_empty() && !bench.powered);
        drop(server);
        let mut table = Table::powered(&mut buffers);
        prop_assert_eq!(table.ask(Task::Card).len(), 1);
    }

    /// A conversation in which bytes are lost and changed: what reaches the bench is what was sent, once.
    #[test]
    fn a_bad_line(faults in proptest::collection::vec((any::<prop::sample::Index>(), any::<Option<u8>>()), 0..6)) {
        let mut buffers = Buffers::new();
        let mut table = Table::powered(&mut buffers);
        let mut sent = Vec::new();
        for n in 0..8_u8 {
            let command = [0, 0xB0, 0, n, n];
            let mut out = [0; 64];
            let request = kaztoken_rig::message::Request { id: 100 + u32::from(n), task: apdu(&command) };
            let len = kaztoken_rig::frame::write(&mut out, Kind::Request, &request).unwrap();
            let mut bytes = out[..len].to_vec();
            if let Some((at, change)) = faults.get(usize::from(n)) {
                let at = at.index(bytes.len());
                match change {
                    Some(byte) => bytes[at] = *byte,
                    None => drop(bytes.remove(at)),
                }
            }
            sent.push(command.to_vec());
            table.input(&bytes);
            table.turn();
        }
        let mut rest = sent.iter();
        for command in &table.bench.commands {
            prop_assert!(rest.any(|sent| sent == command), "{:?} was never sent, or twice", command);
        }
        prop_assert!(table.bench.commands.len() + 2 * faults.len() >= 8);
    }
}
