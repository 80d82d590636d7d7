#!/usr/bin/env bash
# The packages where nothing else is: a root folder that has a shell, the libraries that the package depends on and
# their entries in dpkg's list, and an empty one for the static program.
#
# DIST: what `cargo xtask dist` made; PACKAGING: what it was made from; RIG: the folder of this script; WORK: an empty
# folder.
set -u
cd "$WORK" || exit 2
. "$RIG/../cases.sh"
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
DEB=$(ls "$DIST"/kaztoken_*.deb)
STATIC=$(ls "$DIST"/kaztoken-*-linux-static.tar.gz)
SOURCE=$(ls "$DIST"/kaztoken-[0-9]*.tar.gz | grep -v static)
VERSION=$(dpkg-deb -f "$DEB" Version)
VERSION=${VERSION%-*}
ROOT=$WORK/root

# copy_in PROGRAM...: programs with the libraries that they are linked with
copy_in() {
    local program library
    for program; do
        mkdir -p "$ROOT/usr/bin"
        cp -L "$program" "$ROOT/usr/bin/"
        ldd "$program" 2>/dev/null | grep -o '/[^ ]*' | while read -r library; do
            mkdir -p "$ROOT$(dirname "$library")"
            cp -L "$library" "$ROOT$library"
        done
    done
}

# As Debian is since it merged /usr: the short names are links.
mkdir -p "$ROOT"/{usr/{bin,lib,lib64,sbin},var/lib/dpkg/{info,updates,triggers},etc,tmp,dev}
ln -s usr/bin usr/lib usr/lib64 usr/sbin "$ROOT"
copy_in /bin/sh
# The packages that it depends on are installed there as they are here, so that dpkg checks the dependencies.
depends=$(dpkg-deb -f "$DEB" Depends | sed 's/([^)]*)//g; s/[,|]/ /g')
for package in $depends; do
    dpkg-query -s "$package" && echo
    touch "$ROOT/var/lib/dpkg/info/$package.list" "$ROOT/var/lib/dpkg/info/$package:$(dpkg --print-architecture).list"
done >"$ROOT/var/lib/dpkg/status"
mkdir contents
dpkg-deb -x "$DEB" contents
copy_in contents/usr/bin/kaztoken
rm "$ROOT/usr/bin/kaztoken"
# udev's tool, which only remembers what it was asked.
cat >"$ROOT/usr/bin/udevadm" <<'UDEVADM'
#!/bin/sh
echo "$*" >>/tmp/udevadm.log
exit 1
UDEVADM
chmod +x "$ROOT/usr/bin/udevadm"
listing() { (cd "$ROOT" && find . -path ./var/lib/dpkg -prune -o -path ./dev -prune -o -path ./tmp -prune -o -path ./var/log -prune -o -print | sort); }
listing >before

in_root() { chroot "$ROOT" "$@"; }
the_dpkg() { dpkg --root="$ROOT" --log=/tmp/dpkg.log "$@"; }

. "$RIG/deb.sh"
. "$RIG/static.sh"
. "$RIG/recipes.sh"
[ $failed = 0 ]
