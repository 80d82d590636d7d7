plan-missing-feature = жоспарға { $name } мүмкіндігі бар стенд керек, ал { $place } стендінде ол жоқ
plan-pin-ended = PIN-код қабылданбады, басқасы сыналмайды
plan-case-failed = алдыңғы жағдай өтпеді
plan-no-such-case = мұндай атаулы жағдай жоқ; ештеңе орындалмады
plan-rig-has-no = стендте { $name } жоқ
plan-turn = { $number }-айналым: { $text }
plan-step = { $number }-қадам: { $text }
plan-stopped = Ctrl-C арқылы тоқтатылды
plan-answer-to-reset = бастапқы күйге келтіру жауабы
plan-data = деректер
plan-took = { $micros } мкс алды, { $max } рұқсат етілген
plan-should-fail = жауап алынды, ал { $name } қатесі болуы керек еді
plan-other-error = { $name } орнына { $got }: { $text }
plan-no-level = { $name } жоқ
plan-level-unknown = белгісіз
plan-level-differs = { $name }: { $expected } емес, { $got }
plan-real-token = қате болуы мүмкін PIN-код тек виртуалды токендерге жіберіледі; ештеңе жіберілмеді (дұрысын атаңыз: from = "env:...")
plan-answered = жауабы { $expected } емес, { $got }
plan-or = { $first } не { $second }
plan-bytes-differ = { $name }: { $expected } емес, { $got }
plan-no-pattern = { $name } үлгі емес: он алтылық цифрлар не ? жұптары және соңында .. керек
plan-no-feature = { $name } стендтердің мүмкіндігі емес
plan-pin-needs-from = pin үшін from керек: { $text }
plan-pin-sources = factory, wrong, prompt, env:АЙНЫМАЛЫ, fd:САН не file:ЖОЛ
plan-from-expected = from: { $text } керек
plan-from-of-pin = from тек pin-ге қатысты
plan-one-thing = қадам бір нәрсе істейді: power, apdu, pin, wait-ms (ең көбі 600000), card не contacts
plan-atr-of-power = atr тек power = "on" не "reset" дегенге қатысты
plan-data-of-apdu = data мен sw тек apdu не pin-ге қатысты
plan-max-of-power = max-us тек power, apdu не pin-ге қатысты
plan-sw-two-bytes = sw = "{ $name }": күй сөзінде екі байт болады
plan-fails-expected = fails = { $name }: мыналардың бірі керек: { $text }
plan-cannot-fail = fails: бұл қадам қатемен аяқтала алмайды
plan-fails-alone = сәтсіздіктің жауабы болмайды: fails жалғыз тұрады
plan-apdu-hex = apdu: он алтылық цифрлардың жұптары керек
plan-apdu-short = apdu: қысқа пәрмен керек: CLA INS P1 P2, сосын Lc мен деректер, сосын Le
plan-apdu-pin = apdu: { $name } PIN-код тасиды, ал жоспарда оған орын жоқ; from = ... бар pin = "user" қолданыңыз
plan-own-name = { $name }: әр жағдайдың өз атауы болады
plan-repeat = { $name }: repeat 1-ден 1000000-ға дейін болады
plan-no-step = { $name }: бірде-бір қадам жоқ
plan-no-case = жоспарда бірде-бір жағдай жоқ
plan-passed = өтті
plan-failed = ӨТПЕДІ
plan-skipped = өткізілді
table-case = ЖАҒДАЙ
table-result = НӘТИЖЕ
table-seconds = СЕКУНД
plan-summary = { $count } жағдай: өткені { $passed }, өтпегені { $failed }, өткізілгені { $skipped }
plan-no-xml = нәтижелерді XML түрінде жазу мүмкін болмады: { $text }
toml-line = { $line }-жол: { $text }
