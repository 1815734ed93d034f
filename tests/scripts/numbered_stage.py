"""A script that asks for its stage's number, so that USD's cache holds the stage, and poses a prim in each frame."""

import omni.replicator.core as rep
import omni.usd

omni.usd.get_context().new_stage()
omni.usd.get_context().get_stage_id()
cube = rep.create.cube(semantics=[("class", "cube")])
camera = rep.create.camera(position=(5, 5, 5), look_at=(0, 0, 0))
product = rep.create.render_product(camera, (16, 12))
with rep.trigger.on_frame():
    with cube:
        rep.modify.pose(rotation=rep.distribution.uniform((0, 0, 0), (90, 90, 90)))
writer = rep.WriterRegistry.get("BasicWriter")
writer.initialize(output_dir="out", rgb=True)
writer.attach(product)
for _ in range(4):
    rep.orchestrator.step()
