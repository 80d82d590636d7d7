# The static program, in a folder with nothing else. Sourced by run.sh.

EMPTY=$WORK/empty
mkdir "$EMPTY" unpacked
tar -xzf "$STATIC" -C unpacked --strip-components=1
cp unpacked/bin/kaztoken "$EMPTY/kaztoken"

links_nothing() {
    says 'static(-pie|ally) linked' file unpacked/bin/kaztoken
    says 'statically linked|not a dynamic executable' bash -c 'ldd "$0" 2>&1 || true' unpacked/bin/kaztoken
    lacks 'NEEDED|INTERP' readelf -ld unpacked/bin/kaztoken
}
check 'static: file, ldd and readelf name no library' links_nothing
check 'static: runs where nothing else is' says "^kaztoken $VERSION$" chroot "$EMPTY" /kaztoken --version
main_job() {
    chroot "$EMPTY" /kaztoken virtual new /t.kzt
    says 'serial' chroot "$EMPTY" /kaztoken --virtual /t.kzt --json info
}
check 'static: a virtual token, with no locale and no /dev' main_job
check 'static: says that PC/SC is not in it' fails 10 'without PC/SC' chroot "$EMPTY" /kaztoken --via pcsc list
brings() {
    local file
    for file in share/man/man1/kaztoken.1 lib/udev/rules.d/60-kaztoken.rules share/doc/kaztoken/LICENSE-MIT \
        share/bash-completion/completions/kaztoken; do
        [ -s "unpacked/$file" ] || return 1
    done
}
check 'static: brings pages, completions, rules and licences' brings
