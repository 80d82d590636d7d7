# The entries of OpenSC's directories.

table-kind = KIND
table-file = FILE
table-needs-pin = NEEDS PIN
yes = yes
no = no
object-private-key = private key
object-public-key = public key
object-certificate = certificate
object-data = data
object-none = No objects in OpenSC's layout. The vendor's own object format is not public.
object-of-key = { $name } belongs to a key pair; `kaztoken key delete` removes all of it
object-delete-question = Delete the { $name } for good?
object-ambiguous = { $name } means several objects; give the file of one:
object-not-there = there is no object { $name } on the token; `kaztoken object list` shows what there is
