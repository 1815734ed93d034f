"""The page: one file, nothing from data becomes markup, headings in order, every picture in words."""

from __future__ import annotations

import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

import rendersdg
from tests.reports.sets import coco
from tests.web.test_pages import Seen

NASTY = "<script>alert(1)</script>"
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture
def page(tmp_path: Path) -> str:
    boxes = [[[2, 2, 20, 20], [-9, 9, 40, 40]], [], [[1, 1, 30, 30]] * 2]
    report = rendersdg.report(coco(tmp_path, boxes, labels=[[0, 1], [], [0, 1]], classes=(NASTY, '"&\u202e nut', "c")))
    return report.html()


def test_names_from_data_stay_text(page: str) -> None:
    assert NASTY not in page
    assert [name for name, _ in Seen(page).tags].count("script") == 4  # the data, two libraries and ours


def test_the_page_asks_for_nothing(page: str) -> None:
    markup = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    sources = [v for _, given in Seen(markup).tags for k, v in given.items() if k in ("src", "href") and v]

    assert all(source.startswith(("data:", "#")) for source in sources)
    assert "url(" not in markup


def test_headings_are_in_order_and_pictures_and_tables_have_names(page: str) -> None:
    tags = Seen(page).tags
    levels = [int(name[1]) for name, _ in tags if re.fullmatch("h[1-6]", name)]

    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert dict(tags)["html"] == {"lang": "en"}
    assert all(given.get("aria-label") for name, given in tags if name == "svg")
    assert [name for name, _ in tags].count("caption") == [name for name, _ in tags].count("table") > 5


def test_links_of_the_page_lead_somewhere(page: str) -> None:
    tags = Seen(page).tags
    places = {given["id"] for _, given in tags if "id" in given}

    assert {given["href"].removeprefix("#") for name, given in tags if name == "a"} <= places


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="needs Chromium")
def test_a_browser_draws_every_chart_under_the_policy(page: str, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(page, encoding="utf-8")
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path / 'user'}",
        "--enable-logging=stderr",
    ]

    command = [str(BROWSER), *flags, "--virtual-time-budget=4000", "--dump-dom", f"file://{tmp_path / 'report.html'}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)

    assert done.stdout.count('class="plot"') == page.count('class="drawing"') > 5
    assert "Content Security Policy" not in done.stderr and "CONSOLE" not in done.stderr
