//! libxml2's xmllint and xmlsec1 as judges.

use std::process::{Command, Output};
use tempfile::TempDir;

/// A tool in a folder of its own.
pub(crate) struct Judge {
    tool: &'static str,
    folder: TempDir,
}

impl Judge {
    /// `None`, said visibly, where the tool is not installed.
    pub(crate) fn find(tool: &'static str) -> Option<Self> {
        if Command::new(tool).arg("--version").output().is_err() {
            println!("skipped: no {tool}");
            return None;
        }
        Some(Self { tool, folder: tempfile::tempdir().unwrap() })
    }

    pub(crate) fn write(&self, name: &str, octets: &[u8]) {
        std::fs::write(self.folder.path().join(name), octets).unwrap();
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(self.tool);
        command.current_dir(self.folder.path()).args(arguments).env("LC_ALL", "C").output().unwrap()
    }

    /// xmllint's canonical form with comments, `None` where it finds the document not well-formed.
    pub(crate) fn canonical(&self, document: &[u8], exclusive: bool) -> Option<Vec<u8>> {
        self.write("document.xml", document);
        let method = if exclusive { "--exc-c14n" } else { "--c14n" };
        let output = self.run(&[method, "--nonet", "document.xml"]);
        output.status.success().then_some(output.stdout)
    }
}
