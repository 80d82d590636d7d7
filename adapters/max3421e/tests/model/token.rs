//! The virtual token as a USB device at the packet level: control transfers, address, configuration, halts,
//! data toggles, and CCID messages in packets.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use kaztoken_core::ccid::HEADER_LEN;
use kaztoken_virtual::ccid::{CcidDevice, Event};
use kaztoken_virtual::store::MemoryStore;
use kaztoken_virtual::usb::{self, BULK_IN, BULK_OUT, MAX_PACKET, Setup, UsbId};
use kaztoken_virtual::{Card, Model, VirtualToken};

use super::bus::{Answer, Handshake, Peripheral};

pub(crate) type Shared = Rc<RefCell<VirtualToken<MemoryStore>>>;

/// A control transfer under way.
struct Control {
    setup: [u8; 8],
    /// What goes to the host; `None` is a stall.
    data: Option<Vec<u8>>,
    sent: usize,
    toggle: bool,
    /// The status stage is over; when its handshake was lost it comes again.
    over: bool,
}

pub(crate) struct TokenDevice {
    card: Shared,
    ccid: CcidDevice,
    /// bMaxPacketSize0.
    pub(crate) control_packet: u8,
    /// What stands in the device descriptor instead of what the token says, by offset.
    pub(crate) patches: Vec<(u8, usize, u8)>,
    /// The device is not ready for so many bulk-OUT packets at each message.
    pub(crate) naks_per_message: u32,
    naks: u32,
    attached: bool,
    address: u8,
    configured: bool,
    control: Option<Control>,
    incoming: Vec<u8>,
    /// Messages to the host, with the microseconds until each is there.
    events: VecDeque<(u64, Event)>,
    /// The rest of the message that is being read.
    outgoing: Option<VecDeque<u8>>,
    packet_len: Option<usize>,
    in_toggle: bool,
    out_toggle: bool,
    halted: [bool; 2],
}

impl TokenDevice {
    pub(crate) fn new(card: Shared, ccid: CcidDevice) -> Self {
        Self {
            card,
            ccid,
            control_packet: 64,
            patches: Vec::new(),
            naks_per_message: 0,
            naks: 0,
            attached: true,
            address: 0,
            configured: false,
            control: None,
            incoming: Vec::new(),
            events: VecDeque::new(),
            outgoing: None,
            packet_len: None,
            in_toggle: false,
            out_toggle: false,
            halted: [false; 2],
        }
    }

    /// Carries out a request; `None` is a stall.
    fn request(&mut self, setup: [u8; 8]) -> Option<Vec<u8>> {
        let [request_type, request, v0, v1, i0, _, l0, l1] = setup;
        let (value, length) = (u16::from_le_bytes([v0, v1]), u16::from_le_bytes([l0, l1]));
        match (request_type, request) {
            // SET_ADDRESS holds from the end of the status stage.
            (0x00, 5) => Some(Vec::new()),
            // SET_CONFIGURATION, SET_INTERFACE
            (0x00, 9) | (0x01, 11) => {
                self.configured = request == 11 || value == 1;
                (self.in_toggle, self.out_toggle) = (false, false);
                self.configured.then(Vec::new)
            }
            // CLEAR_FEATURE(ENDPOINT_HALT)
            (0x02, 1) => {
                match i0 {
                    BULK_IN => (self.halted[1], self.in_toggle) = (false, false),
                    BULK_OUT => (self.halted[0], self.out_toggle) = (false, false),
                    _ => return None,
                }
                Some(Vec::new())
            }
            (0x21, 1) => {
                let known = self.ccid.abort(v0, v1);
                if known {
                    self.events.retain(|(_, event)| matches!(event, Event::Unplug));
                    self.outgoing = None;
                }
                known.then(Vec::new)
            }
            _ => {
                let setup = Setup { request_type, request, value, length };
                let mut data = usb::control(Model::Kaztoken, UsbId::KAZTOKEN, setup)?;
                if (request_type, request, v1) == (0x80, 6, 1)
                    && let Some(size) = data.get_mut(7)
                {
                    *size = self.control_packet;
                }
                for &(kind, at, byte) in &self.patches {
                    if (request_type, request, v1) == (0x80, 6, kind)
                        && let Some(place) = data.get_mut(at)
                    {
                        *place = byte;
                    }
                }
                Some(data)
            }
        }
    }

    /// The status stage is over.
    fn finish(&mut self) {
        if let Some(control) = self.control.as_mut().filter(|control| !control.over) {
            control.over = true;
            if let [0x00, 5, address, ..] = control.setup {
                self.address = address;
            }
        }
    }

