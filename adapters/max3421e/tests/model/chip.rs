//! The chip: what its registers do, byte for byte.

use std::collections::BTreeMap;

use super::bus::{Answer, BusFault, Handshake, Peripheral};

const RCVFIFO: u8 = 1;
const SNDFIFO: u8 = 2;
const SUDFIFO: u8 = 4;
const RCVBC: u8 = 6;
const SNDBC: u8 = 7;
const USBIRQ: u8 = 13;
const USBCTL: u8 = 15;
const CPUCTL: u8 = 16;
const PINCTL: u8 = 17;
const REVISION: u8 = 18;
const IOPINS1: u8 = 20;
const IOPINS2: u8 = 21;
const GPINPOL: u8 = 24;
const HIRQ: u8 = 25;
const HIEN: u8 = 26;
const MODE: u8 = 27;
const PERADDR: u8 = 28;
const HCTL: u8 = 29;
const HXFR: u8 = 30;
const HRSL: u8 = 31;

const CHIPRES: u8 = 0x20;
const FDUPSPI: u8 = 0x10;
const BUSEVENT: u8 = 0x01;
const RCVDAV: u8 = 0x04;
const SNDBAV: u8 = 0x08;
const CONDET: u8 = 0x20;
const FRAME: u8 = 0x40;
const HXFRDN: u8 = 0x80;
const BUSRST: u8 = 0x01;
const SAMPLEBUS: u8 = 0x04;
/// MODE: host with both pull-downs.
const HOST: u8 = 0xC1;
const SOFKAENAB: u8 = 0x08;

const SUCCESS: u8 = 0;
const BUSY: u8 = 1;
const BADREQ: u8 = 2;
const NAK: u8 = 4;
const STALL: u8 = 5;
const TOGERR: u8 = 6;
const CRCERR: u8 = 0xB;
const TIMEOUT: u8 = 0xE;
const BABBLE: u8 = 0xF;

/// The chip's reset of the bus.
const BUS_RESET_US: u64 = 50_000;
const OSCILLATOR_US: u64 = 3_000;
const TRANSFER_US: u64 = 60;
/// One byte at 8 MHz.
const SPI_BYTE_US: u64 = 1;

/// What is wrong with the chip or its wires.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Defects {
    pub(crate) no_oscillator: bool,
    /// This bit of MOSI's data is always 0.
    pub(crate) stuck_low: u8,
    pub(crate) no_bus_reset: bool,
    /// Nothing tells that something was plugged in or pulled out.
    pub(crate) no_connect_detect: bool,
    /// SPI fails at the transaction with this number.
    pub(crate) spi_fails_at: Option<u64>,
}

pub(crate) struct Chip {
    revision: u8,
    pub(crate) defects: Defects,
    pub(crate) faults: BTreeMap<u64, BusFault>,
    pub(crate) device: Option<Box<dyn Peripheral>>,
    /// Bit of IOPINS1 that switches the port's power on, when there is a switch.
    pub(crate) vbus_bit: Option<u8>,
    /// Microseconds since the start.
    pub(crate) now: u64,
    /// SPI transactions so far.
    pub(crate) transactions: u64,
    /// Transfers on the bus so far.
    pub(crate) transfers: u64,
    pinctl: u8,
    usbctl: u8,
    usbirq: u8,
    oscillator_at: Option<u64>,
    gpinpol: u8,
    iopins: [u8; 2],
    hirq: u8,
    mode: u8,
    peraddr: u8,
    /// End of the reset of the bus.
    reset_end: Option<u64>,
    next_frame: u64,
    sample: u8,
    result: u8,
    receive_toggle: bool,
    send_toggle: bool,
    /// End of the transfer, its result, and what comes with it.
    done: Option<(u64, u8, Option<Vec<u8>>)>,
    sud: Vec<u8>,
    received: Vec<u8>,
    read_at: usize,
    send: SendFifos,
    connected: bool,
    /// The SPI transaction under way: register, direction, data bytes so far.
    selected: Option<Option<(u8, bool, usize)>>,
}

/// The two send FIFOs (application note 4000, figure 1).
struct SendFifos {
    bytes: [[u8; 64]; 2],
    count: [u8; 2],
    written: usize,
    cpu: usize,
    bus: usize,
    /// The first byte lies in a register between the clocks; before the third revision it is gone once sent.
    first: Option<u8>,
}

