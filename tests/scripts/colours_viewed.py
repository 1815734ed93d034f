"""Coloured segmentations, four bytes a pixel."""

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
image = found.view(np.uint8).reshape(32, 48, -1)
assert image.shape == (32, 48, 4) and image.dtype == np.uint8, image.shape
assert (found.shape, found.dtype) == ((32, 48, 4), np.uint8)
names = seg.get_data()["info"]["idToLabels"]
assert names[str(tuple(int(v) for v in image[16, 24]))] == {"class": "cube"} and tuple(image[0, 0]) == (0, 0, 0, 0)
assert raw.get_data()["data"].dtype == np.uint32
