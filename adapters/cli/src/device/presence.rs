//! What is at the bus, found without opening it; and each opened once it is wanted.

use super::{Attached, on_rig, usb_candidate, virtual_file};
use crate::args::{Global, Via};
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::output::printable;
use crate::said::Said as _;
use kaztoken_rig::host::Address;
use kaztoken_usb::{Candidate, Usb};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Something that may be a token, seen from outside.
pub(crate) struct Present {
    /// What tells it apart from the others; another one after a replug where the bus shows that.
    pub(crate) id: String,
    pub(crate) via: Via,
    pub(crate) place: String,
    pub(crate) name: String,
    /// What shows from outside of its state. It changes when another program may have changed the token.
    pub(crate) stamp: String,
    /// It is a token by its identity, whether it can be opened or not.
    pub(crate) is_token: bool,
    source: Source,
}

enum Source {
    Usb(Box<Candidate>),
    File(PathBuf),
    Rig,
    #[cfg(feature = "pcsc")]
    Reader(kaztoken_pcsc::Reader),
}

impl Present {
    /// Powers the token on.
    pub(crate) fn open(&self, global: &Global) -> Attached {
        match (&self.source, global.rig()) {
            (Source::Usb(candidate), _) => usb_candidate(candidate, global, None),
            (Source::File(file), _) => virtual_file(file, global, None),
            (Source::Rig, Some(address)) => on_rig(address, global, None),
            #[cfg(feature = "pcsc")]
            (Source::Reader(reader), _) => super::pcsc_reader(reader, global, None),
            (Source::Rig, None) => Attached {
                via: Via::Rig,
                place: self.place.clone(),
                name: self.name.clone(),
                is_token: true,
                token: Err(super::no_token()),
            },
        }
    }
}

/// Looks at the bus again and again, and opens nothing.
pub(crate) struct Bus<'g> {
    global: &'g Global,
    via: Via,
    /// libusb, started once.
    usb: Option<Usb>,
}

impl<'g> Bus<'g> {
    /// The bus of the way asked for. A trace has none.
    pub(crate) fn new(global: &'g Global) -> Result<Self> {
        let via = global.via()?;
        let usb = match via {
            Via::Usb => Some(Usb::new()?),
            Via::Replay => return Err(Problem::new(Code::Usage, say!("watch-no-replay"))),
            #[cfg(not(feature = "pcsc"))]
            Via::Pcsc => return Err(super::without_pcsc()),
            _ => None,
        };
        Ok(Self { global, via, usb })
    }

    /// What is there now.
    pub(crate) fn look(&self) -> Result<Vec<Present>> {
        match self.via {
            Via::Virtual => Ok(self.global.virtual_files.iter().filter_map(|file| of_file(file)).collect()),
            Via::Rig => {
                Ok(self.global.rig().filter(|address| is_there(address)).map(of_rig).into_iter().collect())
            }
            #[cfg(feature = "pcsc")]
            Via::Pcsc => Ok(kaztoken_pcsc::readers()?.into_iter().map(of_reader).collect()),
            _ => match &self.usb {
                Some(usb) => Ok(usb.discover()?.into_iter().map(of_candidate).collect()),
                None => Ok(Vec::new()),
            },
        }
    }
}

fn of_file(file: &Path) -> Option<Present> {
    let metadata = std::fs::metadata(file).ok()?;
    let place = printable(&file.display().to_string());
    Some(Present {
        id: file.display().to_string(),
        via: Via::Virtual,
        place,
        name: "virtual token".into(),
        stamp: format!("{:?} {}", metadata.modified().ok(), metadata.len()),
        is_token: true,
        source: Source::File(file.to_owned()),
    })
}

fn of_rig(address: &Address) -> Present {
    let place = address.to_string();
    Present {
        id: place.clone(),
        via: Via::Rig,
        place: printable(&place),
        name: "rig".into(),
        stamp: String::new(),
        is_token: true,
        source: Source::Rig,
    }
}

/// Whether the port or socket of a rig is there. Of one behind TCP that shows only when it is opened.
fn is_there(address: &Address) -> bool {
    match address {
        Address::Path { path, .. } => !path.contains('/') || Path::new(path).exists(),
        _ => true,
    }
}

fn of_candidate(candidate: Candidate) -> Present {
    let place = candidate.location.to_string();
    let product = candidate.product.clone();
    let name = product.or_else(|| candidate.known.map(|known| known.name.to_owned()));
    let name = name.unwrap_or_else(|| format!("{:04X}:{:04X}", candidate.vendor_id, candidate.product_id));
    Present {
        id: place,
        via: Via::Usb,
        place: candidate.location.said(),
        name: printable(&name),
        stamp: candidate.obstacle.as_ref().map(ToString::to_string).unwrap_or_default(),
        is_token: candidate.known.is_some(),
        source: Source::Usb(Box::new(candidate)),
    }
}

#[cfg(feature = "pcsc")]
fn of_reader(reader: kaztoken_pcsc::Reader) -> Present {
    let place = printable(&reader.name());
    Present {
        id: place.clone(),
        via: Via::Pcsc,
        place,
        name: "card".into(),
        stamp: format!("{:?} {}", reader.state, crate::output::hex(&reader.atr)),
        is_token: super::known_model(&reader.atr).is_ok(),
        source: Source::Reader(reader),
    }
}

/// What has changed between two looks at the bus.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    stamps: BTreeMap<String, String>,
}

/// A change at the bus.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Change {
    /// It was not there before.
    Came(String),
    /// It is there as before, and another program may have changed the token.
    Touched(String),
    Gone(String),
}

impl Seen {
    /// Compares with the look before.
    pub(crate) fn compare(&mut self, now: &[Present]) -> Vec<Change> {
        let pairs = now.iter().map(|present| (present.id.clone(), present.stamp.clone()));
        self.compare_stamps(pairs.collect())
    }

    fn compare_stamps(&mut self, now: BTreeMap<String, String>) -> Vec<Change> {
        let gone = self.stamps.keys().filter(|id| !now.contains_key(*id)).cloned().map(Change::Gone);
        let mut changes: Vec<_> = gone.collect();
        for (id, stamp) in &now {
            match self.stamps.get(id) {
                None => changes.push(Change::Came(id.clone())),
                Some(before) if before != stamp => changes.push(Change::Touched(id.clone())),
                Some(_) => {}
            }
        }
        self.stamps = now;
        changes
    }

    /// This one could not be read in peace: the next look finds it touched.
    pub(crate) fn again(&mut self, id: &str) {
        if let Some(stamp) = self.stamps.get_mut(id) {
            *stamp = "again".to_owned();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_at_the_bus() {
        let now = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(id, stamp)| ((*id).to_owned(), (*stamp).to_owned())).collect()
        };
        let mut seen = Seen::default();
        assert_eq!(seen.compare_stamps(now(&[("a", "1")])), [Change::Came("a".into())]);
        assert_eq!(seen.compare_stamps(now(&[("a", "1")])), []);
        assert_eq!(
            seen.compare_stamps(now(&[("a", "2"), ("b", "1")])),
            [Change::Touched("a".into()), Change::Came("b".into())]
        );
        seen.again("b");
        assert_eq!(
            seen.compare_stamps(now(&[("b", "1")])),
            [Change::Gone("a".into()), Change::Touched("b".into())]
        );
    }
}
