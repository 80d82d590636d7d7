//! The adapter with the real libusb on USB devices that exist only for it: umockdev answers for `/sys`,
//! `/dev/bus/usb` and usbfs. Without umockdev (Debian: `umockdev`) it says so and does nothing.
//!
//! umockdev claims every interface with success, so a claim that is refused is the affair of the rig with a
//! real kernel (`cargo xtask rig linux-usb`); here the system only tells that a program has the interface.
//!
//! A case is a process of its own under `umockdev-run`, under `timeout` too: libusb asks for ever for a
//! transfer that is not in the recording.

#[cfg(target_os = "linux")]
mod linux {
    use core::time::Duration;
    use std::fmt::Write;
    use std::path::{Path, PathBuf};
    use std::process::{Command, ExitCode, Stdio};
    use std::time::Instant;
    use std::{env, fs};

    use kaztoken_core::Millis;
    use kaztoken_core::ccid::CcidLink;
    use kaztoken_core::drive::{ApduLink, BulkPipe};
    use kaztoken_usb::{Candidate, CcidInterface, ErrorKind, Usb};
    use rusb::{Context, DeviceHandle, UsbContext};

    type Tested = Result<(), String>;

    /// Its name, the devices it sees, what is to be seen.
    type Case = (&'static str, &'static [Mock], fn() -> Tested);

    const CASES: &[Case] = &[
        ("umockdev: nothing attached", &[], nothing),
        ("umockdev: found by its class", &[Mock::new(2)], found),
        ("umockdev: power on and one command", &[Mock::new(2)], exchange),
        ("umockdev: claimed twice, used once", &[Mock::new(2)], again),
        ("umockdev: two of them", &[Mock::new(2), Mock::new(3)], several),
        ("umockdev: a program has the interface", &[Mock::new(2).of("usbfs")], held),
        ("umockdev: no permission", &[Mock::new(2)], forbidden),
        ("umockdev: another class", &[Mock::new(2).class(0x03)], nothing),
    ];

    /// One device on bus 1.
    #[derive(Clone, Copy)]
    struct Mock {
        address: u8,
        class: u8,
        driver: Option<&'static str>,
    }

    impl Mock {
        const fn new(address: u8) -> Self {
            Self { address, class: 0x0B, driver: None }
        }

        const fn of(self, driver: &'static str) -> Self {
            Self { driver: Some(driver), ..self }
        }

        const fn class(self, class: u8) -> Self {
            Self { class, ..self }
        }

        /// The descriptors. The ids are made up, with a vendor that is real: what counts is the class.
        fn descriptors(self) -> Vec<u8> {
            let class = [
                0x36, 0x21, 0x00, 0x01, 0x00, 0x01, 0x02, 0, 0, 0, 0xFC, 0x0D, 0, 0, 0xFC, 0x0D, 0, 0, 0,
                0x80, 0x25, 0, 0, 0x80, 0x25, 0, 0, 0, 0xFE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x08,
                0x02, 0, 0x0F, 0x01, 0, 0, 0xFF, 0xFF, 0, 0, 0, 1,
            ];
            [
                &[0x12, 1, 0x10, 0x01, 0, 0, 0, 16, 0x89, 0x0A, 0xFE, 0xFF, 0x00, 0x01, 1, 2, 0, 1][..],
                &[9, 2, 86, 0, 1, 1, 0, 0x80, 50],
                &[9, 4, 0, 0, 2, self.class, 0, 0, 0],
                &class,
                &[7, 5, 0x02, 2, 64, 0, 0],
                &[7, 5, 0x81, 2, 64, 0, 0],
            ]
            .concat()
        }

        fn node(self) -> String {
            format!("/dev/bus/usb/001/{:03}", self.address)
        }

        /// The device as umockdev-record writes it.
        fn description(self) -> String {
            let Self { address, class, driver } = self;
            let descriptors = hex(&self.descriptors());
            let mut text = format!(
                "P: /devices/pci0000:00/0000:00:01.0/usb1/1-{address}\n\
                 N: bus/usb/001/{address:03}\n\
                 E: BUSNUM=001\nE: DEVNUM={address:03}\nE: DEVNAME=/dev/bus/usb/001/{address:03}\n\
                 E: DEVTYPE=usb_device\nE: PRODUCT=a89/fffe/100\nE: SUBSYSTEM=usb\nE: TYPE=0/0/0\n\
                 A: bConfigurationValue=1\nA: bNumConfigurations=1\nA: busnum=1\nA: devnum={address}\n\
                 A: idProduct=fffe\nA: idVendor=0a89\nA: manufacturer=Example\nA: product=Card\nA: speed=12\n\
                 H: descriptors={descriptors}\n\n\
                 P: /devices/pci0000:00/0000:00:01.0/usb1/1-{address}/1-{address}:1.0\n\
                 E: DEVTYPE=usb_interface\nE: SUBSYSTEM=usb\nE: INTERFACE={class}/0/0\n\
                 A: bInterfaceNumber=00\nA: bInterfaceClass={class:02x}\n",
            );
            if let Some(driver) = driver {
                let _ = writeln!(text, "L: driver=../../../../../../bus/usb/drivers/{driver}");
            }
            text
        }
    }

