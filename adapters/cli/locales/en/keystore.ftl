# Key stores in files.

key-store-password = Password of the key store
key-store-new-password = New password
key-store-again = That was attempt { $number } of { $count }; nothing is locked.
key-store-other = check the password; trying again costs nothing
key-store-one-key = { $path }: one private key is needed to sign, and there is none or more than one
key-store-no-certificate = { $path } has no certificate of its key
key-store-key = private key
key-store-certificate = certificate
key-store-name = name
key-store-its-certificate = its certificate
key-store-none-fits = none in the file
key-store-issued-by = issued by
key-store-integrity = integrity
key-store-authenticated = the password proves that nothing was changed
key-store-not-authenticated = nothing proves that nothing was changed
key-store-good = { $path } is good at { $time }
key-store-empty = { $path } is a key store with nothing in it
key-store-lonely = { $path }: the private key { $name } has no certificate
key-store-without = the key store has no { $name }
key-store-of-several = { $path } has several private keys; one goes into a new file
key-store-written = { $path }: written
key-store-bare = { $path } will hold the private key without a password: everybody who has the file can sign. Write it
key-store-needs-new = a new password may not be empty
key-store-passwords-differ = the two passwords differ
