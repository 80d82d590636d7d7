//! What the name of an operation says. Lengths of messages are the names of the hash functions' operations.

/// Octets of the message, for a hash function.
pub(crate) fn octets(operation: &str) -> Option<f64> {
    operation.parse().ok()
}

/// Operations in one call: 32 for `verify-batch-32`. All numbers are for one of them.
pub(crate) fn batch(operation: &str) -> u32 {
    let (_, number) = operation.rsplit_once("batch-").unwrap_or_default();
    number.parse().unwrap_or(1)
}

/// The peers' operation that stands against one of ours: they have one way to sign and one to verify.
pub(crate) fn counterpart(operation: &str) -> &str {
    ["sign", "verify"].into_iter().find(|common| operation.starts_with(common)).unwrap_or(operation)
}

/// A mebibyte is hashed as a kibibyte is, only a thousand times longer.
pub(crate) fn is_worth_counting(operation: &str) -> bool {
    octets(operation).is_none_or(|octets| octets < 1e5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!((octets("1024"), octets("sign")), (Some(1024.0), None));
        assert_eq!((batch("verify-batch-32"), batch("verify"), batch("1024")), (32, 1, 1));
        assert_eq!(
            ["sign-hedged", "verify-batch-32", "keygen", "64"].map(counterpart),
            ["sign", "verify", "keygen", "64"]
        );
        assert!(is_worth_counting("1024") && is_worth_counting("sign") && !is_worth_counting("1048576"));
    }
}
