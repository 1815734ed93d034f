"""What stand-ins of robots bring beside their looks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pxr import Usd, UsdGeom

from rendersdg.assets.layers import AssetLayers
from rendersdg.assets.resolver import Resolver
from rendersdg.assets.rigs import DRIVES_TO
from rendersdg.errors import Report


def _opened(path: str) -> Usd.Stage:
    layers = AssetLayers(Resolver(Path(), Report()), Report())
    layer = layers.layer(path)
    return Usd.Stage.Open(layer.identifier)


def test_a_mobile_robot_has_a_chassis_with_cameras_that_look_ahead_and_behind() -> None:
    stage = _opened("/Isaac/Robots/NVIDIA/NovaCarter/nova_carter.usd")
    looks = {}
    for prim in stage.Traverse():
        if prim.IsA(UsdGeom.Camera):
            world = np.array(UsdGeom.Xformable(prim).ComputeLocalToWorldTransform(Usd.TimeCode.Default()))
            looks[str(prim.GetPath()).removeprefix("/Asset/chassis_link/sensors/")] = (-world[2, :3], world[3, 1])

    assert sorted(looks) == [f"{h}_hawk/{s}/camera_{s}" for h in ("back", "front") for s in ("left", "right")]
    assert (
        np.allclose(looks["front_hawk/left/camera_left"][0], (1, 0, 0)) and looks["front_hawk/left/camera_left"][1] > 0
    )
    assert (
        np.allclose(looks["back_hawk/left/camera_left"][0], (-1, 0, 0)) and looks["back_hawk/left/camera_left"][1] < 0
    )
    assert not stage.GetPrimAtPath("/Asset/targetXform")


def test_one_that_navigates_has_a_target() -> None:
    stage = _opened("/Isaac/Samples/Replicator/OmniGraph/nova_carter_nav_only.usd")

    targets = stage.GetPrimAtPath("/Asset/chassis_link").GetRelationship(DRIVES_TO).GetTargets()
    assert targets == ["/Asset/targetXform"] and stage.GetPrimAtPath(targets[0]).HasAttribute("xformOp:translate")
