//! Where the rules of test rigs and their ledger are.

use crate::args::Global;
use crate::exit::{Code, Problem, Result};
use crate::language::say;
use crate::toml_file;
use kaztoken_rig::host::safety::Rules;
use std::path::{Path, PathBuf};

/// The rules for a rig. Without a file of their own they allow nothing but virtual tokens.
pub(crate) fn rules(global: &Global, simulated: bool) -> Result<Rules> {
    let mut rules = match &global.rig_rules {
        Some(path) => read(path)?,
        None => match folder("XDG_CONFIG_HOME", ".config").map(|folder| folder.join("rig.toml")) {
            Some(path) if path.exists() => read(&path)?,
            _ => Rules::default(),
        },
    };
    if !simulated && rules.ledger.is_none() {
        rules.ledger = default_ledger();
    }
    Ok(rules)
}

/// Where this program writes down what has to outlive it.
pub(crate) fn state_folder() -> Option<PathBuf> {
    folder("XDG_STATE_HOME", ".local/state")
}

/// The ledger that is used when the rules name none.
fn default_ledger() -> Option<PathBuf> {
    state_folder().map(|folder| folder.join("rig-ledger.jsonl"))
}

/// The ledger that the rules name, or the usual one.
pub(crate) fn ledger(global: &Global) -> Result<PathBuf> {
    rules(global, false)?.ledger.ok_or_else(|| Problem::new(Code::Failed, say!("ledger-no-home")))
}

fn read(path: &Path) -> Result<Rules> {
    let mut rules: Rules = toml_file::read(path)?;
    // A ledger beside its rules stays there, whatever folder the program is started in.
    if let (Some(ledger), Some(folder)) = (&mut rules.ledger, path.parent()) {
        *ledger = folder.join(&*ledger);
    }
    Ok(rules)
}

/// This program's folder in the person's: as the XDG Base Directory Specification has it, on Windows as Windows has.
fn folder(variable: &str, below_home: &str) -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute(variable)
        .or_else(|| if cfg!(windows) { absolute("APPDATA") } else { None })
        .or_else(|| std::env::home_dir().map(|home| home.join(below_home)))?;
    Some(base.join("kaztoken"))
}
