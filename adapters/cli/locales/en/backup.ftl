# token backup, token restore-check

backup-written = { $path }: { $count ->
        [0] nothing public is on the token; the list alone was written.
        [one] one file and the list.
       *[other] { $count } files and the list.
    }
backup-left = Not in the backup:
backup-left-nothing = nothing that can be seen without a PIN
backup-never-leaves = never leaves the token
backup-needs-pin = can be read only with the PIN
backup-not-readable = cannot be read
backup-no-secrets = No copy of a private key can be made: who loses the token needs a new key and a new certificate.
backup-folder-used = { $path } is not empty; name a folder that is empty or not there yet
backup-none = { $path } is no backup of kaztoken, or of a newer version
backup-table-folder = IN THE FOLDER
backup-table-token = ON THE TOKEN
backup-whole = whole
backup-damaged = damaged or missing
backup-there = there
backup-gone = gone or changed
backup-other-token = The backup is of token { $text }, this is token { $name }.
backup-added = On the token and not in the backup:
backup-good = Everything in the backup is whole, and on the token as it is there.
backup-differs = The backup and the token differ.
