# token backup, token restore-check

backup-written = { $path }: { $count ->
        [0] на токене нет ничего открытого; записан только список.
        [one] записаны { $count } файл и список.
        [few] записаны { $count } файла и список.
        [many] записаны { $count } файлов и список.
       *[other] записаны { $count } файла и список.
    }
backup-left = Не вошло в копию:
backup-left-nothing = ничего из того, что видно без PIN
backup-never-leaves = никогда не покидает токен
backup-needs-pin = читается только с PIN
backup-not-readable = не читается
backup-no-secrets = Копию закрытого ключа сделать нельзя: потеряв токен, придётся получать новый ключ и новый сертификат.
backup-folder-used = Папка { $path } не пуста; назовите пустую или новую папку
backup-none = { $path } — не резервная копия kaztoken или копия более новой версии
backup-table-folder = В ПАПКЕ
backup-table-token = НА ТОКЕНЕ
backup-whole = цел
backup-damaged = повреждён или отсутствует
backup-there = есть
backup-gone = нет или изменён
backup-other-token = Это копия токена { $text }, а подключён токен { $name }.
backup-added = Есть на токене, но не в копии:
backup-good = Всё в копии цело и есть на токене в том же виде.
backup-differs = Копия и токен различаются.
