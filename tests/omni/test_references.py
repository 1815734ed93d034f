"""References that a script adds by USD find their assets."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.assets import solids
from tests.running import passes, run_named


def test_references_added_by_usd_find_their_assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = run_named("references", tmp_path, monkeypatch)
    strict = run_named("references", tmp_path, monkeypatch, strict=True)

    assert outcome.error is None, outcome.error
    assert [e["kind"] for e in outcome.report if "mustard" in e["subject"]] == ["substitution"]
    assert strict.error is not None and "mustard" in strict.error


def test_references_to_mesh_files_are_as_large_as_they_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "box.stl").write_bytes(solids.stl(solids.cube()[0] * [20.0, 40.0, 80.0]))

    passes("mesh_files", tmp_path, monkeypatch)
