trace-written = { $path }, жазба саны: { $count }.
trace-cut-off = { $path } алмасу жазбасы соңына жетпей үзіледі: { $text }
trace-nothing-to-replay = { $path }: ішінде қайталайтын ештеңе жоқ; алмасуды --trace арқылы жазыңыз
trace-equal = Алмасулар бірдей, жазба саны: { $count }.
trace-different = Айырмашылық саны: { $count }.
trace-no-command = { $path }: қай пәрменмен жазылғаны көрсетілмеген; --via replay: алып, пәрменді атаңыз
trace-replayed = Қайталанды: { $text } (шығу коды { $count }).
trace-test-written = { $path }: { $text } сынағы (шығу коды { $count }).
