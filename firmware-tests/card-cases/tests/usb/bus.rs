//! A bus and a host: packets wait in memory, and the device is polled whenever there is something for it.

use card::job::Job;
use card::plug::Plug;
use card::token::{self, RamOnly};
use card::usb::{CcidClass, device};
use kaztoken_core::Millis;
use kaztoken_core::ccid::ClassRequest;
use kaztoken_core::drive::BulkPipe;
use kaztoken_virtual::{Card, Model, VirtualToken};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};
use usb_device::bus::{PollResult, UsbBus, UsbBusAllocator};
use usb_device::device::UsbDevice;
use usb_device::endpoint::{EndpointAddress, EndpointType};
use usb_device::{Result, UsbDirection, UsbError};

const PACKET: usize = 64;

/// What lies between host and device.
#[derive(Default)]
struct Wires {
    reset: bool,
    setup: Option<[u8; 8]>,
    out: [VecDeque<Vec<u8>>; 16],
    /// A packet that the host has not fetched yet: the device has room for one an endpoint.
    r#in: [Option<Vec<u8>>; 16],
    fetched: u16,
    stalled: bool,
}

#[derive(Clone, Default)]
struct Bus(Arc<Mutex<Wires>>);

impl Bus {
    fn wires(&self) -> MutexGuard<'_, Wires> {
        self.0.lock().unwrap()
    }
}

impl UsbBus for Bus {
    fn alloc_ep(
        &mut self,
        _direction: UsbDirection,
        address: Option<EndpointAddress>,
        _kind: EndpointType,
        max_packet_size: u16,
        _interval: u8,
    ) -> Result<EndpointAddress> {
        assert_eq!(usize::from(max_packet_size), PACKET);
        address.ok_or(UsbError::Unsupported)
    }

    fn enable(&mut self) {}

    fn reset(&self) {
        *self.wires() = Wires::default();
    }

    fn set_device_address(&self, _address: u8) {}

    fn write(&self, address: EndpointAddress, bytes: &[u8]) -> Result<usize> {
        assert!(bytes.len() <= PACKET);
        let place = &mut self.wires().r#in[address.index()];
        if place.is_some() {
            return Err(UsbError::WouldBlock);
        }
        *place = Some(bytes.to_vec());
        Ok(bytes.len())
    }

    fn read(&self, address: EndpointAddress, bytes: &mut [u8]) -> Result<usize> {
        let mut wires = self.wires();
        let setup = wires.setup.take_if(|_| address.index() == 0).map(Vec::from);
        let packet = setup.or_else(|| wires.out[address.index()].pop_front()).ok_or(UsbError::WouldBlock)?;
        bytes[..packet.len()].copy_from_slice(&packet);
        Ok(packet.len())
    }

    fn set_stalled(&self, address: EndpointAddress, stalled: bool) {
        if address.index() == 0 {
            self.wires().stalled |= stalled;
        }
    }

    fn is_stalled(&self, _address: EndpointAddress) -> bool {
        false
    }

    fn suspend(&self) {}

    fn resume(&self) {}

    fn poll(&self) -> PollResult {
        let mut wires = self.wires();
        if std::mem::take(&mut wires.reset) {
            return PollResult::Reset;
        }
        let waits = wires.out.iter().enumerate().filter(|(_, queue)| !queue.is_empty());
        let ep_out = waits.fold(0, |all, (index, _)| all | 1 << index);
        let ep_setup = u16::from(wires.setup.is_some());
        let ep_in_complete = std::mem::take(&mut wires.fetched);
        if (ep_out, ep_in_complete, ep_setup) == (0, 0, 0) {
            return PollResult::None;
        }
        PollResult::Data { ep_out, ep_in_complete, ep_setup }
    }
}

/// The host, and beside it the device's processor.
pub(crate) struct Host {
    bus: Bus,
    device: UsbDevice<'static, Bus>,
    class: CcidClass<'static, Bus>,
    token: VirtualToken<RamOnly>,
    now: Millis,
    /// The processor carries out commands.
    pub(crate) works: bool,
}

