no-label = <без метки>
bytes = { $count ->
        [one] { $count } байт
        [few] { $count } байта
        [many] { $count } байт
       *[other] { $count } байта
    }
not-said = токен этого не сообщает
token-several = { $count ->
        [one] подключён { $count } токен
        [few] подключено { $count } токена
        [many] подключено { $count } токенов
       *[other] подключено { $count } токена
    }; назовите один через --device СЕРИЙНЫЙ_НОМЕР:
token-twins = { $count ->
        [one] у { $count } токена
        [few] у { $count } токенов
        [many] у { $count } токенов
       *[other] у { $count } токена
    } серийный номер { $serial } ({ $hex }), и он их больше не различает; извлеките все, кроме одного:
token-no-such-serial = токен с серийным номером { $serial } ({ $hex }) не подключён
token-plug-it-in = вставьте его
token-attached-are = подключены:
token-none = токен не подключён; вставьте его (что видит компьютер, показывает `lsusb`) или работайте с виртуальным: `kaztoken virtual new ФАЙЛ`, затем --virtual ФАЙЛ
token-no-pcsc = эта программа собрана без PC/SC; соберите её с `--features pcsc` или используйте --via usb
token-reader-empty = считыватель пуст; вставьте карту или токен
token-is-card = карта
token-is-virtual = виртуальный токен
token-is-rig = стенд
token-not-kaztoken = карта — не KAZTOKEN и не из его семейства (ответ на сброс { $atr })
token-via-virtual-needs-file = для --via virtual нужен файл токена: --virtual ФАЙЛ
token-two-ways = --virtual — это виртуальный токен, а --via называет другой способ; задайте что-то одно
table-serial = СЕРИЙНЫЙ НОМЕР
table-model = МОДЕЛЬ
table-label = МЕТКА
table-via = СПОСОБ
table-place = МЕСТО
list-not-usable = Использовать нельзя:
info-model = Модель
info-serial = Серийный номер
info-atr = Ответ на сброс
info-memory = Свободная память
info-layouts = Раскладки
info-via = Способ связи
info-firmware = Версия прошивки
info-firmware-unknown = неизвестна: как её спросить, не опубликовано
layout-none = нет: стёрт и не отформатирован
layout-opensc = OpenSC (PKCS#15)
layout-unfinished = OpenSC, форматирование не закончено
layout-middleware = карта имён ПО производителя
layout-vendor = производителя (содержимое не опубликовано)
layout-files-only = только файлы
status-token = Токен
status-label = Метка
status-state = Состояние
status-user-pin = PIN-код пользователя
status-admin-pin = PIN-код администратора
status-keys = Ключи
status-certificates = Сертификаты
status-foreign = Файлы других программ
status-faulty-keys = { $keys }, из них неполных или без записи: { $count } (см. `kaztoken key list`)
status-unformatted = не отформатирован до конца: его подготовит `kaztoken format`
status-empty = пуст: готов к новой регистрации
status-in-use = используется: что на нём есть, см. ниже
status-tries = { $count ->
        [one] осталась { $count } попытка
        [few] осталось { $count } попытки
        [many] осталось { $count } попыток
       *[other] осталось { $count } попытки
    }
status-blocked = заблокирован
status-absent = его нет
status-verified = предъявлен (вход выполнен другой программой)
random-reading = чтение случайных байтов
random-written = { $path }: { $count ->
        [one] { $count } случайный байт
        [few] { $count } случайных байта
        [many] { $count } случайных байтов
       *[other] { $count } случайного байта
    }
apdu-waiting = ожидание токена
apdu-no-status-word = в ответе на { $name } { $count ->
        [one] { $count } байт
        [few] { $count } байта
        [many] { $count } байт
       *[other] { $count } байта
    } и нет слова состояния; вставьте токен заново
apdu-not-short = это не короткая командная APDU: CLA INS P1 P2, затем Lc и данные, затем Le; ничего не отправлено
apdu-not-hex = нужны пары шестнадцатеричных цифр, например 00CA018100; ничего не отправлено
apdu-destructive = { $name } может изменить токен или потратить попытку PIN-кода; ничего не отправлено (отправит --allow-destructive)
reading = чтение токена
