//! The three languages, as a person meets them.

use crate::support::{Folder, SERIAL, program};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

fn in_language(language: &str, arguments: &[&str]) -> String {
    let output = Command::new(program())
        .args(arguments)
        .args(["--lang", language])
        .env("COLUMNS", "100")
        .env("LC_ALL", "C")
        .env_remove("KAZTOKEN_RIG_RULES")
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The commands under a heading of an English help text.
fn commands(help: &str) -> Vec<String> {
    let under =
        help.split("\nCommands:\n").nth(1).unwrap_or_default().split("\n\n").next().unwrap_or_default();
    let own = under.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    own.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

fn help(language: &str, path: &[String], into: &mut String) {
    let mut words: Vec<&str> = path.iter().map(String::as_str).collect();
    words.push("--help");
    into.push_str(&format!("$ kaztoken {}\n\n{}\n", words.join(" "), in_language(language, &words)));
    for command in commands(&in_language("en", &words)) {
        let path: Vec<_> = path.iter().cloned().chain([command]).collect();
        help(language, &path, into);
    }
}

/// Every help text in every language; `UPDATE_SNAPSHOTS=1` writes the files anew.
#[test]
fn every_help_text_as_it_was_reviewed() {
    for language in ["en", "ru", "kk"] {
        let mut text = String::new();
        help(language, &[], &mut text);
        assert!(text.matches("$ kaztoken ").count() > 40);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/snapshots/help-{language}.txt"));
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let there = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
        let differs = there.lines().zip(text.lines()).find(|(there, now)| there != now);
        assert!(there == text, "{}: {differs:?}; UPDATE_SNAPSHOTS=1 writes it anew", path.display());
    }
}

/// From a fresh token to a signature: every command speaks the language, and machines read what they always read.
#[test]
fn a_journey_in_every_language() {
    for (language, made, state, changed, key, good, blocked) in [
        ("ru", "виртуальный", "готов к новой регистрации", "изменён", "Ключ", "подпись верна", "неверен"),
        ("kk", "виртуалды", "жаңа тіркеуге дайын", "өзгертілді", "Кілт", "қолтаңба дұрыс", "қате"),
    ] {
        let folder = Folder::empty();
        let run = |arguments: &str| folder.run(&format!("--lang {language} {arguments}"));
        let token = |arguments: &str| run(&format!("--virtual t.kzt {arguments}"));
        assert!(run(&format!("virtual new t.kzt --serial {SERIAL}")).ok().contains(made));
        assert!(token("status").ok().contains(state));
        let formatted = token(&format!(
            "format --yes --serial {SERIAL} --label Test --admin-pin-source env:FACTORY_ADMIN \
             --new-pin-source env:USER --new-admin-pin-source env:ADMIN"
        ));
        assert!(formatted.ok().contains("Test"));
        assert!(token("pin change --pin-source env:USER --new-pin-source env:USER").ok().contains(changed));
        assert!(token("key generate --label pay --pin-source env:USER").ok().contains(key));
        folder.write("payment", "125000");
        token("sign payment --pin-source env:USER").ok();
        assert!(token("verify payment payment.sig").ok().contains(good));
        let wrong = token("pin verify --pin-source env:FACTORY_ADMIN");
        assert_eq!(wrong.code, 7, "exit codes are the same in every language");
        assert!(wrong.stderr.contains(blocked), "{}", wrong.stderr);
        for arguments in
            ["--json status", "--json key list", "--json object list", "--json list", "--json info"]
        {
            let english = folder.run(&format!("--virtual t.kzt {arguments}")).json();
            assert_eq!(names(&token(arguments).json()), names(&english), "{arguments}");
        }
        let problem = token("--json sign nowhere --pin-source env:USER").json();
        assert_eq!(problem["error"]["name"], "failed");
        assert!(!problem["error"]["message"].as_str().unwrap().is_ascii());
        let kind = &token("--json object list").json()["objects"][0]["kind"];
        assert_eq!(kind, "private key", "names for programs stay as they are");
    }
}

/// The keys of a document, in order.
fn names(document: &Value) -> Vec<String> {
    match document {
        Value::Object(fields) => {
            fields.iter().flat_map(|(name, value)| [vec![name.clone()], names(value)].concat()).collect()
        }
        Value::Array(values) => values.iter().flat_map(names).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn yes_is_said_in_the_language_or_in_english() {
    for (language, answer, deleted) in [
        ("ru", "да\n", true),
        ("ru", "Д\n", true),
        ("ru", "yes\n", true),
        ("ru", "иә\n", false),
        ("kk", "иә\n", true),
        ("kk", "Иә\n", true),
        ("kk", "и\n", true),
        ("kk", "y\n", true),
        ("kk", "да\n", false),
        ("en", "да\n", false),
        ("en", "Y\n", true),
    ] {
        let folder = Folder::with_key();
        let arguments =
            ["--lang", language, "--virtual", "t.kzt", "key", "delete", "1", "--pin-source", "env:USER"];
        let run = folder.run_with_input(&arguments, answer);
        assert_eq!(run.code, if deleted { 0 } else { 9 }, "{language} {answer}: {}", run.stderr);
    }
}

#[test]
fn mistakes_in_the_command_line_are_told_in_the_language() {
    let folder = Folder::empty();
    folder.run("--lang ru statsu").fails_in_usage("подсказка: есть похожая команда: 'status'");
    folder.run("--lang kk statsu").fails_in_usage("кеңес: ұқсас пәрмен бар: 'status'");
    folder.run("statsu").fails_in_usage("tip: a similar subcommand exists: 'status'");
    folder.run("--lang ru sign --hsh").fails_in_usage("неизвестный аргумент '--hsh'");
    folder.run("--lang=ru format --user-tries 11").fails_in_usage("11 не входит в 1..=10");
    folder.run("--lang ru --via nowhere list").fails_in_usage("ожидается usb, pcsc, virtual");
    folder.run("--lang ru --lang kk list").fails_in_usage("нельзя задавать несколько раз");
    folder.run("--lang de list").fails_in_usage("expected en, ru or kk");
    let json = folder.run("--json --lang kk sign").json();
    assert_eq!(json["error"]["name"], "usage");
    assert!(json["error"]["message"].as_str().unwrap().contains("міндетті аргументтер"), "{json}");
}

#[test]
fn scripts_and_pages_follow_the_language() {
    let folder = Folder::empty();
    assert!(folder.run("--lang ru completions fish").ok().contains("Показать состояние токена"));
    folder.run("--lang kk manual pages").ok();
    let page = String::from_utf8(folder.read("pages/kaztoken-status.1")).unwrap();
    assert!(page.contains("Токеннің күйін көрсету"), "{page}");
}
