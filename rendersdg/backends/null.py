"""The null backend: a constant grey picture, for runs that only want labels."""

from __future__ import annotations

import numpy as np

from rendersdg.frame import Buffers, Labels
from rendersdg.snapshot import RenderProduct, Snapshot


class NullBackend:
    """Paints every pixel (128, 128, 128): labels without the cost of shading."""

    def render(
        self, snapshot: Snapshot, product: RenderProduct, *, keep_hdr: bool = False, with_labels: bool = True
    ) -> tuple[Buffers, Labels | None]:
        """Return a constant picture."""
        width, height = product.camera.resolution_wh
        rgb = np.full((height, width, 4), 128, np.uint8)
        rgb[..., 3] = 255
        hdr = np.full((height, width, 4), 0.5, np.float32) if keep_hdr else None
        return Buffers(rgb, hdr), None
