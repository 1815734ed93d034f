"""Loading one asset as a scene of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rendersdg.snapshot import Snapshot
from tests.conftest import Opener


def bounds(snapshot: Snapshot) -> np.ndarray:
    corners = [
        snapshot.meshes[i.mesh].vertices @ i.world_from_mesh[:3, :3].T + i.world_from_mesh[:3, 3]
        for i in snapshot.instances
    ]
    points = np.concatenate(corners)
    return np.array([points.min(0), points.max(0)])


def load(open_scene: Opener, path: Path | str, **more: object) -> Snapshot:
    return open_scene(
        f'thing: {{create.from_usd: {{usd: "{path}", semantics: [["class", "thing"]]}}}}\n', backend="null", **more
    ).snapshot(0)
