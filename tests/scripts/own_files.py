"""Files that the script writes itself."""

import os

import numpy as np
import omni.replicator.core as rep
from isaacsim.test.utils.file_validation import validate_folder_contents

folder = os.path.join(os.getcwd(), "mine")
rep.functional.write_image(path=os.path.join(folder, "a.png"), data=np.zeros((4, 4, 4), np.uint8))
rep.functional.write_json(path=os.path.join(folder, "a.json"), data={"x": np.float32(1)})
assert validate_folder_contents(folder, {"png": 1, "json": 1})
