"""The renderer: a backend, and the rasterizer's passes for what that backend does not provide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from rendersdg.arrays import F4
from rendersdg.backends import Backend, Labeller, open_backend, providing
from rendersdg.backends.raster import RasterBackend
from rendersdg.backends.scanning import Scanner
from rendersdg.backends.sensor import expose
from rendersdg.backends.shutter import CAPTURE, exposed, instants
from rendersdg.errors import NotSupported, Report
from rendersdg.frame import Labels, ProductView, Rendered, Silhouette, SurfaceBuffers, Wanted
from rendersdg.orchestrator.collector import uncollected
from rendersdg.orchestrator.exposure import Exposure
from rendersdg.orchestrator.stopwatch import timed
from rendersdg.orchestrator.tiles import sheet
from rendersdg.ranging import Scan
from rendersdg.snapshot import RenderProduct, Snapshot


class Renderer:
    """Renders snapshots by the backend called ``name``; labels and surfaces are the rasterizer's where it has none.

    Pictures in which nothing can be told are noted in ``report``. Raises NotSupported where what the backend needs is
    not installed, BadArgument for an unknown name.
    """

    def __init__(self, name: str, report: Report) -> None:
        self.name = name
        self.exposure = Exposure(report)
        self.backend: Backend = open_backend(name)
        self.provides = self.backend.provides
        own = cast(Labeller, self.backend)
        alone = self.backend if isinstance(self.backend, RasterBackend) else RasterBackend()
        rasterizer: Labeller = own if self.provides >= {"labels", "surface"} else alone
        self.silhouettes = alone.silhouettes
        self.scanner = Scanner(alone.tables)
        self.labeller: Labeller = own if "labels" in self.provides else rasterizer
        self.surveyor: Labeller = own if "surface" in self.provides else rasterizer

    def note_in(self, report: Report) -> None:
        """Note what can be seen in no picture in another report from now on, where that is another scene's."""
        if self.exposure.report is not report:
            self.exposure = Exposure(report)

    def views(self, snapshot: Snapshot, seconds: dict[str, float], *, hdr: bool) -> dict[str, ProductView]:
        """Return the views of a snapshot by product name; a pass runs when something first asks for it.

        With ``hdr`` each picture has its linear light. What passes take is added to ``seconds["render"]``.
        """

        def view(product: RenderProduct) -> ProductView:
            return ProductView(product, snapshot, _Passes(self, snapshot, product, seconds, hdr), seconds)

        return {
            product.name: sheet(product, snapshot, [view(tile) for tile in product.tiles], seconds)
            if product.tiles
            else view(product)
            for product in snapshot.products
        }

    def render(self, snapshot: Snapshot, product: RenderProduct, wanted: Wanted) -> Rendered:
        """Return the picture of a product, blurred by motion and seen by its sensor as the scene asks.

        Labels come with it where they were wanted and the backend makes them in the same pass. Raises NotSupported
        where the scene asks for what the backend does not provide.
        """
        sensor = product.sensor
        if (wanted.hdr or sensor is not None) and "hdr" not in self.provides:
            raise NotSupported(
                f"backend {self.name} gives no linear light, which sensors and HdrColor need; "
                f"{_listed('hdr')} give it ({product.name})"
            )
        if times := instants(snapshot, product):
            if "instants" not in self.provides:
                raise NotSupported(f"backend {self.name} has no motion blur ({CAPTURE}); {_listed('instants')} have")
            rendered = Rendered(exposed(self.backend, snapshot, product, times))  # labels are those of one instant
        else:
            needs = Wanted(hdr=wanted.hdr or sensor is not None, labels=wanted.labels)
            rendered = self.backend.render(snapshot, product, needs)
        if sensor is not None:
            light = rendered.buffers.hdr
            assert light is not None, f"backend {self.name} provides hdr and gave none"
            rendered = Rendered(expose(light, sensor, snapshot.frame), rendered.labels)
        self.exposure.judge(snapshot, product, rendered.buffers.rgb)
        return rendered


@dataclass(frozen=True, eq=False)
class _Passes:
    """The passes of one product, timed."""

    renderer: Renderer
    snapshot: Snapshot
    product: RenderProduct
    seconds: dict[str, float]
    hdr: bool

    def render(self, wanted: Wanted) -> Rendered:
        with self._timed():
            needs = Wanted(hdr=wanted.hdr or self.hdr, labels=wanted.labels)
            return self.renderer.render(self.snapshot, self.product, needs)

    def label(self) -> Labels:
        with self._timed():
            return self.renderer.labeller.label(self.snapshot, self.product)

    def surface(self) -> SurfaceBuffers:
        with self._timed():
            return self.renderer.surveyor.surface(self.snapshot, self.product)

    def silhouettes(self, labels: Labels, entities: Sequence[int]) -> dict[int, Silhouette]:
        with self._timed():
            return self.renderer.silhouettes(self.snapshot, self.product, labels, entities)

    def scan(self) -> Scan:
        with self._timed():
            return self.renderer.scanner.scan(self.snapshot, self.product)

    def measure(self, labels: Labels, surface: SurfaceBuffers) -> F4:
        with self._timed():
            return self.renderer.scanner.measure(self.snapshot, self.product, labels, surface)

    @contextmanager
    def _timed(self) -> Iterator[None]:
        with uncollected(), timed(self.seconds, "render"):
            yield


def _listed(capability: str) -> str:
    """Return the names of the backends that provide something, in words."""
    *most, last = providing(capability)
    return f"{', '.join(most)} and {last}" if most else last
