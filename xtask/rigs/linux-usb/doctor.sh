# A fresh machine, and `doctor` looks for what is in the way. Root in the guest; the person is another user.
set -u
WORK=/run/rig OUT=/mnt/out
mkdir -m 777 $WORK && cd $WORK
. "$RIG/cases.sh"
export LC_ALL=C USER_PIN=12345678 ADMIN_PIN=87654321
ID=0a89:0030
. "$RIG/linux-usb/plug.sh"

SERIAL=1198752865
"$KAZTOKEN" virtual new $OUT/token.kzt --serial $SERIAL || exit 2
"$KAZTOKEN" virtual new $OUT/blank.kzt --serial 77 --blank || exit 2
"$KAZTOKEN" virtual new $OUT/second.kzt --serial 78 || exit 2
TOKEN=token.kzt

# Whoever sits at the computer: no root, in the group plugdev as Debian makes its first user.
person() {
    HOME=$WORK setpriv --reuid 1000 --regid 1000 --groups "$(getent group plugdev | cut -d: -f3)" "$@"
}
doctor() { person "$KAZTOKEN" doctor "$@"; }
seen() { doctor | grep -q 'OK  KAZTOKEN .* is on'; }

# first_fail ID STATUS COMMAND... : the first thing that failed is this one, and the exit status says so
first_fail() {
    local id=$1 code=$2 status=0
    shift 2
    "$@" --json >report 2>&1 || status=$?
    cat report
    grep -qF "\"first_failure\":$id" report || {
        echo "the first failure is not $id"
        return 1
    }
    [ $status = "$code" ] || {
        echo "exit status $status, expected $code"
        return 1
    }
}

# has VERDICT ID : in the last report
has() {
    grep -qE "\"id\":\"$2\",\"verdict\":\"$1\"" report || {
        echo "no finding $2 ($1)"
        return 1
    }
}

# --- From a fresh machine to a token that works: only what doctor says is done.

# The cure of the first failure, or, where nothing fails, of the first warning that names a command.
advice() {
    doctor >report 2>&1
    awk '/^FAIL/ { found = 1 } found && /^ +cure: / { sub(/^ +cure: /, ""); print; exit }' report >cure
    [ -s cure ] || awk '/^WARN/ { warn = 1 } /^OK/ { warn = 0 }
        warn && /^ +cure: / && /kaztoken / { sub(/^ +cure: /, ""); print; exit }' report >cure
    cat cure
}

follow() {
    case $1 in
        *"sudo kaztoken doctor --fix"*) "$KAZTOKEN" doctor --fix --yes ;;
        *"kaztoken format"*) person "$KAZTOKEN" format --label FRESH --serial 77 --yes ;;
        *"Plug it"*) TOKEN=blank.kzt plug ;;
        *)
            echo "nobody knows how to follow: $1"
            return 1
            ;;
    esac
}

fresh_to_working() {
    local step said
    for step in 1 2 3 4 5; do
        said=$(advice)
        cat report
        [ -n "$said" ] || break
        echo "--- step $step: $said"
        follow "$said"
    done
    echo "$step" >steps
    first_fail null 0 doctor
    person "$KAZTOKEN" key generate --label pay --pin-source env:USER_PIN
    echo "100 tenge" >payment
    person "$KAZTOKEN" sign payment --out payment.sig --pin-source env:USER_PIN
    person "$KAZTOKEN" verify payment payment.sig
    [ "$step" = 4 ]
}

nothing_there() {
    first_fail '"doctor-nothing-there"' 3 doctor
    has warn doctor-in-machine
    if grep -q 'doctor-bus-hidden' report; then return 1; fi
}

rule_is_written_once() {
    [ "$(grep -c uaccess /etc/udev/rules.d/60-kaztoken.rules)" = 1 ]
    "$KAZTOKEN" doctor --fix --yes 2>&1 | tee said
    grep -q 'nothing that --fix can mend' said
    [ "$(grep -c uaccess /etc/udev/rules.d/60-kaztoken.rules)" = 1 ]
}

