problem-file = { $path }: { $text }; { $advice }
problem-file-name = проверьте имя
problem-file-rights = проверьте, кому можно пользоваться этим файлом
problem-file-exists = выберите другое имя или удалите его
problem-file-space = проверьте имя и свободное место
problem-connection = связь с токеном нарушена
problem-guard = защита стенда отказала
problem-interrupted = остановлено по Ctrl-C; что сделала последняя команда, неизвестно: что есть на токене, показывают `kaztoken status` и `kaztoken key list`
problem-stdin = стандартный ввод: { $text }
problem-stdout = команда выполнена, но записать её результат в stdout не удалось: { $text }
problem-stdout-only = записать результат в stdout не удалось: { $text }
problem-no-page = ни одной страницы не записано
problem-not-confirmed = не подтверждено; ничего не изменено (подтверждает --yes)
problem-dry-run = --dry-run здесь не имеет смысла: { $text }
dry-run-virtual = виртуальный токен — это файл, а не устройство
dry-run-tour = у экскурсии свой виртуальный токен
dry-run-rig = стенд — это не токен
question-yes-no = { $text } [д/Н]
answer-letter = д
answer-word = да
pages = { $count ->
        [one] { $count } страница
        [few] { $count } страницы
        [many] { $count } страниц
       *[other] { $count } страницы
    } в { $path }
io-not-found = нет такого файла или папки (ошибка ОС { $number })
io-permission-denied = нет прав доступа (ошибка ОС { $number })
io-already-exists = файл уже есть (ошибка ОС { $number })
io-storage-full = на устройстве нет места (ошибка ОС { $number })
io-broken-pipe = канал закрыт другой стороной (ошибка ОС { $number })
io-timed-out = время ожидания истекло (ошибка ОС { $number })
io-connection-refused = в соединении отказано (ошибка ОС { $number })
io-is-a-directory = это папка (ошибка ОС { $number })
io-not-a-directory = это не папка (ошибка ОС { $number })
io-resource-busy = устройство или ресурс занят (ошибка ОС { $number })
