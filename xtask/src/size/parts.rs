//! What stands beside the engine against its budget: T=1 and T=0 by themselves, and the token's operations -
//! identify, format, log in, generate, sign.
//!
//! A part's flash is the image with it minus the same image, or the smallest one, without it.

use super::small;
use crate::firmware::budget::Measured;
use crate::firmware::{compare, execute, insert_costs, lines};
use crate::report::{Count, Failure};

/// Images by part, and what they are without it.
const PARTS: [(&str, &str, &str); 3] = [
    ("token-operations", "token", "token_device"),
    ("t1-alone", "t1", "baseline"),
    ("t0-alone", "t0", "baseline"),
];
pub(super) const IMAGES: [&str; 5] = ["token", "token_device", "t1", "t0", "baseline"];

/// Measures and runs the images.
pub(super) fn measure(update: bool) -> Result<Count, Failure> {
    let mut measured = Measured::new();
    for (part, image, without) in PARTS {
        let (more, less) = (small::read(image)?.sizes, small::read(without)?.sizes);
        let flash = (more.text + more.data).saturating_sub(less.text + less.data);
        let ram = (more.data + more.bss).saturating_sub(less.data + less.bss);
        measured.insert((part.to_owned(), "flash"), flash.into());
        measured.insert((part.to_owned(), "ram"), ram.into());
        // What goes another way than it should ends the image with another status than 0.
        let printed = execute(&small::image(image))?;
        insert_costs(&mut measured, &printed);
        for (name, [bytes, _]) in lines(&printed, "resident ") {
            measured.insert((name, "ram"), bytes);
        }
    }
    compare("budget-parts.txt", &measured, update)
}
