//! Bytes to and from a rig.

use super::address::Address;
use super::error::Error;
use core::fmt;
use core::time::Duration;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
#[cfg(unix)]
use std::os::{
    fd::AsFd,
    unix::{fs::FileTypeExt, net::UnixStream},
};

/// A line that takes no byte for so long is broken.
const LONGEST_SEND: Duration = Duration::from_secs(5);
/// How long a computer may take to accept a connection.
const LONGEST_CONNECT: Duration = Duration::from_secs(5);

/// The end of a line from which bytes come.
pub trait Receive: Send {
    /// Waits at most `timeout` for bytes and returns how many came, or `None` when none did.
    ///
    /// # Errors
    /// Of the line. A line that was closed is [`io::ErrorKind::UnexpectedEof`].
    fn receive(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<Option<usize>>;
}

/// The end of a line into which bytes go.
pub trait Transmit: Send {
    /// Sends all of these bytes.
    ///
    /// # Errors
    /// Of the line.
    fn transmit(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// A line to a rig: both of its ends, which may be used by two threads.
pub struct Line {
    pub(crate) receive: Box<dyn Receive>,
    pub(crate) transmit: Box<dyn Transmit>,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").finish_non_exhaustive()
    }
}

impl Line {
    /// A line of the caller's own.
    pub fn new(receive: impl Receive + 'static, transmit: impl Transmit + 'static) -> Self {
        Self { receive: Box::new(receive), transmit: Box::new(transmit) }
    }

    /// Both ends, for a line of the caller's own around this one.
    #[must_use]
    pub fn into_ends(self) -> (Box<dyn Receive>, Box<dyn Transmit>) {
        (self.receive, self.transmit)
    }

    /// Opens the line to the rig at this address. Nothing is sent.
    ///
    /// # Errors
    /// [`Error::Open`].
    pub fn open(address: &Address) -> Result<Self, Error> {
        let opened = match address {
            Address::Tcp(place) => tcp(place),
            Address::Path { path, speed } => path_line(path, *speed),
        };
        opened.map_err(|error| Error::Open { place: address.to_string(), error })
    }

    /// The line over a connected socket.
    ///
    /// # Errors
    /// Of the operating system.
    #[cfg(unix)]
    pub fn from_unix(stream: UnixStream) -> io::Result<Self> {
        stream.set_write_timeout(Some(LONGEST_SEND))?;
        let transmit = stream.try_clone()?;
        Ok(Self::new(Timed { stream, timeout: None }, Plain(transmit)))
    }

    /// The line over a connected socket.
    ///
    /// # Errors
    /// Of the operating system.
    pub fn from_tcp(stream: TcpStream) -> io::Result<Self> {
        // Without this a request may wait for the acknowledgement of the one before.
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(LONGEST_SEND))?;
        let transmit = stream.try_clone()?;
        Ok(Self::new(Timed { stream, timeout: None }, Plain(transmit)))
    }
}

/// The serial ports of this computer. Bluetooth is left out: to open such a port may call another device.
///
/// # Errors
/// Of the operating system.
pub fn ports() -> io::Result<Vec<Address>> {
    let ports = serialport::available_ports().map_err(io::Error::from)?;
    let wired = |port: &serialport::SerialPortInfo| {
        !matches!(port.port_type, serialport::SerialPortType::BluetoothPort)
    };
    let address =
        |port: serialport::SerialPortInfo| Address::Path { path: port.port_name, speed: super::SPEED };
    Ok(ports.into_iter().filter(wired).map(address).collect())
}

fn tcp(place: &str) -> io::Result<Line> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in place.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, LONGEST_CONNECT) {
            Ok(stream) => return Line::from_tcp(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn path_line(path: &str, speed: u32) -> io::Result<Line> {
    #[cfg(unix)]
    {
        let kind = std::fs::metadata(path)?.file_type();
        if kind.is_socket() {
            return Line::from_unix(UnixStream::connect(path)?);
        }
        if !kind.is_char_device() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no serial port and no socket"));
        }
    }
    // The port is this program's alone: serialport asks the operating system for that.
    let port = serialport::new(path, speed).timeout(LONGEST_SEND).open().map_err(|error| {
        let error = io::Error::from(error);
        match error.kind() {
            // It is there, see above: this is how serialport says that another program has it.
            io::ErrorKind::NotFound if cfg!(unix) => io::Error::new(io::ErrorKind::ResourceBusy, error),
            _ => error,
        }
    })?;
    let transmit = port.try_clone()?;
    Ok(Line::new(Serial(port), Serial(transmit)))
}

struct Serial(Box<dyn serialport::SerialPort>);

impl Receive for Serial {
    fn receive(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<Option<usize>> {
        self.0.set_timeout(timeout.max(Duration::from_millis(1)))?;
        came(self.0.read(buffer))
    }
}

impl Transmit for Serial {
    fn transmit(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }
}

/// A socket whose timeout is set only when it changes.
struct Timed<S> {
    stream: S,
    timeout: Option<Duration>,
}

/// What sockets have in common.
trait Socket: Read + Send {
    fn limit(&self, timeout: Duration) -> io::Result<()>;

    /// Reads what is there already.
    fn read_at_once(&mut self, buffer: &mut [u8]) -> io::Result<usize>;
}

impl Socket for TcpStream {
    fn limit(&self, timeout: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(timeout))
    }

    #[cfg(unix)]
    fn read_at_once(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        receive_at_once(self, buffer)
    }

    // A socket that does not block would not block for the other thread's sending either.
    #[cfg(not(unix))]
    fn read_at_once(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.limit(Duration::from_millis(1))?;
        self.read(buffer)
    }
}

#[cfg(unix)]
impl Socket for UnixStream {
    fn limit(&self, timeout: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(timeout))
    }

    fn read_at_once(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        receive_at_once(self, buffer)
    }
}

/// The shortest timeout of a socket is one tick of the kernel's clock or two: up to 8 ms a request.
#[cfg(unix)]
fn receive_at_once(socket: impl AsFd, buffer: &mut [u8]) -> io::Result<usize> {
    Ok(rustix::net::recv(socket, buffer, rustix::net::RecvFlags::DONTWAIT)?.1)
}

impl<S: Socket> Receive for Timed<S> {
    fn receive(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<Option<usize>> {
        if timeout.is_zero() {
            self.timeout = None;
            return came(self.stream.read_at_once(buffer));
        }
        if self.timeout != Some(timeout) {
            self.stream.limit(timeout)?;
            self.timeout = Some(timeout);
        }
        came(self.stream.read(buffer))
    }
}

/// Sends as it is.
struct Plain<S>(S);

impl<S: Write + Send> Transmit for Plain<S> {
    fn transmit(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }
}

/// What reading gives, with "nothing in time" as no error.
fn came(read: io::Result<usize>) -> io::Result<Option<usize>> {
    match read {
        Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
        Ok(len) => Ok(Some(len)),
        Err(error) => match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted => Ok(None),
            _ => Err(error),
        },
    }
}
