#!/usr/bin/env bash
# pcscd with a virtual reader, one virtual token after the other in it, and the judge. Runs in mount and network
# namespaces of its own: /run/pcscd and the reader's port belong to the whole machine otherwise.
#
# KAZTOKEN: the command line, built with its feature pcsc; RIG: the folder of this script; WORK: an empty folder.
set -u
cd "$WORK" || exit 2
. "$RIG/../cases.sh"
export OPENSC_CONF=$RIG/opensc.conf HOME=$WORK LC_ALL=C
PORT=35963 SERIAL=0x47738461

ip link set lo up
mount -t tmpfs tmpfs /run && mkdir /run/pcscd || exit 2
mkdir readers
cat >readers/vpcd <<READER
FRIENDLYNAME "Virtual PCD"
DEVICENAME /dev/null:0x$(printf %X $PORT)
LIBPATH $(ls /usr/lib/pcsc/drivers/serial/libifdvpcd.so /usr/lib/*/pcsc/drivers/serial/libifdvpcd.so 2>/dev/null | head -n 1)
CHANNELID 0x$(printf %X $PORT)
READER
pcscd=$(command -v pcscd || echo /usr/sbin/pcscd)
"$pcscd" --foreground --debug --config "$WORK/readers" >pcscd.log 2>&1 &
pcscd_id=$!
token_id=
trap 'kill $token_id $pcscd_id 2>/dev/null' EXIT

no_card() { ! opensc-tool -a >/dev/null 2>&1; }
card_is() { opensc-tool -a 2>/dev/null | grep -qi "$1"; }

# insert MODEL ATR: a new token of the model, until pcscd has seen its answer to reset
insert() {
    local model=$1 atr=$2
    TOKEN=$WORK/$model.kzt
    rm -f "$TOKEN"
    "$KAZTOKEN" virtual new "$TOKEN" --model "$model" --serial $SERIAL || return 1
    "$KAZTOKEN" virtual serve --vpcd --port $PORT --virtual "$TOKEN" >"$model.log" 2>&1 &
    token_id=$!
    wait_for 15 card_is "$atr"
}

remove() {
    kill $token_id
    wait $token_id 2>/dev/null
    token_id=
    wait_for 10 no_card
}

# judged MODEL ATR JUDGE: the cases of one script for one model
judged() {
    echo "# $1"
    insert "$1" "$2" || {
        echo "FAILED $1: no card with $2"
        failed=$((failed + 1))
        tail -n 20 "$1.log" pcscd.log | sed 's/^/  | /'
        [ -z "$token_id" ] || remove
        return
    }
    MODEL=$1 ATR=$2
    . "$RIG/$3"
    remove
}

wait_for 10 opensc-tool -l || {
    echo "pcscd does not run"
    tail -n 20 pcscd.log
    exit 2
}
judged kaztoken 3b:88:01:4b:41:5a:54:4f:4b:45:4e:82 opensc.sh
judged kaztoken 3b:88:01:4b:41:5a:54:4f:4b:45:4e:82 ours.sh
judged kaztoken-sc 3b:98:96:00:4b:41:5a:54:4f:4b:45:4e opensc-short.sh
judged rutoken-ecp 3b:8b:01:52:75:74:6f:6b:65:6e:20:44:53:20:c1 opensc-short.sh
[ $failed = 0 ]
