//! `rig run`: a plan, case by case.

use super::plan::{Action, Case, Expected, PinFrom, Plan, Power};
use super::results::{CaseResult, Results, Verdict};
use super::station::Station;
use super::{card_flags, contacts};
use crate::context::Context;
use crate::exit::{Code, Problem, Result, interrupted};
use crate::language::say;
use crate::output::{Report, hex, note};
use crate::progress;
use crate::said::Said as _;
use core::time::Duration;
use kaztoken_core::apdu::{Command, Masked, StatusWord, ins};
use kaztoken_core::pin::{Pin, Role};
use kaztoken_rig::host::{Address, Rig};
use std::path::Path;
use std::time::Instant;
use zeroize::Zeroizing;

/// What the factory sets (the bank's manual), and what it does not.
const FACTORY_USER: &[u8] = b"12345678";
const FACTORY_ADMIN: &[u8] = b"87654321";
const WRONG: &[u8] = b"00000000";
/// A run that takes longer tells what it does.
const SILENCE: Duration = Duration::from_secs(1);
/// How finely a wait can be stopped.
const SLICE: Duration = Duration::from_millis(50);

pub(super) fn run(
    context: &Context,
    plan: &Plan,
    address: &Address,
    rig: Rig,
    only: Option<&str>,
    junit: Option<&Path>,
) -> Result<Report> {
    progress::watch_for_interrupt();
    if let Some(path) = junit {
        // A night's results shall not be lost for want of a folder.
        crate::whole_file::may_put(path)?;
    }
    let mut station = Station::new(&context.global, address, rig)?;
    if let Some(missing) = plan.requires.missing(station.about.features) {
        let message = say!("plan-missing-feature", name = missing, place = address.to_string());
        return Err(Problem::new(Code::Unsupported, message));
    }
    let chosen = plan.cases.iter().filter(|case| only.is_none_or(|text| case.name.contains(text)));
    let mut runner = Runner { plan, station: &mut station, transcript: Vec::new(), serial: None };
    let mut results = Results::new(plan, address, &runner.station.about);
    let mut stopped: Option<String> = None;
    let begun = Instant::now();
    for case in chosen {
        if progress::interrupted() {
            break;
        }
        let result = match &stopped {
            Some(why) => CaseResult::skipped(case, why),
            None => runner.case(case),
        };
        // Who waits sees where it is.
        if begun.elapsed() > SILENCE && !context.global.json {
            note(&result.line());
        }
        if let Verdict::Failed { ends_it, .. } = &result.verdict {
            if *ends_it {
                stopped = Some(say!("plan-pin-ended"));
            } else if plan.stop_on_failure {
                stopped = Some(say!("plan-case-failed"));
            }
        }
        results.cases.push(result);
    }
    results.serial = runner.serial;
    station.power_off();
    if results.cases.is_empty() && !progress::interrupted() {
        return Err(Problem::new(Code::Usage, say!("plan-no-such-case")));
    }
    if let Some(Err(problem)) = junit.map(|path| results.write_junit(path)) {
        note(&format!("kaztoken: {}", problem.message));
        results.incomplete = true;
    }
    if progress::interrupted() {
        return Err(interrupted());
    }
    Ok(results.report())
}

struct Runner<'r, 'g> {
    plan: &'r Plan,
    station: &'r mut Station<'g>,
    /// What went to the token and came back in the case at hand. PINs are masked before they get here.
    transcript: Vec<String>,
    serial: Option<String>,
}

/// Why a case failed.
struct Failure {
    reason: String,
    /// No other case shall run.
    ends_it: bool,
}

impl From<String> for Failure {
    fn from(reason: String) -> Self {
        Self { reason, ends_it: false }
    }
}

impl Runner<'_, '_> {
    fn case(&mut self, case: &Case) -> CaseResult {
        if let Some(why) = &case.skip {
            return CaseResult::skipped(case, why);
        }
        if let Some(missing) = case.requires.missing(self.station.about.features) {
            return CaseResult::skipped(case, &say!("plan-rig-has-no", name = missing));
        }
        let begun = Instant::now();
        self.station.set_purpose(format!("{}: {}", self.plan.name, case.name));
        let mut outcome = self.station.bring_back().map_err(|problem| Failure::from(problem.message));
        for turn in 1..=case.repeat {
            if outcome.is_err() {
                break;
            }
            self.transcript.clear();
            outcome = self.steps(case).map_err(|failure| match case.repeat {
                1 => failure,
                _ => Failure { reason: say!("plan-turn", number = turn, text = failure.reason), ..failure },
            });
            // After the steps: it is an exchange of its own.
            if self.serial.is_none() && outcome.is_ok() {
                self.serial = self.station.serial().map(|serial| serial.to_string());
            }
            self.station.power_off();
        }
        let took = begun.elapsed();
        match outcome {
            Ok(()) => CaseResult { name: case.name.clone(), took, verdict: Verdict::Passed },
            Err(Failure { reason, ends_it }) => {
                let transcript = core::mem::take(&mut self.transcript);
                CaseResult {
                    name: case.name.clone(),
                    took,
                    verdict: Verdict::Failed { reason, transcript, ends_it },
                }
            }
        }
    }

    fn steps(&mut self, case: &Case) -> Result<(), Failure> {
        for (step, number) in case.steps.iter().zip(1..) {
            if progress::interrupted() {
                return Err(say!("plan-stopped").into());
            }
            let told = |failure: Failure| Failure {
                reason: say!("plan-step", number = number, text = failure.reason),
                ..failure
            };
            self.step(&step.action, &step.expected).map_err(told)?;
        }
        Ok(())
    }

