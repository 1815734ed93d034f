"""Buffers (what a backend and the label pass make), views (which ask for them), and the Frame (what a writer sees)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from rendersdg.arrays import F4, I4, I8, U1, Mask
from rendersdg.errors import NotSupported
from rendersdg.ranging import Scan
from rendersdg.snapshot import RenderProduct, Snapshot


@dataclass(frozen=True, eq=False)
class Labels:
    """The label pass of one render product: (H, W) images taken at pixel centres, row 0 at the top.

    ``instance`` int32, index into the snapshot's instances, -1 where nothing is hit; ``triangle`` int32 within its
    mesh; ``depth`` float32 metres along the viewing axis (for a fisheye too), +inf without a hit; ``distance`` float32
    metres from the camera origin; ``normal`` (H, W, 3) float32 world space, facing the camera; ``motion`` (H, W, 2)
    float32 pixels from this frame's position to the previous one (x positive = moved left, y positive = moved up).

    ``entity`` int32 is the index into the snapshot's entities, -1 where nothing is hit: that of a defect where one
    shows, else the instance's; ``defect`` int32 the defect's alone, -1 elsewhere.

    Per entity: ``visible`` and ``unoccluded`` pixel counts (E,) int64, ``tight`` and ``loose`` boxes (E, 4) int32
    x_min, y_min, x_max, y_max inclusive, with x_max < x_min for none.
    ``unoccluded`` counts as if the entity were alone. These are of its own pixels; ``whole`` (E,) int64 is
    ``unoccluded`` with the labelled prims below it, None where no labelled prim is below another. ``faint`` (E,) bool
    are defects that noise hides and that are labelled all the same, None where no rule asks for that.
    """

    instance: I4
    triangle: I4
    depth: F4
    distance: F4
    normal: F4
    motion: F4
    visible: I8
    unoccluded: I8
    tight: I4
    loose: I4
    entity: I4
    defect: I4 | None = None
    whole: I8 | None = None
    faint: Mask | None = None


class Silhouette(NamedTuple):
    """Where an object would be seen if nothing stood before it: a bool mask, whose first pixel is at ``corner`` (row,
    column) of the image.
    """

    corner: tuple[int, int]
    mask: Mask


@dataclass(frozen=True, eq=False)
class Buffers:
    """Colour of one render product.

    ``rgb`` is (H, W, 4) uint8, display encoded, alpha 255. ``hdr`` is (H, W, 4) float32, linear, finite and not below
    0, alpha 1; None where it was not wanted.
    """

    rgb: U1
    hdr: F4 | None = None


@dataclass(frozen=True, eq=False)
class SurfaceBuffers:
    """What is seen at each pixel's centre, before lens blur, sensor or film: (H, W) or (H, W, 3) float32, 0 where
    nothing is hit.

    ``hit`` bool; ``base_colour`` (linear), ``metallic``, ``roughness`` (perceptual) and ``reflectance`` (of a
    dielectric at normal incidence), 0 to 1, textures and defects included; ``emission`` linear radiance, as are the
    other parts of the light; ``smooth_normal`` interpolated and ``normal`` bent by normal maps, unit, world;
    ``position`` world, metres; ``open_sky`` the share of the sky that is not occluded. Emission, ``indirect_diffuse``,
    ``reflected`` (of the environment), ``direct_diffuse`` and ``direct_specular`` (of the lights) add up to the
    radiance; ``background`` is that of the environment where nothing is hit.
    """

    hit: Mask
    base_colour: F4
    metallic: F4
    roughness: F4
    reflectance: F4
    emission: F4
    smooth_normal: F4
    normal: F4
    position: F4
    open_sky: F4
    indirect_diffuse: F4
    reflected: F4
    direct_diffuse: F4
    direct_specular: F4
    background: F4


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a render call is to give beside the picture: ``hdr`` its linear light, ``labels`` those of its label pass.

    A backend gives what it provides of it and leaves out the rest.
    """

    hdr: bool = False
    labels: bool = False


PICTURE_AND_LABELS = Wanted(labels=True)


class Rendered(NamedTuple):
    """What a render call gives: the picture, and the labels where they were wanted and come from the same pass."""

    buffers: Buffers
    labels: Labels | None = None


class Passes(Protocol):
    """How the images of one render product are made. Each call makes them anew; :class:`ProductView` keeps them."""

    def render(self, wanted: Wanted) -> Rendered:
        """Return the picture, and of what is wanted what the backend provides."""
        ...

    def label(self) -> Labels:
        """Return the label pass."""
        ...

    def surface(self) -> SurfaceBuffers:
        """Return the surface pass."""
        ...

    def silhouettes(self, labels: Labels, entities: Sequence[int]) -> dict[int, Silhouette]:
        """Return where entities would be seen alone; ``labels`` are those of the label pass."""
        ...

    def scan(self) -> Scan:
        """Return what comes back of the beams of a lidar."""
        ...

    def measure(self, labels: Labels, surface: SurfaceBuffers) -> F4:
        """Return the depth (H, W) that a depth sensor measures, of the label and the surface pass."""
        ...


