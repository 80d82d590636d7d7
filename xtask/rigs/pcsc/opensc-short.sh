# A shorter list for the other models: the T=0 card, where every answer is collected, and the token's own relative.
. "$RIG/opensc-common.sh"
export CHANGED_PIN=abcdefgh12
ours() { "$KAZTOKEN" --via pcsc "$@"; }

pins_changed() {
    pkcs15-tool --change-pin --auth-id 02 --pin $USER --new-pin $CHANGED_PIN
    logged_out
    pkcs15-tool --verify-pin --auth-id 02 --pin $CHANGED_PIN
}

# Over T=0 every answer of ours is collected too; an RSA signature is the longest one.
ours_signs() {
    echo "a payment of 100 tenge" >payment
    ours key generate --label ours-gost --public-key ours-gost.pem --pin-source env:CHANGED_PIN
    ours sign payment --key ours-gost --form russian --out gost.sig --pin-source env:CHANGED_PIN
    openssl dgst -engine gost -md_gost12_256 -verify ours-gost.pem -signature gost.sig payment
    ours sign payment --key "RSA key" --out rsa.sig --pin-source env:CHANGED_PIN
    openssl dgst -sha256 -verify rsa-pub.pem -signature rsa.sig payment
}

check "$MODEL: the answer to reset" says "(^|[^0-9a-f])$ATR" opensc-tool -a
check "$MODEL: the serial number" says '^([0-9A-F]{2} ){8}' opensc-tool --serial
check "$MODEL: format" opensc_format
check "$MODEL: the objects after a format" says 'PKCS#15 Card \[Rutoken ECP\]' pkcs15-tool -D
check "$MODEL: RSA-2048 generated" rsa_generate
check "$MODEL: RSA signature, checked by OpenSSL" rsa_sign
check "$MODEL: RSA decipher" rsa_decipher
check "$MODEL: GOST R 34.10 key generated" gost_generate
check "$MODEL: GOST signature, checked by OpenSSL's GOST engine" gost_sign
check "$MODEL: user PIN changed" pins_changed
check "$MODEL: our command line reads its status" ours status
check "$MODEL: our command line signs, checked by OpenSSL" ours_signs