impl Chip {
    pub(crate) fn new(revision: u8) -> Self {
        Self {
            revision,
            defects: Defects::default(),
            faults: BTreeMap::new(),
            device: None,
            vbus_bit: None,
            now: 0,
            transactions: 0,
            transfers: 0,
            pinctl: 0,
            usbctl: 0,
            usbirq: 0,
            oscillator_at: None,
            gpinpol: 0,
            iopins: [0; 2],
            hirq: SNDBAV,
            mode: 0,
            peraddr: 0,
            reset_end: None,
            next_frame: 0,
            sample: 0,
            result: 0,
            receive_toggle: false,
            send_toggle: false,
            done: None,
            sud: Vec::new(),
            received: Vec::new(),
            read_at: 0,
            send: SendFifos { bytes: [[0; 64]; 2], count: [0; 2], written: 0, cpu: 0, bus: 0, first: None },
            connected: false,
            selected: None,
        }
    }

    /// Time passes.
    pub(crate) fn pass(&mut self, us: u64) {
        self.now += us;
        if self.oscillator_at.is_some_and(|at| self.now >= at) && !self.defects.no_oscillator {
            self.usbirq |= 0x01;
        }
        if let Some(device) = &mut self.device {
            device.pass(us);
        }
        if self.device.as_ref().is_some_and(|device| !device.attached()) {
            self.device = None;
        }
        let powered = self.vbus_bit.is_none_or(|bit| self.iopins[0] & bit != 0);
        let connected = self.device.is_some() && powered;
        if connected != self.connected && self.mode & HOST == HOST {
            self.connected = connected;
            if !self.defects.no_connect_detect {
                self.hirq |= CONDET;
            }
        }
        if self.reset_end.is_some_and(|end| self.now >= end) {
            self.reset_end = None;
            self.hirq |= BUSEVENT;
            if let Some(device) = &mut self.device {
                device.reset();
            }
        }
        if self.mode & SOFKAENAB != 0 && self.reset_end.is_none() && self.now >= self.next_frame {
            self.next_frame = self.now - self.now % 1_000 + 1_000;
            self.hirq |= FRAME;
        }
        if self.done.as_ref().is_some_and(|(at, ..)| self.now >= *at)
            && let Some((_, result, packet)) = self.done.take()
        {
            self.result = result;
            self.hirq |= HXFRDN;
            if let Some(packet) = packet {
                assert_eq!(self.hirq & RCVDAV, 0, "the packet before was not taken");
                self.received = packet;
                self.read_at = 0;
                self.hirq |= RCVDAV;
            }
        }
    }

    pub(crate) fn select(&mut self) {
        assert!(self.selected.is_none(), "one transaction at a time");
        self.transactions += 1;
        self.selected = Some(None);
    }

    pub(crate) fn deselect(&mut self) {
        self.selected = None;
    }

    /// One byte each way.
    pub(crate) fn byte(&mut self, out: u8) -> u8 {
        self.pass(SPI_BYTE_US);
        let full_duplex = self.pinctl & FDUPSPI != 0;
        let answer = match self.selected {
            None => panic!("a byte without chip select"),
            Some(None) => {
                assert_eq!(out & 0x05, 0, "bits 0 and 2 of the command byte {out:02X}");
                self.selected = Some(Some((out >> 3, out & 2 != 0, 0)));
                self.hirq
            }
            Some(Some((register, write, count))) => {
                let fifo = matches!(register, RCVFIFO | SNDFIFO | SUDFIFO);
                assert!(fifo || count == 0, "more than one byte for register {register} is not modelled");
                self.selected = Some(Some((register, write, count + 1)));
                if write && register == SUDFIFO && count == 0 {
                    self.sud.clear();
                }
                if write {
                    self.write(register, out & !self.defects.stuck_low);
                    0
                } else {
                    self.read(register)
                }
            }
        };
        if full_duplex { answer } else { 0 }
    }

    fn read(&mut self, register: u8) -> u8 {
        match register {
            RCVFIFO => {
                assert_ne!(self.hirq & RCVDAV, 0, "RCVFIFO is read without data");
                self.read_at += 1;
                self.received.get(self.read_at - 1).copied().unwrap_or(0)
            }
            RCVBC => self.received.len() as u8,
            USBIRQ => self.usbirq,
            USBCTL => self.usbctl,
            PINCTL => self.pinctl,
            REVISION => self.revision,
            IOPINS1 | IOPINS2 => self.iopins[usize::from(register - IOPINS1)],
            GPINPOL => self.gpinpol,
            HIRQ => self.hirq,
            MODE => self.mode,
            HCTL => u8::from(self.reset_end.is_some()),
            HRSL => {
                let result = if self.done.is_some() { BUSY } else { self.result };
                result | u8::from(self.receive_toggle) << 4 | u8::from(self.send_toggle) << 5 | self.sample
            }
            _ => panic!("reading register {register} is not modelled"),
        }
    }

