"""Augmentations of annotators and of a writer's annotators."""

import numpy as np
import omni.replicator.core as rep


def swapped(data, offset=0):
    data[..., :3] = data[..., [2, 1, 0]]
    return data


cube = rep.create.cube()
rep.create.light(light_type="dome", color=(1.0, 0.5, 0.1))
rp = rep.create.render_product(rep.create.camera(position=(0, 0, 500), look_at=cube), (16, 16))
rep.annotators.register_augmentation("swap", rep.annotators.Augmentation.from_function(swapped))
plain = rep.annotators.get("rgb")
plain.attach(rp)
other = rep.annotators.augment("rgb", rep.annotators.get_augmentation("swap"), name="other")
other.attach(rp)
writer = rep.WriterRegistry.get("BasicWriter")
writer.initialize(output_dir="out", rgb=True)
writer.augment_annotator("rgb", rep.annotators.get_augmentation("swap"))
writer.attach(rp)
rep.orchestrator.step()
a, b = plain.get_data(), other.get_data()
assert (a[..., :3] == b[..., 2::-1]).all() and a[8, 8, 0] > a[8, 8, 2]
np.save("plain.npy", a)
