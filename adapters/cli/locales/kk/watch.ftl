# kaztoken watch: әр оқиғаға бір жол.
watch-no-replay = Жазбаны бақылау мүмкін емес: онда енді ештеңе болмайды; --via usb, pcsc, rig:ПОРТ немесе --virtual ФАЙЛ көрсетіңіз.
watch-changes-nothing = watch токенді өзгертетін ештеңе жібермейді
watch-nothing-yet = Токен әзірге жоқ; күтілуде (Ctrl-C аяқтайды).
watch-no-label = <белгісіз>
watch-plugged = { $who }  қосылды: { $label }, { $place }
watch-plugged-unread = { $who }  қосылды: { $place }
watch-unplugged = { $who }  ажыратылды: { $place }
watch-usable = { $who }  қайта қолжетімді: { $label }
watch-unusable = { $who }  ашылмайды: { $place }: { $why }
watch-label = { $who }  белгі өзгерді: { $now } (бұрын { $was })
watch-user-tries = { $who }  пайдаланушы PIN-коды: { $count ->
        [one] бір әрекет қалды
       *[other] { $count } әрекет қалды
    } (бұрын { $was })
watch-admin-tries = { $who }  әкімші PIN-коды: { $count ->
        [one] бір әрекет қалды
       *[other] { $count } әрекет қалды
    } (бұрын { $was })
watch-user-blocked = { $who }  пайдаланушы PIN-коды бұғатталды
watch-admin-blocked = { $who }  әкімші PIN-коды бұғатталды
watch-pins = { $who }  PIN-кодтар өшірілді немесе жаңадан орнатылды
watch-keys = { $who }  кілттер: { $now } (бұрын { $was })
watch-certificates = { $who }  сертификаттар: { $now } (бұрын { $was })
watch-files = { $who }  басқа бағдарламалардың файлдары: { $now } (бұрын { $was })
watch-memory = { $who }  бос жад: { $now } байт (бұрын { $was })
