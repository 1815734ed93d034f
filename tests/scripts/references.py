"""References to library assets that are added by USD."""

from isaacsim import SimulationApp

app = SimulationApp({})
import omni.replicator.core as rep
import omni.usd
from pxr import Sdf, Usd, UsdGeom

stage = omni.usd.get_context().get_stage()
url = "omniverse://localhost/NVIDIA/Assets/Isaac/Isaac/Props/YCB/006_mustard_bottle.usd"
for name, add in {
    "a": lambda p: p.GetReferences().AddReference(url),
    "b": lambda p: p.GetReferences().AddReference(assetPath=url, primPath="/World/Bottle"),
    "c": lambda p: p.GetPayloads().AddPayload(Sdf.Payload(url, "/World")),
    "d": lambda p: p.GetReferences().SetReferences([Sdf.Reference(url)]),
    "e": lambda p: p.GetReferences().AddReference("part.usda"),
    "f": lambda p: p.GetReferences().AddReference("part.usda", "/Other"),
}.items():
    prim = stage.DefinePrim(f"/{name}", "Xform")
    add(prim)
    meshes = [p.GetName() for p in Usd.PrimRange(prim) if p.IsA(UsdGeom.Gprim)]
    assert (meshes == {"e": ["Kept"], "f": ["Sub"]}[name]) if name in "ef" else meshes, (name, meshes)
other = Usd.Stage.CreateInMemory()
other.DefinePrim("/x").GetReferences().AddReference("nowhere.usda")
assert other.GetRootLayer().GetPrimAtPath("/x").referenceList.GetAddedOrExplicitItems()[0].assetPath == "nowhere.usda"
