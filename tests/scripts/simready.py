"""Assets of the SimReady library: found by words, placed, and falling as their variant says."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import asyncio

import omni.kit.actions.core as actions
import omni.replicator.core as rep
import omni.simready.explorer as sre
from _checks import near, stage
from isaacsim.core.simulation_manager import SimulationManager
from isaacsim.core.utils.semantics import get_labels
from pxr import Usd, UsdGeom, UsdPhysics

if sre.get_instance().browser_model is None:
    actions.execute_action("omni.simready.explorer", "toggle_window")
actions.execute_action("omni.simready.explorer", "toggle_window")


async def search():
    return [await sre.find_assets(words) for words in (["table", "furniture"], ["plate"], ["fruit"], ["no such"], None)]


task = asyncio.ensure_future(search())
while not task.done():
    app.update()
tables, plates, fruits, nothing, everything = task.result()
assert {a.name for a in tables} >= {"table", "side_table"} and not nothing
assert all(a.has("table") and a.has("furniture") for a in tables)
assert [a.name for a in plates] == ["plate"] and {"apple", "banana"} <= {a.name for a in fruits}
assert len(everything) > len(fruits) and all(a.main_url.endswith(f"/{a.name}.usd") for a in everything)

f = rep.functional
table = f.create.reference(usd_path=tables[-1].main_url, parent="/Assets", name="table")
assert not table.HasAPI(UsdPhysics.RigidBodyAPI)
assert table.GetVariantSets().GetVariantSet("PhysicsVariant").GetVariantNames() == ["None", "RigidBody"]
table.GetVariantSets().GetVariantSet("PhysicsVariant").SetVariantSelection("RigidBody")
UsdPhysics.RigidBodyAPI(table).GetRigidBodyEnabledAttr().Set(False)
assert get_labels(table) == {"class": ["table"]}
size = UsdGeom.BBoxCache(Usd.TimeCode.Default(), ["default"]).ComputeWorldBound(table).GetRange().GetSize()
near(size, (1.4, 0.8, 0.75), 1e-3)

added, path = sre.add_asset_to_stage(fruits[0].main_url, position=(0, 0, 1.0), variants={"PhysicsVariant": "RigidBody"})
fruit = stage().GetPrimAtPath(path)
assert added and fruit.HasAPI(UsdPhysics.RigidBodyAPI)
SimulationManager.set_physics_dt(1 / 60)
SimulationManager.initialize_physics()
told = []
SimulationManager.step(steps=60, callback=lambda step, steps: told.append((step, steps)))
assert told[0] == (1, 60) and len(told) == 60 and SimulationManager.get_num_physics_steps() == 60
near(fruit.GetAttribute("xformOp:translate").Get(), (0, 0, 0.75), 0.02)  # it lies on the table
SimulationManager.step(steps=9, callback=lambda step, steps: step < 2)
assert SimulationManager.get_num_physics_steps() == 62
SimulationManager.invalidate_physics()
