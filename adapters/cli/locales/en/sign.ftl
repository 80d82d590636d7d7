# Signatures and public keys.

signing = signing
sign-needs-public = without it the signature cannot be checked; give it with --public-key FILE
sign-give-public = give it with --public-key FILE
sign-does-not-fit = the token's signature does not fit the public key and was not written
sign-do-not-use = do not use this key
sign-done = { $path }: signature by { $name } ({ $kind }, { $hash }), checked with the public key
verify-good = { $path }: the signature is good ({ $name }, { $kind }, { $hash })
sign-half-key = { $name } cannot sign: { $text }
sign-kind-not-public = { $name } is of a kind that is not public
sign-wrong-hash = --hash { $hash } does not fit the key ({ $name })
sign-hashes = 256-bit GOST keys take streebog256 or gost94, 512-bit ones streebog512, RSA keys sha256
public-key-none = { $path }: no public key and no certificate with a GOST or RSA key; give such a file, PEM or DER
signature-length = the signature has a wrong length for a GOST key; is it the right file?
signature-bad = the signature is not good: { $text }; check file, key, --hash and --form
signature-bad-rsa = the signature is not good; check file, key and --hash
rsa-unsound = the RSA key is not sound: { $text }
key-kind-gost = GOST R 34.10, { $count } bit, { $name }
key-kind-rsa = RSA { $count } bit
hashing = hashing { $path }
