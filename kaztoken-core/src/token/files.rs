//! Files and folders.

use super::{Error, Path, Session, Step};
use crate::apdu::{Command, Fci, FileKind, Reply, Status, ins};

/// The most entries of one folder that are listed.
pub const MAX_CHILDREN: usize = 255;
/// The most bytes one READ BINARY brings.
const READ_PART: usize = 256;
/// The most bytes one UPDATE BINARY takes.
const UPDATE_PART: usize = 255;
/// An FCI with every known tag has 46 bytes; more would be a token nobody has seen.
const FCI_LEN: usize = 256;

/// The result of looking for a file.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Found {
    Yes(Fci),
    No,
}

impl Session<'_> {
    /// Selects a file by its path; it and its folder become current.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none.
    pub async fn select(&mut self, path: Path) -> Result<Fci, Error> {
        match self.look(path).await? {
            Found::Yes(fci) => Ok(fci),
            Found::No => Err(Error::NotFound { what: "file" }),
        }
    }

    pub(super) async fn look(&mut self, path: Path) -> Result<Found, Error> {
        let bytes = path.to_bytes();
        let command = match bytes.is_empty() {
            true => Command::new(0, ins::SELECT, 0x00, 0x00).data(&[0x3F, 0x00]),
            false => Command::new(0, ins::SELECT, 0x08, 0x00).data(&bytes),
        };
        self.found(command.ne(256)).await
    }

    async fn found(&mut self, command: Command<'_>) -> Result<Found, Error> {
        let mut answer = [0; FCI_LEN];
        let Reply { len, sw } = self.transmit(command, &mut answer).await?;
        match sw.status() {
            Status::Success => Ok(Found::Yes(Fci::parse(answer.get(..len).unwrap_or_default())?)),
            Status::NotFound => Ok(Found::No),
            _ => Err(Error::Card { step: Step::Select, sw }),
        }
    }

    /// Lists a folder's children. The order is the token's own.
    ///
    /// # Errors
    /// [`Error::Full`] when there are more than `N`, or more than [`MAX_CHILDREN`].
    pub async fn list<const N: usize>(&mut self, folder: Path) -> Result<heapless::Vec<Fci, N>, Error> {
        let mut children: heapless::Vec<Fci, N> = heapless::Vec::new();
        self.each_child(folder, |child| {
            children.push(*child).map_err(|_| Error::Full { what: "the listing" })
        })
        .await?;
        Ok(children)
    }

    /// Shows every child of a folder. One at a time is in memory: a list of all would be most of what a small
    /// machine has.
    pub(super) async fn each_child(
        &mut self,
        folder: Path,
        mut show: impl FnMut(&Fci) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut seen: heapless::Vec<u16, MAX_CHILDREN> = heapless::Vec::new();
        let mut found = match self.look(folder).await? {
            Found::No => return Err(Error::NotFound { what: "folder" }),
            Found::Yes(_) => self.found(Command::new(0, ins::SELECT, 0x00, 0x00).ne(256)).await?,
        };
        while let Found::Yes(child) = found {
            if seen.contains(&child.id) {
                return Err(Error::Malformed { step: Step::Select, what: "a folder lists a file twice" });
            }
            seen.push(child.id).map_err(|_| Error::Full { what: "the listing" })?;
            show(&child)?;
            if child.kind == FileKind::Df {
                // The token entered the child folder.
                let mut answer = [0; FCI_LEN];
                self.done(Step::Select, Command::new(0, ins::SELECT, 0x03, 0x00).ne(256), &mut answer)
                    .await?;
            }
            let id = child.id.to_be_bytes();
            found = self.found(Command::new(0, ins::SELECT, 0x00, 0x02).data(&id).ne(256)).await?;
        }
        Ok(())
    }

    /// Counts a folder's children; a folder that is not there has none.
    pub(super) async fn count_children(&mut self, folder: Path) -> Result<u16, Error> {
        let mut count = 0u16;
        let counted = self.each_child(folder, |_| {
            count = count.saturating_add(1);
            Ok(())
        });
        match counted.await {
            Ok(()) => Ok(count),
            Err(Error::NotFound { .. }) => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Counts the files in the folders that the vendor's and other software use (1000/1001/8001 and
    /// 8002, 1000/1002 to 1004). What they hold is not public. A folder that the token does not let
    /// be listed counts as empty.
    pub async fn foreign_files(&mut self) -> Result<u16, Error> {
        let mut count = 0u16;
        for folder in Path::FOREIGN {
            match self.count_children(folder).await {
                Ok(files) => count = count.saturating_add(files),
                Err(Error::Card { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(count)
    }

    /// Reads a file from its start into `out`; returns its length, which is at most that of `out`.
    pub async fn read_file(&mut self, path: Path, out: &mut [u8]) -> Result<usize, Error> {
        let size = usize::from(self.select(path).await?.size);
        let place = out.get_mut(..size).ok_or(Error::BufferTooSmall { needed: size })?;
        self.read_selected(0, place).await
    }

    /// Reads the start of a file, as much as `out` holds; `None` when there is no such file. Never
    /// reads beyond the end, where a token's answer is not public.
    pub(super) async fn read_start(&mut self, path: Path, out: &mut [u8]) -> Result<Option<usize>, Error> {
        match self.look(path).await? {
            Found::No => Ok(None),
            Found::Yes(fci) => {
                let size = out.len().min(fci.size.into());
                self.read_selected(0, out.get_mut(..size).unwrap_or_default()).await.map(Some)
            }
        }
    }

    /// Reads the selected file from `offset` until `out` is full or the file ends.
    pub(super) async fn read_selected(&mut self, offset: usize, out: &mut [u8]) -> Result<usize, Error> {
        let mut read = 0usize;
        while let Some(rest) = out.get_mut(read..).filter(|rest| !rest.is_empty()) {
            let [p1, p2] = short_offset(offset.saturating_add(read))?;
            let wanted = rest.len().min(READ_PART);
            let part = rest.get_mut(..wanted).unwrap_or_default();
            let command = Command::new(0, ins::READ_BINARY, p1, p2).ne(wanted as u32);
            let Reply { len, sw } = self.transmit(command, part).await?;
            match sw.status() {
                Status::Success => {}
                Status::WrongOffset if read > 0 => break,
                _ => return Err(Error::Card { step: Step::Read, sw }),
            }
            read = read.saturating_add(len);
            if len < wanted {
                break;
            }
        }
        Ok(read)
    }

    /// Writes `data` into a file at `offset`.
    pub async fn write_file(&mut self, path: Path, offset: usize, data: &[u8]) -> Result<(), Error> {
        let size = usize::from(self.select(path).await?.size);
        if offset.saturating_add(data.len()) > size {
            return Err(Error::Full { what: "the file" });
        }
        self.write_selected(offset, data).await
    }

    /// Writes into the selected file.
    pub(super) async fn write_selected(&mut self, offset: usize, data: &[u8]) -> Result<(), Error> {
        let mut at = offset;
        for part in data.chunks(UPDATE_PART) {
            let [p1, p2] = short_offset(at)?;
            let command = Command::new(0, ins::UPDATE_BINARY, p1, p2).data(part);
            self.done(Step::Update, command, &mut []).await?;
            at = at.saturating_add(part.len());
        }
        Ok(())
    }

    /// Creates a file in a folder.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::Full`].
    pub async fn create_file(&mut self, folder: Path, fci: Fci) -> Result<(), Error> {
        self.select(folder).await?;
        self.create_here(fci).await
    }

    /// Creates a file in the current folder.
    pub(super) async fn create_here(&mut self, fci: Fci) -> Result<(), Error> {
        let template = fci.create_template();
        let command = Command::new(0, ins::CREATE_FILE, 0, 0).data(&template);
        let sw = self.transmit(command, &mut []).await?.sw;
        match sw.status() {
            Status::Success => Ok(()),
            Status::FileExists => Err(Error::Exists { what: "file" }),
            Status::NoMemory => Err(Error::Full { what: "the token" }),
            _ => Err(Error::Card { step: Step::Create, sw }),
        }
    }

    /// Deletes a file. A folder goes with all that is in it.
    pub async fn delete_file(&mut self, path: Path) -> Result<(), Error> {
        self.select(path).await?;
        let id = path.id().to_be_bytes();
        let command = Command::new(0, ins::DELETE_FILE, 0, 0).data(&id);
        self.done(Step::Delete, command, &mut []).await.map(|_| ())
    }

    /// Reads random bytes from the token's generator. How many it gives at most for one command is
    /// not public; 256 are asked for.
    pub async fn random(&mut self, out: &mut [u8]) -> Result<(), Error> {
        for part in out.chunks_mut(READ_PART) {
            let command = Command::new(0, ins::GET_CHALLENGE, 0, 0).ne(part.len() as u32);
            let wanted = part.len();
            let got = self.done(Step::Random, command, part).await?;
            if got != wanted {
                return Err(Error::Malformed {
                    step: Step::Random,
                    what: "fewer random bytes than asked for",
                });
            }
        }
        Ok(())
    }
}

/// P1 P2 of READ and UPDATE BINARY: 15 bits.
fn short_offset(offset: usize) -> Result<[u8; 2], Error> {
    match u16::try_from(offset) {
        Ok(offset @ 0..=0x7FFF) => Ok(offset.to_be_bytes()),
        _ => Err(Error::WrongInput { what: "files end at byte 32767" }),
    }
}
