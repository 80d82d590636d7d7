pin-of = { $role ->
        [user] PIN-код пользователя
       *[administrator] PIN-код администратора
    }
pin-new-of = { $role ->
        [user] новый PIN-код пользователя
       *[administrator] новый PIN-код администратора
    }
pin-again = { $name }, ещё раз
pin-entries-differ = новый PIN-код введён по-разному; ничего не изменено, попробуйте ещё раз
pin-source-failed = { $name }: { $place }: { $text }; проверьте, откуда берётся PIN-код
pin-stopped = остановлено по Ctrl-C; PIN-код не отправлен
pin-place-terminal = терминал
pin-place-stdin = стандартный ввод
pin-place-fd = дескриптор файла { $number }
pin-stdin-ended = стандартный ввод закончился, а PIN-код не введён; используйте --pin-source
pin-no-variable = { $name }: нет переменной окружения { $variable }
pin-source-fd = для fd: нужно число, например fd:3
pin-source-expected = ожидается prompt, env:ПЕРЕМЕННАЯ, fd:ЧИСЛО или file:ПУТЬ
pin-tries = { $role ->
        [user] PIN-код пользователя
       *[administrator] PIN-код администратора
    }: { $count ->
        [one] осталась { $count } попытка
        [few] осталось { $count } попытки
        [many] осталось { $count } попыток
       *[other] осталось { $count } попытки
    }
pin-last-try = { $role ->
        [user] PIN-код пользователя
       *[administrator] PIN-код администратора
    }: осталась 1 попытка: неверный PIN-код его заблокирует
pin-new-refused = { $role ->
        [user] новый PIN-код пользователя
       *[administrator] новый PIN-код администратора
    } не принят: { $text }; ничего не изменено
pin-not-sent = он не отправлен
pin-last-try-ok = с --last-try-ok он всё равно будет отправлен
pin-admin-can-unblock = разблокировать его может администратор (`kaztoken pin unblock`)
pin-see-unblock = см. `kaztoken pin unblock`
pin-nothing-unblocks = его ничто не разблокирует
pin-wrong-length = новый PIN-код может быть слишком коротким или длинным для этого токена; действует прежний
pin-no-right = этот PIN-код не даёт такого права
pin-right = { $role ->
        [user] PIN-код пользователя
       *[administrator] PIN-код администратора
    } верен.
pin-changed = { $role ->
        [user] PIN-код пользователя
       *[administrator] PIN-код администратора
    } изменён.
pin-unblocked = У PIN-кода пользователя снова все попытки; сам PIN-код прежний.
pin-set = PIN-код пользователя задан, все попытки у него есть.
progress-stopping = останавливаюсь; ещё раз Ctrl-C завершит сразу