fix_needs_root() {
    rm /etc/udev/rules.d/60-kaztoken.rules
    chmod 600 /dev/bus/usb/*/*
    fails 5 'sudo kaztoken doctor --fix' doctor --fix --yes
    [ ! -e /etc/udev/rules.d/60-kaztoken.rules ]
}

fix_asks() {
    fails 9 'not confirmed' "$KAZTOKEN" doctor --fix
    [ ! -e /etc/udev/rules.d/60-kaztoken.rules ]
    says 'ATTR.idVendor.=="0a89"' "$KAZTOKEN" doctor --fix --dry-run
    [ ! -e /etc/udev/rules.d/60-kaztoken.rules ]
}

# The machine's root is not its first file system, so that udev's tools take it for somebody's sandbox.
export SYSTEMD_IGNORE_CHROOT=1
/usr/lib/systemd/systemd-udevd --daemon
# The host may be a container; this machine is none.
rm -f /.dockerenv /run/.containerenv
check "doctor: an empty machine: nothing there, and it is a virtual one" nothing_there
check "doctor: from a fresh machine to a signature, only by its advice" fresh_to_working
check "doctor: the rule is written once" rule_is_written_once
check "doctor: --fix needs root" fix_needs_root
check "doctor: --fix asks, and a dry run only shows" fix_asks

# --- What can be in the way, one after the other.

healthy() {
    plug
    "$KAZTOKEN" doctor --fix --yes
    local begin=${EPOCHREALTIME/./} spent
    first_fail null 0 doctor
    spent=$(((${EPOCHREALTIME/./} - begin) / 1000))
    echo "doctor took $spent ms on an emulated processor"
    for id in doctor-seen doctor-node doctor-answers doctor-serial doctor-memory doctor-user-pin doctor-admin-pin; do
        has ok $id
    done
    [ $spent -lt 3000 ]
}

no_permission() {
    chmod 600 /dev/bus/usb/*/*
    first_fail '"doctor-rule-asleep"' 5 doctor
    rm /etc/udev/rules.d/60-kaztoken.rules
    first_fail '"doctor-no-permission"' 5 doctor
    grep -q '/dev/bus/usb/[0-9/]* (owner root, group [a-z]*, mode 0600)' report
    grep -q 'ATTR{idVendor}==\\"0a89\\", ATTR{idProduct}==\\"0030\\"' report
    # Root may, and is told that others may not.
    first_fail null 0 "$KAZTOKEN" doctor
    has warn doctor-only-root
    "$KAZTOKEN" doctor --fix --yes
    first_fail null 0 doctor
}

pcscd_holds() {
    /usr/sbin/pcscd --foreground --debug >pcscd.log 2>&1 &
    local id=$!
    trap "kill $id; wait $id" EXIT
    wait_for 15 grep -q 'Card ATR' pcscd.log
    first_fail null 0 "$KAZTOKEN" doctor
    has warn doctor-held-by-service
    has ok doctor-service
    # Somebody who may not see root's files is told the suspect.
    doctor --json >report || true
    has warn doctor-held-by-service
}

pcscd_gone() {
    first_fail null 0 doctor
    has ok doctor-node
}

second_process() {
    plug --fault extend@46:60x500ms
    person "$KAZTOKEN" key generate --label slow --pin-source env:USER_PIN >generate.log 2>&1 &
    local id=$!
    sleep 2
    kill -0 $id
    first_fail '"doctor-held"' 6 doctor
    grep -q "It is held by kaztoken (pid [0-9]*)" report
    unplug
    wait $id || true
}

