# The commands `virtual`.

virtual-blank = erased, without PINs: `format` sets it up
virtual-factory = factory state: user PIN 12345678, administrator PIN 87654321
virtual-made = { $path }: virtual { $model }, serial number { $serial } ({ $hex }), { $text }
virtual-use = Use it with --virtual { $path }
virtual-no-random = the system gives no random numbers: { $text }
virtual-name-one = name the virtual token to serve: --virtual FILE, once
virtual-say-how = say how to serve it: --vpcd, --usb-redir SOCKET, --rig ADDRESS, or several
virtual-rig-waiting = rig: waiting for a host on { $place }
virtual-rig-host = rig: a host is there
virtual-rig-closed = rig: the host closed the connection
virtual-rig-failed = rig: the connection failed: { $text }
virtual-no-unix = --usb-redir needs a Unix socket, which this system has not
