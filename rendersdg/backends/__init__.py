"""Backends: Snapshot -> Buffers. The label pass belongs to none of them: it is one, for all."""

from __future__ import annotations

from typing import Protocol

from rendersdg.frame import Buffers, Labels
from rendersdg.registry import Registry
from rendersdg.snapshot import RenderProduct, Snapshot


class Backend(Protocol):
    """Paints the picture of a render product. Made once per process, used for many frames; keeps caches only."""

    def render(
        self, snapshot: Snapshot, product: RenderProduct, *, keep_hdr: bool = False
    ) -> tuple[Buffers, Labels | None]:
        """Return the colour, and the labels where the backend is the rasterizer itself and had them anyway."""
        ...


BACKENDS: Registry[type[Backend]] = Registry(
    "backend",
    {
        "raster": "rendersdg.backends.raster:RasterBackend",
        "null": "rendersdg.backends.null:NullBackend",
        "reference": "rendersdg.backends.reference:ReferenceBackend",
    },
)
