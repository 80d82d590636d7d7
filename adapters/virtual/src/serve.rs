//! One token on several sockets at once.

use crate::card::VirtualToken;
use crate::fault::FaultPlan;
use crate::reader::ReaderConfig;
use crate::store::Store;
use crate::vpcd;
use core::net::Ipv4Addr;
use core::time::Duration;
use kaztoken_core::Millis;
use std::fmt;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
#[cfg(unix)]
use {
    crate::ccid::CcidDevice,
    crate::reader::{CardTraits, Reader},
    crate::usb::UsbId,
    crate::usbredir::{self, End},
    std::os::unix::fs::FileTypeExt,
    std::os::unix::net::{UnixListener, UnixStream},
    std::path::{Path, PathBuf},
    std::time::Instant,
};

/// How often a connection to vpcd is tried.
const RETRY: Duration = Duration::from_millis(100);

/// Something a person at the terminal may want to know.
#[derive(Debug)]
#[non_exhaustive]
pub enum Notice {
    /// The card waits for vpcd to listen on this port.
    WaitingForVpcd(u16),
    /// The card is in vpcd's slot.
    InVpcd(u16),
    /// vpcd closed the connection.
    VpcdClosed,
    /// QEMU may connect to this socket.
    #[cfg(unix)]
    WaitingForUsb(PathBuf),
    /// QEMU connected: the token is plugged in.
    PluggedIn,
    /// QEMU closed the connection.
    UsbClosed,
    /// A planned fault pulled the token out.
    Unplugged,
    /// A connection failed.
    Failed(io::Error),
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WaitingForVpcd(port) => {
                write!(f, "vpcd: waiting for a PC/SC daemon with vpcd on port {port}")
            }
            Self::InVpcd(port) => write!(f, "vpcd: the card is in the reader on port {port}"),
            Self::VpcdClosed => f.write_str("vpcd: the reader closed the connection"),
            #[cfg(unix)]
            Self::WaitingForUsb(path) => write!(f, "usb-redir: waiting for QEMU on {}", path.display()),
            Self::PluggedIn => f.write_str("usb-redir: the token is plugged in"),
            Self::UsbClosed => f.write_str("usb-redir: QEMU closed the connection"),
            Self::Unplugged => f.write_str("usb-redir: the token is pulled out, as planned"),
            Self::Failed(error) => write!(f, "the connection failed: {error}"),
        }
    }
}

type Tell = Arc<dyn Fn(Notice) + Send + Sync>;

/// Serves one token over any number of sockets, each in a thread of its own, until the process ends.
///
/// All of them reach the same card, so power off or reset on one logs out the others too. Ending the process
/// at any moment loses nothing: the state is saved before each answer.
pub struct Server<S: Store> {
    token: Arc<Mutex<VirtualToken<S>>>,
    plan: FaultPlan,
    generation_time: Millis,
    #[cfg_attr(not(unix), expect(dead_code, reason = "QEMU's socket is one of Unix"))]
    reader: Option<ReaderConfig>,
    tell: Tell,
    threads: Vec<JoinHandle<()>>,
}

impl<S: Store> fmt::Debug for Server<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("plan", &self.plan)
            .field("links", &self.threads.len())
            .finish_non_exhaustive()
    }
}

