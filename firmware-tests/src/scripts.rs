//! What hosts and readers say to each other in the engine's image: one script for each exchange level, and one
//! for T=0.

use crate::reader::{Answer, Step};

/// Data of the longest command and the longest answer.
pub const DATA: [u8; 300] = {
    let mut data = [0; 300];
    let mut at = 0;
    while at < data.len() {
        data[at] = at as u8;
        at += 1;
    }
    data
};

/// A class descriptor: dwProtocols, the highest data rate, dwFeatures; 271 bytes a message, IFSD 254.
const fn descriptor(protocols: u8, max_data_rate: u32, features: u32) -> [u8; 54] {
    let (d, f) = (max_data_rate.to_le_bytes(), features.to_le_bytes());
    [
        54, 0x21, 0x10, 0x01, 0, 7, protocols, 0, 0, 0, 0xFC, 0x0D, 0, 0, 0xFC, 0x0D, 0, 0, 0, 0x80, 0x25, 0,
        0, d[0], d[1], d[2], d[3], 0, 0xFE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, f[0], f[1], f[2], f[3], 0x0F,
        0x01, 0, 0, 0xFF, 0xFF, 0, 0, 0, 1,
    ]
}

/// Readers at the short APDU level, at the extended APDU level, and at the TPDU level.
pub static SHORT: [u8; 54] = descriptor(2, 9600, 0x0002_0040);
/// As above.
pub static EXTENDED: [u8; 54] = descriptor(2, 9600, 0x0004_0040);
/// As above.
pub static TPDU: [u8; 54] = descriptor(3, 400_000, 0x0001_0000);

/// A message that is answered once.
const fn step(kind: u8, specific: [u8; 3], body: &'static [u8], answers: &'static [Answer]) -> Step {
    Step { kind, specific, body, answers }
}

/// XfrBlock.
const fn block(body: &'static [u8], answers: &'static [Answer]) -> Step {
    step(0x6F, [0; 3], body, answers)
}

/// DataBlock, processed.
const fn data(body: &'static [u8]) -> Answer {
    Answer { kind: 0x80, specific: [0; 3], body }
}

/// DataBlock without data: more time, `multiplier` times.
const fn time(multiplier: u8) -> Answer {
    Answer { kind: 0x80, specific: [0x80, multiplier, 0], body: &[] }
}

/// IccPowerOn at 1.8 V, answered.
const fn power_on(answers: &'static [Answer]) -> Step {
    step(0x62, [3, 0, 0], &[], answers)
}

/// Abort, and what confirms it.
const ABORT: Step = step(0x72, [0; 3], &[], &[Answer { kind: 0x81, specific: [0; 3], body: &[] }]);
/// IccPowerOff.
const POWER_OFF: Step = step(0x63, [0; 3], &[], &[Answer { kind: 0x81, specific: [1, 0, 0], body: &[] }]);

const fn join<const N: usize>(head: &[u8], data: &[u8], tail: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    let mut at = 0;
    while at < N {
        out[at] = if at < head.len() {
            head[at]
        } else if at < head.len() + data.len() {
            data[at - head.len()]
        } else {
            tail[at - head.len() - data.len()]
        };
        at += 1;
    }
    out
}

/// A T=1 block around `inf`.
const fn t1<const N: usize>(pcb: u8, inf: &[u8]) -> [u8; N] {
    let mut out = join::<N>(&[0, pcb, inf.len() as u8], inf, &[0]);
    let mut at = 0;
    while at + 1 < N {
        out[N - 1] ^= out[at];
        at += 1;
    }
    out
}

/// The command that all ask: eight bytes of a serial number come.
pub const GET_DATA: &[u8] = b"\x00\xCA\x01\x81\x00";
/// The answer.
pub const SERIAL: [u8; 10] = *b"\x00\x00\x00\x00\x47\x73\x84\x61\x90\x00";
/// Its data.
pub const SERIAL_NUMBER: &[u8] = SERIAL.split_at(8).0;

