//! Traces and other programs' records, as somebody may send them with a bug report.

use core::ops::ControlFlow;
use kaztoken_core::apdu::Command;
use kaztoken_core::ccid::{CcidLink, LinkOptions};
use kaztoken_core::drive::Connection;
use kaztoken_core::pin::Role;
use kaztoken_core::token::Protocol;
use kaztoken_trace::convert::{
    export_log, export_pcap, export_transcript, import_log, import_pcap, import_transcript,
};
use kaztoken_trace::{Record, Replay, Trace, describe, differences, redact};

/// A trace's file: read, told, changed, and used as a device by the real host side.
pub fn trace_file(data: &[u8]) {
    let Ok(trace) = Trace::parse(data) else { return };
    judge(&trace);
    for replay in Replay::all(&trace) {
        assert!(replay.refusal().is_none_or(|failure| !failure.text.contains(char::is_control)));
        let Some(class) = replay.opened.class else {
            let mut connection = Connection::new(replay.link(), Protocol::T1);
            let _ = connection.run(async |session| session.identify().await.map(|_| ()));
            continue;
        };
        let options = LinkOptions { max_packet: replay.opened.max_packet, ..LinkOptions::default() };
        let clock = replay.clock();
        let go_on = |_| ControlFlow::Continue(());
        let Ok(link) = CcidLink::open_with(replay.pipe(), clock, &class, options, go_on) else { continue };
        let mut connection = Connection::new(link, Protocol::T1);
        let _ = connection.run(async |session| {
            let _ = session.serial().await?;
            let _ = session.pin_info(Role::User).await?;
            session.identify().await.map(|_| ())
        });
    }
}

/// The first byte says what the rest is.
pub fn trace_record(data: &[u8]) {
    let Some((kind, rest)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    let trace = match kind % 3 {
        0 => import_pcap(rest),
        1 => import_log(&text),
        _ => import_transcript(&text),
    };
    match trace {
        Ok(trace) => judge(&trace),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn judge(trace: &Trace) {
    let text = trace.to_string();
    assert_eq!(Trace::parse(text.as_bytes()).expect("what is written is read").to_string(), text);
    assert!(!text.replace('\n', "").contains(char::is_control));
    let mut before = None;
    for entry in &trace.entries {
        if let Record::Command(command) = &entry.record
            && let Some([cla, ins, _, _, _, ..]) = command.whole().as_deref()
        {
            assert!(!Command::new(*cla, *ins, 0, 0).is_secret(), "{text}");
        }
        let meaning = describe(entry, None, before);
        assert!(!meaning.title.contains(char::is_control));
        before = Some(entry);
    }
    assert!(differences(trace, trace).is_empty());
    let clean = redact(trace, false);
    assert_eq!(clean.entries.len(), trace.entries.len());
    let _ = (export_log(trace), export_transcript(trace));
    // What is exported is a capture, if there is anything in it.
    let _ = import_pcap(&export_pcap(trace));
}
