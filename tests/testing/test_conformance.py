"""The suites find what is wrong: plug-ins that break one rule each are named for it."""

from __future__ import annotations

import time
from typing import Any, ClassVar

import numpy as np
import pytest

from rendersdg.annotators import Request
from rendersdg.backends import check_provides
from rendersdg.backends.raster import RasterBackend
from rendersdg.errors import BadArgument
from rendersdg.frame import Buffers, Frame, Rendered, Wanted
from rendersdg.snapshot import RenderProduct, Snapshot
from rendersdg.testing import check_annotator, check_backend, check_writer
from writers import Files, Writer

BASE = frozenset({"hdr", "camera_models"})


class Painter:
    """The rasterizer behind a face that promises what a test says."""

    provides: ClassVar[frozenset[str]] = BASE

    def __init__(self) -> None:
        self.inner = RasterBackend()

    def render(self, snapshot: Snapshot, product: RenderProduct, wanted: Wanted) -> Rendered:
        return Rendered(self.inner.render(snapshot, product, Wanted(hdr=wanted.hdr)).buffers)


class Counting(Painter):
    calls = 0

    def render(self, snapshot: Snapshot, product: RenderProduct, wanted: Wanted) -> Rendered:
        buffers = super().render(snapshot, product, wanted).buffers
        self.calls += 1
        buffers.rgb[0, 0, 0] = self.calls % 2
        return Rendered(buffers)


class Meddling(Painter):
    def render(self, snapshot: Snapshot, product: RenderProduct, wanted: Wanted) -> Rendered:
        snapshot.settings["was here"] = True
        return super().render(snapshot, product, wanted)


class Lensless(Painter):
    provides = BASE | {"lens"}


class Direct(Painter):
    provides = BASE | {"path_tracing"}


class Bouncing(Direct):
    def render(self, snapshot: Snapshot, product: RenderProduct, wanted: Wanted) -> Rendered:
        buffers = super().render(snapshot, product, wanted).buffers
        return Rendered(Buffers(buffers.rgb, None if buffers.hdr is None else buffers.hdr + np.float32(0.5)))


class Frozen(Painter):
    provides = BASE | {"instants"}

    def render(self, snapshot: Snapshot, product: RenderProduct, wanted: Wanted) -> Rendered:
        still = 0.3 if snapshot.frame == 0 else 0.6  # by the frame, wherever things are
        hdr = np.full((*product.camera.resolution_wh[::-1], 4), still, np.float32)
        return Rendered(Buffers(np.full(hdr.shape, 255, np.uint8), hdr if wanted.hdr else None))


class Dark(Painter):
    provides = BASE | {"materials"}

    def render(self, snapshot: Snapshot, product: RenderProduct, wanted: Wanted) -> Rendered:
        buffers = super().render(snapshot, product, wanted).buffers
        return Rendered(Buffers(np.full(buffers.rgb.shape, 255, np.uint8), buffers.hdr))


