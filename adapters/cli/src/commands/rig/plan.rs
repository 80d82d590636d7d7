//! What a plan for a rig says: a TOML file of named cases, each with steps and what they shall bring.

use super::pattern::Pattern;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::{hex, parse_hex};
use crate::pin_source::PinSource;
use crate::toml_file;
use kaztoken_core::apdu::CommandView;
use kaztoken_core::pin::Role;
use kaztoken_rig::hello::Features;
use serde::{Deserialize, Deserializer};
use std::path::Path;

/// A plan.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Plan {
    pub(super) name: String,
    /// Without these features of the rig nothing is run.
    #[serde(default)]
    pub(super) requires: Requires,
    /// The first case that fails is the last one.
    #[serde(default)]
    pub(super) stop_on_failure: bool,
    #[serde(rename = "case")]
    pub(super) cases: Vec<Case>,
}

/// A case. It begins, and ends, without power.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    pub(super) name: String,
    /// Without these features of the rig it is skipped.
    #[serde(default)]
    pub(super) requires: Requires,
    /// Why it is skipped.
    pub(super) skip: Option<String>,
    #[serde(default = "once")]
    pub(super) repeat: u32,
    #[serde(rename = "step")]
    pub(super) steps: Vec<Step>,
}

const fn once() -> u32 {
    1
}

/// Features by their names.
#[derive(Debug, Default)]
pub(super) struct Requires(pub(super) Vec<(u32, String)>);

impl Requires {
    /// The first one that the rig has not.
    pub(super) fn missing(&self, features: Features) -> Option<&str> {
        self.0.iter().find(|(bit, _)| !features.has(*bit)).map(|(_, name)| &name[..])
    }
}

impl<'de> Deserialize<'de> for Requires {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bit =
            |name: String| match (0..u32::BITS).find(|bit| Features(1 << bit).names().any(|n| n == name)) {
                Some(bit) => Ok((1 << bit, name)),
                None => Err(serde::de::Error::custom(say!("plan-no-feature", name = format!("{name:?}")))),
            };
        Vec::<String>::deserialize(deserializer)?.into_iter().map(bit).collect::<Result<_, _>>().map(Self)
    }
}

/// One thing to do, and what it shall bring.
#[derive(Debug, Deserialize)]
#[serde(try_from = "RawStep")]
pub(super) struct Step {
    pub(super) action: Action,
    pub(super) expected: Expected,
}

/// What to do.
#[derive(Debug)]
pub(super) enum Action {
    Power(Power),
    Apdu(Vec<u8>),
    Pin(Role, PinFrom),
    Wait(u64),
    /// Look at the card's switch and its power.
    Card,
    /// Look at the contacts.
    Contacts,
}

#[derive(Copy, Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Power {
    On,
    Off,
    Reset,
}

/// Where a PIN comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum PinFrom {
    /// The factory's. Only to a virtual token: on another it may have been changed.
    Factory,
    /// One that is wrong. Only to a virtual token.
    Wrong,
    Source(PinSource),
}

/// What a step shall bring.
#[derive(Debug, Default)]
pub(super) struct Expected {
    /// The answer to reset, or the data of a response.
    pub(super) data: Option<Pattern>,
    /// One of these; 9000 when none is given.
    pub(super) sw: Vec<Pattern>,
    /// The name of the error that it shall end in.
    pub(super) fails: Option<String>,
    /// The longest time in microseconds: the rig's own, of a token on USB this computer's.
    pub(super) max_us: Option<u64>,
    /// Levels of contacts, or what is known of the card, by name.
    pub(super) levels: Vec<(String, bool)>,
}

/// A step as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawStep {
    power: Option<Power>,
    apdu: Option<String>,
    pin: Option<RoleName>,
    from: Option<String>,
    wait_ms: Option<u64>,
    card: Option<Levels>,
    contacts: Option<Levels>,
    atr: Option<Pattern>,
    data: Option<Pattern>,
    sw: Option<OneOrMore>,
    fails: Option<String>,
    max_us: Option<u64>,
}

#[derive(Copy, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RoleName {
    User,
    Admin,
}

