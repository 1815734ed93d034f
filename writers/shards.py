"""What writers share that pack many frames into one file: the pieces of a sample, a picture with all that is known of
it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from rendersdg.arrays import U4
from rendersdg.errors import BadArgument, did_you_mean
from rendersdg.frame import Frame
from rendersdg.plain import Json
from writers import Files, Fragment, Writer
from writers.coco import amodal_of, annotation_of
from writers.encoders import depth_png, image_bytes, json_bytes
from writers.named_points import PointNames, gathered, keypoints_of, names_of, with_points
from writers.options import AMODAL, LABELS, Option, image_format, smallest_object, switch
from writers.records import ObjectRecord, is_written, label_of

_MOST = 100_000  # frames of a shard


class ShardWriter(Writer):
    """A writer whose :meth:`encode` gives the pieces of samples, one a frame and render product.

    A piece is called ``<key>.<what>``: ``png`` the picture (or another ``image_output_format``), ``json`` the labels,
    ``depth.png`` 16-bit millimetres along the viewing axis, 0 where there is nothing or it is farther than 65 m,
    ``instances.png`` the 16-bit ids of the objects. Keys increase with the frame's number.

    Fragments of frames are {label: names of points}, of what has any.
    """

    options: ClassVar[Mapping[str, Option]] = {
        "frames_per_shard": Option(
            "integer", "The frames of one shard; a worker holds their files in memory.", 100, unit="frames", least=1
        ),
        "rgb": switch("Whether pictures are written.", True),
        "depth": switch("Whether depth along the camera's axis is written, 16-bit millimetres."),
        "instances": switch("Whether the number of each pixel's object is written, 16 bits."),
        "classes": Option("list", "The names of all classes; an object of another one is an error."),
        "keypoints": Option(
            "list", "The names of the points that are written, in order; without it each object's own, [] for none."
        ),
        "amodal": AMODAL,
        "segmentation": Option("string", "The form of masks.", "rle", values=("rle", "polygon")),
        **image_format("png"),
        **smallest_object(),
        **LABELS,
    }

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        name = type(self).__name__
        self.frames_per_shard = int(params.get("frames_per_shard", 100))
        if not 1 <= self.frames_per_shard <= _MOST:
            raise BadArgument(f"{name}: frames_per_shard={self.frames_per_shard} is not 1 to {_MOST}")
        self._has_rgb = bool(params.get("rgb", True))
        self._has_depth = bool(params.get("depth", False))
        self._has_ids = bool(params.get("instances", False))
        self._extension = str(params.get("image_output_format") or "png")
        self._form = params.get("segmentation", "rle")
        if self._form not in ("rle", "polygon"):
            raise BadArgument(f"{name}: segmentation={self._form!r} is not rle or polygon")
        classes = params.get("classes")
        if classes is not None and (isinstance(classes, str) or not isinstance(classes, Sequence) or not classes):
            raise BadArgument(f"{name}: classes={classes!r} is not a list of names")
        self.classes = None if classes is None else [str(c) for c in classes]
        self.points = _names_of_points(params.get("keypoints"), name)
        self.annotators = {"rgb": {}} if self._has_rgb else {}
        self.annotators |= {"distance_to_image_plane": {}} if self._has_depth else {}
        self.annotators |= {"objects": self.label_choice}
        self.annotators |= {"amodal_segmentation": self.label_choice} if params.get("amodal") else {}

    def encode(self, frame: Frame) -> Files:
        files: Files = {}
        for product, data in frame.data.items():
            key = f"{frame.number:08d}" + (f"_{product.replace('.', '_').replace('/', '_')}" if frame.several else "")
            if self._has_rgb:
                files[f"{key}.{self._extension}"] = image_bytes(data["rgb"][..., :3], self._extension)
            files[f"{key}.json"] = json_bytes(self._labels(frame, product, data))
            if self._has_depth:
                files[f"{key}.depth.png"] = depth_png(data["distance_to_image_plane"], 0.001)
            if self._has_ids:
                files[f"{key}.instances.png"] = image_bytes(_ids_16(data["objects"]["data"]))
        return files

    def fragment(self, frame: Frame) -> Fragment:
        return gathered(self._points_of(data) for data in frame.data.values()) or None

    def categories_of(self, tables: Iterable[Mapping[str, PointNames]]) -> list[Json]:
        """Return COCO's categories of what has points, with their names and the lines between them."""
        listed = {} if self.points is None else {"keypoints": list(self.points)}
        return [with_points({"name": label, **listed}, found) for label, found in sorted(gathered(tables).items())]

    def _written(self, data: Mapping[str, Any]) -> Iterator[tuple[str, ObjectRecord]]:
        """Yield the label and the record of each object of a picture that is written."""
        for o in data["objects"]["info"]["objects"]:
            if is_written(o, self.minimum_area):
                yield label_of(o["labels"]), o

    def _points_of(self, data: Mapping[str, Any]) -> dict[str, PointNames]:
        """Return the names of the points of each label of a picture; none where none are written."""
        named = ({label: names_of(o["keypoints"])} for label, o in self._written(data) if "keypoints" in o)
        return {} if self.points == () else gathered(named)

    def _labels(self, frame: Frame, product: str, data: Mapping[str, Any]) -> Json:
        objects, amodal = data["objects"], amodal_of(data)
        ids: U4 = objects["data"]
        categories = {c["name"]: c for c in self.categories_of([self._points_of(data)])}
        notes = []
        for label, o in self._written(data):
            if self.classes is not None and label not in self.classes:
                raise BadArgument(
                    f"{type(self).__name__}: an object is {label!r}, which is not among classes"
                    f"{did_you_mean(label, self.classes)}; add it, or leave it out by semantic_filter_predicate"
                )
            notes.append({"id": o["id"], "category": label, "iscrowd": 0, **annotation_of(o, ids, self._form, amodal)})
            if "keypoints" in o and label in categories:
                notes[-1] |= keypoints_of(o["keypoints"], categories[label]["keypoints"])
        return {
            "frame": frame.frame,
            "product": product,
            "width": ids.shape[1],
            "height": ids.shape[0],
            "objects": notes,
            **({"categories": list(categories.values())} if categories else {}),
        }


def _names_of_points(names: Any, writer: str) -> tuple[str, ...] | None:
    """Return the names of the points that are written, None for each object's own."""
    if names is None:
        return None
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        raise BadArgument(f"{writer}: keypoints={names!r} is not a list of the names of points")
    if len(set(names)) < len(names):
        raise BadArgument(f"{writer}: keypoints={list(names)} names a point twice")
    return tuple(names)


def _ids_16(ids: U4) -> np.ndarray[Any, np.dtype[np.uint16]]:
    if ids.max(initial=0) > 65535:
        raise BadArgument(f"instances: an object has the id {ids.max()}; 65535 is the last that 16 bits hold")
    return ids.astype(np.uint16)