class Sticky(Painter):
    """Keeps the first picture of each product, whatever the frame."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[Any, Rendered] = {}

    def render(self, snapshot: Snapshot, product: RenderProduct, wanted: Wanted) -> Rendered:
        key = (product.name, product.camera.resolution_wh, wanted.hdr)
        return self.kept.setdefault(key, super().render(snapshot, product, wanted))


class Reusing(Painter):
    """Gives the same array every time."""

    def __init__(self) -> None:
        super().__init__()
        self.page = np.zeros((0, 0, 4), np.uint8)

    def render(self, snapshot: Snapshot, product: RenderProduct, wanted: Wanted) -> Rendered:
        buffers = super().render(snapshot, product, wanted).buffers
        if self.page.shape != buffers.rgb.shape:
            self.page = np.empty_like(buffers.rgb)
        self.page[:] = buffers.rgb
        return Rendered(Buffers(self.page, buffers.hdr))


class Upended(Dark):
    def render(self, snapshot: Snapshot, product: RenderProduct, wanted: Wanted) -> Rendered:
        buffers = Painter.render(self, snapshot, product, wanted).buffers
        is_corner = len(snapshot.instances) == 1
        return Rendered(Buffers(buffers.rgb[::-1].copy() if is_corner else buffers.rgb, buffers.hdr))


class Lightless(Painter):
    provides = frozenset({"camera_models"})


class Strict(Painter):
    provides = frozenset({"hdr"})


@pytest.mark.parametrize(
    ("backend", "says"),
    [
        (Counting, "depends on what"),
        (Meddling, "changes the snapshot"),
        (Lensless, "an open lens is as sharp as a closed one"),
        (Direct, "no light bounces"),
        (Frozen, "an instant is not where the scene was"),
        (Dark, "a dark defect does not show"),
        (Sticky, "depends on what was made before"),
        (Reusing, "changes when the next one is made"),
        (Upended, "pixels away from its label"),
        (Lightless, "gives hdr and does not provide it"),
        (Strict, "draws a fisheye, which it does not provide"),
    ],
)
def test_a_backend_that_breaks_a_promise_is_told_which(backend: type[Painter], says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        check_backend(backend)


@pytest.mark.parametrize("backend", [Painter, Bouncing])
def test_a_backend_that_keeps_its_promises_passes(backend: type[Painter]) -> None:
    check_backend(backend)


@pytest.mark.parametrize(
    ("provides", "says"),
    [
        (None, "must be a frozenset"),
        (["hdr"], "must be a frozenset"),
        (frozenset({"motion_blur"}), "motion_blur"),
        (frozenset({"instants"}), "does not provide hdr"),
        (frozenset({"labels"}), r"no method label\(\)"),
    ],
)
def test_what_a_backend_provides_is_said_in_the_words_there_are(provides: Any, says: str) -> None:
    kind = type("Odd", (Painter,), {"provides": provides})

    with pytest.raises(BadArgument, match=says):
        check_provides("odd", kind)


class Noting(Writer):
    """A writer that keeps to the rules."""

    def encode(self, frame: Frame) -> Files:
        return {f"note_{frame.number}.txt": str(frame.seed).encode()}


class Overwriting(Noting):
    def encode(self, frame: Frame) -> Files:
        return {"note.txt": str(frame.number).encode()}


class Escaping(Noting):
    def encode(self, frame: Frame) -> Files:
        return {f"../note_{frame.number}.txt": b""}


class Dated(Noting):
    def encode(self, frame: Frame) -> Files:
        return {f"note_{frame.number}.txt": str(time.perf_counter()).encode()}


class Careless(Noting):
    def __init__(self, **params: Any) -> None:
        super().__init__()


class Asking(Noting):
    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self.annotators = {"rbg": {}}


class Arrays(Noting):
    def fragment(self, frame: Frame) -> Any:
        return {"seed": np.float32(frame.seed)}


class Blotting(Noting):
    """Paints the picture over that it is given."""

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self.annotators = {"rgb": {}}

    def encode(self, frame: Frame) -> Files:
        for data in frame.data.values():
            data["rgb"][:] = 0
        return super().encode(frame)


class Endless(Noting):
    def fragment(self, frame: Frame) -> Any:
        return {"depth": float("inf")}


class Final(Noting):
    def fragment(self, frame: Frame) -> Any:
        return {}

    def finish(self, fragments: Any, seed: int) -> Files:
        return {"note_1.txt": b"all"}


@pytest.mark.parametrize(
    ("writer", "says"),
    [
        (Blotting, "changes the data that it is given"),
        (Endless, "a fragment is not JSON"),
        (Final, "note_1.txt over all frames overwrites"),
        (Overwriting, "overwrites note.txt"),
        (Escaping, "not a relative path"),
        (Dated, "encodes one frame differently"),
        (Careless, "takes a parameter that it has not"),
        (Asking, "'rbg', which is not an annotator"),
        (Arrays, "a fragment is not JSON"),
    ],
)
def test_a_writer_that_breaks_a_rule_is_told_which(writer: type[Writer], says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        check_writer(writer)


def test_a_writer_that_keeps_to_the_rules_passes() -> None:
    assert sorted(check_writer(Noting)) == ["note_0.txt", "note_1.txt", "note_2.txt"]


def transposed(request: Request) -> Any:
    """The picture, columns first."""
    return request.view.buffers.rgb.swapaxes(0, 1)


def timed(request: Request) -> Any:
    """The time of day."""
    return {"data": np.array([time.perf_counter()]), "info": {}}


def painting(request: Request) -> Any:
    """The picture, painted over."""
    request.view.buffers.rgb[:, :, 0] = 0
    return request.view.buffers.rgb


def listed(request: Request) -> Any:
    """A list."""
    return [1, 2]


def nameless(request: Request) -> Any:
    return request.view.buffers.rgb


@pytest.mark.parametrize(
    ("annotator", "says"),
    [
        (transposed, "gives an image of"),
        (timed, "another value the second time"),
        (painting, "changes the scene, the labels or the picture"),
        (listed, "gives a list"),
        (nameless, "has no docstring"),
    ],
)
def test_an_annotator_that_breaks_a_rule_is_told_which(annotator: Any, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        check_annotator(annotator)
