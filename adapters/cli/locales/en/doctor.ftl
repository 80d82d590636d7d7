# The command `doctor`: verdicts, then findings with cause and cure.

doctor-ok = OK
doctor-warn = WARN
doctor-fail = FAIL
doctor-cure = cure
doctor-all-ok = Everything is in order.
doctor-all-warn = It works; look at what is marked.
doctor-all-fail = Something is in the way: begin with the first thing that failed.

doctor-bus-hidden = The USB bus cannot be read: { $text }
    .cause = A container or virtual machine without USB, or a system without /dev/bus/usb.
    .cure = Pass the USB bus through (docker: --device /dev/bus/usb), or run this outside.
doctor-nothing-there = No token and no smart card reader is on USB.
    .cause = It is not plugged in, hangs on a charge-only cable or a dead hub, or belongs to the host of this virtual machine.
    .cure = Plug it into the computer itself and watch its light; in a virtual machine pass it through.
doctor-in-container = This system is a container ({ $name }).
    .cause = It sees only the devices that were given to it.
    .cure = Start it with the USB bus (docker: --device /dev/bus/usb), or run kaztoken doctor outside.
doctor-in-machine = This system is a virtual machine ({ $name }).
    .cause = The host has the token as long as it is not passed through.
    .cure = Pass the token through to this machine in the settings of the virtual machine; WSL: usbipd attach.
doctor-seen = { $name } is on { $place }.
doctor-no-interface = { $name } on { $place } has no smart card interface.
    .cause = It is in its bootloader or another mode.
    .cure = Unplug it, wait a moment, plug it in again.
doctor-descriptors = { $name } on { $place } describes itself in a way that cannot be used: { $text }
    .cause = A reader of another kind, or damaged firmware.
    .cure = Try --via pcsc; kaztoken usb describe shows the descriptors.
doctor-node = This user may open it, and nobody holds it.
doctor-no-permission = This user may not open { $path } (owner { $owner }, group { $group }, mode { $mode }).
    .cause = No udev rule gives the token to the person at the computer.
    .cure = Run sudo kaztoken doctor --fix. It puts this line into /etc/udev/rules.d/60-kaztoken.rules and has udev read it: { $rule }
doctor-rule-asleep = This user may not open { $path } (owner { $owner }, group { $group }, mode { $mode }), though there is a udev rule.
    .cause = The token was plugged in before the rule was there, or this is not the session at the computer's own screen.
    .cure = Replug the token. Over SSH, or without logind: have root add this user to the group plugdev, and log in again. The rule should be: { $rule }
doctor-only-root = Only root may open it.
    .cause = No udev rule gives the token to the person at the computer.
    .cure = Run kaztoken doctor --fix as root. It puts this line into /etc/udev/rules.d/60-kaztoken.rules and has udev read it: { $rule }
doctor-not-allowed = The system does not let this user open it.
    .cure = Use --via pcsc.
doctor-driver = The kernel driver { $name } holds it.
    .cure = Unload that driver, or use --via pcsc.
doctor-driver-bound = The kernel driver { $name } sits on it; kaztoken takes the interface from it while it works and gives it back.
    .cause = That driver is not for tokens: somebody bound it by hand, or a rule did.
    .cure = If other programs do not see the token, unload that driver.
doctor-windows = On Windows the system's own driver (usbccid) has the token.
    .cause = Raw USB reaches a device on Windows only with WinUSB as its driver; then no other program sees the token.
    .cure = Use --via pcsc.
doctor-macos = On macOS the system's own driver has the token.
    .cause = CryptoTokenKit claims every smart card reader.
    .cure = Use --via pcsc.
doctor-held-by-service = pcscd holds it: raw USB is not free, PC/SC is.
    .cause = The smart card service takes every reader that it knows.
    .cure = Use --via pcsc, or as root: systemctl stop pcscd.socket pcscd.service
doctor-held = It is held by { $name }.
    .cure = Close that program, or use --via pcsc.
doctor-held-by-somebody = Another program holds it, which this user may not see.
    .cure = Run kaztoken doctor as root to see which, or use --via pcsc.
doctor-gone = It was pulled out meanwhile.
    .cure = Plug it in and start again.
doctor-cannot-open = It cannot be opened: { $text }
    .cure = Unplug it, wait a moment, plug it in again.
doctor-no-service = There is no smart card service (pcscd); raw USB needs none.
doctor-service = The smart card service (pcscd) listens.
doctor-service-waits = The smart card service (pcscd) waits for the first program that needs it.
doctor-service-dead = The smart card service (pcscd) does not run, though { $path } is there.
    .cause = It ended without tidying up.
    .cure = Start it again; raw USB does not need it.
