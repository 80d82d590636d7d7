//! `--dry-run`: commands that only read go to the token, the others are written down and answered as if they had
//! succeeded. What they would have changed is remembered, so that later commands see it.

use crate::exit::{Code, Problem, Result};
use crate::language::{say, text};
use crate::said::Said as _;
use kaztoken_core::Millis;
use kaztoken_core::apdu::{
    Command, CommandView, Effect, Fci, FileKind, Masked, ObjectKind, Status, StatusWord, ins,
};
use kaztoken_core::drive::ApduLink;
use kaztoken_core::pin::Role;
use std::collections::BTreeMap;

/// A path from the master file.
type FilePath = Vec<u16>;

/// What would be done.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    steps: Vec<Step>,
    reads: usize,
    erased: bool,
    /// Files that would be there: `None` once they would be deleted.
    files: BTreeMap<FilePath, Option<Fci>>,
    /// What would be written, by file, in order.
    writes: BTreeMap<FilePath, Vec<(usize, Vec<u8>)>>,
    /// PINs that would be made.
    pins: Vec<u8>,
    folder: FilePath,
    selected: FilePath,
    /// What GET RESPONSE collects.
    pending: Vec<u8>,
}

#[derive(Debug)]
struct Step {
    apdu: String,
    /// The message that says what it is for.
    what: &'static str,
}

impl Plan {
    /// Nothing would change.
    pub(crate) const fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// One line a command, then what it is for.
    pub(crate) fn text(&self) -> String {
        let mut lines = vec![say!("plan-title", count = self.reads)];
        if !self.pins.is_empty() {
            lines.push(say!("plan-pin-length"));
        }
        let numbered = self.steps.iter().zip(1..);
        lines.extend(numbered.map(|(step, n)| format!("{n:>4}  {:<28}  {}", text(step.what), step.apdu)));
        lines.join("\n")
    }

    /// The same for programs.
    pub(crate) fn json(&self) -> serde_json::Value {
        let steps =
            self.steps.iter().map(|step| serde_json::json!({ "apdu": step.apdu, "what": text(step.what) }));
        serde_json::json!({ "dry_run": true, "reads": self.reads, "plan": steps.collect::<Vec<_>>() })
    }

    /// Answers a command, by the token or instead of it.
    pub(crate) fn transmit(
        &mut self,
        link: &mut dyn ApduLink<Error = Problem>,
        raw: &[u8],
        response: &mut [u8],
        budget: Millis,
    ) -> Result<usize> {
        let view = CommandView::parse(raw)
            .map_err(|error| Problem::new(Code::Usage, say!("plan-no-apdu", text = error.said())))?;
        let command = view.command();
        if let Some((data, sw)) = self.answer(raw, &command, view.is_chained()) {
            return put(response, &data, sw);
        }
        self.reads += 1;
        let len = link.transmit(raw, response, budget)?;
        Ok(self.correct(&command, response, len))
    }

