"""Baked files hold what only this project can make."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from pxr import Usd, UsdGeom

from rendersdg.assets.patterns import pattern
from rendersdg.omni.baking import Baker, eight_bit, write_png
from rendersdg.scene import create
from rendersdg.scene.recorder import recording


def test_a_baked_texture_is_the_procedural_one(tmp_path: Path) -> None:
    with recording(tmp_path) as recorder:
        baker = Baker(recorder, tmp_path / "assets")
        wood, sky = baker.texture("rendersdg:texture/wood"), baker.texture("rendersdg:texture/sky")
    found = cv2.cvtColor(cv2.imread(str(wood), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)
    light = cv2.cvtColor(cv2.imread(str(sky), cv2.IMREAD_ANYDEPTH | cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)

    assert np.array_equal(found, pattern("texture/wood")) and np.array_equal(light, pattern("texture/sky"))
    assert baker.files == {wood, sky}


def test_a_baked_asset_is_a_stage_of_its_own_with_its_labels(tmp_path: Path) -> None:
    with recording(tmp_path) as recorder:
        file = Baker(recorder, tmp_path / "assets").asset("rendersdg:fruit/apple", (("class", "apple"),))
    stage = Usd.Stage.Open(str(file))

    assert any(p.IsA(UsdGeom.Mesh) for p in stage.Traverse())
    assert list(stage.GetDefaultPrim().GetAttribute("semantics:labels:class").Get()) == ["apple"]


def test_a_mesh_of_the_scene_keeps_its_points(tmp_path: Path) -> None:
    with recording(tmp_path) as recorder:
        create.cube(name="box")
        baker = Baker(recorder, tmp_path / "assets")
        first, second = (baker.mesh(recorder.stage, "/Replicator/box_Xform", "box") for _ in range(2))
    stage = Usd.Stage.Open(str(first))
    mesh = UsdGeom.Mesh(stage.GetDefaultPrim())

    assert np.ptp(np.array(mesh.GetPointsAttr().Get()), axis=0).tolist() == [100, 100, 100]
    assert (first.name, second.name) == ("box.usdc", "box_1.usdc")


def test_values_become_levels(tmp_path: Path) -> None:
    levels = eight_bit(np.array([-1, 0, 0.5, 1, 2.0]))
    write_png(tmp_path / "a.png", np.full((2, 2, 3), (1, 2, 3), np.uint8))

    assert levels.tolist() == [0, 0, 128, 255, 255]
    assert cv2.imread(str(tmp_path / "a.png"))[0, 0].tolist() == [3, 2, 1]
