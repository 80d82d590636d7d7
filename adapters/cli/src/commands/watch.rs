//! `watch`: what happens at the bus and to the tokens, as it happens.
//!
//! The bus is looked at from outside, which opens nothing. A token is powered on once when it comes, read without a
//! PIN and let go again; after that only when it shows from outside that another program has used it: a virtual
//! token's file has changed, or a reader that was held is free again.

mod changes;

use crate::args::{Via, Watch};
use crate::context::Context;
use crate::device::presence::{Bus, Change, Present, Seen};
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::{Report, print_while_read};
use crate::progress::{interrupted, watch_for_interrupt};
use changes::{Event, View, compare};
use core::time::Duration;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Instant;

/// How often Ctrl-C is looked at.
const STEP: Duration = Duration::from_millis(50);
/// Another program has the token in use for a moment: so often it is tried again before that is said.
const PATIENCE: u8 = 6;

pub(super) fn watch(context: &Context, options: &Watch) -> Result<Report> {
    context.refuse_dry_run(&say!("watch-changes-nothing"))?;
    watch_for_interrupt();
    let bus = Bus::new(&context.global)?;
    let mut watcher = Watcher {
        context,
        left: options.events.unwrap_or(u64::MAX),
        printed: 0,
        known: BTreeMap::new(),
        busy: BTreeMap::new(),
    };
    let end = options.lasts.map(|time| Instant::now() + time);
    let mut seen = Seen::default();
    let mut first = true;
    let ended = loop {
        let next = Instant::now() + options.interval;
        let present = bus.look()?;
        let came = seen.compare(&present);
        if std::mem::take(&mut first) && present.is_empty() {
            crate::output::note(&say!("watch-nothing-yet"));
        }
        if let Some(ended) = watcher.tell(&present, came, &mut seen)? {
            break ended;
        }
        let until = end.map_or(next, |end| end.min(next));
        while Instant::now() < until && !interrupted() {
            std::thread::sleep(STEP.min(until.saturating_duration_since(Instant::now())));
        }
        if interrupted() {
            break "interrupted";
        }
        if end.is_some_and(|end| Instant::now() >= end) {
            break "time";
        }
    };
    // The last document says how it ended; people see that without it.
    Ok(Report::new("", json!({ "event": "end", "reason": ended, "events": watcher.printed })))
}

struct Watcher<'c> {
    context: &'c Context,
    /// So many events are still wanted.
    left: u64,
    printed: u64,
    known: BTreeMap<String, View>,
    busy: BTreeMap<String, u8>,
}

impl Watcher<'_> {
    /// Tells what changed; `Some` when that was the last.
    fn tell(
        &mut self,
        present: &[Present],
        changes: Vec<Change>,
        seen: &mut Seen,
    ) -> Result<Option<&'static str>> {
        for change in changes {
            let events = match change {
                Change::Gone(id) => {
                    self.busy.remove(&id);
                    self.known.remove(&id).map(|view| vec![Event::unplugged(&view)]).unwrap_or_default()
                }
                Change::Came(id) | Change::Touched(id) => {
                    let Some(one) = present.iter().find(|one| one.id == id) else { continue };
                    match self.read(one) {
                        Some(view) => {
                            let events = compare(self.known.get(&id), &view);
                            if view.is_busy() && one.via != Via::Usb {
                                // From outside it does not show when it is free again.
                                seen.again(&id);
                            }
                            self.known.insert(id, view);
                            events
                        }
                        None if interrupted() => return Ok(Some("interrupted")),
                        None => {
                            seen.again(&id);
                            continue;
                        }
                    }
                }
            };
            for event in events {
                if let Some(ended) = self.print(event)? {
                    return Ok(Some(ended));
                }
            }
        }
        Ok(None)
    }

    /// Reads a token and lets it go. `None`: another program has it for the moment, or it has just gone.
    fn read(&mut self, present: &Present) -> Option<View> {
        let attached = present.open(&self.context.global);
        let looked = attached.token.and_then(|mut token| {
            let seen = token.connection.run(async |session| super::status::look(session).await)?;
            Ok((token.about.clone(), seen))
        });
        match looked {
            Err(Problem { code: Code::Interrupted | Code::Removed, .. }) => None,
            Err(Problem { code: Code::Busy, .. }) if self.is_patient(&present.id) => None,
            looked => {
                if !looked.as_ref().is_err_and(|problem| problem.code == Code::Busy) {
                    self.busy.remove(&present.id);
                }
                Some(View::new(present, looked))
            }
        }
    }

    fn is_patient(&mut self, id: &str) -> bool {
        let times = self.busy.entry(id.to_owned()).or_default();
        *times = times.saturating_add(1);
        *times < PATIENCE
    }

    fn print(&mut self, event: Event) -> Result<Option<&'static str>> {
        let now = chrono::Local::now();
        let mut json =
            json!({ "event": event.kind, "time": now.to_rfc3339_opts(chrono::SecondsFormat::Millis, false) });
        if let Some(json) = json.as_object_mut() {
            json.extend(event.fields);
        }
        let report = Report::new(format!("{}  {}", now.format("%H:%M:%S"), event.text), json);
        if !print_while_read(self.context.global.json, "watch", report)? {
            return Ok(Some("nobody-reads"));
        }
        self.printed += 1;
        self.left = self.left.saturating_sub(1);
        Ok((self.left == 0).then_some("events"))
    }
}
