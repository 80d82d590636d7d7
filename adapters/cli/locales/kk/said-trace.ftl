trace-ended = трасса бітті, ал мынау сұралады: { $got }
trace-not-as-recorded = трассада { $expected }, ал мынау сұралады: { $got }
trace-file-too-long = файл { $count } байттан ұзын; маңыздысын ғана қалдырыңыз
trace-file-none = файл { $name } жолынан басталмайды; бұл трасса емес немесе кейінгі нұсқасы
trace-file-line = { $number }-жол: { $text }; оған дейінгі жолдар дұрыс
trace-record-kind = бұл аталған түрдегі жазба емес: { $text }
trace-record-place = { $number }-жол не пакет: { $text }
trace-record-empty = онда смарт-картамен алмасу жоқ
