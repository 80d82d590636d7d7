//! Every command's JSON, judged by its schema: a result, a failure, and the plan of a dry run.

use crate::certificates::certificate;
use crate::support::Folder;
use jsonschema::Validator;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The commands in an order in which they can be run on one token, formatted and with a key. `{rig}` is the address of
/// a rig with that token. A command with `--dry-run` shows its plan.
const RUNS: &[(&str, &str)] = &[
    ("list", "list"),
    ("list", "--virtual none.kzt list"),
    ("info", "info"),
    ("watch", "watch --for 0.3"),
    ("status", "status"),
    ("pin verify", "pin verify --pin-source env:USER"),
    ("pin change", "pin change --pin-source env:USER --new-pin-source env:NEW --dry-run"),
    ("pin change", "pin change --pin-source env:USER --new-pin-source env:NEW"),
    ("pin set", "pin set --admin-pin-source env:ADMIN --new-pin-source env:USER"),
    ("pin unblock", "pin unblock --admin-pin-source env:ADMIN --dry-run"),
    ("pin unblock", "pin unblock --admin-pin-source env:ADMIN"),
    ("admin-pin change", "admin-pin change --admin-pin-source env:ADMIN --new-pin-source env:ADMIN"),
    ("key list", "key list"),
    ("key public", "key public pay"),
    ("cert import", "cert import cert.der --label cert --pin-source env:USER"),
    ("cert list", "cert list"),
    ("cert export", "cert export"),
    ("cert show", "cert show root.pem"),
    ("cert verify", "cert verify root.pem --trust root.pem --at 2026-01-01"),
    ("enroll", "enroll --status"),
    ("ca new", "ca new desk"),
    ("ca initial", "ca initial desk --surname TEST --name TEST --iin 123456789011 --out Key.pfx"),
    ("keystore show", "keystore show desk/root.key --password-source env:USER"),
    ("keystore verify", "keystore verify store.p12 --password-source env:USER"),
    (
        "keystore export",
        "keystore export desk/root.key --out bare.pem --form bare-key --yes --password-source env:USER",
    ),
    ("ca issue", "ca issue desk request.p10"),
    ("ca list", "ca list desk"),
    ("ca crl", "ca crl desk"),
    ("ca revoke", "ca revoke desk desk/centre.pem"),
    ("ca serve", "ca serve desk --answers 0"),
    ("object list", "object list"),
    ("token backup", "token backup copy"),
    ("token restore-check", "token restore-check copy"),
    ("sign", "sign cert.der --pin-source env:USER --dry-run"),
    ("sign", "sign cert.der --pin-source env:USER"),
    ("verify", "verify cert.der cert.der.sig"),
    ("random", "random 8"),
    ("random", "random 8 --out random.bin"),
    ("apdu", "apdu 00CA018108"),
    ("usb describe", "usb describe --file configuration"),
    ("doctor", "doctor"),
    ("doctor", "doctor --bundle bundle.zip"),
    ("explain", "explain 6983 ccid:FE exit:7"),
    ("status", "status --trace made.ktrace"),
    ("trace show", "trace show made.ktrace"),
    ("trace replay", "trace replay made.ktrace"),
    ("trace redact", "trace redact made.ktrace redacted.ktrace"),
    ("trace diff", "trace diff made.ktrace redacted.ktrace"),
    ("trace diff", "trace diff made.ktrace made.ktrace"),
    ("trace to-test", "trace to-test made.ktrace --out folder"),
    ("trace export", "trace export transcript made.ktrace out.txt"),
    ("trace import", "trace import transcript out.txt again.ktrace"),
    ("completions", "completions bash"),
    ("manual", "manual pages"),
    ("schema", "schema"),
    ("schema", "schema pin change"),
    ("rig list", "rig list {rig} none.sock"),
    ("rig info", "rig info {rig} --self-test"),
    ("rig console", "rig console {rig}"),
    ("rig run", "rig run plan.toml {rig}"),
    ("rig ledger", "rig ledger"),
    ("rig ledger", "rig ledger --serial 1198752865"),
    ("key delete", "key delete pay --yes --pin-source env:USER"),
    ("key generate", "key generate --label again --pin-source env:USER --dry-run"),
    ("key generate", "key generate --label again --pin-source env:USER"),
    ("object delete", "object delete cert --yes --pin-source env:USER"),
    (
        "format",
        "format --yes --serial 1198752865 --erase-keys --admin-pin-source env:ADMIN --new-pin-source env:USER",
    ),
    ("virtual new", "virtual new other.kzt"),
    ("tour", "tour"),
];