type Levels = std::collections::BTreeMap<String, bool>;

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// Longer than this nobody waits.
const MAX_WAIT: u64 = 600_000;
/// The names of errors that a step may end in.
const ERRORS: [Code; 10] = [
    Code::Failed,
    Code::Usage,
    Code::NoToken,
    Code::Busy,
    Code::Refused,
    Code::Unsupported,
    Code::Timeout,
    Code::Removed,
    Code::Protocol,
    Code::Data,
];

impl TryFrom<RawStep> for Step {
    type Error = String;

    fn try_from(raw: RawStep) -> Result<Self, String> {
        let apdu = raw.apdu.as_deref().map(command).transpose()?;
        let pin = match (raw.pin, raw.from.as_deref()) {
            (Some(role), Some(from)) => Some((role, pin_from(from)?)),
            (Some(_), None) => return Err(say!("plan-pin-needs-from", text = say!("plan-pin-sources"))),
            (None, Some(_)) => return Err(say!("plan-from-of-pin")),
            (None, None) => None,
        };
        let (card, contacts) = (raw.card.is_some(), raw.contacts.is_some());
        let levels = raw.card.or(raw.contacts).into_iter().flatten().collect();
        let actions = [
            raw.power.map(Action::Power),
            apdu.map(Action::Apdu),
            pin.map(|(role, from)| match role {
                RoleName::User => Action::Pin(Role::User, from),
                RoleName::Admin => Action::Pin(Role::Admin, from),
            }),
            raw.wait_ms.filter(|ms| *ms <= MAX_WAIT).map(Action::Wait),
            card.then_some(Action::Card),
            contacts.then_some(Action::Contacts),
        ];
        let mut actions = actions.into_iter().flatten();
        let (Some(action), None) = (actions.next(), actions.next()) else {
            return Err(say!("plan-one-thing"));
        };
        let resets = matches!(action, Action::Power(Power::On | Power::Reset));
        let answers = matches!(action, Action::Apdu(_) | Action::Pin(..));
        if raw.atr.is_some() && !resets {
            return Err(say!("plan-atr-of-power"));
        }
        if (raw.data.is_some() || raw.sw.is_some()) && !answers {
            return Err(say!("plan-data-of-apdu"));
        }
        if raw.max_us.is_some() && !(resets || answers) {
            return Err(say!("plan-max-of-power"));
        }
        let sw = match raw.sw {
            None => Vec::new(),
            Some(OneOrMore::One(sw)) => vec![sw],
            Some(OneOrMore::More(sw)) => sw,
        };
        let sw = sw.iter().map(|sw| sw.parse()).collect::<Result<Vec<Pattern>, _>>()?;
        if let Some(bad) = sw.iter().find(|sw| sw.len() != 2) {
            return Err(say!("plan-sw-two-bytes", name = bad.to_string()));
        }
        if let Some(name) =
            raw.fails.as_deref().filter(|name| !ERRORS.iter().any(|code| code.name() == *name))
        {
            let names: Vec<_> = ERRORS.iter().map(|code| code.name()).collect();
            return Err(say!("plan-fails-expected", name = format!("{name:?}"), text = names.join(", ")));
        }
        if raw.fails.is_some() && matches!(action, Action::Power(Power::Off) | Action::Wait(_)) {
            return Err(say!("plan-cannot-fail"));
        }
        if raw.fails.is_some() && (raw.atr.is_some() || raw.data.is_some() || !sw.is_empty()) {
            return Err(say!("plan-fails-alone"));
        }
        let expected =
            Expected { data: raw.atr.or(raw.data), sw, fails: raw.fails, max_us: raw.max_us, levels };
        Ok(Self { action, expected })
    }
}

/// A command APDU without a secret in it.
fn command(text: &str) -> Result<Vec<u8>, String> {
    // What was written is not repeated: there may be a PIN in it.
    let raw = parse_hex(text).ok_or_else(|| say!("plan-apdu-hex"))?;
    let view = CommandView::parse(&raw).ok().filter(|view| !view.is_extended());
    let command = view.ok_or_else(|| say!("plan-apdu-short"))?.command();
    if command.is_secret() && !command.data.is_empty() {
        let header = hex(&[command.cla, command.ins, command.p1, command.p2]);
        return Err(say!("plan-apdu-pin", name = header));
    }
    Ok(raw)
}

