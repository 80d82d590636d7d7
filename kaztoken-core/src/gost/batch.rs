//! Many signatures at once.

use super::digest::Digest;
use super::error::VerifyError;
use super::octets::Integer;
use super::public_key::PublicKey;
use super::scheme::{self, RUN};
use super::signature::Signature;
use super::verification::{check_sizes, verify};

/// One signature of a batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BatchItem<'a> {
    /// The key it should verify with.
    pub key: &'a PublicKey,
    /// What was signed.
    pub digest: &'a Digest,
    /// The signature.
    pub signature: &'a Signature,
}

/// Checks many signatures; `each` is called once for every item, in order, with its index and what
/// [`verify`](super::verify()) says of it.
///
/// Neighbours with the same key share a table of the key's multiples and an inversion, which makes the check
/// of a long run about three times as fast: put the items of one key next to each other. Every signature
/// is checked on its own terms, with no random combination of several, so that a batch never accepts
/// what [`verify`](super::verify()) refuses. (A combined equation would need the whole point C, of which
/// a GOST signature keeps x alone, and that modulo q.)
///
/// Takes about 40 KB of stack.
///
/// ```
/// use kaztoken_core::gost::{verify_batch, BatchItem, Digest, PublicKey, Signature};
///
/// fn all_valid(key: &PublicKey, payments: &[(Digest, Signature)]) -> bool {
///     let mut items = payments.iter().map(|(digest, signature)| BatchItem { key, digest, signature });
///     let mut valid = true;
///     verify_batch(&mut items, |_, result| valid &= result.is_ok());
///     valid
/// }
/// ```
pub fn verify_batch<'a>(
    items: impl IntoIterator<Item = BatchItem<'a>>,
    mut each: impl FnMut(usize, Result<(), VerifyError>),
) {
    let mut run: heapless::Vec<BatchItem<'a>, RUN> = heapless::Vec::new();
    let mut done = 0;
    for item in items {
        let another_key = run.first().is_some_and(|first| first.key != item.key);
        if another_key || run.is_full() {
            check_run(&run, done, &mut each);
            done += run.len();
            run.clear();
        }
        // There is room: a full run was emptied above.
        let _ = run.push(item);
    }
    check_run(&run, done, &mut each);
}

fn check_run(run: &[BatchItem<'_>], done: usize, each: &mut impl FnMut(usize, Result<(), VerifyError>)) {
    let sizes_agree =
        |item: &BatchItem<'_>| check_sizes(item.key.parameter_set(), item.digest, item.signature).is_ok();
    let key = match run {
        [first, _, ..] if run.iter().all(sizes_agree) => first.key,
        _ => {
            for (i, item) in run.iter().enumerate() {
                each(done + i, verify(item.key, item.digest, item.signature));
            }
            return;
        }
    };
    let mut numbers = [(Integer::ZERO, Integer::ZERO, Integer::ZERO); RUN];
    for (place, item) in numbers.iter_mut().zip(run) {
        *place = (item.digest.number(), item.signature.r, item.signature.s);
    }
    let mut results = [Err(VerifyError::Mismatch); RUN];
    let (Some(numbers), Some(results)) = (numbers.get(..run.len()), results.get_mut(..run.len())) else {
        return;
    };
    scheme::verify_run(key.parameter_set(), (&key.x, &key.y), numbers, results);
    for (i, result) in results.iter().enumerate() {
        each(done + i, *result);
    }
}
