"""Backends: Snapshot -> Buffers. The label pass belongs to none of them: it is one, for all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from rendersdg.errors import NotSupported
from rendersdg.registry import Registry

if TYPE_CHECKING:
    from rendersdg.frame import Buffers, Labels
    from rendersdg.snapshot import RenderProduct, Snapshot


class Backend(Protocol):
    """Paints the picture of a render product. Made once per process, used for many frames; keeps caches only."""

    def render(
        self, snapshot: Snapshot, product: RenderProduct, *, keep_hdr: bool = False, with_labels: bool = True
    ) -> tuple[Buffers, Labels | None]:
        """Return the colour, and the labels where the backend is the rasterizer itself and had them anyway.

        Without ``with_labels`` nothing is done for labels alone.
        """
        ...


BACKENDS: Registry[type[Backend]] = Registry(
    "backend",
    {
        "raster": "rendersdg.backends.raster:RasterBackend",
        "mitsuba": "rendersdg.backends.mitsuba:MitsubaBackend",
        "pyrender": "rendersdg.backends.gl:PyrenderBackend",
        "null": "rendersdg.backends.null:NullBackend",
        "reference": "rendersdg.backends.reference:ReferenceBackend",
    },
)


def choose(wanted: str, settings: Mapping[str, object]) -> tuple[str, str]:
    """Return the backend for ``auto`` and why; any other name is itself.

    A scene that asks for path tracing gets ``mitsuba`` where it works, everything else ``raster``, which always does.
    """
    if wanted != "auto":
        return wanted, ""
    if settings.get("render_mode") != "pathtraced":
        return "raster", "the scene does not ask for path tracing (settings.set_render_pathtraced)"
    from rendersdg.backends import mitsuba

    try:
        mitsuba.load()
    except NotSupported as error:
        return "raster", str(error)
    return "mitsuba", "the scene asks for path tracing"
