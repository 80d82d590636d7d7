"""Judges winget's three files: the keys and patterns of microsoft/winget-cli's schemas 1.12.0, as far as the files use them.

winget.py FOLDER DIST: FOLDER holds the recipes with words in @; DIST the program for Windows, where it was built, with the
recipes filled in.
"""
import hashlib
import pathlib
import re
import sys

import yaml

IDENTIFIER = r"[^.\s\\/:*?\"<>|\x01-\x1f]{1,32}(\.[^.\s\\/:*?\"<>|\x01-\x1f]{1,32}){1,7}"
COMMON = {
    "PackageIdentifier": IDENTIFIER,
    "PackageVersion": r"[^\\/:*?\"<>|\x01-\x1f]+",
    "ManifestVersion": r"1\.12\.0",
}
LOCALE = r"[a-zA-Z]{2,3}(-[a-zA-Z]{1,8})*"
# For each kind of file: what it must have, then what it may have.
KINDS = {
    "version": ({"DefaultLocale": LOCALE}, {}),
    "installer": ({"Installers": None}, {"InstallerType": "portable", "Commands": None}),
    "defaultLocale": (
        {
            "PackageLocale": LOCALE,
            "Publisher": ".{2,256}",
            "PackageName": ".{2,256}",
            "License": ".{3,512}",
            "ShortDescription": ".{3,256}",
        },
        {"Description": r"(?s).{3,10000}", "Moniker": ".{1,40}", "Tags": None},
    ),
}
INSTALLER = {
    "Architecture": "x86|x64|arm|arm64|neutral",
    "InstallerUrl": r"[Hh][Tt][Tt][Pp][Ss]?://.+",
    "InstallerSha256": "[A-Fa-f0-9]{64}",
}


def judge(where, document, required, allowed):
    """Every required key, no other than the allowed, every value in its pattern."""
    for key in required:
        assert key in document, f"{where}: {key} is missing"
    for key, value in document.items():
        assert key in required or key in allowed, f"{where}: {key} is in no schema"
        pattern = required.get(key) or allowed.get(key)
        if pattern:
            assert re.fullmatch(pattern, str(value)), f"{where}: {key}: {value}"


def files(folder, values):
    for path in sorted(folder.glob("Kaztoken.Kaztoken*.yaml")):
        text = path.read_text()
        for word, value in values.items():
            text = text.replace(f"@{word}@", value)
        yield path, yaml.safe_load(text)


def judge_folder(folder, values, sum_of_program):
    kinds = {}
    for path, document in files(folder, values):
        kind = document.get("ManifestType")
        assert kind in KINDS, f"{path}: {kind}"
        required, allowed = KINDS[kind]
        judge(path.name, document, {**COMMON, **required, "ManifestType": kind}, allowed)
        kinds[kind] = document
    assert set(kinds) == set(KINDS), f"{folder}: {sorted(kinds)}"
    assert len({(d["PackageIdentifier"], d["PackageVersion"]) for d in kinds.values()}) == 1
    assert kinds["version"]["DefaultLocale"] == kinds["defaultLocale"]["PackageLocale"]
    for number, installer in enumerate(kinds["installer"]["Installers"]):
        judge(f"installer {number}", installer, INSTALLER, {})
        if sum_of_program:
            assert installer["InstallerSha256"] == sum_of_program, installer
    print(f"{folder}: {len(kinds)} files")


def main():
    folder, dist = map(pathlib.Path, sys.argv[1:])
    # A sum of nothing stands in: only the form is judged here.
    stand_in = hashlib.sha256(b"").hexdigest().upper()
    judge_folder(folder, {"VERSION": "0.0.0", "URL": "https://kaztoken.invalid", "SHA256_WINDOWS": stand_in}, None)
    for program in dist.glob("kaztoken-*.exe"):
        judge_folder(dist / "recipes", {}, hashlib.sha256(program.read_bytes()).hexdigest().upper())


main()