impl Host {
    /// Plugs the device in, and configures it.
    pub(crate) fn plug(model: Model) -> Self {
        let bus = Bus::default();
        let allocator = Box::leak(Box::new(UsbBusAllocator::new(bus.clone())));
        let (device, class) = device(Plug::new(model), allocator).unwrap();
        let token = token::factory(model, 32 * 1024, token::test_numbers());
        let mut host = Self { bus, device, class, token, now: Millis(0), works: true };
        host.reset_bus();
        assert_eq!(host.control(0x00, 5, 7, 0, 0), Some(Vec::new()));
        assert_eq!(host.control(0x00, 9, 1, 0, 0), Some(Vec::new()));
        host
    }

    fn poll(&mut self) {
        while self.device.poll(&mut [&mut self.class]) {}
        while self.works {
            match self.class.plug().job() {
                None => break,
                Some(Job::Reset) => drop(self.token.reset()),
                Some(Job::Command { ticket, command }) => {
                    let mut response = Vec::new();
                    self.token.process(&command, &mut response);
                    self.class.plug().respond(ticket, &response);
                }
            }
        }
        self.class.serve(self.now);
    }

    pub(crate) fn reset_bus(&mut self) {
        self.bus.wires().reset = true;
        self.poll();
    }

    /// A control transfer without data to the device. `None`: it stalls.
    pub(crate) fn control(
        &mut self,
        kind: u8,
        request: u8,
        value: u16,
        index: u16,
        length: u16,
    ) -> Option<Vec<u8>> {
        let ([v0, v1], [i0, i1], [l0, l1]) = (value.to_le_bytes(), index.to_le_bytes(), length.to_le_bytes());
        // A SETUP ends whatever was before it (USB 2.0, 8.5.3): usb-device sends an empty packet after data that
        // fill their last one, which nobody fetches who has all he asked for.
        self.bus.wires().r#in[0] = None;
        self.bus.wires().stalled = false;
        self.bus.wires().setup = Some([kind, request, v0, v1, i0, i1, l0, l1]);
        self.poll();
        let mut data = Vec::new();
        loop {
            if self.bus.wires().stalled {
                return None;
            }
            let packet = self.fetch(0).expect("the device answers");
            let short = packet.len() < PACKET;
            data.extend(packet);
            if short || data.len() >= length.into() {
                break;
            }
        }
        if kind & 0x80 != 0 {
            self.bus.wires().out[0].push_back(Vec::new());
            self.poll();
        }
        Some(data)
    }

    fn fetch(&mut self, endpoint: usize) -> Option<Vec<u8>> {
        let packet = self.bus.wires().r#in[endpoint].take()?;
        self.bus.wires().fetched |= 1 << endpoint;
        self.poll();
        Some(packet)
    }

    /// One packet on bulk OUT.
    pub(crate) fn packet(&mut self, bytes: &[u8]) {
        self.bus.wires().out[2].push_back(bytes.to_vec());
        self.poll();
    }
}

impl BulkPipe for Host {
    type Error = Infallible;

    fn send(&mut self, message: &[u8], _timeout: Millis) -> std::result::Result<(), Infallible> {
        message.chunks(PACKET).for_each(|packet| self.packet(packet));
        Ok(())
    }

    fn receive(
        &mut self,
        buffer: &mut [u8],
        timeout: Millis,
    ) -> std::result::Result<Option<usize>, Infallible> {
        let mut waited = 0;
        let mut received = 0;
        loop {
            match self.fetch(1) {
                Some(packet) => {
                    buffer[received..received + packet.len()].copy_from_slice(&packet);
                    received += packet.len();
                    if packet.len() < PACKET {
                        return Ok(Some(received));
                    }
                }
                None if waited >= timeout.0 => {
                    assert_eq!(received, 0, "a message without its end");
                    return Ok(None);
                }
                None => {
                    waited += 1;
                    self.now = self.now.after(Millis(1));
                    self.poll();
                }
            }
        }
    }

    fn has_control_pipe(&self) -> bool {
        true
    }

    fn class_request(
        &mut self,
        request: ClassRequest,
        _data: &mut [u8],
        _timeout: Millis,
    ) -> std::result::Result<Option<usize>, Infallible> {
        let ClassRequest::Abort { slot, sequence } = request else { return Ok(None) };
        Ok(self.control(0x21, 1, u16::from_le_bytes([slot, sequence]), 0, 0).map(|data| data.len()))
    }

    fn reset(&mut self) -> std::result::Result<bool, Infallible> {
        self.reset_bus();
        Ok(true)
    }
}
