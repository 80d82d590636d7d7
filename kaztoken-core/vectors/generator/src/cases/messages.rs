//! Messages, hashed by what belongs to the curve: Streebog, and for 256 bits the hash of 1994 too.

use super::Maker;
use crate::hashes::Hash;

pub(super) fn add(maker: &mut Maker<'_>) {
    let len = maker.curve.len();
    for hash in Hash::ALL.into_iter().filter(|hash| hash.len() == len) {
        let mut open = maker.open(&maker.key).hashed(hash);
        let mut messages = vec![Vec::new(), vec![0], b"123400".to_vec(), vec![0; 64], vec![0xff; 96]];
        messages.extend([1, 31, 32, 33, 63, 64, 65, 200].map(|length| maker.seed.octets(length)));
        for message in &messages {
            let sig = maker.sign(&hash.digest(message));
            let comment = format!("message of {} octets", message.len());
            open.valid(&comment, &["Normal"], message, &sig);
        }
        let message = maker.seed.octets(77);
        let digest = hash.digest(&message);
        let sig = maker.sign(&digest);
        for bit in [0, 300, 8 * message.len() - 1] {
            let mut changed = message.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let comment = format!("bit {bit} of the message changed");
            open.invalid(&comment, &["ModifiedMessage"], &changed, &sig);
        }
        let flags = ["ModifiedMessage"];
        open.invalid("the last octet of the message missing", &flags, &message[..76], &sig);
        open.invalid("00 after the message", &flags, &[&message[..], &[0]].concat(), &sig);
        open.invalid("empty in place of the message", &flags, &[], &sig);
        open.invalid("the digest in place of the message", &flags, &digest, &sig);

        let mut reversed = digest.clone();
        reversed.reverse();
        let sig = maker.sign(&reversed);
        open.invalid("digest read big-endian", &["ReversedDigest"], &message, &sig);
        for other in Hash::ALL.into_iter().filter(|other| *other != hash) {
            let mut digest = other.digest(&message);
            digest.truncate(len);
            let sig = maker.sign(&digest);
            let comment = format!("signed over the first octets of {}", other.name());
            open.invalid(&comment, &["WrongHash"], &message, &sig);
        }
        maker.close(open);
    }
}
