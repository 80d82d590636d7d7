//! The system's smart card service: whether it is there, runs, lets this person in, and knows the token's number.

use super::fix::Fix;
use super::{Finding, Identity, System};
use std::path::Path;

/// Where pcscd listens (pcsc-lite's default).
const SOCKET: &str = "/run/pcscd/pcscd.comm";
/// Where distributions put the daemon.
const DAEMONS: [&str; 3] = ["/usr/sbin/pcscd", "/usr/bin/pcscd", "/usr/local/sbin/pcscd"];
/// Where they put libccid's list of readers.
const LISTS: [&str; 3] = [
    "/etc/libccid_Info.plist",
    "/usr/lib/pcsc/drivers/ifd-ccid.bundle/Contents/Info.plist",
    "/usr/lib64/pcsc/drivers/ifd-ccid.bundle/Contents/Info.plist",
];
/// What polkit asks before it lets a program speak to pcscd.
const POLICY: &str = "/usr/share/polkit-1/actions/org.debian.pcsc-lite.policy";
/// Where an administrator's exceptions from it are.
const POLICY_RULES: [&str; 2] = ["/etc/polkit-1/rules.d", "/usr/share/polkit-1/rules.d"];

/// PC/SC is one of two ways, so nothing of it is a failure.
pub(super) fn look(system: &System, tokens: &[Identity], findings: &mut Vec<Finding>) {
    if !DAEMONS.iter().any(|path| system.has(path)) {
        findings.push(Finding::ok("doctor-no-service"));
        return;
    }
    findings.push(match (system.has(SOCKET), system.runs("pcscd"), system.has("/run/systemd/system")) {
        (true, true, _) => Finding::ok("doctor-service"),
        // systemd listens and starts the daemon for the first program. Asking the socket would start it, and it would
        // take the token.
        (true, false, true) => Finding::ok("doctor-service-waits"),
        (true, false, false) => Finding::warn("doctor-service-dead").with("path", SOCKET),
        (false, ..) => Finding::warn("doctor-service-off"),
    });
    if system.has(POLICY) && !system.is_at_the_computer() && !has_exception(system) {
        findings.push(Finding::warn("doctor-polkit"));
    }
    let list = LISTS.iter().find_map(|path| Some((*path, system.read(path)?)));
    let Some((path, list)) = list else {
        findings.push(Finding::warn("doctor-no-driver"));
        return;
    };
    for token in tokens {
        let ids = format!("{:04x}:{:04x}", token.vendor_id, token.product_id);
        let finding = if lists(&list, token) {
            Finding::ok("doctor-driver-knows")
        } else {
            let fix = with_reader(&list, token).map(|content| Fix::driver(path, content, token));
            Finding::warn("doctor-driver-does-not-know").with("path", path).curable(fix)
        };
        findings.push(finding.with("name", token.name.clone()).with("text", ids));
    }
}

fn has_exception(system: &System) -> bool {
    POLICY_RULES
        .iter()
        .any(|folder| system.files(folder).iter().any(|rule| rule.contains("org.debian.pcsc-lite")))
}

/// An array of the list, from its first entry to its end.
fn array<'l>(list: &'l str, key: &str) -> Option<&'l str> {
    let (_, rest) = list.split_once(&format!("<key>{key}</key>"))?;
    let (_, rest) = rest.split_once("<array>")?;
    Some(rest.split_once("</array>")?.0)
}

/// The list has vendors, products and names as three arrays of the same length.
fn lists(list: &str, token: &Identity) -> bool {
    let numbers = |key: &str| -> Vec<Option<u16>> {
        let entries = array(list, key).unwrap_or_default().split("<string>").skip(1);
        let number = |entry: &str| {
            let digits = entry.split_once("</string>")?.0.trim().to_ascii_lowercase();
            u16::from_str_radix(digits.strip_prefix("0x")?, 16).ok()
        };
        entries.map(number).collect()
    };
    let (vendors, products) = (numbers("ifdVendorID"), numbers("ifdProductID"));
    let is_it = |pair| pair == (&Some(token.vendor_id), &Some(token.product_id));
    vendors.iter().zip(&products).any(is_it)
}

/// The list with one more reader, in front of the others. `None`: it is no such list.
fn with_reader(list: &str, token: &Identity) -> Option<String> {
    let entries = [
        ("ifdVendorID", format!("0x{:04X}", token.vendor_id)),
        ("ifdProductID", format!("0x{:04X}", token.product_id)),
        ("ifdFriendlyName", escaped(&token.name)),
    ];
    let mut text = list.to_owned();
    for (key, value) in entries {
        array(&text, key)?;
        let start = text.find(&format!("<key>{key}</key>"))?;
        let at = start + text.get(start..)?.find("<array>")? + "<array>".len();
        text.insert_str(at, &format!("\n\t\t<string>{value}</string>"));
    }
    Some(text)
}

