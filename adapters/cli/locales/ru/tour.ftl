tour-title = Экскурсия на виртуальном KAZTOKEN, в порядке руководства банка. Ни один настоящий токен не затрагивается.
tour-end = То же со своим токеном: kaztoken list, status, format, enroll, sign, verify. Банк для пробы: kaztoken ca.
tour-no-folder = нет папки для виртуального токена: { $text }
tour-temporary = временный файл
tour-identify = Опознание
tour-identify-why = Ответ на сброс называет модель; серийный номер — тот, что напечатан на корпусе.
tour-model = модель
tour-serial = серийный номер
tour-answer = ответ
tour-status = Состояние
tour-status-why = Для этого PIN-код не нужен. Нет метки и нет ключей: токен пуст, можно начинать регистрацию.
tour-label = метка
tour-keys = ключи
tour-memory = свободно
tour-administrator = администратор
tour-user = пользователь
tour-admin-login = Вход администратора
tour-admin-login-why = Стандартный пароль администратора из руководства. Сколько осталось попыток, прочитано заранее.
tour-result = итог
tour-logged-in-admin = вход администратора выполнен
tour-format = Форматирование
tour-format-why = Оно стирает всё безвозвратно, поэтому нужно подтвердить серийный номер и явно отказаться от ключей.
tour-user-pin = PIN-код
tour-user-pin-rights = менять может пользователь, 5 попыток
tour-weak-passed = слабый пароль экскурсии прошёл правило банка
tour-user-login = Вход пользователя
tour-user-login-why = Стандартный пароль пользователя, который остаётся после форматирования, если не задан другой.
tour-logged-in-user = вход пользователя выполнен
tour-password = Пароль по правилу банка
tour-password-why = Не меньше 8 латинских букв и цифр, и тех и других, без рядов вроде 123 или cba; проверяется до отправки.
tour-refused-why = отклонён: { $text }
tour-better = получше
tour-accepted = принят и задан
tour-generating = токен создаёт ключ
tour-generate = Создание ключа
tour-generate-why = Закрытый ключ никогда не покидает токен. Настоящему нужны минуты, и всё это время он просит ещё.
tour-key = ключ
tour-took = заняло
tour-seconds = { $text } с
tour-identifier = идентификатор
tour-sign = Подписание платежа
tour-sign-why = Хеш документа вычисляется здесь, токен подписывает хеш; в сообщении (CMS) документ, сертификат и метка времени.
tour-document = документ
tour-signature = подпись
tour-signature-bytes = { $text }.. ({ $count ->
        [one] { $count } байт
        [few] { $count } байта
        [many] { $count } байт
       *[other] { $count } байта
    })
tour-altered-accepted = подпись изменённого платежа была принята
tour-verify = Проверка
tour-verify-why = Для этого достаточно сообщения и корневого сертификата банка; токен не нужен.
tour-this-payment = этот платёж
tour-good = подпись верна
tour-altered = изменённый
tour-refused = отклонён
tour-wrong-not-answered = на неверный PIN-код токен ответил не как на неверный
tour-wrong-pin = Неверный PIN-код
tour-wrong-pin-why = Он стоит ровно одну попытку; верный возвращает их все. Последняя попытка без спроса не тратится никогда.
tour-before = до этого
tour-right-one = верный
tour-logged-in = вход выполнен
tour-log-out = Выход
tour-log-out-why = Прав на токене не остаётся; так заканчивается каждая команда этой программы.
tour-not-logged-in = вход не выполнен, { $count ->
        [one] осталась { $count } попытка
        [few] осталось { $count } попытки
        [many] осталось { $count } попыток
       *[other] осталось { $count } попытки
    }
tour-blocked = заблокирован
tour-not-known = неизвестно
tour-initial = Начальный ключ банка
tour-initial-why = Файл от банка, GOST.pfx, и код из 11 знаков, который его открывает. Проба идёт без сети и ничего не блокирует.
tour-opened = открывает его (байтов: { $count })
tour-owner = владелец
tour-certificate = Получить сертификат
tour-certificate-why = Ключ на токене подписывает запрос, начальный ключ ручается за человека, тестовый банк отвечает (CMP).
tour-messages = сообщений
tour-until = действует до
tour-stored = на токене
tour-stamp = метка времени
tour-message = сообщение