@dataclass(eq=False)
class ProductView:
    """One render product of a frame: annotators ask it for labels, colour and surface.

    Each pass runs once, when something first asks for it. Where picture and labels come from one pass, as the
    rasterizer's do, whoever wants both calls :meth:`render` first and saves the label pass.
    """

    product: RenderProduct
    snapshot: Snapshot
    passes: Passes
    seconds: dict[str, float] = field(default_factory=dict)
    _labels: Labels | None = None
    _buffers: Buffers | None = None
    _surface: SurfaceBuffers | None = None
    _scan: Scan | None = None
    _measured: F4 | None = None

    def render(self, *, hdr: bool = False) -> Rendered:
        """Return the picture, and the labels if they are there by now: made before, or by the same pass.

        With ``hdr`` the picture has its linear light; where it was rendered without, it is rendered again. Raises
        NotSupported for a lidar's product, as all passes of a camera do.
        """
        self._refuse_lidar("pictures")
        if self._buffers is None or (hdr and self._buffers.hdr is None):
            rendered = self.passes.render(Wanted(hdr=hdr, labels=self._labels is None))
            self._buffers = rendered.buffers
            if self._labels is None:
                self._labels = rendered.labels
        return Rendered(self._buffers, self._labels)

    @property
    def labels(self) -> Labels:
        """The label pass."""
        self._refuse_lidar("images of labels")
        if self._labels is None:
            self._labels = self.passes.label()
        return self._labels

    @property
    def buffers(self) -> Buffers:
        """The colour backend's picture."""
        return self.render().buffers

    @property
    def light(self) -> F4:
        """The picture's linear light, (H, W, 4) float32. Raises NotSupported when the backend provides none."""
        light = self.render(hdr=True).buffers.hdr
        if light is None:
            raise NotSupported(f"{self.product.name}: its backend gives no linear light")
        return light

    def silhouettes(self, entities: Sequence[int]) -> dict[int, Silhouette]:
        """Return where entities, with the labelled prims below them, would be seen if nothing stood before them.

        Those that reach no pixel, and defects, which are marks on something, are left out.
        """
        return self.passes.silhouettes(self.labels, entities)

    @property
    def surface(self) -> SurfaceBuffers:
        """The surface pass."""
        self._refuse_lidar("images of surfaces")
        if self._surface is None:
            self._surface = self.passes.surface()
        return self._surface

    @property
    def scan(self) -> Scan:
        """What comes back of a lidar's beams. Raises NotSupported for a product of what is no lidar."""
        if self.product.lidar is None:
            raise NotSupported(
                f"{self.product.name}: its camera sends no beams; make a render product of create.omni_lidar for them"
            )
        if self._scan is None:
            self._scan = self.passes.scan()
        return self._scan

    @property
    def measured_depth(self) -> F4:
        """The depth (H, W) float32 that the camera's depth sensor measures, metres along the viewing axis, 0 for none.

        Raises NotSupported where the camera has no depth sensor.
        """
        self._refuse_lidar("images of depth")
        if self.product.depth_sensor is None:
            raise NotSupported(
                f"{self.product.name}: its camera measures no depth; inspection.depth_sensor makes it do so"
            )
        if self._measured is None:
            self._measured = self.passes.measure(self.labels, self.surface)
        return self._measured

    def _refuse_lidar(self, what: str) -> None:
        if self.product.lidar is not None:
            raise NotSupported(
                f"{self.product.name}: a lidar takes no {what}; it gives points (annotator lidar, LidarWriter)"
            )


@dataclass(frozen=True, eq=False)
class Frame:
    """What a writer encodes: annotator output for each render product, in Replicator's vocabulary.

    ``data[product name][annotator name]`` is an array, or ``{"data": array, "info": {...}}``, as ``get_data()`` gives
    it. ``number`` counts the frames of this writer from 0; ``frame`` is the frame of the plan. ``attached`` is the
    number of render products that the writer is attached to, those included that are switched off.
    """

    number: int
    frame: int
    seed: int
    data: Mapping[str, Mapping[str, Any]]
    products: Mapping[str, RenderProduct]
    snapshot: Snapshot
    trigger_outputs: Mapping[str, int] = field(default_factory=dict)
    distribution_outputs: Mapping[str, Any] = field(default_factory=dict)
    sequence: int | None = None
    attached: int = 1

    @property
    def several(self) -> bool:
        """Whether the writer is attached to more than one render product, so that files need its name."""
        return self.attached > 1