    fn step(&mut self, action: &Action, expected: &Expected) -> Result<(), Failure> {
        let outcome = match action {
            Action::Wait(ms) => {
                let end = Instant::now() + Duration::from_millis(*ms);
                while Instant::now() < end && !progress::interrupted() {
                    std::thread::sleep(SLICE.min(end.saturating_duration_since(Instant::now())));
                }
                return Ok(());
            }
            Action::Card => self.station.card().map(|card| self.levels(&card_flags(card), expected)),
            Action::Contacts => self.station.contacts().map(|pins| self.levels(&contacts(pins), expected)),
            Action::Power(Power::Off) => {
                self.station.power_off();
                self.transcript.push(say!("plan-power-off"));
                return Ok(());
            }
            Action::Power(power) => {
                let is_reset = *power == Power::Reset;
                let atr = if is_reset { self.station.reset() } else { self.station.power_on() };
                atr.map(|atr| {
                    self.transcript.push(match is_reset {
                        true => say!("plan-reset", text = hex(&atr)),
                        false => say!("plan-power-on", text = hex(&atr)),
                    });
                    expected
                        .data
                        .as_ref()
                        .map_or(Ok(()), |pattern| pattern.check(&say!("plan-answer-to-reset"), &atr))
                })
            }
            Action::Apdu(raw) => self.exchange(raw, expected),
            Action::Pin(role, from) => {
                self.pin(*role, from, expected)?;
                return Ok(self.in_time(expected)?);
            }
        };
        self.judge(outcome, expected)?;
        Ok(self.in_time(expected)?)
    }

    fn in_time(&mut self, expected: &Expected) -> Result<(), String> {
        if let Some(limit) = expected.max_us {
            let micros = self.station.micros().map_err(|problem| problem.message)?;
            if micros > limit {
                return Err(say!("plan-took", micros = micros, max = limit));
            }
        }
        Ok(())
    }

    /// What it should end in against what it ended in.
    fn judge(&mut self, outcome: Result<Result<(), String>>, expected: &Expected) -> Result<(), String> {
        match (outcome, expected.fails.as_deref()) {
            (Ok(_), Some(name)) => Err(say!("plan-should-fail", name = name)),
            (Ok(checked), None) => checked,
            (Err(problem), Some(name)) if problem.code.name() == name => {
                self.transcript.push(say!("plan-error", text = problem.message));
                Ok(())
            }
            (Err(problem), Some(name)) => {
                Err(say!("plan-other-error", got = problem.code.name(), name = name, text = problem.message))
            }
            (Err(problem), None) => Err(problem.message),
        }
    }

    fn exchange(&mut self, raw: &[u8], expected: &Expected) -> Result<Result<(), String>> {
        self.transcript.push(format!("> {}", Masked(raw)));
        let response = self.station.transmit(raw)?;
        self.transcript.push(format!("< {}", hex(&response)));
        Ok(check_response(&response, expected))
    }

    fn levels(&mut self, seen: &[(&'static str, Option<bool>)], expected: &Expected) -> Result<(), String> {
        let known = seen.iter().filter_map(|(name, level)| Some(format!("{name}={}", u8::from((*level)?))));
        self.transcript.push(known.collect::<Vec<_>>().join(" "));
        for (name, level) in &expected.levels {
            let seen = seen.iter().find(|(seen, _)| seen == name);
            let (_, seen) = seen.ok_or_else(|| say!("plan-no-level", name = name.as_str()))?;
            if *seen != Some(*level) {
                let is = seen.map_or_else(|| say!("plan-level-unknown"), |seen| seen.to_string());
                return Err(say!(
                    "plan-level-differs",
                    name = name.as_str(),
                    got = is,
                    expected = level.to_string()
                ));
            }
        }
        Ok(())
    }

    fn pin(&mut self, role: Role, from: &PinFrom, expected: &Expected) -> Result<(), Failure> {
        if matches!(from, PinFrom::Factory | PinFrom::Wrong) && !self.station.simulated {
            return Err(say!("plan-real-token").into());
        }
        let pin = match from {
            PinFrom::Factory if role == Role::User => Pin::new(FACTORY_USER).map_err(Problem::from),
            PinFrom::Factory => Pin::new(FACTORY_ADMIN).map_err(Problem::from),
            PinFrom::Wrong => Pin::new(WRONG).map_err(Problem::from),
            PinFrom::Source(source) => source.read(&say!("pin-of", role = role.to_string())),
        };
        let pin = pin.map_err(|problem| problem.message)?;
        let mut raw = Zeroizing::new([0; 261]);
        let command = Command::new(0x00, ins::VERIFY, 0x00, role.reference()).data(pin.as_bytes());
        let len = command.encode_short(&mut raw[..]).map_err(|error| error.said())?;
        let outcome = self.exchange(raw.get(..len).unwrap_or_default(), expected);
        let was_sent = outcome.is_ok();
        let judged = self.judge(outcome, expected);
        judged.map_err(|reason| Failure { reason, ends_it: was_sent && !self.station.simulated })
    }
}

fn check_response(response: &[u8], expected: &Expected) -> Result<(), String> {
    let Some((data, sw)) = StatusWord::split(response) else {
        return Err(say!("rig-no-status-word", count = response.len()));
    };
    let matches = match &expected.sw[..] {
        [] => sw == StatusWord::SUCCESS,
        several => several.iter().any(|pattern| pattern.matches(&sw.to_bytes())),
    };
    if !matches {
        let wanted = expected.sw.iter().map(ToString::to_string);
        let wanted = wanted.reduce(|first, second| say!("plan-or", first = first, second = second));
        let wanted = wanted.unwrap_or_else(|| "9000".to_owned());
        return Err(say!("plan-answered", got = sw.said(), expected = wanted));
    }
    expected.data.as_ref().map_or(Ok(()), |pattern| pattern.check(&say!("plan-data"), data))
}
