# OpenSC's judgement of the KAZTOKEN: everything that its Rutoken ECP driver can ask of a token.
. "$RIG/opensc-common.sh"

list_files() {
    says '3f001000' opensc-tool -f
}

random_twice() {
    says 'SW1=0x90' opensc-tool -s 0084000014
    mv said random1
    says 'SW1=0x90' opensc-tool -s 0084000014
    mv said random2
    refused 'differ' cmp random1 random2
}

import_key() {
    openssl genrsa -out key.pem 2048
    openssl rsa -in key.pem -pubout -out key-pub.pem
    pkcs15-init -S key.pem --auth-id 02 -i 43 -l imported --pin $USER
    says imported pkcs15-tool --list-keys
}

store_certificate() {
    openssl req -new -x509 -key key.pem -subj "/C=KZ/CN=rig" -days 30 -out cert.pem
    pkcs15-init -X cert.pem -i 43 -l "rig cert" --auth-id 02 --pin $USER
    pkcs15-tool --read-certificate 43 -o cert-read.pem
    cmp <(openssl x509 -in cert.pem -outform DER) <(openssl x509 -in cert-read.pem -outform DER)
}

delete_certificate() {
    pkcs15-init --delete-objects cert -i 43 --auth-id 02 --pin $USER
    lacks 'rig cert' pkcs15-tool --list-certificates
}

delete_key() {
    pkcs15-init --delete-objects privkey,pubkey -i 43 --auth-id 02 --pin $USER
    lacks imported pkcs15-tool --list-keys
}

generate_after_delete() {
    pkcs15-init -G rsa/2048 -u sign --auth-id 02 -i 44 -l second --pin $USER
    pkcs15-tool --read-public-key 44 -o second-pub.pem
    rsa_sign 44 second-pub.pem
}

public_key_is_the_same() {
    pkcs11-tool --read-object --type pubkey --id 42 -o rsa.der
    cmp rsa.der <(openssl pkey -pubin -in rsa-pub.pem -outform DER)
}

list_pins() {
    says 'Security Officer PIN' pkcs15-tool --list-pins
    grep 'User PIN' said
}

# OpenSC asks for the counter after a refused PIN; the token counts exactly one.
tries_left() { opensc-tool -c default -s 002000"$1" | sed -n 's/.*SW2=0x\(C.\).*/\1/p'; }

wrong_pin_costs_one() {
    logged_out
    local before after
    before=$(tries_left 02)
    refused 'PIN code or key incorrect' pkcs15-tool --verify-pin --auth-id 02 --pin 99999999
    after=$(tries_left 02)
    echo "before $before, after $after"
    [ $((0x$before - 0x$after)) = 1 ]
}

right_pin_restores() {
    pkcs15-tool --verify-pin --auth-id 02 --pin $USER
    logged_out
    [ "$(tries_left 02)" = C5 ]
}

change_user_pin() {
    pkcs15-tool --change-pin --auth-id 02 --pin $USER --new-pin abcdefgh12
    logged_out
    pkcs15-tool --verify-pin --auth-id 02 --pin abcdefgh12
    pkcs15-tool --change-pin --auth-id 02 --pin abcdefgh12 --new-pin $USER
    logged_out
    pkcs15-tool --verify-pin --auth-id 02 --pin $USER
}

pkcs11_change_user_pin() {
    pkcs11-tool --login --pin $USER --change-pin --new-pin 1234abcd
    pkcs11-tool --login --pin 1234abcd --change-pin --new-pin $USER
}

pkcs11_change_admin_pin() {
    pkcs11-tool --login --login-type so --so-pin $ADMIN --change-pin --new-pin 0987abcdef
    pkcs11-tool --login --login-type so --so-pin 0987abcdef --change-pin --new-pin $ADMIN
}

block_user_pin() {
    logged_out
    for _ in 1 2 3 4 5; do opensc-tool -c default -s 00200002083030303030303030; done
    says 'SW1=0x69, SW2=0x83' opensc-tool -c default -s "0020000208$(hex $USER)"
    refused 'blocked' pkcs15-tool --verify-pin --auth-id 02 --pin $USER
}

unblock_by_administrator() {
    pkcs11-tool --login --login-type so --so-pin $ADMIN --init-pin --new-pin unblocked1
    logged_out
    pkcs15-tool --verify-pin --auth-id 02 --pin unblocked1
    pkcs15-tool --change-pin --auth-id 02 --pin unblocked1 --new-pin $USER
}