/// The longest answer of the short APDU level.
pub const READ_ANSWER: [u8; 258] = join(&[], DATA.split_at(256).0, b"\x90\x00");
/// Its data.
pub const LONG: &[u8] = DATA.split_at(256).0;
const PART_1: [u8; 260] = join(b"\x10\xD6\x00\x00\xFF", DATA.split_at(255).0, &[]);
const PART_2: [u8; 50] = join(b"\x00\xD6\x00\x00\x2D", DATA.split_at(255).1, &[]);
const KAZTOKEN: [u8; 12] = *b"\x3B\x88\x01KAZTOKEN\x82";

/// The short APDU level.
pub static SHORT_SCRIPT: &[Step] = &[
    // A first activation that fails, as some cards' does; the next voltage.
    power_on(&[Answer { kind: 0x80, specific: [0x41, 0xFE, 0], body: &[] }]),
    step(0x62, [2, 0, 0], &[], &[data(&KAZTOKEN)]),
    block(GET_DATA, &[data(&SERIAL)]),
    // READ BINARY after a while, and the answer in five packets.
    block(b"\x00\xB0\x00\x00\x00", &[time(1), data(&READ_ANSWER)]),
    // UPDATE BINARY in a chain.
    block(&PART_1, &[data(b"\x90\x00")]),
    block(&PART_2, &[data(b"\x90\x00")]),
    // SELECT, GET RESPONSE.
    block(b"\x00\xA4\x00\x00\x02\x3F\x00\x00", &[data(b"\x61\x0A")]),
    block(b"\x00\xC0\x00\x00\x0A", &[data(&SERIAL)]),
    // The reader is busy.
    block(GET_DATA, &[Answer { kind: 0x80, specific: [0x40, 0xE0, 0], body: &[] }]),
    block(GET_DATA, &[data(&SERIAL)]),
    // No answer: ABORT, and all is well.
    block(GET_DATA, &[]),
    ABORT,
    block(GET_DATA, &[data(&SERIAL)]),
    POWER_OFF,
];

/// UPDATE BINARY with Lc and data in an extended APDU.
pub const EXTENDED_COMMAND: [u8; 307] = join(b"\x00\xD6\x00\x00\x00\x01\x2C", &DATA, &[]);
/// Its first and last part.
const EXTENDED_PARTS: (&[u8], &[u8]) = EXTENDED_COMMAND.split_at(261);
const FIRST_PART: &[u8] = EXTENDED_PARTS.0;
const LAST_PART: &[u8] = EXTENDED_PARTS.1;

/// The extended APDU level.
pub static EXTENDED_SCRIPT: &[Step] = &[
    power_on(&[data(&KAZTOKEN)]),
    block(GET_DATA, &[data(&SERIAL)]),
    step(0x6F, [0, 1, 0], FIRST_PART, &[Answer { kind: 0x80, specific: [0, 0, 0x10], body: &[] }]),
    step(0x6F, [0, 2, 0], LAST_PART, &[Answer { kind: 0x80, specific: [0, 0, 0x01], body: &READ_ANSWER }]),
    step(0x6F, [0, 0x10, 0], &[], &[Answer { kind: 0x80, specific: [0, 0, 0x02], body: &SERIAL }]),
    POWER_OFF,
];