    /// The answer to a command that does not go to the token.
    fn answer(&mut self, raw: &[u8], command: &Command<'_>, chained: bool) -> Option<(Vec<u8>, StatusWord)> {
        let done = |data| Some((data, StatusWord::SUCCESS));
        if Effect::of(command) != Effect::Nothing {
            self.steps.push(Step { apdu: Masked(raw).to_string(), what: purpose(command) });
            return match (command.cla & 0x80, command.ins) {
                _ if chained => done(Vec::new()),
                (0x80, ins::FORMAT_START) => {
                    *self = Self {
                        steps: core::mem::take(&mut self.steps),
                        reads: self.reads,
                        erased: true,
                        ..Self::default()
                    };
                    done(Vec::new())
                }
                (0, ins::CREATE_FILE) => {
                    self.create(command.data);
                    done(Vec::new())
                }
                (0, ins::DELETE_FILE) => {
                    let mut path = self.folder.clone();
                    path.extend(command.data.as_chunks::<2>().0.iter().map(|id| u16::from_be_bytes(*id)));
                    self.files.insert(path, None);
                    done(Vec::new())
                }
                (0, ins::UPDATE_BINARY) => {
                    let offset = usize::from(u16::from_be_bytes([command.p1, command.p2]));
                    let writes = self.writes.entry(self.selected.clone()).or_default();
                    writes.push((offset, command.data.to_vec()));
                    done(Vec::new())
                }
                (0, ins::GENERATE_KEY_PAIR) if command.ne > 0 => {
                    let len = self.public_key_len(command.p2);
                    Some(self.part(vec![0; len]))
                }
                _ => done(Vec::new()),
            };
        }
        match (command.cla & 0x80, command.ins, command.p1) {
            (0, ins::SELECT, 0x08) => {
                let path: FilePath =
                    command.data.as_chunks::<2>().0.iter().map(|id| u16::from_be_bytes(*id)).collect();
                self.select(path)
            }
            (0, ins::SELECT, 0x00) if command.data == [0x3F, 0x00] => self.select(Vec::new()),
            (0, ins::READ_BINARY, _) => match self.files.get(&self.selected) {
                Some(Some(fci)) => {
                    let content = vec![0; usize::from(fci.size)];
                    let offset = usize::from(u16::from_be_bytes([command.p1, command.p2]));
                    let end = content.len().min(offset.saturating_add(command.ne as usize));
                    let mut data = content.get(offset..end).unwrap_or_default().to_vec();
                    self.patch(offset, &mut data);
                    done(data)
                }
                _ => None,
            },
            (0, ins::GET_RESPONSE, _) if !self.pending.is_empty() => {
                let rest = core::mem::take(&mut self.pending);
                Some(self.part(rest))
            }
            (0, ins::GENERATE_KEY_PAIR, 0x81) => {
                let path = vec![0x1000, 0x1000, 0x6001, command.p2.into()];
                let planned = self.files.contains_key(&path);
                let len = self.public_key_len(command.p2);
                planned.then(|| self.part(vec![0; len]))
            }
            (0, ins::VERIFY, _) if self.erased => match self.pins.contains(&command.p2) {
                true => Some((Vec::new(), StatusWord::tries(10))),
                false => Some((Vec::new(), StatusWord::NOT_FOUND)),
            },
            _ => None,
        }
    }

    /// SELECT by path: `None` when the token knows better.
    fn select(&mut self, path: FilePath) -> Option<(Vec<u8>, StatusWord)> {
        let planned = self.files.get(&path).copied();
        let fci = match planned {
            Some(Some(fci)) => fci,
            Some(None) => return Some((Vec::new(), StatusWord::NOT_FOUND)),
            None if self.erased => return Some((Vec::new(), StatusWord::NOT_FOUND)),
            None => {
                // Which of the two it is shows in the answer; `correct` puts the folder right.
                self.folder.clone_from(&path);
                self.selected = path;
                return None;
            }
        };
        self.enter(path, fci.kind);
        Some((fci.select_answer(0x6F).to_vec(), StatusWord::SUCCESS))
    }

    fn enter(&mut self, path: FilePath, kind: FileKind) {
        self.folder = match (kind, path.split_last()) {
            (FileKind::Df, _) | (_, None) => path.clone(),
            (_, Some((_, folder))) => folder.to_vec(),
        };
        self.selected = path;
    }

    fn create(&mut self, template: &[u8]) {
        let Ok(fci) = Fci::parse(template) else { return };
        let mut path = match fci.properties.map(|properties| properties.kind()) {
            Some(kind) if kind.is_private_key() => vec![0x1000, 0x1000, 0x6002],
            Some(kind) if kind.is_public_key() => vec![0x1000, 0x1000, 0x6001],
            Some(ObjectKind::Pin) => {
                self.pins.push(fci.id as u8);
                vec![0x1000, 0x1000]
            }
            _ => self.folder.clone(),
        };
        if fci.id != 0x3F00 {
            path.push(fci.id);
        }
        self.files.insert(path.clone(), Some(fci));
        if fci.properties.is_none() {
            self.enter(path, fci.kind);
        }
    }

