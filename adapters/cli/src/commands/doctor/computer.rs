//! The computer itself: its smart card service, its clock.

use super::Finding;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Where pcscd listens (pcsc-lite's default).
const SOCKET: &str = "/run/pcscd/pcscd.comm";
/// Where distributions put the daemon.
const DAEMONS: [&str; 3] = ["/usr/sbin/pcscd", "/usr/bin/pcscd", "/usr/local/sbin/pcscd"];
/// Where they put libccid's list of readers.
const LISTS: [&str; 3] = [
    "/usr/lib/pcsc/drivers/ifd-ccid.bundle/Contents/Info.plist",
    "/etc/libccid_Info.plist",
    "/usr/lib64/pcsc/drivers/ifd-ccid.bundle/Contents/Info.plist",
];
/// KAZTOKEN's idProduct by the one source there is, as that list writes it.
const KAZTOKEN: &str = "0x0035";
/// 1 January 2026: this program is younger.
const BUILT: u64 = 1_767_225_600;

/// PC/SC is one of two ways, so nothing of it is a failure.
pub(super) fn service(findings: &mut Vec<Finding>) {
    if !cfg!(target_os = "linux") {
        return;
    }
    if !DAEMONS.iter().any(|path| Path::new(path).exists()) {
        findings.push(Finding::ok("doctor-no-service"));
        return;
    }
    let listens = Path::new(SOCKET).exists();
    findings.push(if listens { Finding::ok("doctor-service") } else { Finding::warn("doctor-service-off") });
    let list = LISTS.iter().find_map(|path| std::fs::read_to_string(path).ok());
    findings.push(match list {
        None => Finding::warn("doctor-no-driver"),
        Some(list) if lists_kaztoken(&list) => Finding::ok("doctor-driver-knows"),
        Some(_) => Finding::warn("doctor-driver-does-not-know"),
    });
}

/// The list has vendors and products as two arrays of the same length.
fn lists_kaztoken(list: &str) -> bool {
    let strings = |key: &str| -> Vec<String> {
        let array =
            list.split_once(&format!("<key>{key}</key>")).and_then(|(_, rest)| rest.split_once("</array>"));
        let entries = array.map(|(array, _)| array.split("<string>").skip(1)).into_iter().flatten();
        entries
            .filter_map(|entry| Some(entry.split_once("</string>")?.0.trim().to_ascii_lowercase()))
            .collect()
    };
    let (vendors, products) = (strings("ifdVendorID"), strings("ifdProductID"));
    vendors.iter().zip(&products).any(|(vendor, product)| vendor == "0x0a89" && product == KAZTOKEN)
}

/// Certificates are judged by it.
pub(super) fn clock(findings: &mut Vec<Finding>) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    if now < BUILT {
        findings.push(Finding::warn("doctor-clock"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendors_and_products_belong_together() {
        let list = |pairs: &[(&str, &str)]| {
            let array = |key: &str, items: Vec<&str>| {
                let items: String = items.iter().map(|item| format!("<string>{item}</string>\n")).collect();
                format!("<key>{key}</key>\n<array>\n{items}</array>\n")
            };
            array("ifdVendorID", pairs.iter().map(|pair| pair.0).collect())
                + &array("ifdProductID", pairs.iter().map(|pair| pair.1).collect())
        };
        assert!(lists_kaztoken(&list(&[("0x08E6", "0x0001"), ("0x0A89", "0x0035")])));
        assert!(!lists_kaztoken(&list(&[("0x0A89", "0x0030"), ("0x08E6", "0x0035")])));
        for broken in ["", "<key>ifdVendorID</key>", "<key>ifdVendorID</key><array><string>0x0A89"] {
            assert!(!lists_kaztoken(broken));
        }
    }
}
