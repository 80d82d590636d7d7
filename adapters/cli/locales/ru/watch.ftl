# kaztoken watch: строка на каждое событие.
watch-no-replay = За записью наблюдать нельзя: в ней больше ничего не происходит; укажите --via usb, pcsc, rig:ПОРТ или --virtual ФАЙЛ.
watch-changes-nothing = watch не отправляет ничего, что меняет токен
watch-nothing-yet = Токена пока нет; ожидание (Ctrl-C завершает).
watch-no-label = <без метки>
watch-plugged = { $who }  подключён: { $label }, { $place }
watch-plugged-unread = { $who }  подключён: { $place }
watch-unplugged = { $who }  отключён: { $place }
watch-usable = { $who }  снова доступен: { $label }
watch-unusable = { $who }  не открывается: { $place }: { $why }
watch-label = { $who }  метка изменена: { $now } (была { $was })
watch-user-tries = { $who }  PIN пользователя: { $count ->
        [one] осталась { $count } попытка
        [few] осталось { $count } попытки
        [many] осталось { $count } попыток
       *[other] осталось { $count } попытки
    } (было { $was })
watch-admin-tries = { $who }  PIN администратора: { $count ->
        [one] осталась { $count } попытка
        [few] осталось { $count } попытки
        [many] осталось { $count } попыток
       *[other] осталось { $count } попытки
    } (было { $was })
watch-user-blocked = { $who }  PIN пользователя заблокирован
watch-admin-blocked = { $who }  PIN администратора заблокирован
watch-pins = { $who }  PIN-коды стёрты или заданы заново
watch-keys = { $who }  ключей: { $now } (было { $was })
watch-certificates = { $who }  сертификатов: { $now } (было { $was })
watch-files = { $who }  файлов других программ: { $now } (было { $was })
watch-memory = { $who }  свободно памяти: { $now } байт (было { $was })
