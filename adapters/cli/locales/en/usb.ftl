# The command `usb describe`. Names of fields are the standards' own.

describe-only = `usb describe` looks at USB devices only: no --via, no --virtual
describe-file-answers-nothing = a file answers no requests
describe-neither-protocol = dwProtocols { $got } names neither T=0 nor T=1
describe-at-level = at the { $level } level
describe-unknown-reader = A reader whose ids are not known
describe-endpoint = endpoint { $address }
describe-class-descriptor = class descriptor
describe-clocks-rates = clocks, data rates
describe-not-asked = not asked: { $text }
describe-clocks = clock frequencies
describe-rates = data rates
describe-quirks = known quirks
describe-no-quirks = none known
describe-driven = kaztoken drives it
describe-driven-yes = yes, { $text }
describe-driven-no = no: { $text }
describe-class-ccid = chip card interface device (CCID)
describe-class-vendor = vendor specific
describe-class-other = another class
describe-protocol-ccid = CCID: bulk transfers, interrupt optional
describe-protocol-iccd-a = ICCD version A: control transfers, no interrupt
describe-protocol-iccd-b = ICCD version B: control transfers, interrupt optional
describe-protocol-unknown = unknown
describe-endpoint-meaning = { $kind } { $direction }, packets of { $count } bytes
describe-no-answer = the reader does not answer this request
describe-empty-answer = none in the answer
describe-unit-khz = { $text } kHz
describe-unit-bps = { $text } bits per second
describe-file-problem = { $path }: { $text }
describe-file-empty = is empty; expected the bytes of descriptors, as they are or in hexadecimal
describe-file-no-interface = none of its { $count } interface descriptors is a smart card interface
describe-file-no-class = no smart card class descriptor (54 bytes, type 21) in its { $count } bytes
describe-file-place = line { $line }, column { $column }
describe-file-no-digit = `{ $name }` at { $place } is no hexadecimal digit
describe-file-half = the digit at { $place } has no second one
class-card-accept = card accept
class-card-ejection = card ejection
class-card-capture = card capture
class-card-lock = card lock and unlock
class-pin-verification = PIN verification
class-pin-modification = PIN modification
class-auto-configuration = parameters are configured from the answer to reset
class-auto-activation = the card is activated when inserted
class-auto-voltage = the voltage is selected automatically
class-auto-clock = the clock is changed automatically
class-auto-baud-rate = the baud rate is changed automatically
class-auto-negotiation = parameters are negotiated by the reader
class-auto-pps = PPS is done by the reader
class-clock-stop = the card's clock can be stopped
class-nad = NAD values other than 00 are accepted
class-auto-ifsd = the IFSD is exchanged by the reader
class-usb-icc = only requests valid for a USB-ICC (ISO 7816-12)
class-wake-up = wakes the host when a card is inserted or removed
class-unknown-bits = bits without a known meaning: { $got }
class-level = { $level } level exchange
class-levels = more than one exchange level
class-all-values = all between default and maximum
class-echo = echoes the command's class
class-no-display = no display
class-display = { $rows } lines of { $columns } characters
class-slots = { $count ->
        [one] { $count } slot
       *[other] { $count } slots
    }
