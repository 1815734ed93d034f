"""A graph of three frames that nobody starts: random places of two shapes."""

import omni.replicator.core as rep

with rep.new_layer():
    camera = rep.create.camera(position=(0, 300, 600), look_at=(0, 0, 0))
    rp = rep.create.render_product(camera, (96, 64))
    rep.create.light(light_type="Distant", rotation=(-60, 0, 0), intensity=2000)
    torus = rep.create.torus(semantics=[("class", "torus")])
    cube = rep.create.cube(semantics=[("class", "cube")], position=(100, 0, 100))
    with rep.trigger.on_frame(num_frames=3):
        with rep.create.group([torus, cube]):
            rep.modify.pose(position=rep.distribution.uniform((-100, -50, -100), (100, 50, 100)))
    writer = rep.WriterRegistry.get("BasicWriter")
    writer.initialize(output_dir="_out", rgb=True, bounding_box_2d_tight=True)
    writer.attach([rp])
