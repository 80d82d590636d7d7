rig-name-port = назовите порт стенда, здесь или через --via rig:ПОРТ; порты показывает `kaztoken rig list`
rig-no-ports-told = система не называет своих последовательных портов: { $text }
rig-no-port = у этого компьютера нет последовательных портов; подключите стенд или назовите его сокет
rig-others = Не стенд:
table-port = ПОРТ
table-firmware = ПРОШИВКА
table-board = ПЛАТА
table-features = ВОЗМОЖНОСТИ
rig-port = порт
rig-firmware = прошивка
rig-board = плата
rig-features = возможности
rig-protocol = протокол
rig-silence = тишина
rig-silence-text = { $ms } мс, затем он снимает питание с токена
rig-token = токен
rig-pins = контакты
rig-line = линия
rig-line-long = кадров: { $frames }, повреждённых: { $damaged }, слишком длинных: { $long }, чужих: { $foreign }; компьютер замолкал раз: { $silences }
rig-line-short = кадров: { $frames }, повреждённых: { $damaged }, слишком длинных: { $long }
rig-tests-failed = стенд не прошёл своих испытаний: { $failed } из { $ran }; не доверяйте ему
rig-self-test = самопроверка
rig-tests-passed = пройдено испытаний: { $count }
rig-card-there = есть
rig-card-not-there = нет
rig-card-unknown = определить нельзя
rig-card-powered = { $text }, питание есть
rig-card-no-power = { $text }, питания нет
console-help = on          включить питание; печатает ответ на сброс
    off         выключить питание
    reset       тёплый сброс
    atr         ответ на последний сброс
    card        есть ли токен, есть ли у него питание
    pins        уровни контактов
    timing      сколько занял последний обмен
    line        что пришло по линии
    log LEVEL   off, error, warn, info, debug или trace
    quit        конец
    HEX         короткая командная APDU, например 00CA018108
console-begins = слова показывает `help`; `quit` завершает
console-back = стенд снова на связи; у токена нет питания
console-done = выполнено
console-timing = { $micros } мкс, байт туда: { $sent }, обратно: { $received }
console-levels = ожидается off, error, warn, info, debug или trace
console-unknown = ожидается слово (их показывает `help`) или короткая командная APDU
rig-no-status-word = в ответе байт: { $count }, а слова состояния нет
ledger-unreadable = { $path }: { $count ->
        [one] { $count } строка не читается и не учитывается
        [few] { $count } строки не читаются и не учитываются
        [many] { $count } строк не читаются и не учитываются
       *[other] { $count } строки не читаются и не учитываются
    }
ledger-empty = В { $path } ничего нет.
ledger-no-home = нет домашней папки с журналом; назовите его в --rig-rules
table-pins-sent = ОТПРАВЛЕНО PIN
table-not-accepted = НЕ ПРИНЯТО
table-generated = СОЗДАНО КЛЮЧЕЙ
table-destructive = РАЗРУШАЮЩИХ
table-refused = ОТКЛОНЕНО
table-last = ПОСЛЕДНЕЕ
ledger-goes-out-tries = отправляется { $name }, осталось попыток: { $count }
ledger-goes-out = отправляется { $name }
ledger-answered = { $name }: ответ { $text }
ledger-refused = { $name }: отказано: { $text }
ledger-forgiven = неверные PIN-коды прощены
ledger-user-pin = PIN-код пользователя
ledger-admin-pin = PIN-код администратора
ledger-generation = генерация ключа
ledger-destructive = разрушающая команда
ledger-change = изменение
ledger-unknown = неизвестная команда
station-no-warm-reset = у токена на USB нет тёплого сброса; используйте power = "on"
station-no-contacts = токен подключён по USB; контактов, на которые можно смотреть, нет
