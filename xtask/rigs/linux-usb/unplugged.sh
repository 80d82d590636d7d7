# The token is pulled in the middle of a command.

# At each of its first messages: connecting, asking, logging in.
unplugged_at() {
    plug --fault "unplug@$1"
    fails 12 . usb pin verify --pin-source env:NEW_PIN
}

# While the token asks for time again and again.
unplugged_while_generating() {
    plug --fault extend@46:60x500ms
    usb key generate --label lost --pin-source env:NEW_PIN >generate.log 2>&1 &
    local id=$! status=0
    sleep 4
    kill -0 $id
    unplug
    wait $id || status=$?
    cat generate.log
    [ $status = 12 ]
}

as_before() {
    plug
    usb status
    usb pin verify --pin-source env:NEW_PIN
    usb sign payment --key pay --out after.sig --pin-source env:NEW_PIN
    usb verify payment after.sig --key pay
}

for message in 2 5 8; do
    check "unplugged at message $message: exit code 12" unplugged_at $message
done
check "unplugged during key generation: exit code 12" unplugged_while_generating
check "plugged in again: PIN, keys and signature as before" as_before
