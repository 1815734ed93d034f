"""Files that a command writes, and folders that go with the process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rendersdg.errors import DatasetError
from rendersdg.files import write_file
from tests.conftest import ROOT


def test_a_file_comes_with_its_folder(tmp_path: Path) -> None:
    write_file(tmp_path / "a" / "b.txt", b"text")

    assert (tmp_path / "a" / "b.txt").read_bytes() == b"text"
    with pytest.raises(DatasetError, match=r"cannot write .*b\.txt"):
        write_file(tmp_path / "a" / "b.txt" / "c.txt", b"")


def test_a_scratch_folder_goes_with_its_process(tmp_path: Path) -> None:
    code = "from rendersdg.files import scratch_folder as f; p = f('test'); (p / 'a').write_text('b'); print(p)"
    env = {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    folder = subprocess.check_output([sys.executable, "-c", code], env=env, text=True).strip()

    assert Path(folder).parent == tmp_path and Path(folder).name.startswith("rendersdg-test-")
    assert list(tmp_path.iterdir()) == []
