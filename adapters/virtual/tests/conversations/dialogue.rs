//! The dialogue that the measured images follow is what the virtual token says, byte for byte.

use super::link::token;
use super::operations::{self, Pins, operations};
use kaztoken_core::Millis;
use kaztoken_core::drive::{ApduLink, Connection};
use kaztoken_core::pin::Pin;
use kaztoken_core::token::Protocol;
use kaztoken_virtual::{Card, Model};
use std::convert::Infallible;
use std::fmt::Write as _;
use std::path::Path;

/// Writes down what goes over the link.
struct Recorder<'c, C> {
    card: &'c mut C,
    exchanges: Vec<(Vec<u8>, Vec<u8>)>,
}

impl<C: Card> ApduLink for &mut Recorder<'_, C> {
    type Error = Infallible;

    fn transmit(&mut self, command: &[u8], response: &mut [u8], _: Millis) -> Result<usize, Infallible> {
        let mut answer = Vec::new();
        self.card.process(command, &mut answer);
        response[..answer.len()].copy_from_slice(&answer);
        self.exchanges.push((command.to_vec(), answer.clone()));
        Ok(answer.len())
    }
}

/// The dialogue as a source file.
fn dialogue() -> String {
    let mut card = token(Model::Kaztoken);
    let mut recorder = Recorder { card: &mut card, exchanges: Vec::new() };
    let pin = |text: &str| Pin::new(text.as_bytes()).unwrap();
    let pins = Pins { admin: pin("87654321"), user: pin("12345678"), new: pin("Almaty-2026") };
    let mut connection = Connection::new(&mut recorder, Protocol::T1);
    for (name, operation) in operations() {
        operation(&mut connection, &pins).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    drop(connection);
    let mut text = String::from(
        "//! What the virtual token answers to the operations that are measured. Recorded: KAZTOKEN_RECORD=1, in\n\
         //! adapters/virtual/tests/conversations/dialogue.rs.\n\n\
         /// Commands and answers.\n\
         #[rustfmt::skip]\n\
         pub static DIALOGUE: &[(&[u8], &[u8])] = &[\n",
    );
    let literal =
        |bytes: &[u8]| bytes.iter().fold(String::new(), |text, byte| format!("{text}\\x{byte:02X}"));
    for (command, answer) in &recorder.exchanges {
        writeln!(text, "    (b\"{}\", b\"{}\"),", literal(command), literal(answer)).unwrap();
    }
    text + "];\n"
}

#[test]
fn the_measured_images_follow_what_the_virtual_token_says() {
    assert_eq!(operations::SERIAL, super::link::SERIAL);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../firmware-tests/src/dialogue.rs");
    if std::env::var_os("KAZTOKEN_RECORD").is_some() {
        std::fs::write(&file, dialogue()).unwrap();
    }
    match std::fs::read_to_string(&file) {
        Ok(recorded) => assert!(
            recorded == dialogue(),
            "the dialogue is another one now; record it: KAZTOKEN_RECORD=1 cargo test -p kaztoken-virtual measured_images"
        ),
        Err(_) => println!("skipped: {} is not there", file.display()),
    }
}
