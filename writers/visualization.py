"""DataVisualizationWriter: boxes drawn over the picture, for people to look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import cv2
import numpy as np

from rendersdg import portable
from rendersdg.arrays import U1, Mask
from rendersdg.colour import label_colour
from rendersdg.frame import Frame
from rendersdg.geometry import box_corners
from rendersdg.lettering import extent, fitted, ink_on, size_for, write
from rendersdg.plain import Json
from writers import Files, Writer
from writers.basic import normals_image
from writers.encoders import image_bytes
from writers.options import LABELS, Option, number_width, switch
from writers.records import CameraParams, KeypointsRecord

_EDGES = [(0, 1), (2, 3), (4, 5), (6, 7), (0, 2), (1, 3), (4, 6), (5, 7), (0, 4), (1, 5), (2, 6), (3, 7)]
_TINT = 0.15  # how much of a class's colour lies over its objects
_KINDS = ("bounding_box_2d_tight", "bounding_box_2d_loose", "bounding_box_3d")


class DataVisualizationWriter(Writer):
    """Draws 2D tight, 2D loose and 3D boxes over rgb or normals: ``<product>/<annotator>_<frame>.png``."""

    options: ClassVar[Mapping[str, Option]] = {
        **{kind: switch(f"Whether {kind} is drawn.") for kind in _KINDS},
        **{
            f"{kind}_params": Option("mapping", "{background: normals} draws over normals instead of the picture.")
            for kind in _KINDS
        },
        **number_width(4),
        **LABELS,
    }

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self._padding = int(params.get("frame_padding", 4))
        self._kinds = [k for k in _KINDS if params.get(k)]
        self._settings = {k: dict(params.get(f"{k}_params") or {}) for k in _KINDS}
        self.annotators = {"rgb": {}, "camera_params": {}} | {k: dict(self.label_choice) for k in self._kinds}
        if any(s.get("background") == "normals" for s in self._settings.values()):
            self.annotators["normals"] = {}

    def encode(self, frame: Frame) -> Files:
        files: Files = {}
        for product, data in frame.data.items():
            for kind in self._kinds:
                if self._settings[kind].get("background") == "normals":
                    canvas = np.ascontiguousarray(normals_image(data["normals"])[..., :3])
                else:
                    canvas = np.ascontiguousarray(data["rgb"][..., :3])
                draw_boxes(canvas, kind, data[kind], data["camera_params"])
                files[f"{product}/{kind}_{str(frame.number).zfill(self._padding)}.png"] = image_bytes(canvas)
        return files


def draw_boxes(canvas: U1, kind: str, value: Json, camera: CameraParams) -> None:
    """Draw the boxes of an annotator and their labels, in place.

    Args:
        canvas: (H, W, 3) uint8.
        kind: the annotator, ``bounding_box_2d_tight``, ``bounding_box_2d_loose`` or ``bounding_box_3d``.
        value: what it gave.
        camera: what ``camera_params`` gave.
    """
    height, width = canvas.shape[:2]
    names = value["info"]["idToLabels"]
    for row in value["data"]:
        colour = label_colour(int(row["semanticId"]) + 2)[:3]
        label = ",".join(names[int(row["semanticId"])].values())
        if kind == "bounding_box_3d":
            low = [row[f"{a}_min"] for a in "xyz"]
            high = [row[f"{a}_max"] for a in "xyz"]
            world = portable.product(np.column_stack([box_corners(low, high), np.ones(8)]), row["transform"])
            clip = portable.product(
                world,
                np.asarray(camera["cameraViewTransform"], float).reshape(4, 4),
                np.asarray(camera["cameraProjection"], float).reshape(4, 4),
            )
            if (clip[:, 3] <= 0).any():
                continue
            x = (clip[:, 0] / clip[:, 3] + 1) * width / 2
            y = (1 - clip[:, 1] / clip[:, 3]) * height / 2
            points = np.clip(np.round(np.column_stack([x, y])), -30000, 30000).astype(int)
            for a, b in _EDGES:
                cv2.line(canvas, tuple(points[a].tolist()), tuple(points[b].tolist()), colour, 1, cv2.LINE_AA)
            anchor = points.min(0).tolist()
        else:
            x0, y0, x1, y1 = (int(row[k]) for k in ("x_min", "y_min", "x_max", "y_max"))
            cv2.rectangle(canvas, (x0, y0), (x1, y1), colour, 1)
            anchor = [x0, y0]
        put_label(canvas, label, anchor, colour)


def tint(canvas: U1, mask: Mask, colour: tuple[int, int, int]) -> None:
    """Lay a class's colour over an object's pixels and draw their outline, in place.

    Args:
        canvas: (H, W, 3) uint8.
        mask: (H, W) bool, the object's pixels.
        colour: red, green and blue, 0 to 255.
    """
    canvas[mask] = ((1 - _TINT) * canvas[mask] + _TINT * np.array(colour)).astype(np.uint8)
    edges = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    canvas[edges & mask] = colour


def draw_keypoints(canvas: U1, points: KeypointsRecord, colour: tuple[int, int, int]) -> None:
    """Draw the named points of an object and the lines of its skeleton, in place: dots are full where a point is seen,
    and hollow where it is hidden. A line has both its ends in the picture.

    Args:
        canvas: (H, W, 3) uint8.
        points: of the object.
        colour: red, green and blue, 0 to 255.
    """
    dark = tuple(v // 3 for v in colour)
    places = {name: (int(x), int(y), int(v)) for name, (x, y, v) in zip(points["names"], points["xyv"]) if v > 0}
    for one, other in points["skeleton"]:
        if one in places and other in places:
            cv2.line(canvas, places[one][:2], places[other][:2], dark, 3, cv2.LINE_AA)
            cv2.line(canvas, places[one][:2], places[other][:2], colour, 1, cv2.LINE_AA)
    for x, y, v in places.values():
        cv2.circle(canvas, (x, y), 3, dark, -1, cv2.LINE_AA)
        cv2.circle(canvas, (x, y), 2, colour if v == 2 else (255, 255, 255), -1 if v == 2 else 1, cv2.LINE_AA)


def put_label(canvas: U1, text: str, anchor: list[int], colour: tuple[int, ...], *, wide: bool = False) -> None:
    """Write a label on a filled ground, in place; one that is wider than the picture is shortened.

    Args:
        canvas: (H, W, 3) uint8.
        text: the label.
        anchor: x, y in pixels, above which it stands; it is moved into the image.
        colour: red, green, blue of the ground, 0 to 255; the text is black or white, whichever stands out.
        wide: whether matplotlib's font, which has more letters, is taken where it is there. The bytes of a dataset do
            not depend on that, so a writer leaves it.
    """
    size = size_for(canvas.shape)
    text = fitted(text, canvas.shape[1] - 6, size, wide=wide)
    w, h = extent(text, size, wide=wide)
    x = min(max(anchor[0], 0), max(canvas.shape[1] - w - 6, 0))
    y = min(max(anchor[1] - h, 0), max(canvas.shape[0] - h, 0))
    canvas[y : y + h, x : x + w + 6] = colour[:3]
    write(canvas, text, x + 3, y, size, ink_on(colour), wide=wide)
