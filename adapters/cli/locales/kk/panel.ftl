# kaztoken panel: терминалдағы басқару панелі.
panel-no-dry-run = панель не істейтінін өзі көрсетеді; командаларды қолданыңыз
panel-needs-terminal = Панельге мәтін орналастыра алатын терминал керек (арна емес, TERM=dumb емес, --json емес); kaztoken status, pin және format қолданыңыз.
panel-not-verbose = -v панельдің үстіне жазады; --trace ФАЙЛ қолданыңыз.
panel-terminal-lost = Терминал істен шықты: { $text }; басқасын ашыңыз.
panel-too-small = { $needed } керек, мұнда { $here }

# Экран.
panel-tokens = Токендер
panel-token = Токен
panel-is-user = кірген: пайдаланушы
panel-is-admin = кірген: әкімші
panel-is-nobody = ешкім кірмеген
panel-reading = оқылуда ...
panel-unusable = ашылмайды
panel-cannot-open = Ашылмайды: { $why }
panel-no-token = Токен жоқ. Қосыңыз: ол өзі көрінеді.
panel-no-label = <белгісіз>
panel-model = Үлгісі
panel-serial = Сериялық нөмірі
panel-label = Белгісі
panel-user-pin = Пайдаланушы PIN-коды
panel-admin-pin = Әкімші PIN-коды
panel-memory = Жады
panel-bytes-free = { $count } байт бос
panel-tries = { $count ->
        [one] бір әрекет қалды
       *[other] { $count } әрекет қалды
    }
panel-blocked = БҰҒАТТАЛҒАН
panel-pin-absent = орнатылмаған
panel-verified = кірген
panel-unknown = токен айтпайды
panel-unfinished = Пішімдеу аяқталмаған: токенді пішімдеңіз.
panel-tab-keys = Кілттер { $count }
panel-tab-certificates = Сертификаттар { $count }
panel-tab-objects = Нысандар { $count }
panel-no-keys = Кілт жоқ.
panel-no-certificates = Сертификат жоқ.
panel-no-objects = OpenSC пішімінде нысан жоқ.
panel-column-number = №
panel-column-algorithm = Алгоритм
panel-column-label = Белгісі
panel-column-until = Дейін
panel-column-subject = Иесі
panel-column-kind = Түрі
panel-column-file = Файл
panel-unknown-kind = белгісіз түр
panel-faulty = (жартысы ғана немесе жазбасы жоқ)
panel-unreadable = сертификат ретінде оқылмайды
panel-private-key = жабық кілт
panel-public-key = ашық кілт
panel-certificate = сертификат
panel-data = деректер
panel-needs-pin = (PIN-код керек)

# Төмендегі пернелер.
panel-key-user = кіру
panel-key-admin = әкімші болып
panel-key-out = шығу
panel-key-change-user = PIN-ді өзгерту
panel-key-change-admin = әкімші PIN-ін
panel-key-unblock = бұғатты шешу
panel-key-set = PIN қою
panel-key-format = пішімдеу
panel-key-refresh = жаңарту
panel-key-help = анықтама
panel-key-quit = жабу

# Әрекеттер.
panel-login-user = Пайдаланушы болып кіру
panel-login-admin = Әкімші болып кіру
panel-change-user = Пайдаланушы PIN-кодын өзгерту
panel-change-admin = Әкімші PIN-кодын өзгерту
panel-unblock = Пайдаланушы PIN-кодының бұғатын шешу
panel-set-user = Әкімші ретінде пайдаланушыға жаңа PIN-код қою
panel-format = Токенді пішімдеу
panel-done-login-user = Пайдаланушы болып кірдіңіз.
panel-done-login-admin = Әкімші болып кірдіңіз.
panel-done-change-user = Пайдаланушы PIN-коды өзгертілді.
panel-done-change-admin = Әкімші PIN-коды өзгертілді.
panel-done-unblock = Пайдаланушы PIN-кодының барлық әрекеті қайтарылды; код бұрынғыша.
panel-done-set-user = Пайдаланушы PIN-коды қойылды, барлық әрекеті бар.
panel-done-format = Пішімделді. Пайдаланушы PIN-коды зауыттық болса, оны өзгертіңіз.

