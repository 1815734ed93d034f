"""The text of scripts and notebooks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rendersdg.errors import BadScene
from rendersdg.omni.source import source_of


def test_a_byte_order_mark_is_no_part_of_a_script(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"\xef\xbb\xbfx = 1\n")

    assert source_of(tmp_path / "a.py") == "x = 1\n"


def test_a_notebook_is_its_code_without_magic(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# title"]},
        {"cell_type": "code", "source": ["%pip list\n", "x = 1\n", "!ls"]},
        {"cell_type": "code", "source": "y = 2"},
    ]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells}))

    assert source_of(tmp_path / "a.ipynb").split("\n") == ["# %pip list", "x = 1", "# !ls", "", "y = 2", ""]


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_text("{}")
    (tmp_path / "b.py").write_bytes(b"\xff\xfe\xff")

    for name, said in (("none.py", "no such script"), ("a.ipynb", "notebook"), ("b.py", "cannot be read")):
        with pytest.raises(BadScene, match=said):
            source_of(tmp_path / name)