    fn write(&mut self, register: u8, value: u8) {
        match register {
            SNDFIFO => self.send.load(value),
            SUDFIFO => self.sud.push(value),
            SNDBC => self.send.commit(value),
            USBCTL => {
                // All but the pins' setup starts anew, then the oscillator.
                if value & CHIPRES != 0 {
                    let (now, pinctl) = (self.now, self.pinctl);
                    let device = self.device.take();
                    let faults = core::mem::take(&mut self.faults);
                    let fresh = Self::new(self.revision);
                    *self = Self {
                        now,
                        pinctl,
                        device,
                        faults,
                        defects: self.defects,
                        vbus_bit: self.vbus_bit,
                        transactions: self.transactions,
                        transfers: self.transfers,
                        selected: self.selected,
                        ..fresh
                    };
                } else if self.usbctl & CHIPRES != 0 {
                    self.oscillator_at = Some(self.now + OSCILLATOR_US);
                }
                self.usbctl = value;
            }
            CPUCTL | HIEN => assert_eq!(value, 0, "interrupts are not used"),
            PINCTL => self.pinctl = value,
            IOPINS1 | IOPINS2 => self.iopins[usize::from(register - IOPINS1)] = value & 0x0F,
            GPINPOL => self.gpinpol = value,
            HIRQ => {
                assert_eq!(value & SNDBAV, 0, "SNDBAVIRQ is never cleared by the CPU");
                self.hirq &= !value;
                if self.hirq & RCVDAV == 0 {
                    self.received.clear();
                }
            }
            MODE => self.mode = value,
            PERADDR => self.peraddr = value,
            HCTL => self.control(value),
            HXFR => self.launch(value),
            _ => panic!("writing register {register} is not modelled"),
        }
    }

    fn control(&mut self, value: u8) {
        assert_eq!(value & 0xF0 & (value & 0xF0).wrapping_sub(0x10), 0, "one toggle at a time");
        if value & BUSRST != 0 {
            assert_eq!(self.mode & SOFKAENAB, 0, "no frames during a reset");
            self.reset_end = Some(if self.defects.no_bus_reset { u64::MAX } else { self.now + BUS_RESET_US });
        }
        match value & 0xF0 {
            0x10 | 0x20 => self.receive_toggle = value & 0x20 != 0,
            0x40 | 0x80 => self.send_toggle = value & 0x80 != 0,
            _ => {}
        }
        if value & SAMPLEBUS != 0 {
            let low_speed = self.device.as_ref().is_some_and(|device| device.low_speed());
            self.sample = match (self.connected, low_speed) {
                (false, _) => 0,
                (true, false) => 0x80,
                (true, true) => 0x40,
            };
        }
    }

    /// HXFR is written.
    fn launch(&mut self, hxfr: u8) {
        assert!(self.done.is_none(), "a transfer is under way");
        assert_eq!(self.mode & (HOST | SOFKAENAB), HOST | SOFKAENAB, "a host with frames");
        assert_ne!(self.usbirq & 1, 0, "the oscillator runs");
        self.transfers += 1;
        let fault = self.faults.remove(&self.transfers);
        if fault == Some(BusFault::Hang) {
            self.done = Some((u64::MAX, BUSY, None));
            return;
        }
        if fault == Some(BusFault::Unplug) {
            self.device = None;
        }
        let endpoint = hxfr & 0x0F;
        let (result, packet) = match hxfr & 0xF0 {
            0x10 => (self.setup(fault), None),
            0x00 => self.input(endpoint, fault, false),
            0x80 => self.input(0, fault, true),
            0x20 => (self.output(endpoint, fault, false), None),
            0xA0 => (self.output(0, fault, true), None),
            _ => (BADREQ, None),
        };
        self.done = Some((self.now + TRANSFER_US, result, packet));
    }