pkcs11_slots() { says 'token label' pkcs11-tool -L; }
pkcs11_mechanisms() {
    says GOSTR3410 pkcs11-tool -M
    grep RSA-PKCS said
}
pkcs11_objects() {
    says 'Private Key Object; RSA' pkcs11-tool --login --pin $USER -O
    grep 'GOSTR3410' said
}
pkcs11_random() {
    pkcs11-tool --generate-random 64 -o random
    [ "$(stat -c %s random)" = 64 ]
}

public_data() {
    echo "for everyone" >public.txt
    pkcs11-tool --login --pin $USER --write-object public.txt --type data --label pubdata --application-label app
    logged_out
    pkcs11-tool --read-object --type data --label pubdata -o public.read
    cmp public.txt public.read
}

private_data() {
    echo "for the user" >private.txt
    pkcs11-tool --login --pin $USER --write-object private.txt --type data --label privdata --private --application-label app
    pkcs11-tool --login --pin $USER --read-object --type data --label privdata -o private.read
    cmp private.txt private.read
    logged_out
    refused 'not found' pkcs11-tool --read-object --type data --label privdata -o private.stolen
}

# A published dialogue with a real card of the family: a file that only the user may read.
explorer_prepare() {
    opensc-tool -c default -s 80400000 -s "0020000208$(hex $USER)" \
        -s 00A40800041000100400 \
        -s 00E000001F6F1D80020006820201008302AAAA860F430202000000000000000000000000 \
        -s 00A408000610001004AAAA00 -s "00D6000006$(hex secret)" -s 80400000 | tee explorer.apdu
    [ "$(grep -c 'SW1=0x90' explorer.apdu)" = 7 ]
}
explore() { opensc-explorer explorer.script || true; }
explorer_refused() {
    printf 'cd 1000\ncd 1004\ncat AAAA\n' >explorer.script
    says 'Read failed' explore
    mv said explorer.out
    lacks secret cat explorer.out
}
explorer_allowed() {
    printf 'cd 1000\ncd 1004\nverify CHV2 %s\ncat AAAA\n' "$(hex $USER | sed 's/../&:/g; s/:$//')" >explorer.script
    says secret explore
}


check "the answer to reset" says "(^|[^0-9a-f])$ATR" opensc-tool -a
check "the name" says KAZTOKEN opensc-tool -n
check "the serial number" says '^([0-9A-F]{2} ){8}' opensc-tool --serial
check "pkcs15-init -E, -C, -P --finalize" opensc_format
check "the objects after a format" says 'PKCS#15 Card \[Rutoken ECP\]' pkcs15-tool -D
check "the PINs" list_pins
check "the list of files" list_files
check "random bytes differ" random_twice
check "RSA-2048 generated" rsa_generate
check "RSA signature, checked by OpenSSL" rsa_sign
check "RSA decipher of what OpenSSL enciphered" rsa_decipher
check "RSA public key through PKCS#11" public_key_is_the_same
check "RSA key imported" import_key
check "RSA signature with the imported key" rsa_sign 43 key-pub.pem
check "certificate stored and read back" store_certificate
check "certificate deleted" delete_certificate
check "imported key deleted" delete_key
check "a key generated after a deletion" generate_after_delete
check "user PIN verified" pkcs15-tool --verify-pin --auth-id 02 --pin $USER
check "a wrong PIN costs one try" wrong_pin_costs_one
check "the right PIN restores the tries" right_pin_restores
check "user PIN changed and changed back" change_user_pin
check "PKCS#11 slots" pkcs11_slots
check "PKCS#11 mechanisms" pkcs11_mechanisms
check "GOST R 34.10 key generated, parameter set A" gost_generate
check "GOST signature, checked by OpenSSL's GOST engine" gost_sign
check "GOST signature refused for another digest" gost_other_digest
check "PKCS#11 objects" pkcs11_objects
check "PKCS#11 random" pkcs11_random
check "PKCS#11 user PIN changed and changed back" pkcs11_change_user_pin
check "PKCS#11 administrator PIN changed and changed back" pkcs11_change_admin_pin
check "public data object" public_data
check "private data object" private_data
check "a file for the user alone is written" explorer_prepare
check "opensc-explorer may not read it" explorer_refused
check "opensc-explorer reads it after VERIFY" explorer_allowed
check "user PIN blocked" block_user_pin
check "user PIN unblocked by the administrator" unblock_by_administrator
