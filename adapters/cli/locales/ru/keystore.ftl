# Хранилища ключей в файлах.

key-store-password = Пароль хранилища ключей
key-store-new-password = Новый пароль
key-store-again = Это была попытка { $number } из { $count }; ничего не блокируется.
key-store-other = проверьте пароль; новая попытка ничего не стоит
key-store-one-key = { $path }: для подписи нужен один закрытый ключ, а его нет или их несколько
key-store-no-certificate = { $path }: нет сертификата для ключа
key-store-key = закрытый ключ
key-store-certificate = сертификат
key-store-name = имя
key-store-its-certificate = его сертификат
key-store-none-fits = в файле нет
key-store-issued-by = издатель
key-store-integrity = целостность
key-store-authenticated = пароль подтверждает, что ничего не изменено
key-store-not-authenticated = ничто не подтверждает, что ничего не изменено
key-store-good = { $path }: всё верно на { $time }
key-store-empty = { $path }: хранилище ключей пусто
key-store-lonely = { $path }: у закрытого ключа { $name } нет сертификата
key-store-without = в хранилище нет: { $name }
key-store-of-several = { $path }: несколько закрытых ключей; в новый файл помещается один
key-store-written = { $path }: записано
key-store-bare = В { $path } будет закрытый ключ без пароля: подписывать сможет каждый, у кого есть файл. Записать
key-store-needs-new = новый пароль не может быть пустым
key-store-passwords-differ = пароли не совпадают
