problem-file = { $path }: { $text }; { $advice }
problem-file-name = атауын тексеріңіз
problem-file-rights = бұл файлды кім пайдалана алатынын тексеріңіз
problem-file-exists = басқа атау таңдаңыз немесе оны жойыңыз
problem-file-space = атауын және бос орынды тексеріңіз
problem-connection = токенмен байланыс бұзылды
problem-guard = стенд қорғанышы рұқсат бермеді
problem-interrupted = Ctrl-C арқылы тоқтатылды; соңғы пәрменнің не істегені белгісіз: токенде не бар екенін `kaztoken status` және `kaztoken key list` көрсетеді
problem-stdin = стандартты енгізу: { $text }
problem-stdout = пәрмен орындалды, бірақ нәтижесін stdout-қа жазу мүмкін болмады: { $text }
problem-stdout-only = нәтижені stdout-қа жазу мүмкін болмады: { $text }
problem-no-page = бірде-бір бет жазылмады
problem-not-confirmed = расталмады; ештеңе өзгермеді (--yes растайды)
problem-dry-run = --dry-run мұнда мағынасыз: { $text }
dry-run-virtual = виртуалды токен — құрылғы емес, файл
dry-run-tour = шолудың өз виртуалды токені бар
dry-run-rig = стенд токен емес
question-yes-no = { $text } [и/Ж]
answer-letter = и
answer-word = иә
pages = { $count ->
        [one] { $count } бет
       *[other] { $count } бет
    }: { $path }
io-not-found = мұндай файл немесе қалта жоқ (ОЖ қатесі { $number })
io-permission-denied = қол жеткізу құқығы жоқ (ОЖ қатесі { $number })
io-already-exists = файл бұрыннан бар (ОЖ қатесі { $number })
io-storage-full = құрылғыда орын қалмады (ОЖ қатесі { $number })
io-broken-pipe = арнаны екінші жақ жапты (ОЖ қатесі { $number })
io-timed-out = күту уақыты бітті (ОЖ қатесі { $number })
io-connection-refused = қосылуға рұқсат берілмеді (ОЖ қатесі { $number })
io-is-a-directory = бұл — қалта (ОЖ қатесі { $number })
io-not-a-directory = бұл қалта емес (ОЖ қатесі { $number })
io-resource-busy = құрылғы немесе ресурс бос емес (ОЖ қатесі { $number })
