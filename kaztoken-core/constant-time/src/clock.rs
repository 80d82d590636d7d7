//! The clock as the judge: is the time for a fixed secret distributed as the time for random ones?

use kaztoken_core::gost::{Digest, ParameterSet, SigningKey, hazmat};
use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::cases::{digest, number};
use crate::random::SecretSource;

/// Time for one attempt of one operation.
const ATTEMPT: Duration = Duration::from_millis(2000);
/// |t| from which on the two distributions differ. Statisticians take 4.5; a busy machine asks for more.
const THRESHOLD: f64 = 10.0;
/// The difference of the means, in parts of the mean, below which |t| is not looked at. A hundred thousand runs
/// make single nanoseconds significant, and those are left over from choosing the secret: with two random numbers
/// in place of the fixed and the random one they come out the same.
const NOTICEABLE: f64 = 0.001;
/// Shares of the shortest measurements that are looked at, in percent: the long ones are mostly interrupts.
const SHARES: [usize; 3] = [50, 90, 100];

/// Runs all operations and the control; prints a line each.
pub(crate) fn run() -> Result<(), String> {
    let mut leaks = 0;
    for set in [ParameterSet::CryptoProA, ParameterSet::Tc26_512A] {
        leaks += usize::from(!judge(&format!("public-key {set}"), set, false, |secret| {
            black_box(key(set, secret).public_key());
        }));
        let digest: Digest = digest(set);
        let public_nonce = number(set, 2);
        leaks += usize::from(!judge(&format!("sign {set}, key"), set, false, |secret| {
            let _ = black_box(hazmat::sign_with_nonce(&key(set, secret), &digest, &public_nonce));
        }));
        let key = key(set, &number(set, 1));
        leaks += usize::from(!judge(&format!("sign {set}, nonce"), set, false, |secret| {
            let _ = black_box(hazmat::sign_with_nonce(&key, &digest, secret));
        }));
    }
    // Some 250 bits of which about half are set: a few nanoseconds more or less.
    leaks += usize::from(!judge("leak-bits", ParameterSet::CryptoProA, true, |secret| {
        let mut value = 1_u64;
        for octet in secret {
            for bit in 0..8 {
                if octet >> bit & 1 == 1 {
                    value = black_box(value.wrapping_mul(value | 1));
                    value = black_box(value.wrapping_mul(value | 1));
                }
            }
        }
        black_box(value);
    }));
    if leaks == 0 { Ok(()) } else { Err(format!("{leaks} failed")) }
}

fn key(set: ParameterSet, octets: &[u8]) -> SigningKey {
    SigningKey::from_le_bytes(set, octets).unwrap_or_else(|error| panic!("{error}"))
}

/// True when all is as expected: a leak where there must be one, none elsewhere. Two attempts have to agree on a
/// leak; one that finds none is enough.
fn judge(name: &str, set: ParameterSet, leaks: bool, work: impl Fn(&[u8])) -> bool {
    let mut worst = f64::INFINITY;
    let mut samples = 0;
    for _ in 0..2 {
        let (t, taken) = attempt(set, &work);
        worst = worst.min(t);
        samples = taken;
        if t < THRESHOLD {
            break;
        }
    }
    let passed = (worst >= THRESHOLD) == leaks;
    let verdict = if passed { "ok" } else { "FAILED" };
    println!(
        "{verdict} clock: {name}: |t| = {worst:.1} after {samples} runs{}",
        if leaks { ", a leak" } else { "" }
    );
    passed
}

/// Measures for some time; the largest |t| of the shares with a noticeable difference, and how many runs there
/// were.
fn attempt(set: ParameterSet, work: &impl Fn(&[u8])) -> (f64, usize) {
    let mut random = SecretSource(Instant::now().elapsed().as_nanos() as u64 ^ u64::from(std::process::id()));
    let mut fixed = vec![0; set.scalar_len()];
    // As far from random as a valid number gets.
    fixed[0] = 1;
    let mut secret = fixed.clone();
    let mut times: Vec<(u64, bool)> = Vec::new();
    let begin = Instant::now();
    while begin.elapsed() < ATTEMPT {
        let is_fixed = random.next() & 1 == 1;
        // The same work before both kinds: what the caches hold must not tell them apart.
        let drawn = number(set, random.next());
        // Chosen by an index, as a branch predicted wrongly reaches into what is measured; and it is waited
        // until nothing of the choice is under way any more.
        secret.copy_from_slice([&drawn, &fixed][black_box(usize::from(is_fixed))]);
        (0..400).for_each(|i| {
            black_box(i);
        });
        let start = Instant::now();
        work(black_box(&secret));
        times.push((u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX), is_fixed));
    }
    // The first runs fill caches and train predictors.
    times.drain(..times.len() / 20);
    times.sort_unstable();
    let largest = SHARES
        .iter()
        .map(|share| welch(&times[..times.len() * share / 100]))
        .filter(|(_, difference)| *difference >= NOTICEABLE)
        .map(|(t, _)| t)
        .fold(0.0, f64::max);
    (largest, times.len())
}

/// |t| of Welch's test, the difference of the means over its standard error; and that difference in parts of the
/// mean.
fn welch(times: &[(u64, bool)]) -> (f64, f64) {
    let moments = |wanted: bool| {
        let class =
            || times.iter().filter(move |(_, is_fixed)| *is_fixed == wanted).map(|(time, _)| *time as f64);
        let count = class().count() as f64;
        let mean = class().sum::<f64>() / count;
        let variance = class().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, variance / count)
    };
    let ((mean_fixed, error_fixed), (mean_random, error_random)) = (moments(true), moments(false));
    let difference = (mean_fixed - mean_random).abs();
    let t = difference / (error_fixed + error_random).sqrt();
    // Too few runs for a variance say nothing.
    if t.is_finite() { (t, difference / mean_random) } else { (0.0, 0.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_distributions_give_a_small_t_and_shifted_ones_a_large_one() {
        let mut random = SecretSource(1);
        let equal: Vec<_> = (0..10_000).map(|i| (1000 + random.next() % 100, i % 2 == 0)).collect();
        assert!(welch(&equal).0 < 4.5, "{:?}", welch(&equal));
        let shifted: Vec<_> =
            equal.iter().map(|(time, fixed)| (time + 10 * u64::from(*fixed), *fixed)).collect();
        assert!(welch(&shifted).0 > THRESHOLD, "{:?}", welch(&shifted));
        assert!(welch(&shifted).1 > NOTICEABLE, "{:?}", welch(&shifted));
    }

    #[test]
    fn t_is_the_one_of_the_textbook() {
        // Means 2 and 5, variances 1 and 4, three each: 3 / sqrt(1/3 + 4/3).
        let times = [(1, true), (2, true), (3, true), (3, false), (5, false), (7, false)];
        assert!((welch(&times).0 - 3.0 / (5.0_f64 / 3.0).sqrt()).abs() < 1e-12);
    }
}
