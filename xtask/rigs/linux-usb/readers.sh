# The same token, and the SC card, as cards in a reader that leaves the protocol to the host: libccid and our own
# host side against the same T=0, T=1 and PPS.

"$KAZTOKEN" virtual new $OUT/sc.kzt --model kaztoken-sc --serial $SERIAL || exit 2

in_reader() {
    TOKEN=$2 plug --reader "$1"
}

# Formats the SC card over T=0, with PPS: everything goes through TPDUs of ours.
sc_by_ours() {
    in_reader "$1" sc.kzt
    says $SERIAL_DECIMAL usb info
    usb format --label SC --serial $SERIAL --yes --erase-keys --admin-pin-source env:ADMIN_PIN \
        --new-pin-source env:USER_PIN
    usb pin verify --pin-source env:USER_PIN
    usb key generate --label sc --public-key sc.pem --pin-source env:USER_PIN
    usb sign payment --key sc --out sc.sig --pin-source env:USER_PIN
    "$KAZTOKEN" verify payment sc.sig --public-key sc.pem
    usb random 300 --out random3
}

token_by_ours() {
    in_reader "$1" token.kzt
    usb status
    usb pin verify --pin-source env:NEW_PIN
    usb sign payment --key pay --out reader.sig --pin-source env:NEW_PIN
    usb verify payment reader.sig --key pay
}

apdu() { says 'SW1=0x90' opensc-tool -c default -s "$1"; }

# pcscd finds at its start what is plugged in; it ends with the case.
pcscd_runs() {
    /usr/sbin/pcscd --foreground --debug >pcscd.log 2>&1 &
    local pcscd_id=$!
    trap "tail -n 30 pcscd.log; kill $pcscd_id; wait $pcscd_id" EXIT
    wait_for 15 card_is "$1"
}

# libccid sends the PPS and the parameters.
sc_by_libccid() {
    in_reader "$1" sc.kzt
    pcscd_runs 3b:98:96:00:4b:41:5a:54:4f:4b:45:4e
    apdu 00CA018108
    apdu 0084000000
    says 'User PIN' pkcs15-tool -D
    grep sc said
}

token_by_libccid() {
    in_reader "$1" token.kzt
    pcscd_runs 3b:88:01:4b:41:5a:54:4f:4b:45:4e:82
    opensc_reads_ours
    local id
    id=$(pkcs15-tool --list-keys | awk '/\[pay\]/ { ours = 1 } ours && $1 == "ID" { print $3; exit }')
    openssl rand -out digest 32
    pkcs11-tool --login --pin $NEW_PIN --sign -m GOSTR3410 --id "$id" -i digest -o digest.sig
    openssl pkeyutl -engine gost -verify -pubin -inkey pay.pem -in digest -sigfile digest.sig
}

for level in tpdu short extended; do
    check "our host side, the SC card in a reader: $level" sc_by_ours $level
    check "our host side, the token in a reader: $level" token_by_ours $level
done
for level in tpdu short extended; do
    check "libccid, the SC card in a reader: $level" sc_by_libccid $level
    check "libccid, the token in a reader: $level" token_by_libccid $level
done
