"""YoloWriter: ultralytics' layout for detection, segmentation, oriented boxes and poses,
with ``data.yaml`` and a split by rule.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, ClassVar

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray

from rendersdg.arrays import F8, U4, Mask
from rendersdg.documents import shown
from rendersdg.errors import BadArgument, DatasetError
from rendersdg.frame import Frame
from rendersdg.plain import Json
from writers import Files, Fragments, Writer
from writers.encoders import image_bytes
from writers.options import LABELS, Option, image_format, number_width, smallest_object
from writers.records import ObjectRecord, is_written, label_of, mask_of, points_in_order

_TASKS = ("detect", "segment", "obb", "pose")
_FARTHEST = 100  # images away from the first: no label lies so far off


class YoloWriter(Writer):
    """YOLO text labels (detect, segment, obb or pose): images/{split}, labels/{split}, data.yaml."""

    options: ClassVar[Mapping[str, Option]] = {
        "task": Option("string", "What a row of labels is.", "detect", values=_TASKS),
        "classes": Option(
            "list", "The names of the classes; a label's number is its place in the list.", is_needed=True
        ),
        "keypoints": Option("list", "The names of the points in a row's order, which task pose needs."),
        "flip": Option(
            "list",
            "Pairs of names of points that change places in a mirrored picture; without it those that differ by left "
            "and right. With neither, ultralytics mirrors no pictures; [] says that each point stays itself.",
        ),
        **LABELS,
        "split": Option("mapping", "The share of frames of each split.", {"train": 0.8, "val": 0.2}),
        **image_format("png"),
        **smallest_object(),
        **number_width(6),
    }

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self._task = params.get("task", "detect")
        if self._task not in _TASKS:
            raise BadArgument(f"YoloWriter: task={self._task!r} is not detect, segment, obb or pose")
        self._points = _names_of_points(params.get("keypoints"), self._task)
        self._flip = _mirrored(self._points, params.get("flip"))
        classes = params.get("classes")
        if not isinstance(classes, (list, tuple)) or not classes:
            raise BadArgument(
                "YoloWriter: classes must list the class names, in order; a label's number is its place in the list"
            )
        self._classes = {str(c): k for k, c in enumerate(classes)}
        self.known_labels = tuple(self._classes)
        split = params.get("split", {"train": 0.8, "val": 0.2})
        if (
            not isinstance(split, Mapping)
            or not split
            or any(float(v) < 0 for v in split.values())
            or sum(map(float, split.values())) <= 0
        ):
            raise BadArgument(
                f"YoloWriter: split={split!r} must map split names to shares, e.g. {{train: 0.8, val: 0.2}}"
            )
        self._split = {str(k): float(v) for k, v in split.items()}
        self._extension = str(params.get("image_output_format") or "png")
        self._padding = int(params.get("frame_padding", 6))
        self.annotators = {"rgb": {}, "objects": self.label_choice}

    def split_of(self, frame: int) -> str:
        """Return the split of a frame: by a hash of its number, so that it never moves when frames are added."""
        u = share_of(frame) * sum(self._split.values())
        for name, share in self._split.items():
            u -= share
            if u < 0:
                return name
        return next(reversed(self._split))

    def encode(self, frame: Frame) -> Files:
        files: Files = {}
        split = self.split_of(frame.frame)
        for product, data in frame.data.items():
            name = str(frame.number).zfill(self._padding)
            if frame.several:
                name = f"{product}_{name}"
            ids: U4 = data["objects"]["data"]
            lines = []
            for o in data["objects"]["info"]["objects"]:
                if is_written(o, self.minimum_area, self.known_labels):
                    number = self._classes[label_of(o["labels"])]
                    lines += [f"{number} {shape}" for shape in self._shapes(o, ids)]
            files[f"images/{split}/{name}.{self._extension}"] = image_bytes(data["rgb"][..., :3], self._extension)
            files[f"labels/{split}/{name}.txt"] = "".join(line + "\n" for line in lines).encode()
        return files

    def _shapes(self, o: ObjectRecord, ids: U4) -> list[str]:
        """Return the rows of an object that is seen, without its class; none where its outline has no area."""
        assert o["tight"] is not None
        height, width = ids.shape
        x0, y0, x1, y1 = o["tight"]
        if self._task in ("detect", "pose"):
            values = (
                (x0 + x1 + 1) / 2 / width,
                (y0 + y1 + 1) / 2 / height,
                (x1 - x0 + 1) / width,
                (y1 - y0 + 1) / height,
            )
            box = " ".join(f"{v:.6f}" for v in values)
            return [" ".join([box, *self._pose(o, (width, height))])]
        outlines, holes = _outlines(mask_of(o, ids[y0 : y1 + 1, x0 : x1 + 1]), (x0, y0))
        scale = np.array([width, height], float)
        if self._task == "obb":
            return [" ".join(f"{v:.6f}" for v in (_turned_box(outlines, (width, height)) / scale).ravel())]
        outline = _bridged(outlines + holes)
        if len(outline) < 3:
            return []
        return [" ".join(f"{v:.6f}" for v in (outline / scale).ravel())]

    def _pose(self, o: ObjectRecord, size_wh: tuple[int, int]) -> list[str]:
        """Return x, y and visibility of each point of a row; 0 0 0 where the object has none or it is outside."""
        rows = points_in_order(o.get("keypoints"), self._points)
        return [f"{x / size_wh[0]:.6f} {y / size_wh[1]:.6f} {int(v)}" for x, y, v in rows]

    def finish(self, fragments: Fragments, seed: int) -> Files:
        text: Json = {name: f"images/{name}" for name in self._split}  # no path: then it is this file's folder
        if self._points:
            text["kpt_shape"] = [len(self._points), 3]
            if self._flip is not None:
                text["flip_idx"] = list(self._flip)
            text["kpt_names"] = {k: list(self._points) for k in self._classes.values()}
        text["names"] = {k: name for name, k in self._classes.items()}
        return {"data.yaml": yaml.safe_dump(text, sort_keys=False).encode()}


def _names_of_points(names: Any, task: str) -> tuple[str, ...]:
    """Return the names of a row's points. Raises BadArgument where a task and they do not fit."""
    if names is None and task != "pose":
        return ()
    if task != "pose":
        raise BadArgument(f"YoloWriter: keypoints are for task pose, and the task is {task}")
    if not isinstance(names, (list, tuple)) or not names:
        raise BadArgument("YoloWriter: keypoints must list the names of the points, in order; task pose needs them")
    if len(set(names)) < len(names):
        raise BadArgument(f"YoloWriter: keypoints={list(names)} names a point twice")
    return tuple(map(str, names))


