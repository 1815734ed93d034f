"""Batches of tensors for a listener."""

import omni.replicator.core as rep
from omni.replicator.core import PytorchListener

cube = rep.create.cube()
rep.create.light(light_type="dome")
camera = rep.create.camera(position=(0, 0, 500), look_at=cube)
rps = [rep.create.render_product(camera, (16, 12), name=n) for n in "ab"]
listener = PytorchListener()
writer = rep.WriterRegistry.get("PytorchWriter")
writer.initialize(listener=listener, output_dir="out")
writer.attach(rps)
rep.orchestrator.step()
assert tuple(listener.get_rgb_data().shape) == (2, 3, 12, 16) and float(listener.get_rgb_data().max()) > 0.2
