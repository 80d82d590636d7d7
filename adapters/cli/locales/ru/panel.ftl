# kaztoken panel: панель управления в терминале.
panel-no-dry-run = панель сама показывает, что делает; используйте команды
panel-needs-terminal = Панели нужен терминал, в котором можно размещать текст (не канал, не TERM=dumb, не --json); используйте kaztoken status, pin и format.
panel-not-verbose = -v пишет поверх панели; используйте --trace ФАЙЛ.
panel-terminal-lost = Сбой терминала: { $text }; откройте другой.
panel-too-small = нужно { $needed }, здесь { $here }

# Экран.
panel-tokens = Токены
panel-token = Токен
panel-is-user = вход выполнен: пользователь
panel-is-admin = вход выполнен: администратор
panel-is-nobody = вход не выполнен
panel-reading = чтение ...
panel-unusable = не открывается
panel-cannot-open = Не открывается: { $why }
panel-no-token = Токена нет. Подключите: он появится сам.
panel-no-label = <без метки>
panel-model = Модель
panel-serial = Серийный номер
panel-label = Метка
panel-user-pin = PIN пользователя
panel-admin-pin = PIN администратора
panel-memory = Память
panel-bytes-free = свободно { $count } байт
panel-tries = { $count ->
        [one] осталась { $count } попытка
        [few] осталось { $count } попытки
        [many] осталось { $count } попыток
       *[other] осталось { $count } попытки
    }
panel-blocked = ЗАБЛОКИРОВАН
panel-pin-absent = не задан
panel-verified = вход выполнен
panel-unknown = токен не сообщает
panel-unfinished = Форматирование не закончено: отформатируйте токен.
panel-tab-keys = Ключи { $count }
panel-tab-certificates = Сертификаты { $count }
panel-tab-objects = Объекты { $count }
panel-no-keys = Ключей нет.
panel-no-certificates = Сертификатов нет.
panel-no-objects = Объектов в формате OpenSC нет.
panel-column-number = №
panel-column-algorithm = Алгоритм
panel-column-label = Метка
panel-column-until = До
panel-column-subject = Владелец
panel-column-kind = Вид
panel-column-file = Файл
panel-unknown-kind = неизвестный вид
panel-faulty = (половина или без записи)
panel-unreadable = не читается как сертификат
panel-private-key = закрытый ключ
panel-public-key = открытый ключ
panel-certificate = сертификат
panel-data = данные
panel-needs-pin = (нужен PIN)

# Клавиши внизу.
panel-key-user = войти
panel-key-admin = как администратор
panel-key-out = выйти
panel-key-change-user = сменить PIN
panel-key-change-admin = PIN администратора
panel-key-unblock = разблокировать
panel-key-set = задать PIN
panel-key-format = форматировать
panel-key-refresh = обновить
panel-key-help = справка
panel-key-quit = закрыть

# Действия.
panel-login-user = Вход как пользователь
panel-login-admin = Вход как администратор
panel-change-user = Смена PIN пользователя
panel-change-admin = Смена PIN администратора
panel-unblock = Разблокировка PIN пользователя
panel-set-user = Новый PIN пользователя от имени администратора
panel-format = Форматирование токена
panel-done-login-user = Выполнен вход как пользователь.
panel-done-login-admin = Выполнен вход как администратор.
panel-done-change-user = PIN пользователя изменён.
panel-done-change-admin = PIN администратора изменён.
panel-done-unblock = Все попытки PIN пользователя снова доступны; сам PIN прежний.
panel-done-set-user = PIN пользователя задан, все попытки доступны.
panel-done-format = Отформатирован. Если PIN пользователя заводской, смените его.

