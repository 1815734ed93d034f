"""Stand-ins of library assets are as large as scripts expect."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import ran, run_named


def test_assets_are_as_large_as_scripts_expect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = run_named("sizes", tmp_path, monkeypatch)

    assert outcome.error is None, outcome.error
    assert [e["kind"] for e in outcome.report if e["subject"] == "own.usda"] == ["note"]


def test_strict_refuses_stand_ins(tmp_path: Path) -> None:
    text = "import omni.replicator.core as rep\nrep.create.from_usd('omniverse://localhost/NVIDIA/Assets/x.usd')\n"

    assert ran(tmp_path, text).error is None
    assert ran(tmp_path, text, strict=True).exit_code == 3
