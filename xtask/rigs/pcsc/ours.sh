# Our own command line through PC/SC, and OpenSC on what it made.
ours() { "$KAZTOKEN" --via pcsc "$@"; }

check "kaztoken --via pcsc list" says KAZTOKEN ours list
check "kaztoken --via pcsc info" ours info
check "kaztoken --via pcsc status" ours status
