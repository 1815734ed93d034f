"""Prints the version, or says where two places disagree: pyproject.toml, the package, CITATION.cff, and for a tag the
tag and CHANGELOG.md.

python .ci/version.py          # before a change lands
python .ci/version.py v0.2.0   # before a release
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACES = {
    "pyproject.toml": r'^version = "([^"]+)"',
    "rendersdg/__init__.py": r'^__version__ = "([^"]+)"',
    "CITATION.cff": r"^version: \"?([0-9][^\"\s]*)",
}


def versions(tag: str | None) -> dict[str, str]:
    """Return the version that each place names; "none" where it names none."""
    found = {}
    for place, pattern in PLACES.items():
        match = re.search(pattern, (ROOT / place).read_text(encoding="utf-8"), flags=re.MULTILINE)
        found[place] = match[1] if match else "none"
    if tag is not None:
        found["the tag"] = tag.removeprefix("v")
        headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
        found["the top of CHANGELOG.md"] = headings[0] if headings else "none"
    return found


def main(arguments: Sequence[str]) -> None:
    """Print the one version. Exits with a list of the places where they differ."""
    by_place = versions(arguments[0] if arguments else None)
    if len(set(by_place.values())) > 1:
        sys.exit("the version differs:\n" + "\n".join(f"  {place}: {v}" for place, v in by_place.items()))
    print(next(iter(by_place.values())))


if __name__ == "__main__":
    main(sys.argv[1:])