/// What fails, at the command line or later.
const FAILURES: &[(&str, &str)] = &[
    ("list", "list --via rig"),
    ("info", "--virtual none.kzt info"),
    ("watch", "watch --events x"),
    ("panel", "panel"),
    ("status", "--virtual none.kzt status"),
    ("pin verify", "pin verify --pin-source env:WRONG"),
    ("pin change", "pin change --pin-source env:WRONG --new-pin-source env:NEW"),
    ("pin set", "pin set --admin-pin-source env:WRONG --new-pin-source env:USER"),
    ("pin unblock", "pin unblock --admin-pin-source env:NOT_SET"),
    ("admin-pin change", "admin-pin change --admin-pin-source env:ADMIN --new-pin-source env:SHORT"),
    ("key list", "--virtual none.kzt key list"),
    ("key public", "key public other"),
    ("key delete", "key delete other --yes"),
    ("key generate", "key generate --alg rsa1000"),
    ("cert import", "cert import t.kzt"),
    ("cert list", "--fault unplug@9 cert list"),
    ("cert export", "cert export other"),
    ("cert show", "cert show t.kzt"),
    ("cert verify", "cert verify root.pem"),
    ("object list", "--fault unplug@9 object list"),
    ("object delete", "object delete other"),
    ("token backup", "token backup copy"),
    ("token restore-check", "token restore-check pages"),
    ("sign", "sign none"),
    ("verify", "verify cert.der cert.der"),
    ("random", "random 0"),
    ("apdu", "apdu 00"),
    ("usb describe", "usb describe --file none"),
    ("doctor", "--virtual none.kzt doctor"),
    ("enroll", "enroll --user qq1"),
    ("keystore show", "keystore show none --password-source env:USER"),
    ("keystore verify", "keystore verify root.pem --password-source env:USER"),
    ("keystore export", "keystore export root.pem --out none --password-source env:USER"),
    ("ca new", "ca new desk"),
    ("ca initial", "ca initial none --surname T --name T --iin 123456789011 --out none/x"),
    ("ca issue", "ca issue desk root.pem"),
    ("ca list", "ca list none"),
    ("ca crl", "ca crl none"),
    ("ca revoke", "ca revoke desk t.kzt"),
    ("ca serve", "ca serve none"),
    ("explain", "explain nothing"),
    ("trace record", "trace record t.kzt"),
    ("trace show", "trace show t.kzt"),
    ("trace replay", "trace replay t.kzt"),
    ("trace redact", "trace redact none out"),
    ("trace diff", "trace diff none none"),
    ("trace to-test", "trace to-test none --out folder"),
    ("trace export", "trace export transcript none out"),
    ("trace import", "trace import transcript none out"),
    ("completions", "completions tcsh"),
    ("manual", "manual t.kzt"),
    ("schema", "schema nothing"),
    ("rig list", "rig list --none"),
    ("rig info", "rig info none.sock"),
    ("rig console", "rig console none.sock"),
    ("rig run", "rig run none.toml none.sock"),
    ("rig ledger", "rig ledger --serial nothing"),
    ("format", "format --yes --serial 1"),
    ("virtual new", "virtual new t.kzt"),
    ("virtual serve", "virtual serve"),
    ("tour", "tour --dry-run"),
];

/// One needs a terminal, one ends only when it is interrupted, one prints what the command that it records prints.
const WITHOUT_RESULT: &[&str] = &["panel", "trace record", "virtual serve"];

const PLAN: &str = r#"
name = "three cases"
[[case]]
name = "answers"
step = [{ power = "on" }, { apdu = "00CA018108", sw = "9000" }]
[[case]]
name = "does not"
step = [{ power = "on" }, { apdu = "00CA018108", sw = "6A82" }]
[[case]]
name = "is left out"
skip = "for the test's sake"
step = [{ power = "on" }]
"#;

struct Judge {
    folder: Folder,
    schemas: BTreeMap<String, Validator>,
}

