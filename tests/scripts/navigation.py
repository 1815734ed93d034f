"""A mobile robot drives to its target while time runs, and its cameras see where it goes."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import builtins

import carb.eventdispatcher
import numpy as np
import omni.replicator.core as rep
import omni.timeline
from _checks import near, place, stage

assert builtins.ISAAC_LAUNCHED_FROM_TERMINAL is False  # a script that is run by itself
robot = rep.functional.create.reference(
    usd_path="/Isaac/Samples/Replicator/OmniGraph/nova_carter_nav_only.usd", position=(0, 0, 0), name="Carter"
)
chassis, target = robot.GetChild("chassis_link"), robot.GetChild("targetXform")
eyes = [stage().GetPrimAtPath(f"{chassis.GetPath()}/sensors/front_hawk/{s}/camera_{s}") for s in ("left", "right")]
near(np.subtract(place(eyes[0]), place(eyes[1])), (0, 0.15, 0))
eyes[0].GetAttribute("fStop").Set(0.0)

rep.functional.create.cube(position=(4, 0, 0.5), semantics={"class": "goal"})
rp = rep.create.render_product(str(eyes[0].GetPath()), (64, 64))
boxes = rep.annotators.get("bounding_box_2d_tight")
boxes.attach(rp)


def height():
    """Return how high the goal is in the picture, pixels."""
    rep.orchestrator.step(delta_time=0.0)
    (box,) = boxes.get_data()["data"]
    return int(box["y_max"]) - int(box["y_min"]) + 1


far = height()
timeline = omni.timeline.get_timeline_interface()
timeline.set_looping(False)
timeline.set_end_time(1000)
target.GetAttribute("xformOp:translate").Set((2.0, 0.0, 0.0))
ticks = []
guard = carb.eventdispatcher.get_eventdispatcher().observe_event(
    event_name=omni.timeline.GLOBAL_EVENT_CURRENT_TIME_TICKED,
    on_event=lambda event: ticks.append(chassis.GetAttribute("xformOp:translate").Get()[0]),
)
timeline.play()
for _ in range(60):
    app.update()
near(ticks[59] - ticks[0], 59 / 60, 0.01)  # a metre a second, straight ahead
timeline.pause()
assert height() > far * 1.2  # it has come nearer

# to its left: it turns there on its way, and stops when it is there
target.GetAttribute("xformOp:translate").Set((2.0, 3.0, 0.0))
timeline.play()
for _ in range(480):
    app.update()
near(chassis.GetAttribute("xformOp:translate").Get(), (2, 3, 0), 0.06)
timeline.pause()
stands = chassis.GetAttribute("xformOp:translate").Get()
app.update()
assert chassis.GetAttribute("xformOp:translate").Get() == stands
