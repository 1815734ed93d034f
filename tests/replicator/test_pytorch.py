"""Batches of tensors for a listener."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import files_of, run_named


@pytest.mark.extra
@pytest.mark.slow
def test_batches_of_tensors_reach_the_listener(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    outcome = run_named("tensors", tmp_path, monkeypatch)

    assert outcome.error is None, outcome.error
    assert set(files_of(tmp_path / "out")) == {"rgb_0_a.png", "rgb_0_b.png"}
