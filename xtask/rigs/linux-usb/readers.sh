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

# libccid sends the PPS and the parameters.
sc_by_libccid() {
    in_reader "$1" sc.kzt
    wait_for 15 card_is 3b:98:96:00:4b:41:5a:54:4f:4b:45:4e
    apdu 00CA018108
    apdu 0084000000
    says 'User PIN' pkcs15-tool -D
    grep sc said
}

token_by_libccid() {
    in_reader "$1" token.kzt
    powered_on
    opensc_reads_ours
    opensc_signs_with_our_key
}

for level in tpdu short extended; do
    check "our host side, the SC card in a reader: $level" sc_by_ours $level
    check "our host side, the token in a reader: $level" token_by_ours $level
done
/usr/sbin/pcscd --foreground --debug >>pcscd.log 2>&1 &
pcscd_id=$!
for level in tpdu short extended; do
    check "libccid, the SC card in a reader: $level" sc_by_libccid $level
    check "libccid, the token in a reader: $level" token_by_libccid $level
done
kill $pcscd_id
wait $pcscd_id
