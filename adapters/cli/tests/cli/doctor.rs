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

/// The bundle's files in one text.
fn bundle(folder: &Folder, name: &str) -> String {
    let file = std::fs::File::open(folder.path(name)).unwrap();
    let mut zip = zip::ZipArchive::new(file).unwrap();
    let mut all = String::new();
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).unwrap();
        all.push_str(&format!("--- {}\n", entry.name()));
        std::io::Read::read_to_string(&mut entry, &mut all).unwrap();
    }
    all
}

#[test]
fn a_bundle_tells_nobody_whose_token_it_is() {
    let folder = Folder::with_key();
    let (code, json) = folder.json("doctor --bundle report.zip");
    assert_eq!((code, json["bundle"].as_str()), (0, Some("report.zip")));
    let text = bundle(&folder, "report.zip");
    for part in [
        "--- README.txt",
        "--- report.txt",
        "--- report.json",
        "--- versions.txt",
        "kaztoken: 0.1.0",
        "--- trace.ktrace",
        "apdu> 00 20 00 02",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let (_, status) = folder.json("status");
    let serial = status["token"]["serial"].as_str().unwrap().to_owned();
    let hexadecimal = status["token"]["serial_hex"].as_str().unwrap().to_owned();
    let label = status["label"].as_str().unwrap().to_owned();
    let bytes = "47 73 84 61".to_owned();
    for secret in [&bytes, &serial, &hexadecimal, &hexadecimal.to_uppercase(), &label] {
        assert!(!text.contains(secret.as_str()), "{secret} is in {text}");
    }
    folder.token("doctor --bundle report.zip").fails(9, "report.zip");
    folder.token("doctor --bundle with.zip --with-serial").ok();
    let text = bundle(&folder, "with.zip");
    assert!(text.contains(&serial) && !text.contains(&label), "{text}");
    folder.token("doctor --bundle no/such/folder/x.zip").fails(1, "no/such/folder");
    assert_eq!(folder.token("doctor --with-serial").code, 2);
    assert_eq!(folder.tries(), (5, 10), "nothing was tried");
}

#[test]
fn there_is_nothing_to_mend_on_a_virtual_token() {
    let folder = Folder::factory();
    let output = folder.token("doctor --fix");
    assert!(output.stderr.contains("There is nothing that --fix can mend."), "{}", output.stderr);
    output.ok();
}
