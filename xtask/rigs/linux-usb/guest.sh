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
. "$RIG/linux-usb/plug.sh"
. "$RIG/pcsc/opensc-common.sh"
. "$RIG/linux-usb/ours.sh"
. "$RIG/linux-usb/daemon.sh"
. "$RIG/linux-usb/unplugged.sh"
. "$RIG/linux-usb/readers.sh"
[ $failed = 0 ]
