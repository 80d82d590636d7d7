//! The command line of an image with tests, as `cargo test -- ...` has it.

use std::time::Duration;

use crate::image::Test;

/// Which tests, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    filters: Vec<String>,
    skip: Vec<String>,
    exact: bool,
    pub(crate) list: bool,
    /// Only those that are ignored otherwise, or these, too.
    only_ignored: bool,
    include_ignored: bool,
    /// Show what the tests print that pass.
    pub(crate) nocapture: bool,
    /// QEMU's at a time.
    pub(crate) threads: Option<usize>,
    pub(crate) time_limit: Option<Duration>,
    pub(crate) machine: Option<String>,
}

/// What is to become of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    Run,
    Ignore,
    Leave,
}

/// A number of seconds, fractions allowed.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let limit = text.parse().ok().and_then(|seconds: f64| Duration::try_from_secs_f64(seconds).ok());
    limit.filter(|limit| !limit.is_zero()).ok_or_else(|| format!("`{text}` is no number of seconds"))
}

impl Options {
    /// Reads the arguments after the image.
    pub(crate) fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut options = Self::default();
        let mut rest = arguments.iter().map(String::as_str);
        while let Some(argument) = rest.next() {
            let (word, attached) = match argument.split_once('=') {
                Some((word, value)) if word.starts_with("--") => (word, Some(value)),
                _ => (argument, None),
            };
            let mut value =
                || attached.or_else(|| rest.next()).ok_or_else(|| format!("{word} needs a value"));
            match word {
                "--list" => options.list = true,
                "--exact" => options.exact = true,
                "--ignored" => options.only_ignored = true,
                "--include-ignored" => options.include_ignored = true,
                "--nocapture" | "--no-capture" | "--show-output" => options.nocapture = true,
                "--skip" => options.skip.push(value()?.to_owned()),
                "--machine" => options.machine = Some(value()?.to_owned()),
                "--time-limit" => options.time_limit = Some(seconds(value()?)?),
                "--test-threads" => {
                    let threads = value()?.parse().ok().filter(|&threads| threads > 0);
                    options.threads = Some(threads.ok_or("--test-threads needs a number from 1")?);
                }
                _ if word.starts_with('-') => return Err(format!("unknown option {argument}")),
                _ => options.filters.push(argument.to_owned()),
            }
        }
        Ok(options)
    }

    /// What is to become of this test.
    pub(crate) fn choose(&self, test: &Test) -> Choice {
        let fits = |text: &String| match self.exact {
            true => test.name == *text,
            false => test.name.contains(text.as_str()),
        };
        if !(self.filters.is_empty() || self.filters.iter().any(fits)) || self.skip.iter().any(fits) {
            return Choice::Leave;
        }
        match (self.only_ignored, test.ignored) {
            (true, false) => Choice::Leave,
            (false, true) if !self.include_ignored => Choice::Ignore,
            _ => Choice::Run,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(line: &str) -> Result<Options, String> {
        Options::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    fn chosen(line: &str) -> Vec<(&'static str, Choice)> {
        let options = options(line).unwrap();
        let test = |name: &str, ignored| {
            let name = name.to_owned();
            Test { name, address: 0, ignored, should_panic: false, time_limit: None }
        };
        [("ccid::chains", false), ("ccid::frames", false), ("slow", true)]
            .map(|(name, ignored)| (name, options.choose(&test(name, ignored))))
            .into_iter()
            .filter(|(_, choice)| *choice != Choice::Leave)
            .collect()
    }

    #[test]
    fn filters_are_parts_of_names_or_all_of_them() {
        use Choice::{Ignore, Run};
        assert_eq!(chosen(""), [("ccid::chains", Run), ("ccid::frames", Run), ("slow", Ignore)]);
        assert_eq!(chosen("frames nothing"), [("ccid::frames", Run)]);
        assert_eq!(chosen("ccid --exact"), []);
        assert_eq!(chosen("--exact ccid::chains"), [("ccid::chains", Run)]);
        assert_eq!(chosen("ccid --skip frames"), [("ccid::chains", Run)]);
        assert_eq!(chosen("--ignored"), [("slow", Run)]);
        assert_eq!(chosen("slow --include-ignored"), [("slow", Run)]);
    }

    #[test]
    fn values_are_attached_or_follow() {
        for line in ["--time-limit 1.5 --test-threads 3", "--test-threads=3 --time-limit=1.5"] {
            let options = options(line).unwrap();
            assert_eq!((options.time_limit, options.threads), (Some(Duration::from_millis(1500)), Some(3)));
        }
        for line in
            ["--frob", "-x", "--time-limit", "--time-limit 0", "--time-limit never", "--test-threads 0"]
        {
            assert!(options(line).is_err(), "{line}");
        }
    }
}
