"""Profiles and inheritance merge key by key."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rendersdg.farm.job import Job, opened


def test_profiles_and_inheritance_merge_key_by_key(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(
        "cam_common: {create.camera: {focal_length: 35, clipping_range: [0.05, 500], position: [2, 2, 2]}}\n"
    )
    path = tmp_path / "child.yaml"
    path.write_text(
        "profiles: [base.yaml]\nlow:\n  inherit: cam_common\n  create.camera: {position: [2, 2, 0.5]}\n"
        "rp: {create.render_product: {camera: low, resolution: [32, 24]}}\n"
    )
    with opened(Job(str(path), backend="null")) as (session, sources):
        camera = session.snapshot(0).products[0].camera

    assert camera.authored["cameraFocalLength"] == 35 and camera.authored["cameraNearFar"] == pytest.approx([0.05, 500])
    assert np.allclose(camera.world_from_camera[:3, 3] * 100, [2, 2, 0.5])
    assert list(sources) == ["base.yaml", "child.yaml"]
