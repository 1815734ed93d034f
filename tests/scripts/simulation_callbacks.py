"""Who waits for what happens to the simulation is told."""

import numpy as np
import omni.timeline
from isaacsim.core.simulation_manager import IsaacEvents, SimulationEvent, SimulationManager
from isaacsim.core.utils.stage import get_current_stage
from pxr import UsdGeom

told = []
timeline = omni.timeline.get_timeline_interface()
numbers = [
    SimulationManager.register_callback(lambda event, name=name: told.append(name), event=event)
    for name, event in [
        ("setup", SimulationEvent.SIMULATION_SETUP),
        ("ready", IsaacEvents.PHYSICS_READY),
        ("started", SimulationEvent.SIMULATION_STARTED),
        ("paused", SimulationEvent.SIMULATION_PAUSED),
        ("resumed", SimulationEvent.SIMULATION_RESUMED),
        ("stopped", SimulationEvent.SIMULATION_STOPPED),
    ]
]
assert numbers == [0, 1, 2, 3, 4, 5]
timeline.play()
timeline.pause()
timeline.play()
timeline.stop()
timeline.play()
timeline.stop()
begun = ["setup", "ready", "started"]
assert told == [*begun, "paused", "resumed", "stopped", *begun, "stopped"], told
SimulationManager.deregister_all_callbacks()
assert not SimulationManager.deregister_callback(0)
timeline.play()
assert len(told) == 10
timeline.stop()

# steps: a sixtieth of a second each, before and after; step() counts from 1
steps = []
SimulationManager.register_callback(lambda dt, context: steps.append(("before", dt)), SimulationEvent.PHYSICS_PRE_STEP)
SimulationManager.register_callback(lambda dt, context: steps.append(("after", dt)), IsaacEvents.POST_PHYSICS_STEP)
counted = []
SimulationManager.step(steps=2, callback=lambda step, of: counted.append((step, of)))
assert [name for name, _ in steps] == ["before", "after"] * 2 and np.allclose([dt for _, dt in steps], 1 / 60)
assert counted == [(1, 2), (2, 2)]
SimulationManager.deregister_all_callbacks()

# prims that are removed, with what is below them told as one
gone = []
deletion = SimulationManager.register_callback(gone.append, SimulationEvent.PRIM_DELETED)
UsdGeom.Cube.Define(get_current_stage(), "/World/box/lid")
get_current_stage().RemovePrim("/World/box")
assert gone == ["/World/box"], gone
assert SimulationManager.deregister_callback(deletion)
get_current_stage().RemovePrim("/World")
assert gone == ["/World/box"]
try:
    SimulationManager.register_callback(print, event="play")
except Exception as error:
    assert "'play' is no SimulationEvent; give one of PHYSICS_PRE_STEP" in str(error)
else:
    raise AssertionError
