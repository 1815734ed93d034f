"""A task of the event loop that steps and sends events."""

import asyncio

import omni.kit.app
import omni.replicator.core as rep
import omni.timeline
import omni.usd
from pxr import Semantics


async def go():
    await omni.usd.get_context().new_stage_async()
    ball = rep.create.sphere()
    prim = ball.get_output_prims()["prims"][0]
    api = Semantics.SemanticsAPI.Apply(prim, "Semantics")
    api.CreateSemanticTypeAttr().Set("class")
    api.CreateSemanticDataAttr().Set("ball")
    rp = rep.create.render_product(rep.create.camera(position=(0, 0, 500), look_at=(0, 0, 0)), (48, 48))
    writer = rep.WriterRegistry.get("BasicWriter")
    writer.initialize(output_dir="out", bounding_box_2d_tight=True)
    writer.attach(rp)
    rep.orchestrator.set_capture_on_play(False)
    timeline = omni.timeline.get_timeline_interface()
    timeline.play()
    with rep.trigger.on_custom_event(event_name="shake"):
        with ball:
            rep.modify.pose(position=rep.distribution.uniform((-50, -50, 0), (50, 50, 0)))
    for k in range(4):
        if k in (1, 3):
            rep.utils.send_og_event(event_name="shake")
        await rep.orchestrator.step_async()
        await omni.kit.app.get_app().next_update_async()
    print("time", round(timeline.get_current_time() * 60))


asyncio.ensure_future(go())
