"""Images written by the ending of their paths."""

import numpy as np
import omni.replicator.core as rep

a = np.zeros((4, 6, 4), np.uint8)
a[..., 0] = 200
a[..., 3] = 255
rep.functional.write_image(path="o/a.png", data=a)
rep.functional.write_image(path="o/a.jpg", data=a)
rep.functional.write_image(path="o/grey.png", data=np.linspace(0, 1, 24, dtype=np.float32).reshape(4, 6, 1))
rep.functional.write_image(path="o/deep.png", data=np.full((4, 6), 70000, np.uint32))
rep.functional.write_image(path="o/mask.png", data=np.ones((4, 6), bool))
rep.functional.write_image(path="o/a.npy", data={"data": a})
