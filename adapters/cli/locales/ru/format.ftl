format-several = { $count ->
        [one] подключён { $count } токен
        [few] подключено { $count } токена
        [many] подключено { $count } токенов
       *[other] подключено { $count } токена
    }; форматирование стирает безвозвратно, поэтому оставьте вставленным только тот, который нужно стереть; ничего не стёрто
format-not-empty = на токене: { $keys ->
        [one] { $keys } ключ
        [few] { $keys } ключа
        [many] { $keys } ключей
       *[other] { $keys } ключа
    }, { $certificates ->
        [one] { $certificates } сертификат
        [few] { $certificates } сертификата
        [many] { $certificates } сертификатов
       *[other] { $certificates } сертификата
    }, { $files ->
        [one] { $files } файл
        [few] { $files } файла
        [many] { $files } файлов
       *[other] { $files } файла
    } других программ; форматирование уничтожит их безвозвратно; ничего не стёрто; отказаться от них: --erase-keys
format-erases = Форматирование сотрёт всё на этом токене:
format-keys-lost = Вернуть ключи нельзя ничем.
format-run-again = если форматирование началось, токен не подготовлен до конца: выполните `kaztoken format` ещё раз
format-serial-needs-yes = --serial заменяет ввод номера только вместе с --yes; ничего не стёрто
format-yes-needs-serial = для форматирования --yes недостаточно; назовите токен ещё и через --serial; ничего не стёрто
format-type-serial = Чтобы стереть токен, введите его серийный номер:
format-no-serial = это не серийный номер; ничего не стёрто
format-serial-not-typed = серийный номер не введён; ничего не стёрто
format-admin-pin-factory = PIN-код администратора станет заводским, который знают все: смените его.
format-label-wrong = --label: нужен текст от 1 до 32 байт без управляющих символов
format-done = Отформатирован: { $name }, метка { $label }; PIN-код пользователя: { $user ->
        [one] { $user } попытка
        [few] { $user } попытки
        [many] { $user } попыток
       *[other] { $user } попытки
    }, PIN-код администратора: { $admin ->
        [one] { $admin } попытка
        [few] { $admin } попытки
        [many] { $admin } попыток
       *[other] { $admin } попытки
    }.
format-user-pin-factory = PIN-код пользователя заводской, его знают все: `kaztoken pin change`.
format-not-again = После начала регистрации больше не форматируйте: это уничтожит её ключ.
format-formatting = форматирование
