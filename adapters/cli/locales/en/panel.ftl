# kaztoken panel: the control panel in a terminal.
panel-no-dry-run = the panel shows what it does; use the commands
panel-needs-terminal = The panel needs a terminal that can place text (not a pipe, not TERM=dumb, not --json); use kaztoken status, pin and format.
panel-not-verbose = -v writes over the panel; use --trace FILE instead.
panel-terminal-lost = The terminal failed: { $text }; open another one.
panel-too-small = needs { $needed }, this is { $here }

# The screen.
panel-tokens = Tokens
panel-token = Token
panel-is-user = logged in: user
panel-is-admin = logged in: administrator
panel-is-nobody = nobody is logged in
panel-reading = reading ...
panel-unusable = cannot be opened
panel-cannot-open = It cannot be opened: { $why }
panel-no-token = No token. Plug one in: it shows by itself.
panel-no-label = <no label>
panel-model = Model
panel-serial = Serial number
panel-label = Label
panel-user-pin = User PIN
panel-admin-pin = Administrator PIN
panel-memory = Memory
panel-bytes-free = { $count } bytes free
panel-tries = { $count ->
        [one] one try left
       *[other] { $count } tries left
    }
panel-blocked = BLOCKED
panel-pin-absent = there is none
panel-verified = logged in
panel-unknown = the token does not say
panel-unfinished = Not formatted to the end: a format sets it up.
panel-tab-keys = Keys { $count }
panel-tab-certificates = Certificates { $count }
panel-tab-objects = Objects { $count }
panel-no-keys = No keys.
panel-no-certificates = No certificates.
panel-no-objects = No objects in OpenSC's layout.
panel-column-number = No
panel-column-algorithm = Algorithm
panel-column-label = Label
panel-column-until = Until
panel-column-subject = Subject
panel-column-kind = Kind
panel-column-file = File
panel-unknown-kind = unknown kind
panel-faulty = (half, or without an entry)
panel-unreadable = not readable as a certificate
panel-private-key = private key
panel-public-key = public key
panel-certificate = certificate
panel-data = data
panel-needs-pin = (needs the PIN)

# The keys at the bottom.
panel-key-user = log in
panel-key-admin = as administrator
panel-key-out = log out
panel-key-change-user = change PIN
panel-key-change-admin = administrator's
panel-key-unblock = unblock
panel-key-set = set user PIN
panel-key-format = format
panel-key-refresh = refresh
panel-key-help = help
panel-key-quit = quit

# Actions.
panel-login-user = Log in as the user
panel-login-admin = Log in as the administrator
panel-change-user = Change the user PIN
panel-change-admin = Change the administrator PIN
panel-unblock = Unblock the user PIN
panel-set-user = Set the user PIN as the administrator
panel-format = Format the token
panel-done-login-user = Logged in as the user.
panel-done-login-admin = Logged in as the administrator.
panel-done-change-user = The user PIN is changed.
panel-done-change-admin = The administrator PIN is changed.
panel-done-unblock = The user PIN has all its tries again; the PIN is as before.
panel-done-set-user = The user PIN is set and has all its tries.
panel-done-format = Formatted. Change the user PIN if it is the factory one.

# Dialogs.
panel-about = Token { $serial }
panel-field-user = User PIN
panel-field-admin = Administrator PIN
panel-field-new-user = New user PIN
panel-field-new-admin = New administrator PIN
panel-field-again = New PIN once more
panel-field-serial = Serial number
panel-field-label = Label
panel-field-erase = Give up keys and files
panel-user-tries = User PIN: { $count ->
        [one] one try left
       *[other] { $count } tries left
    }; a wrong PIN costs one.
panel-admin-tries = Administrator PIN: { $count ->
        [one] one try left
       *[other] { $count } tries left
    }; a wrong PIN costs one.
panel-hint = Enter: next, at the end send. Esc: send nothing.
panel-hint-format = Tab: next field. Space: tick. Enter at the end: format. New PINs left empty: the user PIN becomes the factory one, the administrator PIN stays.
panel-format-warning = A format erases everything for good. The label can only be given here. Type the serial number to agree.
panel-format-lost = Lost: keys { $keys }, certificates { $certificates }, other files { $files }.
panel-format-several = { $count ->
        [one] One token is attached.
       *[other] { $count } tokens are attached.
    } For a format leave only the one to be erased.
panel-last-try-user = The user PIN has ONE try left. A wrong PIN blocks it; the administrator can unblock it. Spend the last try? y: yes, Esc: no
panel-last-try-admin = The administrator PIN has ONE try left. A wrong PIN blocks it for good; nobody unblocks it. Spend the last try? y: yes, Esc: no
panel-last-try-came = Only one try is left now; nothing was sent. Do it again if that is what you want.
panel-wrong-user = Wrong user PIN: { $count ->
        [one] one try left
       *[other] { $count } tries left
    }. It is not sent again.
panel-wrong-admin = Wrong administrator PIN: { $count ->
        [one] one try left
       *[other] { $count } tries left
    }. It is not sent again.
panel-blocked-user = The user PIN is blocked. The administrator can unblock it: b.
panel-blocked-admin = The administrator PIN is blocked. Nobody unblocks it.
panel-absent = There is no such PIN: the token is not formatted. Format: f.
panel-not-sent = Nothing was sent.
panel-nobody = Nobody is logged in.
panel-gone = The token is gone.
panel-no-token-chosen = There is no token that can be used.
panel-serial-differs = That is not the serial number { $serial }; nothing was erased.
panel-pin-missing = The PIN is missing.
panel-new-missing = The new PIN is missing.
panel-new-differs = The two entries of the new PIN differ.
panel-esc-closes = Esc closes this.
panel-help = Up, Down: choose a token. Tab, Left, Right: keys, certificates, objects. Page Up, Page Down: scroll. Esc: away with a message.
    { "" }
    u, a: log in as user, administrator. The token stays with this program until you log out (o), so other programs cannot use it.
    c, d: change the user PIN, the administrator PIN
    b: give the user PIN its tries back; s: set a new one
    f: format; the only way to give a label
    r: read again. q, Ctrl-C: quit
    { "" }
    Every change asks for its PIN and logs out at the end. A PIN is sent once and never kept. The letters work on a Cyrillic keyboard too.
    { "" }
    Memory: the bar supposes 128 KiB; the token only tells what is free.
