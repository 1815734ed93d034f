"""Mesh files that a script refers to: by name, by place, and with the unit that they are in."""

import os

from isaacsim import SimulationApp

app = SimulationApp({})
import omni.replicator.core as rep
import omni.usd
from pxr import Usd, UsdGeom

stage = omni.usd.get_context().get_stage()
unit = UsdGeom.GetStageMetersPerUnit(stage)
arguments = ":SDF_FORMAT_ARGS:unit=mm&up_axis=Y"


def size(path):
    bounds = UsdGeom.BBoxCache(Usd.TimeCode.Default(), ["default"]).ComputeWorldBound(stage.GetPrimAtPath(path))
    return [round(float(v), 4) for v in bounds.ComputeAlignedRange().GetSize()]


for name, asset in {
    "plain": "box.stl",
    "absolute": os.path.abspath("box.stl"),
    "in_mm": "box.stl" + arguments,
    "absolute_in_mm": os.path.abspath("box.stl") + arguments,
}.items():
    prim = stage.DefinePrim(f"/{name}", "Xform")
    prim.GetReferences().AddReference(asset)
assert size("/plain") == size("/absolute") == [20.0, 40.0, 80.0], size("/plain")  # number for number, as in USD

is_y_up = UsdGeom.GetStageUpAxis(stage) == "Y"
wanted = [round(v / unit, 4) for v in ((0.02, 0.04, 0.08) if is_y_up else (0.02, 0.08, 0.04))]
assert size("/in_mm") == size("/absolute_in_mm") == wanted, (size("/in_mm"), wanted)

part = rep.create.from_usd("box.stl" + arguments)
rep.orchestrator.step()
assert size("/Replicator/Ref_Xform") == wanted, size("/Replicator/Ref_Xform")
