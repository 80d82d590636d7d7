//! What two looks at a token differ in, as events.

use crate::args::Via;
use crate::commands::status::Seen;
use crate::device::About;
use crate::device::presence::Present;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use kaztoken_core::pin::{Role, State};
use serde_json::{Map, Value, json};

/// A device as it was last seen.
#[derive(Clone, Debug)]
pub(super) struct View {
    via: Via,
    place: String,
    name: String,
    is_token: bool,
    token: Result<(About, Seen)>,
}

/// One line.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Event {
    /// Its name in JSON.
    pub(super) kind: &'static str,
    pub(super) text: String,
    pub(super) fields: Map<String, Value>,
}

impl View {
    pub(super) fn new(present: &Present, token: Result<(About, Seen)>) -> Self {
        Self {
            via: present.via,
            place: present.place.clone(),
            name: present.name.clone(),
            is_token: present.is_token || token.is_ok(),
            token,
        }
    }

    /// Another program has it.
    pub(super) fn is_busy(&self) -> bool {
        self.token.as_ref().is_err_and(|problem| problem.code == Code::Busy)
    }

    /// The serial number, or what the device calls itself.
    fn who(&self) -> String {
        match &self.token {
            Ok((about, _)) => about.serial.to_string(),
            Err(_) => self.name.clone(),
        }
    }

    fn event(&self, kind: &'static str, text: String, fields: Value) -> Event {
        let serial = self.token.as_ref().ok().map(|(about, _)| about.serial.to_string());
        let json =
            json!({ "serial": serial, "name": self.name, "via": self.via.name(), "place": self.place });
        let mut map = Map::new();
        for part in [json, fields] {
            if let Value::Object(part) = part {
                map.extend(part);
            }
        }
        Event { kind, text, fields: map }
    }
}

impl Event {
    pub(super) fn unplugged(view: &View) -> Self {
        let text = say!("watch-unplugged", who = view.who(), place = view.place.clone());
        view.event("unplugged", text, json!({}))
    }
}

/// What happened between the two. Without a `before` it has just come.
pub(super) fn compare(before: Option<&View>, now: &View) -> Vec<Event> {
    // Readers of other cards are nobody's business here.
    if !now.is_token {
        return Vec::new();
    }
    let old = before.and_then(|before| before.token.as_ref().ok());
    match (&now.token, before, old) {
        (Err(problem), None, _) => vec![came(now, None), unusable(now, problem)],
        (Err(problem), Some(View { token: Err(before), .. }), _) if before.message == problem.message => {
            Vec::new()
        }
        (Err(problem), Some(_), _) => vec![unusable(now, problem)],
        (Ok((_, seen)), None, _) => vec![came(now, Some(seen))],
        (Ok((_, seen)), Some(_), None) => vec![usable(now, seen)],
        (Ok((about, seen)), Some(_), Some((was_about, was))) if about.serial == was_about.serial => {
            differences(now, was, seen)
        }
        (Ok((_, seen)), Some(before), Some(_)) => vec![Event::unplugged(before), came(now, Some(seen))],
    }
}

fn came(view: &View, seen: Option<&Seen>) -> Event {
    let (who, place) = (view.who(), view.place.clone());
    match seen {
        Some(seen) => {
            let text = say!("watch-plugged", who = who, label = label(seen), place = place);
            view.event("plugged", text, state(seen))
        }
        None => view.event("plugged", say!("watch-plugged-unread", who = who, place = place), json!({})),
    }
}

fn usable(view: &View, seen: &Seen) -> Event {
    view.event("usable", say!("watch-usable", who = view.who(), label = label(seen)), state(seen))
}

fn unusable(view: &View, problem: &Problem) -> Event {
    let text =
        say!("watch-unusable", who = view.who(), place = view.place.clone(), why = problem.message.clone());
    let reason =
        json!({ "code": problem.code as u8, "name": problem.code.name(), "message": problem.message });
    view.event("unusable", text, json!({ "reason": reason }))
}

fn label(seen: &Seen) -> String {
    seen.label.clone().unwrap_or_else(|| say!("watch-no-label"))
}

fn state(seen: &Seen) -> Value {
    json!({
        "label": seen.label,
        "user_pin": super::super::status::pin_json(seen.user),
        "admin_pin": super::super::status::pin_json(seen.admin),
        "keys": seen.contents.keys,
        "certificates": seen.contents.certificates,
        "foreign_files": seen.contents.foreign,
        "free_memory": seen.free_memory,
    })
}

/// One event for everything that differs.
fn differences(view: &View, was: &Seen, now: &Seen) -> Vec<Event> {
    let who = || view.who();
    let mut events = Vec::new();
    if was.label != now.label {
        let text = say!("watch-label", who = who(), now = label(now), was = label(was));
        events.push(view.event("label", text, json!({ "now": now.label, "was": was.label })));
    }
    for (role, was, now) in [(Role::User, was.user, now.user), (Role::Admin, was.admin, now.admin)] {
        events.extend(pin(view, role, was, now));
    }
    let (a, b) = (was.contents, now.contents);
    if a.keys != b.keys {
        let text = say!("watch-keys", who = who(), now = b.keys, was = a.keys);
        events.push(view.event("keys", text, json!({ "now": b.keys, "was": a.keys })));
    }
    if a.certificates != b.certificates {
        let text = say!("watch-certificates", who = who(), now = b.certificates, was = a.certificates);
        events.push(view.event(
            "certificates",
            text,
            json!({ "now": b.certificates, "was": a.certificates }),
        ));
    }
    if a.foreign != b.foreign {
        let text = say!("watch-files", who = who(), now = b.foreign, was = a.foreign);
        events.push(view.event("foreign-files", text, json!({ "now": b.foreign, "was": a.foreign })));
    }
    if let (Some(before), Some(free)) = (was.free_memory, now.free_memory)
        && before != free
    {
        let text = say!("watch-memory", who = who(), now = free, was = before);
        events.push(view.event("memory", text, json!({ "now": free, "was": before })));
    }
    events
}