    /// Puts what would have been written into what the token answered.
    fn correct(&mut self, command: &Command<'_>, response: &mut [u8], len: usize) -> usize {
        let Some(answer) = response.get_mut(..len) else { return len };
        let Some((data, sw)) = StatusWord::split(answer) else { return len };
        let data_len = data.len();
        match (command.cla & 0x80, command.ins) {
            (0, ins::SELECT) if sw.is_success() => {
                if let Ok(fci) = Fci::parse(data) {
                    self.enter(self.selected.clone(), fci.kind);
                }
            }
            (0, ins::READ_BINARY) if sw.status() == Status::Success => {
                let offset = usize::from(u16::from_be_bytes([command.p1, command.p2]));
                let mut data = data.to_vec();
                self.patch(offset, &mut data);
                answer.iter_mut().zip(&data).take(data_len).for_each(|(place, byte)| *place = *byte);
            }
            _ => {}
        }
        len
    }

    fn patch(&self, offset: usize, data: &mut [u8]) {
        for (at, bytes) in self.writes.get(&self.selected).into_iter().flatten() {
            for (index, byte) in bytes.iter().enumerate() {
                if let Some(place) = (at + index).checked_sub(offset).and_then(|index| data.get_mut(index)) {
                    *place = *byte;
                }
            }
        }
    }

    /// The length of a public key, from the size of its object.
    fn public_key_len(&self, key: u8) -> usize {
        match self.files.get(&vec![0x1000, 0x1000, 0x6001, u16::from(key)]) {
            Some(Some(fci)) if fci.properties.is_some_and(|p| p.kind() == ObjectKind::RsaPublic) => {
                usize::from(fci.size) * 2 / 3
            }
            Some(Some(fci)) => fci.size.into(),
            _ => 64,
        }
    }

    /// At most 256 bytes; the rest is announced.
    fn part(&mut self, mut data: Vec<u8>) -> (Vec<u8>, StatusWord) {
        if data.len() > 256 {
            self.pending = data.split_off(256);
            let rest = self.pending.len();
            return (data, StatusWord::more_data(rest));
        }
        (data, StatusWord::SUCCESS)
    }
}

fn put(response: &mut [u8], data: &[u8], sw: StatusWord) -> Result<usize> {
    let answer: Vec<u8> = data.iter().copied().chain(sw.to_bytes()).collect();
    let place = response.get_mut(..answer.len());
    let place = place.ok_or_else(|| Problem::new(Code::Failed, say!("plan-no-room")))?;
    place.copy_from_slice(&answer);
    Ok(answer.len())
}

/// The message that says what a command is for.
const fn purpose(command: &Command<'_>) -> &'static str {
    match (command.cla & !0x10, command.ins) {
        (0x80, ins::RESET_ACCESS_RIGHTS) => "plan-log-out",
        (0x80, ins::FORMAT_START) => "plan-erase",
        (0x80, ins::FORMAT_END) => "plan-end-format",
        (0x00, ins::VERIFY) if command.p2 == Role::Admin.reference() => "plan-admin-login",
        (0x00, ins::VERIFY) => "plan-user-login",
        (0x00, ins::CHANGE_REFERENCE_DATA) if command.p2 == Role::Admin.reference() => "plan-set-admin-pin",
        (0x00, ins::CHANGE_REFERENCE_DATA) => "plan-set-user-pin",
        (0x00, ins::RESET_RETRY_COUNTER) => "plan-unblock",
        (0x00, ins::CREATE_FILE) => "plan-create-file",
        (0x00, ins::DELETE_FILE) => "plan-delete-file",
        (0x00, ins::UPDATE_BINARY) => "plan-write-file",
        (0x00, ins::GENERATE_KEY_PAIR) => "plan-generate",
        (0x00, ins::MANAGE_SECURITY_ENVIRONMENT) => "plan-choose-key",
        (0x00, ins::PERFORM_SECURITY_OPERATION) => "plan-use-key",
        _ => "plan-other",
    }
}