fn pin_from(text: &str) -> Result<PinFrom, String> {
    match text {
        "factory" => Ok(PinFrom::Factory),
        "wrong" => Ok(PinFrom::Wrong),
        source => {
            let expected = |_| say!("plan-from-expected", text = say!("plan-pin-sources"));
            source.parse().map(PinFrom::Source).map_err(expected)
        }
    }
}

impl Plan {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let plan: Self = toml_file::read(path)?;
        let wrong = |error: String| Problem::new(Code::Data, format!("{}: {error}", path.display()));
        plan.check().map_err(wrong)?;
        Ok(plan)
    }

    fn check(&self) -> Result<(), String> {
        let mut names = std::collections::BTreeSet::new();
        for case in &self.cases {
            let name = &case.name;
            if name.is_empty() || !names.insert(name) {
                return Err(say!("plan-own-name", name = format!("{name:?}")));
            }
            if !(1..=1_000_000).contains(&case.repeat) {
                return Err(say!("plan-repeat", name = format!("{name:?}")));
            }
            if case.steps.is_empty() {
                return Err(say!("plan-no-step", name = format!("{name:?}")));
            }
        }
        if names.is_empty() { Err(say!("plan-no-case")) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(step: &str) -> Result<Plan, String> {
        let text = format!("name = \"p\"\n[[case]]\nname = \"c\"\n[[case.step]]\n{step}\n");
        toml_file::parse(&text)
    }

    #[test]
    fn steps_that_make_sense() {
        for step in [
            "power = \"on\"\natr = \"3B..\"\nmax-us = 50000",
            "power = \"off\"",
            "apdu = \"00 CA 01 81 08\"\nsw = [\"9000\", \"6A88\"]\ndata = \"00000000????????\"",
            "pin = \"user\"\nfrom = \"factory\"",
            "pin = \"admin\"\nfrom = \"env:PIN\"\nsw = \"63C?\"",
            "wait-ms = 100",
            "contacts = { vcc = true, rst = false }",
            "apdu = \"00A40000\"\nfails = \"timeout\"",
        ] {
            assert!(plan(step).is_ok(), "{step}: {:?}", plan(step).err());
        }
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (step, says) in [
            ("", "one thing"),
            ("power = \"on\"\napdu = \"00A40000\"", "one thing"),
            ("wait-ms = 600001", "one thing"),
            ("power = \"half\"", "unknown variant"),
            ("power = \"on\"\nbrightness = 3", "brightness"),
            ("power = \"off\"\natr = \"3B\"", "atr belongs"),
            ("power = \"on\"\nsw = \"9000\"", "sw belong"),
            ("card = {}\nmax-us = 3", "max-us belongs"),
            ("apdu = \"00A4\"", "expected a short command"),
            ("apdu = \"00A40\"", "pairs of hexadecimal"),
            ("apdu = \"00A40000\"\nsw = \"90\"", "two bytes"),
            ("apdu = \"00A40000\"\nsw = \"9z00\"", "pattern"),
            ("apdu = \"00A40000\"\nfails = \"badly\"", "timeout"),
            ("apdu = \"00A40000\"\nfails = \"timeout\"\nsw = \"9000\"", "stands alone"),
            ("power = \"off\"\nfails = \"timeout\"", "cannot fail"),
            ("wait-ms = 1\nfails = \"timeout\"", "cannot fail"),
            ("pin = \"user\"", "pin needs from"),
            ("from = \"factory\"", "from belongs"),
            ("pin = \"user\"\nfrom = \"12345678\"", "env:VARIABLE"),
        ] {
            let error = plan(step).unwrap_err();
            assert!(error.contains(says), "{step}: {error}");
            assert!(error.starts_with("line "), "{step}: {error}");
        }
    }

    #[test]
    fn a_plan_is_no_place_for_a_pin() {
        let error = plan("apdu = \"0020000208 3132333435363738\"").unwrap_err();
        assert!(error.contains("00200002 carries a PIN") && !error.contains("3132"), "{error}");
        assert!(plan("apdu = \"00200002\"").is_ok());
        for step in [
            "pin = \"31337042\"\nfrom = \"prompt\"",
            "pin = \"user\"\nfrom = 31337042",
            "apdu = 31337042",
            "31337042 = 3",
            "pin = 3133.7042",
            "pin = [\"31337042\"]",
        ] {
            let error = plan(step).unwrap_err();
            assert!(!error.contains("3133") && error.starts_with("line "), "{step}: {error}");
        }
    }
}
