# kaztoken watch: one line for everything that happens.
watch-no-replay = A trace cannot be watched: nothing happens in it any more; use --via usb, pcsc, rig:PORT or --virtual FILE.
watch-changes-nothing = watch sends nothing that changes a token
watch-nothing-yet = No token yet; waiting for one (Ctrl-C ends).
watch-no-label = <no label>
watch-plugged = { $who }  plugged in: { $label }, { $place }
watch-plugged-unread = { $who }  plugged in: { $place }
watch-unplugged = { $who }  unplugged: { $place }
watch-usable = { $who }  can be used again: { $label }
watch-unusable = { $who }  cannot be opened: { $place }: { $why }
watch-label = { $who }  label changed: { $now } (was { $was })
watch-user-tries = { $who }  user PIN: { $count ->
        [one] one try left
       *[other] { $count } tries left
    } (was { $was })
watch-admin-tries = { $who }  administrator PIN: { $count ->
        [one] one try left
       *[other] { $count } tries left
    } (was { $was })
watch-user-blocked = { $who }  user PIN blocked
watch-admin-blocked = { $who }  administrator PIN blocked
watch-pins = { $who }  PINs erased or set up anew
watch-keys = { $who }  keys: { $now } (was { $was })
watch-certificates = { $who }  certificates: { $now } (was { $was })
watch-files = { $who }  files of other software: { $now } (was { $was })
watch-memory = { $who }  free memory: { $now } bytes (was { $was })
