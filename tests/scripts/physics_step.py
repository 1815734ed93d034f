"""The length of a physics step, and physics prims."""

import omni.replicator.core as rep
import omni.usd
from pxr import UsdPhysics

assert rep.settings.get_physx_timestep() == 1 / 60
rep.settings.set_physx_timestep(0.005)
assert rep.settings.get_physx_timestep() == 0.005
rep.create.cube()
UsdPhysics.Scene.Define(omni.usd.get_context().get_stage(), "/World/scene")
assert rep.get.physics().get_output_prims()["prims"][0].GetPath() == "/World/scene"
assert len(rep.get.physics(path_match="other").get_output_prims()["prims"]) == 0
