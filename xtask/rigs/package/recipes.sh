# The recipes: their languages' own judges, and that the sums are those of the files. Sourced by run.sh.

same_twice() {
    mkdir again
    tar -xzf "$SOURCE" -C again
    [ -f "again/kaztoken-$VERSION/Cargo.toml" ] && [ -f "again/kaztoken-$VERSION/packaging/aur/PKGBUILD" ]
    (cd "$DIST" && sha256sum -c SHA256SUMS)
}
check 'the sums are those of the files' same_twice

arch_linux() {
    local recipe=$DIST/recipes/PKGBUILD
    bash -n "$recipe"
    # What makepkg requires of a recipe, read as it reads it.
    local script='. "$0" && [[ $pkgname =~ ^[a-z0-9@._+-]+$ && $pkgname != [-.]* ]] && [[ $pkgver =~ ^[^-:/[:space:]]+$ ]] &&
        [[ $pkgrel =~ ^[0-9]+$ ]] && ((${#source[@]} == ${#sha256sums[@]})) && [[ ${sha256sums[0]} == "$1" ]] &&
        [[ ${source[0]##*/} == "$2" ]] && declare -F prepare build check package'
    says '^package$' bash -c "$script" "$recipe" "$(sha256sum <"$SOURCE" | cut -d' ' -f1)" "$(basename "$SOURCE")"
}
check 'PKGBUILD: bash takes it, makepkg would' arch_linux

homebrew() {
    says 'Syntax OK' ruby -c "$DIST/recipes/kaztoken.rb"
    says "^ *sha256 \"$(sha256sum <"$SOURCE" | cut -d' ' -f1)\"$" cat "$DIST/recipes/kaztoken.rb"
    # What it runs and installs is what the program has.
    says 'bash' unpacked/bin/kaztoken completions --help
}
check 'Homebrew: ruby takes it' homebrew

check 'winget: every key is in the schemas, every value in its pattern' \
    python3 "$RIG/winget.py" "$PACKAGING/winget" "$DIST"
