"""``rep.functional.physics``: what its functions write."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import passes


@pytest.mark.extra
def test_attributes_of_physx_are_written_under_their_names_and_heeded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("mujoco")
    outcome = passes("floating", tmp_path, monkeypatch)

    assert not [e for e in outcome.report if "nothing here reads" in e["text"]]
    # of PhysX's, only the contact offset is nothing to MuJoCo
    assert [e["subject"] for e in outcome.report if "numbers of its own" in e["text"]] == [
        "/floats.physxCollision:contactOffset"
    ]
