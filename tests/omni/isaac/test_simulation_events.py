"""Who waits for what happens to the simulation is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import passes


def test_callbacks_of_the_simulation_and_of_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes("simulation_callbacks", tmp_path, monkeypatch)
