//! Raw USB without a smart card daemon: what is attached, and the answer to reset of what can be opened. Without a
//! token it says so.
//!
//! `cargo run -p kaztoken-examples --bin usb-list`

use kaztoken_core::Millis;
use kaztoken_core::atr::Model;
use kaztoken_core::ccid::CcidLink;
use kaztoken_usb::{Candidate, Error, Usb};
use std::time::Instant;

fn main() {
    let candidates = match Usb::new().and_then(|usb| usb.discover()) {
        Ok(candidates) => candidates,
        Err(error) => return println!("{error}"),
    };
    if candidates.is_empty() {
        println!("{}", Error::NothingThere);
    }
    for candidate in candidates {
        println!("{candidate}");
        match answer_to_reset(&candidate) {
            Ok(text) => println!("  {text}"),
            Err(error) => println!("  not usable: {error}"),
        }
    }
}

fn answer_to_reset(candidate: &Candidate) -> Result<String, String> {
    let pipe = candidate.open().map_err(|error| error.to_string())?;
    let class = pipe.interface().class;
    let options = pipe.options();
    let start = Instant::now();
    let clock = move || Millis(start.elapsed().as_millis() as u64);
    let go_on = |_| core::ops::ControlFlow::Continue(());
    let link = CcidLink::open_with(pipe, clock, &class, options, go_on).map_err(|error| error.to_string())?;
    let name = Model::from_atr(link.atr_bytes()).map_or("unknown card", |model| model.name);
    let bytes: String = link.atr_bytes().iter().map(|byte| format!("{byte:02X}")).collect();
    Ok(format!("{name}, answer to reset {bytes}"))
}
