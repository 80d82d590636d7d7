# Our own command line through PC/SC, and OpenSC on what it made.
. "$RIG/opensc-common.sh"
export USER_PIN=12345678 ADMIN_PIN=87654321
ours() { "$KAZTOKEN" --via pcsc "$@"; }

ours_format() {
    ours format --label RIG --serial $SERIAL --yes --admin-pin-source env:ADMIN_PIN --new-pin-source env:USER_PIN
    says 'User PIN' pkcs15-tool -D
    logged_out
    pkcs15-tool --verify-pin --auth-id 02 --pin $USER
}

ours_gost() {
    ours key generate --label ours-gost --id 61 --public-key ours-gost.pem --pin-source env:USER_PIN
    says 'ours-gost' pkcs15-tool -D
    echo "a payment of 100 tenge" >payment
    ours sign payment --key ours-gost --form russian --pin-source env:USER_PIN
    openssl dgst -engine gost -md_gost12_256 -verify ours-gost.pem -signature payment.sig payment
}

opensc_signs_with_ours_gost() {
    openssl rand -out digest 32
    pkcs11-tool --login --pin $USER --sign -m GOSTR3410 --id 61 -i digest -o digest.sig
    openssl pkeyutl -engine gost -verify -pubin -inkey ours-gost.pem -in digest -sigfile digest.sig
}

ours_rsa() {
    ours key generate --alg rsa2048 --label ours-rsa --id 62 --public-key ours-rsa.pem --pin-source env:USER_PIN
    echo "a payment of 100 tenge" >payment
    ours sign payment --key ours-rsa --out rsa.sig --pin-source env:USER_PIN
    openssl dgst -sha256 -verify ours-rsa.pem -signature rsa.sig payment
}

opensc_uses_ours_rsa() {
    rsa_sign 62 ours-rsa.pem
}

ours_certificate() {
    openssl req -new -x509 -newkey rsa:2048 -nodes -keyout other.pem -subj "/C=KZ/CN=ours" -days 30 -out ours-cert.pem
    ours cert import ours-cert.pem --label ours-cert --id 62 --pin-source env:USER_PIN
    pkcs15-tool --read-certificate 62 -o cert-read.pem
    cmp <(openssl x509 -in ours-cert.pem -outform DER) <(openssl x509 -in cert-read.pem -outform DER)
}

ours_reads_opensc() {
    pkcs15-init -G rsa/2048 -u sign --auth-id 02 -i 42 -l "RSA key" --pin $USER
    says 'RSA key' ours key list
    ours sign payment --key "RSA key" --out opensc.sig --pin-source env:USER_PIN
    pkcs15-tool --read-public-key 42 -o rsa-pub.pem
    openssl dgst -sha256 -verify rsa-pub.pem -signature opensc.sig payment
}

ours_delete() {
    ours key delete ours-rsa --yes --pin-source env:USER_PIN
    lacks ours-rsa pkcs15-tool --list-keys
}

check "kaztoken --via pcsc list" says KAZTOKEN ours list
check "kaztoken --via pcsc info" ours info
check "kaztoken --via pcsc status" ours status
check "our format, read by OpenSC" ours_format
check "our GOST key, its signature checked by OpenSSL" ours_gost
check "OpenSC signs with our GOST key" opensc_signs_with_ours_gost
check "our RSA key, its signature checked by OpenSSL" ours_rsa
check "OpenSC signs with our RSA key" opensc_uses_ours_rsa
check "our certificate, read by OpenSC" ours_certificate
check "OpenSC's key, used by us" ours_reads_opensc
check "our deletion, seen by OpenSC" ours_delete
