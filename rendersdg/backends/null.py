"""The null backend: a constant grey picture, for runs that only want labels."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from rendersdg.frame import Buffers, Rendered, Wanted
from rendersdg.snapshot import RenderProduct, Snapshot


class NullBackend:
    """Paints every pixel (128, 128, 128): labels without the cost of shading."""

    provides: ClassVar[frozenset[str]] = frozenset({"hdr", "camera_models"})

    def render(self, snapshot: Snapshot, product: RenderProduct, wanted: Wanted) -> Rendered:
        """Return a constant picture."""
        width, height = product.camera.resolution_wh
        rgb = np.full((height, width, 4), 128, np.uint8)
        rgb[..., 3] = 255
        hdr = np.full((height, width, 4), 0.5, np.float32) if wanted.hdr else None
        return Rendered(Buffers(rgb, hdr))
