# Cases that both lists of OpenSC's judgement use. PINs are the family's factory values.
USER=12345678 ADMIN=87654321

hex() { printf %s "$1" | od -An -v -tx1 | tr -d ' \n'; }

opensc_format() {
    pkcs15-init -E
    pkcs15-init -C --so-pin $ADMIN --so-puk ""
    pkcs15-init -P --label "User PIN" --auth-id 02 --pin $USER --puk "" --so-pin $ADMIN --finalize
}

# The token keeps its rights after an OpenSC program has ended; a case that needs none gives them back first.
logged_out() { says 'SW1=0x90' opensc-tool -c default -s 80400000; }

rsa_generate() {
    pkcs15-init -G rsa/2048 -u sign,decrypt --auth-id 02 -i 42 -l "RSA key" --pin $USER
    pkcs15-tool --read-public-key 42 -o rsa-pub.pem
    openssl pkey -pubin -in rsa-pub.pem -noout
}

rsa_sign() {
    echo "a payment of 100 tenge" >payment
    openssl dgst -sha256 -binary -out payment.sha256 payment
    pkcs15-crypt -s -k "${1:-42}" --pkcs1 --sha-256 -i payment.sha256 -o payment.sig --raw --pin $USER
    openssl dgst -sha256 -verify "${2:-rsa-pub.pem}" -signature payment.sig payment
}

rsa_decipher() {
    echo "the session key" >secret
    openssl pkeyutl -encrypt -pubin -inkey rsa-pub.pem -in secret -out secret.enc
    pkcs15-crypt -c -k 42 --pkcs1 -i secret.enc -o secret.dec --raw --pin $USER
    cmp secret secret.dec
}

gost_generate() {
    pkcs11-tool --login --pin $USER --keypairgen --key-type GOSTR3410:A --id 51 --label gostA
    says 'gostA' pkcs15-tool -D
}

gost_sign() {
    pkcs15-tool --read-public-key 51 -o gost-pub.pem
    openssl rand -out digest 32
    pkcs11-tool --login --pin $USER --sign -m GOSTR3410 --id 51 -i digest -o digest.sig
    openssl pkeyutl -engine gost -verify -pubin -inkey gost-pub.pem -in digest -sigfile digest.sig
}

# The same signature must not pass for another digest: the judge judges.
gost_other_digest() {
    openssl rand -out other 32
    refused 'Signature Verification Failure' openssl pkeyutl -engine gost -verify -pubin -inkey gost-pub.pem -in other -sigfile digest.sig
}
