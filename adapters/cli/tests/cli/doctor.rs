//! `doctor` on virtual tokens.

use crate::support::Folder;

/// What was found, by id, and how bad it was.
fn findings(folder: &Folder, options: &str) -> (i32, Vec<(String, String)>) {
    let (code, json) = folder.json(&format!("{options} doctor"));
    let findings = json["findings"].as_array().unwrap();
    let of = |finding: &serde_json::Value, field: &str| finding[field].as_str().unwrap().to_owned();
    (code, findings.iter().map(|finding| (of(finding, "id"), of(finding, "verdict"))).collect())
}

fn verdict(findings: &[(String, String)], id: &str) -> Option<String> {
    findings.iter().find(|finding| finding.0 == id).map(|finding| finding.1.clone())
}

#[test]
fn a_healthy_token() {
    let folder = Folder::with_key();
    let (code, found) = findings(&folder, "");
    assert_eq!(code, 0, "{found:?}");
    for id in [
        "doctor-answers",
        "doctor-serial",
        "doctor-label",
        "doctor-user-pin",
        "doctor-admin-pin",
        "doctor-memory",
    ] {
        assert_eq!(verdict(&found, id).as_deref(), Some("ok"), "{id}: {found:?}");
    }
    for (language, says) in
        [("en", "Everything is in order."), ("ru", "Всё в порядке."), ("kk", "Бәрі ретінде.")]
    {
        let text = folder.token(&format!("--lang {language} doctor")).ok();
        assert!(text.ends_with(&format!("{says}\n")), "{text}");
    }
    assert_eq!(folder.tries(), (5, 10), "nothing was tried");
}

#[test]
fn what_is_wrong_with_a_token() {
    let folder = Folder::formatted();
    for _ in 0..3 {
        folder.token("pin verify --pin-source env:WRONG").fails(7, "");
    }
    let (code, found) = findings(&folder, "");
    assert_eq!((code, verdict(&found, "doctor-user-pin-few").as_deref()), (0, Some("warn")), "{found:?}");
    folder.token("pin verify --pin-source env:WRONG").fails(7, "");
    folder.token("--last-try-ok pin verify --pin-source env:WRONG").fails(8, "");
    assert_eq!(verdict(&findings(&folder, "").1, "doctor-user-pin-blocked").as_deref(), Some("warn"));
    let folder = Folder::empty();
    folder.run("virtual new t.kzt --blank").ok();
    assert_eq!(verdict(&findings(&folder, "").1, "doctor-unformatted").as_deref(), Some("warn"));
    // It falls silent when it is asked for its serial number.
    let folder = Folder::factory();
    let (code, found) = findings(&folder, "--fault unplug@1");
    assert_eq!(verdict(&found, "doctor-gone").as_deref(), Some("fail"), "{found:?}");
    assert_eq!(code, 12);
}

#[test]
fn several_and_none() {
    let folder = Folder::factory();
    folder.run("virtual new u.kzt").ok();
    let (code, found) = findings(&folder, "--virtual u.kzt");
    assert_eq!((code, verdict(&found, "doctor-several").as_deref()), (0, Some("warn")));
    folder.run("--virtual none.kzt doctor").fails_in_doctor(3, "none.kzt");
    let started = std::time::Instant::now();
    folder.token("doctor").ok();
    assert!(started.elapsed() < core::time::Duration::from_secs(3));
}
