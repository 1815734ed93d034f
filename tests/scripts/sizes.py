"""How large assets of libraries are, in stages of other units and axes."""

from isaacsim import SimulationApp

app = SimulationApp({})
import numpy as np
import omni.replicator.core as rep
import omni.usd
from pxr import Usd, UsdGeom

stage = omni.usd.get_context().get_stage()
server = "omniverse://localhost"


def size(path):
    return max(
        UsdGeom.BBoxCache(Usd.TimeCode.Default(), ["default"])
        .ComputeWorldBound(stage.GetPrimAtPath(path))
        .ComputeAlignedRange()
        .GetSize()
    )


def sizes(url):
    made = rep.create.from_usd(url)
    raw = stage.DefinePrim(f"/Raw_{len(stage.GetPseudoRoot().GetChildren())}")
    raw.GetReferences().AddReference(url)
    return size(made.get_output_prims()["prims"][0].GetPath()), size(raw.GetPath())


metres = sizes(server + "/NVIDIA/Assets/Isaac/5.0/Isaac/Props/Pallet/pallet.usd")
centimetres = sizes(server + "/NVIDIA/Assets/DigitalTwin/Assets/Warehouse/Shipping/Pallets/Wood/pallet.usd")
assert 1 < metres[0] < 1.4 and np.allclose(metres, metres[0]), metres
assert np.allclose(centimetres, 100 * metres[0]), (metres, centimetres)  # the script scales by 0.01
rep.settings.set_stage_meters_per_unit(0.01)  # where the script scales Isaac Sim's by 100
assert np.allclose(sizes(server + "/NVIDIA/Assets/Isaac/2022.1/Isaac/Props/Pallet/pallet.usd"), metres[0])
assert np.allclose(
    sizes(server + "/NVIDIA/Assets/DigitalTwin/Assets/Warehouse/Shipping/Pallets/Wood/pallet_b.usd"), 100 * metres[0]
)
assert np.allclose(sizes("own.usda"), 2)  # found: as it is
listed = rep.utils.get_usd_files(server + "/NVIDIA/Assets/Isaac/2022.1/Isaac/Props/YCB/Axis_Aligned")
assert len(listed) > 2 and all(sizes(url)[0] < 1 for url in listed)
fruit = rep.utils.get_usd_files(server + "/NVIDIA/Assets/ArchVis/Residential/Food/Fruit")
assert len(fruit) > 2 and all(2 < sizes(url)[0] < 30 for url in fruit)


def upright(url):
    prim = stage.GetPrimAtPath(rep.create.from_usd(url).get_output_prims()["prims"][0].GetPath())
    size = (
        UsdGeom.BBoxCache(Usd.TimeCode.Default(), ["default"]).ComputeWorldBound(prim).ComputeAlignedRange().GetSize()
    )
    return "XYZ"[int(np.argmax(size))]


for axis in "YZ":
    rep.settings.set_stage_up_axis(axis)
    # each as its library models it, whatever axis the stage has: scripts turn what would lie
    assert upright(server + "/NVIDIA/Assets/ArchVis/Residential/Kitchen/Bottle.usd") == "Z"
    assert upright(server + "/NVIDIA/Assets/Scenes/Templates/Props/Bottle.usd") == "Y"
    assert upright(server + "/NVIDIA/Assets/Isaac/2022.1/Isaac/Props/Kitchen/Bottle.usd") == "Z"
    assert upright(server + "/NVIDIA/Assets/Isaac/2022.1/Isaac/Props/YCB/006_mustard_bottle.usd") == "Z"
assert 100 < sizes("rendersdg:warehouse/pallet")[0] < 140