/// Text in XML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

impl Fix {
    /// One more reader in libccid's list.
    fn driver(path: &str, content: String, token: &Identity) -> Self {
        let shown = format!(
            "ifdVendorID 0x{:04X}, ifdProductID 0x{:04X}, ifdFriendlyName {}",
            token.vendor_id, token.product_id, token.name
        );
        Self {
            path: Path::new(path).into(),
            content,
            shown,
            then: &[],
            after: Some("doctor-fix-restart-service"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::Verdict;

    fn kaztoken() -> Identity {
        Identity { vendor_id: 0x0A89, product_id: 0x0035, name: "KAZTOKEN <1>".into() }
    }

    fn list(pairs: &[(&str, &str)]) -> String {
        let array = |key: &str, items: Vec<&str>| {
            let items: String = items.iter().map(|item| format!("<string>{item}</string>\n")).collect();
            format!("<key>{key}</key>\n<array>\n{items}</array>\n")
        };
        array("ifdVendorID", pairs.iter().map(|pair| pair.0).collect())
            + &array("ifdProductID", pairs.iter().map(|pair| pair.1).collect())
            + &array("ifdFriendlyName", pairs.iter().map(|_| "a reader").collect())
    }

    #[test]
    fn vendors_and_products_belong_together() {
        assert!(lists(&list(&[("0x08E6", "0x0001"), ("0x0A89", "0x0035")]), &kaztoken()));
        assert!(!lists(&list(&[("0x0A89", "0x0030"), ("0x08E6", "0x0035")]), &kaztoken()));
        for broken in ["", "<key>ifdVendorID</key>", "<key>ifdVendorID</key><array><string>0x0A89"] {
            assert!(!lists(broken, &kaztoken()));
            assert_eq!(with_reader(broken, &kaztoken()), None);
        }
    }

    #[test]
    fn a_reader_is_added_and_the_others_stay() {
        let before = list(&[("0x08E6", "0x0001"), ("0x0A89", "0x0030")]);
        let after = with_reader(&before, &kaztoken()).unwrap();
        let rutoken = Identity { product_id: 0x0030, ..kaztoken() };
        assert!(lists(&after, &kaztoken()) && lists(&after, &rutoken) && !lists(&before, &kaztoken()));
        assert!(after.contains("<string>KAZTOKEN &lt;1&gt;</string>"));
        assert_eq!(after.matches("<string>").count(), before.matches("<string>").count() + 3);
    }

    fn findings(files: &[(&str, &str)]) -> Vec<(&'static str, Verdict)> {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path.trim_start_matches('/'));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let mut findings = Vec::new();
        look(&System::at(folder.path()), &[kaztoken()], &mut findings);
        findings.iter().map(|finding| (finding.id, finding.verdict)).collect()
    }

    #[test]
    fn each_state_of_the_service() {
        use Verdict::{Ok, Warn};
        let list = list(&[("0x0A89", "0x0035")]);
        let daemon = ("/usr/sbin/pcscd", "");
        let there = [daemon, ("/etc/libccid_Info.plist", &list)];
        let with = |more: &[(&'static str, &'static str)]| findings(&[&there, more].concat());
        let knows = ("doctor-driver-knows", Ok);
        assert_eq!(findings(&[]), [("doctor-no-service", Ok)]);
        assert_eq!(findings(&[daemon]), [("doctor-service-off", Warn), ("doctor-no-driver", Warn)]);
        assert_eq!(with(&[(SOCKET, "")]), [("doctor-service-dead", Warn), knows]);
        assert_eq!(with(&[(SOCKET, ""), ("/proc/7/comm", "pcscd\n")]), [("doctor-service", Ok), knows]);
        let waits = [(SOCKET, ""), ("/run/systemd/system/x", "")];
        assert_eq!(with(&waits), [("doctor-service-waits", Ok), knows]);
        let asks = [(SOCKET, ""), ("/proc/7/comm", "pcscd\n"), (POLICY, "")];
        assert_eq!(with(&asks), [("doctor-service", Ok), ("doctor-polkit", Warn), knows]);
        let exception =
            ("/etc/polkit-1/rules.d/1.rules", "if (action.id == \"org.debian.pcsc-lite.access_pcsc\")");
        assert_eq!(with(&[&asks[..], &[exception]].concat()), [("doctor-service", Ok), knows]);
        let other = "<key>ifdVendorID</key><array></array><key>ifdProductID</key><array></array>";
        let found = findings(&[daemon, ("/etc/libccid_Info.plist", other)]);
        assert_eq!(found.last(), Some(&("doctor-driver-does-not-know", Warn)));
    }
}
