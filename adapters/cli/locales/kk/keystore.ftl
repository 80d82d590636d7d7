# Файлдардағы кілт қоймалары.

key-store-password = Кілт қоймасының құпиясөзі
key-store-new-password = Жаңа құпиясөз
key-store-again = Бұл { $count } әрекеттің { $number }-і; ештеңе бұғатталмайды.
key-store-other = құпиясөзді тексеріңіз; қайта көрудің зияны жоқ
key-store-one-key = { $path }: қол қою үшін бір жабық кілт керек, ал ол жоқ немесе бірнешеу
key-store-no-certificate = { $path }: кілттің сертификаты жоқ
key-store-key = жабық кілт
key-store-certificate = сертификат
key-store-name = атауы
key-store-its-certificate = оның сертификаты
key-store-none-fits = файлда жоқ
key-store-issued-by = шығарушы
key-store-integrity = тұтастығы
key-store-authenticated = құпиясөз ештеңе өзгермегенін растайды
key-store-not-authenticated = ештеңе өзгермегенін ештеңе растамайды
key-store-good = { $path }: { $time } сәтінде бәрі дұрыс
key-store-empty = { $path }: кілт қоймасы бос
key-store-lonely = { $path }: { $name } жабық кілтінің сертификаты жоқ
key-store-without = қоймада жоқ: { $name }
key-store-of-several = { $path }: бірнеше жабық кілт бар; жаңа файлға біреуі жазылады
key-store-written = { $path }: жазылды
key-store-bare = { $path } ішінде құпиясөзсіз жабық кілт болады: файлы бар кез келген адам қол қоя алады. Жазу керек пе
key-store-needs-new = жаңа құпиясөз бос болмауы керек
key-store-passwords-differ = құпиясөздер бірдей емес
