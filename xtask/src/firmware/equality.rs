//! What a secret is used for must take the same number of instructions, whatever the secret.

use std::collections::BTreeMap;

use crate::report::Count;

/// Fewer secrets than this would prove little.
const SECRETS: usize = 4;
/// The operation that leaks on purpose; without it nobody would know that a difference is seen.
const CONTROL: &str = "leak";

/// One check for each operation on each curve.
pub(super) fn judge(target: &str, groups: &BTreeMap<String, Vec<u64>>) -> Count {
    let mut count = Count::default();
    let mut fail = |reason: String| {
        println!("FAILED {target}, {reason}");
        count.failed += 1;
    };
    let mut passed = 0;
    for (name, counts) in groups {
        let (least, most) = (counts.iter().min().copied(), counts.iter().max().copied());
        let (Some(least), Some(most)) = (least, most) else { continue };
        match (counts.len() >= SECRETS, least == most, name.starts_with(CONTROL)) {
            (false, ..) => fail(format!("{name}: measured {} times only", counts.len())),
            (true, true, false) | (true, false, true) => {
                println!("ok {target}, {name}: {least} to {most} instructions for {} secrets", counts.len());
                passed += 1;
            }
            (true, false, false) => fail(format!("{name}: {least} to {most} instructions, by the secret")),
            (true, true, true) => fail(format!("{name}: this leaks on purpose, and it was not seen")),
        }
    }
    if !groups.keys().any(|name| name.starts_with(CONTROL)) || groups.len() < 2 {
        fail("nothing was measured, or not the leak on purpose".to_owned());
    }
    count.passed = passed;
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(groups: &[(&str, &[u64])]) -> Count {
        judge("test", &groups.iter().map(|(name, counts)| ((*name).to_owned(), counts.to_vec())).collect())
    }

    #[test]
    fn equal_passes_and_unequal_fails() {
        let control = ("leak", &[1, 2, 3, 4][..]);
        assert_eq!(judged(&[control, ("sign", &[5, 5, 5, 5])]), Count { passed: 2, failed: 0 });
        assert_eq!(judged(&[control, ("sign", &[5, 5, 5, 6])]), Count { passed: 1, failed: 1 });
        assert_eq!(judged(&[control, ("sign", &[5, 5])]), Count { passed: 1, failed: 1 });
    }

    #[test]
    fn without_a_working_control_nothing_is_proved() {
        assert_eq!(judged(&[("leak", &[3, 3, 3, 3]), ("sign", &[5, 5, 5, 5])]).failed, 1);
        assert_eq!(judged(&[("sign", &[5, 5, 5, 5])]).failed, 1);
        assert_eq!(judged(&[]).failed, 1);
    }
}