doctor-service-off = The smart card service (pcscd) is installed and does not listen; programs with PKCS#11 will see no token.
    .cure = As root: systemctl enable --now pcscd.socket
doctor-polkit = The smart card service (pcscd) lets only the person at the computer in, and this is another session.
    .cause = polkit decides it (org.debian.pcsc-lite.access_pcsc): over SSH and in services it says no.
    .cure = Use raw USB (--via usb), or have root allow it by a rule in /etc/polkit-1/rules.d.
doctor-no-driver = The smart card service has no driver for USB readers (libccid).
    .cure = Install it (Debian: apt install libccid).
doctor-driver-knows = The service's driver (libccid) knows { $name } ({ $text }).
doctor-driver-does-not-know = The service's driver (libccid) does not know { $name } ({ $text }): { $path } does not list it.
    .cause = KAZTOKEN's number 0a89:0035 was proposed to libccid and never taken; it rests on that one public source.
    .cure = Use raw USB (--via usb), which needs no list, or add it: sudo kaztoken doctor --fix
doctor-clock = The computer's clock is wrong: it shows { $text }.
    .cause = That is before this program was made.
    .cure = Set it: certificates are judged by it.
doctor-clock-ahead = The computer's clock is wrong: it shows { $text }.
    .cause = That is decades ahead.
    .cure = Set it: certificates are judged by it.
doctor-bundle = { $path } is for a bug report: look into it before you send it. It holds no PIN and no names.
doctor-bundle-readme = What kaztoken doctor --bundle wrote.

    report.txt, report.json: what was found, without labels and certificates' names
    versions.txt: the program, the system, the smart card service
    descriptors.txt, descriptors.json: how the readers describe themselves
    trace.ktrace, trace.txt: the dialogue with the tokens, without what is in their files
    udev.txt: the rules that name such tokens

    Serial numbers are replaced by { $text } unless --with-serial was given. No PIN was asked for.
doctor-fix-nothing = There is nothing that --fix can mend.
doctor-fix-shows = Into { $path } goes:
      { $text }
doctor-fix-question = Write it?
doctor-fix-done = Written.
doctor-fix-restart-service = Written; the file as it was stands beside it. Restart the smart card service, if it runs.
doctor-fix-needs-root = { $path } can be written by root only: sudo kaztoken doctor --fix
doctor-no-way = No token can be reached: { $text }
doctor-several = { $count } tokens are attached.
    .cause = The bank's manual wants exactly one during a registration.
    .cure = Unplug the others, or name one with --device.
doctor-answers = It answers: { $name } ({ $text }).
doctor-empty-reader = { $name } on { $place }: { $text }
    .cure = Insert the card, or plug the token in.
doctor-other-card = { $name } on { $place } is another card: { $text }
    .cure = Insert a KAZTOKEN.
doctor-mute = { $name } on { $place } does not answer as it must: { $text }
    .cause = It hangs, or its contacts or cable are bad.
    .cure = Use another port or cable, then replug.
doctor-serial = Serial number { $text }.
doctor-label = It is formatted, with the label { $text }.
doctor-no-label = It is formatted and has <no label>: ready for a registration.
doctor-unformatted = It is not formatted to the end.
    .cause = A format was cut off, or it is fresh.
    .cure = Set it up: kaztoken format
doctor-user-pin = User PIN: { $count ->
        [one] one try
       *[other] { $count } tries
    } left.
doctor-user-pin-few = User PIN: only { $count ->
        [one] one try
       *[other] { $count } tries
    } left.
    .cure = Do not guess; the administrator can set it anew.
doctor-user-pin-blocked = The user PIN is blocked.
    .cure = The administrator can unblock it: kaztoken pin unblock
doctor-admin-pin = Administrator PIN: { $count ->
        [one] one try
       *[other] { $count } tries
    } left.
doctor-admin-pin-few = Administrator PIN: only { $count ->
        [one] one try
       *[other] { $count } tries
    } left.
    .cure = Do not guess: nothing unblocks it.
doctor-admin-pin-blocked = The administrator PIN is blocked, for good.
    .cure = Keys and the user PIN work on; the token cannot be set up anew.
doctor-memory = { $count } bytes of memory are free.
doctor-layout = Layout: { $text }.
doctor-layouts = Several layouts: { $text }.
    .cause = Several programs have written on it, and none sees the others' keys and certificates.
    .cure = Work with the program that made the key.
doctor-certificate-over = The certificate { $name } ended on { $text }.
    .cure = Get a new one from the certification centre.
doctor-certificate-ends = The certificate { $name } ends on { $text }.
    .cure = Renew it before that day.
doctor-certificate-begins = The certificate { $name } holds only from { $text } on.
    .cause = It is newer than the computer's clock, or it was made for later.
    .cure = Check the computer's date.
