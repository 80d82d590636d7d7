# What rigs, their guard and their ledger say: kaztoken_rig.

rig-open = { $place } cannot be opened: { $text }; { $advice }
rig-open-not-found = plug the rig in; `kaztoken rig list` shows what is there
rig-open-permission = join the group that owns the port (Debian: dialout)
rig-open-refused = start the rig's program
rig-open-other = does another program use it?
rig-nothing = nothing on the line answers as a rig; is its firmware running, and is this its port?
rig-something-else = no rig answers, but { $count } bytes of something else came; is this its port, at its speed?
rig-wrong-version = the rig's firmware ({ $firmware }) speaks { $rig }, this program { $ours }; flash the one that belongs to it
rig-dialect = version { $number }, schema { $schema }
rig-another = another rig answers now, { $board }; nothing was sent to its token; start again
rig-disconnected = the line to the rig is closed; what the last command did is unknown. Plug the rig in again
rig-line-failed = the line to the rig failed: { $text }; plug the rig in again
rig-silent = the rig says nothing any more; reset it
rig-asleep = the rig had heard nothing for too long and took the token's power; start again
rig-request-lost = the command was lost on the way to the rig and not carried out
rig-answer-lost = the rig's answer was lost on the line; what the command did is unknown
rig-timeout = the rig did not answer in time; what the command did is unknown
rig-cancelled = given up while the rig was at work; what the command did is unknown
rig-wrong-answer = the rig answered something else than it was asked; flash its firmware anew
rig-too-long = the command has { $count } bytes, too many for the rig; nothing was sent
rig-buffer = the answer has { $needed } bytes and the buffer { $count }; 258 bytes hold any
rig-broken = the line to the rig failed before and was not brought back
fault-repeated = the rig got a request twice and did it once; what it answered is lost
fault-malformed = the rig does not understand the request; flash its firmware anew
fault-unsupported = this rig cannot do that
fault-too-long = the request is longer than this rig takes; use short APDUs
fault-no-card = no token is on the rig; insert it
fault-not-powered = the token on the rig has no power; power it on
fault-mute = the token on the rig does not answer its reset; insert it the other way round
fault-wrong-ts = the answer to reset begins with { $got }, not 3B or 3F; look at the clock and the line
fault-bad-atr = the token's answer to reset makes no sense; look at the clock and the line
fault-parity = the byte line to the token is noisy; look at the contacts
fault-over-current = the token draws too much current, its power is off; take it out, it may be short-circuited
fault-timeout = the token on the rig did not answer in time; power it off and on
fault-pps = the token refused the protocol and speed that it offers
fault-t0 = the token broke the rules of T=0; power it off and on
fault-t1 = the token broke the rules of T=1; power it off and on
fault-response-too-long = the token's response is longer than 258 bytes
fault-ccid = the token broke the rules of CCID; power it off and on
fault-unplugged = the token was pulled out of the rig's USB port
fault-stalled = the token on the rig's USB port stalled; reset its bus
fault-stopped = the rig gave the command up and took the token's power
fault-hardware = the rig itself failed (code { $got }); reset it
guard-not-allowed = the token { $serial } on the rig is not on the list of tokens for tests; nothing was sent (put "{ $serial }" into `allow` of the rig's rules if it may be changed)
guard-no-serial = the token on the rig does not tell its serial number, so it is on no list of tokens for tests; nothing was sent
guard-below-floor = { $count } tries of the { $role } PIN are left and the rig's rules ask for { $floor }; no PIN was sent
guard-tries-unknown = the token does not tell how many tries of the { $role } PIN are left; no PIN was sent
guard-wrong-before = the last { $role } PIN that a rig sent was wrong, or its answer was lost; no PIN was sent (find the right one, then `kaztoken rig ledger --serial ... --forgive`)
guard-destructive = { $name } erases, deletes, unblocks or sets a PIN; nothing was sent (`destructive = true` in the rig's rules unlocks it)
guard-unknown = nobody has published what { $name } does; nothing was sent (`unknown = true` in the rig's rules unlocks it)
guard-disguised = { $name } may carry a PIN in a form that cannot be watched over; nothing was sent (send it as VERIFY, 00 20 00 01 or 02)
guard-worn-out = this token has generated { $count } keys on rigs, as many as it may; nothing was sent (`generations` in the rig's rules)
guard-opaque = only command APDUs go to a token, nothing that they are made of
ledger-file = the rig's ledger { $path }: { $text }; without it nothing is sent
ledger-no-file = there is no place for the rig's ledger, and without it nothing is sent; name one in the rig's rules
rig-address-expected = expected a serial port (/dev/ttyACM0, /dev/ttyUSB0@921600, COM3), a Unix socket or tcp:HOST:PORT
