//! A few cases for each of the other layouts; the aliases of the curves in the Russian one, which has them.

use super::{Layout, Maker};
use crate::hashes::Hash;
use crate::key::curve_name;
use crate::number::small;
use crate::scheme::Numbers;

pub(super) fn add(maker: &mut Maker<'_>, layout: Layout) {
    let curve = maker.curve;
    let len = curve.len();
    let mut open = maker.open(&maker.key).laid_out(layout);
    let digest = maker.digest();
    let sig = maker.sign(&digest);
    open.valid("ordinary signature", &["Normal"], &digest, &sig);
    let zero = vec![0; len];
    let of_zero = maker.sign(&zero);
    open.valid("digest 0", &["ZeroDigest"], &zero, &of_zero);
    for other in Layout::ALL.into_iter().filter(|other| *other != layout) {
        let octets = other.write(&sig, len);
        open.octets(&format!("written as {}", other.name()), &["OtherLayout"], &digest, octets);
    }
    let octets = layout.write(&sig, len);
    for at in [0, len - 1, len, 2 * len - 1] {
        let mut changed = octets.clone();
        changed[at] ^= 0x10;
        open.octets(&format!("octet {at} changed"), &["ModifiedSignature"], &digest, changed);
    }
    let q = &curve.q;
    for (name, value) in [("0", small(0)), ("q", q.clone())] {
        let r = Numbers { r: value.clone(), s: sig.s.clone() };
        open.invalid(&format!("r = {name}"), &["RangeCheck"], &digest, &r);
        let s = Numbers { r: sig.r.clone(), s: value };
        open.invalid(&format!("s = {name}"), &["RangeCheck"], &digest, &s);
    }
    let flags = ["SignatureLength"];
    open.octets("empty", &flags, &digest, Vec::new());
    open.octets("the last octet is missing", &flags, &digest, octets[..2 * len - 1].to_vec());
    open.octets("00 at the end", &flags, &digest, [&octets[..], &[0]].concat());
    open.octets("00 at the beginning", &flags, &digest, [&[0], &octets[..]].concat());
    maker.close(open);

    for hash in Hash::ALL.into_iter().filter(|hash| hash.len() == len) {
        let mut open = maker.open(&maker.key).laid_out(layout).hashed(hash);
        let message = maker.seed.octets(100);
        let sig = maker.sign(&hash.digest(&message));
        open.valid("message of 100 octets", &["Normal"], &message, &sig);
        open.invalid("00 after the message", &["ModifiedMessage"], &[&message[..], &[0]].concat(), &sig);
        maker.close(open);
    }

    if layout == Layout::Russian {
        for alias in curve.set.aliases {
            let name = curve_name(curve, Some(*alias));
            let mut open = maker.open(&maker.key).laid_out(layout).named(name);
            let digest = maker.digest();
            let sig = maker.sign(&digest);
            open.valid(&format!("{} by the name {}", curve.set.name, alias.0), &["Alias"], &digest, &sig);
            let other = maker.digest();
            open.invalid("another digest", &["Alias", "WrongDigest"], &other, &sig);
            maker.close(open);
        }
    }
}
