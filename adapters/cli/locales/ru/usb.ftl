describe-only = `usb describe` смотрит только на устройства USB: без --via и --virtual
describe-file-answers-nothing = файл на запросы не отвечает
describe-neither-protocol = dwProtocols { $got } не называет ни T=0, ни T=1
describe-at-level = на уровне: { $level }
describe-unknown-reader = Считыватель с неизвестными идентификаторами
describe-endpoint = endpoint { $address }
describe-class-descriptor = дескриптор класса
describe-clocks-rates = частоты, скорости
describe-not-asked = не спрошено: { $text }
describe-clocks = тактовые частоты
describe-rates = скорости передачи
describe-quirks = известные особенности
describe-no-quirks = неизвестны
describe-driven = kaztoken работает с ним
describe-driven-yes = да, { $text }
describe-driven-no = нет: { $text }
describe-class-ccid = устройство интерфейса чип-карт (CCID)
describe-class-vendor = особый, производителя
describe-class-other = другой класс
describe-protocol-ccid = CCID: передачи bulk, interrupt необязателен
describe-protocol-iccd-a = ICCD версии A: передачи control, без interrupt
describe-protocol-iccd-b = ICCD версии B: передачи control, interrupt необязателен
describe-protocol-unknown = неизвестен
describe-endpoint-meaning = { $kind } { $direction }, пакеты по { $count } байт
describe-no-answer = считыватель на этот запрос не отвечает
describe-empty-answer = в ответе пусто
describe-unit-khz = { $text } кГц
describe-unit-bps = { $text } бит в секунду
describe-file-problem = { $path }: { $text }
describe-file-empty = пуст; ожидались байты дескрипторов, как есть или в шестнадцатеричном виде
describe-file-no-interface = ни один из дескрипторов интерфейса ({ $count }) не описывает интерфейс смарт-карты
describe-file-no-class = среди его байт ({ $count }) нет дескриптора класса смарт-карт (54 байта, тип 21)
describe-file-place = строка { $line }, столбец { $column }
describe-file-no-digit = `{ $name }` ({ $place }) — не шестнадцатеричная цифра
describe-file-half = у цифры ({ $place }) нет второй
class-card-accept = приём карты
class-card-ejection = выброс карты
class-card-capture = удержание карты
class-card-lock = запирание и отпирание карты
class-pin-verification = проверка PIN-кода
class-pin-modification = смена PIN-кода
class-auto-configuration = параметры настраиваются по ответу на сброс
class-auto-activation = карта включается при вставке
class-auto-voltage = напряжение выбирается автоматически
class-auto-clock = такт меняется автоматически
class-auto-baud-rate = скорость меняется автоматически
class-auto-negotiation = о параметрах договаривается считыватель
class-auto-pps = PPS выполняет считыватель
class-clock-stop = такт карты можно остановить
class-nad = принимаются значения NAD, отличные от 00
class-auto-ifsd = обменом IFSD занимается считыватель
class-usb-icc = только запросы, допустимые для USB-ICC (ISO 7816-12)
class-wake-up = будит компьютер при вставке и извлечении карты
class-unknown-bits = биты без известного значения: { $got }
class-level = уровень обмена: { $level }
class-levels = больше одного уровня обмена
class-all-values = все от обычного до наибольшего
class-echo = повторяет класс команды
class-no-display = дисплея нет
class-display = строк: { $rows } по { $columns } символов
class-slots = { $count ->
        [one] { $count } слот
        [few] { $count } слота
        [many] { $count } слотов
       *[other] { $count } слота
    }