const T1_ATR: [u8; 8] = *b"\x3B\x90\x96\x81\x31\x20\x45\xD3";
const PPS: [u8; 4] = *b"\xFF\x11\x96\x78";
const IFS: [u8; 5] = t1(0xC1, &[0xFE]);
const IFS_ANSWER: [u8; 5] = t1(0xE1, &[0xFE]);
const T1_PARAMETERS: [u8; 7] = *b"\x96\x10\x00\x45\x00\x20\x00";
const SERIAL_ASKED: [u8; 9] = t1(0x00, GET_DATA);
const SERIAL_TOLD: [u8; 14] = t1(0x00, &SERIAL);
/// What T=1 has to chain, command data and the data of the answer.
pub const CHAINED: &[u8] = DATA.split_at(40).0;
/// As above.
pub const CHAINED_ANSWER: &[u8] = DATA.split_at(100).0;
const UPDATE: [u8; 46] = join(b"\x00\xD6\x00\x00\x28", CHAINED, &[0]);
const UPDATE_1: [u8; 36] = t1(0x60, UPDATE.split_at(32).0);
const UPDATE_2: [u8; 18] = t1(0x00, UPDATE.split_at(32).1);
const WAIT: [u8; 5] = t1(0xC3, &[2]);
const WAIT_ANSWER: [u8; 5] = t1(0xE3, &[2]);
const READY_0: [u8; 4] = t1(0x80, &[]);
const ANSWER_1: [u8; 104] = t1(0x60, CHAINED_ANSWER);
const ANSWER_2: [u8; 6] = t1(0x00, b"\x90\x00");
const AGAIN: [u8; 9] = t1(0x40, GET_DATA);

/// SetParameters for T=1 and what the reader says.
const SET_T1: Step = step(
    0x61,
    [1, 0, 0],
    &T1_PARAMETERS,
    &[Answer { kind: 0x82, specific: [0, 0, 1], body: &T1_PARAMETERS }],
);

/// The TPDU level with a card that speaks T=1.
pub static T1_SCRIPT: &[Step] = &[
    power_on(&[data(&T1_ATR)]),
    block(&PPS, &[data(&PPS)]),
    SET_T1,
    block(&IFS, &[data(&IFS_ANSWER)]),
    block(&SERIAL_ASKED, &[data(&SERIAL_TOLD)]),
    // Chaining both ways, and more time.
    block(&UPDATE_1, &[data(&READY_0)]),
    block(&UPDATE_2, &[data(&WAIT)]),
    step(0x6F, [2, 0, 0], &WAIT_ANSWER, &[data(&ANSWER_1)]),
    block(&READY_0, &[data(&ANSWER_2)]),
    // No answer: ABORT does not bring T=1 in step, a power cycle does.
    block(&AGAIN, &[]),
    ABORT,
    power_on(&[data(&T1_ATR)]),
    block(&PPS, &[data(&PPS)]),
    SET_T1,
    block(&IFS, &[data(&IFS_ANSWER)]),
    // A damaged block is asked for again.
    block(&SERIAL_ASKED, &[Answer { kind: 0x80, specific: [0x40, 0xFD, 0], body: &[] }]),
    block(&t1::<4>(0x81, &[]), &[data(&SERIAL_TOLD)]),
    POWER_OFF,
];

const T0_PARAMETERS: [u8; 5] = *b"\x11\x00\x00\x0A\x00";

/// The TPDU level with a card that speaks T=0.
pub static T0_SCRIPT: &[Step] = &[
    power_on(&[data(b"\x3B\x00")]),
    step(0x61, [0; 3], &T0_PARAMETERS, &[Answer { kind: 0x82, specific: [0, 0, 0], body: &T0_PARAMETERS }]),
    block(GET_DATA, &[data(&SERIAL)]),
    // The right Le.
    block(b"\x00\xCA\x01\x81\x14", &[data(b"\x6C\x08")]),
    block(b"\x00\xCA\x01\x81\x08", &[data(&SERIAL)]),
    // GET RESPONSE.
    block(b"\x00\xA4\x00\x00\x02\x3F\x00", &[data(b"\x61\x08")]),
    block(b"\x00\xC0\x00\x00\x08", &[data(&SERIAL)]),
    // In a chain.
    block(&PART_1, &[data(b"\x90\x00")]),
    block(&PART_2, &[data(b"\x90\x00")]),
    POWER_OFF,
];
