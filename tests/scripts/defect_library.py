"""Surfaces, defects and a sensor, asked for by a script."""

import omni.replicator.core as rep

panel = rep.create.plane(scale=4, semantics=[("class", "panel")])
rep.inspection.diffuse_dome(intensity=500)
cam = rep.create.camera(position=(0, 500, 1), look_at=(0, 0, 0))
rp = rep.create.render_product(cam, (96, 96))
with cam:
    rep.inspection.sensor(mono=True, gain=0.5)
with rep.trigger.on_frame(max_execs=2):
    with panel:
        rep.surfaces.ground(tile=2000, level=rep.distribution.uniform(0.2, 0.3))
        rep.defects.scratch(count=2, length=900, width=60, gain=2.2, in_view=True, semantics=[("class", "scratch")])
writer = rep.WriterRegistry.get("BasicWriter")
writer.initialize(output_dir="out", rgb=True, bounding_box_2d_tight=True)
writer.attach([rp])
rep.orchestrator.run()
