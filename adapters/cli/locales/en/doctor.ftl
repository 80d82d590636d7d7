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
    .cure = As root put this line into /etc/udev/rules.d/60-kaztoken.rules, run udevadm control --reload, and replug the token: { $rule }
doctor-not-allowed = The system does not let this user open it.
    .cure = Use --via pcsc.
doctor-driver = The kernel driver { $name } holds it.
    .cure = Unload that driver, or use --via pcsc.
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
doctor-service-off = The smart card service (pcscd) is installed and does not listen; programs with PKCS#11 will see no token.
    .cure = As root: systemctl enable --now pcscd.socket
doctor-no-driver = The smart card service has no driver for USB readers (libccid).
    .cure = Install it (Debian: apt install libccid).
doctor-driver-knows = The service's driver knows KAZTOKEN's number (0a89:0035).
doctor-driver-does-not-know = The service's driver does not know KAZTOKEN's number (0a89:0035).
    .cause = It was proposed to libccid and never taken; the number rests on that one public source.
    .cure = Use raw USB (--via usb), which needs no list.
doctor-clock = The computer's clock is wrong.
    .cause = It shows a time before this program was made.
    .cure = Set it: certificates are judged by it.
doctor-no-way = No token can be reached: { $text }
doctor-several = { $count } tokens are attached.
    .cause = The bank's manual wants exactly one during a registration.
    .cure = Unplug the others, or name one with --device.
doctor-answers = It answers: { $name } ({ $text }).
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
