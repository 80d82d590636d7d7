//! On a copy of the parts of `/sys` and `/proc` that count, in a temporary directory.
#![cfg(unix)]

use super::*;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

const NODE: &str = "/dev/bus/usb/001/004";
const DEVICE: &str = "sys/bus/usb/devices/1-2";

struct Machine(tempfile::TempDir);

impl Machine {
    /// A token on bus 1, address 4, behind port 2; its interface 0 is bound to `driver`.
    fn new(driver: Option<&str>) -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        machine.write("sys/bus/usb/devices/usb1/busnum", "1\n");
        machine.write("sys/bus/usb/devices/usb1/devnum", "1\n");
        machine.write(&format!("{DEVICE}/busnum"), "1\n");
        machine.write(&format!("{DEVICE}/devnum"), "4\n");
        machine.write(&format!("{DEVICE}/product"), "Rutoken \x1b[2JECP\n");
        machine.write(&format!("{DEVICE}/1-2:1.0/bInterfaceNumber"), "00\n");
        if let Some(driver) = driver {
            let link = machine.0.path().join(format!("{DEVICE}/1-2:1.0/driver"));
            symlink(format!("../../../../bus/usb/drivers/{driver}"), link).unwrap();
        }
        machine.write(NODE, "");
        machine
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path.trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A process with `open` open, or one whose open files this user may not see.
    fn process(&self, pid: u32, name: &str, open: Option<&str>) {
        self.write(&format!("proc/{pid}/comm"), &format!("{name}\n"));
        if let Some(open) = open {
            let fd = self.0.path().join(format!("proc/{pid}/fd"));
            fs::create_dir(&fd).unwrap();
            symlink("/dev/null", fd.join("0")).unwrap();
            symlink(open, fd.join("9")).unwrap();
        }
    }

    fn system(&self) -> System {
        System::at(self.0.path())
    }

    fn holder(&self) -> Option<Holder> {
        Holder::now(&self.system(), 1, 4, 0)
    }
}

#[test]
fn o11_pcscd_is_named_with_its_pid() {
    let machine = Machine::new(Some("usbfs"));
    machine.process(77, "bash", Some("/dev/bus/usb/001/001"));
    machine.process(123, "pcscd", Some(NODE));
    let holder = machine.holder().unwrap();
    assert_eq!(holder.processes, [Process { pid: 123, name: "pcscd".into() }]);
    assert!(holder.is_pcscd());
    let message = holder.to_string();
    assert!(
        message
            .starts_with("the token (/dev/bus/usb/001/004) is held by pcscd (pid 123); use it through PC/SC")
    );
}

#[test]
fn pcscd_is_suspected_where_its_files_cannot_be_seen() {
    let machine = Machine::new(Some("usbfs"));
    machine.process(123, "pcscd", None);
    assert!(machine.holder().unwrap().to_string().contains("probably pcscd (pid 123)"));
}

#[test]
fn o02_several_programs_are_all_named_and_pcscd_is_not_blamed() {
    let machine = Machine::new(Some("usbfs"));
    machine.process(9, "scdaemon", Some(NODE));
    machine.process(10, "qemu-system-x86", Some(NODE));
    machine.process(123, "pcscd", None);
    let message = machine.holder().unwrap().to_string();
    assert!(
        message.contains("held by scdaemon (pid 9), qemu-system-x86 (pid 10); close that program"),
        "{message}"
    );
}

#[test]
fn o02_a_kernel_driver_is_no_obstacle_but_is_named_when_claiming_fails() {
    let machine = Machine::new(Some("pn533_usb"));
    assert_eq!(machine.holder(), None);
    let message = Holder::look(&machine.system(), 1, 4, 0).to_string();
    assert!(message.contains("held by the kernel driver pn533_usb; unload that driver"), "{message}");
}

#[test]
fn free_interface_and_unknown_device_have_no_holder() {
    assert_eq!(Machine::new(None).holder(), None);
    assert_eq!(Holder::now(&Machine::new(Some("usbfs")).system(), 1, 5, 0), None);
    let nowhere = System::at(Path::new("/nonexistent"));
    assert_eq!(Holder::look(&nowhere, 1, 4, 0), Holder::default());
}

#[test]
fn strings_of_the_device_cannot_drive_the_terminal() {
    let machine = Machine::new(None);
    assert_eq!(machine.system().string(1, 4, "product").as_deref(), Some("Rutoken ?[2JECP"));
    assert_eq!(machine.system().string(1, 4, "manufacturer"), None);
}
