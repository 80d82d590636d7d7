# The plan of a dry run.

plan-title = Dry run: nothing was changed, no PIN was sent. { $count } commands that only read were carried out.
plan-pin-length = A PIN that is not known here counts as one of 32 characters.
plan-no-apdu = this is no command APDU: { $text }
plan-no-room = the answer does not fit
plan-log-out = log out
plan-erase = erase everything
plan-end-format = end the format
plan-admin-login = administrator login
plan-user-login = user login
plan-set-admin-pin = set the administrator PIN
plan-set-user-pin = set the user PIN
plan-unblock = unblock the user PIN
plan-create-file = create a file
plan-delete-file = delete a file
plan-write-file = write into a file
plan-generate = generate the key pair
plan-choose-key = choose the key
plan-use-key = use the private key
plan-other = a command of your own