fn pin(view: &View, role: Role, was: State, now: State) -> Option<Event> {
    if was == now {
        return None;
    }
    let (who, left) = (view.who(), tries(now));
    let role_name = match role {
        Role::User => "user",
        Role::Admin => "admin",
    };
    let fields = json!({ "pin": role_name, "now": left, "was": tries(was) });
    match (now, tries(was), role) {
        (State::Blocked, _, Role::User) => {
            Some(view.event("pin-blocked", say!("watch-user-blocked", who = who), fields))
        }
        (State::Blocked, _, Role::Admin) => {
            Some(view.event("pin-blocked", say!("watch-admin-blocked", who = who), fields))
        }
        (State::NotVerified { tries }, Some(was), Role::User) => {
            Some(view.event("tries", say!("watch-user-tries", who = who, count = tries, was = was), fields))
        }
        (State::NotVerified { tries }, Some(was), Role::Admin) => {
            Some(view.event("tries", say!("watch-admin-tries", who = who, count = tries, was = was), fields))
        }
        (State::Absent, ..) | (_, None, _) if was == State::Absent || now == State::Absent => {
            Some(view.event("pins", say!("watch-pins", who = who), fields))
        }
        // Somebody is logged in, which says nothing about the tries.
        _ => None,
    }
}

const fn tries(state: State) -> Option<u8> {
    match state {
        State::NotVerified { tries } => Some(tries),
        State::Blocked => Some(0),
        State::Absent | State::Verified | State::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::language::tests::speak;
    use kaztoken_core::token::{Contents, Layouts, Serial};

    fn seen(user: State) -> Seen {
        Seen {
            label: None,
            layouts: Layouts::default(),
            free_memory: Some(1000),
            admin: State::NotVerified { tries: 10 },
            user,
            contents: Contents::default(),
            key_faults: 0,
        }
    }

    fn view(token: Result<Seen>) -> View {
        let serial = Serial::parse("7").unwrap();
        let about = About {
            via: Via::Virtual,
            place: "t".into(),
            atr: vec![],
            model: "KAZTOKEN",
            serial,
            attached: 1,
        };
        View {
            via: Via::Virtual,
            place: "t".into(),
            name: "virtual token".into(),
            is_token: true,
            token: token.map(|seen| (about, seen)),
        }
    }

    fn kinds(before: Option<&View>, now: &View) -> Vec<&'static str> {
        compare(before, now).iter().map(|event| event.kind).collect()
    }

    #[test]
    fn what_happened() {
        let five = view(Ok(seen(State::NotVerified { tries: 5 })));
        let four = view(Ok(seen(State::NotVerified { tries: 4 })));
        let blocked = view(Ok(seen(State::Blocked)));
        let shut = view(Err(Problem::new(Code::NoPermission, "no")));
        assert_eq!(kinds(None, &five), ["plugged"]);
        assert_eq!(kinds(None, &shut), ["plugged", "unusable"]);
        assert_eq!(kinds(Some(&shut), &shut.clone()), [""; 0]);
        assert_eq!(kinds(Some(&shut), &five), ["usable"]);
        assert_eq!(kinds(Some(&five), &five.clone()), [""; 0]);
        let lost = compare(Some(&five), &four);
        assert_eq!(
            (lost[0].kind, &lost[0].fields["now"], &lost[0].fields["was"]),
            ("tries", &json!(4), &json!(5))
        );
        assert_eq!(kinds(Some(&four), &blocked), ["pin-blocked"]);
        assert_eq!(kinds(Some(&blocked), &five), ["tries"]);
        let other = View { is_token: false, ..shut };
        assert_eq!(kinds(None, &other), [""; 0]);
    }

    #[test]
    fn numbers_agree_with_their_nouns() {
        let was = view(Ok(seen(State::NotVerified { tries: 10 })));
        for (language, left, said) in [
            (Language::English, 1, "7  user PIN: one try left (was 10)"),
            (Language::Russian, 1, "7  PIN пользователя: осталась 1 попытка (было 10)"),
            (Language::Russian, 3, "7  PIN пользователя: осталось 3 попытки (было 10)"),
            (Language::Russian, 5, "7  PIN пользователя: осталось 5 попыток (было 10)"),
            (Language::Kazakh, 2, "7  пайдаланушы PIN-коды: 2 әрекет қалды (бұрын 10)"),
        ] {
            speak(language);
            let now = view(Ok(seen(State::NotVerified { tries: left })));
            assert_eq!(compare(Some(&was), &now)[0].text, said);
        }
    }

    #[test]
    fn everything_at_once() {
        let before = view(Ok(seen(State::NotVerified { tries: 5 })));
        let mut after = seen(State::NotVerified { tries: 5 });
        after.label = Some("Пример".into());
        after.free_memory = Some(900);
        after.contents = Contents { keys: 1, certificates: 2, foreign: 3 };
        let kinds = kinds(Some(&before), &view(Ok(after)));
        assert_eq!(kinds, ["label", "keys", "certificates", "foreign-files", "memory"]);
    }
}
