//! OpenSSL as a judge, with its GOST engine where that is installed.

use crate::keys::Kind;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// OpenSSL in a folder of its own.
pub(crate) struct OpenSsl {
    folder: TempDir,
    engine: bool,
}

#[allow(dead_code, reason = "each test program uses some of it")]
impl OpenSsl {
    /// `None`, said visibly, where it is not installed or older than 3.
    pub(crate) fn find() -> Option<Self> {
        let version = Command::new("openssl").arg("version").output().ok();
        let text =
            version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        if !text.starts_with("OpenSSL 3") {
            println!("skipped: no OpenSSL 3 ({})", text.trim());
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let mut openssl = Self { folder, engine: false };
        openssl.engine = openssl.run("engine gost").contains("GOST engine");
        if !openssl.engine {
            println!("skipped: OpenSSL has no GOST engine; only RSA is judged by it");
        }
        Some(openssl)
    }

    pub(crate) fn knows(&self, kind: Kind) -> bool {
        match kind {
            Kind::Rsa => true,
            Kind::Russian2012_256 | Kind::Russian2012_512 => self.engine,
            Kind::Kazakh2004 | Kind::Kazakh2015 | Kind::Gamma => false,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, octets: &[u8]) {
        std::fs::write(self.folder.path().join(name), octets).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.path().join(name)).unwrap()
    }

    /// What a command says, on both outputs; `-engine gost` is added where the command takes it.
    pub(crate) fn run(&self, line: &str) -> String {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        let command = words.remove(0);
        let mut run = Command::new("openssl");
        run.current_dir(self.folder.path()).arg(command);
        if self.engine && !matches!(command, "engine" | "ocsp" | "ts") {
            run.args(["-engine", "gost"]);
        }
        if self.engine && matches!(command, "ocsp" | "ts") {
            // They have no option for engines, or not always; a configuration loads it.
            let configuration = "openssl_conf = init\n[init]\nengines = engines\n[engines]\ngost = gost\n[gost]\n\
                                 engine_id = gost\ndefault_algorithms = ALL\ninit = 1\n";
            self.write("openssl.cnf", configuration.as_bytes());
            run.env("OPENSSL_CONF", self.folder.path().join("openssl.cnf"));
        }
        let output = run.args(words).output().unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    }
}
