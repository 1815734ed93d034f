"""The version that scripts of Isaac Sim ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import ran

ASKING = """
from isaacsim.core.version import get_version
from omni.isaac.version import get_version as older
assert get_version() == older() and len(get_version()) == 8
core, _, major, minor, patch, *_ = get_version()
assert core == f"{major}.{minor}.{patch}" and int(major) >= 6
"""


def test_the_version_has_eight_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = ran(tmp_path, ASKING, monkeypatch)

    assert outcome.error is None
