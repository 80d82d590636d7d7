plan-missing-feature = плану нужен стенд с возможностью { $name }, а у { $place } её нет
plan-pin-ended = PIN-код не принят, и другой не пробуется
plan-case-failed = предыдущий случай не прошёл
plan-no-such-case = случая с таким именем нет; ничего не выполнено
plan-rig-has-no = у стенда нет { $name }
plan-turn = проход { $number }: { $text }
plan-step = шаг { $number }: { $text }
plan-stopped = остановлено по Ctrl-C
plan-answer-to-reset = ответ на сброс
plan-data = данные
plan-took = заняло { $micros } мкс, допустимо { $max }
plan-should-fail = ответ получен, а должна была быть ошибка { $name }
plan-other-error = { $got } вместо { $name }: { $text }
plan-no-level = нет { $name }
plan-level-unknown = неизвестно
plan-level-differs = { $name }: { $got }, а не { $expected }
plan-real-token = PIN-код, который может быть неверным, отправляется только виртуальным токенам; ничего не отправлено (назовите верный: from = "env:...")
plan-answered = ответ { $got }, а не { $expected }
plan-or = { $first } или { $second }
plan-bytes-differ = { $name }: { $got }, а не { $expected }
plan-no-pattern = { $name } — не образец: нужны пары шестнадцатеричных цифр или ?, и .. в конце
plan-no-feature = { $name } — не возможность стендов
plan-pin-needs-from = для pin нужно from: { $text }
plan-pin-sources = factory, wrong, prompt, env:ПЕРЕМЕННАЯ, fd:ЧИСЛО или file:ПУТЬ
plan-from-expected = from: ожидается { $text }
plan-from-of-pin = from относится к pin
plan-one-thing = шаг делает что-то одно: power, apdu, pin, wait-ms (не больше 600000), card или contacts
plan-atr-of-power = atr относится к power = "on" или "reset"
plan-data-of-apdu = data и sw относятся к apdu или pin
plan-max-of-power = max-us относится к power, apdu или pin
plan-sw-two-bytes = sw = "{ $name }": в слове состояния два байта
plan-fails-expected = fails = { $name }: ожидается одно из { $text }
plan-cannot-fail = fails: этот шаг не может закончиться ошибкой
plan-fails-alone = у того, что не удалось, нет ответа: fails стоит один
plan-apdu-hex = apdu: нужны пары шестнадцатеричных цифр
plan-apdu-short = apdu: нужна короткая команда: CLA INS P1 P2, затем Lc и данные, затем Le
plan-apdu-pin = apdu: { $name } несёт PIN-код, а в плане ему не место; используйте pin = "user" с from = ...
plan-own-name = { $name }: у каждого случая своё имя
plan-repeat = { $name }: repeat бывает от 1 до 1000000
plan-no-step = { $name }: нет ни одного шага
plan-no-case = в плане нет ни одного случая
plan-passed = пройден
plan-failed = НЕ ПРОЙДЕН
plan-skipped = пропущен
table-case = СЛУЧАЙ
table-result = ИТОГ
table-seconds = СЕКУНДЫ
plan-summary = { $count ->
        [one] { $count } случай
        [few] { $count } случая
        [many] { $count } случаев
       *[other] { $count } случая
    }: пройдено { $passed }, не пройдено { $failed }, пропущено { $skipped }
plan-no-xml = записать результаты в XML не удалось: { $text }
toml-line = строка { $line }: { $text }
