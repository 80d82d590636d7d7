//! Before anything is timed: do all programs compute the same?

use super::program::{Program, Session};

/// What was compared.
pub(crate) struct Agreement {
    pub(crate) lines: Vec<String>,
    pub(crate) failed: usize,
    /// For each curve our signature, which every program then verifies.
    pub(crate) signatures: Vec<(String, String)>,
}

impl Agreement {
    fn say(&mut self, good: bool, line: String) {
        self.failed += usize::from(!good);
        self.lines.push(format!("{} {line}", if good { "ok" } else { "FAILED" }));
    }
}

/// Public keys, agreed secrets and digests are equal; each one's signatures are good for us and ours for it.
/// The first program is ours; the others need not have every curve.
pub(crate) fn check(programs: &[Program], sessions: &mut [Session], only: &str) -> Result<Agreement, String> {
    let mut agreement = Agreement { lines: Vec::new(), failed: 0, signatures: Vec::new() };
    let (Some((ours, peers)), Some((our_session, peer_sessions))) =
        (programs.split_first(), sessions.split_first_mut())
    else {
        return Ok(agreement);
    };
    for curve in ours.curves().into_iter().filter(|curve| curve.contains(only)) {
        let public = our_session.ask(&format!("public {curve}"))?;
        let signature = our_session.ask(&format!("sign {curve}"))?;
        let mut same = Vec::new();
        let mut different = Vec::new();
        for (peer, session) in
            peers.iter().zip(&mut *peer_sessions).filter(|(peer, _)| peer.has(curve, "keygen"))
        {
            let mut equal = session.ask(&format!("public {curve}"))? == public;
            if ours.has(curve, "agree") && peer.has(curve, "agree") {
                let question = format!("secret {curve}");
                equal &= session.ask(&question)? == our_session.ask(&question)?;
            }
            let theirs = session.ask(&format!("sign {curve}"))?;
            let accepted = our_session.ask(&format!("accept {curve} {theirs}"))? == "ok";
            let accepts = session.ask(&format!("accept {curve} {signature}"))? == "ok";
            if equal && accepted && accepts {
                same.push(peer.name);
            } else {
                let part = |good: bool, what: &str| if good { String::new() } else { format!(", {what}") };
                different.push(format!(
                    "{}{}{}{}",
                    peer.name,
                    part(equal, "another public key or common secret"),
                    part(accepted, "a signature that we refuse"),
                    part(accepts, "refuses our signature")
                ));
            }
        }
        our_session.ask(&format!("accept {curve} {signature}"))?;
        agreement.signatures.push((curve.to_owned(), signature));
        let begin = public.get(..16).unwrap_or(&public);
        agreement.say(
            different.is_empty(),
            format!(
                "{curve}: public key {begin}... and signatures both ways agree with {}{}",
                names(&same),
                if different.is_empty() {
                    String::new()
                } else {
                    format!("; not with {}", different.join("; "))
                }
            ),
        );
    }
    for (hash, way) in ours.can.iter().filter(|(hash, way)| hash.contains(only) && way.starts_with("1024-")) {
        let digest = our_session.ask(&format!("digest {hash} {way}"))?;
        let same = digest == our_session.ask(&format!("digest {hash} 1024"))?;
        agreement.say(same, format!("{hash}: {way} gives the same digest as 1024"));
    }
    for (hash, length) in ours.can.iter().filter(|(hash, length)| hash.contains(only) && length == "1024") {
        let question = format!("digest {hash} {length}");
        let digest = our_session.ask(&question)?;
        let (mut same, mut different) = (Vec::new(), Vec::new());
        for (peer, session) in
            peers.iter().zip(&mut *peer_sessions).filter(|(peer, _)| peer.has(hash, length))
        {
            if session.ask(&question)? == digest { same.push(peer.name) } else { different.push(peer.name) }
        }
        let but =
            if different.is_empty() { String::new() } else { format!("; not with {}", names(&different)) };
        let begin = digest.get(..16).unwrap_or(&digest);
        agreement.say(
            different.is_empty(),
            format!("{hash}: digest {begin}... agrees with {}{but}", names(&same)),
        );
    }
    Ok(agreement)
}

fn names(names: &[&str]) -> String {
    if names.is_empty() { "nobody: no peer has it".to_owned() } else { names.join(", ") }
}
