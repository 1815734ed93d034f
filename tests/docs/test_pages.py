"""The code of the documentation runs as it is written."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import ROOT

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = ["README.md", "docs/python.md"]


@pytest.mark.parametrize("page", PAGES)
def test_the_python_of_a_page_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    if "import torch" in text:
        pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenes").symlink_to(ROOT / "scenes")
    blocks = [(match[1], text[: match.start(1)].count("\n")) for match in BLOCK.finditer(text)]
    assert blocks
    module = ModuleType("page")  # one after the other, as a reader runs them
    for code, line in blocks:
        exec(compile("\n" * line + code, page, "exec"), module.__dict__)
