//! A card in QEMU: C7 and its other contacts are sockets.

use crate::reader::Reader;
use std::fs;
use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A board that QEMU has.
#[derive(Copy, Clone, Debug)]
pub(crate) struct BoardKind {
    /// QEMU's name, and the image's after `card-`.
    pub(crate) name: &'static str,
    /// What the image is built for.
    target: &'static str,
    /// Bytes that its token has for files.
    pub(crate) memory: u32,
}

/// The boards.
pub(crate) const BOARDS: [BoardKind; 2] = [
    BoardKind { name: "mps2-an386", target: "thumbv7em-none-eabi", memory: 16 * 1024 },
    BoardKind { name: "lm3s6965evb", target: "thumbv7m-none-eabi", memory: 4 * 1024 },
];

/// How long a machine may take to have its sockets.
const START: Duration = Duration::from_secs(10);

/// A thousand nanoseconds an instruction: a processor of 1 MIPS. QEMU is as fast as ever, but the processor's timer
/// runs with it.
pub(crate) const SLOW: &[&str] = &["-icount", "shift=10"];

/// What a case runs on.
pub(crate) struct Bench {
    pub(crate) kind: BoardKind,
    image: PathBuf,
    folder: PathBuf,
}

/// A running card. Dropped, it is switched off.
pub(crate) struct Running {
    qemu: Child,
    pub(crate) reader: Reader,
}

impl Bench {
    /// In an empty folder.
    pub(crate) fn new(kind: BoardKind, images: &Path, folder: &Path) -> Result<Self, String> {
        let image = images.join(kind.target).join("release").join(format!("card-{}", kind.name));
        let folder = folder.join(kind.name);
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(|error| error.to_string())?;
        }
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        Ok(Self { kind, image, folder })
    }

    /// Makes room for another start.
    pub(crate) fn clear(&self) -> Result<(), String> {
        ["line", "levels"]
            .into_iter()
            .try_for_each(|name| fs::remove_file(self.folder.join(name)))
            .map_err(|error| error.to_string())
    }

    /// Starts the card and waits until it says that it is there.
    pub(crate) fn start(&self, options: &[&str]) -> Result<Running, String> {
        self.boot(options).map_err(|error| format!("the board does not start: {error}"))
    }

    fn boot(&self, options: &[&str]) -> io::Result<Running> {
        let [line, levels] = ["line", "levels"].map(|name| self.folder.join(name));
        let listeners = [UnixListener::bind(&line)?, UnixListener::bind(&levels)?];
        let qemu =
            start(self.kind.name, &self.image, [&line, &levels], options, &self.folder.join("qemu.log"))?;
        let [line, levels] = listeners.map(|listener| accept(&listener));
        let mut running = Running { qemu, reader: Reader::new(line?, levels?) };
        running.reader.wait_for_card()?;
        Ok(running)
    }
}

/// Starts a card's image in QEMU; C7 and the other contacts go to these two sockets, which must listen already.
fn start(board: &str, image: &Path, ports: [&Path; 2], options: &[&str], log: &Path) -> io::Result<Child> {
    let serial = ports.map(|port| format!("unix:{}", port.display()));
    Command::new("timeout")
        .args(["--kill-after=5", "120", "qemu-system-arm", "-M", board, "-accel", "tcg"])
        .args(["-display", "none", "-monitor", "none", "-nodefaults"])
        .args(serial.iter().flat_map(|port| ["-serial", port]))
        .args(options)
        .arg("-kernel")
        .arg(image)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(log)?)
        .spawn()
}

fn accept(listener: &UnixListener) -> io::Result<UnixStream> {
    listener.set_nonblocking(true)?;
    let begun = Instant::now();
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false)?;
                return Ok(stream);
            }
            Err(error) if error.kind() != io::ErrorKind::WouldBlock || begun.elapsed() > START => {
                return Err(error);
            }
            Err(_) => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // `timeout` passes the signal on that its own end is.
        let _ = Command::new("kill").arg(self.qemu.id().to_string()).status();
        let _ = self.qemu.wait();
    }
}
