//! Every example runs without hardware and says what it should.

use std::process::Command;

fn says(program: &str, expected: &[&str]) {
    let output = Command::new(program).output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{stdout}{stderr}");
    for text in expected {
        assert!(stdout.contains(text), "{text:?} is missing in: {stdout}");
    }
}

#[test]
fn blocking() {
    let expected = ["KAZTOKEN 1198752865", "tries: 10", "is changed", "9 tries are left"];
    says(env!("CARGO_BIN_EXE_blocking"), &expected);
}

#[test]
fn nonblocking() {
    says(env!("CARGO_BIN_EXE_nonblocking"), &["token 1198752865 gave", "rounds of other work"]);
}

#[test]
fn asynchronous() {
    says(env!("CARGO_BIN_EXE_asynchronous"), &["token 1001", "token 1002"]);
}

#[test]
fn usb_list() {
    says(env!("CARGO_BIN_EXE_usb-list"), &[]);
}

#[test]
fn sign_and_verify() {
    says(env!("CARGO_BIN_EXE_sign-and-verify"), &["key 1 signed", "an altered document"]);
}
