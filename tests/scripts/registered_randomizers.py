"""Randomizers of the script's own, made anew at every second frame."""

import omni.replicator.core as rep


def lights(num):
    made = rep.create.light(light_type="Sphere", position=rep.distribution.uniform((-1, 1, 1), (1, 2, 2)), count=num)
    return made.node


def fruit(size):
    made = rep.randomizer.instantiate(rep.utils.get_usd_files("omniverse://localhost/NVIDIA/Assets/Fruit"), size=size)
    with made:
        rep.modify.pose(position=rep.distribution.uniform((-50, 0, -50), (50, 0, 50)))
        rep.modify.semantics([("class", "fruit")])
    return made.node


rep.randomizer.register(lights)
rep.randomizer.register(fruit)
rp = rep.create.render_product(rep.create.camera(position=(0, 300, 10), look_at=(0, 0, 0)), (64, 64))
with rep.trigger.on_frame(max_execs=2, interval=2):
    rep.randomizer.lights(2)
    rep.randomizer.fruit(size=3)
writer = rep.WriterRegistry.get("BasicWriter")
writer.initialize(output_dir="out", bounding_box_2d_loose=True)
writer.attach(rp)
