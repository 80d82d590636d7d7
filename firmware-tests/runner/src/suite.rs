//! All tests of an image, one run of QEMU each, with the output of `cargo test`.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::image::Test;
use crate::options::{Choice, Options};
use crate::qemu::Qemu;
use crate::transcript::Transcript;
use crate::verdict::Verdict;

/// The time limit of a test that has none of its own: that of embedded-test.
const TIME_LIMIT: Duration = Duration::from_secs(60);
/// The exit status when a test fails, as libtest has it.
const FAILED: u8 = 101;

struct Done {
    verdict: Verdict,
    transcript: Transcript,
}

/// Runs the chosen tests and prints what came of them. Returns the exit status.
pub(crate) fn run(
    tests: &[Test],
    options: &Options,
    file: &str,
    machine: Option<&str>,
) -> Result<u8, String> {
    let chosen: Vec<(&Test, Choice)> = tests
        .iter()
        .map(|test| (test, options.choose(test)))
        .filter(|(_, choice)| *choice != Choice::Leave)
        .collect();
    if options.list {
        chosen.iter().for_each(|(test, _)| println!("{}: test", test.name));
        println!("\n{} tests, 0 benchmarks", chosen.len());
        return Ok(0);
    }
    let qemu = Qemu::new(file, machine)?;
    let start = Instant::now();
    println!("\nrunning {} tests on {}", chosen.len(), qemu.machine());
    let mut total = Total { filtered_out: tests.len() - chosen.len(), ..Total::default() };
    let to_run: Vec<&Test> =
        chosen.iter().filter(|(_, choice)| *choice == Choice::Run).map(|(test, _)| *test).collect();
    in_order(&to_run, options, &qemu, |test, done| total.take(test, done, options.nocapture));
    for (test, _) in chosen.iter().filter(|(_, choice)| *choice == Choice::Ignore) {
        println!("test {} ... ignored", test.name);
        total.ignored += 1;
    }
    total.close(start.elapsed());
    Ok(if total.failures.is_empty() { 0 } else { FAILED })
}

/// Runs several at a time, and hands the results over in the order of the tests.
fn in_order(tests: &[&Test], options: &Options, qemu: &Qemu, mut take: impl FnMut(&Test, Done)) {
    let processors = || thread::available_parallelism().map_or(1, usize::from);
    let threads = options.threads.unwrap_or_else(processors).clamp(1, tests.len().max(1));
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..threads {
            let sender = sender.clone();
            let next = &next;
            scope.spawn(move || {
                while let Some((number, test)) = {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    tests.get(number).map(|test| (number, *test))
                } {
                    if sender.send((number, one(test, options, qemu))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut waiting: Vec<Option<Done>> = tests.iter().map(|_| None).collect();
        let mut shown = 0;
        for (number, done) in receiver {
            waiting[number] = Some(done);
            while let Some(done) = waiting.get_mut(shown).and_then(Option::take) {
                take(tests[shown], done);
                shown += 1;
            }
        }
    });
}

fn one(test: &Test, options: &Options, qemu: &Qemu) -> Done {
    let limit = options.time_limit.or(test.time_limit).unwrap_or(TIME_LIMIT);
    let (ended, output) = qemu.run(&["run_addr".to_owned(), test.address.to_string()], limit);
    let transcript = Transcript::read(&output);
    let verdict = Verdict::of(ended, test.should_panic, transcript.failed.len(), limit);
    Done { verdict, transcript }
}

/// What came of all tests.
#[derive(Default)]
struct Total {
    passed: usize,
    ignored: usize,
    filtered_out: usize,
    /// Tests that failed, with what is to be said of each.
    failures: Vec<(String, Vec<String>)>,
    cases: usize,
    failed_cases: usize,
    left_out: Vec<String>,
}

impl Total {
    fn take(&mut self, test: &Test, Done { verdict, transcript }: Done, show: bool) {
        let Test { name, .. } = test;
        let cases = match transcript.cases {
            0 => String::new(),
            1 => " (1 case)".to_owned(),
            cases => format!(" ({cases} cases)"),
        };
        self.cases += transcript.cases;
        // The case that was under way is the one that did it.
        let broken_off = transcript.last_case.as_deref().filter(|_| !verdict.is_complete());
        self.failed_cases += transcript.failed.len() + usize::from(broken_off.is_some());
        self.left_out.extend(transcript.left_out);
        if show {
            transcript.other.iter().for_each(|line| println!("  {line}"));
        }
        if verdict == Verdict::Passed {
            println!("test {name} ... ok{cases}");
            self.passed += 1;
            return;
        }
        println!("test {name} ... FAILED{cases}: {verdict}");
        let mut lines = vec![verdict.to_string()];
        lines.extend(broken_off.map(|case| format!("in case {case}")));
        lines.extend(transcript.failed.into_iter().map(|failure| format!("case {failure}")));
        lines.extend(transcript.other);
        self.failures.push((name.clone(), lines));
    }

    fn close(&self, time: Duration) {
        if !self.failures.is_empty() {
            println!("\nfailures:");
            for (name, lines) in &self.failures {
                println!("\n---- {name} ----");
                lines.iter().for_each(|line| println!("{line}"));
            }
            println!("\nfailures:");
            self.failures.iter().for_each(|(name, _)| println!("    {name}"));
        }
        println!();
        self.left_out.iter().for_each(|subject| println!("left out: {subject}"));
        if self.cases > 0 {
            println!(
                "cases: {} passed; {} failed",
                self.cases - self.failed_cases.min(self.cases),
                self.failed_cases
            );
        }
        println!(
            "test result: {}. {} passed; {} failed; {} ignored; 0 measured; {} filtered out; finished in {:.2}s\n",
            if self.failures.is_empty() { "ok" } else { "FAILED" },
            self.passed,
            self.failures.len(),
            self.ignored,
            self.filtered_out,
            time.as_secs_f32()
        );
    }
}
