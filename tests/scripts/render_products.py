"""Render products between frames: another size, another camera; the prim that they go by."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import numpy as np
import omni.replicator.core as rep
from _checks import stage
from isaacsim.core.utils.render_product import (
    get_camera_prim_path,
    get_resolution,
    set_camera_prim_path,
    set_resolution,
)
from pxr import Gf, Usd, UsdRender

rep.functional.create.cube(position=(5, 0, 0), semantics={"class": "box"})
for name, target in (("There", (5, 0, 0)), ("Away", (-5, 0, 0))):
    rep.functional.create.camera(position=(0, 0, 0.1), look_at=target, name=name)
rp = rep.create.render_product("/There", (64, 48))
rgb = rep.annotators.get("rgb")
boxes = rep.annotators.get("bounding_box_2d_tight")
rgb.attach(rp)
boxes.attach(rp)
rep.orchestrator.step()
assert np.shape(rgb.get_data()) == (48, 64, 4) and len(boxes.get_data()["data"]) == 1

prim = UsdRender.Product(stage().GetPrimAtPath(rp.path))
assert prim and tuple(prim.GetResolutionAttr().Get()) == (64, 48)
assert [str(p) for p in prim.GetCameraRel().GetTargets()] == [get_camera_prim_path(rp.path)] == ["/There"]

set_resolution(rp.path, (32, 16))
assert get_resolution(rp.path) == (32, 16) and tuple(prim.GetResolutionAttr().Get()) == (32, 16)
rep.orchestrator.step()
assert np.shape(rgb.get_data()) == (16, 32, 4)

set_camera_prim_path(rp.path, "/Away")
assert get_camera_prim_path(rp.path) == "/Away"
rep.orchestrator.step()
assert len(boxes.get_data()["data"]) == 0

with Usd.EditContext(stage(), stage().GetSessionLayer()):  # as Isaac Sim's own helpers write it
    prim.GetResolutionAttr().Set(Gf.Vec2i(20, 10))
rep.orchestrator.step()
assert np.shape(rgb.get_data()) == (10, 20, 4)
assert stage().GetRootLayer().GetPrimAtPath(rp.path) is None  # no part of what is saved
