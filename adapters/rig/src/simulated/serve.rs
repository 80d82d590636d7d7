//! Serving a bench on a line.

use crate::Micros;
use crate::bench::Bench;
use crate::host::{Address, Line, Receive, Transmit};
use crate::server::{Buffers, Server};
use core::time::Duration;
use kaztoken_core::Millis;
use std::io;
use std::net::TcpListener;
#[cfg(unix)]
use std::os::unix::{fs::FileTypeExt, net::UnixListener};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Instant;

/// How long a wait for input is while the bench is at work, and otherwise.
const BUSY: Duration = Duration::from_millis(1);
const IDLE: Duration = Duration::from_millis(20);

/// Serves one host on a line until it closes it: the firmware's loop, on a computer.
///
/// # Errors
/// Of the line. The host closing it is none.
pub fn serve(line: Line, bench: &mut impl Bench, silence: Millis) -> io::Result<()> {
    let Line { mut receive, mut transmit } = line;
    let start = Instant::now();
    let now = || Micros(u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX));
    let mut buffers = Box::new(Buffers::new());
    let mut server = Server::new(&mut buffers, silence);
    let mut chunk = zeroize::Zeroizing::new([0; 512]);
    let ended = loop {
        let wait = if server.is_busy() { BUSY } else { IDLE };
        match receive.receive(&mut *chunk, wait) {
            Ok(Some(len)) => {
                // The host may have been read late, if the bench kept this thread.
                server.handle_input(now(), chunk.get(..len).unwrap_or_default());
            }
            Ok(None) => {}
            Err(error) if is_closed(&error) => break Ok(()),
            Err(error) => break Err(error),
        }
        loop {
            server.poll(now(), bench);
            let out = server.poll_transmit();
            if out.is_empty() {
                break;
            }
            let len = out.len();
            match transmit.transmit(out) {
                Ok(()) => server.transmitted(len),
                Err(error) if is_closed(&error) => break,
                Err(error) => {
                    bench.stop(now());
                    return Err(error);
                }
            }
            // Whoever is closed shows at the next read.
            if server.poll_transmit().len() == len {
                break;
            }
        }
    };
    bench.stop(now());
    ended
}

fn is_closed(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(error.kind(), K::UnexpectedEof | K::BrokenPipe | K::ConnectionReset | K::ConnectionAborted)
}

/// A rig in a thread of its own, and the line to it. When the line is dropped the thread ends and gives the
/// bench back.
pub fn in_process<B>(mut bench: B, silence: Millis) -> (Line, JoinHandle<B>)
where
    B: Bench + Send + 'static,
{
    let (to_rig, at_rig) = channel();
    let (to_host, at_host) = channel();
    let rig = Line::new(FromChannel::new(at_rig), IntoChannel(to_host));
    let thread = std::thread::spawn(move || {
        // A channel has no faults but its end.
        let _ = serve(rig, &mut bench, silence);
        bench
    });
    (Line::new(FromChannel::new(at_host), IntoChannel(to_rig)), thread)
}

struct IntoChannel(Sender<Vec<u8>>);

impl Transmit for IntoChannel {
    fn transmit(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.send(bytes.to_vec()).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

struct FromChannel {
    channel: Receiver<Vec<u8>>,
    rest: Vec<u8>,
}

impl FromChannel {
    const fn new(channel: Receiver<Vec<u8>>) -> Self {
        Self { channel, rest: Vec::new() }
    }
}

impl Receive for FromChannel {
    fn receive(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<Option<usize>> {
        if self.rest.is_empty() {
            self.rest = match self.channel.recv_timeout(timeout) {
                Ok(bytes) => bytes,
                Err(RecvTimeoutError::Timeout) => return Ok(None),
                Err(RecvTimeoutError::Disconnected) => return Err(io::ErrorKind::UnexpectedEof.into()),
            };
        }
        let len = self.rest.len().min(buffer.len());
        for (place, byte) in buffer.iter_mut().zip(self.rest.drain(..len)) {
            *place = byte;
        }
        Ok(Some(len))
    }
}

/// Waits for hosts at an address, as [`Line::open`] finds it.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
}

#[derive(Debug)]
enum Socket {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener),
}

impl Listener {
    /// Listens on a Unix socket or over TCP. A socket left there by an earlier run is replaced, any other file
    /// is not.
    ///
    /// # Errors
    /// Of the operating system.
    pub fn bind(address: &Address) -> io::Result<Self> {
        let socket = match address {
            Address::Tcp(place) => Socket::Tcp(TcpListener::bind(place.as_str())?),
            #[cfg(unix)]
            Address::Path { path, .. } => {
                if std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket()) {
                    std::fs::remove_file(path)?;
                }
                Socket::Unix(UnixListener::bind(path)?)
            }
            #[cfg(not(unix))]
            Address::Path { .. } => return Err(io::ErrorKind::Unsupported.into()),
        };
        Ok(Self { socket })
    }

    /// The next host.
    ///
    /// # Errors
    /// Of the operating system.
    pub fn accept(&self) -> io::Result<Line> {
        match &self.socket {
            Socket::Tcp(socket) => Line::from_tcp(socket.accept()?.0),
            #[cfg(unix)]
            Socket::Unix(socket) => Line::from_unix(socket.accept()?.0),
        }
    }

    /// Where a TCP socket listens really: the port may have been 0.
    #[must_use]
    pub fn place(&self) -> Option<String> {
        match &self.socket {
            Socket::Tcp(socket) => Some(format!("tcp:{}", socket.local_addr().ok()?)),
            #[cfg(unix)]
            Socket::Unix(_) => None,
        }
    }
}
