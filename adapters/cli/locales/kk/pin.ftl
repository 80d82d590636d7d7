pin-of = { $role ->
        [user] пайдаланушы PIN-коды
       *[administrator] әкімші PIN-коды
    }
pin-new-of = { $role ->
        [user] жаңа пайдаланушы PIN-коды
       *[administrator] жаңа әкімші PIN-коды
    }
pin-again = { $name }, тағы бір рет
pin-entries-differ = жаңа PIN-код екі рет әртүрлі енгізілді; ештеңе өзгермеді, қайталап көріңіз
pin-source-failed = { $name }: { $place }: { $text }; PIN-кодтың қайдан алынатынын тексеріңіз
pin-stopped = Ctrl-C арқылы тоқтатылды; PIN-код жіберілмеді
pin-place-terminal = терминал
pin-place-stdin = стандартты енгізу
pin-place-fd = файл дескрипторы { $number }
pin-stdin-ended = стандартты енгізу аяқталды, PIN-код берілмеді; --pin-source қолданыңыз
pin-no-variable = { $name }: { $variable } орта айнымалысы жоқ
pin-source-fd = fd: үшін сан керек, мысалы fd:3
pin-source-expected = prompt, env:АЙНЫМАЛЫ, fd:САН немесе file:ЖОЛ керек
pin-tries = { $role ->
        [user] пайдаланушы PIN-коды
       *[administrator] әкімші PIN-коды
    }: { $count } мүмкіндік қалды
pin-last-try = { $role ->
        [user] пайдаланушы PIN-коды
       *[administrator] әкімші PIN-коды
    }: 1 мүмкіндік қалды: қате PIN-код оны бұғаттайды
pin-new-refused = { $role ->
        [user] жаңа пайдаланушы PIN-коды
       *[administrator] жаңа әкімші PIN-коды
    } қабылданбады: { $text }; ештеңе өзгермеді
pin-not-sent = ол жіберілмеді
pin-last-try-ok = --last-try-ok болса, ол бәрібір жіберіледі
pin-admin-can-unblock = оның бұғатын әкімші шеше алады (`kaztoken pin unblock`)
pin-see-unblock = `kaztoken pin unblock` қараңыз
pin-nothing-unblocks = оның бұғатын ештеңе шешпейді
pin-wrong-length = жаңа PIN-код бұл токен үшін тым қысқа не тым ұзын болуы мүмкін; бұрынғысы күшінде
pin-no-right = бұл PIN-код ондай құқық бермейді
pin-right = { $role ->
        [user] Пайдаланушы PIN-коды
       *[administrator] Әкімші PIN-коды
    } дұрыс.
pin-changed = { $role ->
        [user] Пайдаланушы PIN-коды
       *[administrator] Әкімші PIN-коды
    } өзгертілді.
pin-unblocked = Пайдаланушы PIN-кодының барлық мүмкіндігі қайтарылды; PIN-кодтың өзі бұрынғыдай.
pin-set = Пайдаланушы PIN-коды қойылды, оның барлық мүмкіндігі бар.
progress-stopping = тоқтап жатыр; Ctrl-C тағы басылса, бірден аяқталады
