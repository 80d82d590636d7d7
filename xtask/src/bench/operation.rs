//! What the name of an operation says. Lengths of messages are the names of the hash functions' operations.

/// Octets of the message, for a hash function: 1024 of `1024` and of `1024-constant-time`.
pub(crate) fn octets(operation: &str) -> Option<f64> {
    message(operation).parse().ok()
}

fn message(operation: &str) -> &str {
    operation.split_once('-').map_or(operation, |(length, _)| length)
}

/// Operations in one call: 32 for `verify-batch-32`. All numbers are for one of them.
pub(crate) fn batch(operation: &str) -> u32 {
    let (_, number) = operation.rsplit_once("batch-").unwrap_or_default();
    number.parse().unwrap_or(1)
}

/// The peers' operation that stands against one of ours: they have one way to sign, to verify and to hash,
/// and none to hash in constant time.
pub(crate) fn counterpart(operation: &str) -> &str {
    if octets(operation).is_some() && !operation.ends_with("constant-time") {
        return message(operation);
    }
    ["sign", "verify"].into_iter().find(|common| operation.starts_with(common)).unwrap_or(operation)
}

/// A mebibyte is hashed as a kibibyte is, only a thousand times longer; and callgrind does not know the
/// vector instructions.
pub(crate) fn is_worth_counting(operation: &str) -> bool {
    octets(operation).is_none_or(|octets| octets < 1e5) && !operation.ends_with("vectors")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!((octets("1024"), octets("sign"), octets("sign-hedged")), (Some(1024.0), None, None));
        assert_eq!((octets("64-vectors"), counterpart("64-vectors")), (Some(64.0), "64"));
        assert!(!is_worth_counting("64-vectors") && is_worth_counting("1024-constant-time"));
        assert_eq!((batch("verify-batch-32"), batch("verify"), batch("1024")), (32, 1, 1));
        assert_eq!(
            ["sign-hedged", "verify-batch-32", "keygen", "64"].map(counterpart),
            ["sign", "verify", "keygen", "64"]
        );
        assert!(is_worth_counting("1024") && is_worth_counting("sign") && !is_worth_counting("1048576"));
    }
}
