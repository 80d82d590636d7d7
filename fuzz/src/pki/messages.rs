//! Signed messages and time stamps.

use super::fixture::{CONTENT, Fixture};
use kaztoken_pki::algorithm::DigestAlgorithm;
use kaztoken_pki::cms::{
    Content, SignedMessage, TimeStamp, TimeStampRequest, TimeStampResponse, message, stream,
};
use std::io::Cursor;

/// A message, read whole and piece by piece: both say the same. Signatures by our keys are over what our keys signed.
pub fn signed_messages(data: &[u8]) {
    let whole = SignedMessage::from_der(data);
    let mut content = Vec::new();
    let streamed = stream(&mut Cursor::new(data), &[], &mut |piece| {
        content.extend_from_slice(piece);
        Ok(())
    });
    if let (Ok(whole), Ok(streamed)) = (&whole, &streamed) {
        assert_eq!(whole.content().unwrap_or_default(), content);
        assert_eq!(whole.content().is_some(), streamed.content_len.is_some());
        assert_eq!(whole.content_type(), streamed.message.content_type());
        assert_eq!(whole.certificates(), streamed.message.certificates());
        assert_eq!(whole.signers().len(), streamed.message.signers().len());
        for (hash, digest) in &streamed.digests {
            assert_eq!(&hash.digest(&content), digest);
        }
    }
    let good = whole.as_ref().is_ok_and(judged);
    assert!(good || data != Fixture::get().message, "the good one is good");
    time_stamps(data);
}

/// Whether one of our keys has signed it.
fn judged(whole: &SignedMessage) -> bool {
    let all = Fixture::get();
    let mut ours = false;
    let others = [all.user.clone(), all.stamps.certificate().clone()];
    let digest = |hash: DigestAlgorithm| hash.digest(CONTENT);
    for (content, attached) in [(Content::Attached, true), (Content::Detached(&digest), false)] {
        for verdict in whole.verify(content, &others).unwrap_or_default() {
            let Ok(good) = verdict else { continue };
            if good.certificate == all.user && attached {
                assert_eq!(whole.content(), Some(CONTENT), "a content that nobody signed");
                ours = true;
            }
        }
    }
    for signer in whole.signers() {
        let Ok(stamped) = signer.stamped(&[5, 0]) else { continue };
        let again = message(whole.content(), &[stamped], whole.certificates());
        let again = again.and_then(|again| SignedMessage::from_der(&again));
        assert!(again.is_ok_and(|again| again.signers().len() == 1), "a stamped signer is one");
    }
    ours
}

fn time_stamps(data: &[u8]) {
    if let Ok(request) = TimeStampRequest::from_der(data) {
        assert_eq!(TimeStampRequest::from_der(&request.to_octets()), Ok(request));
    }
    let all = Fixture::get();
    let answer =
        all.stamps.time_stamp(data, &[kaztoken_pki::oid::POLICY_TIME_STAMPS], super::fixture::at(2027), &[1]);
    assert!(answer.is_ok(), "a request is answered, whatever it is");
    let Ok(answer) = TimeStampResponse::from_der(data) else { return };
    let Ok(stamp) = TimeStamp::from_token(&answer.token, &[]) else { return };
    if stamp.certificate == *all.stamps.certificate() {
        let ours = TimeStampResponse::from_der(&all.stamp).expect("our own answer");
        let ours = TimeStamp::from_token(&ours.token, &[]).expect("our own stamp");
        assert_eq!((stamp.time, stamp.hashed()), (ours.time, ours.hashed()), "a stamp that nobody gave");
    }
}
