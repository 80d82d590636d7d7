# PINs: asking for them, checking and changing them.

pin-of = { $role } PIN
pin-new-of = new { $role } PIN
pin-again = { $name }, once more
pin-entries-differ = the two entries of the new PIN differ; nothing was changed, try again
pin-source-failed = { $name }: { $place }: { $text }; check where the PIN comes from
pin-stopped = stopped by Ctrl-C; no PIN was sent
pin-place-terminal = the terminal
pin-place-stdin = the standard input
pin-place-fd = file descriptor { $number }
pin-stdin-ended = the standard input has ended and no PIN was given; use --pin-source
pin-no-variable = { $name }: there is no environment variable { $variable }
pin-source-fd = fd: needs a number, such as fd:3
pin-source-expected = expected prompt, env:VARIABLE, fd:NUMBER or file:PATH
pin-tries = { $role } PIN: { $count ->
        [one] 1 try
       *[other] { $count } tries
    } left
pin-last-try = { $role } PIN: 1 try left: a wrong PIN blocks it
pin-new-refused = the new { $role } PIN is not accepted: { $text }; nothing was changed
pin-not-sent = it was not sent
pin-last-try-ok = with --last-try-ok it is sent all the same
pin-admin-can-unblock = the administrator can unblock it (`kaztoken pin unblock`)
pin-see-unblock = see `kaztoken pin unblock`
pin-nothing-unblocks = nothing unblocks it
pin-wrong-length = the new PIN may be too short or too long for this token; the old one still holds
pin-no-right = this PIN does not give that right
pin-right = The { $role } PIN is right.
pin-changed = The { $role } PIN is changed.
pin-unblocked = The user PIN has all its tries again; the PIN itself is as before.
pin-set = The user PIN is set and has all its tries.
progress-stopping = stopping; Ctrl-C once more ends at once