    fn message(&mut self) {
        let Some(&length) = self.incoming.get(1..5).and_then(|bytes| bytes.first_chunk()) else { return };
        if self.incoming.len() < HEADER_LEN + u32::from_le_bytes(length) as usize {
            return;
        }
        let message = core::mem::take(&mut self.incoming);
        self.naks = 0;
        let events = self.ccid.handle(&mut *self.card.borrow_mut(), &message);
        self.events.extend(events.into_iter().map(|event| match event {
            Event::Message { after, .. } => (after.0 * 1_000, event),
            Event::Unplug => (0, event),
        }));
        self.pass(0);
    }
}

impl Peripheral for TokenDevice {
    fn reset(&mut self) {
        self.address = 0;
        self.configured = false;
        self.control = None;
        self.incoming.clear();
        self.events.clear();
        self.outgoing = None;
        self.halted = [false; 2];
        self.ccid.reset();
        self.card.borrow_mut().reset();
    }

    fn pass(&mut self, us: u64) {
        if let Some((left, event)) = self.events.front_mut() {
            *left = left.saturating_sub(us);
            if *left == 0 && *event == Event::Unplug {
                self.attached = false;
            }
        }
    }

    fn attached(&self) -> bool {
        self.attached
    }

    fn halt(&mut self, endpoint: u8) {
        self.halted[usize::from(endpoint == BULK_IN)] = true;
    }

    fn setup(&mut self, address: u8, setup: [u8; 8]) -> Handshake {
        if address != self.address {
            return Handshake::Silent;
        }
        let data = self.request(setup);
        self.control = Some(Control { setup, data, sent: 0, toggle: true, over: false });
        Handshake::Ack
    }

    fn input(&mut self, address: u8, endpoint: u8) -> Answer {
        if address != self.address {
            return Answer::Silent;
        }
        if endpoint == 0 {
            let packet = usize::from(self.control_packet);
            let Some(control) = &self.control else { return Answer::Stall };
            let Some(data) = &control.data else { return Answer::Stall };
            // Data stage, or the status stage of a request without one.
            let bytes: Vec<u8> = data.iter().skip(control.sent).take(packet).copied().collect();
            return Answer::Data { toggle: control.toggle, bytes };
        }
        assert_eq!(endpoint, BULK_IN & 0x0F);
        assert!(self.configured, "bulk before SET_CONFIGURATION");
        if self.halted[1] {
            return Answer::Stall;
        }
        if self.outgoing.is_none() {
            match self.events.front() {
                Some((0, Event::Message { .. })) => {}
                _ => return Answer::Nak,
            }
            if let Some((_, Event::Message { bytes, .. })) = self.events.pop_front() {
                self.outgoing = Some(bytes.into());
            }
        }
        let bytes: Vec<u8> = self.outgoing.iter().flatten().take(MAX_PACKET.into()).copied().collect();
        self.packet_len = Some(bytes.len());
        Answer::Data { toggle: self.in_toggle, bytes }
    }

    fn acknowledged(&mut self, endpoint: u8) {
        if endpoint == 0 {
            let packet = usize::from(self.control_packet);
            match &mut self.control {
                Some(control) if control.setup[0] & 0x80 != 0 => {
                    control.sent += packet;
                    control.toggle = !control.toggle;
                }
                // The status stage of a request to the device.
                _ => self.finish(),
            }
            return;
        }
        self.in_toggle = !self.in_toggle;
        let len = self.packet_len.take().expect("a packet was sent");
        if let Some(rest) = &mut self.outgoing {
            rest.drain(..len);
            // The virtual token ends a message by its length alone: no empty packet after full ones.
            if rest.is_empty() {
                self.outgoing = None;
            }
        }
    }

    fn output(&mut self, address: u8, endpoint: u8, toggle: bool, bytes: &[u8]) -> Handshake {
        if address != self.address {
            return Handshake::Silent;
        }
        if endpoint == 0 {
            assert!(toggle && bytes.is_empty(), "only the status stage");
            return match self.control.as_ref().map(|control| control.data.is_some()) {
                Some(true) => {
                    self.finish();
                    Handshake::Ack
                }
                _ => Handshake::Stall,
            };
        }
        assert_eq!(endpoint, BULK_OUT);
        assert!(self.configured, "bulk before SET_CONFIGURATION");
        if self.halted[0] {
            return Handshake::Stall;
        }
        if self.naks < self.naks_per_message {
            self.naks += 1;
            return Handshake::Nak;
        }
        // The packet before again: its ACK was lost. It is acknowledged and thrown away (USB 2.0, 8.6.4).
        if toggle != self.out_toggle {
            return Handshake::Ack;
        }
        self.out_toggle = !self.out_toggle;
        assert!(!bytes.is_empty(), "no message needs an empty packet");
        self.incoming.extend_from_slice(bytes);
        self.message();
        Handshake::Ack
    }
}
