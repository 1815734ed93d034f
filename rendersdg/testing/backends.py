"""What every backend keeps to, and what each word of its ``provides`` promises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import cast

import cv2
import numpy as np

from rendersdg.arrays import F4
from rendersdg.backends import Backend, Labeller, Witness, check_provides, open_backend
from rendersdg.backends.raster import RasterBackend
from rendersdg.backends.shutter import exposed
from rendersdg.errors import NotSupported
from rendersdg.frame import Buffers, Rendered, SurfaceBuffers, Wanted
from rendersdg.snapshot import RenderProduct, Snapshot
from rendersdg.testing.scenes import EMPTY, EYE, ROOM, fingerprint, open_text

_ALL = Wanted(hdr=True, labels=True)
_FISHEYE = EYE.replace("eye: {create.camera: {", "eye: {create.camera: {projection_type: fisheyePolynomial, ")
_FLIGHT = """
box: {create.cube: {scale: 0.5}}
room: {create.light: {light_type: dome, intensity: 800}}
frames: {trigger.on_frame: {max_execs: 3}}
go: {with.frames: {with.box: {modify.pose: {position: {distribution.sequence: {items: [[0, -0.7, 0], [0, 0.7, 0]]}}}}}}
"""
_ROOM = "room: {create.light: {light_type: dome, intensity: 800}}\n"
_CORNER = "box: {create.cube: {scale: 0.3, position: [0, 0.6, 0.4]}}\n"
_BARS = """
one: {create.cube: {scale: [0.1, 0.15, 2], position: [0, -0.3, 0]}}
two: {create.cube: {scale: [0.1, 0.15, 2], position: [0, 0.3, 0]}}
room: {create.light: {light_type: dome, intensity: 800}}
eye: {create.camera: {position: [3, 0, 0], look_at: [0, 0, 0], clipping_range: [0.01, 100], focal_length: 50}}
view: {create.render_product: {camera: eye, resolution: [96, 72]}}
"""
_LENS_RADIUS, _FOCUS = 0.05, 1.5  # metres: the bars are twice as far, and 8 pixels unsharp
_SHADE = """
floor: {create.plane: {scale: [6, 6, 1]}}
roof: {create.plane: {scale: [1, 1, 1], position: [0, 0, 0.5]}}
sun: {create.light: {light_type: distant, intensity: 1500}}
eye: {create.camera: {position: [3, 0, 0.35], look_at: [0, 0, 0.1], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [96, 72]}}
"""


def check_backend(backend: str | type[Backend]) -> None:
    """Raise AssertionError, with what is wrong, where a backend breaks the rules of all or a promise of its own.

    ``backend`` is a name of the table or an entry point, or a class. Raises NotSupported where what it needs is not
    installed. What a :class:`~rendersdg.backends.Witness` tells is compared with the label pass.
    """
    if isinstance(backend, str):
        painter, name = open_backend(backend), backend
    else:
        assert isinstance(backend, type), f"{backend!r} is not a backend's class or name"
        check_provides(backend.__name__, backend)
        painter, name = backend(), backend.__name__
    check = _Check(painter, f"backend {name}")
    check.pictures()
    check.repeats()
    check.sizes()
    check.cameras()
    for capability, promise in _PROMISES.items():
        if capability in painter.provides:
            promise(check)
    if isinstance(painter, Witness):
        check.witness(painter)


class _Check:
    """A backend under examination; ``who`` names it in messages."""

    def __init__(self, backend: Backend, who: str) -> None:
        self.backend = backend
        self.who = who

    def render(self, snapshot: Snapshot, wanted: Wanted = Wanted()) -> Rendered:
        return self.backend.render(snapshot, snapshot.products[0], wanted)

    def light(self, snapshot: Snapshot) -> F4:
        light = self.render(snapshot, Wanted(hdr=True)).buffers.hdr
        assert light is not None, f"{self.who} provides hdr and gave none"
        return light

    def pictures(self) -> None:
        """A picture has the documented form, what is wanted beside it is there, and the scene is left as it is."""
        snapshot = _snapshot(ROOM + EYE)
        before = fingerprint(snapshot)
        plain, full = self.render(snapshot), self.render(snapshot, _ALL)
        assert isinstance(plain, Rendered), f"{self.who}: render() returns {type(plain).__name__}, not Rendered"
        self._form(plain.buffers, snapshot.products[0])
        self._form(full.buffers, snapshot.products[0])
        assert plain.buffers.hdr is None and plain.labels is None, f"{self.who} gives what was not wanted"
        assert np.array_equal(plain.buffers.rgb, full.buffers.rgb), f"{self.who}: the picture depends on what is wanted"
        for capability, image in (("hdr", full.buffers.hdr), ("labels", full.labels)):
            is_promised = capability in self.backend.provides
            assert is_promised or image is None, f"{self.who} gives {capability} and does not provide it"
            assert not is_promised or image is not None, f"{self.who} provides {capability} and gave none"
        assert fingerprint(snapshot) == before, f"{self.who} changes the snapshot that it renders"

    def repeats(self) -> None:
        """The same arguments give the same bytes, in whatever order and by whichever copy."""
        first, other = _snapshot(ROOM + EYE), _snapshot(_FLIGHT + EYE, frame=1)
        kept = self.render(first, _ALL)
        picture, of_other = fingerprint(kept), fingerprint(self.render(other, _ALL))
        assert fingerprint(kept) == picture, f"{self.who}: a picture changes when the next one is made"
        assert fingerprint(self.render(first, _ALL)) == picture, f"{self.who}: a frame depends on what was made before"
        fresh = type(self.backend)()
        assert fingerprint(fresh.render(other, other.products[0], _ALL)) == of_other, (
            f"{self.who}: a frame depends on what was made before"
        )
        again = fresh.render(first, first.products[0], _ALL)
        assert fingerprint(again) == picture, f"{self.who}: two of it render one frame differently"

    def sizes(self) -> None:
        """Odd sizes and an empty stage render."""
        for text in (ROOM + EYE.replace("[96, 72]", "[33, 17]"), EMPTY + EYE):
            snapshot = _snapshot(text)
            self._form(self.render(snapshot).buffers, snapshot.products[0])

    def cameras(self) -> None:
        """Cameras that are not pinholes render, or are refused."""
        snapshot = _snapshot(ROOM + _FISHEYE)
        try:
            fisheye = self.render(snapshot).buffers
        except NotSupported:
            assert "camera_models" not in self.backend.provides, (
                f"{self.who} provides camera_models and refuses a fisheye"
            )
            return
        assert "camera_models" in self.backend.provides, f"{self.who} draws a fisheye, which it does not provide"
        self._form(fisheye, snapshot.products[0])

    def instants(self) -> None:
        """At the first instant of an exposure everything stands where it stood in the frame before."""
        before, after = _snapshot(_FLIGHT + EYE), _snapshot(_FLIGHT + EYE, frame=1)
        start = exposed(self.backend, after, after.products[0], [0.0]).hdr
        assert start is not None
        then, now = _coarse(self.light(before)), _coarse(self.light(after))
        off, way = np.abs(_coarse(start) - then).max(), np.abs(now - then).max()
        assert off < 0.2 * way or way == 0, (
            f"{self.who}: an instant is not where the scene was ({off:.3g} of {way:.3g})"
        )
        assert way > 0 or "materials" not in self.backend.provides, f"{self.who}: what moves does not move"

    def materials(self) -> None:
        """A box is seen where its label says, and a dark defect is dark where its own says."""
        snapshot = _snapshot(ROOM + EYE)
        labels = RasterBackend().label(snapshot, snapshot.products[0])
        assert labels.defect is not None
        mask = labels.defect >= 0
        grey = self.render(snapshot).buffers.rgb[..., :3].mean(-1)
        intact = (labels.instance == 1) & ~mask
        assert mask.sum() > 50
        dark, bright = float(np.median(grey[mask])), float(np.median(grey[intact]))
        assert dark < 0.6 * bright, f"{self.who}: a dark defect does not show ({dark:.0f}, its surface {bright:.0f})"
        boxed, bare = _snapshot(_ROOM + _CORNER + EYE), _snapshot(_ROOM + EYE)
        is_box = RasterBackend().label(boxed, boxed.products[0]).instance >= 0
        change = self.render(boxed).buffers.rgb[..., :3].astype(int) - self.render(bare).buffers.rgb[..., :3]
        is_changed = np.abs(change).max(-1) > 8
        assert is_changed.any(), f"{self.who}: a box in a corner does not show"
        off = np.abs(np.argwhere(is_changed).mean(0) - np.argwhere(is_box).mean(0)).max()
        assert off < 3, f"{self.who}: a box in a corner is {off:.1f} pixels away from its label"

    def lens(self) -> None:
        """What lies behind the focus is less sharp through an open lens."""
        closed = _snapshot(_BARS)
        product = closed.products[0]
        camera = replace(product.camera, lens_radius=_LENS_RADIUS, focus=_FOCUS)
        opened = replace(closed, products=(replace(product, camera=camera),))
        through_open, through_closed = (self._steepest(snapshot) for snapshot in (opened, closed))
        assert through_open < 0.8 * through_closed, f"{self.who}: an open lens is as sharp as a closed one"

    def path_tracing(self) -> None:
        """Light bounces into the shade, under a roof that no light reaches directly."""
        snapshot = _snapshot(_SHADE)
        product = snapshot.products[0]
        labels = RasterBackend().label(snapshot, product)
        u, v = np.meshgrid(*(np.arange(n) + 0.5 for n in product.camera.resolution_wh))
        focal, centre = product.camera.focal_px, product.camera.centre_px
        along = np.stack([(u - centre[0]) / focal[0], (centre[1] - v) / focal[1], -np.ones_like(u)], -1)
        depth = np.where(np.isfinite(labels.depth), labels.depth, 0.0)
        camera = product.camera.world_from_camera
        points = (along * depth[..., None]) @ camera[:3, :3].T + camera[:3, 3]
        is_floor = labels.instance == 0
        shade = is_floor & (np.abs(points[..., :2]).max(-1) < 0.35)
        lit = is_floor & (np.abs(points[..., :2]).max(-1) > 0.8)
        light = self.light(snapshot)[..., :3].mean(-1)
        assert shade.any() and lit.any()
        bounced, direct = float(np.median(light[shade])), float(np.median(light[lit]))
        assert bounced > 1e-3 * direct, f"{self.who}: no light bounces into the shade ({bounced:.3g} of {direct:.3g})"

    def labels(self) -> None:
        """Labels are those of the label pass, alone and beside the picture."""
        snapshot = _snapshot(ROOM + EYE)
        product = snapshot.products[0]
        expected = fingerprint(RasterBackend().label(snapshot, product))
        alone = cast(Labeller, self.backend).label(snapshot, product)
        assert fingerprint(alone) == expected, f"{self.who}: label() is not the label pass"
        assert fingerprint(self.render(snapshot, _ALL).labels) == expected, f"{self.who}: labels are not the label pass"

    def surface(self) -> None:
        """The surface pass has the form of the rasterizer's, and hits what it hits."""
        snapshot = _snapshot(ROOM + EYE)
        product = snapshot.products[0]
        ours, theirs = (
            RasterBackend().surface(snapshot, product),
            cast(Labeller, self.backend).surface(snapshot, product),
        )
        for name in (f.name for f in fields(SurfaceBuffers)):
            expected, image = getattr(ours, name), getattr(theirs, name)
            assert image.shape == expected.shape, f"{self.who}: surface.{name} has the shape {image.shape}"
            assert image.dtype == expected.dtype, f"{self.who}: surface.{name} is {image.dtype}"
        assert np.array_equal(ours.hit, theirs.hit), f"{self.who}: the surface pass hits other pixels"

    def witness(self, witness: Witness) -> None:
        """The backend's own ids and depths agree with the label pass, but at outlines."""
        snapshot = _snapshot(ROOM + EYE)
        product = snapshot.products[0]
        ids, depth = witness.ids_and_depth(snapshot, product)
        labels = RasterBackend().label(snapshot, product)
        height, width = labels.instance.shape
        around = np.pad(labels.instance, 1, mode="edge")
        outline = np.zeros(labels.instance.shape, bool)
        for y, x in np.ndindex(3, 3):
            outline |= around[y : y + height, x : x + width] != labels.instance
        both = (ids >= 0) & (ids == labels.instance) & ~outline
        agreement = float((ids == labels.instance)[~outline].mean())
        assert agreement > 0.999, f"{self.who}: {1 - agreement:.2%} of the ids are not those of the label pass"
        assert both.mean() > 0.4, f"{self.who}: too little is hit"
        off = float(np.abs(depth[both] / labels.depth[both] - 1).max())
        assert off < 2e-3, f"{self.who}: a depth is {off:.2%} off that of the label pass"

    def _steepest(self, snapshot: Snapshot) -> float:
        """Return the largest step between neighbours in a row, levels."""
        grey = self.render(snapshot).buffers.rgb[..., :3].mean(-1)
        return float(np.abs(np.diff(grey, axis=1)).max())

    def _form(self, buffers: Buffers, product: RenderProduct) -> None:
        width, height = product.camera.resolution_wh
        rgb, hdr = buffers.rgb, buffers.hdr
        assert rgb.shape == (height, width, 4), f"{self.who}: rgb has the shape {rgb.shape}"
        assert rgb.dtype == np.uint8, f"{self.who}: rgb is {rgb.dtype}"
        assert (rgb[..., 3] == 255).all(), f"{self.who}: alpha is not 255"
        if hdr is not None:
            assert hdr.shape == (height, width, 4), f"{self.who}: hdr has the shape {hdr.shape}"
            assert hdr.dtype == np.float32, f"{self.who}: hdr is {hdr.dtype}"
            assert np.isfinite(hdr).all() and (hdr >= 0).all(), f"{self.who}: hdr has light below 0, or none"


_PROMISES: dict[str, Callable[[_Check], None]] = {
    "instants": _Check.instants,
    "materials": _Check.materials,
    "lens": _Check.lens,
    "path_tracing": _Check.path_tracing,
    "labels": _Check.labels,
    "surface": _Check.surface,
}


def _snapshot(text: str, frame: int = 0) -> Snapshot:
    with open_text(text) as session:
        return session.builder.build(session.planner.plan(frame), with_motion=True)


def _coarse(light: F4) -> F4:
    """Return light averaged over squares of 8 pixels, in which the noise of samplers goes down."""
    height, width = light.shape[:2]
    return np.asarray(cv2.resize(light[..., :3], (width // 8, height // 8), interpolation=cv2.INTER_AREA), np.float32)
