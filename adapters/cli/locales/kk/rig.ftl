rig-name-port = стенд портын осында немесе --via rig:ПОРТ арқылы атаңыз; порттарды `kaztoken rig list` көрсетеді
rig-no-ports-told = жүйе тізбекті порттарын айтпайды: { $text }
rig-no-port = бұл компьютерде тізбекті порт жоқ; стендті қосыңыз немесе сокетін атаңыз
rig-others = Стенд емес:
table-port = ПОРТ
table-firmware = МИКРОБАҒДАРЛАМА
table-board = ТАҚТА
table-features = МҮМКІНДІКТЕР
rig-port = порт
rig-firmware = микробағдарлама
rig-board = тақта
rig-features = мүмкіндіктер
rig-protocol = хаттама
rig-silence = үнсіздік
rig-silence-text = { $ms } мс, содан кейін ол токеннің қуатын алады
rig-token = токен
rig-pins = түйіспелер
rig-line = желі
rig-line-long = кадрлар: { $frames }, бүлінгені: { $damaged }, тым ұзыны: { $long }, бөтені: { $foreign }; компьютер { $silences } рет үнсіз қалды
rig-line-short = кадрлар: { $frames }, бүлінгені: { $damaged }, тым ұзыны: { $long }
rig-tests-failed = стенд өз сынақтарынан өтпеді: { $ran } ішінен { $failed }; оған сенбеңіз
rig-self-test = өзін-өзі тексеру
rig-tests-passed = өткен сынақтар: { $count }
rig-card-there = бар
rig-card-not-there = жоқ
rig-card-unknown = анықтау мүмкін емес
rig-card-powered = { $text }, қуаты бар
rig-card-no-power = { $text }, қуаты жоқ
console-help = on          қуатты қосу; бастапқы күйге келтіру жауабын басып шығарады
    off         қуатты өшіру
    reset       жылы бастапқы күйге келтіру
    atr         соңғы бастапқы күйге келтіру жауабы
    card        токен бар ма, қуаты бар ма
    pins        түйіспелердің деңгейлері
    timing      соңғы алмасу қанша уақыт алды
    line        желімен не келді
    log LEVEL   off, error, warn, info, debug не trace
    quit        соңы
    HEX         қысқа APDU пәрмені, мысалы 00CA018108
console-begins = сөздерді `help` көрсетеді; `quit` аяқтайды
console-back = стенд қайта байланыста; токенде қуат жоқ
console-done = орындалды
console-timing = { $micros } мкс, барған байт: { $sent }, қайтқаны: { $received }
console-levels = off, error, warn, info, debug не trace керек
console-unknown = сөз (оларды `help` көрсетеді) немесе қысқа APDU пәрмені керек
rig-no-status-word = жауапта { $count } байт бар, күй сөзі жоқ
ledger-unreadable = { $path }: { $count } жол оқылмайды және есепке алынбайды
ledger-empty = { $path } ішінде ештеңе жоқ.
ledger-no-home = журналы бар үй қалтасы жоқ; оны --rig-rules ішінде атаңыз
table-pins-sent = ЖІБЕРІЛГЕН PIN
table-not-accepted = ҚАБЫЛДАНБАҒАН
table-generated = ЖАСАЛҒАН КІЛТТЕР
table-destructive = БҮЛДІРГІШ
table-refused = ҚАБЫЛДАНБАҒАНЫ
table-last = СОҢҒЫСЫ
ledger-goes-out-tries = { $name } жіберіледі, қалған мүмкіндік: { $count }
ledger-goes-out = { $name } жіберіледі
ledger-answered = { $name }: жауабы { $text }
ledger-refused = { $name }: рұқсат берілмеді: { $text }
ledger-forgiven = қате PIN-кодтар кешірілді
ledger-user-pin = пайдаланушы PIN-коды
ledger-admin-pin = әкімші PIN-коды
ledger-generation = кілтті генерациялау
ledger-destructive = бүлдіргіш пәрмен
ledger-change = өзгеріс
ledger-unknown = белгісіз пәрмен
station-no-warm-reset = USB-дегі токенде жылы бастапқы күйге келтіру жоқ; power = "on" қолданыңыз
station-no-contacts = токен USB арқылы қосылған; қарайтын түйіспелер жоқ
