//! Scripts of blocks: `>` what the host sends, `<` what the card sends (or `silence`, `parity`), `=` the
//! response, `!` the failure.

use kaztoken_core::tpdu::t1::{MAX_BLOCK_LEN, Step, T1};

pub(crate) const IFSC: u8 = 32;
/// So that SELECT goes out in blocks of 5, 5 and 1.
pub(crate) const IFSC_CHAIN: u8 = 5;
pub(crate) const GET_CHALLENGE: &[u8] = &[0x00, 0x84, 0x00, 0x00, 0x04];
pub(crate) const SELECT: &[u8] = &[0x00, 0xA4, 0x04, 0x00, 0x06, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6];
pub(crate) const VERIFY: &[u8] = &[0x00, 0x20, 0x00, 0x01, 0x04, 0x31, 0x32, 0x33, 0x34];
pub(crate) const SIGN: &[u8] = &[0x00, 0x2A, 0x9E, 0x9A, 0x02, 0x0A, 0x0B];

pub(crate) fn hex(text: &str) -> Vec<u8> {
    text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).expect("a hex byte")).collect()
}

pub(crate) fn sent(t1: &T1, command: &[u8]) -> Vec<u8> {
    let mut out = [0xEE; MAX_BLOCK_LEN];
    let len = t1.block(command, &mut out);
    out[..len].to_vec()
}

pub(crate) fn framed(pcb: u8, inf: &[u8]) -> Vec<u8> {
    let mut block = vec![0, pcb, u8::try_from(inf.len()).expect("a short INF")];
    block.extend_from_slice(inf);
    block.push(block.iter().fold(0, |lrc, byte| lrc ^ byte));
    block
}

/// Plays a script with SELECT if the host chains, otherwise with GET CHALLENGE.
pub(crate) fn run(label: &str, ifsc: u8, script: &str) -> T1 {
    let command = if ifsc == IFSC_CHAIN { SELECT } else { GET_CHALLENGE };
    run_with(label, T1::new(ifsc), command, script)
}

/// Plays a script; an exchange of `command` begins at its first `>` and at every `>` after a response.
pub(crate) fn run_with(label: &str, mut t1: T1, command: &[u8], script: &str) -> T1 {
    let mut response = [0xEE; 64];
    let mut step = None;
    for (number, line) in script.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate() {
        let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
        let at = format!("{label}, line {}: {line}", number + 1);
        match kind {
            ">" => {
                match step.take() {
                    None if t1.block(command, &mut [0; MAX_BLOCK_LEN]) == 0 => {
                        t1.exchange(command).unwrap_or_else(|error| panic!("{at}: {error}"));
                    }
                    None | Some(Step::Send) => {}
                    Some(other) => panic!("{at}: {other:?}"),
                }
                assert_eq!(sent(&t1, command), hex(rest), "{at}");
            }
            "<" => {
                step = Some(match rest {
                    "silence" => t1.handle_silence(),
                    "parity" => t1.handle_corruption(),
                    block => t1.handle_block(&hex(block), &mut response),
                });
            }
            "=" => {
                let response_hex = hex(rest);
                assert_eq!(step.take(), Some(Step::Done(response_hex.len())), "{at}");
                assert_eq!(response[..response_hex.len()], response_hex, "{at}");
                assert!(!t1.needs_reset(), "{at}");
            }
            "!" => match step.take() {
                Some(Step::Failed(error)) => assert_eq!(format!("{error:?}"), rest, "{at}"),
                other => panic!("{at}: {other:?}"),
            },
            _ => panic!("{at}"),
        }
    }
    assert_eq!(step, None, "{label}: the script ends before the exchange");
    t1
}