impl Judge {
    fn new(folder: Folder) -> Self {
        let names = folder.run("--json schema").json()["commands"].clone();
        let names = names.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned());
        let schema = |name: String| {
            let text = folder.run(&format!("schema {name}")).ok();
            let document = serde_json::from_str(&text).unwrap();
            jsonschema::draft202012::meta::validate(&document)
                .map_err(|error| error.to_string())
                .expect(&name);
            let validator =
                jsonschema::draft202012::new(&document).map_err(|error| error.to_string()).expect(&name);
            (name, validator)
        };
        let schemas = names.map(schema).collect();
        Self { folder, schemas }
    }

    /// Runs a command and judges what it prints. Whether it was a result.
    fn run(&self, name: &str, arguments: &str) -> bool {
        let own_token = arguments.contains("--virtual ");
        let no_token = ["rig ", "trace ", "virtual new"].iter().any(|start| arguments.starts_with(start));
        let token = if own_token || no_token { "" } else { "--virtual t.kzt " };
        let line = format!("--json {token}{arguments}");
        let input =
            if name == "rig console" { "on\ncard\npins\ntiming\nline\n00CA018108\noff\n" } else { "" };
        let run = self.folder.run_with_input(&line.split_whitespace().collect::<Vec<_>>(), input);
        // One document; of `watch` one a line.
        let lines: Vec<&str> = run.stdout.lines().collect();
        assert!(lines.len() == 1 || (name == "watch" && lines.len() > 1), "{line}: {run:?}");
        let results = lines.iter().map(|text| self.judge(name, &line, text, run.code)).collect::<Vec<_>>();
        results.into_iter().all(|result| result)
    }

    fn judge(&self, name: &str, line: &str, text: &str, code: i32) -> bool {
        let document: Value = serde_json::from_str(text).unwrap_or_else(|_| panic!("{line}: {text}"));
        let validator = self.schemas.get(name).unwrap_or_else(|| panic!("{name} has no schema"));
        let errors: Vec<_> = validator
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{line}: {errors:#?}\n{document:#}");
        // A command line that cannot be read has no command yet.
        let said = document["command"].as_str().unwrap();
        assert!(said == name || (said.is_empty() && code == 2), "{line}: {said}");
        match document.get("error") {
            None => true,
            Some(error) => {
                assert_eq!(error["code"], code, "{line}");
                false
            }
        }
    }
}

/// A document is what the command's schema says.
#[track_caller]
pub(crate) fn fits(name: &str, document: &Value) {
    let text = Folder::empty().run(&format!("schema {name}")).ok();
    let schema = serde_json::from_str(&text).unwrap();
    let validator = jsonschema::draft202012::new(&schema).map_err(|error| error.to_string()).unwrap();
    let errors: Vec<_> = validator.iter_errors(document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}\n{document:#}");
}

#[test]
fn every_command_prints_what_its_schema_says() {
    let folder = Folder::with_key();
    let der = certificate(&folder, 100);
    folder.write("cert.der", der);
    folder.write("root.pem", crate::trust::root());
    folder.write("request.p10", crate::ca::request());
    folder.write("configuration", crate::devices::RUTOKEN);
    folder.write("plan.toml", PLAN);
    folder.write("store.p12", crate::keystore::store("UserCanary71"));
    let judge = Judge::new(folder);
    let (mut results, mut failures) = (BTreeSet::new(), BTreeSet::new());
    for (name, arguments) in RUNS {
        let rig = arguments.contains("{rig}").then(|| judge.folder.rig(&["--virtual", "t.kzt"]));
        let address = rig.as_ref().map_or("", |rig| rig.address.as_str());
        assert!(judge.run(name, &arguments.replace("{rig}", address)), "{arguments} has no result");
        results.insert((*name).to_owned());
    }
    for (name, arguments) in FAILURES {
        assert!(!judge.run(name, arguments) || *name == "doctor", "{arguments} does not fail");
        failures.insert((*name).to_owned());
    }
    results.extend(WITHOUT_RESULT.iter().map(|name| (*name).to_owned()));
    let all: BTreeSet<_> = judge.schemas.keys().cloned().collect();
    assert_eq!(results, all, "a command's result is not judged here");
    assert_eq!(failures, all, "a command's failure is not judged here");
}

/// A judge that takes everything would judge nothing.
#[test]
fn a_schema_refuses_what_it_does_not_know() {
    let judge = Judge::new(Folder::factory());
    let (_, list) = judge.folder.json("list");
    let list_schema = &judge.schemas["list"];
    assert!(list_schema.is_valid(&list));
    for change in ["schema", "command", "tokens"] {
        let mut wrong = list.clone();
        wrong[change] = Value::from("x");
        assert!(!list_schema.is_valid(&wrong), "{change}");
        let mut wrong = list.clone();
        wrong.as_object_mut().unwrap().remove(change);
        assert!(!list_schema.is_valid(&wrong), "{change}");
    }
    let mut wrong = list.clone();
    wrong["more"] = Value::from(1);
    assert!(!list_schema.is_valid(&wrong));
    let mut wrong = list;
    wrong["tokens"][0]["more"] = Value::from(1);
    assert!(!list_schema.is_valid(&wrong));
}
