"""Meshes: polygons are covered once, instances drawn, the mirrored right side out."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.stage.meshes import triangulate
from tests.assets.loading import load
from tests.conftest import Opener, needs_shared


def test_concave_polygons_are_covered_once() -> None:
    outline = np.array([[0, 0, 0], [4, 0, 0], [4, 4, 0], [2, 1, 0], [0, 4, 0]], float)  # an M: fans would spill over
    triangles, _ = triangulate(outline, np.array([5]), np.arange(5))
    corners = outline[triangles]
    area = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2] / 2

    assert len(triangles) == 3 and (area > 0).all()
    assert area.sum() == pytest.approx(16 - 6)


def test_native_and_point_instances_are_all_drawn(open_scene: Opener) -> None:
    snapshot = load(open_scene, needs_shared("assets", "usd", "intent_vfx", "scenes", "simpleAssetScene.usd"))

    assert len(snapshot.instances) >= 494
    assert len(snapshot.meshes) < 20  # shared, not copied


def test_the_mirrored_and_left_handed_stay_right_side_out(open_scene: Opener) -> None:
    snapshot = load(open_scene, needs_shared("assets", "usd", "chess_rook", "Rook.usd"))
    volume = 0.0
    for i in snapshot.instances:
        p = (snapshot.meshes[i.mesh].vertices.astype(float) @ i.world_from_mesh[:3, :3].T)[
            snapshot.meshes[i.mesh].triangles
        ]
        volume += float(np.einsum("ij,ij->", p[:, 0], np.cross(p[:, 1], p[:, 2])))

    assert volume > 0
