# The guest's USB ports. Source it; OUT is the folder shared with the host, ID the device's identity.

attached() { grep -qs 0a89 /sys/bus/usb/devices/*/idVendor; }
detached() { ! attached; }
count_of_tokens() { grep -ls 0a89 /sys/bus/usb/devices/*/idVendor | wc -l; }

# wish PORT [ARGUMENT...]: tells the host what is to be on a port; it removes the file when it is done
wish() {
    local port=$1
    shift
    echo "$*" >"$OUT/$port.new" && mv "$OUT/$port.new" "$OUT/$port"
    wait_for 10 test ! -e "$OUT/$port"
}

# plug [OPTION...]: another token process on the first port, serving $TOKEN
plug() {
    unplug
    wish plug --virtual "${TOKEN:-token.kzt}" --usb-id $ID "$@"
    wait_for 10 attached
}

unplug() {
    wish plug
    wait_for 10 detached
}
