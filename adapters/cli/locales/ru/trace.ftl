trace-written = { $path }, записей: { $count }.
trace-cut-off = Запись обмена { $path } обрывается раньше конца: { $text }
trace-nothing-to-replay = { $path }: воспроизвести в нём нечего; запишите обмен с --trace
trace-equal = Обмены одинаковы, записей: { $count }.
trace-different = Различий: { $count }.
trace-no-command = { $path }: в записи не сказано, какой командой она сделана; возьмите --via replay: и назовите команду
trace-replayed = Воспроизведено: { $text } (код выхода { $count }).
trace-test-written = { $path }: тест для { $text } (код выхода { $count }).
