"""A script that works on the stage which its author had open: a labelled crate, and a camera that sees it."""

import omni.replicator.core as rep
import omni.usd
from pxr import UsdGeom

stage = omni.usd.get_context().get_stage()
assert UsdGeom.GetStageUpAxis(stage) == "Z"
assert stage.GetPrimAtPath("/World/Crate")

with rep.new_layer():
    product = rep.create.render_product("/World/Camera", (64, 48))

    def move_crates():
        crates = rep.get.prims(semantics=[("class", "crate")])
        with crates:
            rep.modify.pose(position=rep.distribution.uniform((-1, -1, 0), (1, 1, 0)))
        return crates.node

    rep.randomizer.register(move_crates)
    with rep.trigger.on_frame(max_execs=2):
        rep.randomizer.move_crates()

    writer = rep.WriterRegistry.get("BasicWriter")
    writer.initialize(output_dir="made", rgb=True, bounding_box_2d_tight=True)
    writer.attach([product])
