# pcscd with libccid on the same token, OpenSC through it, and our command line beside it.

card_is() { opensc-tool -a 2>/dev/null | grep -qi "$1"; }
powered_on() { wait_for 15 card_is 3b:88:01:4b:41:5a:54:4f:4b:45:4e:82; }

held_by_pcscd() {
    fails 6 pcscd usb status
}

# What we wrote, as OpenSC sees it.
opensc_reads_ours() {
    says 'User PIN' pkcs15-tool -D
    grep pay said
}

opensc_signs_with_our_key() {
    local id
    id=$(pkcs15-tool --list-keys | sed -n 's/^.*ID  *: \([0-9a-f]*\)$/\1/p' | tail -n 1)
    openssl rand -out digest 32
    pkcs11-tool --login --pin $NEW_PIN --sign -m GOSTR3410 --id "$id" -i digest -o digest.sig
    openssl pkeyutl -engine gost -verify -pubin -inkey pay.pem -in digest -sigfile digest.sig
}

rsa_by_opensc() {
    USER=$NEW_PIN
    rsa_generate
    rsa_sign
}

free_again() {
    usb status
    says 'RSA key' usb key list
    usb sign payment --key pay --out again.sig --pin-source env:NEW_PIN
    usb verify payment again.sig --key pay
}

# The host's installation may name a virtual reader as well.
rm -f /etc/reader.conf.d/*
/usr/sbin/pcscd --foreground --debug >pcscd.log 2>&1 &
pcscd_id=$!
check "pcscd and libccid power the card on" powered_on
check "pcscd holds the token: exit code 6" held_by_pcscd
check "OpenSC reads our format and our key" opensc_reads_ours
check "OpenSC signs with our key" opensc_signs_with_our_key
check "OpenSC generates an RSA key and signs" rsa_by_opensc
kill $pcscd_id
wait $pcscd_id
check "after pcscd has ended the token is free" free_again