    /// What usbfs carries: the capabilities (none, so that libusb detaches and claims in two steps), then
    /// power on and SELECT with their answers.
    fn recording() -> String {
        let mut text = String::from("USBDEVFS_GET_CAPABILITIES 0 00000000\n");
        let mut urb = |endpoint: u8, room: usize, bytes: &str| {
            let len = bytes.len() / 2;
            let room = if endpoint & 0x80 == 0 { len } else { room };
            let _ = writeln!(text, "USBDEVFS_REAPURBNDELAY 0 3 {endpoint} 0 0 {room} {len} 0 {bytes}");
        };
        urb(0x02, 0, "62000000000000010000");
        urb(0x81, 320, "800C00000000000000003B88014B415A544F4B454E82");
        urb(0x02, 0, "6F04000000000100000000A40400");
        urb(0x81, 320, "800200000000010000009000");
        text
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02X}")).collect()
    }

    fn expect<T: PartialEq + core::fmt::Debug>(what: &str, got: T, expected: T) -> Tested {
        if got == expected { Ok(()) } else { Err(format!("{what}: {got:?}, expected {expected:?}")) }
    }

    fn discover() -> Result<Vec<Candidate>, String> {
        Usb::new().and_then(|usb| usb.discover()).map_err(|error| error.to_string())
    }

    fn nothing() -> Tested {
        expect("candidates", discover()?.len(), 0)?;
        let error = Usb::new().and_then(|usb| usb.open_only()).err();
        expect("error", error.map(|error| error.kind()), Some(ErrorKind::NothingThere))
    }

    fn found() -> Tested {
        let candidates = discover()?;
        let [candidate] = &candidates[..] else { return Err(format!("{} candidates", candidates.len())) };
        expect("line", candidate.to_string(), "0A89:FFFE Example Card (bus 1 address 2, port 2)".to_owned())?;
        expect("node", candidate.node.as_deref(), Some(Path::new("/dev/bus/usb/001/002")))?;
        expect("obstacle", candidate.obstacle.as_ref(), None)?;
        let interface = candidate.interface.as_ref().map_err(|error| error.to_string())?;
        expect("endpoints", (interface.bulk_out, interface.bulk_in), (0x02, 0x81))?;
        expect("features", interface.class.features.0, 0x0002_0840)
    }

    /// The bulk endpoints through rusb and libusb, claimed without the detaching of kernel drivers that
    /// [`kaztoken_usb::UsbPipe`] asks for: umockdev knows none of the ways in which libusb detaches.
    struct Plain {
        handle: DeviceHandle<Context>,
        bulk_out: u8,
        bulk_in: u8,
    }

    impl Plain {
        fn claim() -> Result<(Self, CcidInterface), String> {
            let candidates = discover()?;
            let candidate = candidates.first().ok_or("no candidate")?;
            let interface = candidate.interface.clone().map_err(|error| error.to_string())?;
            let context = Context::new().map_err(|error| error.to_string())?;
            let handle = context.open_device_with_vid_pid(candidate.vendor_id, candidate.product_id);
            let handle = handle.ok_or("cannot be opened")?;
            handle.claim_interface(interface.number).map_err(|error| format!("claim: {error}"))?;
            Ok((Self { handle, bulk_out: interface.bulk_out, bulk_in: interface.bulk_in }, interface))
        }
    }

    impl BulkPipe for Plain {
        type Error = rusb::Error;

        fn send(&mut self, message: &[u8], timeout: Millis) -> rusb::Result<()> {
            let sent = self.handle.write_bulk(self.bulk_out, message, Duration::from_millis(timeout.0))?;
            if sent == message.len() { Ok(()) } else { Err(rusb::Error::Io) }
        }

        fn receive(&mut self, buffer: &mut [u8], timeout: Millis) -> rusb::Result<Option<usize>> {
            match self.handle.read_bulk(self.bulk_in, buffer, Duration::from_millis(timeout.0)) {
                Ok(len) => Ok(Some(len)),
                Err(rusb::Error::Timeout) => Ok(None),
                Err(error) => Err(error),
            }
        }
    }

    fn exchange() -> Tested {
        let pipe = Usb::new().and_then(|usb| usb.open_only()).map_err(|error| error.to_string())?;
        let interface = pipe.interface().clone();
        let start = Instant::now();
        let clock = move || Millis(start.elapsed().as_millis() as u64);
        let mut link = CcidLink::open(pipe, clock, &interface.class).map_err(|error| error.to_string())?;
        expect("answer to reset", hex(link.atr_bytes()), "3B88014B415A544F4B454E82".to_owned())?;
        let mut response = [0; 258];
        let len = link.transmit(&[0x00, 0xA4, 0x04, 0x00], &mut response, Millis(5_000));
        expect("response", len.map(|len| hex(&response[..len])), Ok("9000".to_owned()))
    }

    /// Dropping releases.
    fn again() -> Tested {
        drop(Plain::claim()?);
        exchange()
    }

    fn several() -> Tested {
        expect("candidates", discover()?.len(), 2)?;
        let error = Usb::new().and_then(|usb| usb.open_only()).err();
        expect("error", error.map(|error| error.kind()), Some(ErrorKind::Several))
    }

    fn held() -> Tested {
        let candidates = discover()?;
        let obstacle = candidates.first().and_then(|candidate| candidate.obstacle.as_ref());
        expect("obstacle", obstacle.map(|error| error.kind()), Some(ErrorKind::Held))?;
        let text = obstacle.map(ToString::to_string).unwrap_or_default();
        expect("message", text.starts_with("the token (/dev/bus/usb/001/002) is held by "), true)
    }

    fn forbidden() -> Tested {
        use std::os::unix::fs::PermissionsExt;
        let node = env::var("UMOCKDEV_DIR").map_err(|_| "not under umockdev")? + "/dev/bus/usb/001/002";
        fs::set_permissions(node, fs::Permissions::from_mode(0o000)).map_err(|error| error.to_string())?;
        let candidates = discover()?;
        let obstacle = candidates.first().and_then(|candidate| candidate.obstacle.as_ref());
        expect("obstacle", obstacle.map(|error| error.kind()), Some(ErrorKind::NoPermission))?;
        let text = obstacle.map(ToString::to_string).unwrap_or_default();
        println!("  | {text}");
        let rule = r#"ATTR{idVendor}=="0a89", ATTR{idProduct}=="fffe""#;
        expect("message", text.contains("/dev/bus/usb/001/002") && text.contains(rule), true)?;
        let error = Usb::new().and_then(|usb| usb.open_only()).err();
        expect("error", error.map(|error| error.kind()), Some(ErrorKind::NoPermission))
    }

    /// Runs a case in a process of its own.
    fn run(index: usize, mocks: &[Mock], folder: &Path) -> Result<(), String> {
        let write = |name: String, text: String| {
            let file = folder.join(name);
            fs::write(&file, text).map(|()| file).map_err(|error| error.to_string())
        };
        let program = env::current_exe().map_err(|error| error.to_string())?;
        let mut command = Command::new("timeout");
        command.args(["--kill-after=2", "20"]);
        if is_root() {
            // Nothing is forbidden to root.
            command.args(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]);
        }
        command.arg("umockdev-run");
        for mock in mocks {
            let name = format!("{index}-{}", mock.address);
            let (device, ioctl) = (
                write(format!("{name}.device"), mock.description())?,
                write(format!("{name}.ioctl"), recording())?,
            );
            command.arg("--device").arg(device);
            command.arg("--ioctl").arg(format!("{}={}", mock.node(), ioctl.display()));
        }
        let program: PathBuf = fs::copy(&program, folder.join("program"))
            .map(|_| folder.join("program"))
            .map_err(|error| error.to_string())?;
        command.arg("--").arg(program).args(["--inside", &index.to_string()]);
        let output = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
        print!("{}", String::from_utf8_lossy(&output.stdout));
        match output.status.success() {
            true => Ok(()),
            false => Err(format!("{}, {}", output.status, String::from_utf8_lossy(&output.stderr).trim())),
        }
    }

    fn is_root() -> bool {
        let id = Command::new("id").arg("-u").output();
        id.is_ok_and(|output| output.stdout == b"0\n")
    }

    pub(crate) fn main() -> ExitCode {
        let words: Vec<String> = env::args().skip(1).collect();
        if let [inside, index] = &words[..]
            && inside == "--inside"
        {
            let case = index.parse().ok().and_then(|index: usize| CASES.get(index));
            return match case.map(|case| case.2()) {
                Some(Ok(())) => ExitCode::SUCCESS,
                Some(Err(error)) => {
                    eprintln!("{error}");
                    ExitCode::FAILURE
                }
                None => ExitCode::from(2),
            };
        }
        if Command::new("umockdev-run").arg("--version").output().is_err() {
            println!("skipped: umockdev is not installed");
            return ExitCode::SUCCESS;
        }
        let folder = match tempfile::Builder::new().prefix("kaztoken-umockdev").tempdir() {
            Ok(folder) => folder,
            Err(error) => {
                eprintln!("{error}");
                return ExitCode::FAILURE;
            }
        };
        let mut failed = 0;
        use std::os::unix::fs::PermissionsExt;
        let _ = fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755));
        for (index, (name, mocks, _)) in CASES.iter().enumerate() {
            match run(index, mocks, folder.path()) {
                Ok(()) => println!("ok {name}"),
                Err(error) => {
                    failed += 1;
                    println!("FAILED {name}: {error}");
                }
            }
        }
        if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("skipped: umockdev is for Linux");
}
