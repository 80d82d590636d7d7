//! embassy's pipes over the controller's channels.

use core::future::poll_fn;
use core::marker::PhantomData;
use core::task::Poll;

use embassy_time::{Duration, Instant};
use embassy_usb_driver::host::{PipeError, TimeoutConfig, UsbPipe, pipe};

use crate::channel::Channel;
use crate::registers::{Characteristics, Pid};

/// What a control transfer is given, unless it is told otherwise.
const REQUEST_TIME: core::time::Duration = core::time::Duration::from_secs(2);

/// A pipe to one endpoint.
///
/// A bulk-IN packet that was asked for stays asked for when the future is dropped: the next
/// [`request_in`](UsbPipe::request_in) takes what came meanwhile. So nothing is lost by giving up, as long as
/// the buffer holds one packet; what a future had of several packets goes with it. Anything else that is
/// dropped in the middle is stopped at the next request.
pub(crate) struct Pipe<T, D> {
    channel: Channel,
    characteristics: Characteristics,
    max_packet: u16,
    toggle: bool,
    timeout: TimeoutConfig,
    _kind: PhantomData<(T, D)>,
}

impl<T, D> Pipe<T, D> {
    pub(crate) fn new(channel: Channel, characteristics: Characteristics, max_packet: u16) -> Self {
        // The default's 50 ms without data is what USB 2.0 demands of a device (9.2.6.4). A token on a busy
        // machine does not keep to it; 5 s is the limit of every request (9.2.6.1).
        let mut timeout = TimeoutConfig::default();
        timeout.data_timeout = REQUEST_TIME;
        timeout.no_data_timeout = REQUEST_TIME;
        Self { channel, characteristics, max_packet, toggle: false, timeout, _kind: PhantomData }
    }

    /// Waits for the packet under way, at most until `end`.
    async fn packet(&mut self, end: Option<Instant>) -> Result<usize, PipeError> {
        poll_fn(|context| match self.channel.poll() {
            Poll::Pending if end.is_some_and(|end| Instant::now() >= end) => {
                Poll::Ready(Err(PipeError::Timeout))
            }
            Poll::Pending => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            ready => ready,
        })
        .await
    }

    /// Sends `data` in packets, an empty one if there is none. DATA1 and so on for control.
    async fn out(&mut self, data: &[u8], end: Option<Instant>) -> Result<(), PipeError> {
        let mut rest = data;
        loop {
            let (part, after) = rest.split_at_checked(self.max_packet.into()).unwrap_or((rest, &[]));
            self.channel.send(self.characteristics, Pid::of_toggle(self.toggle), part)?;
            let sent = self.packet(end).await;
            self.channel.wipe();
            sent?;
            self.toggle = !self.toggle;
            rest = after;
            if rest.is_empty() {
                return Ok(());
            }
        }
    }

    /// Receives until a packet is short or the buffer is full.
    async fn input(&mut self, buffer: &mut [u8], end: Option<Instant>) -> Result<usize, PipeError> {
        let mut filled = 0;
        loop {
            if !self.channel.is_busy() {
                let pid = Pid::of_toggle(self.toggle);
                self.channel.receive(self.characteristics, pid, self.max_packet)?;
            }
            let len = self.packet(end).await?;
            self.toggle = !self.toggle;
            let place = buffer.get_mut(filled..filled + len).ok_or(PipeError::BufferOverflow)?;
            self.channel.received(place);
            self.channel.wipe();
            filled += len;
            if len < usize::from(self.max_packet) || filled >= buffer.len() {
                return Ok(filled);
            }
        }
    }

    /// The SETUP stage. DATA1 comes next.
    async fn setup(&mut self, setup: &[u8; 8], end: Instant) -> Result<(), PipeError> {
        // The rest of a request that was given up.
        self.channel.renew()?;
        self.channel.send(self.characteristics, Pid::Setup, setup)?;
        self.packet(Some(end)).await?;
        self.toggle = true;
        Ok(())
    }

    /// The end of a control transfer's time.
    fn end(&self, has_data: bool) -> Instant {
        let timeout = match has_data {
            true => self.timeout.data_timeout,
            false => self.timeout.no_data_timeout,
        };
        let timeout = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        Instant::now().saturating_add(Duration::from_millis(timeout.min(60_000)))
    }
}

impl<T: pipe::Type, D: pipe::Direction> UsbPipe<T, D> for Pipe<T, D> {
    async fn control_in(&mut self, setup: &[u8; 8], buffer: &mut [u8]) -> Result<usize, PipeError>
    where
        T: pipe::IsControl,
        D: pipe::IsIn,
    {
        let end = self.end(!buffer.is_empty());
        self.setup(setup, end).await?;
        let len = match buffer {
            [] => 0,
            buffer => self.input(buffer, Some(end)).await?,
        };
        // The status stage has DATA1, whatever came before (USB 2.0, 8.5.3).
        self.toggle = true;
        self.out(&[], Some(end)).await?;
        Ok(len)
    }

    async fn control_out(&mut self, setup: &[u8; 8], data: &[u8]) -> Result<(), PipeError>
    where
        T: pipe::IsControl,
        D: pipe::IsOut,
    {
        let end = self.end(!data.is_empty());
        self.setup(setup, end).await?;
        if !data.is_empty() {
            self.out(data, Some(end)).await?;
        }
        self.toggle = true;
        self.input(&mut [], Some(end)).await?;
        Ok(())
    }

    async fn request_in(&mut self, buffer: &mut [u8]) -> Result<usize, PipeError>
    where
        D: pipe::IsIn,
    {
        self.input(buffer, None).await
    }

    async fn request_out(&mut self, data: &[u8], ensure_transaction_end: bool) -> Result<(), PipeError>
    where
        D: pipe::IsOut,
    {
        self.channel.renew()?;
        self.out(data, None).await?;
        if ensure_transaction_end && !data.is_empty() && data.len().is_multiple_of(self.max_packet.into()) {
            self.out(&[], None).await?;
        }
        Ok(())
    }

    fn set_timeout(&mut self, timeout: TimeoutConfig)
    where
        T: pipe::IsControl,
    {
        self.timeout = timeout;
    }

    fn reset_data_toggle(&mut self)
    where
        T: pipe::IsBulkOrInterrupt,
    {
        self.toggle = false;
    }
}