# Сұхбаттар.
panel-about = Токен { $serial }
panel-field-user = Пайдаланушы PIN-коды
panel-field-admin = Әкімші PIN-коды
panel-field-new-user = Пайдаланушының жаңа PIN-коды
panel-field-new-admin = Әкімшінің жаңа PIN-коды
panel-field-again = Жаңа PIN-код тағы бір рет
panel-field-serial = Сериялық нөмірі
panel-field-label = Белгісі
panel-field-erase = Кілттер мен файлдардан бас тарту
panel-user-tries = Пайдаланушы PIN-коды: { $count ->
        [one] бір әрекет қалды
       *[other] { $count } әрекет қалды
    }; қате код біреуін алады.
panel-admin-tries = Әкімші PIN-коды: { $count ->
        [one] бір әрекет қалды
       *[other] { $count } әрекет қалды
    }; қате код біреуін алады.
panel-hint = Enter: келесі, соңында жіберу. Esc: ештеңе жібермеу.
panel-hint-format = Tab: келесі өріс. Бос орын: белгілеу. Соңында Enter: пішімдеу. Жаңа PIN-кодтар бос қалса, пайдаланушынікі зауыттық болады, әкімшінікі өзгермейді.
panel-format-warning = Пішімдеу бәрін біржола өшіреді. Белгіні тек осында беруге болады. Келісу үшін сериялық нөмірді теріңіз.
panel-format-lost = Жоғалады: кілттер { $keys }, сертификаттар { $certificates }, басқа файлдар { $files }.
panel-format-several = { $count ->
        [one] Бір токен қосылған.
       *[other] { $count } токен қосылған.
    } Тек өшірілетін біреуін қалдырыңыз.
panel-last-try-user = Пайдаланушы PIN-кодының БІР әрекеті қалды. Қате код оны бұғаттайды; бұғатты әкімші шеше алады. Соңғы әрекетті жұмсау керек пе? и (y): иә, Esc: жоқ
panel-last-try-admin = Әкімші PIN-кодының БІР әрекеті қалды. Қате код оны біржола бұғаттайды; бұғатты ешкім шеше алмайды. Соңғы әрекетті жұмсау керек пе? и (y): иә, Esc: жоқ
panel-last-try-came = Енді бір ғана әрекет қалды; ештеңе жіберілмеді. Қаласаңыз, қайталаңыз.
panel-wrong-user = Пайдаланушы PIN-коды қате: { $count ->
        [one] бір әрекет қалды
       *[other] { $count } әрекет қалды
    }. Ол қайта жіберілмейді.
panel-wrong-admin = Әкімші PIN-коды қате: { $count ->
        [one] бір әрекет қалды
       *[other] { $count } әрекет қалды
    }. Ол қайта жіберілмейді.
panel-blocked-user = Пайдаланушы PIN-коды бұғатталған. Бұғатты әкімші шеше алады: b.
panel-blocked-admin = Әкімші PIN-коды бұғатталған. Бұғатты ешкім шеше алмайды.
panel-absent = Мұндай PIN-код жоқ: токен пішімделмеген. Пішімдеу: f.
panel-not-sent = Ештеңе жіберілмеді.
panel-nobody = Ешкім кірмеген.
panel-gone = Токен ажыратылды.
panel-no-token-chosen = Жұмыс істеуге болатын токен жоқ.
panel-serial-differs = Бұл { $serial } сериялық нөмірі емес; ештеңе өшірілмеді.
panel-pin-missing = PIN-код енгізілмеген.
panel-new-missing = Жаңа PIN-код енгізілмеген.
panel-new-differs = Жаңа PIN-код екі рет әртүрлі енгізілді.
panel-esc-closes = Esc жабады.
panel-help = Жоғары, төмен: токенді таңдау. Tab, солға, оңға: кілттер, сертификаттар, нысандар. Page Up, Page Down: айналдыру. Esc: хабарды алып тастау.
    { "" }
    u, a: пайдаланушы, әкімші болып кіру. Шыққанша (o) токен осы бағдарламада болады, басқалары оны қолдана алмайды.
    c, d: пайдаланушы, әкімші PIN-кодын өзгерту
    b: пайдаланушы PIN-кодының әрекеттерін қайтару; s: жаңасын қою
    f: пішімдеу; белгіні тек осылай беруге болады
    r: қайта оқу. q, Ctrl-C: жабу
    { "" }
    Әр өзгеріс өз PIN-кодын сұрайды және соңында шығады. PIN-код бір рет жіберіледі, сақталмайды. Әріптер кирилл пернетақтасында да істейді.
    { "" }
    Жады: шкала 128 КиБ деп есептейді; токен тек бос жерді айтады.
