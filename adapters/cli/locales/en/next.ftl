# What to do next, where several codes have the same way out.
next-none = Nothing needs to be done.
next-replug = Unplug the token, wait a moment, plug it in again.
next-tries = Read the tries left before you type a PIN again: kaztoken status.
next-unblock = The administrator can unblock it: kaztoken pin unblock. Nothing unblocks the administrator PIN.
next-login = Log in with the PIN that gives this right.
next-space = Make room: kaztoken object list shows what can be deleted.
next-report = Report it with the decoded dialogue, without PINs.
next-model = See what this token can do: kaztoken info.
next-doctor = See who holds it and what is missing: kaztoken list.
next-service = Start the smart card service (Linux: systemctl start pcscd.socket), or use --via usb, which needs none.
next-rule = Add the udev rule that kaztoken list prints, then replug the token.
next-holder = Close the program that uses the token, or use --via pcsc.
next-again = Try once more; when it comes back, replug the token.
next-contacts = Clean the contacts, use another port or cable, then replug.
next-program = It is a fault of the program, not of the token: report it there.
next-wait = Wait until the operation under way has ended.
