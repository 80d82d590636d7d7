//! A bench that has the token on USB: CCID messages go through as they are.

use super::contacts::put;
use crate::bench::{Bench, Identity, UsbIds};
use crate::hello::Features;
use crate::{Fault, Micros};
use core::time::Duration;
use kaztoken_core::Millis;
use kaztoken_core::ccid::ClassRequest;
use kaztoken_core::drive::BulkPipe;
use kaztoken_virtual::Card;
use kaztoken_virtual::ccid::{CcidDevice, class_descriptor};
use kaztoken_virtual::link::{LinkError, VirtualPipe};
use kaztoken_virtual::usb::UsbId;

fn sleep(time: Millis) {
    std::thread::sleep(Duration::from_millis(time.0));
}

/// A virtual token on USB.
#[derive(Debug)]
pub struct UsbBench<C> {
    pipe: VirtualPipe<C, fn(Millis)>,
    simulated: bool,
}

impl<C: Card> UsbBench<C> {
    /// A card behind the device side of CCID, with the device's faults.
    pub fn new(card: C, device: CcidDevice) -> Self {
        Self { pipe: VirtualPipe::new(card, device, sleep), simulated: true }
    }

    /// Whether it keeps to itself that it is simulated, so that the host's rules hold for it: to try them out.
    #[must_use]
    pub fn as_hardware(mut self, as_hardware: bool) -> Self {
        self.simulated = !as_hardware;
        self
    }
}

fn fault(error: LinkError) -> Fault {
    match error {
        LinkError::Unplugged => Fault::Unplugged,
        LinkError::BufferTooSmall { .. } => Fault::ResponseTooLong,
        _ => Fault::Timeout,
    }
}

impl<C: Card> Bench for UsbBench<C> {
    fn identity(&self) -> Identity {
        Identity {
            firmware: concat!("kaztoken-rig simulated ", env!("CARGO_PKG_VERSION")),
            board: "virtual token on USB",
            features: Features(Features::USB | if self.simulated { Features::SIMULATED } else { 0 }),
        }
    }

    fn is_powered(&self) -> bool {
        // The bus has power; whether the card has, only the device knows.
        true
    }

    fn stop(&mut self, _: Micros) {
        self.pipe.plug_in();
    }

    fn usb_describe(&mut self, class: &mut [u8]) -> Result<UsbIds, Fault> {
        let model = self.pipe.card().model();
        let id = UsbId::of(model);
        let class_len = put(&class_descriptor(model).to_bytes(), class)?;
        Ok(UsbIds { vendor: id.vendor, product: id.product, max_packet: 64, class_len })
    }

    fn usb_send(&mut self, _: Micros, message: &[u8], budget: Millis) -> nb::Result<(), Fault> {
        Ok(self.pipe.send(message, budget).map_err(fault)?)
    }

    fn usb_receive(&mut self, _: Micros, budget: Millis, out: &mut [u8]) -> nb::Result<Option<usize>, Fault> {
        Ok(self.pipe.receive(out, budget).map_err(fault)?)
    }

    fn usb_class(
        &mut self,
        _: Micros,
        request: ClassRequest,
        budget: Millis,
        out: &mut [u8],
    ) -> nb::Result<Option<usize>, Fault> {
        Ok(self.pipe.class_request(request, out, budget).map_err(fault)?)
    }

    fn usb_reset(&mut self, _: Micros, _: Millis) -> nb::Result<(), Fault> {
        Ok(self.pipe.reset().map(|_| ()).map_err(fault)?)
    }
}
