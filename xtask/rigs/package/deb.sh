# The Debian package. Sourced by run.sh.

# The maintainer is the author of the last commit, who may have an address that gets no mail.
lintian_finds_no_error() {
    lacks '^E:' lintian --fail-on error --allow-root --tag-display-limit 0 \
        --suppress-tags bogus-mail-host,bogus-mail-host-in-debian-changelog "$DEB"
}
check 'lintian finds no error' lintian_finds_no_error

description() {
    says "^ Depends:.*libc6.*" dpkg-deb -I "$DEB"
    says "^ Depends:.*libpcsclite1" dpkg-deb -I "$DEB"
    says "^ Depends:.*libusb-1.0-0" dpkg-deb -I "$DEB"
    says "^ Version: $VERSION-1$" dpkg-deb -I "$DEB"
}
check 'the package depends on libc, libusb and libpcsclite' description

belongs_to_root() {
    # Nothing that others may write, nothing set-uid, no owner but root.
    lacks '^.(..[sS]|.....[sS]|....w|.......w)|^[^ ]+ [^r]' dpkg-deb -c "$DEB"
    lacks 'systemd|init\.d|/etc/' dpkg-deb -c "$DEB"
}
check 'every file is root'"'"'s, and nothing runs in the background' belongs_to_root

installs() {
    the_dpkg -i "$DEB"
    says 'ok installed' dpkg-query --admindir="$ROOT/var/lib/dpkg" -W -f '${Status}\n' kaztoken
}
check 'dpkg installs it' installs

everything_in_its_place() {
    local file
    for file in usr/bin/kaztoken usr/lib/udev/rules.d/60-kaztoken.rules usr/share/man/man1/kaztoken.1.gz \
        usr/share/man/man1/kaztoken-pin-change.1.gz usr/share/bash-completion/completions/kaztoken \
        usr/share/zsh/vendor-completions/_kaztoken usr/share/fish/vendor_completions.d/kaztoken.fish \
        usr/share/doc/kaztoken/{copyright,changelog.gz,changelog.Debian.gz,crates.txt,Info.plist.snippet}; do
        [ -s "$ROOT/$file" ] || {
            echo "$file is missing"
            return 1
        }
    done
    [ -z "$(the_dpkg --verify kaztoken)" ]
    cmp "$PACKAGING/udev/60-kaztoken.rules" "$ROOT/usr/lib/udev/rules.d/60-kaztoken.rules"
}
check 'every file is where it belongs, with its sum' everything_in_its_place

udev_was_told() {
    # The tool fails here, as it does in a container; the installation did not.
    says '^control --reload$' cat "$ROOT/tmp/udevadm.log"
    says 'trigger .*idVendor=0a89' cat "$ROOT/tmp/udevadm.log"
}
check 'udev is told, and may fail' udev_was_told

check 'kaztoken --version' says "^kaztoken $VERSION$" in_root kaztoken --version
# There is no /dev/bus/usb and no service here, and it says so.
check 'kaztoken list without a bus' refused 'libusb|no token' in_root kaztoken list
with_a_token() {
    rm -f "$ROOT/tmp/t.kzt"
    in_root kaztoken virtual new /tmp/t.kzt --serial 1198752865
    says '1198752865' in_root kaztoken --virtual /tmp/t.kzt list
    says '"serial":"1198752865"' in_root kaztoken --virtual /tmp/t.kzt --json info
}
check 'a virtual token from the installed program' with_a_token
check 'it was built with PC/SC' lacks 'without PC/SC' bash -c 'chroot "$0" kaztoken --via pcsc list; true' "$ROOT"

pages_are_clean() {
    local page pages=0
    for page in "$ROOT"/usr/share/man/man1/*.gz; do
        # What man itself warns of, and what mandoc takes for a fault.
        MANROFFSEQ='' man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>warnings >/dev/null || true
        [ ! -s warnings ] || {
            echo "$page"
            cat warnings
            return 1
        }
        mandoc -T lint -W error "$page"
        pages=$((pages + 1))
    done
    echo "$pages pages"
    [ $pages -gt 20 ]
}
check 'manual pages render without a warning' pages_are_clean

completes() {
    local script='
        . /usr/share/bash-completion/bash_completion 2>/dev/null
        . "$1/usr/share/bash-completion/completions/kaztoken"
        how=$(complete -p kaztoken) || exit 1
        [[ $how =~ -F\ ([^ ]+) ]] || exit 1
        PATH=$1/usr/bin:$PATH
        complete_word() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE} COMPREPLY=() COMP_TYPE=9
            "${BASH_REMATCH[1]}" kaztoken "${@: -1}" "${*: -2:1}"; echo "${COMPREPLY[*]}"; }
        complete_word kaztoken expl
        complete_word kaztoken pin ch
        complete_word kaztoken --js'
    bash -c "$script" bash "$ROOT" >completed
    cat completed
    diff <(printf '%s\n' explain change --json) <(sed 's/ *$//' completed)
}
check 'bash completes from the installed script' completes

removes() {
    the_dpkg -r kaztoken
    says '^control --reload$' tail -n 1 "$ROOT/tmp/udevadm.log"
    the_dpkg --purge kaztoken
    listing >after
    diff before after
}
check 'removed and purged, nothing is left' removes

without_udev() {
    rm "$ROOT/usr/bin/udevadm"
    the_dpkg -i "$DEB"
    the_dpkg --purge kaztoken
    listing >after
    diff <(grep -v udevadm before) after
}
check 'installs and goes where no udev is' without_udev
