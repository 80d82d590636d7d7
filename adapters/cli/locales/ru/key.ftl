table-key = КЛЮЧ
table-algorithm = АЛГОРИТМ
table-identifier = ИДЕНТИФИКАТОР
table-remark = ПРИМЕЧАНИЕ
key-named = ключ { $number } ({ $label })
key-numbered = ключ { $number }
key-private-only = половина: нет открытого ключа (генерация или удаление оборвались)
key-public-only = половина: нет закрытого ключа (генерация или удаление оборвались)
key-orphan = без записи в каталоге: другие программы его не видят
key-unreadable = { $text }; его открытый ключ прочитать нельзя
key-none = на токене нет ключа; его создаст `kaztoken key generate`
key-name-one = на токене { $count ->
        [one] { $count } ключ
        [few] { $count } ключа
        [many] { $count } ключей
       *[other] { $count } ключа
    }; назовите один через --key:
key-ambiguous = { $name } подходит к нескольким ключам; укажите номер одного:
key-not-there = на токене нет ключа { $name }; есть:
key-id-expected = --id: нужно от 1 до 32 байт в шестнадцатеричном виде
key-id-taken = --id { $id }: этот идентификатор уже занят ({ $name }); выберите другой
key-generating = генерация { $name }
key-made-unnamed = ключ { $number } создан, но записи в каталоге у него нет; удалит его `kaztoken key delete { $number }`
key-public-unsound = открытый ключ с токена негоден
key-write-again = ключ { $number } есть на токене; снова запишет его `kaztoken key public { $number }`
key-key = Ключ
key-algorithm = Алгоритм
key-label = Метка
key-identifier = Идентификатор
none = нет
key-512-unnamed = В раскладке OpenSC нет формы для 512-битного ключа ГОСТ: он остаётся без имени, другие программы его не видят.
key-unnamed = На токене нет раскладки, в которой известно место для имён: ключ остаётся без имени, другие программы его не видят.
key-half-removed = недоделанный ключ можно удалить через `kaztoken key delete`
key-half-shown = остался ли на токене недоделанный ключ, покажет `kaztoken key list`
key-label-wrong = --label: нужен текст от 1 до 64 байт без управляющих символов
key-algorithm-wrong = --alg { $name }: ожидается одно из { $text }
key-unknown-algorithm = неизвестен
key-no-keys = Ключей нет.
key-entry-without-key = Запись каталога без ключа: { $label } { $id } (удалит её `kaztoken object delete`)
key-public-not-given = токен не отдаёт открытый ключ ({ $name })
key-public-written = { $path }: открытый ключ ({ $name })
key-delete-question = Удалить { $name } ({ $kind }) навсегда? Закрытый ключ вернуть нельзя ничем.
key-unknown-kind = неизвестный вид
deleting = удаление
deleted = Удалено: { $name }.
key-alias-stays = Его имя остаётся в карте имён ПО производителя: как её сокращать, не опубликовано.
