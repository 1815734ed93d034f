"""A writer that raises at its second frame, beside one that does not."""

import omni.replicator.core as rep


class Bad(rep.Writer):
    def __init__(self):
        self.annotators = ["rgb"]
        self.count = 0

    def write(self, data):
        self.count += 1
        if self.count == 2:
            raise ValueError("no more")


rep.WriterRegistry.register(Bad)
cube = rep.create.cube()
rp = rep.create.render_product(rep.create.camera(position=(0, 0, 500), look_at=cube), (16, 16))
good = rep.WriterRegistry.get("BasicWriter")
good.initialize(output_dir="good", rgb=True)
good.attach(rp)
bad = rep.WriterRegistry.get("Bad")
bad.initialize()
bad.attach(rp)
with rep.trigger.on_frame(max_execs=3):
    with cube:
        rep.randomizer.rotation()
