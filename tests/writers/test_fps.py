"""FPSWriter writes nothing."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Opener
from tests.writers.written import write


def test_it_writes_no_file(open_scene: Opener, tmp_path: Path) -> None:
    write(open_scene, tmp_path, "FPSWriter", 1)

    assert list(tmp_path.iterdir()) == []
