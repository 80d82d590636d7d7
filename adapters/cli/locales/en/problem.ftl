# Why a command ends without its result, where it is not one layer's own business.

problem-file = { $path }: { $text }; { $advice }
problem-file-name = check the name
problem-file-rights = check who may use this file
problem-file-exists = choose another name or remove it
problem-file-space = check the name and the free space
problem-connection = the connection to the token failed
problem-guard = the rig's guard refused
problem-interrupted = stopped by Ctrl-C; what the last command did is unknown: `kaztoken status` and `kaztoken key list` show what is on the token
problem-stdin = the standard input: { $text }
problem-stdout = the command is done, but its result cannot be written to stdout: { $text }
problem-stdout-only = the result cannot be written to stdout: { $text }
problem-no-page = no page was written
problem-not-confirmed = not confirmed; nothing was changed (--yes confirms)
problem-dry-run = --dry-run makes no sense here: { $text }
dry-run-virtual = a virtual token is a file, not a device
dry-run-tour = the tour has a virtual token of its own
dry-run-rig = a rig is not a token
question-yes-no = { $text } [y/N]
answer-letter = y
answer-word = yes
pages = { $count ->
        [one] 1 page
       *[other] { $count } pages
    } in { $path }
io-not-found = No such file or directory (os error { $number })
io-permission-denied = Permission denied (os error { $number })
io-already-exists = File exists (os error { $number })
io-storage-full = No space left on device (os error { $number })
io-broken-pipe = Broken pipe (os error { $number })
io-timed-out = Connection timed out (os error { $number })
io-connection-refused = Connection refused (os error { $number })
io-is-a-directory = Is a directory (os error { $number })
io-not-a-directory = Not a directory (os error { $number })
io-resource-busy = Device or resource busy (os error { $number })
