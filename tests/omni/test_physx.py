"""PhysX's interfaces: scripts that check answers known by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import passes

pytest.importorskip("mujoco")
pytestmark = pytest.mark.extra


@pytest.mark.parametrize("name", ["physx_queries", "contacts"])
def test_rays_overlaps_forces_and_contacts_are_those_known_by_hand(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes(name, tmp_path, monkeypatch)