def _mirrored(names: Sequence[str], flip: Any) -> tuple[int, ...] | None:
    """Return for each point the place of the one that it is in a mirrored picture, None where that is not known.

    Raises BadArgument for pairs that are not pairs of these names.

    >>> _mirrored(["nose", "left_eye", "right_eye"], None)
    (0, 2, 1)
    """
    places = {name: k for k, name in enumerate(names)}
    pairs = flip
    if flip is None:
        others = {name: _other_side(name) for name in names}
        pairs = [(name, other) for name, other in others.items() if other != name and other in places]
        if not pairs:
            return None
    if not isinstance(pairs, (list, tuple)):
        raise BadArgument(f"YoloWriter: flip={flip!r} must be a list of pairs of names")
    mirrored = list(range(len(names)))
    for pair in pairs:
        if not isinstance(pair, (list, tuple)) or len(pair) != 2 or not all(n in places for n in pair):
            raise BadArgument(f"YoloWriter: flip has {pair!r}, which is not two of the keypoints {', '.join(names)}")
        one, other = (places[n] for n in pair)
        mirrored[one], mirrored[other] = other, one
    return tuple(mirrored)


def _other_side(name: str) -> str:
    def turned(found: re.Match[str]) -> str:
        other = "right" if found[0].lower() == "left" else "left"
        return other.upper() if found[0].isupper() else other.title() if found[0].istitle() else other

    return re.sub("left|right", turned, name, flags=re.IGNORECASE)


def share_of(frame: int) -> float:
    """Return a number from 0 to 1 that depends on a frame's number alone, spread evenly: splits are cut from it."""
    return int.from_bytes(blake2b(f"split/{frame}".encode(), digest_size=8).digest(), "big") / 2**64