interface() { basename "$(dirname "$(grep -ls '^0b$' /sys/bus/usb/devices/*/bInterfaceClass | head -n 1)")"; }

kernel_driver() {
    plug
    local usb
    usb=$(interface)
    echo 0a89 0030 >/sys/bus/usb-serial/drivers/generic/new_id
    wait_for 5 test -e "/sys/bus/usb/devices/$usb/driver"
    readlink "/sys/bus/usb/devices/$usb/driver"
    first_fail null 0 doctor
    has warn doctor-driver-bound
    grep -q usbserial report
    person "$KAZTOKEN" status
    # It has its interface back.
    [ -e "/sys/bus/usb/devices/$usb/driver" ]
    echo "0a89 0030" >/sys/bus/usb/drivers/usbserial_generic/remove_id || true
    echo "$usb" >/sys/bus/usb/drivers/usbserial_generic/unbind
}

mute() {
    plug --fault fail@1:FE,fail@2:FE,fail@3:FE,fail@4:FE,fail@5:FE
    first_fail '"doctor-mute"' 14 doctor
}

silent() {
    plug --fault drop@1,drop@2,drop@3,drop@4
    first_fail '"doctor-mute"' 11 doctor
}

wrong_atr() {
    plug --fault corrupt@1:18,corrupt@2:18
    first_fail '"doctor-other-card"' 10 doctor
}

# Byte 18 begins the class descriptor, 14 is bInterfaceClass, 4 is bNumInterfaces.
damaged() {
    plug --fault "descriptor@18:10"
    first_fail '"doctor-descriptors"' 10 doctor
}

other_class() {
    plug --fault "descriptor@14:03,descriptor@19:24"
    first_fail '"doctor-no-interface"' 10 doctor
}

one_there() { [ "$(count_of_tokens)" = 1 ]; }
both_there() { [ "$(count_of_tokens)" = 2 ]; }

two_tokens() {
    plug
    wish plug2 --virtual second.kzt --usb-id $ID
    wait_for 10 both_there
    udevadm settle
    first_fail null 0 doctor
    has warn doctor-several
    [ "$(grep -o '"doctor-serial"' report | wc -l)" = 2 ]
    wish plug2
    wait_for 10 one_there
}

unplugged_meanwhile() {
    plug --fault "unplug@$1"
    first_fail '"doctor-gone"' 12 doctor
}

unknown_to_libccid() {
    ID=0a89:0035 plug
    "$KAZTOKEN" doctor --fix --yes >said 2>&1
    cat said
    grep -q 'ifdProductID 0x0035' said
    first_fail null 0 doctor
    has ok doctor-driver-knows
    grep -q '<string>0x0035</string>' /etc/libccid_Info.plist
    [ -s /etc/libccid_Info.plist.before-kaztoken ]
    # libccid itself takes the token now.
    /usr/sbin/pcscd --foreground --debug >pcscd.log 2>&1 &
    local id=$!
    trap "kill $id; wait $id" EXIT
    wait_for 15 grep -q 'Card ATR' pcscd.log
}

# --- Traces over a real USB stack, with the kernel's own record as the judge.

# The messages of a trace, without time and connection.
messages() { sed -n 's/^[0-9.]* [0-9]* \(ccid[<>].*\)/\1/p' "$1"; }

recorded_as_the_kernel_saw_it() {
    ID=0a89:0030 plug
    tcpdump -i usbmon0 -s 0 -U -w capture.pcap 2>tcpdump.log &
    local id=$!
    wait_for 10 grep -q 'listening on' tcpdump.log
    person "$KAZTOKEN" --trace recorded.ktrace pin verify --pin-source env:USER_PIN
    sleep 1
    kill -INT $id && wait $id || true
    tail -n 3 tcpdump.log
    "$KAZTOKEN" trace import usbmon capture.pcap captured.ktrace
    messages recorded.ktrace >ours
    messages captured.ktrace >kernels
    [ "$(wc -l <ours)" -gt 10 ]
    diff ours kernels
    # The PIN went over the bus; of the two records only the kernel's holds it.
    grep -q "$USER_PIN" capture.pcap
    if grep -q '31 32 33 34' recorded.ktrace captured.ktrace; then return 1; fi
    grep -q '00 20 00 02 \*' captured.ktrace
}

replayed_without_the_token() {
    person "$KAZTOKEN" --trace status.ktrace status >before
    unplug
    fails 3 . "$KAZTOKEN" --via usb status
    "$KAZTOKEN" --via replay:status.ktrace status >after
    diff before after
}

bundle() {
    plug
    doctor --bundle report.zip
    grep -q trace.ktrace report.zip
    if grep -q $SERIAL report.zip; then return 1; fi
    # A full disk leaves nothing behind.
    mkdir full && mount -t tmpfs -o size=4k tmpfs full && chmod 777 full
    fails 1 . doctor --bundle full/report.zip
    [ -z "$(ls -A full)" ]
    umount full
}

list_is_quick() {
    local begin=${EPOCHREALTIME/./} spent
    person "$KAZTOKEN" list
    spent=$(((${EPOCHREALTIME/./} - begin) / 1000))
    echo "list took $spent ms on an emulated processor"
    [ $spent -lt 1000 ]
}

# Nothing of all this has spent a try.
tries() {
    ID=0a89:0030 plug
    doctor --json >report
    grep -q '"says":"User PIN: 10 tries left."' report
    grep -q '"says":"Administrator PIN: 10 tries left."' report
}

check "doctor: a healthy token, under 3 s" healthy
check "doctor: no permission, with the exact rule" no_permission
check "doctor: pcscd holds it" pcscd_holds
check "doctor: pcscd is gone" pcscd_gone
check "doctor: a second process of ours holds it" second_process
check "doctor: a kernel driver is bound" kernel_driver
check "doctor: mute" mute
check "doctor: silent" silent
check "doctor: another answer to reset" wrong_atr
check "doctor: a damaged class descriptor" damaged
check "doctor: another interface class" other_class
check "doctor: two tokens" two_tokens
for message in 2 6; do
    check "doctor: unplugged at message $message" unplugged_meanwhile $message
done
check "doctor: --fix teaches libccid the number" unknown_to_libccid
check "trace: as the kernel saw it (usbmon)" recorded_as_the_kernel_saw_it
check "trace: replayed without the token" replayed_without_the_token
check "doctor: a bundle, and a full disk" bundle
check "list over raw USB" list_is_quick
check "doctor: no try was spent" tries
[ $failed = 0 ]
