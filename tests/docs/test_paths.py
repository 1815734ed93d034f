"""What the docs point at is there: links, headings, and files named in text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rendersdg.defects import DEFECTS
from tests.conftest import ROOT

MADE = ROOT / "docs" / "generated"  # by the site, from what is tested elsewhere
DOCS = [*sorted(ROOT.glob("*.md")), *sorted(p for p in (ROOT / "docs").rglob("*.md") if MADE not in p.parents)]
ROOMS = ("rendersdg", "writers", "detectors", "tests", "scenes", "docs")
EXAMPLES = {  # files that recipes tell a reader to write
    "writers/points.py",
    "tests/writers/test_points.py",
    "rendersdg/annotators/nearest.py",
    "tests/annotators/test_nearest.py",
    "rendersdg/defects/kinds/dash.py",
    "tests/defects/kinds/test_dash.py",
    "rendersdg/omni/kit/notification_manager.py",
    "tests/scripts/notifications.py",
    "detectors/readers/mine.py",
    "tests/detectors/readers/test_mine.py",
    "detectors/models/mine.py",
    "tests/detectors/models/test_mine.py",
    "rendersdg/backends/mine.py",
    "tests/backends/test_mine.py",
}
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_NAMED = re.compile(rf"`((?:{'|'.join(ROOMS)})/[\w./*-]*)")


def without_code(text: str) -> str:
    """Return Markdown without its fenced blocks."""
    return re.sub(r"^\s*```.*?^\s*```", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(text: str) -> set[str]:
    """Return the anchors of the headings, as forges make them."""
    headings = re.findall(r"^#+ (.+)$", without_code(text), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", DOCS, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in _LINK.findall(without_code(page.read_text(encoding="utf-8"))):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        there = (page.parent / name).resolve() if name else page
        is_missing = not there.exists()
        if is_missing or (anchor and anchor not in anchors(there.read_text(encoding="utf-8"))):
            broken.append(link)

    assert broken == []


@pytest.mark.parametrize("page", [p for p in DOCS if p.name != "CHANGELOG.md"], ids=lambda p: str(p.relative_to(ROOT)))
def test_files_that_are_named_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = {path.rstrip("./") for path in _NAMED.findall(text)}

    assert sorted(path for path in named - EXAMPLES if not list(ROOT.glob(path))) == []


def test_prose_is_wrapped() -> None:
    wide = [
        f"{page.relative_to(ROOT)}:{number}"
        for page in DOCS
        if page.name not in ("CHANGELOG.md", "replicator-compat.md", "usd-properties.md")
        for number, line in enumerate(without_code(page.read_text(encoding="utf-8")).splitlines(), 1)
        if len(line) > 120 and not line.lstrip().startswith("|")
    ]

    assert wide == []


def test_every_kind_of_defect_has_its_row() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "defects.md").read_text(), re.MULTILINE)

    assert {name for name in rows if name in DEFECTS} == set(DEFECTS)
