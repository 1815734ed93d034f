"""Frames, the viewport and render products by the newest managers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import passes, ran


def test_cameras_and_sizes_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes("rendering_manager", tmp_path, monkeypatch)


def test_a_camera_with_a_centre_of_interest_keeps_its_distance_where_asked(tmp_path: Path) -> None:
    text = """
    import numpy as np
    from isaacsim.core.experimental.utils.stage import define_prim
    from isaacsim.core.rendering_manager import ViewportManager
    from pxr import Sdf, UsdGeom

    camera = define_prim("/Camera", "Camera")
    interest = camera.CreateAttribute("omni:kit:centerOfInterest", Sdf.ValueTypeNames.Vector3d)
    interest.Set((1, 0, 0))

    def pose():
        world = np.array(UsdGeom.Xformable(camera).ComputeLocalToWorldTransform(0)).T
        return world[:3, 3], -world[:3, 2]

    ViewportManager.set_camera_view(camera)
    assert np.allclose(pose(), ((0, 0, 0), (1, 0, 0)), atol=1e-6), pose()
    ViewportManager.set_camera_view(camera, target=[4, 2, 0], relative_tracking=True)
    assert np.allclose(pose(), ((3, 2, 0), (1, 0, 0)), atol=1e-6), pose()
    assert tuple(interest.Get()) == (4, 2, 0)
    """

    assert ran(tmp_path, text).error is None