# Диалоги.
panel-about = Токен { $serial }
panel-field-user = PIN пользователя
panel-field-admin = PIN администратора
panel-field-new-user = Новый PIN пользователя
panel-field-new-admin = Новый PIN администратора
panel-field-again = Новый PIN ещё раз
panel-field-serial = Серийный номер
panel-field-label = Метка
panel-field-erase = Потерять ключи и файлы
panel-user-tries = PIN пользователя: { $count ->
        [one] осталась { $count } попытка
        [few] осталось { $count } попытки
        [many] осталось { $count } попыток
       *[other] осталось { $count } попытки
    }; неверный отнимает одну.
panel-admin-tries = PIN администратора: { $count ->
        [one] осталась { $count } попытка
        [few] осталось { $count } попытки
        [many] осталось { $count } попыток
       *[other] осталось { $count } попытки
    }; неверный отнимает одну.
panel-hint = Enter: дальше, в конце отправить. Esc: ничего не отправлять.
panel-hint-format = Tab: следующее поле. Пробел: отметить. Enter в конце: форматировать. Если новые PIN не заданы, PIN пользователя станет заводским, а PIN администратора не изменится.
panel-format-warning = Форматирование стирает всё навсегда. Задать метку можно только здесь. Для согласия введите серийный номер.
panel-format-lost = Пропадут: ключи { $keys }, сертификаты { $certificates }, прочие файлы { $files }.
panel-format-several = { $count ->
        [one] Подключён { $count } токен.
        [few] Подключено { $count } токена.
        [many] Подключено { $count } токенов.
       *[other] Подключено { $count } токена.
    } Оставьте один, который надо стереть.
panel-last-try-user = У PIN пользователя осталась ОДНА попытка. Неверный PIN заблокирует его; разблокировать может администратор. Потратить последнюю попытку? д (y): да, Esc: нет
panel-last-try-admin = У PIN администратора осталась ОДНА попытка. Неверный PIN заблокирует его навсегда; разблокировать не сможет никто. Потратить последнюю попытку? д (y): да, Esc: нет
panel-last-try-came = Теперь осталась одна попытка; ничего не отправлено. Если вы этого хотите, повторите.
panel-wrong-user = Неверный PIN пользователя: { $count ->
        [one] осталась { $count } попытка
        [few] осталось { $count } попытки
        [many] осталось { $count } попыток
       *[other] осталось { $count } попытки
    }. Снова он не отправляется.
panel-wrong-admin = Неверный PIN администратора: { $count ->
        [one] осталась { $count } попытка
        [few] осталось { $count } попытки
        [many] осталось { $count } попыток
       *[other] осталось { $count } попытки
    }. Снова не отправляется.
panel-blocked-user = PIN пользователя заблокирован. Разблокировать может администратор: b.
panel-blocked-admin = PIN администратора заблокирован. Разблокировать его не может никто.
panel-absent = Такого PIN нет: токен не отформатирован. Форматирование: f.
panel-not-sent = Ничего не отправлено.
panel-nobody = Вход не выполнен.
panel-gone = Токен отключён.
panel-no-token-chosen = Нет токена, с которым можно работать.
panel-serial-differs = Это не серийный номер { $serial }; ничего не стёрто.
panel-pin-missing = PIN не введён.
panel-new-missing = Новый PIN не введён.
panel-new-differs = Новый PIN введён два раза по-разному.
panel-esc-closes = Esc закрывает.
panel-help = Вверх, вниз: выбрать токен. Tab, влево, вправо: ключи, сертификаты, объекты. Page Up, Page Down: прокрутка. Esc: убрать сообщение.
    { "" }
    u, a: войти как пользователь, администратор. До выхода (o) токен занят этой программой, другие его использовать не могут.
    c, d: сменить PIN пользователя, PIN администратора
    b: вернуть PIN пользователя все попытки; s: задать новый
    f: форматировать; только так можно задать метку
    r: прочитать заново. q, Ctrl-C: закрыть
    { "" }
    Каждое изменение спрашивает свой PIN и в конце выходит. PIN отправляется один раз и не хранится. Буквы работают и в русской раскладке.
    { "" }
    Память: шкала исходит из 128 КиБ; токен сообщает только свободное.
