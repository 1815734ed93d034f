"""Coloured segmentations, packed into one number a pixel, as ``np.frombuffer`` unpacks them."""

import numpy as np
import omni.replicator.core as rep

cube = rep.create.cube(semantics=[("class", "cube")])
rp = rep.create.render_product(rep.create.camera(position=(0, 0, 500), look_at=cube), (48, 32))
seg = rep.AnnotatorRegistry.get_annotator("semantic_segmentation", init_params={"colorize": True})
raw = rep.AnnotatorRegistry.get_annotator("semantic_segmentation")
seg.attach(rp)
raw.attach(rp)
rep.orchestrator.step()
found = seg.get_data()["data"]
image = np.frombuffer(found, dtype=np.uint8).reshape(*found.shape, -1)
assert image.shape == (32, 48, 4) and image.dtype == np.uint8, image.shape
assert (found.shape, found.dtype) == ((32, 48), np.uint32)
names = seg.get_data()["info"]["idToLabels"]
assert names[str(tuple(int(v) for v in image[16, 24]))] == {"class": "cube"} and tuple(image[0, 0]) == (0, 0, 0, 0)
assert raw.get_data()["data"].dtype == np.uint32
