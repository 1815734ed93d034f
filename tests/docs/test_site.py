"""The documentation builds as a site without a warning, and every page is in its table of contents."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rendersdg import cli, reference
from tests.conftest import ROOT

pytestmark = [pytest.mark.extra, pytest.mark.slow]
NEEDED = ("sphinx", "myst_parser", "furo", "sphinx_copybutton", "sphinxcontrib.mermaid")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for name in NEEDED:
        pytest.importorskip(name)
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", str(ROOT / "docs"), str(out)]
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path})
    assert done.returncode == 0, done.stderr
    return out


def test_the_site_has_every_name_and_command(site: Path) -> None:
    made = site / "generated"
    told = {
        path.relative_to(made).with_suffix("").as_posix(): path.read_text(encoding="utf-8")
        for path in made.rglob("*.html")
    }

    names = reference.names()
    for name in names["functions"]:
        assert (
            f'id="about-{name.replace(".", "-").replace("_", "-")}"' in told[f"functions/{name.partition('.')[0]}"]
        ), name
    for kind in ("writers", "annotators", "backends"):
        headings = re.findall(r'<h2>.*?<span class="pre">(\w+)</span>', told[kind])
        assert headings == names[kind]
    for scene in (ROOT / "scenes").glob("*.yaml"):
        assert re.search(rf'href="{scene.stem}.html">(<span[^>]*>)?<img', told["scenes/index"]), scene
    commands = " ".join(text for page, text in told.items() if page.startswith("commands/"))
    for name in " ".join(cli.HEADINGS.values()).split():
        assert f"<h2>rendersdg {name}<" in commands, name


def test_links_out_of_the_docs_lead_to_pages(site: Path) -> None:
    pages = {path: path.read_text(encoding="utf-8") for path in site.rglob("*.html")}
    defects = pages[site / "defects.html"]

    assert 'href="generated/scenes/steel_strip.html"' in defects
    broken = [
        (str(path.relative_to(site)), link)
        for path, text in pages.items()
        for link in re.findall(r'(?:href|src)="([^"#?:]+)["#?]', text)
        if not (path.parent / link).exists()
    ]
    assert broken == []


def test_language_models_find_each_page_once(site: Path) -> None:
    listed = re.findall(r"^- \[.+?\]\(([^)]+)\)", (site / "llms.txt").read_text(encoding="utf-8"), re.MULTILINE)
    pages = {str(path.relative_to(site).with_suffix(".md")) for path in site.rglob("*.html")}

    assert len(listed) == len(set(listed))
    assert set(listed) == pages - {"index.md", "genindex.md", "search.md", "py-modindex.md"}
    for name in listed:
        assert (site / name).read_text(encoding="utf-8").lstrip("(").strip()
    whole = (site / "llms-full.txt").read_text(encoding="utf-8")
    assert "# `create.light`" in whole and "## rendersdg render\n" in whole
