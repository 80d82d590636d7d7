//! An emulated board: QEMU with its serial ports on sockets.

use kaztoken_lines::mux::{self, Joiner, Line};
use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// A board that QEMU has.
#[derive(Copy, Clone, Debug)]
pub(crate) struct BoardKind {
    /// Its name, which is QEMU's and the image's.
    pub(crate) name: &'static str,
    /// What the image is built for.
    pub(crate) target: &'static str,
    /// All lines on one port.
    pub(crate) one_port: bool,
    /// The longest frame that is tried. QEMU hands over a byte at a time where the port has no queue.
    pub(crate) long_frame: usize,
}

/// The boards, the one with every case first.
pub(crate) const BOARDS: [BoardKind; 4] = [
    BoardKind { name: "mps2-an386", target: "thumbv7em-none-eabi", one_port: false, long_frame: 100_000 },
    BoardKind { name: "lm3s6965evb", target: "thumbv7m-none-eabi", one_port: false, long_frame: 300_000 },
    BoardKind { name: "mps2-an505", target: "thumbv8m.main-none-eabi", one_port: false, long_frame: 100_000 },
    BoardKind { name: "microbit", target: "thumbv6m-none-eabi", one_port: true, long_frame: 100_000 },
];

/// How long a machine may take to have its sockets.
const START: Duration = Duration::from_secs(10);

/// A running board. Dropped, it is switched off.
#[derive(Debug)]
pub(crate) struct Machine {
    qemu: Child,
    folder: PathBuf,
}

/// What a board's card hangs on.
#[derive(Debug)]
pub(crate) struct CardPorts {
    /// C7.
    pub(crate) line: UnixStream,
    /// The other contacts.
    pub(crate) levels: UnixStream,
}

impl Machine {
    /// Starts a board in a folder of its own; its card's ports come with it.
    pub(crate) fn start(board: BoardKind, image: &Path, folder: &Path) -> io::Result<(Self, CardPorts)> {
        if board.one_port {
            let machine = Self::boot(board.name, image, folder, &[server(folder, "port")])?;
            let ports = demultiplex(connect(&folder.join("port"))?, &folder.join("host"))?;
            return Ok((machine, ports));
        }
        let machine = Self::alone(board, image, folder)?;
        let line = connect(&folder.join("line"))?;
        Ok((machine, CardPorts { line, levels: connect(&folder.join("levels"))? }))
    }

    /// Starts a board of three ports whose card's ports nobody has taken yet.
    pub(crate) fn alone(board: BoardKind, image: &Path, folder: &Path) -> io::Result<Self> {
        let serial = [server(folder, "host"), server(folder, "line"), server(folder, "levels")];
        Self::boot(board.name, image, folder, &serial)
    }

    /// Starts a board whose serial ports are these of QEMU's.
    pub(crate) fn boot(board: &str, image: &Path, folder: &Path, serial: &[String]) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let mut command = Command::new("timeout");
        command
            .args(["--kill-after=5", "120", "qemu-system-arm", "-M", board, "-accel", "tcg"])
            .args(["-display", "none", "-monitor", "none", "-nodefaults"])
            .args(serial.iter().flat_map(|port| ["-serial", port]))
            .arg("-kernel")
            .arg(image)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.join("qemu.log"))?);
        Ok(Self { qemu: command.spawn()?, folder: folder.to_owned() })
    }

    /// The socket of the computer's line.
    pub(crate) fn host(&self) -> PathBuf {
        self.folder.join("host")
    }

    /// Where its sockets are.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // `timeout` passes the signal on that its own end is.
        let _ = Command::new("kill").arg(self.qemu.id().to_string()).status();
        let _ = self.qemu.wait();
    }
}

/// A serial port of QEMU's that listens.
pub(crate) fn server(folder: &Path, name: &str) -> String {
    format!("unix:{},server=on,wait=off", folder.join(name).display())
}

/// Connects as soon as the socket is there.
pub(crate) fn connect(path: &Path) -> io::Result<UnixStream> {
    let begun = Instant::now();
    loop {
        match UnixStream::connect(path) {
            Err(error) if begun.elapsed() > START => return Err(error),
            Err(_) => thread::sleep(Duration::from_millis(5)),
            stream => return stream,
        }
    }
}

/// Makes three lines of one port: a socket that listens for the computer, and the card's two.
fn demultiplex(port: UnixStream, host: &Path) -> io::Result<CardPorts> {
    let listener = UnixListener::bind(host)?;
    let (line, line_inside) = UnixStream::pair()?;
    let (levels, levels_inside) = UnixStream::pair()?;
    let computer: Arc<Mutex<Option<UnixStream>>> = Arc::default();
    let to_port = Arc::new(Mutex::new(port.try_clone()?));

    for (which, mut inside) in
        [(Line::Card, line_inside.try_clone()?), (Line::Levels, levels_inside.try_clone()?)]
    {
        let to_port = Arc::clone(&to_port);
        thread::spawn(move || pass_on(&mut inside, which, &to_port));
    }
    let (accepted, to_port_of_host) = (Arc::clone(&computer), to_port);
    thread::spawn(move || {
        // One computer after another, as QEMU does it.
        for stream in listener.incoming().map_while(Result::ok) {
            let Ok(mut reader) = stream.try_clone() else { return };
            *accepted.lock().unwrap_or_else(PoisonError::into_inner) = Some(stream);
            pass_on(&mut reader, Line::Host, &to_port_of_host);
            *accepted.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    });
    thread::spawn(move || {
        let (mut port, mut line, mut levels) = (port, line_inside, levels_inside);
        let (mut joiner, mut chunk) = (Joiner::new(), [0; 512]);
        while let Ok(len @ 1..) = port.read(&mut chunk) {
            for (which, byte) in chunk[..len].iter().filter_map(|&half| joiner.push(half)) {
                let _ = match which {
                    Line::Card => line.write_all(&[byte]),
                    Line::Levels => levels.write_all(&[byte]),
                    // What nobody is there to hear is lost.
                    Line::Host => match &mut *computer.lock().unwrap_or_else(PoisonError::into_inner) {
                        Some(stream) => stream.write_all(&[byte]),
                        None => Ok(()),
                    },
                };
            }
        }
    });
    Ok(CardPorts { line, levels })
}

fn pass_on(from: &mut UnixStream, line: Line, port: &Mutex<UnixStream>) {
    let mut chunk = [0; 512];
    while let Ok(len @ 1..) = from.read(&mut chunk) {
        let halves: Vec<u8> = chunk[..len].iter().flat_map(|&byte| mux::split(line, byte)).collect();
        if port.lock().unwrap_or_else(PoisonError::into_inner).write_all(&halves).is_err() {
            return;
        }
    }
}