def _outlines(mask: Mask, corner: tuple[int, int]) -> tuple[list[F8], list[F8]]:
    """Return the outlines of a mask's parts and those of its holes, (N, 2) each, along pixel edges.

    ``corner`` is the column and row of the mask's first pixel in the image.
    """
    twice = np.kron(np.pad(mask.astype(np.uint8), 1), np.ones((2, 2), np.uint8))
    outer, _ = cv2.findContours(twice, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    every, hierarchy = cv2.findContours(twice, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    inner = [contour for contour, above in zip(every, hierarchy[0][:, 3]) if above >= 0]
    return [_edges(c, corner) for c in outer], [_edges(c, corner) for c in inner]


def _edges(contour: NDArray[np.generic], corner: tuple[int, int]) -> F8:
    """Return a contour of a doubled, padded mask along pixel edges: pixel k covers 2k + 2 and 2k + 3 there."""
    points = contour[:, 0, :].astype(float)
    half = np.floor(points / 2)
    return np.where(points % 2 == 0, half, half + 1) - 1 + np.array(corner)


def _turned_box(outlines: list[F8], size_wh: tuple[int, int]) -> F8:
    """Return the corners (4, 2) of the smallest rectangle around outlines, in pixels.

    It may reach over the border of the image: what ultralytics asks for is that the middle lies inside, and that the
    upright box around the corners is not larger than the image. Where it were larger, the upright rectangle is given.
    """
    points = np.concatenate(outlines)
    corners = np.asarray(cv2.boxPoints(cv2.minAreaRect(points.astype(np.float32))), float)
    if (np.ptp(corners, axis=0) <= size_wh).all():
        return corners
    (x0, y0), (x1, y1) = points.min(0), points.max(0)
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def _bridged(outlines: list[F8]) -> F8:
    """Return one outline through all parts of an object and around their holes, joined by bridges without width between
    nearest corners. By the even-odd rule, which ultralytics fills by, holes stay open.
    """
    parts = sorted(outlines, key=lambda p: -cv2.contourArea(p.astype(np.float32)))
    joined = parts[0]
    for part in parts[1:]:
        gap = np.abs(joined[:, None] - part[None]).sum(2)
        i, j = np.unravel_index(int(gap.argmin()), gap.shape)
        turned = np.roll(part, -int(j), axis=0)
        joined = np.concatenate([joined[: i + 1], turned, turned[:1], joined[i:]])
    return joined


def read_yolo(text: str, size_wh: tuple[int, int], after_box: int = 0) -> list[tuple[int, F8]]:
    """Return the class and shape of each row of a label file.

    Args:
        text: the file's.
        size_wh: width and height of its image in pixels.
        after_box: how many numbers a row of a pose has after its box, which are not read.

    Returns:
        Class numbers, each with a box (4,) x0, y0, x1, y1 in pixels, exclusive, or the points (N, 2) of an outline.

    Raises:
        DatasetError: naming the line that is wrong.

    >>> read_yolo("0 0.5 0.5 0.25 0.5", (640, 480))
    [(0, array([240., 120., 400., 360.]))]
    """
    shapes: list[tuple[int, F8]] = []
    for number, line in enumerate(text.splitlines(), 1):
        parts = line.split()
        try:
            values = np.array([float(p) for p in parts[1:]])
            label = int(parts[0])
        except (ValueError, IndexError):
            raise DatasetError(f"line {number} is not a YOLO label: {shown(line)}") from None
        if after_box and len(values) == 4 + after_box:
            values = values[:4]
        if not (np.abs(values) < _FARTHEST).all():
            raise DatasetError(f"line {number} is not a YOLO label: {shown(line)} lies far from the image")
        if len(values) == 4:
            cx, cy, w, h = values * np.array([*size_wh, *size_wh])
            values = np.array([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2])
        elif len(values) >= 6 and len(values) % 2 == 0:
            values = values.reshape(-1, 2) * np.array(size_wh)
        else:
            raise DatasetError(
                f"line {number} has {len(parts)} columns; a YOLO label has 5, or 1 + an even number from 6 on"
            )
        shapes.append((label, values))
    return shapes
