# Our own command line over libusb: the tour's way, from the identification to the signature.

SERIAL=0x47738461 SERIAL_DECIMAL=1198752865
"$KAZTOKEN" virtual new $OUT/token.kzt --model kaztoken --serial $SERIAL || exit 2

# Nobody may open the node but root.
without_rights() { setpriv --reuid 65534 --regid 65534 --clear-groups "$KAZTOKEN" --via usb status; }

format() {
    usb format --label RIG --serial $SERIAL --yes --admin-pin-source env:ADMIN_PIN --new-pin-source env:USER_PIN
    says RIG usb status
}

wrong_pin() {
    fails 7 '4 tries are left' usb pin verify --pin-source env:WRONG_PIN
    usb pin verify --pin-source env:USER_PIN
}

change_pin() {
    usb pin change --policy bank --pin-source env:USER_PIN --new-pin-source env:NEW_PIN
    usb pin verify --pin-source env:NEW_PIN
}

generate() {
    usb key generate --label pay --public-key pay.pem --pin-source env:NEW_PIN
    says pay usb key list
}

sign() {
    echo "a payment of 100 tenge" >payment
    usb sign payment --pin-source env:NEW_PIN
    usb verify payment payment.sig
    "$KAZTOKEN" verify payment payment.sig --public-key pay.pem
}

# Somebody else's arithmetic.
sign_for_openssl() {
    usb sign payment --form russian --out payment.russian --pin-source env:NEW_PIN
    openssl dgst -engine gost -md_gost12_256 -verify pay.pem -signature payment.russian payment
}

changed_document() {
    echo "a payment of 900 tenge" >changed
    fails 13 . usb verify changed payment.sig
}

random() {
    usb random 64 --out random1
    usb random 64 --out random2
    [ "$(stat -c %s random1)" = 64 ]
    refused differ cmp random1 random2
}

check "no token: exit code 3" fails 3 'no token' usb status
check "the kernel enumerates the token" plug
check "list" says KAZTOKEN usb list
check "info" says $SERIAL_DECIMAL usb info
check "status" usb status
check "without rights to the node: exit code 5" fails 5 '/dev/bus/usb' without_rights
check "format" format
check "a wrong PIN: exit code 7, one try" wrong_pin
check "PIN changed by the bank's rule" change_pin
check "GOST key generated" generate
check "signed and verified" sign
check "signature checked by OpenSSL's GOST engine" sign_for_openssl
check "a changed document: exit code 13" changed_document
check "random bytes differ" random
check "objects" usb object list
