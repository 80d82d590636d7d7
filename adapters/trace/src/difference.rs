//! Where two traces part.

use crate::{Entry, MaskedBytes, Record, Trace};

/// A place where two dialogues differ; one side is missing where only the other has something.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// In the first trace: the number of the entry, from 0, and the entry.
    pub first: Option<(usize, Entry)>,
    /// In the second one.
    pub second: Option<(usize, Entry)>,
}

/// How far ahead a dialogue is looked for that goes on as the other one does.
const AHEAD: usize = 64;

/// Every difference between the dialogues. When it was and which bSeq a message had does not count, nor what both have
/// masked.
#[must_use]
pub fn differences(first: &Trace, second: &Trace) -> Vec<Difference> {
    let (a, b) = (&first.entries, &second.entries);
    let (mut i, mut j) = (0, 0);
    let mut found = Vec::new();
    let same = |i: usize, j: usize| match (a.get(i), b.get(j)) {
        (Some(a), Some(b)) => a.link == b.link && same(&a.record, &b.record),
        (None, None) => true,
        _ => false,
    };
    while i < a.len() || j < b.len() {
        if same(i, j) {
            (i, j) = (i + 1, j + 1);
            continue;
        }
        // The nearest place where both go on alike.
        let steps = (1..AHEAD).flat_map(|sum| (0..=sum).map(move |left| (left, sum - left)));
        let meets = |&(left, right): &(usize, usize)| {
            i + left <= a.len()
                && j + right <= b.len()
                && same(i + left, j + right)
                && (same(i + left + 1, j + right + 1) || i + left >= a.len() || j + right >= b.len())
        };
        let (left, right) =
            steps.into_iter().find(meets).unwrap_or((a.len() - i.min(a.len()), b.len() - j.min(b.len())));
        for step in 0..left.max(right) {
            let of = |entries: &[Entry], at: usize, count: usize| {
                (step < count)
                    .then(|| entries.get(at + step).map(|entry| (at + step, entry.clone())))
                    .flatten()
            };
            let (first, second) = (of(a, i, left), of(b, j, right));
            if first.is_some() || second.is_some() {
                found.push(Difference { first, second });
            }
        }
        (i, j) = (i + left, j + right);
    }
    found
}

fn same(a: &Record, b: &Record) -> bool {
    match (a, b) {
        (Record::Send(a), Record::Send(b)) => without_sequence(a) == without_sequence(b),
        (Record::Receive(a), Record::Receive(b)) => sequence_out(a) == sequence_out(b),
        // Where it was is another one each time.
        (Record::Open(a), Record::Open(b)) => {
            (&a.way, a.ids, a.class, &a.atr) == (&b.way, b.ids, b.class, &b.atr)
        }
        (a, b) => a == b,
    }
}

fn without_sequence(message: &MaskedBytes) -> (Vec<Option<u8>>, bool) {
    let mut bytes = message.bytes().to_vec();
    if let Some(place) = bytes.get_mut(6) {
        *place = None;
    }
    (bytes, message.is_open())
}

fn sequence_out(message: &[u8]) -> Vec<u8> {
    let mut bytes = message.to_vec();
    if let Some(place) = bytes.get_mut(6) {
        *place = 0;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Masker;

    fn trace(commands: &[u8]) -> Trace {
        let entry = |(number, p2): (usize, &u8)| Entry {
            at: number as u64 * 1000,
            link: 1,
            record: Record::Command(Masker::command(&[0, 0xA4, 0, *p2])),
        };
        Trace { about: Vec::new(), entries: commands.iter().enumerate().map(entry).collect() }
    }

    fn count(a: &[u8], b: &[u8]) -> usize {
        let mut second = trace(b);
        second.entries.iter_mut().for_each(|entry| entry.at += 77);
        differences(&trace(a), &second).len()
    }

    #[test]
    fn what_is_missing_is_found_and_the_rest_is_equal() {
        assert_eq!(count(&[1, 2, 3, 4], &[1, 2, 3, 4]), 0);
        assert_eq!(count(&[1, 2, 3, 4], &[1, 3, 4]), 1);
        assert_eq!(count(&[1, 3, 4], &[1, 2, 3, 4]), 1);
        assert_eq!(count(&[1, 2, 3, 4], &[1, 9, 3, 4]), 1);
        assert_eq!(count(&[1, 2], &[1, 2, 3, 4, 5]), 3);
        assert_eq!(count(&[], &[1]), 1);
        assert_eq!(count(&[1, 2, 3], &[]), 3);
    }
}
