"""Names for arrays by their element: what a shape is, the docstring of a function says."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F2 = NDArray[np.float16]
F4 = NDArray[np.float32]
F8 = NDArray[np.float64]
I4 = NDArray[np.int32]
I8 = NDArray[np.int64]
U1 = NDArray[np.uint8]
U4 = NDArray[np.uint32]
Mask = NDArray[np.bool_]
