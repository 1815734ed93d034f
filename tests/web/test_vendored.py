"""Vendored JavaScript: what vendor.json says is what is there; .ci/vendor.py compares it with npm's."""

from __future__ import annotations

import hashlib
import re

from rendersdg.web.vendored import PLOT_STYLE, libraries, vendored
from tests.conftest import ROOT

FOLDER = ROOT / "rendersdg" / "web" / "vendor"


def test_every_vendored_file_is_as_it_was_published_and_none_is_unlisted() -> None:
    listed = {name: digest for library in libraries() for name, digest in library.files.items()}

    found = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in FOLDER.iterdir() if p.name != "vendor.json"}

    assert found == listed


def test_every_library_comes_with_its_licence() -> None:
    assert all(any(name.endswith("LICENSE.txt") for name in library.files) for library in libraries())


def test_the_style_that_plot_adds_is_the_one_that_pages_allow() -> None:
    template = re.search(r":where\(\.\$\{\w+\}\) \{\\n  --plot-background.*?\}(?=`)", vendored("plot.min.js"))

    assert template is not None
    assert re.sub(r"\$\{\w+\}", "plot", template[0]).replace("\\n", "\n") == PLOT_STYLE