impl<S: Store + Send + 'static> Server<S> {
    /// A server of this token, with no socket yet.
    pub fn new(token: VirtualToken<S>) -> Self {
        Self {
            token: Arc::new(Mutex::new(token)),
            plan: FaultPlan::default(),
            generation_time: Millis(0),
            reader: None,
            tell: Arc::new(|_| {}),
            threads: Vec::new(),
        }
    }

    /// These faults will happen, over usb-redir. Set before a socket is added.
    #[must_use]
    pub fn faults(self, plan: FaultPlan) -> Self {
        Self { plan, ..self }
    }

    /// Generating a key takes at least this long. Set before a socket is added.
    #[must_use]
    pub fn generation_time(self, generation_time: Millis) -> Self {
        Self { generation_time, ..self }
    }

    /// Over usb-redir the token is a card in the first slot of this reader. Set before a socket is added.
    #[must_use]
    pub fn reader(self, config: ReaderConfig) -> Self {
        Self { reader: Some(config), ..self }
    }

    /// Where notices go. Set before a socket is added.
    #[must_use]
    pub fn on_notice(self, tell: impl Fn(Notice) + Send + Sync + 'static) -> Self {
        Self { tell: Arc::new(tell), ..self }
    }

    /// The token, shared with the sockets.
    pub fn token(&self) -> Arc<Mutex<VirtualToken<S>>> {
        Arc::clone(&self.token)
    }

    /// Puts the card into vpcd's reader on this port of the local host; waits for vpcd, and comes back after
    /// it ended.
    pub fn vpcd(&mut self, port: u16) {
        let (mut card, generation_time, tell) = (self.token(), self.generation_time, Arc::clone(&self.tell));
        self.threads.push(thread::spawn(move || {
            loop {
                tell(Notice::WaitingForVpcd(port));
                let stream = loop {
                    match TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
                        Ok(stream) => break stream,
                        Err(_) => thread::sleep(RETRY),
                    }
                };
                // Without this a small answer may wait for an acknowledgement.
                let _ = stream.set_nodelay(true);
                tell(Notice::InVpcd(port));
                match vpcd::serve(&mut card, Prompt(stream), generation_time) {
                    Ok(()) => tell(Notice::VpcdClosed),
                    Err(error) => tell(Notice::Failed(error)),
                }
                thread::sleep(RETRY);
            }
        }));
    }

    /// Offers the token as a USB device to QEMU on a socket at this path; after a connection ended, to the
    /// next one. A socket left there by an earlier run is replaced, any other file is not.
    ///
    /// # Errors
    /// When the socket cannot be made.
    #[cfg(unix)]
    pub fn usb_redir(&mut self, path: &Path, id: UsbId) -> io::Result<()> {
        if std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket()) {
            std::fs::remove_file(path)?;
        }
        let listener = UnixListener::bind(path)?;
        let (card, path) = (self.token(), path.to_owned());
        let (plan, generation_time) = (self.plan.clone(), self.generation_time);
        if let Some(config) = self.reader.clone() {
            let traits = CardTraits { generation_time, ..CardTraits::default() };
            let mut reader = Reader::new(config).faults(plan);
            reader.insert_with(0, card, traits);
            let epoch = Instant::now();
            self.listen(listener, path, move |stream| usbredir::serve_reader(&mut reader, epoch, id, stream));
        } else {
            let mut device = CcidDevice::new(plan).generation_time(generation_time);
            self.listen(listener, path, move |stream| {
                usbredir::serve(Arc::clone(&card), &mut device, id, stream)
            });
        }
        Ok(())
    }

    #[cfg(unix)]
    fn listen(
        &mut self,
        listener: UnixListener,
        path: PathBuf,
        mut serve: impl FnMut(UnixStream) -> io::Result<End> + Send + 'static,
    ) {
        let tell = Arc::clone(&self.tell);
        self.threads.push(thread::spawn(move || {
            loop {
                tell(Notice::WaitingForUsb(path.clone()));
                let ended = listener.accept().and_then(|(stream, _)| {
                    tell(Notice::PluggedIn);
                    serve(stream)
                });
                tell(match ended {
                    Ok(End::Closed) => Notice::UsbClosed,
                    Ok(End::Unplugged) => Notice::Unplugged,
                    Err(error) => Notice::Failed(error),
                });
                thread::sleep(RETRY);
            }
        }));
    }

    /// Waits for the sockets, that is for ever. Returns at once when there is none.
    pub fn wait(self) {
        for thread in self.threads {
            // A thread that panicked has told so already; the others go on.
            let _ = thread.join();
        }
    }
}

/// A stream whose reads are acknowledged at once. vpcd sends length and data apart, and waits with the
/// data until the length is acknowledged: 40 ms an APDU otherwise.
struct Prompt(TcpStream);

impl Read for Prompt {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Linux forgets the setting, so it is made before each read; where it is missing it is only slow.
        #[cfg(target_os = "linux")]
        let _ = std::os::linux::net::TcpStreamExt::set_quickack(&self.0, true);
        self.0.read(buffer)
    }
}

impl Write for Prompt {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
