# token backup, token restore-check

backup-written = { $path }: { $count ->
        [0] токенде ашық дерек жоқ; тек тізім жазылды.
        [one] { $count } файл және тізім жазылды.
       *[other] { $count } файл және тізім жазылды.
    }
backup-left = Көшірмеге кірмегені:
backup-left-nothing = PIN-сіз көрінетін ештеңе қалған жоқ
backup-never-leaves = токеннен ешқашан шықпайды
backup-needs-pin = тек PIN арқылы оқылады
backup-not-readable = оқылмайды
backup-no-secrets = Жабық кілттің көшірмесін жасау мүмкін емес: токен жоғалса, жаңа кілт пен жаңа сертификат алу керек.
backup-folder-used = { $path } қалтасы бос емес; бос немесе жаңа қалтаны көрсетіңіз
backup-none = { $path } — kaztoken-нің сақтық көшірмесі емес немесе жаңарақ нұсқаныкі
backup-table-folder = ҚАЛТАДА
backup-table-token = ТОКЕНДЕ
backup-whole = бүтін
backup-damaged = зақымдалған немесе жоқ
backup-there = бар
backup-gone = жоқ немесе өзгерген
backup-other-token = Бұл { $text } токенінің көшірмесі, ал қосылып тұрғаны { $name } токені.
backup-added = Токенде бар, бірақ көшірмеде жоқ:
backup-good = Көшірмедегінің бәрі бүтін және токенде дәл сол күйінде тұр.
backup-differs = Көшірме мен токен әртүрлі.
