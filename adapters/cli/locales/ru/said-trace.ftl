trace-ended = трасса кончилась, а спрашивается это: { $got }
trace-not-as-recorded = в трассе { $expected }, а спрашивается это: { $got }
trace-file-too-long = файл длиннее { $count } байт; оставьте в нём только важное
trace-file-none = файл не начинается со строки { $name }; это не трасса или более поздняя
trace-file-line = строка { $number }: { $text }; строки до неё исправны
trace-record-kind = это запись не того вида, который назван: { $text }
trace-record-place = строка или пакет { $number }: { $text }
trace-record-empty = в ней нет обмена со смарт-картой
