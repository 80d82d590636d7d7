# What the virtual machine does. Root in the guest; the host's tree is read-only below, what is written here is
# forgotten. KAZTOKEN: the command line; RIG: xtask/rigs.
set -u
WORK=/run/rig OUT=/mnt/out
mkdir $WORK && cd $WORK
. "$RIG/cases.sh"
export OPENSC_CONF=$RIG/pcsc/opensc.conf LC_ALL=C
export USER_PIN=12345678 ADMIN_PIN=87654321 NEW_PIN=karaganda7 WRONG_PIN=99999999

# libccid and the kernel know the family's id; the KAZTOKEN's own is a single public claim that no driver lists.
ID=0a89:0030
usb() { "$KAZTOKEN" --via usb "$@"; }
attached() { grep -qs 0a89 /sys/bus/usb/devices/*/idVendor; }
detached() { ! attached; }

# plug [OPTION...]: another token process on the port, serving $TOKEN; the host does it and removes the file
plug() {
    [ ! -e $OUT/plug ]
    echo "" >$OUT/plug.new && mv $OUT/plug.new $OUT/plug
    wait_for 10 test ! -e $OUT/plug
    wait_for 10 detached
    echo "--virtual ${TOKEN:-token.kzt} --usb-id $ID $*" >$OUT/plug.new && mv $OUT/plug.new $OUT/plug
    wait_for 10 test ! -e $OUT/plug
    wait_for 10 attached
}

unplug() {
    echo "" >$OUT/plug.new && mv $OUT/plug.new $OUT/plug
    wait_for 10 test ! -e $OUT/plug
    wait_for 10 detached
}

. "$RIG/pcsc/opensc-common.sh"
. "$RIG/linux-usb/ours.sh"
. "$RIG/linux-usb/daemon.sh"
. "$RIG/linux-usb/unplugged.sh"
. "$RIG/linux-usb/readers.sh"
[ $failed = 0 ]
