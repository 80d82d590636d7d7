//! The computer's clock, by which certificates are judged.

use super::Finding;
use crate::calendar::Moment;
use std::time::{SystemTime, UNIX_EPOCH};

/// 1 January 2026: this program is younger.
const BUILT: u64 = 1_767_225_600;
/// 1 January 2080: it is not as old as that.
const FAR: u64 = 3_471_292_800;

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

pub(super) fn look(findings: &mut Vec<Finding>) {
    findings.extend(judge(now()));
}

fn judge(now: u64) -> Option<Finding> {
    let id = if now < BUILT { "doctor-clock" } else { "doctor-clock-ahead" };
    let wrong = !(BUILT..FAR).contains(&now);
    wrong.then(|| Finding::warn(id).with("text", Moment::from_unix(now).date()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_stood_still_and_one_that_ran_away() {
        assert_eq!(Moment::from_unix(BUILT).date(), "2026-01-01");
        assert_eq!(Moment::from_unix(FAR).date(), "2080-01-01");
        assert_eq!(judge(0).unwrap().id, "doctor-clock");
        assert_eq!(judge(FAR).unwrap().id, "doctor-clock-ahead");
        assert!(judge(BUILT).is_none());
    }
}
