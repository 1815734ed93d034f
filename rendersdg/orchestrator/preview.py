"""The contact sheet: frames side by side with what their writers will write drawn over them, to judge a scene at a
glance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import cv2
import numpy as np

from rendersdg.annotators import ANNOTATORS, Request
from rendersdg.annotators.objects import objects
from rendersdg.annotators.segmentation import painted
from rendersdg.arrays import F4, U1
from rendersdg.colour import label_colour, label_palette
from rendersdg.errors import BadArgument
from rendersdg.frame import ProductView
from rendersdg.orchestrator.attached import AttachedWriter
from rendersdg.orchestrator.doubts import Doubts
from rendersdg.orchestrator.labelling import labelling_of
from rendersdg.orchestrator.overhead import from_above
from rendersdg.orchestrator.session import Session
from writers.encoders import image_bytes
from writers.records import ObjectRecord, label_of, mask_of
from writers.visualization import draw_keypoints, put_label, tint

TILE = 480  # pixels: the longer side of a tile
_GROUND = 24  # the grey level between tiles
_Label = tuple[str, int, int, tuple[int, int, int]]  # a class, where it stands in pixels, and its colour


def contact_sheet(
    session: Session,
    frames: Iterable[int],
    *,
    plain: bool = False,
    annotator: str | None = None,
    size_px: int = TILE,
    extension: str = "png",
    done: Callable[[int], None] = lambda frame: None,
) -> bytes:
    """Return an encoded picture with one tile per frame and render product.

    Drawn are the masks, boxes and classes of the objects that a writer of the product writes: by its filter, its list
    of classes and its least area. A class has one colour over all tiles. Of lidars the points are drawn from above.
    What is doubtful is noted in the session's report, see :mod:`rendersdg.orchestrator.doubts`.

    Args:
        session: an open scene.
        frames: which of its frames.
        plain: whether nothing is drawn over the pictures.
        annotator: whose image is shown instead of the picture, with nothing drawn over it.
        size_px: the longer side of a tile.
        extension: the format, see :func:`writers.encoders.image_bytes`.
        done: is called with the number of each frame.

    Raises:
        BadArgument: the annotator is unknown, or gives no image.
    """
    if annotator is not None:
        ANNOTATORS[annotator]  # an unknown one is an error before anything is rendered
    colours: dict[str, tuple[int, int, int]] = {}
    doubts = Doubts()
    tiles = []
    for frame in frames:
        capture = session.capture(session.planner.plan(frame), with_motion=annotator is not None)
        for name, view in capture.views.items():
            labels: list[_Label] = []
            if view.product.lidar is not None:
                canvas = from_above(view, size_px)
            elif annotator is not None:
                canvas = as_picture(annotator, capture.annotate(name, annotator, {}, list(capture.views)))
            else:
                canvas = np.ascontiguousarray(view.buffers.rgb[..., :3])
                doubts.look(frame, view, canvas)
                if not plain and not view.product.tiles:
                    labels = _draw(canvas, view, [w for w in session.writers if name in _views_of(w)], colours)
            tiles.append(_titled(_labelled(canvas, labels, size_px), f"{name} {frame}"))
        done(frame)
    doubts.note_in(session.recorder.report)
    return image_bytes(_sheet(tiles), extension)


def _views_of(attached: AttachedWriter) -> set[str]:
    return {product.name for product in attached.use.products}


def _sheet(tiles: list[U1]) -> U1:
    columns = max(math.ceil(math.sqrt(len(tiles))), 1)
    height, width = (max(t.shape[k] for t in tiles) for k in (0, 1))
    rows = math.ceil(len(tiles) / columns)
    sheet = np.full((rows * (height + 4), columns * (width + 4), 3), _GROUND, np.uint8)
    for k, tile in enumerate(tiles):
        y, x = k // columns * (height + 4) + 2, k % columns * (width + 4) + 2
        sheet[y : y + tile.shape[0], x : x + tile.shape[1]] = tile
    return sheet


def _draw(
    canvas: U1, view: ProductView, writers: list[AttachedWriter], colours: dict[str, tuple[int, int, int]]
) -> list[_Label]:
    """Draw what the writers of a product write of its objects, in place, and return their labels, which are written
    when the picture has its size; ``colours`` grows by the classes.
    """
    labels = []
    for o, label, ids in _written(view, writers):
        colour = colours.setdefault(label, label_colour(len(colours) + 2)[:3])
        tint(canvas, mask_of(o, ids), colour)
        x0, y0, x1, y1 = o["tight"] or (0, 0, 0, 0)  # what is not seen is not given
        cv2.rectangle(canvas, (x0, y0), (x1, y1), colour, 1)
        labels.append((label, x0, y0, colour))
        if "keypoints" in o:
            draw_keypoints(canvas, o["keypoints"], colour)
    return labels


def _written(view: ProductView, writers: list[AttachedWriter]) -> Iterator[tuple[ObjectRecord, str, Any]]:
    """Give each object that is written and seen once, with its label and the instance image that its ids are of."""
    given = set()
    for attached in writers:
        labelling = labelling_of([attached])
        answer = objects(Request(view, labelling.choice))
        for o in answer["info"]["objects"]:  # type: ignore[attr-defined]
            if o["prim_path"] not in given and labelling.keeps(o):
                given.add(o["prim_path"])
                yield o, label_of(o["labels"]), answer["data"]


def as_picture(name: str, answer: Any) -> U1:
    """Return what an annotator gives as RGB; numbers are spread from black to white, ids have colours.

    Raises BadArgument for what is not an image.
    """
    data = answer.get("data") if isinstance(answer, Mapping) else answer
    if not isinstance(data, np.ndarray) or data.ndim not in (2, 3) or data.dtype.names is not None:
        raise BadArgument(f"--annotator {name} gives no image; rgb, normals, distance_to_camera or a segmentation does")
    if data.ndim == 2 and np.issubdtype(data.dtype, np.integer):
        kinds, numbers = np.unique(data, return_inverse=True)
        palette = label_palette(len(kinds) + 2)
        return np.ascontiguousarray(painted(palette, numbers.reshape(data.shape).astype(np.uint32) + 1)[..., :3])
    if data.dtype == np.uint8 and data.ndim == 3:
        return np.ascontiguousarray(data[..., :3])
    return _spread(np.asarray(data, np.float32).reshape(*data.shape[:2], -1)[..., :3])


def _spread(values: F4) -> U1:
    """Return numbers (H, W, 1 to 3) from the least one, black, to the greatest, white; what is not finite is black."""
    finite = np.isfinite(values)
    low, high = (float(f(values[finite])) for f in (np.min, np.max)) if finite.any() else (0.0, 1.0)
    grey = np.where(finite, (np.where(finite, values, low) - low) / max(high - low, 1e-9) * 255, 0).astype(np.uint8)
    padded = np.zeros((*grey.shape[:2], 3), np.uint8)
    padded[..., : grey.shape[2]] = grey
    return np.ascontiguousarray(np.repeat(grey, 3, axis=2) if grey.shape[2] == 1 else padded)


def _scaled(canvas: U1, size_px: int) -> U1:
    ratio = size_px / max(canvas.shape[:2])
    way = cv2.INTER_AREA if ratio < 1 else cv2.INTER_LINEAR
    return cv2.resize(canvas, None, fx=ratio, fy=ratio, interpolation=way)


def _labelled(canvas: U1, labels: list[_Label], size_px: int) -> U1:
    """Return a picture in the size of a tile, with its labels in letters of that size."""
    tile = _scaled(canvas, size_px)
    ratio = tile.shape[1] / canvas.shape[1]
    for text, x, y, colour in labels:
        put_label(tile, text, [round(x * ratio), round(y * ratio)], colour, wide=True)
    return tile


def _titled(canvas: U1, title: str) -> U1:
    """Return a tile with a label at its lower left end that says what it shows."""
    put_label(canvas, title, [0, canvas.shape[0]], (_GROUND, _GROUND, _GROUND), wide=True)
    return canvas
