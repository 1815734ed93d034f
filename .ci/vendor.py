"""Makes rendersdg/web/vendor from npm's registry as its vendor.json says, or checks that what is there is the same.

python .ci/vendor.py           # after a version in vendor.json changed; writes files and their SHA-256
python .ci/vendor.py --check   # before a change lands
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "rendersdg" / "web" / "vendor"
LIST = FOLDER / "vendor.json"


def packed(package: str, version: str, names: Sequence[str]) -> dict[str, bytes]:
    """Return files of a package by their names in it. Needs npm; exits where a name is not there."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", f"{package}@{version}", "--pack-destination", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            found = {}
            for name in names:
                member = archive.extractfile(f"package/{name}")
                if member is None:
                    sys.exit(f"{package} {version} has no file {name}")
                found[name] = member.read()
    return found


def installed(folder: str, packages: Sequence[str]) -> None:
    """Install packages, as ``name@version``, below a folder."""
    install = ["npm", "install", "--silent", "--no-audit", "--ignore-scripts", "--prefix", folder]
    subprocess.run([*install, *packages], check=True, stdout=subprocess.DEVNULL)


def bundled(packages: Sequence[str], bundler: str, text: str) -> bytes:
    """Return a module that re-exports what ``text`` names of packages, with all that they need, minified."""
    with tempfile.TemporaryDirectory() as folder:
        installed(folder, [*packages, bundler])
        entry = Path(folder) / "entry.js"
        entry.write_text(text, encoding="utf-8")
        command = [f"{folder}/node_modules/.bin/esbuild", entry.name, "--bundle", "--minify", "--format=esm"]
        made = subprocess.run([*command, "--legal-comments=inline"], check=True, stdout=subprocess.PIPE, cwd=folder)
        return made.stdout


def licences(packages: Sequence[str]) -> bytes:
    """Return the licence texts of packages, one after the other, each under the package's name and version."""
    with tempfile.TemporaryDirectory() as folder:
        installed(folder, packages)
        parts = []
        for package in packages:
            place = Path(folder) / "node_modules" / package.rpartition("@")[0]
            parts.append(f"{package}\n\n{(place / 'LICENSE').read_text(encoding='utf-8').strip()}\n")
    return "\n\n".join(parts).encode()


def content_of(library: dict[str, Any], file: dict[str, str]) -> bytes:
    """Return a vendored file, taken or bundled from npm."""
    package, version = library["package"], library["version"]
    packages = [f"{package}@{version}", *library.get("with", [])]  # a bundle's needs, where it is of several packages
    if "bundle" in file:
        return bundled(packages, library["bundler"], file["bundle"])
    if "licences" in file:
        return licences(packages)
    return packed(package, version, [file["from"]])[file["from"]]


def main(arguments: Sequence[str]) -> None:
    """Write the files, or with ``--check`` exit with a list of those that differ from npm's or from vendor.json."""
    is_check = "--check" in arguments
    libraries = json.loads(LIST.read_text(encoding="utf-8"))
    wrong = []
    for library in libraries:
        for name, file in library["files"].items():
            content = content_of(library, file)
            digest = hashlib.sha256(content).hexdigest()
            if not is_check:
                (FOLDER / name).write_bytes(content)
                file["sha256"] = digest
            elif digest != file["sha256"] or not (FOLDER / name).exists() or (FOLDER / name).read_bytes() != content:
                wrong.append(
                    f"{name} is not {file.get('from', 'the bundle')} of {library['package']} {library['version']}"
                )
    listed = {name for library in libraries for name in library["files"]} | {LIST.name}
    wrong += [f"{path.name} is not listed in {LIST.name}" for path in FOLDER.iterdir() if path.name not in listed]
    if not is_check:
        LIST.write_text(json.dumps(libraries, indent=2) + "\n", encoding="utf-8")
    if wrong:
        sys.exit("vendored files differ (python .ci/vendor.py makes them again):\n  " + "\n  ".join(wrong))


if __name__ == "__main__":
    main(sys.argv[1:])
