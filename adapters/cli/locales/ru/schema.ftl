# Схемы JSON.

schema-unknown = Команды «{ $text }» нет; все команды перечисляет kaztoken schema.
