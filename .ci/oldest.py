"""Prints a constraints file: the oldest release line of each library that pyproject.toml allows.

`numpy>=1.26` becomes `numpy==1.26.*`. The `.*` lets pip take a release whose full number has more parts than the bound
(`opencv-python-headless` 4.9.0.80, say), and the last fixes of a line.

python .ci/oldest.py > oldest.txt               # the base install
python .ci/oldest.py train deploy > oldest.txt  # with extras
pip install -c oldest.txt .
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"
_REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)(?:\[([^\]]*)\])?\s*(.*)$")


def requirements(project: Mapping[str, Any], extras: Sequence[str]) -> list[str]:
    """Return the requirements of the base and of ``extras``, those of extras that they name included."""
    lines: list[str] = list(project["dependencies"])
    waiting, done = list(extras), set[str]()
    while waiting:
        extra = waiting.pop()
        if extra in done:
            continue
        done.add(extra)
        for line in project["optional-dependencies"][extra]:
            name, inner, _ = split(line)
            if name == project["name"]:
                waiting += inner
            else:
                lines.append(line)
    return lines


def split(requirement: str) -> tuple[str, list[str], str]:
    """Return the name, the extras and the version specifier of a requirement without a marker."""
    match = _REQUIREMENT.match(requirement)
    if match is None or ";" in requirement:
        raise SystemExit(f"oldest.py does not understand the requirement {requirement!r}")
    name, inner, specifier = match.groups()
    return name, [part.strip() for part in (inner or "").split(",") if part.strip()], specifier


def oldest(lines: Sequence[str]) -> dict[str, str]:
    """Return {name: version} of the lower bounds; where a library has several, the highest of them."""
    bounds: dict[str, str] = {}
    for line in lines:
        name, _, specifier = split(line)
        for bound in re.findall(r">=\s*([0-9][0-9A-Za-z.]*)", specifier):
            if name not in bounds or _numbers(bound) > _numbers(bounds[name]):
                bounds[name] = bound
    return bounds


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


if __name__ == "__main__":
    with PYPROJECT.open("rb") as file:
        project = tomllib.load(file)["project"]
    for name, version in sorted(oldest(requirements(project, sys.argv[1:])).items()):
        print(f"{name}=={version}.*")
