# The commands `rig`.

rig-name-port = name the rig's port, here or with --via rig:PORT; `kaztoken rig list` shows them
rig-no-ports-told = the system does not tell its serial ports: { $text }
rig-no-port = this computer has no serial port; plug a rig in, or name its socket
rig-others = No rig:
table-port = PORT
table-firmware = FIRMWARE
table-board = BOARD
table-features = FEATURES
rig-port = port
rig-firmware = firmware
rig-board = board
rig-features = features
rig-protocol = protocol
rig-silence = silence
rig-silence-text = { $ms } ms until it takes the token's power
rig-token = token
rig-pins = pins
rig-line = line
rig-line-long = { $frames } frames, { $damaged } damaged, { $long } too long, { $foreign } foreign; the host fell silent { $silences } times
rig-line-short = { $frames } frames, { $damaged } damaged, { $long } too long
rig-tests-failed = the rig failed its tests { $failed } of { $ran }; do not trust it
rig-self-test = self-test
rig-tests-passed = { $count } tests passed
rig-card-there = there
rig-card-not-there = not there
rig-card-unknown = cannot be told
rig-card-powered = { $text }, has power
rig-card-no-power = { $text }, no power
console-help = on          power on; prints the answer to reset
    off         power off
    reset       warm reset
    atr         the answer to the last reset
    card        is there a token, has it power
    pins        the levels of the contacts
    timing      how long the last exchange took
    line        what came over the line
    log LEVEL   off, error, warn, info, debug or trace
    quit        the end
    HEX         a short command APDU, such as 00CA018108
console-begins = `help` lists the words; `quit` ends
console-back = the rig is there again; the token has no power
console-done = done
console-timing = { $micros } us, { $sent } bytes there, { $received } back
console-levels = expected off, error, warn, info, debug or trace
console-unknown = expected a word (`help` lists them) or a short command APDU
rig-no-status-word = the answer has { $count } bytes and no status word
ledger-unreadable = { $count ->
        [one] 1 line
       *[other] { $count } lines
    } of { $path } cannot be read and counts for nothing
ledger-empty = Nothing is in { $path }.
ledger-no-home = there is no home folder with a ledger in it; name it in --rig-rules
table-pins-sent = PINS SENT
table-not-accepted = NOT ACCEPTED
table-generated = KEYS GENERATED
table-destructive = DESTRUCTIVE
table-refused = REFUSED
table-last = LAST
ledger-goes-out-tries = { $name } goes out, { $count } tries left
ledger-goes-out = { $name } goes out
ledger-answered = { $name } answered { $text }
ledger-refused = { $name } refused: { $text }
ledger-forgiven = wrong PINs are forgiven
ledger-user-pin = user PIN
ledger-admin-pin = administrator PIN
ledger-generation = key generation
ledger-destructive = destructive command
ledger-change = change
ledger-unknown = unknown command
station-no-warm-reset = a token on USB has no warm reset; use power = "on"
station-no-contacts = the token hangs on USB; there are no contacts to look at
