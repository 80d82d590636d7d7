//! Parameter sets by name and identifier, against OpenSSL's GOST engine where it is installed.

#![cfg(feature = "gost")]

use std::process::Command;

use kaztoken_core::gost::ParameterSet;
use kaztoken_core::gost::encoding::SubjectPublicKeyInfo;

use ParameterSet::{
    CryptoProA, CryptoProB, CryptoProC, Tc26_256A, Tc26_512A, Tc26_512B, Tc26_512C, Test256, Test512,
};

const EVERY: [ParameterSet; 9] =
    [CryptoProA, CryptoProB, CryptoProC, Tc26_256A, Tc26_512A, Tc26_512B, Tc26_512C, Test256, Test512];

/// RFC 4357 section 10, RFC 7836 appendix A, RFC 9215 appendix C; Kazakhstan's from certificates.
#[test]
fn identifiers() {
    for (dotted, set) in [
        ("1.2.643.2.2.35.0", Test256),
        ("1.2.643.2.2.35.1", CryptoProA),
        ("1.2.643.2.2.35.2", CryptoProB),
        ("1.2.643.2.2.35.3", CryptoProC),
        ("1.2.643.2.2.36.0", CryptoProA),
        ("1.2.643.2.2.36.1", CryptoProC),
        ("1.2.643.7.1.2.1.1.1", Tc26_256A),
        ("1.2.643.7.1.2.1.1.2", CryptoProA),
        ("1.2.643.7.1.2.1.1.3", CryptoProB),
        ("1.2.643.7.1.2.1.1.4", CryptoProC),
        ("1.2.643.7.1.2.1.2.0", Test512),
        ("1.2.643.7.1.2.1.2.1", Tc26_512A),
        ("1.2.643.7.1.2.1.2.2", Tc26_512B),
        ("1.2.643.7.1.2.1.2.3", Tc26_512C),
        ("1.2.398.3.10.1.1.1.1.1", CryptoProA),
        ("1.2.398.3.10.1.1.2.1.1", Tc26_256A),
        ("1.2.398.3.10.1.1.2.2.1", Tc26_512A),
    ] {
        assert_eq!(ParameterSet::from_name(dotted), Some(set), "{dotted}");
        assert_eq!(ParameterSet::from_oid(&body(dotted)), Some(set), "{dotted}");
    }
    let all: Vec<_> = EVERY.iter().flat_map(|set| set.oids()).collect();
    assert_eq!(all.len(), 17);
    for oid in &all {
        assert_eq!(oid.der_body(), body(oid.dotted()));
        assert_eq!(all.iter().filter(|other| *other == oid).count(), 1, "{oid} names one set");
    }
}

/// X.690 section 8.19, written apart from the library's encoder.
fn body(dotted: &str) -> Vec<u8> {
    let arcs: Vec<u32> = dotted.split('.').map(|arc| arc.parse().unwrap()).collect();
    let mut body = vec![(arcs[0] * 40 + arcs[1]) as u8];
    for arc in &arcs[2..] {
        let mut septets = vec![(arc & 0x7f) as u8];
        let mut rest = arc >> 7;
        while rest > 0 {
            septets.insert(0, (rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        body.extend(septets);
    }
    body
}

#[test]
fn names() {
    for set in EVERY {
        assert_eq!(set.name().parse(), Ok(set));
        assert_eq!(set.to_string(), set.name());
        for name in set.names() {
            assert_eq!(ParameterSet::from_name(name), Some(set), "{name}");
            assert_eq!(ParameterSet::from_name(&name.to_lowercase()), Some(set), "{name}");
            assert_eq!(ParameterSet::from_name(&name.to_uppercase()), Some(set), "{name}");
        }
        for other in EVERY.iter().filter(|other| **other != set) {
            assert!(set.names().all(|name| ParameterSet::from_name(name) != Some(*other)));
        }
    }
    for (name, set) in [
        ("a", CryptoProA),
        ("xcha", CryptoProA),
        ("cryptopro_xchb", CryptoProC),
        ("TC26-256-b", CryptoProA),
        ("id-tc26-gost-3410-2012-256-paramSetB", CryptoProA),
        ("tc26 512 c", Tc26_512C),
    ] {
        assert_eq!(name.parse(), Ok(set));
    }
    for unknown in ["", "-", "D", "512", "tc26-512-D", "1.2.643", "CryptoPro", "secp256r1", "\u{410}"] {
        assert_eq!(ParameterSet::from_name(unknown), None, "{unknown}");
    }
    assert_eq!("D".parse::<ParameterSet>().unwrap_err().to_string().lines().count(), 1);
}

/// OpenSSL makes a key by each of its names, and writes the curve's identifier into it.
#[test]
fn openssl_means_the_same_sets() {
    let found = Command::new("openssl").args(["engine", "gost"]).output();
    if !found.is_ok_and(|output| output.status.success()) {
        println!("skipped: openssl with the GOST engine is not installed (Debian: libengine-gost-openssl)");
        return;
    }
    let mut asked = 0;
    for (algorithm, prefix, names) in [
        ("gost2001", "", &["A", "B", "C", "XA", "XB", "0"][..]),
        ("gost2012_256", "", &["A", "B", "C", "XA", "XB", "0", "TCA", "TCB", "TCC", "TCD"]),
        ("gost2012_512", "512-", &["A", "B", "C"]),
    ] {
        for name in names {
            let pipe = format!(
                "openssl genpkey -engine gost -algorithm {algorithm} -pkeyopt paramset:{name} 2>/dev/null | \
                 openssl pkey -engine gost -pubout -outform DER 2>/dev/null"
            );
            let output = Command::new("sh").args(["-c", &pipe]).output().unwrap();
            let ours = ParameterSet::from_name(&format!("{prefix}{name}")).unwrap();
            assert!(output.status.success() && !output.stdout.is_empty(), "{algorithm} {name}");
            let oids: Vec<_> = ours
                .oids()
                .filter(|oid| find(&output.stdout, oid.der_body()))
                .map(|oid| oid.dotted())
                .collect();
            assert_eq!(oids.len(), 1, "{algorithm} {name}: {ours} {oids:?}");
            if ParameterSet::ALL.contains(&ours) {
                let key = SubjectPublicKeyInfo::from_der(&output.stdout).unwrap();
                assert_eq!(key.public_key().parameter_set(), ours);
                assert_eq!(key.to_der().as_slice(), output.stdout, "{algorithm} {name}");
            }
            asked += 1;
        }
    }
    assert_eq!(asked, 19);
}

fn find(octets: &[u8], what: &[u8]) -> bool {
    octets.windows(what.len()).any(|window| window == what)
}
