# The command `format`.

format-several = { $count } tokens are attached; a format erases for good, so leave only the one to be erased plugged in; nothing was erased
format-not-empty = on the token: { $keys ->
        [one] 1 key
       *[other] { $keys } keys
    }, { $certificates ->
        [one] 1 certificate
       *[other] { $certificates } certificates
    }, { $files ->
        [one] 1 file
       *[other] { $files } files
    } of other software; a format destroys them for good; nothing was erased; --erase-keys gives them up
format-erases = A format erases everything on this token:
format-keys-lost = Nothing brings the keys back.
format-run-again = if the format had begun, the token is unfinished: run `kaztoken format` again
format-serial-needs-yes = --serial stands for typing the number only together with --yes; nothing was erased
format-yes-needs-serial = --yes is not enough for a format; name the token with --serial too; nothing was erased
format-type-serial = Type the serial number of the token to erase it:
format-no-serial = that is no serial number; nothing was erased
format-serial-not-typed = the serial number was not typed; nothing was erased
format-admin-pin-factory = The administrator PIN will be the factory value, which everybody knows: change it.
format-label-wrong = --label: expected 1 to 32 bytes of text without control characters
format-done = Formatted: { $name }, label { $label }; user PIN { $user ->
        [one] 1 try
       *[other] { $user } tries
    }, administrator PIN { $admin ->
        [one] 1 try
       *[other] { $admin } tries
    }.
format-user-pin-factory = The user PIN is the factory value, which everybody knows: `kaztoken pin change`.
format-not-again = Do not format it again once a registration has begun: that destroys its key.
format-formatting = formatting
