# JSON схемалары.

schema-unknown = «{ $text }» деген команда жоқ; барлық команданы kaztoken schema көрсетеді.
