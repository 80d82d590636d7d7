//! The journal of an enrolment, as it is found after a power failure, or as somebody edited it.

use kaztoken_pki::enrolment::{Event, Journal, KeyView, Next, Step, TokenView, next};

/// The longest way from a beginning to an end.
const STEPS: usize = 32;

/// Any text as a journal, with tokens of every kind: a key that was generated is never generated again, a formatted token is
/// never called empty, and a machine that does what it is told comes to an end.
pub fn journal(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    let Ok(journal) = Journal::from_text(text) else { return };
    // A last line that was cut off is as if it was not there; whole lines are read the same.
    let whole = text.rsplit_once('\n').map_or(String::new(), |(whole, _)| format!("{whole}\n"));
    assert_eq!(Journal::from_text(&whole).as_ref(), Ok(&journal));
    assert_eq!(Journal::from_text(&format!("{whole}did fin")).as_ref(), Ok(&journal));
    for keys in 0..3 {
        let token = TokenView {
            serial: journal.decisions().token,
            label: None,
            formatted: true,
            keys: (0..keys)
                .map(|number| KeyView { number: number + 1, public_key: Some(vec![number; 4]) })
                .collect(),
            certificates: Vec::new(),
        };
        play(journal.clone(), token);
    }
}

fn play(mut journal: Journal, mut token: TokenView) {
    for _ in 0..STEPS {
        let Ok(step) = next(&journal, &token) else { return };
        match step {
            Next::Done => return,
            Next::SetPassword | Next::AskPassword => _ = journal.add(Event::Did(Step::Password)),
            Next::SetLabel(label) => {
                token.label = Some(label);
                let _ = journal.add(Event::Did(Step::Label));
            }
            Next::GenerateKey(halves) => {
                assert!(journal.key().is_none(), "a second key");
                assert!(token.keys.iter().all(|key| key.public_key.is_none()), "beside a whole key");
                token.keys.retain(|key| !halves.contains(&key.number));
                token.keys.push(KeyView { number: 1, public_key: Some(vec![9; 4]) });
                let _ = journal.add(Event::DidKey(1, vec![9; 4]));
            }
            Next::AdoptKey(number, public) => {
                assert!(token.keys.iter().any(|key| key.public_key.as_ref() == Some(&public)));
                let _ = journal.add(Event::DidKey(number, public));
            }
            Next::SignRequest(number, public) => {
                assert_eq!(journal.key(), Some((number, public.as_slice())), "a request for another key");
                let _ = journal.add(Event::DidRequest(public));
            }
            Next::Send => {
                assert!(journal.request().is_some(), "nothing to send");
                let _ = journal.add(Event::DidSend(vec![0x30, 0]));
            }
            Next::StoreCertificate(der) => {
                token.certificates.push(der);
                let _ = journal.add(Event::Did(Step::Store));
            }
            Next::Finish => _ = journal.add(Event::Did(Step::Finish)),
            _ => return,
        }
    }
    panic!("it does not end");
}

#[cfg(test)]
pub(super) fn seeds() -> Vec<(&'static str, String)> {
    use kaztoken_pki::enrolment::Decisions;
    let decisions = Decisions {
        token: 1_198_752_865,
        user: "qq1".to_owned(),
        label: Some("ТОО %1".to_owned()),
        algorithm: "gost2004".to_owned(),
        authority: "files:desk".to_owned(),
        role: "1.2.398.3.3.4.1.1".to_owned(),
        subject: vec![0x30, 0],
        initial_key: vec![7; 32],
    };
    let (mut journal, mut text) = Journal::begin(decisions);
    let begun = text.clone();
    let events = [
        Event::Will(Step::Password),
        Event::Did(Step::Password),
        Event::Did(Step::Label),
        Event::Will(Step::Key),
        Event::DidKey(1, vec![0; 4]),
        Event::Will(Step::Request),
        Event::DidRequest(vec![1, 2, 3]),
        Event::Will(Step::Send),
        Event::Transaction(vec![4; 8]),
        Event::NoTransaction,
        Event::DidSend(vec![0x30, 0]),
        Event::Will(Step::Store),
    ];
    let mut half = String::new();
    for (number, event) in events.into_iter().enumerate() {
        text.push_str(&journal.add(event));
        if number == 3 {
            half.clone_from(&text);
        }
    }
    let given_up = format!("{half}{}", journal.add(Event::GiveUp));
    vec![("begun", begun), ("half", half), ("stored", text), ("given-up", given_up)]
}
