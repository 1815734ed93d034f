"""Events of the timeline, of updates, frames and physics steps."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import asyncio

import numpy as np
import omni.kit.app
import omni.kit.async_engine
import omni.physx
import omni.replicator.core as rep
import omni.timeline
import omni.usd
from _checks import near, stage
from pxr import PhysxSchema, UsdPhysics

physics_scene = UsdPhysics.Scene.Define(stage(), "/PhysicsScene")
PhysxSchema.PhysxSceneAPI.Apply(physics_scene.GetPrim()).CreateTimeStepsPerSecondAttr().Set(120)
timeline = omni.timeline.get_timeline_interface()
timeline.set_looping(False)
timeline.set_end_time(1)
timeline.set_time_codes_per_second(30)
kinds = omni.timeline.TimelineEventType
ticks, others, steps, frames, updates = [], [], [], [], []
stream = timeline.get_timeline_event_stream()
on_tick = stream.create_subscription_to_pop_by_type(
    int(kinds.CURRENT_TIME_TICKED), lambda e: ticks.append(e.payload["currentTime"])
)
on_all = stream.create_subscription_to_pop(lambda e: others.append(e.type), name="all")
on_step = omni.physx.get_physx_interface().subscribe_physics_step_events(steps.append)
on_frame = (
    omni.usd.get_context()
    .get_rendering_event_stream()
    .create_subscription_to_pop_by_type(int(omni.usd.StageRenderingEventType.NEW_FRAME), frames.append)
)
on_update = (
    omni.kit.app.get_app()
    .get_update_event_stream()
    .create_subscription_to_pop(lambda e: updates.append(e.payload["dt"]))
)
app.update()
assert (ticks, others, steps, len(frames), updates) == ([], [], [], 1, [1 / 30])
timeline.play()
timeline.commit()
for _ in range(3):
    app.update()
asyncio.get_event_loop().run_until_complete(omni.kit.app.get_app().next_update_async())
near(ticks, np.arange(1, 5) / 30)
near(steps, [1 / 120] * 16)
assert len(frames) == len(updates) == 5
timeline.pause()
timeline.set_current_time(0.5)
timeline.stop()
assert [kinds(k).name for k in others] == [
    "PLAY",
    *["CURRENT_TIME_TICKED_PERMANENT", "CURRENT_TIME_TICKED"] * 4,
    "PAUSE",
    "CURRENT_TIME_CHANGED",
    "STOP",
]
from isaacsim.core.api import World

others.clear()
world = World()
world.play()
world.pause()
world.stop()
assert [kinds(k).name for k in others] == ["PLAY", "PAUSE", "STOP"]  # whoever plays tells
on_tick.unsubscribe()
on_frame.unsubscribe()
timeline.play()
app.update()
assert len(ticks) == 4 and len(frames) == 5 and len(updates) == 6

# a listener that captures lets time pass itself: it is not called for that again
rep.create.light(light_type="dome")
rp = rep.create.render_product("/OmniverseKit_Persp", (16, 16))
writer = rep.writers.get("BasicWriter")
writer.initialize(output_dir="ticked", rgb=True)
writer.attach(rp)
rep.orchestrator.set_capture_on_play(False)
capture = stream.create_subscription_to_pop_by_type(
    kinds.CURRENT_TIME_TICKED.value, lambda e: rep.orchestrator.step(pause_timeline=False)
)
app.update()
app.update()
capture.unsubscribe()
done = []


async def later():
    await omni.kit.app.get_app().next_update_async()
    done.append(1)


omni.kit.async_engine.run_coroutine(later())
for _ in range(3):
    app.update()
assert done
import os

assert sorted(n for n in os.listdir("ticked") if n.startswith("rgb")) == ["rgb_0000.png", "rgb_0001.png"]