    fn setup(&mut self, fault: Option<BusFault>) -> u8 {
        // The FIFO keeps its bytes: a SETUP packet that is tried again need not be loaded again.
        let setup: [u8; 8] = self.sud[..].try_into().expect("SUDFIFO has eight bytes");
        let address = self.peraddr;
        match (&mut self.device, fault) {
            (None, _) | (_, Some(BusFault::Lost)) => TIMEOUT,
            (Some(_), Some(BusFault::Nak)) => NAK,
            (Some(_), Some(BusFault::Stall)) => STALL,
            (Some(device), fault) => {
                let handshake = handshake(device.setup(address, setup));
                if matches!(fault, Some(BusFault::AckLost | BusFault::Damaged)) { TIMEOUT } else { handshake }
            }
        }
    }

    fn input(&mut self, endpoint: u8, fault: Option<BusFault>, status: bool) -> (u8, Option<Vec<u8>>) {
        let expected = status || self.receive_toggle;
        let Some(device) = &mut self.device else { return (TIMEOUT, None) };
        match fault {
            Some(BusFault::Lost) => return (TIMEOUT, None),
            Some(BusFault::Nak) => return (NAK, None),
            Some(BusFault::Stall) => {
                if endpoint != 0 {
                    device.halt(0x80 | endpoint);
                }
                return (STALL, None);
            }
            Some(BusFault::Babble) => return (BABBLE, None),
            _ => {}
        }
        match device.input(self.peraddr, endpoint) {
            Answer::Silent => (TIMEOUT, None),
            Answer::Nak => (NAK, None),
            Answer::Stall => (STALL, None),
            Answer::Data { .. } if fault == Some(BusFault::Damaged) => (CRCERR, None),
            Answer::Data { toggle, bytes } => {
                assert!(bytes.len() <= 64, "full speed");
                if fault != Some(BusFault::AckLost) {
                    device.acknowledged(endpoint);
                }
                if toggle != expected {
                    return (TOGERR, None);
                }
                if status {
                    assert_eq!(bytes, [], "a status stage has no data");
                    return (SUCCESS, None);
                }
                self.receive_toggle = !self.receive_toggle;
                (SUCCESS, Some(bytes))
            }
        }
    }

    fn output(&mut self, endpoint: u8, fault: Option<BusFault>, status: bool) -> u8 {
        let bytes = if status { Vec::new() } else { self.send.packet(self.revision) };
        let toggle = status || self.send_toggle;
        let Some(device) = &mut self.device else { return TIMEOUT };
        match fault {
            Some(BusFault::Lost | BusFault::Damaged | BusFault::Babble) => return TIMEOUT,
            Some(BusFault::Nak) => return NAK,
            Some(BusFault::Stall) => {
                if endpoint != 0 {
                    device.halt(endpoint);
                }
                return STALL;
            }
            _ => {}
        }
        let result = handshake(device.output(self.peraddr, endpoint, toggle, &bytes));
        if result == SUCCESS && fault == Some(BusFault::AckLost) {
            return TIMEOUT;
        }
        if result == SUCCESS && !status {
            self.send_toggle = !self.send_toggle;
            self.send.sent();
        }
        result
    }
}

fn handshake(handshake: Handshake) -> u8 {
    match handshake {
        Handshake::Ack => SUCCESS,
        Handshake::Nak => NAK,
        Handshake::Stall => STALL,
        Handshake::Silent => TIMEOUT,
    }
}

impl SendFifos {
    fn load(&mut self, value: u8) {
        assert!(self.written < 64, "the send FIFO has 64 bytes");
        if self.written == 0 {
            self.first = Some(value);
        }
        self.bytes[self.cpu][self.written] = value;
        self.written += 1;
    }

    /// SNDBC: this FIFO goes to the bus side, the other one comes.
    fn commit(&mut self, count: u8) {
        assert!(count <= 64);
        self.count[self.cpu] = count;
        self.cpu ^= 1;
        self.written = 0;
    }

    /// What goes out.
    fn packet(&mut self, revision: u8) -> Vec<u8> {
        assert_ne!(self.cpu, self.bus, "nothing was given to the bus side");
        let mut packet = self.bytes[self.bus][..usize::from(self.count[self.bus])].to_vec();
        if revision < 0x13 {
            // The register between the clocks is empty after the first time.
            if let Some(byte) = packet.first_mut() {
                *byte = self.first.take().unwrap_or(0xFF);
            }
        }
        packet
    }

    fn sent(&mut self) {
        self.bus ^= 1;
    }
}
